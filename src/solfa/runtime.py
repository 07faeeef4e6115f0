"""Runs trained models without torch, and finds them by name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from solfa.encodings.frame import Frame
from solfa.encodings.notes import Field, NoteEncoding, NoteReading
from solfa.errors import ModelError
from solfa.models.protocol import Model

WEIGHTS = Path(__file__).parent / "weights"


class NoteModel:
    """A note-level network exported to ONNX: ``folder`` holds its graphs and its card.

    Raises `ModelError` for a folder that does not hold one.
    """

    def __init__(self, folder: Path) -> None:
        try:
            text = (folder / "card.json").read_text(encoding="utf-8")
            self.card: dict[str, Any] = json.loads(text)
            self.name: str = self.card["model"]
            self.encoding = NoteEncoding.from_json(self.card["encoding"])
            self.layers, self.width = self.card["config"]["layers"], self.card["config"]["width"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder} holds no exported model; train or export one") from error
        self._folder = folder
        self._start, self._body, self._pitch, self._phrase = (
            self._session(part) for part in ("start", "body", "pitch", "phrase")
        )

    def _session(self, part: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # best for one tune, and the same answer every time
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                self._folder / f"{part}.onnx", options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no exception class of its own to name
            raise ModelError(f"{self._folder / part}.onnx is damaged; install it anew") from error

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name the exact weights."""
        digest = sha256()
        for path in sorted(self._folder.glob("*.onnx")):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def begin(self, frames: Sequence[Frame]) -> NoteSession:
        """A session before the first symbol of each tune."""
        return NoteSession(self, frames)


class NoteSession:
    """A batch of tunes followed by a `NoteModel`; see `solfa.models.protocol.Session`."""

    def __init__(self, model: NoteModel, frames: Sequence[Frame]) -> None:
        self._model = model
        self.reading: NoteReading = model.encoding.read(frames)
        shape = (model.layers, len(frames), model.width)
        self._hidden, self._cell = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._heard = np.zeros((len(frames), model.width), np.float32)
        self._logits: np.ndarray | None = None

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""
        if self._logits is None:
            self._logits = self._run()
        logits = self._logits.astype(np.float64)
        weights = np.exp(logits - logits.max(1, keepdims=True))
        encoding = self._model.encoding
        probabilities = np.zeros((len(logits), encoding.size))
        first = encoding.first[self.reading.field]
        probabilities[:, first : first + logits.shape[1]] = weights / weights.sum(1, keepdims=True)
        return probabilities

    def _run(self) -> np.ndarray:
        model, reading = self._model, self.reading
        said = {"duration": reading.duration.astype(np.int64)}
        if reading.field is Field.PICKUP:
            conditions = reading.conditions.astype(np.int64)
            return _first(model._start.run(None, {"conditions": conditions}))
        if reading.field is Field.DURATION:
            inputs = {"features": reading.features(), "hidden": self._hidden, "cell": self._cell}
            self._heard, logits, self._hidden, self._cell = model._body.run(None, inputs)
            return np.asarray(logits)
        if reading.field is Field.PITCH:
            return _first(model._pitch.run(None, {"heard": self._heard, **said}))
        pitch = reading.pitch.astype(np.int64)
        return _first(model._phrase.run(None, {"heard": self._heard, **said, "pitch": pitch}))

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        if self._logits is None and self.reading.field is Field.DURATION:
            self._run()  # the memory must hear every note, asked for or not
        self._logits = None
        self.reading.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self.reading.keep(rows)
        self._hidden, self._cell = self._hidden[:, rows], self._cell[:, rows]
        self._heard = self._heard[rows]
        if self._logits is not None:
            self._logits = self._logits[rows]


def _first(outputs: Sequence[Any]) -> np.ndarray:
    return np.asarray(outputs[0])


def _bundled(name: str) -> Callable[[], Model]:
    return lambda: NoteModel(WEIGHTS / name)


def _ngram() -> Model:
    from solfa.models.ngram import load_ngram

    return load_ngram()


MODELS: dict[str, Callable[[], Model]] = {"melody_lstm": _bundled("melody_lstm"), "ngram": _ngram}
"""How to get each model by its name."""


def load_model(name: str | os.PathLike[str]) -> Model:
    """A model by its name in `MODELS`, or from the folder of an exported one."""
    if str(name) in MODELS:
        return MODELS[str(name)]()
    if Path(name).is_dir():
        return NoteModel(Path(name))
    raise ModelError(f"unknown model {str(name)!r}; choose from {', '.join(MODELS)}, or a folder")
