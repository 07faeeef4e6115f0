"""What every exported model is on disk: a card in JSON and a few ONNX graphs, run without torch.

A folder may come from anywhere, so nothing in it is taken on trust: see `read_card` and `Graph`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from solfa.errors import ModelError

HASHES = "sha256"
"""The entry of a card that holds the hash of each graph, and of the card's own other entries."""

_MOST_CARD, _MOST_GRAPH = 4 << 20, 1 << 30  # bytes
_EXTERNAL = b"\n\x08location\x12"  # how a graph names another file in which its weights lie
_CHECKED = ("model", "config", "encoding", "features", "latent")
_SIZES = {"members": 64, "layers": 64, "width": 1 << 14, "steps": 1 << 12}
"""The largest of each size in a card."""


class Graph:
    """One graph; calling it with named arrays gives its outputs.

    Raises `ModelError` if its bytes are not those of the ``card``, or it cannot be run, or gives
    values that are no numbers.
    """

    def __init__(self, path: Path, card: Mapping[str, Any]) -> None:
        import onnxruntime

        self._path = path
        with not_exported(path.parent):
            data = _bytes(path, _MOST_GRAPH)
            expected = card[HASHES][path.name]
        if sha256(data).hexdigest() != expected or _EXTERNAL in data:
            raise self._damaged()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # best for one tune, and the same answer every time
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what is wrong is raised
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except Exception as error:  # onnxruntime has no exception class of its own to name
            raise self._damaged() from error

    def __call__(self, **inputs: np.ndarray) -> list[np.ndarray]:
        try:
            outputs = [np.asarray(output) for output in self._session.run(None, inputs)]
            finite = all(np.isfinite(output).all() for output in outputs)
        except Exception as error:
            raise self._damaged() from error
        if not finite:
            raise self._damaged()
        return outputs

    def _damaged(self) -> ModelError:
        return ModelError(f"{self._path} is damaged; install or train it anew")


def read_card(folder: Path) -> dict[str, Any]:
    """The card of an exported model, whole and with sizes that can be; see `not_exported`.

    Raises `ModelError` if it is not as it was written.
    """
    with not_exported(folder):
        card = json.loads(_bytes(folder / "card.json", _MOST_CARD), parse_constant=_no_number)
        whole = card[HASHES]["card.json"] == _card_hash(card)
        for name, most in _SIZES.items():
            if name in card["config"] and not _is_size(card["config"][name], most):
                raise ValueError(name)
    if not whole:
        raise ModelError(f"{folder / 'card.json'} is damaged; install or train it anew")
    found: dict[str, Any] = card
    return found


def hashes(card: Mapping[str, Any], graphs: Iterable[Path]) -> dict[str, str]:
    """The hashes that `read_card` and `Graph` compare with: what a card holds as `HASHES`."""
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(graphs)}
    return {**found, "card.json": _card_hash(card)}


def _card_hash(card: Mapping[str, Any]) -> str:
    """A hash of all that the runtime reads of a card."""
    read = {name: card[name] for name in _CHECKED if name in card}
    return sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def _bytes(path: Path, most: int) -> bytes:
    """The bytes of a file; `ValueError` for what is none, or too large to be what it should."""
    if not path.is_file() or path.stat().st_size > most:
        raise ValueError(path)
    return path.read_bytes()


def _no_number(name: str) -> float:
    raise ValueError(name)


def _is_size(value: Any, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


@contextmanager
def not_exported(folder: Path) -> Iterator[None]:
    """Turns what is wrong with a card or with what it says into a `ModelError`."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # a card may hold anything
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
