"""Latent spaces for composing: a tune is encoded as a point, and a point is wrapped as a model.

A point is an array (K, Z) of K latents with Z dimensions: one latent for a whole window of the
report's autoencoder, one latent for each unit of four bars of the hybrid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from solfa.composing.request.request import Request
from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding, GridState
from solfa.encodings.rows import Rows
from solfa.encodings.ticks import to_ticks
from solfa.encodings.units import cut
from solfa.errors import ModelError
from solfa.melody import Melody, Meter, Note
from solfa.models.protocol import Model
from solfa.runtime.autoencoder import LatentModel
from solfa.runtime.hybrid import HybridModel


class LatentSpace(Protocol):
    """The interface of latent spaces, whatever part of a tune a latent represents.

    ``size`` is Z, the dimensions of a latent; ``steps`` is how many sixteenths a point represents,
    None if any number.
    """

    @property
    def size(self) -> int: ...
    @property
    def steps(self) -> int | None: ...

    def most_bars(self, meter: Meter) -> int | None:
        """How many whole bars of ``meter`` a point can represent; None if any number."""

    def latents(self, request: Request) -> int:
        """K, the number of latents of a tune that answers ``request``."""

    def where(self, tune: Melody, request: Request) -> np.ndarray:
        """The point (K, Z) that a tune is encoded as; `SolfaError` if it cannot be encoded."""

    def within(self, point: np.ndarray) -> np.ndarray:
        """The point (K, Z), each latent moved no further out than 99 % of the training tunes'."""

    def at(self, point: np.ndarray, what: str) -> Model:
        """The model whose distribution is decoded from a point (K, Z); ``what`` is in its name."""


def space_of(model: Model) -> LatentSpace:
    """The latent space of a model; `ModelError` if it has none."""
    kind = getattr(model, "latents_of", None)
    if kind not in SPACES:
        raise ModelError(
            f"{model.name} has no latent space; choose vae, melody_vae, or a folder of one"
        )
    return SPACES[kind](model)


class WindowLatents:
    """One latent for the opening of a tune, decoded to all steps of a window at once."""

    def __init__(self, model: LatentModel) -> None:
        self._model = model
        self.size, self.steps = len(model.center), model.steps

    def most_bars(self, meter: Meter) -> int | None:
        return int(self._model.steps * self._model.encoding.step / meter.bar)

    def latents(self, request: Request) -> int:
        return 1

    def where(self, tune: Melody, request: Request) -> np.ndarray:
        mean, _ = self._model.encode(self._opening(tune, request)[None])
        return mean

    def within(self, point: np.ndarray) -> np.ndarray:
        return self._model.within(point)

    def at(self, point: np.ndarray, what: str) -> Model:
        return DecodedPoint(self._model, point[0], what)

    def _opening(self, tune: Melody, request: Request) -> np.ndarray:
        """The symbols (T,) of a tune's first bars, filled up to the window with the delimiter."""
        left, notes = request.length, []
        for note in tune.notes:
            if left > 0:
                notes.append(Note(note.pitch, min(note.duration, left)))
                left -= note.duration
        cut = Melody(tuple(notes), tune.key, Meter(4, 4))
        symbols = self._model.encoding.encode(cut, Conditions.of(tune))
        window = np.full(self._model.steps, self._model.encoding.end, np.int64)
        window[: min(len(symbols), self._model.steps)] = symbols[: self._model.steps]
        return window


class PhraseLatents:
    """A latent for each unit of four bars of a whole tune; see `solfa.encodings.units`."""

    def __init__(self, model: HybridModel) -> None:
        self._model = model
        self.size, self.steps = len(model.center), None

    def most_bars(self, meter: Meter) -> int | None:
        return None

    def latents(self, request: Request) -> int:
        model, metre = self._model, str(request.meter)
        known = model.encoding.meters
        number = known.index(metre) + 1 if metre in known else 0
        unit, _ = cut(np.array(to_ticks(request.length) - 1), model.unit_lengths[number])
        return int(unit) + 1

    def where(self, tune: Melody, request: Request) -> np.ndarray:
        mean, _ = self._model.encode(tune)
        return mean

    def within(self, point: np.ndarray) -> np.ndarray:
        return self._model.within(point)

    def at(self, point: np.ndarray, what: str) -> Model:
        return self._model.with_latents([point], f"{self._model.name} ({what})")


SPACES: dict[str, Callable[[Any], LatentSpace]] = {
    "windows": WindowLatents,
    "phrases": PhraseLatents,
}
"""The latent spaces, by what a latent represents: the attribute ``latents_of`` of a model."""


class DecodedPoint:
    """A latent ``z`` (Z,) of the window autoencoder as a model.

    The distributions ``steps`` (T, V) are decoded once and do not depend on the symbols drawn.
    """

    def __init__(self, model: LatentModel, z: np.ndarray, what: str) -> None:
        self.name = f"{model.name} ({what})"
        self.hash, self.features = model.hash, model.features
        self.encoding: GridEncoding = model.encoding
        self.steps = model.decode(z[None])[0]  # (T, V)

    def begin(self, all_conditions: Sequence[Conditions]) -> _PointSession:
        """A session before the first symbol of each tune."""
        return _PointSession(self, all_conditions)


class _PointSession(Rows):
    """The distributions of a `DecodedPoint`, step by step; beyond the window the tune ends."""

    def __init__(self, point: DecodedPoint, all_conditions: Sequence[Conditions]) -> None:
        self.state: GridState = point.encoding.read(all_conditions)
        over = np.arange(point.encoding.size) == point.encoding.end  # all that follows a window
        self._steps = list(np.vstack([point.steps, over]))
        self._step = 0

    def probabilities(self) -> np.ndarray:
        now = self._steps[min(self._step, len(self._steps) - 1)]
        return np.tile(now, (len(self.state), 1))

    def push(self, symbols: np.ndarray) -> None:
        self._step += 1
        self.state.push(symbols)
