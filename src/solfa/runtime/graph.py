"""What every exported model is on disk: a card in JSON and a few ONNX graphs, run without torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from solfa.errors import ModelError


class Graph:
    """One graph; calling it with named arrays gives its outputs. `ModelError` if it is damaged."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # best for one tune, and the same answer every time
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no exception class of its own to name
            raise ModelError(f"{path} is damaged; install it anew") from error

    def __call__(self, **inputs: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(output) for output in self._session.run(None, inputs)]


def read_card(folder: Path) -> dict[str, Any]:
    """The card of an exported model; call it within `not_exported`."""
    card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return card


@contextmanager
def not_exported(folder: Path) -> Iterator[None]:
    """Turns what is wrong with a card into a `ModelError`."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder} holds no exported model; train or export one") from error


def hash_of(folder: Path) -> str:
    """Twelve hexadecimal digits that name the exact weights."""
    digest = sha256()
    for path in sorted(folder.glob("*.onnx")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (B, V) in float64, rows that sum to 1, of logits (B, V)."""
    wide = logits.astype(np.float64)
    weights = np.exp(wide - wide.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True))
