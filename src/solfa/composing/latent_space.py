"""Latent spaces as composing sees them: tunes become points, and a point becomes a model.

A point is an array (K, Z): one latent of a window for the autoencoder of the report, one latent for
each unit of four bars for the hybrid.
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
    """What a latent space answers, whatever a latent of it stands for.

    ``size`` is Z; ``steps`` is how many sixteenths a point can say, None if any number.
    """

    @property
    def size(self) -> int: ...
    @property
    def steps(self) -> int | None: ...

    def most_bars(self, meter: Meter) -> int | None:
        """How many whole bars a point can say; None if any number."""

    def latents(self, request: Request) -> int:
        """How many latents a tune as asked for has."""

    def where(self, tune: Melody, request: Request) -> np.ndarray:
        """The point (K, Z) of a tune; `SolfaError` if the model cannot say it."""

    def within(self, point: np.ndarray) -> np.ndarray:
        """The point (K, Z) brought back into the region of training."""

    def at(self, point: np.ndarray, what: str) -> Model:
        """The model that says what stands at a point."""


def space_of(model: Model) -> LatentSpace:
    """The latent space of a model; `ModelError` if it has none."""
    kind = getattr(model, "latents_of", None)
    if kind not in SPACES:
        raise ModelError(
            f"{model.name} has no latent space; choose vae, melody_vae, or a folder of one"
        )
    return SPACES[kind](model)


class WindowLatents:
    """The opening of a tune in one latent that says every step of a window at once."""

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
        """The window (T,) of a tune's first bars, its end and delimiters after it."""
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
    """A whole tune, unit by unit; see `solfa.encodings.units`."""

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
"""The latent spaces by what a latent stands for, as a model with one says in ``latents_of``."""


class DecodedPoint:
    """A point (Z,) of the window autoencoder as a model: what it decodes to, step by step."""

    def __init__(self, model: LatentModel, z: np.ndarray, what: str) -> None:
        self.name = f"{model.name} ({what})"
        self.hash, self.features = model.hash, model.features
        self.encoding: GridEncoding = model.encoding
        self.steps = model.decode(z[None])[0]  # (T, V)

    def begin(self, all_conditions: Sequence[Conditions]) -> _PointSession:
        """A session before the first symbol of each tune."""
        return _PointSession(self, all_conditions)


class _PointSession(Rows):
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
