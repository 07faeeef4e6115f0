"""What the latent of `melody_vae` holds, and whether it does better than models without one.

All on held-out songs; judges are other models, asked what the tunes cost them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from experiments.hybrid.controls import Control, controls_of
from experiments.hybrid.reconstruction import (
    Bound,
    Guess,
    Return,
    bound_of,
    guesses_led,
    guesses_of,
    return_of,
)
from experiments.hybrid.requests import PhraseAutoencoder, askable, price_of, sayable
from experiments.hybrid.tasks import (
    Theme,
    Variation,
    Walk,
    themes_of,
    variations_of,
    walks_of,
)
from solfa.errors import SolfaError
from solfa.melody import Melody
from solfa.models.protocol import Model


@dataclass(frozen=True)
class Held:
    """All figures of one part; ``walks``, ``variations`` and ``themes`` beside other kinds'."""

    part: str
    bound: Bound
    guesses: dict[str, Guess]
    returned: Return
    real: dict[str, float]
    walks: list[Walk]
    variations: list[Variation]
    themes: list[Theme]
    controls: list[Control]

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return asdict(self)


def measure(
    model: PhraseAutoencoder,
    part: str,
    train: Sequence[Melody],
    held_out: Sequence[Melody],
    *,
    peer: Model,
    windows: Model,
    judges: Sequence[Model],
    draws: int = 16,
    songs: int | None = None,
    tunes: int = 64,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Held:
    """All figures on ``held_out`` songs; ``train`` teaches only what the latent tells.

    ``peer`` is the model without a latent and ``windows`` the report's autoencoder, which are set
    the same tasks; ``judges`` say what the answers cost. At most ``songs`` are heard, of which
    ``tunes`` are walked between, varied and moved, both drawn by the seed. Raises `SolfaError` if
    too few songs can be used.
    """
    random = np.random.default_rng(seed)
    train, held_out = (
        [part[i] for i in random.permutation(len(part))[:songs]] for part in (train, held_out)
    )
    said = sayable(model, held_out)
    plain = [song for song in said if askable(model, song)]
    chosen = [plain[i] for i in random.permutation(len(plain))[:tunes]]
    if len(chosen) < 2:
        raise SolfaError(f"{model.name} can use {len(chosen)} of the songs; give more")
    price = partial(price_of, judges)
    progress(f"likelihood of {len(said)} {part} songs")
    bound = bound_of(model, said, draws, random)
    progress("what comes first to mind, and what comes back")
    guesses = {
        "told its latents": guesses_led(model, said),
        "latents unknown": guesses_of(model, said),
        peer.name: guesses_of(peer, sayable(peer, said)),
    }
    returned = return_of(model, plain)
    progress("walks")
    walks = walks_of(model, windows, chosen, price)
    progress("variations and themes")
    variations = variations_of(model, peer, chosen, price)
    themes = themes_of(model, peer, chosen, price)
    progress("what the latent tells")
    controls = controls_of(model, train, said, chosen, random)
    return Held(part, bound, guesses, returned, price(chosen), walks, variations, themes, controls)
