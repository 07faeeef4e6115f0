"""Which style a tune sounds like, by a simple classifier that learned from real songs alone.

Softmax regression over shares of intervals, pairs of intervals, degrees of the key, ratios of
durations and pairs of these: what a tune does, whatever its key, its metre and its tempo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import log2

import numpy as np

from solfa.errors import SolfaError
from solfa.melody import Melody

_LEAP, _PAIR, _RATIO = 12, 7, 3  # semitones, semitones in a pair, octaves of duration: at most
_ROUNDS, _RATE, _DECAY = 300, 0.5, 1e-3


class StyleClassifier:
    """Learns the styles of real songs, every style of equal weight however many songs it has."""

    def __init__(self, songs: Sequence[Melody]) -> None:
        """Raises `SolfaError` unless the songs are of two styles or more."""
        names = [song.metadata.style for song in songs]
        self.styles = tuple(sorted(set(names) - {""}))
        if len(self.styles) < 2:
            raise SolfaError(
                "a classifier needs songs of two styles or more; load more repertoires"
            )
        known = [song for song in songs if song.metadata.style]
        features = _features(known)
        self._center = features.mean(0)
        self._scale = features.std(0) + 1e-3  # what hardly ever occurs must not decide
        x = self._standardised(features)
        is_style = np.array(
            [[song.metadata.style == style for style in self.styles] for song in known]
        )
        weights = is_style / is_style.sum(0) / len(self.styles)  # (N, C), sums to 1
        self._w = np.zeros((x.shape[1], len(self.styles)))
        velocity = np.zeros_like(self._w)
        for _ in range(_ROUNDS):
            gap = weights.sum(1, keepdims=True) * _softmax(x @ self._w) - weights
            velocity = 0.9 * velocity - _RATE * (x.T @ gap + _DECAY * self._w)
            self._w += velocity / np.sqrt(x.shape[1])

    def tell(self, tunes: Sequence[Melody]) -> np.ndarray:
        """For each tune the probability of each of ``styles``: (N, C)."""
        return _softmax(self._standardised(_features(tunes)) @ self._w)

    def recognised(self, tunes: Sequence[Melody], styles: Sequence[str]) -> np.ndarray:
        """Whether each tune sounds like the style at its place more than like any other: (N,)."""
        told = self.tell(tunes).argmax(1)
        return np.asarray([self.styles[i] == style for i, style in zip(told, styles, strict=True)])

    def _standardised(self, features: np.ndarray) -> np.ndarray:
        x = (features - self._center) / self._scale
        return np.hstack([np.clip(x, -4, 4), np.ones((len(x), 1))])


def _features(melodies: Sequence[Melody]) -> np.ndarray:
    """Shares (N, F), each kind summing to 1 where there is anything to count."""
    kinds = [
        np.zeros((len(melodies), size))
        for size in (2 * _LEAP + 1, (2 * _PAIR + 1) ** 2, 12, 4 * _RATIO + 1, (4 * _RATIO + 1) ** 2)
    ]
    for row, melody in enumerate(melodies):
        pitches = melody.pitches
        lengths = [note.duration for note in melody.notes if note.pitch is not None]
        leaps = [_cap(b - a, _LEAP) for a, b in pairwise(pitches)]
        small = [_cap(leap, _PAIR) for leap in leaps]
        ratios = [_ratio(b / a) for a, b in pairwise(lengths)]
        counts = (
            Counter(leap + _LEAP for leap in leaps),
            Counter((a + _PAIR) * (2 * _PAIR + 1) + b + _PAIR for a, b in pairwise(small)),
            Counter((pitch - melody.key.pitch_class) % 12 for pitch in pitches),
            Counter(ratios),
            Counter(a * (4 * _RATIO + 1) + b for a, b in pairwise(ratios)),
        )
        for kind, counted in zip(kinds, counts, strict=True):
            for place, times in counted.items():
                kind[row, place] = times / counted.total()
    return np.hstack(kinds)


def _cap(value: int, most: int) -> int:
    return max(-most, min(most, value))


def _ratio(ratio: Fraction) -> int:
    """Half octaves, from 0 up."""
    return _cap(round(2 * log2(ratio)), 2 * _RATIO) + 2 * _RATIO


def _softmax(scores: np.ndarray) -> np.ndarray:
    likely = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(likely / likely.sum(1, keepdims=True))
