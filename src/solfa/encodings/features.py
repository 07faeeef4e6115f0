"""Features: what a note model is given before each note, as integers.

All are computed from the notes so far and the conditions, by the same code in training, composing
and evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.memory import Memory
from solfa.encodings.right_context import RightContext
from solfa.encodings.rows import Rows
from solfa.encodings.sentinels import NO_PITCH, REST, UNKNOWN
from solfa.encodings.state import BARS_AGO, MusicalState
from solfa.encodings.ticks import SIXTEENTH, TICKS
from solfa.melody import MODES

SPAN = 23
"""Pitches reach this many semitones below and above the tonic."""
PITCHES = 2 * SPAN + 2
"""How many pitch symbols there are; the rest is the last of them."""
REST_SYMBOL = PITCHES - 1
SIXTEENTHS = 64
"""The most sixteenths that are counted to the end of a phrase, a planned phrase or a gap."""
_POSITIONS, _PHRASES, _BARS, _ALIKE = 192, 16, 40, 8  # features count no further
_DENSITIES, _RANGE = 16, 30
_PLACE = TICKS // 12  # positions in the bar are rounded down to a twelfth of a quarter

FEATURES = (
    "duration", "pitch", "position", "bar",
    *(f"{what} {n} bar{'s' * (n > 1)} ago" for n in BARS_AGO for what in ("duration", "pitch")),
    *(f"agreement with {n} bar{'s' * (n > 1)} ago" for n in BARS_AGO),
    "echoed duration", "echoed pitch", "match",
    "transposed duration", "transposed pitch", "transposed match",
    "rhythm", "rhythm match", "melody", "melody match",
    "sixteenths in phrase", "phrase", "duration 1 phrase ago", "pitch 1 phrase ago",
    "duration 2 phrases ago", "pitch 2 phrases ago", "duration in phrase 1", "pitch in phrase 1",
    "left of 1 phrase ago", "left of 2 phrases ago",
    "left of planned phrase", "likeness", "duration referred to", "pitch referred to", "cadence",
    "left of the gap", "duration after the gap", "pitch after the gap",
    "second pitch after the gap",
    *(f"{what} {n} bar{'s' * (n > 1)} ahead" for n in BARS_AGO for what in ("duration", "pitch")),
    "bars left", "mode", "metre", "style", "density", "range",
)  # fmt: skip
"""The names of the features of a note model; the last six are conditions.

Besides the last note and its place: the notes some bars ago, and for how many notes the tune has
agreed with these; the note that followed when the tune's last notes occurred before, as they are
and at their place in the bar (echoed), at any pitch (transposed), in rhythm or in pitch alone; the
place in the phrase, the notes at that place of other phrases, and in how many sixteenths the phrase
is as long as these. Of a planned phrase: in how many sixteenths it ends, how like an earlier one it
is to be, the note at this place of that one, and the cadence. In a gap between kept notes: how many
sixteenths are left, the first notes after the gap, and the notes some bars ahead, beyond it.
"""
PHRASES = FEATURES[
    FEATURES.index("sixteenths in phrase") : FEATURES.index("left of planned phrase")
]
"""The features of phrases."""
PLAN = FEATURES[FEATURES.index("left of planned phrase") : FEATURES.index("left of the gap")]
"""The features of the planned phrase."""
SIDES = FEATURES[FEATURES.index("left of the gap") : FEATURES.index("bars left")]
"""The features of what follows a gap."""
LIKENESSES = (0.3, 0.5, 0.7, 1.0)
"""The lower limits of the classes of likeness; below all of them a planned phrase is new."""


class Vocabulary(Protocol):
    """What features need of a note encoding: its durations (ticks) and the conditions it knows."""

    @property
    def durations(self) -> tuple[int, ...]: ...
    @property
    def meters(self) -> tuple[str, ...]: ...
    @property
    def styles(self) -> tuple[str, ...]: ...
    @property
    def symbol_of_ticks(self) -> np.ndarray: ...


class FeatureExtractor(Rows):
    """Computes the features of a batch of B tunes, note by note.

    ``conditions`` (B, 5) are the last five features, ``tonic`` (B,) is in MIDI; ``memory`` finds
    repeated notes, equal in duration, pitch and place in the bar.
    """

    def __init__(self, encoding: Vocabulary, all_conditions: Sequence[Conditions]) -> None:
        B = len(all_conditions)
        self.tonic = np.array([f.tonic for f in all_conditions], np.int32)
        self.conditions = np.array(
            [
                (
                    _index(tuple(MODES), f.key.mode),
                    _index(encoding.meters, str(f.meter)),
                    _index(encoding.styles, f.style),
                    _density(f.density),
                    0 if f.span is None else min(f.span, _RANGE) + 1,
                )
                for f in all_conditions
            ],
            np.int32,
        ).reshape(B, 5)
        self.memory, self._intervals, self._rhythms, self._pitches = (Memory(B) for _ in range(4))
        self._ahead = RightContext(all_conditions)
        phrases = 1 + max((len(f.plan) for f in all_conditions), default=0)
        self._asked = np.zeros((B, phrases, 2), np.int32)  # likeness and cadence of each phrase
        for row, conditions in enumerate(all_conditions):
            for number, phrase in enumerate(conditions.plan):
                closed = 0 if phrase.closed is None else 1 + phrase.closed
                self._asked[row, number] = likeness_class(phrase.likeness), closed
        self._phrases = bool(all_conditions) and all_conditions[0].phrases
        self._notes = np.zeros((B, 64, 2), np.int32)  # duration and pitch of every note
        self._encoding = encoding

    def features(self, music: MusicalState, duration: np.ndarray, pitch: np.ndarray) -> np.ndarray:
        """The features before the next note, shape (B, F), in the order of `FEATURES`.

        Each counts from 0 below the limit that `limits` gives. ``duration`` and ``pitch`` (B,) are
        symbols of the last note.
        """
        unknown = np.zeros(len(self.tonic), np.int32)
        columns = [
            *(duration, pitch),
            *(cap(music.position // _PLACE, _POSITIONS), cap(music.number, _BARS)),
            *self._columns(*music.bars_ago()),
            *np.minimum(music.agreement, _ALIKE).T,
            *self._echoes(pitch),
        ]
        if self._phrases:
            before = music.phrase[:, None] - np.array([1, 2, 0])
            before[:, 2] = 0
            sixteenths = (music.onset - music.phrase_onset) // SIXTEENTH
            columns += [cap(sixteenths, SIXTEENTHS), cap(music.phrase, _PHRASES)]
            columns += self._columns(*music.in_phrase(before))
            left = music.phrase_left(before[:, :2]) // SIXTEENTH
            columns += list(cap(left, SIXTEENTHS).T)
        else:
            columns += [unknown] * len(PHRASES)
        columns += self._plan(music) if self._asked.shape[1] > 1 else [unknown] * len(PLAN)
        columns += self._sides(music) if self._ahead else [unknown] * len(SIDES)
        columns.append(cap(music.bars_left, _BARS))
        return np.concatenate([np.stack(columns, 1), self.conditions], 1).astype(np.int64)

    def _columns(self, ticks: np.ndarray, midi: np.ndarray) -> list[np.ndarray]:
        """Duration and pitch of K notes each (B, K) as 2 K features; 0 where there is none."""
        duration = np.where(ticks > 0, self._encoding.symbol_of_ticks[ticks] + 1, 0)
        pitch = np.where(midi != NO_PITCH, self._pitch_index(midi) + 1, 0)
        return [column for pair in zip(duration.T, pitch.T, strict=True) for column in pair]

    def _echoes(self, last: np.ndarray) -> list[np.ndarray]:
        """What followed when the last notes occurred before, in four ways; see `FEATURES`."""
        rows, columns = np.arange(len(self.tonic)), []
        for memory in self._memories:
            then, length = memory.find()
            duration, pitch = self._notes[rows, then].T
            found = then >= 0
            if memory is not self._pitches:
                columns.append(np.where(found, duration + 1, 0))
            if memory is self._intervals:
                moved = last + pitch - self._notes[rows, then - 1, 1]
                found = found & (pitch != REST_SYMBOL) & (moved >= 0) & (moved < REST_SYMBOL)
                pitch = moved
            if memory is not self._rhythms:
                columns.append(np.where(found, pitch + 1, 0))
            columns.append(np.minimum(length, _ALIKE))
        return columns

    def _plan(self, music: MusicalState) -> list[np.ndarray]:
        """The features of `PLAN`."""
        number = music.planned
        asked = np.where(number[:, None] >= 0, self._asked[np.arange(len(number)), number], 0)
        left = cap(music.planned_left // SIXTEENTH, SIXTEENTHS)
        return [left, asked[:, 0], *self._columns(*music.referred()), asked[:, 1]]

    def _sides(self, music: MusicalState) -> list[np.ndarray]:
        """The features of `SIDES`."""
        end = self._ahead.gap(music.onset)
        inside, bar = end >= 0, music.bar
        ticks, midi = self._ahead.first(end, 2)
        first, second = np.split(self._pitch_index(midi) + 1, 2, 1)
        at = music.onset[:, None] + bar[:, None] * np.array(BARS_AGO)
        beyond = (at >= end[:, None]) & (bar[:, None] > 0)
        ahead, sounding = self._ahead.standing(np.where(beyond, at, UNKNOWN))
        columns = [
            cap((end - music.onset) // SIXTEENTH, SIXTEENTHS),
            self._encoding.symbol_of_ticks[ticks[:, 0]] + 1,
            first[:, 0],
            np.where(midi[:, 1] != NO_PITCH, second[:, 0], 0),
            *self._columns(ahead, sounding),
        ]
        return [np.where(inside, column, 0) for column in columns]

    def remember(self, music: MusicalState, duration: np.ndarray, pitch: np.ndarray) -> None:
        """Adds a note (symbols (B,)) to the memories, before ``music`` advances beyond it."""
        count = int(music.count[0]) if len(music) else 0
        place = (music.position.astype(np.int64) + 1) * 1000 + duration
        self.memory.add(place * 1000 + pitch)
        self._rhythms.add(place)
        self._pitches.add(pitch)
        before = self._notes[:, count - 1, 1] if count else np.full(len(pitch), REST_SYMBOL)
        sounding = (pitch != REST_SYMBOL) & (before != REST_SYMBOL)
        interval = (pitch - before + PITCHES) * 1000 + duration
        self._intervals.add(np.where(sounding, interval, -1))
        if count == self._notes.shape[1]:
            self._notes = np.pad(self._notes, ((0, 0), (0, count), (0, 0)))
        self._notes[:, count] = np.stack([duration, pitch], 1)

    def _pitch_index(self, midi: np.ndarray) -> np.ndarray:
        return np.where(midi == REST, REST_SYMBOL, midi - self.tonic[:, None] + SPAN)

    @property
    def _memories(self) -> tuple[Memory, ...]:
        return self.memory, self._intervals, self._rhythms, self._pitches


def limits(encoding: Vocabulary) -> tuple[int, ...]:
    """How many values each of the `FEATURES` can take."""
    duration, pitch, alike = len(encoding.durations) + 1, PITCHES + 1, _ALIKE + 1
    return (
        duration, pitch, _POSITIONS + 1, _BARS + 1,
        *(duration, pitch) * len(BARS_AGO), *(alike,) * len(BARS_AGO),
        *(duration, pitch, alike) * 2, duration, alike, pitch, alike,
        SIXTEENTHS + 1, _PHRASES + 1, *(duration, pitch) * 3, *(SIXTEENTHS + 1,) * 2,
        SIXTEENTHS + 1, len(LIKENESSES) + 2, duration, pitch, 3,
        SIXTEENTHS + 1, duration, pitch, pitch, *(duration, pitch) * len(BARS_AGO),
        _BARS + 1, len(MODES) + 1, len(encoding.meters) + 1, len(encoding.styles) + 1,
        _DENSITIES + 1, _RANGE + 2,
    )  # fmt: skip


def likeness_class(likeness: float | None) -> int:
    """The class of a likeness, 0 where it is unknown, 1 of a new phrase."""
    return 0 if likeness is None else 1 + sum(likeness >= least for least in LIKENESSES)


def cap(values: np.ndarray, limit: int) -> np.ndarray:
    """Unknown (-1) becomes 0, the rest counts from 1 and stops at ``limit``."""
    return np.asarray(np.minimum(values, limit - 1) + 1)


def _index(names: tuple[str, ...], name: str | None) -> int:
    """0 for what is unknown, else 1 + place."""
    return names.index(name) + 1 if name in names else 0


def _density(notes: float | None) -> int:
    """Notes a quarter on a scale of four steps to the doubling; 0 for what is unknown."""
    if notes is None:
        return 0
    return 1 + min(max(round(4 * math.log2(max(notes, 1e-9) / 0.25)), 0), _DENSITIES - 1)
