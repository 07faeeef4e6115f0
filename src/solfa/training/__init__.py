"""From tunes to a model that composes: batches, the loop, checkpoints, export."""

import os

# Set before torch is imported. Threads that wait must sleep: busy waiting beside other programs
# slowed training thirtyfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
