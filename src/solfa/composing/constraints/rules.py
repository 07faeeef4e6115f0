"""The rules: what every composed melody keeps, as a mask on the model's distribution.

Each rule is local: which note may begin here, end there, have this pitch after that one. Whether a
note leaves a way to the end is looked up in one table (`solfa.composing.constraints.reachability`),
so that no rule leads into a dead end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solfa.composing.constraints.problem import Problem
from solfa.composing.constraints.tables import ReachabilityTables, steady, tables_of
from solfa.encodings.sentinels import REST
from solfa.encodings.state import MusicalState

_FIFTH = 7
_FAR = 128


@dataclass(frozen=True)
class Rules:
    """All rules of a request as one `solfa.encodings.protocol.Constraint`.

    Bars are full after the pickup, but for a last one that ends where the tune does; a note may be
    held over a bar line. A note that begins off the sixteenths (in a triplet, after a 32nd) ends
    within its beat: none of 8,169 such notes in the German, Irish and American tunes does
    otherwise. The final note begins on a beat of the last bar (of the last two, if the tune ends on
    a first beat cut short) and lasts two thirds of one or more, or, where that cannot be, on a
    beat, or somewhere; it is within a fifth of the pitch before, or else the nearest: 98 % of the
    German songs leap by no more than a fourth into their final. A rest follows no rest, and none
    stands in the last bar, nor, in a tune that is rest-free, within a phrase.

    Kept notes are beyond all this, and a tune that ends on one ends as it does. Planned phrases end
    where and on what they should, no note being held over, and an exact repeat has the same notes.
    Where one is planned, no phrase begins with a rest.
    """

    problem: Problem

    @property
    def possible(self) -> bool:
        """Whether some tune keeps them.

        False for a tune that does exist in two cases only: where exact repeats and a largest leap
        are asked for together (`solfa.composing.constraints.layout.layouts`), and where nothing but
        a rest can follow fixed notes, since such rests may not be composed.
        """
        return tables_of(self.problem) is not None

    @cached_property
    def _tables(self) -> ReachabilityTables:
        tables = tables_of(self.problem)
        if tables is None:
            raise ValueError("no tune keeps these rules; ask first whether one is possible")
        return tables

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        """Those that the tune may have and that can be filled: (B, N)."""
        tables = self._tables
        able = tables.reach[tables.row(np.array(pickups)), 0] > 0
        return np.tile(able, (len(music), 1))

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """The notes that may come next: (B, D, P)."""
        tables, problem, layout = self._tables, self.problem, self._tables.layout
        onset, position, before = music.onset, music.position, music.pitch[:, None]
        case = tables.row((onset - position) % problem.bar)
        end = np.minimum(onset[:, None] + durations, problem.length)
        reach, closing = tables.reach[case[:, None], end], tables.closing[end]
        stands = durations <= (layout.stop[onset] - onset)[:, None]
        stands &= steady(position[:, None], durations, problem.beat) & (reach > 0)
        final = stands & (end == layout.final)
        stands &= ~final | tables.may_close[case, onset][:, None]

        sounds = tables.sets[tables.opening[onset][:, None], pitches]
        if problem.largest_leap is not None:
            sounds &= (before == REST) | (np.abs(pitches - before) <= problem.largest_leap)
        allowed = stands[:, :, None] & sounds[:, None, :]
        some = np.nonzero(stands & ((closing > 0) | (reach & tables.all != tables.all)))
        theirs = pitches[some[0]]
        allowed[some] &= tables.sets[closing[some][:, None], theirs]
        allowed[some] &= tables.pitches.has(reach[some][:, None], theirs)
        _prefer_near(allowed, np.nonzero(final), before, pitches)

        rests = stands & (layout.rest_begins[onset] & ~music.resting)[:, None]
        rests &= layout.rest_ends[end] & ((before == REST) | tables.pitches.has(reach, before))
        ends_well = tables.sets[closing, before] & ~layout.borders[onset][:, None]
        rests &= (closing == 0) | ends_well
        if problem.rest_free:
            rests &= self._between_phrases(music, end)
        tunes, rest = np.nonzero(pitches == REST)
        allowed[tunes, :, rest] = rests[tunes]

        ticks, midi = tables.given(music)
        for row in np.flatnonzero(ticks):
            allowed[row] = (durations == ticks[row])[:, None] & (pitches[row] == midi[row])
        return np.asarray(allowed)

    def _between_phrases(self, music: MusicalState, end: np.ndarray) -> np.ndarray:
        """Whether rests up to each ``end`` (B, D) stand between two phrases."""
        borders, onset = self._tables.layout.borders, music.onset
        after_phrase = borders[onset]
        if not self.problem.unmarked:
            after_phrase = after_phrase | (music.phrase_onset == onset)
        begun = (onset > 0)[:, None]  # a rest at the very beginning follows no phrase
        return np.asarray(begun & (after_phrase[:, None] | borders[end]))

    def end(self, music: MusicalState) -> np.ndarray:
        """The tune ends where the last bar does, nowhere else: (B,)."""
        return np.asarray(music.onset == self.problem.length)

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        """A phrase ends where it is planned to, or was kept: (B, 2).

        Elsewhere it may end before the last bar, and does with the tune.
        """
        return np.asarray(self._tables.marks[music.onset + durations])


def _prefer_near(
    allowed: np.ndarray,
    finals: tuple[np.ndarray, ...],
    before: np.ndarray,
    pitches: np.ndarray,
) -> None:
    """Leaves, of the pitches ``allowed`` to final notes, those within a fifth, or the nearest."""
    if len(finals[0]):
        leap = np.where(before == REST, 0, np.abs(pitches - before))[finals[0]]
        leap = np.where(allowed[finals], leap, _FAR)
        allowed[finals] &= leap <= np.maximum(_FIFTH, leap.min(1, keepdims=True))
