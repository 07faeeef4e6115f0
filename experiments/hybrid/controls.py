"""What a latent tells of its phrase, and what moving it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.hybrid.requests import (
    PhraseAutoencoder,
    askable,
    composed_at,
    placed_like,
    sayable,
)
from experiments.hybrid.tunes import notes_of
from solfa.analysis.phrase_features import ATTRIBUTES
from solfa.encodings.conditions import Conditions
from solfa.evaluation.statistics import rank_correlation
from solfa.melody import Melody

SHIFTS = (-2, -1, 0, 1, 2)
"""By how many standard deviations of real phrases an attribute is to change."""
_RIDGE = 10.0
_TAUGHT = 1500  # songs, enough for so few weights


@dataclass(frozen=True)
class Control:
    """How well the latent tells an attribute of its phrase, and what moving it does.

    ``explained``: share of the variance on held-out phrases; ``rank``: correlation of ranks there,
    where ties share theirs. ``real`` is the mean of real phrases and ``spread`` their deviation;
    ``moved`` what composed tunes have on average when the latents are moved by `SHIFTS` of it.
    """

    attribute: str
    explained: float
    rank: float
    real: float
    spread: float
    moved: tuple[float, ...]


def controls_of(
    model: PhraseAutoencoder,
    train: Sequence[Melody],
    held_out: Sequence[Melody],
    songs: Sequence[Melody],
    random: np.random.Generator,
) -> list[Control]:
    """Each attribute by a ridge regression on the latents of training phrases; and moved."""
    z, told = _phrases_told(model, sayable(model, train[:_TAUGHT]))
    z_out, told_out = _phrases_told(model, held_out)
    center = z.mean(0)
    spread = np.cov(z.T)
    homes = [model.encode(song)[0] for song in songs]
    asked = [placed_like(song, model) for song in songs]
    controls = []
    for column, (name, attribute) in enumerate(ATTRIBUTES.items()):
        known, known_out = ~np.isnan(told[:, column]), ~np.isnan(told_out[:, column])
        x, y = z[known] - center, told[known, column]
        weights = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ (y - y.mean()))
        guess = (z_out[known_out] - center) @ weights + y.mean()
        real = told_out[known_out, column]
        if not (real.std() > 0 and weights.any()):
            continue  # all phrases are alike in it
        # the likeliest move, by the spread of latents, that changes the guess by one deviation
        move = spread @ weights / (weights @ spread @ weights) * real.std()
        moved = []
        for shift in SHIFTS:
            tunes = composed_at(model, [model.within(home + shift * move) for home in homes], asked)
            means = [
                np.nanmean(
                    [attribute(notes, Conditions.of(tune).tonic) for notes in notes_of(tune)]
                )
                for tune in tunes
            ]
            moved.append(float(np.nanmean(means)))
        controls.append(
            Control(
                name,
                explained=float(1 - ((guess - real) ** 2).mean() / real.var()),
                rank=rank_correlation(guess, real),
                real=float(real.mean()),
                spread=float(real.std()),
                moved=tuple(moved),
            )
        )
    return controls


def _phrases_told(
    model: PhraseAutoencoder, songs: Sequence[Melody]
) -> tuple[np.ndarray, np.ndarray]:
    """Latents (N, Z) and `ATTRIBUTES` (N, A) of the phrases of songs in one metre."""
    latents, told = [], []
    for song in songs:
        if not askable(model, song):
            continue
        tonic, parts = Conditions.of(song).tonic, notes_of(song)
        latents += list(model.encode(song)[0][: len(parts)])
        told += [[attribute(part, tonic) for attribute in ATTRIBUTES.values()] for part in parts]
    return np.array(latents, float), np.array(told)
