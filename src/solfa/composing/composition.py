"""Compositions: a melody with the request and the model that made it, its bits and its checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solfa.composing.request.request import Request
from solfa.composing.verify import Check
from solfa.melody import Melody
from solfa.notebook import SHOWN, show, show_all


@dataclass(frozen=True)
class Composition:
    """A melody, how it was made, and what was verified of it.

    ``index`` counts the tunes of one request from 0; ``score`` are the bits (log2) that each note
    costs under the model alone, before any rule; ``checks`` are the guarantees verified afterwards;
    ``symbols`` are the report's, one a sixteenth, for models whose tokens are steps, else None.
    """

    melody: Melody
    request: Request
    model: str
    model_hash: str
    index: int
    score: tuple[float, ...]
    checks: tuple[Check, ...]
    symbols: str | None

    @property
    def seed(self) -> int:
        """The seed that, with the index, made this tune."""
        return self.request.seed

    def write(self, path: str | Path, **options: Any) -> Path:
        """Writes its melody in the format that the suffix names; see `solfa.formats.write`."""
        return self.melody.write(path, **options)

    def _repr_html_(self) -> str:
        """Score, player and maker, for notebooks."""
        kept = sum(check.kept for check in self.checks)
        bits = sum(self.score) / max(len(self.score), 1)
        return show(
            self.melody,
            f"{self.model} {self.model_hash}, seed {self.seed}, tune {self.index + 1}:"
            f" {bits:.2f} bits a note, {kept} of {len(self.checks)} guarantees kept",
        )


class Compositions(list[Composition]):
    """Tunes that were asked for together; a notebook shows them one under the other."""

    def _repr_html_(self) -> str:
        return show_all([tune._repr_html_() for tune in self[:SHOWN]], len(self))
