"""How much of a song its latents hold: a bound on likelihood, guesses, what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.hybrid.requests import PhraseAutoencoder, chunks, composed_at, placed_like
from experiments.hybrid.tunes import alike, phrases_of, placed, share_kept, sounds
from solfa.encodings.conditions import Conditions
from solfa.encodings.notes import Field
from solfa.evaluation.likelihood import bits
from solfa.melody import Melody
from solfa.models.protocol import Model, Session

_BATCH = 64


@dataclass(frozen=True)
class Bound:
    """Bits per note of ``songs``: at most ``bound``, of which ``latent`` is what z costs.

    ``weighted`` is the tighter bound by importance (Burda et al. 2016) from ``draws`` of all z of a
    song; ``alone`` is exact: the model without latents.
    """

    songs: int
    notes: int
    bound: float
    latent: float
    weighted: float
    alone: float
    draws: int
    active: int
    units: int


@dataclass(frozen=True)
class Guess:
    """Shares of durations, pitches and notes (both) that a model guesses first, the past given."""

    duration: float
    pitch: float
    note: float


@dataclass(frozen=True)
class Return:
    """What comes back when ``songs`` are composed again from their latents alone.

    Shares: of ``notes`` that come back with onset, duration and pitch; of sixteenths where the same
    ``sounds`` begins, or nothing; of phrases and of ``tunes`` without a mistake.
    """

    songs: int
    notes: float
    sounds: float
    phrases: float
    tunes: float


def bound_of(
    model: PhraseAutoencoder, songs: Sequence[Melody], draws: int, random: np.random.Generator
) -> Bound:
    """The bounds by ``draws`` of the latents of every song."""
    notes = sum(len(song.notes) for song in songs)
    latent = 0.0
    cost = np.zeros((draws, len(songs)))  # bits of songs and latents, by draw
    for place in range(0, len(songs), _BATCH):
        some = songs[place : place + _BATCH]
        posteriors = [model.encode(song) for song in some]
        for mean, log_variance in posteriors:
            latent += _divergence(mean, log_variance)
        for draw in range(draws):
            noise = [random.standard_normal(mean.shape) for mean, _ in posteriors]
            z = [m + e * np.exp(0.5 * v) for (m, v), e in zip(posteriors, noise, strict=True)]
            said = bits(model.with_latents(z, model.name), some, phrases=False, style=False)
            cost[draw, place : place + _BATCH] = said.bits.sum(1) + [
                0.5 * (latents**2 - e**2 - v).sum() / np.log(2)
                for latents, e, (_, v) in zip(z, noise, posteriors, strict=True)
            ]
    least = cost.min(0)
    weighted = least - np.log2(np.exp2(least - cost).mean(0))
    return Bound(
        songs=len(songs),
        notes=notes,
        bound=float(cost.mean(0).sum() / notes),
        latent=float(latent / notes),
        weighted=float(weighted.sum() / notes),
        alone=bits(model, songs, phrases=False, style=False).total,
        draws=draws,
        active=model.card["latent"]["active_units"],
        units=model.card["latent"]["units"],
    )


def _divergence(mean: np.ndarray, log_variance: np.ndarray) -> float:
    """Bits of a posterior over the prior."""
    wide = log_variance.astype(np.float64)
    return float(0.5 * (mean**2 + np.exp(wide) - 1 - wide).sum() / np.log(2))


def guesses_of(model: Model, songs: Sequence[Melody]) -> Guess:
    """How often the likeliest symbol is the right one, no latent known."""
    return _guesses(model, songs, lambda _: model)


def guesses_led(model: PhraseAutoencoder, songs: Sequence[Melody]) -> Guess:
    """How often the likeliest symbol is the right one, the model led by the songs' own latents."""
    return _guesses(
        model,
        songs,
        lambda some: model.with_latents([model.encode(song)[0] for song in some], model.name),
    )


def _guesses(
    model: Model, songs: Sequence[Melody], leading: Callable[[Sequence[Melody]], Model]
) -> Guess:
    """The guesses of what is ``leading`` in each batch of songs."""
    encoding, right = model.encoding, np.zeros(3)
    for some in chunks(songs):
        all_conditions = [Conditions.of(song, phrases=False) for song in some]
        symbols = [encoding.encode(*pair) for pair in zip(some, all_conditions, strict=True)]
        right += _right(leading(some).begin(all_conditions), symbols, encoding.end)
    return Guess(*(right / sum(len(song.notes) for song in songs)).tolist())


def _right(session: Session, symbols: Sequence[np.ndarray], end: int) -> np.ndarray:
    """Durations, pitches and notes (3,) that are guessed in songs, which rise in length."""
    right = np.zeros(3)
    duration = np.zeros(len(symbols), bool)
    first = 0  # songs before it are over
    for step in range(len(symbols[-1])):
        now = np.array([own[step] for own in symbols[first:]])
        going = now != end
        hit = session.probabilities().argmax(1) == now
        if session.state.field is Field.DURATION:  # type: ignore[attr-defined]
            right[0] += hit[going].sum()
            duration = hit
        elif session.state.field is Field.PITCH:  # type: ignore[attr-defined]
            right[1:] += hit.sum(), (hit & duration).sum()
        first += int((~going).sum())
        if first < len(symbols):
            session.select(np.flatnonzero(going))
            session.push(now[going])
            duration = duration[going]
    return right


def return_of(model: PhraseAutoencoder, songs: Sequence[Melody]) -> Return:
    """The songs composed again, as `solfa latent reconstruct` does."""
    points = [model.encode(song)[0] for song in songs]
    again = composed_at(model, points, [placed_like(song, model) for song in songs])
    notes = [share_kept(*pair) for pair in zip(songs, again, strict=True)]
    steps = [alike(sounds(a), sounds(b)) for a, b in zip(songs, again, strict=True)]
    whole = [
        one == other
        for pair in zip(songs, again, strict=True)
        for one, other in zip(*(phrases_of(tune, pair[0].meter) for tune in pair), strict=False)
    ]
    tunes = [placed(a) == placed(b) for a, b in zip(songs, again, strict=True)]
    weights = [len(song.notes) for song in songs]
    return Return(
        songs=len(songs),
        notes=float(np.average(notes, weights=weights)),
        sounds=float(np.average(steps, weights=[float(song.duration) for song in songs])),
        phrases=float(np.mean(whole)),
        tunes=float(np.mean(tunes)),
    )
