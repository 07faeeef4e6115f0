"""From tunes to a model that composes: batches, the loop, checkpoints, export."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.melody import Melody

if TYPE_CHECKING:
    from solfa.training.symbols import SymbolDataset

# Set before torch is imported. Threads that wait must sleep: busy waiting beside other programs
# slowed training thirtyfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@contextmanager
def extra(what: str) -> Iterator[None]:
    """Import what needs the extra ``train`` within it; `SolfaError` where a package is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"{what} needs {error.name}, which is missing; {remedy}") from error


def dataset(tunes: Iterable[Melody], encoding: Encoding | None = None) -> SymbolDataset:
    """The tunes, a `Corpus` for one, as a torch dataset; see `SymbolDataset`.

    Raises `SolfaError` where torch is missing.
    """
    with extra("a dataset"):
        from solfa.training.symbols import SymbolDataset
    return SymbolDataset(tunes, encoding)
