"""Distance of a set of tunes from real songs: by distributions, by means, by rank over all.

Sets composed with other settings (temperature, cuts, penalties) for the same requests are held
against the same songs, so that settings can be chosen by figures and not by taste.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan

import numpy as np

from solfa.composing.decoding.repetition_penalty import LONGEST, RepetitionPenalty
from solfa.errors import SolfaError
from solfa.evaluation.statistics import divergence, ranks
from solfa.evaluation.tune_metrics import accidentals, compass, repeats
from solfa.melody import Melody, total

_REST, _OVER = 128, 129  # beyond MIDI's pitches
_SHORT = 4  # notes of a cell that makes a drone


def steps(melody: Melody) -> list[tuple[object, object]]:
    """From each sounding note to the next: the interval and the ratio of the durations."""
    sounding = [(n.pitch, n.duration) for n in melody.notes if n.pitch is not None]
    return [(b[0] - a[0], b[1] / a[1]) for a, b in pairwise(sounding)]


def _grams(length: int) -> Callable[[Melody], Counter[object]]:
    def count(melody: Melody) -> Counter[object]:
        found = steps(melody)
        return Counter(zip(*(found[first:] for first in range(length)), strict=False))

    return count


def _phrases(melody: Melody) -> Counter[object]:
    ends = [0, *(end + 1 for end in melody.phrase_ends)]
    return Counter(total([n.duration for n in melody.notes[a:b]]) for a, b in pairwise(ends))


def pitch_entropy(melody: Melody) -> float:
    """Bits a note of the melody's own pitches; nan if it is silent."""
    counts = np.array(list(Counter(melody.pitches).values()))
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) if len(counts) else nan


def runs(melodies: Sequence[Melody]) -> Iterator[np.ndarray]:
    """Note by note, how long (B, 16) each melody has been repeating cells of 1 to 16 notes.

    In notes in a row that have the pitch that stood a cell's length before, rests among them; 0
    beyond a melody's end. See `solfa.composing.decoding.repetition_penalty.LONGEST`.
    """
    most = max((len(melody.notes) for melody in melodies), default=0)
    pitches = np.full((len(melodies), most), _OVER)
    for row, melody in enumerate(melodies):
        line = [_REST if note.pitch is None else note.pitch for note in melody.notes]
        pitches[row, : len(line)] = line
    loops = RepetitionPenalty(len(melodies), np.arange(_OVER + 1) < _OVER, 0.0)
    for column in pitches.T:
        loops.push(column)
        yield np.where(column[:, None] == _OVER, 0, loops.runs)


def repetitions(melodies: Sequence[Melody]) -> np.ndarray:
    """The longest of all `runs` of each melody (B, 16)."""
    longest = np.zeros((len(melodies), len(LONGEST)), int)
    for now in runs(melodies):
        longest = np.maximum(longest, now)
    return longest


DISTRIBUTIONS: dict[str, Callable[[Melody], Counter[object]]] = {
    "2-grams": _grams(2),
    "3-grams": _grams(3),
    "intervals": lambda melody: Counter(b - a for a, b in pairwise(melody.pitches)),
    "degrees": lambda melody: Counter((p - melody.key.pitch_class) % 12 for p in melody.pitches),
    "phrases": _phrases,
}
"""What is counted: runs of two and three (interval, ratio of durations), intervals, degrees of the
key asked for, and the lengths of phrases in quarters."""

NUMBERS: dict[str, Callable[[Melody], float]] = {
    "repeated bars": lambda melody: repeats(melody).exactly,
    "range": compass,
    "chromatic": accidentals,
    "entropy": pitch_entropy,
}
REPETITION = "repetition"
"""Beside `NUMBERS` (share of bars that repeat an earlier one, semitones from lowest to highest,
share of notes outside the scale, bits of the tune's own pitches): the most notes in a row that
repeat a cell of one to four notes at once."""


@dataclass(frozen=True)
class Profile:
    """What sets are compared by, of one melody: counts, and numbers, nan where there is none."""

    counts: dict[str, Counter[object]]
    numbers: dict[str, float]


def profiles(melodies: Sequence[Melody]) -> list[Profile]:
    """The profile of each melody."""
    longest = repetitions(melodies)[:, :_SHORT].max(1)
    return [
        Profile(
            {name: count(melody) for name, count in DISTRIBUTIONS.items()},
            {name: number(melody) for name, number in NUMBERS.items()} | {REPETITION: float(most)},
        )
        for melody, most in zip(melodies, longest, strict=True)
    ]


class Songs:
    """Real songs to be near to, and what a faithful sample of so few tunes would show of them.

    ``draws`` are sets of other real songs, each of as many as the tunes to be measured: however
    faithful, a small set diverges from a larger one, and one that diverges less than real songs do
    is not nearer but more commonplace. Raises `SolfaError` if there are none.
    """

    def __init__(self, songs: Sequence[Profile], draws: Sequence[Sequence[Profile]]) -> None:
        self._counts = _counts(songs)
        drawn = [self.figures(draw) for draw in draws]
        self.ideal = {name: float(np.mean([each[name] for each in drawn])) for name in drawn[0]}
        self.ideal |= _means(songs)

    def figures(self, tunes: Sequence[Profile]) -> dict[str, float]:
        """Bits by which each of `DISTRIBUTIONS` diverges from the songs', and the tunes' means.

        What one side lacks (phrases of a grid) is left out. Raises `SolfaError` if there
        are no tunes.
        """
        counts = _counts(tunes)
        diverging = {
            name: divergence(counts[name], self._counts[name])
            for name in DISTRIBUTIONS
            if counts[name] and self._counts[name]
        }
        return diverging | _means(tunes)

    def distances(self, figures: Mapping[str, float]) -> dict[str, float]:
        """How far each figure is from what real songs show."""
        return {name: abs(value - self.ideal[name]) for name, value in figures.items()}


def mean_ranks(distances: Sequence[Mapping[str, float]]) -> list[float]:
    """For each of several sets its rank, 1 the nearest, averaged over all figures; ties share."""
    table = np.array([list(each.values()) for each in distances])
    return [float(rank) for rank in ranks(table).mean(1)]


def _counts(of: Sequence[Profile]) -> dict[str, Counter[object]]:
    together: dict[str, Counter[object]] = {name: Counter() for name in DISTRIBUTIONS}
    for each in of:
        for name, counts in each.counts.items():
            together[name].update(counts)
    return together


def _means(of: Sequence[Profile]) -> dict[str, float]:
    if not of:
        raise SolfaError("there are no melodies to compare; give at least one")
    names = of[0].numbers
    return {name: float(np.nanmean([each.numbers[name] for each in of])) for name in names}
