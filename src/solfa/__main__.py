"""``python -m solfa`` is the command ``solfa``."""

from solfa.cli import main

main()
