"""The musical state against what a melody itself says of its bars."""

from copy import deepcopy
from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.note_overlap import PhrasePlan
from solfa.encodings.conditions import Conditions
from solfa.encodings.sentinels import NO_PITCH, REST
from solfa.encodings.state import BARS_AGO, MusicalState
from solfa.encodings.ticks import TICKS, to_ticks
from solfa.melody import Key, Melody, Meter, Note
from strategies import DURATIONS, melodies, notes_of

exact = melodies(notes_of([d for d in DURATIONS if (d * TICKS).denominator == 1], 48, 84))
even = melodies(notes_of([Fraction(1)], 48, 84))
"""Where notes often begin just where another phrase ended, as far into it."""


def follow(melody: Melody, conditions: Conditions | None = None) -> list[MusicalState]:
    """A cursor before each note and one after the last."""
    music = MusicalState([conditions or Conditions.of(melody, whole=True)])
    music.set_pickup(np.array([to_ticks(melody.pickup)]))
    cursors = [deepcopy(music)]
    for index, note in enumerate(melody.notes):
        pitch = REST if note.pitch is None else note.pitch
        end = np.array([index in melody.phrase_ends])
        music.advance(np.array([to_ticks(note.duration)]), np.array([pitch]), end)
        cursors.append(deepcopy(music))
    return cursors


def standing(melody: Melody, number: int, then: Fraction) -> tuple[int, int]:
    """Ticks and pitch of what stood at an onset among the first notes, as a cursor tells it."""
    for onset, note in zip(melody.onsets()[:number], melody.notes, strict=False):
        if onset <= then < onset + note.duration:
            ticks = int(note.duration * TICKS) if onset == then else 0
            return ticks, REST if note.pitch is None else note.pitch
    return 0, NO_PITCH


@given(exact)
@settings(max_examples=60, deadline=None)
def test_position_in_the_bar_is_the_melodys_own(melody: Melody) -> None:
    lines = [line[0] for line in melody.bar_lines()]
    for music, onset in zip(follow(melody), melody.onsets(), strict=False):
        if melody.meter is None:
            assert music.position[0] == -1
            continue
        start = max(line for line in lines if line <= onset)
        within = onset - start
        if melody.pickup and onset < melody.pickup:  # a pickup ends its bar
            within += melody.meter.bar - melody.pickup
        assert music.position[0] == within * TICKS


@given(exact)
@settings(max_examples=60, deadline=None)
def test_bars_ago_finds_the_note_that_began_there(melody: Melody) -> None:
    onsets = melody.onsets()
    for number, (music, onset) in enumerate(zip(follow(melody), onsets, strict=False)):
        bar = Fraction(int(music.bar[0]), TICKS)
        for bars in BARS_AGO:
            then = onset - bars * bar
            ticks, pitch = (int(values[0, 0]) for values in music.bars_ago([bars]))
            assert (ticks, pitch) == standing(melody, number, then if bar else Fraction(-1))


@given(exact)
@settings(max_examples=60, deadline=None)
def test_time_and_phrases_are_counted(melody: Melody) -> None:
    *before, last = follow(melody)
    for number, (music, onset) in enumerate(zip(before, melody.onsets(), strict=True)):
        assert music.onset[0] == onset * TICKS
        assert music.phrase[0] == sum(end < number for end in melody.phrase_ends)
    assert last.onset[0] == last.length[0] == melody.duration * TICKS
    if melody.meter and not melody.meter_changes:
        assert last.bars_left[0] == 0
        bars = -(-melody.duration // melody.meter.bar)
        assert before[0].bars_left[0] == bars


@given(exact)
@settings(max_examples=60, deadline=None)
def test_agreement_counts_the_newest_notes_that_are_what_was_there(melody: Melody) -> None:
    onsets, cursors = melody.onsets(), follow(melody)
    for column, bars in enumerate(BARS_AGO):
        agreement = 0
        for number, (note, music) in enumerate(zip(melody.notes, cursors[1:], strict=True)):
            then = onsets[number] - bars * Fraction(int(cursors[number].bar[0]), TICKS)
            before = {onset: melody.notes[i] for i, onset in enumerate(onsets[:number])}
            agreement = agreement + 1 if before.get(then) == note else 0
            assert music.agreement[0, column] == agreement


@given(exact | even)
@settings(max_examples=100, deadline=None)
def test_another_phrase_tells_what_stands_as_far_into_it(melody: Melody) -> None:
    onsets, cursors = melody.onsets(), follow(melody)
    starts = [0, *(end + 1 for end in melody.phrase_ends)]
    for number, (music, onset) in enumerate(zip(cursors, onsets, strict=False)):
        now = sum(start <= number for start in starts) - 1
        for other in range(-1, now + 1):
            ticks, pitch = (int(v[0, 0]) for v in music.in_phrase(np.array([[other]])))
            left = int(music.phrase_left(np.array([[other]]))[0, 0])
            if not 0 <= other < now:
                assert (ticks, pitch, left) == (0, NO_PITCH, -1)
                continue
            then = onsets[starts[other]] + onset - onsets[starts[now]]
            over = onsets[starts[other + 1]]
            assert (ticks, pitch) == standing(melody, number, then if then < over else Fraction(-1))
            assert left == max(over - then, 0) * TICKS


@given(exact | even, st.data())
@settings(max_examples=100, deadline=None)
def test_a_plan_tells_where_it_is_and_what_it_refers_to(
    melody: Melody, data: st.DataObject
) -> None:
    lengths = data.draw(st.lists(st.sampled_from(DURATIONS[:6]), min_size=1, max_size=6))
    plan = tuple(
        PhrasePlan(length, data.draw(st.none() | st.integers(0, i - 1)) if i else None)
        for i, length in enumerate(lengths)
    )
    begins = [sum(lengths[:i], Fraction(0)) for i in range(len(plan) + 1)]
    conditions = replace(Conditions.of(melody), plan=plan)
    onsets = melody.onsets()
    for number, (music, onset) in enumerate(zip(follow(melody, conditions), onsets, strict=False)):
        inside = [i for i in range(len(plan)) if begins[i] <= onset < begins[i + 1]]
        assert music.planned[0] == (inside[0] if inside else -1)
        assert music.planned_left[0] == ((begins[inside[0] + 1] - onset) * TICKS if inside else -1)
        like = plan[inside[0]].like if inside else None
        then = Fraction(-1)
        if like is not None and begins[like] + onset - begins[inside[0]] < begins[like + 1]:
            then = begins[like] + onset - begins[inside[0]]
        ticks, pitch = (int(values[0, 0]) for values in music.referred())
        assert (ticks, pitch) == standing(melody, number, then)


def test_a_phrase_tells_nothing_beyond_its_end() -> None:
    """Of phrases of 2, 3 and 1 quarters: the third note of the second is like none of the first."""
    notes = [Note(pitch, 1) for pitch in (60, 62, 64, 65, 67, 69)]
    melody = Melody(notes, Key("C"), Meter(4, 4), phrase_ends=(1, 4, 5))
    plan = tuple(PhrasePlan(Fraction(length), like) for length, like in ((2, None), (3, 0)))
    cursors = follow(melody, replace(Conditions.of(melody), plan=plan))
    told = [(0, NO_PITCH), (0, NO_PITCH), (TICKS, 60), (TICKS, 62), (0, NO_PITCH)]
    for number, (music, expected) in enumerate(zip(cursors, told, strict=False)):
        first = np.array([[0]])
        if number >= 2:
            assert tuple(int(v[0, 0]) for v in music.in_phrase(first)) == expected
            assert tuple(int(v[0, 0]) for v in music.in_planned(first)) == expected
        assert tuple(int(v[0, 0]) for v in music.referred()) == expected
