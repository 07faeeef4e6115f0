"""What held-out songs are asked of a model, and what judges say of the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from solfa.composing.latent import beside
from solfa.composing.request.request import Request
from solfa.composing.validation.validate import validate
from solfa.encodings.conditions import Conditions
from solfa.errors import RequestError, SolfaError
from solfa.evaluation.likelihood import bits
from solfa.evaluation.sampling import as_composed
from solfa.evaluation.songs import asked_like
from solfa.melody import Melody
from solfa.models.protocol import Model

_BATCH = 64

Price: TypeAlias = "Callable[[Sequence[Melody]], dict[str, float]]"
"""Bits per note that tunes cost, by judge."""


@runtime_checkable
class PhraseAutoencoder(Model, Protocol):
    """A model with a latent for each four bars of a tune, which sessions may be led by."""

    card: dict[str, Any]

    def encode(self, melody: Melody) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log variance (K, Z) of the latent of each four bars."""

    def with_latents(self, latents: Sequence[np.ndarray], name: str) -> Model:
        """The model conditioned on ``latents``: (K, Z) for each tune, or once for all of them."""

    def within(self, point: np.ndarray) -> np.ndarray:
        """The point (K, Z) brought back into the region of training."""


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
        validate(placed_like(song, model), model.encoding)
    except RequestError:
        return False
    return True


def placed_like(song: Melody, model: Model, *, temperature: float = 0.3) -> Request:
    """The request that the song could answer, in its register and in no style."""
    own: dict[str, Any] = {"style": None, "loop_penalty": 0.0}
    request = asked_like(song, model.encoding, temperature=temperature, **own)
    return beside(request, song)


def price_of(judges: Sequence[Model], tunes: Sequence[Melody]) -> dict[str, float]:
    """Bits per note that the tunes cost each judge, key and metre given."""
    return {j.name: bits(j, tunes, phrases=False, style=False).total for j in judges}


def chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    """The items in batches."""
    return [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]


def composed_at(
    model: PhraseAutoencoder, points: Sequence[np.ndarray], requests: Sequence[Request]
) -> list[Melody]:
    """A tune for each point and request."""
    tunes = []
    for some in chunks(list(zip(points, requests, strict=True))):
        latents, asked = zip(*some, strict=True)
        tunes += as_composed(model.with_latents(latents, model.name), asked)
    return tunes
