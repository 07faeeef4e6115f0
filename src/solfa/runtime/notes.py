"""Note-level models: a session keeps the memory of each tune from note to note."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import filter as matching
from functools import cached_property
from pathlib import Path

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, PITCHES
from solfa.encodings.notes import Field, NoteEncoding, NoteState
from solfa.encodings.rows import Rows
from solfa.runtime.graph import Graph, hash_of, not_exported, read_card, softmax


class NoteModel:
    """A note-level network exported to ONNX: ``folder`` holds its graphs and its card.

    It may have been trained with fewer features than there are now: its card names its own.
    Raises `ModelError` for a folder that does not hold one.
    """

    def __init__(self, folder: Path) -> None:
        with not_exported(folder):
            self.card = read_card(folder)
            self.name: str = self.card["model"]
            self.encoding = NoteEncoding.from_json(self.card["encoding"])
            config = self.card["config"]
            names: list[str] = self.card["features"]
            ignored = config["ignored_features"] if "ignored_features" in config else config["deaf"]
            self.columns = [FEATURES.index(name) for name in names]
            self.features = frozenset(names).difference(
                *(matching(names, pattern) for pattern in ignored)
            )
            self.members, self.width = config["members"], config["width"]
            self.layers = self.members * config["layers"]
            encoding = self.encoding
            self.sizes = {
                Field.PICKUP: len(encoding.pickups),
                Field.DURATION: len(encoding.durations) + 1,
                Field.PITCH: PITCHES,
                Field.PHRASE: 2,
            }
        self._folder = folder
        self._start, self._body, self._pitch, self._phrase = (
            Graph(folder / f"{part}.onnx", self.card)
            for part in ("start", "body", "pitch", "phrase")
        )

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name the exact weights."""
        return hash_of(self._folder)

    def begin(self, all_conditions: Sequence[Conditions]) -> NoteSession:
        """A session before the first symbol of each tune."""
        return NoteSession(self, all_conditions)


class NoteSession(Rows):
    """A batch of tunes followed by a `NoteModel`; see `solfa.models.protocol.Session`."""

    def __init__(self, model: NoteModel, all_conditions: Sequence[Conditions]) -> None:
        self._model = model
        self.state: NoteState = model.encoding.read(all_conditions)
        shape = (len(all_conditions), model.layers, model.width)
        self._hidden, self._cell = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._output = np.zeros((len(all_conditions), model.members, model.width), np.float32)
        self._logits: np.ndarray | None = None

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""
        if self._logits is None:
            self._logits = self._run()
        encoding = self._model.encoding
        probabilities = np.zeros((len(self._logits), encoding.size))
        first, size = encoding.first[self.state.field], self._model.sizes[self.state.field]
        probabilities[:, first : first + size] = softmax(self._logits)
        return probabilities

    def _run(self) -> np.ndarray:
        """The logits (B, N) of the next field, given the note's fields before it."""
        model, state = self._model, self.state
        if state.field is Field.PICKUP:
            conditions = state.extractor.conditions.astype(np.int64)
            return model._start(conditions=conditions)[0]
        if state.field is Field.DURATION:
            self._output, logits, hidden, cell = self._body()
            self._hidden, self._cell = hidden.swapaxes(0, 1), cell.swapaxes(0, 1)
            return logits
        duration = state.duration.astype(np.int64)
        if state.field is Field.PITCH:
            return model._pitch(heard=self._output, duration=duration)[0]
        pitch = state.pitch.astype(np.int64)
        return model._phrase(heard=self._output, duration=duration, pitch=pitch)[0]

    def _body(self, **besides: np.ndarray) -> list[np.ndarray]:
        """Body output, duration's logits and new state, from features and inputs ``besides``."""
        return self._model._body(
            features=self.state.features()[:, self._model.columns],
            hidden=self._hidden.swapaxes(0, 1),
            cell=self._cell.swapaxes(0, 1),
            **besides,
        )

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        if self._logits is None and self.state.field is Field.DURATION:
            self._run()  # the LSTM's state needs every note, probabilities asked for or not
        self._logits = None
        self.state.push(symbols)
