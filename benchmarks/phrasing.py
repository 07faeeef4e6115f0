"""Fits what tells a phrase's end, and measures how well the rhythm of phrases is found.

    python benchmarks/phrasing.py fit      # prints the table of src/solfa/analysis/phrasing.py
    python benchmarks/phrasing.py          # measures on validation songs cut anywhere

Songs are German ones in one metre whose marked phrases have equally many bars, each counted to the
nearest bar line, but for the last; their marks are hidden, and they are cut at any sixteenth.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from math import log, log2
from typing import NamedTuple

import numpy as np

from solfa import corpora
from solfa.analysis.phrase_lengths import BARS, Habits, Place, find_phrase_lengths, likely, places
from solfa.melody import Melody, Meter, Note

_PRIOR = 8  # songs; a metre with few goes by all of them
_PENALTY = 3e-4  # of the square of each weight
_FIELDS = {"lengths": 6, "rests": 3, "leaps": 4, "again": 3}


class Song(NamedTuple):
    """A song, how many bars its phrases have (None: not equally many), and when they end."""

    tune: Melody
    bars: int | None
    ends: tuple[Fraction, ...]


def songs(part: str) -> list[Song]:
    """The German songs of a part of the split that mark phrases, in one metre."""
    found = []
    for tune in corpora.load("german").split(part):
        if tune.meter and not tune.meter_changes and tune.phrase_ends:
            over = list(accumulate(note.duration for note in tune.notes))
            ends = tuple(over[index] for index in tune.phrase_ends)
            found.append(Song(tune, _regular(ends, tune.meter.bar), ends))
    return found


def _regular(ends: tuple[Fraction, ...], bar: Fraction) -> int | None:
    lengths = [b - a for a, b in pairwise([0, *(round(end / bar) for end in ends)])]
    inner = lengths[:-1] if len(lengths) > 2 else lengths
    return lengths[0] if len(lengths) > 1 and len(set(inner)) == 1 else None


def cut(song: Song, rng: random.Random, *, least: Fraction = Fraction(1, 4)) -> Melody:
    """The beginning of a song up to any sixteenth, with the marks of the phrases that ended."""
    tune = song.tune
    steps = range(int(4 * least), int(4 * tune.duration))
    at, notes, now = Fraction(rng.choice(steps), 4), [], Fraction(0)
    for note in tune.notes:
        if now < at:
            notes.append(Note(note.pitch, min(note.duration, at - now)))
        now += note.duration
    over = list(accumulate(note.duration for note in notes))
    marks = [i for i, end in enumerate(over) if end in song.ends and end <= at]
    return tune.replace(notes=tuple(notes), phrase_ends=tuple(marks))


def unmarked(prompt: Melody) -> Melody:
    """The prompt without its marks."""
    return prompt.replace(phrase_ends=())


def cuts(part: str, each: int, seed: int) -> Iterator[tuple[Song, Melody]]:
    """Regular songs with their beginnings, unmarked, so many of each song."""
    rng = random.Random(seed)
    for song in songs(part):
        if song.bars:
            yield from ((song, unmarked(cut(song, rng))) for _ in range(each))


def fit() -> Habits:
    """The habits of the training songs."""
    heard = [(song, tune) for song, tune in cuts("train", 2, seed=1) if song.bars in BARS]
    heard = [(song, tune) for song, tune in heard if tune.pitches]
    usual = _usual()
    notes = [_notes(tune, song.bars or 0) for song, tune in heard]
    mean = float(np.mean(notes))
    rows = np.array([[_row(tune, bars, usual, mean) for bars in BARS] for _, tune in heard])
    truth = np.array([BARS.index(song.bars or 0) for song, _ in heard])
    offset, said = rows[:, :, 0], rows[:, :, 1:]
    weights = _logistic(offset, said, truth)
    tables = np.split(100 * weights[2:], np.cumsum(list(_FIELDS.values()))[:-1])
    rounded = [tuple(int(x) for x in np.rint(table)) for table in tables]
    return Habits(
        {meter: tuple(round(100 * x) for x in logs) for meter, logs in usual.items()},
        (round(mean, 2), round((2 * float(weights[0])) ** -0.5, 2)),
        round(100 * float(weights[1])),
        *rounded,
    )


def _usual() -> dict[Meter | None, tuple[float, ...]]:
    """The logarithm of the share of songs with phrases of each of `BARS`, by metre and in all."""
    by_meter: dict[Meter | None, Counter[int]] = defaultdict(Counter)
    for song in songs("train"):
        if song.bars in BARS:
            by_meter[song.tune.meter][song.bars or 0] += 1
            by_meter[None][song.bars or 0] += 1
    every = by_meter[None]
    shares = {bars: every[bars] / every.total() for bars in BARS}
    often = {meter: n for meter, n in by_meter.items() if n.total() > _PRIOR}
    return {
        meter: tuple(log((n[b] + _PRIOR * shares[b]) / (n.total() + _PRIOR)) for b in BARS)
        for meter, n in often.items()
    }


def _notes(tune: Melody, bars: int) -> float:
    """The logarithm (to base 2) of the notes of a phrase of so many bars."""
    assert tune.meter
    return log2(bars * len(tune.pitches) / float(tune.duration / tune.meter.bar))


def _row(
    tune: Melody, bars: int, usual: dict[Meter | None, tuple[float, ...]], mean: float
) -> list[float]:
    """What is given, and what is weighed: the notes of a phrase, and what is heard at its ends."""
    assert tune.meter
    logs = usual.get(tune.meter, usual[None])
    row = np.zeros(3 + sum(_FIELDS.values()))
    row[:2] = logs[BARS.index(bars)], -((_notes(tune, bars) - mean) ** 2)
    firsts = 3 + np.cumsum([0, *_FIELDS.values()])
    for place in places(tune.notes, tune.meter.bar)[bars - 1 :: bars]:
        if place == Place():
            row[2] += 1
        for first, index in zip(firsts, place, strict=False):
            if index is not None:
                row[first + index] += 1
    return [float(x) for x in row]


def _logistic(offset: np.ndarray, said: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The weights (K,) of what is said (N, 3, K) beside the offset (N, 3), by Newton's steps."""
    weights = np.zeros(said.shape[2])
    right = said[np.arange(len(truth)), truth].sum(0)
    for _ in range(30):
        odds = offset + said @ weights
        shares = np.exp(odds - odds.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        expected = (shares[:, :, None] * said).sum(1)
        slope = right - expected.sum(0) - 2 * len(truth) * _PENALTY * weights
        spread = np.einsum("nc,ncj,nck->jk", shares, said, said) - expected.T @ expected
        curve = spread + 2 * len(truth) * _PENALTY * np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    return weights


class Found(NamedTuple):
    """Of prompts: how many there are, how many are told a rhythm, and how many of these rightly.

    ``commonest`` have phrases of 2 bars, ``likeliest`` of what is likeliest, however sure.
    """

    prompts: int
    told: int
    right: int
    commonest: int
    likeliest: int

    def shares(self) -> list[str]:
        """How many, and percentages."""
        pairs = (
            (self.told, self.prompts),
            (self.right, self.told),
            (self.commonest, self.prompts),
            (self.likeliest, self.prompts),
        )
        shares = (f"{100 * part / whole:.1f}" if whole else "" for part, whole in pairs)
        return [str(self.prompts), *shares]


def measure(part: str, each: int = 4, seed: int = 2) -> dict[str, Found]:
    """How often the bars of a phrase are found, by how many bars were heard."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for song, prompt in cuts(part, each, seed):
        assert prompt.meter
        heard = prompt.duration / prompt.meter.bar
        bands = [f"{low} to {high}" for low, high in ((2, 4), (4, 8)) if low <= heard < high]
        band = bands[0] if bands else "less than 2" if heard < 2 else "8 and more"
        bars, chances = find_phrase_lengths(prompt).bars, likely(prompt)
        for name in (band, "any", *(["2 and more"] if heard >= 2 else [])):
            counts[name].update(
                {
                    "prompts": 1,
                    "told": bool(bars),
                    "right": bars == (song.bars,),
                    "commonest": song.bars == 2,
                    "likeliest": song.bars == max(chances, key=lambda n: chances[n]),
                }
            )
    order = ("less than 2", "2 to 4", "4 to 8", "8 and more", "2 and more", "any")
    return {name: Found(*(counts[name][field] for field in Found._fields)) for name in order}


def main() -> None:
    if sys.argv[1:] == ["fit"]:
        print(f"HABITS = {fit()}")
        return
    for name, found in measure("valid").items():
        print(name, *found.shares())


if __name__ == "__main__":
    main()
