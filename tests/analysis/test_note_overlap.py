"""How alike phrases are: the share of their notes that are the same at the same time."""

import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solfa.analysis.note_overlap import UNLIKE, note_overlap, phrase_plan_of
from solfa.melody import Key, Melody, Meter, Note

sys.path.insert(0, str(Path(__file__).parents[1]))
from strategies import melodies, notes_of

notes = notes_of(low=60, high=64)
phrases = st.lists(notes, min_size=1, max_size=8)


def quarters(*pitches: int) -> list[Note]:
    return [Note(pitch, 1) for pitch in pitches]


@given(phrases, phrases)
def test_it_is_mutual_and_1_only_of_the_same(one: list[Note], other: list[Note]) -> None:
    found = note_overlap(one, other)
    assert found == note_overlap(other, one)
    assert 0 <= found <= 1
    assert (found == 1) is (one == other)


@given(phrases, phrases, phrases)
def test_it_counts_notes_at_their_time(
    head: list[Note], one: list[Note], other: list[Note]
) -> None:
    """After the same beginning the rest is compared as before; what shifts is not the same."""
    sizes = len(one) + len(other)
    shared = note_overlap(one, other) * sizes / 2
    whole = 2 * (len(head) + shared) / (2 * len(head) + sizes)
    assert note_overlap(head + one, head + other) == pytest.approx(whole)


@given(phrases, st.integers(0, 7), st.integers(1, 12))
def test_a_pitch_changed_is_one_note_of_both(one: list[Note], place: int, up: int) -> None:
    place %= len(one)
    pitch = 60 if one[place].pitch is None else one[place].pitch + up
    changed = [*one[:place], Note(pitch, one[place].duration), *one[place + 1 :]]
    assert note_overlap(one, changed) == pytest.approx(1 - 1 / len(one))


def test_nothing_is_like_no_phrase() -> None:
    assert note_overlap([], []) == note_overlap(quarters(60), []) == 0


@given(melodies(notes=notes))
def test_a_plan_tells_every_phrase(melody: Melody) -> None:
    plan = phrase_plan_of(melody)
    phrases = melody.phrases() if melody.phrase_ends else ()
    assert len(plan) == len(phrases)
    for index, (planned, phrase) in enumerate(zip(plan, phrases, strict=True)):
        alike = [note_overlap(earlier, phrase) for earlier in phrases[:index]]
        assert planned.length == sum(note.duration for note in phrase)
        if planned.like is None:
            assert planned.likeness == 0
            assert all(value < UNLIKE for value in alike)
        else:
            assert planned.likeness == pytest.approx(max(alike))
            assert planned.likeness >= UNLIKE
            assert planned.like == alike.index(max(alike))  # the first of the most alike


@pytest.mark.slow
@given(melodies(), st.integers(-12, 12))
def test_a_plan_is_the_same_in_every_key(melody: Melody, semitones: int) -> None:
    if all(0 <= pitch + semitones <= 127 for pitch in melody.pitches):
        assert phrase_plan_of(melody.transpose(semitones)) == phrase_plan_of(melody)


def test_a_plan_by_hand() -> None:
    one, varied = quarters(67, 71, 74, 67), quarters(67, 71, 72, 69)
    other = quarters(62, 71, 60, 62)  # one note of four is not enough to be like the first
    parts = [one, other, varied, one, [*quarters(67, 71, 72), Note(None, 1)]]
    notes = [note for part in parts for note in part]
    melody = Melody(notes, Key("G"), Meter(4, 4), phrase_ends=(3, 7, 11, 15, 19))
    plan = phrase_plan_of(melody)
    assert [p.like for p in plan] == [None, None, 0, 0, 2]
    assert [p.likeness for p in plan] == [0, 0, 0.5, 1, 0.75]
    assert [p.closed for p in plan] == [True, False, False, True, False]
    assert [p.length for p in plan] == [4] * 5


def test_a_plan_by_parts() -> None:
    melody = Melody(quarters(60, 62, 60, 62, 65, 67, 60, 62), meter=Meter(2, 4))
    assert phrase_plan_of(melody) == ()  # no phrase is marked
    plan = phrase_plan_of(melody, Fraction(2))
    assert [(p.like, p.likeness) for p in plan] == [(None, 0), (0, 1), (None, 0), (0, 1)]
    assert phrase_plan_of(melody, Fraction(3, 2)) == ()  # a note goes on from one into the next
