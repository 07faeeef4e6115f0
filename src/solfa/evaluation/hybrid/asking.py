"""What held-out songs are asked of a model, and what judges say of the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from solfa.composing.latent import Placed, bars_of
from solfa.composing.request.ask import ask
from solfa.composing.validation.validate import validate
from solfa.encodings.conditions import Conditions
from solfa.errors import RequestError, SolfaError
from solfa.evaluation.likelihood import bits
from solfa.evaluation.sampling import as_composed
from solfa.melody import Melody
from solfa.models.protocol import Model
from solfa.runtime.hybrid import HybridModel

_BATCH = 64

Price: TypeAlias = "Callable[[Sequence[Melody]], dict[str, float]]"
"""Bits per note that tunes cost, by judge."""


def sayable(model: Model, songs: Sequence[Melody]) -> list[Melody]:
    """The songs that the model can say, the shorter first, as `bits` hears them."""
    sizes = {}
    for place, song in enumerate(songs):
        try:
            sizes[place] = len(model.encoding.encode(song, Conditions.of(song, phrases=False)))
        except SolfaError:
            continue
    return [songs[place] for place in sorted(sizes, key=lambda place: sizes[place])]


def askable(model: Model, song: Melody) -> bool:
    """Whether a tune like the song can be asked for."""
    if song.meter is None or song.meter_changes or not song.pitches:
        return False
    try:
        validate(request_like(song), model.encoding)
    except RequestError:
        return False
    return True


def request_like(song: Melody, *, temperature: float = 0.3, seed: int = 0) -> Placed:
    """The request that the song could answer."""
    request = ask(
        key=song.key,
        meter=song.meter,
        pickup=song.pickup,
        bars=bars_of(song),
        temperature=temperature,
        loop_penalty=0.0,
        seed=seed,
    )
    return Placed.beside(song, request)


def price_of(judges: Sequence[Model], tunes: Sequence[Melody]) -> dict[str, float]:
    """Bits per note that the tunes cost each judge, key and metre given."""
    return {j.name: bits(j, tunes, phrases=False, style=False).total for j in judges}


def chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    """The items in batches."""
    return [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]


def composed_at(
    model: HybridModel, points: Sequence[np.ndarray], requests: Sequence[Placed]
) -> list[Melody]:
    """A tune for each point and request."""
    tunes = []
    for some in chunks(list(zip(points, requests, strict=True))):
        latents, asked = zip(*some, strict=True)
        tunes += as_composed(model.told(latents, model.name), asked)
    return tunes
