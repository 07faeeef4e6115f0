"""Chords for a melody, as a lead sheet has them: textbook harmony, found by dynamic programming.

A chord holds for a bar, or for half of one where the bar has two equal halves and the melody
wants it. The chords are the triads on the steps of the key and the dominant seventh; minor has
its dominant major. Each is judged by the notes that it carries, weighed by their length and the
strength of their place, and by the chord before it: how functional harmony goes from tonic to
subdominant to dominant and home. Phrases end on the tonic or open on the dominant, a tune that
ends on its tonic closes with its chord. The best row of chords is found as by Pardo and Birmingham
(*Algorithms for chordal analysis*, Computer Music Journal 26(2), 2002) and by Simon, Morris and
Basu (*MySong*, CHI 2008), with weights set by hand after Aldwell and Schachter (*Harmony and
Voice Leading*).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from solfa.melody import MODES, Bar, Key, Melody, MelodyLike, Piece, as_melody

QUALITIES = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "dominant": (0, 4, 7, 10),
    "diminished": (0, 3, 6),
}
"""The chords' notes, in semitones above their root."""

_SIGNS = {"major": "", "minor": "m", "dominant": "7", "diminished": "dim"}

_USE = (0.5, 0.0, -0.5, 0.3, 0.4, 0.0, -0.8)  # how readily each step of the key bears a chord
_TONE = (1.0, 1.0, 0.7, 0.4)  # root, third, fifth, seventh in the melody
_STRANGE = -1.5  # a note outside the chord
_HALF = -1.2  # a new chord within a bar
_HOME, _OPEN = 1.5, 0.8  # the tonic at an end, the dominant where a phrase ends but not the tune
_TONIC, _DOMINANT = 0, 4


class Chord(NamedTuple):
    """A chord from ``onset`` (quarters from the start) until the next; ``quality`` is one of
    `QUALITIES`, the root a step with its alteration in semitones. ``str`` is its symbol, ``F#m``.
    """

    onset: Fraction
    step: str
    alter: int
    quality: str

    @property
    def suffix(self) -> str:
        """The symbol after the root: ``m``, ``7``, ``dim`` or nothing."""
        return _SIGNS[self.quality]

    def __str__(self) -> str:
        return f"{self.step}{'#' * self.alter}{'b' * -self.alter}{self.suffix}"


class _Candidate(NamedTuple):
    """A chord of the key: its root's step (0 is the tonic) and semitones above the tonic."""

    degree: int
    root: int
    quality: str

    @property
    def tones(self) -> tuple[int, ...]:
        return tuple((self.root + tone) % 12 for tone in QUALITIES[self.quality])


class _Span(NamedTuple):
    """The span of one chord: a bar or half of one, and the notes in it."""

    onset: Fraction
    beat: Fraction
    opens_bar: bool
    pieces: list[tuple[Piece, Fraction]]  # with the part's own length
    ends_phrase: bool


def harmonise(melody: MelodyLike) -> tuple[Chord, ...]:
    """The chords where they change, each on a beat; none in free metre, before the first bar line,
    or for a tune without a note. Transposing the melody transposes them.
    """
    melody = as_melody(melody)
    spans = list(_spans(melody))
    if not spans or not melody.pitches:
        return ()
    keys = [melody.key_at(span.onset) for span in spans]
    candidates = {key: _candidates(key) for key in set(keys)}
    last = max(i for i, note in enumerate(melody.notes) if note.pitch is not None)
    at = melody.onsets()[last]
    closes = (melody.notes[last].pitch or 0) % 12 == melody.key_at(at).pitch_class
    end = max([i for i, span in enumerate(spans) if span.onset <= at], default=0)

    def fit(place: int, chord: _Candidate) -> float:
        span = spans[place]
        if closes and place >= end and chord.degree != _TONIC:
            return -1e6
        value = sum(_carries(chord, span, keys[place], *piece) for piece in span.pieces)
        value += _USE[chord.degree]
        if place in (0, end) and chord.degree == _TONIC:
            value += _HOME
        if span.ends_phrase and place < end:
            value += _OPEN * (chord.degree in (_TONIC, _DOMINANT) and chord.quality != "dominant")
        return value

    best = [(fit(0, chord), [chord]) for chord in candidates[keys[0]]]  # the best way to each
    for place in range(1, len(spans)):
        ways = []
        for chord in candidates[keys[place]]:
            value, path = max(
                ((value + _goes(path[-1], chord, spans[place]), path) for value, path in best),
                key=lambda way: way[0],
            )
            ways.append((value + fit(place, chord), [*path, chord]))
        best = ways
    _, path = max(best, key=lambda way: way[0])
    found = list(zip(spans, keys, path, strict=True))
    return tuple(
        Chord(span.onset, *key.spell(key.pitch_class + chord.root)[:2], chord.quality)
        for i, (span, key, chord) in enumerate(found)
        if i == 0 or (key, chord) != found[i - 1][1:]
    )


def _candidates(key: Key) -> list[_Candidate]:
    """The triads on the steps of the key, and the dominant seventh of major and minor."""
    scale, found = MODES[key.mode], []
    for degree, root in enumerate(scale):
        shape = tuple((scale[(degree + i) % 7] - root) % 12 for i in (0, 2, 4))
        if key.mode == "minor" and degree == _DOMINANT:
            shape = QUALITIES["major"]  # with the leading note
        quality = next((name for name, tones in QUALITIES.items() if tones == shape), None)
        if quality is None or (quality == "diminished" and degree != _TONIC):
            continue
        found.append(_Candidate(degree, root, quality))
        if degree == _DOMINANT and key.mode in ("major", "minor"):
            found.append(_Candidate(degree, root, "dominant"))
    return found


def _spans(melody: Melody) -> Iterator[_Span]:
    """The bars after the pickup, halved where they have an even number of beats."""
    over = melody.ends()
    ends = {over[index] for index in melody.phrase_ends}
    for bar in melody.bars():
        if bar.meter is None or bar.number == 0:
            continue
        even = bar.meter.bar / bar.meter.beat % 2 == 0
        cuts = [bar.onset, bar.onset + bar.length / 2] if even else [bar.onset]
        for start, stop in zip(cuts, [*cuts[1:], bar.onset + bar.length], strict=True):
            inside = list(_between(bar, start, stop))
            if inside:
                ends_phrase = any(start < end <= stop for end in ends)
                yield _Span(start, bar.meter.beat, start == bar.onset, inside, ends_phrase)


def _between(bar: Bar, start: Fraction, stop: Fraction) -> Iterator[tuple[Piece, Fraction]]:
    for piece in bar.pieces:
        length = min(stop, piece.onset + piece.duration) - max(start, piece.onset)
        if length > 0:
            yield piece, length


def _carries(chord: _Candidate, span: _Span, key: Key, piece: Piece, length: Fraction) -> float:
    """How well a note fits the chord; long notes and those on a beat weigh more."""
    if piece.pitch is None:
        return 0.0
    after = max(piece.onset - span.onset, Fraction(0))
    strength = 1.6 if after == 0 else 1.0 if after % span.beat == 0 else 0.6
    tone = (piece.pitch - key.pitch_class) % 12
    worth = _TONE[chord.tones.index(tone)] if tone in chord.tones else _STRANGE
    return strength * math.pow(length, 0.7) * worth


def _goes(old: _Candidate, new: _Candidate, span: _Span) -> float:
    """How well one chord follows another (Aldwell and Schachter: falling fifths to the tonic)."""
    if old == new:
        return 0.1
    value = 0.0 if span.opens_bar else _HALF
    if old.degree == _DOMINANT:  # goes home, or to the sixth step; not back
        if new.degree == _DOMINANT:
            return value + (0.2 if new.quality == "dominant" else -1.5)
        resolved = {_TONIC: 1.0, 5: 0.0}.get(new.degree, -1.0)
        return value + resolved - (old.quality == "dominant" and resolved < 1)
    falls = (old.degree - new.degree) % 7 in (4, 2)  # by a fifth or a third
    leads = new.degree == _DOMINANT and old.degree in (1, 3)
    return value + 0.3 * falls + 0.3 * leads
