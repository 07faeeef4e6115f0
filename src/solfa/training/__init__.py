"""From tunes to a model that composes: batches, the loop, checkpoints, export."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.melody import Melody

if TYPE_CHECKING:
    from solfa.training.symbols import SymbolDataset

# Set before torch is imported. Threads that wait must sleep: busy waiting beside other programs
# slowed training thirtyfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def dataset(tunes: Iterable[Melody], encoding: Encoding | None = None) -> SymbolDataset:
    """The tunes, a `Corpus` for one, as a torch dataset; see `SymbolDataset`.

    Raises `SolfaError` where torch is missing.
    """
    try:
        from solfa.training.symbols import SymbolDataset
    except ModuleNotFoundError as error:
        raise SolfaError(
            f"a dataset needs {error.name}, which is missing; run: pip install 'solfa[train]'"
        ) from error
    return SymbolDataset(tunes, encoding)
