"""Tunes from an autoencoder's latent space: reconstructed, sampled, and on the way between two.

A point of the space says every step of a window at once. The rules of a request hold here as
they do everywhere: a point is heard as a model, and composing asks it step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from os import PathLike
from typing import Any

import numpy as np

from solfa.composing.ask import Prompt, ask, read_prompt
from solfa.composing.composition import Composition, compose_request, generator
from solfa.composing.refusals import refuse
from solfa.composing.request import Request
from solfa.encodings.frame import Frame
from solfa.encodings.grid import GridEncoding, GridReading
from solfa.errors import ModelError, RequestError
from solfa.melody import Melody, Meter, Note
from solfa.runtime import load_model
from solfa.runtime.latent import LatentModel

_MOST_POINTS = 100
_ASKED = {
    *("key", "mode", "meter", "pickup", "bars", "scale", "range"),
    *("temperature", "top_p", "seed", "tempo", "count"),
}


class Point:
    """A point (Z,) of latent space as a model: what it decodes to, step by step."""

    def __init__(self, model: LatentModel, z: np.ndarray, what: str, lift: int = 0) -> None:
        self.name = f"{model.name} ({what})"
        self.hash = model.hash
        encoding = model.encoding
        self.encoding: GridEncoding = (
            encoding if encoding.home is None else replace(encoding, home=encoding.home + lift)
        )
        self.steps = model.decode(z[None])[0]  # (T, V)

    def begin(self, frames: Sequence[Frame]) -> _PointSession:
        """A session before the first symbol of each tune."""
        return _PointSession(self, frames)


class _PointSession:
    def __init__(self, point: Point, frames: Sequence[Frame]) -> None:
        self.reading: GridReading = point.encoding.read(frames)
        over = np.arange(point.encoding.size) == point.encoding.end  # all that follows a window
        self._steps = np.vstack([point.steps, over])
        self._step = 0

    def probabilities(self) -> np.ndarray:
        now = self._steps[min(self._step, len(self._steps) - 1)]
        return np.tile(now, (len(self.reading), 1))

    def push(self, symbols: np.ndarray) -> None:
        self._step += 1
        self.reading.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        self.reading.keep(rows)


def reconstruct(
    tune: Prompt, *, model: str | PathLike[str] | LatentModel = "vae", **asked: Any
) -> Composition:
    """The opening of a tune, as many whole bars as the window holds, through the latent and back.

    ``asked`` may say temperature, top_p, seed, scale, range, tempo. Raises `RequestError` for a
    tune without one metre, `ModelError` for a model without a latent space.
    """
    return walk(tune, tune, 1, model=model, **asked)[0]


def sample(
    count: int = 1, *, model: str | PathLike[str] | LatentModel = "vae", **asked: Any
) -> list[Composition]:
    """Tunes from points of the prior, each within the latent mass of training.

    A point that lies further out than 99 % of what training showed is moved onto that edge, so
    that no implausible melody is asked for (report). ``asked`` may say key, metre, scale, range,
    temperature, top_p, seed, tempo. Errors as for `reconstruct`.
    """
    latent = _latent(model)
    request = _request(latent, {**asked, "count": 1})
    refuse(request, latent.encoding)
    tunes = []
    for index in range(_points(count, "count")):
        drawn = generator(request.seed, index).standard_normal(len(latent.center))
        point = Point(latent, latent.within(drawn[None])[0], f"sample {index + 1}")
        tunes += compose_request(request, point)
    return tunes


def walk(
    first: Prompt,
    last: Prompt,
    points: int = 7,
    *,
    model: str | PathLike[str] | LatentModel = "vae",
    **asked: Any,
) -> list[Composition]:
    """Tunes at ``points`` points on the way from the opening of one tune to that of another.

    All are in the key and metre of the first. Errors as for `reconstruct`; the two must have the
    same metre and pickup.
    """
    latent = _latent(model)
    ends = [read_prompt(tune) for tune in (first, last)]
    if ends[0].meter != ends[1].meter or ends[0].pickup != ends[1].pickup:
        facts = [f"{tune.meter} with a pickup of {tune.pickup}" for tune in ends]
        raise RequestError(f"the tunes are in {' and '.join(facts)}; walk between tunes alike")
    for tune in ends:
        if tune.meter is None or tune.meter_changes or not tune.notes:
            raise RequestError("a walk needs tunes in one metre throughout; give others")
    start = ends[0]
    meter = start.meter or Meter(4, 4)
    longest = max(tune.duration - tune.pickup for tune in ends)
    most = _most_bars(latent, meter)
    bars = min(most, max(1, ceil(longest / meter.bar)))  # no more than the tunes have
    given = {"key": start.key, "meter": meter, "pickup": start.pickup}
    given |= {"bars": bars} if bars else {}
    request = _request(latent, {"seed": 0, **asked, **given, "count": 1})
    mean, _ = latent.encode(np.stack([_opening(latent, tune, request) for tune in ends]))
    share = np.linspace(0, 1, _points(points, "points"))[:, None]
    way = latent.within(mean[0] + share * (mean[1] - mean[0]))
    # the answer sounds where the first tune does
    lift = request.frame().tonic - Frame.of(start).tonic
    return [
        tune
        for number, z in enumerate(way, 1)
        for tune in compose_request(request, Point(latent, z, f"point {number} of {points}", lift))
    ]


def _latent(model: str | PathLike[str] | LatentModel) -> LatentModel:
    found = load_model(model) if isinstance(model, str | PathLike) else model
    if not isinstance(found, LatentModel):
        raise ModelError(f"{found.name} has no latent space; choose vae, or a folder of one")
    return found


def _points(asked: int, name: str) -> int:
    if not isinstance(asked, int) or not 1 <= asked <= _MOST_POINTS:
        raise RequestError(f"{name} {asked!r} is no whole number in 1..{_MOST_POINTS}")
    return asked


def _most_bars(model: LatentModel, meter: Meter) -> int:
    """How many whole bars a window holds."""
    return int(model.steps * model.encoding.step / meter.bar)


def _request(model: LatentModel, asked: dict[str, Any]) -> Request:
    """What can be asked of a window: as many whole bars as it holds, unless fewer are asked."""
    if strange := set(asked) - _ASKED:
        known = ", ".join(sorted(_ASKED))
        raise RequestError(f"{min(strange)} cannot be asked of a point; choose from {known}")
    request = ask(**{"temperature": 0.3, "pickup": 0, **asked})
    most = _most_bars(model, request.meter)
    if not most:
        raise RequestError(
            f"a bar of {request.meter} is longer than the {model.steps} steps that {model.name}"
            " knows; choose a shorter metre"
        )
    if "bars" in asked and (request.bars or 0) > most:
        raise RequestError(f"bars {request.bars} is outside 1..{most} of {request.meter}")
    return request if "bars" in asked else replace(request, bars=most, steps=None)


def _opening(model: LatentModel, tune: Melody, request: Request) -> np.ndarray:
    """The window (T,) of a tune's first bars, its end and delimiters after it."""
    left, notes = request.length, []
    for note in tune.notes:
        if left > 0:
            notes.append(Note(note.pitch, min(note.duration, left)))
            left -= note.duration
    cut = Melody(tuple(notes), tune.key, Meter(4, 4))
    symbols = model.encoding.encode(cut, Frame.of(tune))
    window = np.full(model.steps, model.encoding.end, np.int64)
    window[: min(len(symbols), model.steps)] = symbols[: model.steps]
    return window
