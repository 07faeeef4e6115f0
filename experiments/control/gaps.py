"""What the right side of a gap tells: bits of the true middle given both sides, and only the left.

A gap in a real song is asked for as infilling asks (`Request.rewrite`), and the song's own notes
fill it. The left side is heard and the tune's length is known; the right side is told, or is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from solfa.composing.constraints.problem import compile_request
from solfa.composing.request.request import Request
from solfa.errors import SolfaError
from solfa.evaluation.likelihood import symbol_bits
from solfa.evaluation.songs import asked_like
from solfa.evaluation.statistics import Mean
from solfa.melody import Melody
from solfa.models.protocol import Model

BARS = (1, 2, 4, 8)
"""How long gaps are."""


@dataclass(frozen=True)
class Gap:
    """A request to write bars of a song anew; ``inside`` (N,) are the notes that begin in them."""

    request: Request
    song: Melody
    inside: np.ndarray


@dataclass(frozen=True)
class Middle:
    """Bits per note of the middles of gaps of so many bars: right side told, and not; the gain."""

    bars: int
    gaps: int
    both: Mean
    left: Mean
    gain: Mean


def gaps_in(model: Model, songs: Sequence[Melody], bars: int, count: int, seed: int) -> list[Gap]:
    """One gap of so many bars in each of ``count`` songs, drawn by the seed; fewer if need be.

    Something stands on both sides of it. Left out are songs in free or changing metre, without
    phrase marks, and those that the model cannot say.
    """
    random = np.random.default_rng(seed)
    found: list[Gap] = []
    for number in random.permutation(len(songs)):
        gap = _gap(model, songs[number], bars, random)
        if gap:
            found.append(gap)
        if len(found) == count:
            break
    return found


def _gap(model: Model, song: Melody, bars: int, random: np.random.Generator) -> Gap | None:
    lines = song.bar_lines()
    starts = len(lines) - bars - 1
    if starts < 1 or song.meter_changes or not song.phrase_ends:
        return None
    first = int(random.integers(starts)) + 1
    begin, end = lines[first][0], lines[first + bars][0]
    onsets = song.onsets()
    inside = np.array([begin <= onset < end for onset in onsets])
    anew = tuple(song.bar_numbers[first : first + bars])
    seed = int(random.integers(10**6))
    request = asked_like(song, model.encoding, prompt=song, rewrite=anew, seed=seed)
    try:
        model.encoding.encode(song, compile_request(request, model.encoding).conditions)
    except SolfaError:
        return None
    return Gap(request, song, inside) if inside.any() and onsets[-1] >= end else None


def middles_of(model: Model, songs: Sequence[Melody], count: int, seed: int) -> list[Middle]:
    """For each of `BARS`, what the middles of at most ``count`` gaps cost."""
    return [
        middle(model, gaps, bars)
        for bars in BARS
        if (gaps := gaps_in(model, songs, bars, count, seed))
    ]


def middle(model: Model, gaps: Sequence[Gap], bars: int) -> Middle:
    """What the song's own notes cost in its gap, by note, the right side told and not told."""
    encoding = model.encoding
    all_conditions = [compile_request(gap.request, encoding).conditions for gap in gaps]
    symbols = [
        encoding.encode(gap.song, conditions)
        for gap, conditions in zip(gaps, all_conditions, strict=True)
    ]
    asked = [
        gap.inside[encoding.notes(said)] & ~_is_phrase(model, said)
        for gap, said in zip(gaps, symbols, strict=True)
    ]
    told, untold = (
        np.array(
            [
                cost[those].sum()
                for cost, those in zip(
                    symbol_bits(model, list(zip(given, symbols, strict=True))), asked, strict=True
                )
            ]
        )
        for given in (
            all_conditions,
            [replace(conditions, fixed=()) for conditions in all_conditions],
        )
    )
    notes = np.array([gap.inside.sum() for gap in gaps])
    return Middle(
        bars,
        len(gaps),
        both=Mean.ratio(told, notes),
        left=Mean.ratio(untold, notes),
        gain=Mean.ratio(untold - told, notes),
    )


def _is_phrase(model: Model, symbols: np.ndarray) -> np.ndarray:
    """Whether each symbol (S,) says only where a phrase ends."""
    names = np.array(model.encoding.field_names)[np.asarray(model.encoding.fields)[symbols]]
    return np.asarray(names == "phrase")
