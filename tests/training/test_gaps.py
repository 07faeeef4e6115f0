"""Gaps: what training tells of what follows one is what composing tells there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solfa.encodings.conditions import notes_in_ticks
from solfa.encodings.features import FEATURES, SIDES
from solfa.encodings.notes import Field, NoteEncoding
from solfa.encodings.ticks import TICKS
from solfa.melody import Melody
from solfa.training.songs import Unknown, batches, gapped, prepare, whole_conditions
from strategies import DURATIONS, melodies, notes_of

tunes = melodies(
    notes_of([d for d in DURATIONS if (d * TICKS).denominator == 1], 60, 72), max_size=24
)
COLUMNS = [FEATURES.index(name) for name in SIDES]


@pytest.mark.slow
@given(tunes, st.data())
@settings(max_examples=60, deadline=None)
def test_what_follows_a_gap_is_told_in_training_as_in_composing(
    melody: Melody, data: st.DataObject
) -> None:
    notes = len(melody.notes)
    assume(notes > 1)
    first = data.draw(st.integers(0, notes - 2))
    last = data.draw(st.integers(first + 1, notes - 1))
    encoding = NoteEncoding.of([melody], rarest=1)
    (song,), _ = prepare([melody], encoding)
    kept = notes_in_ticks(melody)
    plan = whole_conditions(melody, by_parts=True).plan
    conditions = replace(whole_conditions(melody), plan=plan, fixed=(*kept[:first], *kept[last:]))
    state, rows = encoding.read([conditions]), []
    for symbol in encoding.encode(melody, conditions):
        if state.field is Field.DURATION:
            rows.append(state.features()[0])
        if symbol != encoding.end:
            state.push(np.array([symbol]))
    told = gapped(song, first, last)
    assert np.array_equal(np.array(rows), told.features)
    outside = [step for step in range(notes + 1) if not first <= step < last]
    assert not told.features[np.ix_(outside, COLUMNS)].any()
    assert told.features[first:last, COLUMNS[0]].all()


@given(tunes)
@settings(max_examples=20, deadline=None)
def test_gaps_are_as_often_as_asked(melody: Melody) -> None:
    assume(len(melody.notes) > 2)
    encoding = NoteEncoding.of([melody], rarest=1)
    songs, _ = prepare([melody] * 8, encoding)
    for sides, some in ((0.0, True), (1.0, False)):
        drawn = [b for epoch in range(3) for b in batches(songs, 8, 1, epoch, Unknown(sides=sides))]
        told = [(batch.features[..., COLUMNS] > 0).any(2).any(1) for batch in drawn]
        assert all(bool(row.all() if some else ~row.any()) for row in told)
