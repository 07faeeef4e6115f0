"""What an autoencoder's latent space holds: a bound on likelihood, reconstruction, walks.

All on windows of held-out songs: a song is cut into windows one after the other, the last filled
up with delimiters. Nothing here uses what follows a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding
from solfa.errors import SolfaError
from solfa.melody import Melody
from solfa.models.protocol import Model

_BATCH = 256
WALK = 11
"""Points of a walk, both ends included."""


@runtime_checkable
class WindowAutoencoder(Model, Protocol):
    """A model with a latent for each window of ``steps`` symbols of a grid."""

    card: dict[str, Any]
    steps: int

    @property
    def encoding(self) -> GridEncoding: ...

    def encode(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log variance (B, Z) of windows of symbols (B, T)."""

    def decode(self, z: np.ndarray) -> np.ndarray:
        """The distribution of the symbols at every step, (B, T, V), of points (B, Z)."""


@dataclass(frozen=True)
class LatentFigures:
    """Figures of an autoencoder on ``songs`` held-out songs, or their ``windows``.

    ``bound``: bits per note that the songs cost at most (minus the evidence lower bound), of
    which ``kl`` is what the latent carries. ``steps_right``, ``onsets_right``, ``windows_right``:
    shares of steps, of steps that begin a note or rest, and of whole windows that come back as
    they were from the mean of their posterior. ``walks``: pairs walked; ``changed`` and
    ``largest``: share of steps that a move to the next of `WALK` points changes, on average and at
    most; ``ends``: steps of both ends right; ``nearer``: share of moves that do not lead back
    towards the beginning; ``crossfade``: `largest`, were the one tune replaced by the other at
    once.
    """

    songs: int
    windows: int
    bound: float
    kl: float
    steps_right: float
    onsets_right: float
    windows_right: float
    active_units: int
    units: int
    walks: int
    changed: float
    largest: float
    ends: float
    nearer: float
    crossfade: float

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return asdict(self)


def windows_of(model: WindowAutoencoder, melody: Melody) -> np.ndarray:
    """The windows (N, T) of a song, its end and delimiters after it; `SolfaError` as `encode`."""
    encoding = model.encoding
    symbols = encoding.encode(melody, Conditions.of(melody))
    padded = np.full(-(-len(symbols) // model.steps) * model.steps, encoding.end, np.int64)
    padded[: len(symbols)] = symbols
    return padded.reshape(-1, model.steps)


def measure(
    model: WindowAutoencoder,
    melodies: Sequence[Melody],
    *,
    draws: int = 8,
    pairs: int = 200,
    seed: int = 0,
) -> LatentFigures:
    """All `LatentFigures`; ``draws`` of z for each window of the bound, ``pairs`` to walk between.

    Raises `SolfaError` if the model can say none of the songs.
    """
    random = np.random.default_rng(seed)
    windows, notes, songs = [], 0, 0
    for melody in melodies:
        try:
            windows.append(windows_of(model, melody))
        except SolfaError:
            continue
        notes += len(melody.notes)
        songs += 1
    if not windows:
        raise SolfaError(f"{model.name} can say none of the {len(melodies)} songs; give others")
    whole = np.concatenate(windows)
    nats, kl, said = 0.0, 0.0, []
    for start in range(0, len(whole), _BATCH):
        batch = whole[start : start + _BATCH]
        mean, log_variance = (x.astype(np.float64) for x in model.encode(batch))
        kl += 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum()
        for _ in range(draws):
            z = mean + random.standard_normal(mean.shape) * np.exp(0.5 * log_variance)
            nats -= np.log(_of(model.decode(z), batch)).sum() / draws
        said.append(model.decode(mean).argmax(2))
    right = np.concatenate(said) == whole
    begins = np.isin(whole, np.flatnonzero(model.encoding.midi >= -1))
    return LatentFigures(
        songs=songs,
        windows=len(whole),
        bound=float((nats + kl) / np.log(2) / notes),
        kl=float(kl / np.log(2) / notes),
        steps_right=float(right.mean()),
        onsets_right=float(right[begins].mean()),
        windows_right=float(right.all(1).mean()),
        active_units=model.card["latent"]["active_units"],
        units=model.card["latent"]["units"],
        **_walks(model, np.concatenate([w[:1] for w in windows]), pairs, random),
    )


def _of(probabilities: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """The probability (B, T) of the symbols that stand there."""
    return np.take_along_axis(probabilities, symbols[:, :, None], 2)[:, :, 0]


def _walks(
    model: WindowAutoencoder, openings: np.ndarray, pairs: int, random: np.random.Generator
) -> dict[str, Any]:
    """Walks between the first windows of songs drawn in pairs."""
    pairs = min(pairs, len(openings) // 2)
    if not pairs:
        raise SolfaError("a walk needs two songs; give more")
    chosen = random.permutation(len(openings))[: 2 * pairs].reshape(2, pairs)
    mean, _ = model.encode(openings[chosen.ravel()])
    first, last = mean.reshape(2, pairs, -1).astype(np.float64)
    share = np.linspace(0, 1, WALK)[:, None, None]
    points = (first + share * (last - first)).reshape(WALK * pairs, -1)
    said = model.decode(points).argmax(2).reshape(WALK, pairs, -1)
    moves = (said[1:] != said[:-1]).mean(2)  # (W - 1, pairs)
    away = (said != said[0]).mean(2)
    ends = np.stack([said[0] == openings[chosen[0]], said[-1] == openings[chosen[1]]])
    return {
        "walks": pairs,
        "changed": float(moves.mean()),
        "largest": float(moves.max(0).mean()),
        "ends": float(ends.mean()),
        "nearer": float((np.diff(away, axis=0) >= 0).mean()),
        "crossfade": float(away[-1].mean()),
    }
