"""The musical state against what a melody itself says of its bars."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings

from solfa.encodings.cursor import REST, Cursor
from solfa.encodings.frame import TICKS, Frame, to_ticks
from solfa.melody import Melody
from strategies import DURATIONS, melodies, notes_of

exact = melodies(notes_of([d for d in DURATIONS if (d * TICKS).denominator == 1], 48, 84))


def follow(melody: Melody) -> list[Cursor]:
    """A cursor before each note and one after the last."""
    cursors = []
    for stop in range(len(melody.notes) + 1):
        cursor = Cursor([Frame.of(melody, length=True)])
        cursor.set_pickup(np.array([to_ticks(melody.pickup)]))
        for index, note in enumerate(melody.notes[:stop]):
            pitch = REST if note.pitch is None else note.pitch
            end = np.array([index in melody.phrase_ends])
            cursor.advance(np.array([to_ticks(note.duration)]), np.array([pitch]), end)
        cursors.append(cursor)
    return cursors


@given(exact)
@settings(max_examples=60, deadline=None)
def test_position_in_the_bar_is_the_melodys_own(melody: Melody) -> None:
    lines = [line[0] for line in melody.bar_lines()]
    for cursor, onset in zip(follow(melody), melody.onsets(), strict=False):
        if melody.meter is None:
            assert cursor.position[0] == -1
            continue
        start = max(line for line in lines if line <= onset)
        within = onset - start
        if melody.pickup and onset < melody.pickup:  # a pickup ends its bar
            within += melody.meter.bar - melody.pickup
        assert cursor.position[0] == within * TICKS


@given(exact)
@settings(max_examples=60, deadline=None)
def test_bars_ago_finds_the_note_that_began_there(melody: Melody) -> None:
    onsets = melody.onsets()
    for number, (cursor, onset) in enumerate(zip(follow(melody), onsets, strict=False)):
        bar = Fraction(int(cursor.bar[0]), TICKS)
        for bars in (1, 2, 4):
            then = onset - bars * bar
            ticks, pitch = (int(values[0]) for values in cursor.bars_ago(bars))
            if bar and then in onsets[:number]:
                note = melody.notes[onsets.index(then)]
                assert ticks == note.duration * TICKS
                assert pitch == (REST if note.pitch is None else note.pitch)
            else:
                assert (ticks, pitch) == (0, REST)


@given(exact)
@settings(max_examples=60, deadline=None)
def test_time_and_phrases_are_counted(melody: Melody) -> None:
    *before, last = follow(melody)
    for number, (cursor, onset) in enumerate(zip(before, melody.onsets(), strict=True)):
        assert cursor.onset[0] == onset * TICKS
        assert cursor.phrase[0] == sum(end < number for end in melody.phrase_ends)
    assert last.onset[0] == last.length[0] == melody.duration * TICKS
    if melody.meter and not melody.meter_changes:
        assert last.bars_left[0] == 0
        bars = -(-melody.duration // melody.meter.bar)
        assert before[0].bars_left[0] == bars
