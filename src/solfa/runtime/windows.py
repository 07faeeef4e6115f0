"""The report's models: what comes next is read from the last T steps alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding, GridState
from solfa.encodings.rows import Rows
from solfa.runtime.graph import Graph, hash_of, not_exported, read_card, softmax


class WindowModel:
    """A network over windows, exported to ONNX: ``folder`` holds its graph and its card.

    ``steps`` is how many it reads. Raises `ModelError` for a folder that does not hold one.
    """

    features: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        with not_exported(folder):
            self.card = read_card(folder)
            self.name: str = self.card["model"]
            self.encoding = GridEncoding.from_json(self.card["encoding"])
            self.steps = int(self.card["config"]["steps"])
        self._folder = folder
        self._open(folder)

    def _open(self, folder: Path) -> None:
        self._window = Graph(folder / "window.onnx", self.card)

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name the exact weights."""
        return hash_of(self._folder)

    def begin(self, all_conditions: Sequence[Conditions]) -> WindowSession:
        """A session before the first symbol of each tune."""
        return WindowSession(self, all_conditions)

    def next(self, windows: np.ndarray) -> np.ndarray:
        """Logits (B, V) of what follows each window: symbols (B, T)."""
        return self._window(window=windows)[0]


class WindowSession(Rows):
    """A batch of tunes followed by a `WindowModel`; see `solfa.models.protocol.Session`.

    A tune begins after a window of delimiters, as in training.
    """

    def __init__(self, model: WindowModel, all_conditions: Sequence[Conditions]) -> None:
        self._model = model
        self.state: GridState = model.encoding.read(all_conditions)
        self._windows = np.full((len(all_conditions), model.steps), model.encoding.end, np.int64)
        self._logits: np.ndarray | None = None

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""
        if self._logits is None:
            self._logits = self._model.next(self._windows)
        return softmax(self._logits)

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        self._windows = np.column_stack([self._windows[:, 1:], symbols])
        self._logits = None
        self.state.push(symbols)
