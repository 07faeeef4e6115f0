"""Finding the metre: metre and pickup of notes without bar lines."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from solfa.melody import Meter, Note, note_onsets

DURATIONS = (1, 2, 3, 4, 6, 8, 12, 16)
"""Sixteenths that the first columns of a table stand for; another column is for all others."""


class Habits(NamedTuple):
    """How songs in a metre go.

    ``share`` of all songs and ``pickups`` (by sixteenths) are in thousandths. ``places`` has a
    row for each eighth of the bar and one for all sixteenths between them: how many of 10,000
    notes begin there, duration by duration, and how many in 1,000 of these repeat the pitch before.
    """

    share: int
    pickups: dict[int, int]
    places: tuple[tuple[int, ...], ...]


# Counted over the training tunes of all built-in repertoires (``benchmarks/metres.py count``);
# nothing is impossible.
HABITS = {
    Meter(2, 4): Habits(
        289,
        {0: 504, 1: 4, 2: 446, 3: 3, 4: 38, 6: 5},
        (
            (333, 1174, 218, 588, 89, 115, 3, 4, 2, 123),
            (473, 955, 1, 54, 17, 1, 1, 1, 1, 268),
            (292, 1419, 71, 458, 1, 3, 3, 1, 2, 214),
            (471, 1382, 1, 2, 1, 1, 1, 1, 1, 203),
            (1850, 9, 7, 1, 1, 1, 1, 1, 1, 78),
        ),
    ),
    Meter(3, 4): Habits(
        168,
        {0: 195, 2: 114, 4: 573, 6: 116},
        (
            (17, 525, 156, 1115, 307, 560, 59, 9, 8, 173),
            (33, 496, 1, 2, 5, 1, 1, 1, 1, 140),
            (9, 405, 23, 1205, 131, 39, 1, 1, 1, 248),
            (25, 690, 1, 1, 6, 1, 1, 1, 1, 166),
            (25, 1036, 119, 1337, 1, 1, 2, 1, 1, 192),
            (42, 1151, 1, 1, 1, 1, 1, 1, 1, 153),
            (444, 1, 7, 1, 1, 1, 1, 1, 1, 149),
        ),
    ),
    Meter(4, 4): Habits(
        304,
        {0: 227, 2: 141, 4: 556, 6: 36, 8: 26, 12: 13},
        (
            (49, 456, 119, 697, 214, 289, 38, 9, 2, 112),
            (21, 452, 1, 4, 2, 1, 1, 1, 1, 90),
            (25, 599, 136, 522, 8, 24, 2, 1, 1, 263),
            (30, 806, 1, 1, 1, 1, 1, 1, 1, 127),
            (40, 456, 84, 986, 92, 131, 1, 1, 1, 158),
            (15, 467, 1, 5, 1, 1, 1, 1, 1, 109),
            (18, 785, 117, 711, 1, 1, 1, 1, 1, 233),
            (32, 865, 1, 1, 1, 1, 1, 1, 1, 101),
            (628, 1, 59, 1, 1, 1, 1, 1, 1, 105),
        ),
    ),
    Meter(3, 8): Habits(
        37,
        {0: 418, 1: 7, 2: 571, 4: 4},
        (
            (222, 1668, 376, 1024, 158, 13, 6, 1, 13, 172),
            (258, 1530, 57, 57, 1, 1, 1, 1, 1, 315),
            (501, 2698, 1, 1, 1, 2, 1, 1, 1, 248),
            (1414, 2, 1, 1, 1, 1, 1, 1, 1, 181),
        ),
    ),
    Meter(6, 8): Habits(
        201,
        {0: 184, 2: 790, 4: 5, 6: 8, 8: 12},
        (
            (31, 1041, 127, 539, 200, 22, 3, 1, 21, 113),
            (12, 1047, 1, 6, 1, 1, 1, 1, 1, 70),
            (40, 1657, 1, 2, 29, 3, 1, 1, 1, 239),
            (18, 960, 63, 786, 77, 1, 1, 1, 1, 299),
            (8, 985, 2, 3, 1, 1, 1, 1, 1, 29),
            (119, 1779, 1, 1, 1, 1, 1, 1, 1, 123),
            (409, 1, 11, 1, 1, 1, 1, 1, 1, 100),
        ),
    ),
}

_FILLED = 0.96
"""The share of songs whose last bar is full but for the pickup."""


def find_meter(
    notes: Iterable[Note],
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = True,
) -> tuple[Meter, Fraction]:
    """The metre and pickup (quarters) that make the notes likeliest, by how folk songs fill bars.

    By its place in the bar a note is long or short, and repeats the pitch before it or not. What
    is common everywhere in a metre counts by half only, for one tune may be written in eighths
    or in quarters. A ``whole`` tune is trusted to fill its last bar but for the pickup, a part of
    it is not. ``meter`` and ``pickup`` are kept to where they are given; with no notes the metre
    is 4/4, and in a metre without a table the pickup is 0. Metre and pickup are
    right for 76 % of the validation tunes, for 64 % of their first 32 sixteenths and 51 % of the
    first 16 (4/4 without a pickup: 7 %).
    """
    tune = list(notes)
    features = metre_features(tune)
    end = int(4 * sum(note.duration for note in tune))

    def fit(candidate: tuple[Meter, int]) -> float:
        known, upbeat = candidate
        habits, bar = HABITS[known], int(4 * known.bar)
        durations, repeats = _weights(known)
        place = places(features.steps, known, upbeat)
        logs = durations[place, features.columns].sum() + repeats[place, features.repeats].sum()
        logs += np.log(habits.share * habits.pickups.get(upbeat, 1))
        if whole:
            logs += np.log(_FILLED if end % bar == 0 else (1 - _FILLED) / (bar - 1))
        return float(logs)

    longest = max(int(4 * known.bar) for known in HABITS)
    upbeats = range(min(max(end, 1), longest)) if pickup is None else [int(4 * pickup)]
    candidates = [
        (known, upbeat)
        for known in HABITS
        for upbeat in upbeats
        if upbeat < 4 * known.bar and (meter is None or _same_bars(known, meter))
    ]
    if not tune or not candidates:
        return meter or Meter(4, 4), pickup or Fraction(0)
    found, upbeat = max(candidates, key=fit)
    return meter or found, Fraction(upbeat, 4) if pickup is None else pickup


class MetreFeatures(NamedTuple):
    """The features of N notes from which the metre is found; arrays are (N,).

    ``steps`` are the sixteenths where notes begin; ``columns`` index their durations in a table;
    ``repeats`` is 1 for the pitch before, 0 for another, 2 for a rest or the first pitch.
    """

    steps: np.ndarray
    columns: np.ndarray
    repeats: np.ndarray


def metre_features(notes: Iterable[Note]) -> MetreFeatures:
    """The features of notes from which the metre is found."""
    tune = list(notes)
    lengths = [4 * note.duration for note in tune]
    repeats, before = [], None
    for note in tune:
        silent = note.pitch is None or before is None
        repeats.append(2 if silent else int(note.pitch == before))
        before = before if note.pitch is None else note.pitch
    return MetreFeatures(
        np.array([int(4 * onset) for onset in note_onsets(tune)], int),
        np.array([DURATIONS.index(d) if d in DURATIONS else -1 for d in lengths], int),
        np.array(repeats, int),
    )


def places(steps: np.ndarray, meter: Meter, upbeat: int) -> np.ndarray:
    """The row of each step (N,) in the table of ``meter``, after ``upbeat`` sixteenths."""
    position = (steps - upbeat) % int(4 * meter.bar)
    return np.where(position % 2 == 0, position // 2, -1)


@cache
def _weights(meter: Meter) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihoods of durations (places, 9) and repeated pitches (places, 3) at each place.

    What is common everywhere in the metre counts by half only.
    """
    table = np.array(HABITS[meter].places, float)
    durations, repeated = table[:, :-1], table[:, -1:] / 1000
    notes = durations.sum(1, keepdims=True)
    repeats = np.hstack([1 - repeated, repeated])
    anywhere = (notes * repeats).sum(0) / notes.sum()
    return (
        np.log(durations / notes) - np.log(durations.sum(0) / notes.sum()) / 2,
        np.hstack([np.log(repeats) - np.log(anywhere) / 2, np.zeros_like(repeated)]),
    )


def _same_bars(known: Meter, meter: Meter) -> bool:
    """Whether the table of a metre serves for another: that of 4/4 for 2/2, of 3/4 not for 6/8."""
    in_threes = [m.beat.numerator == 3 for m in (known, meter)]
    return known.bar == meter.bar and in_threes[0] == in_threes[1]
