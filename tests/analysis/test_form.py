"""The form is found from notes and phrase marks alone."""

import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solfa.analysis.form import edit_similarity, find_form, name_phrases, segment
from solfa.melody import Key, Melody, Meter, MeterChange, Note

sys.path.insert(0, str(Path(__file__).parents[1]))
from strategies import melodies, notes_of

phrases = st.lists(notes_of(low=55, high=79), min_size=1, max_size=10)


def phrase(pitches: str, durations: str = "1 1 1 1 1 1 2") -> list[Note]:
    """Two bars of 4/4."""
    return [
        Note(60 + int(p), Fraction(d))
        for p, d in zip(pitches.split(), durations.split(), strict=True)
    ]


A = phrase("0 2 4 5 7 7 4")
A_VARIED = phrase("0 2 4 5 9 7 2")
B = phrase("7 9 11 12 9 7", "1/2 1/2 1 2 2 2")
C = phrase("12 11 9 7 5", "3/2 1/2 3 2 1")


def tune(*parts: list[Note], marks: bool = True) -> Melody:
    ends, count = [], 0
    for part in parts:
        count += len(part)
        ends.append(count - 1)
    notes = [note for part in parts for note in part]
    return Melody(notes, Key("C"), Meter(4, 4), phrase_ends=ends if marks else ())


def written(melody: Melody) -> str:
    return "".join(map(str, find_form(melody)))


@given(phrases, phrases)
def test_similarity_is_mutual_and_1_only_of_the_same(one: list[Note], other: list[Note]) -> None:
    found = edit_similarity(one, other)
    assert found == edit_similarity(other, one)
    assert 0 <= found <= 1
    assert (found == 1) is (one == other)
    assert edit_similarity(one, one) == 1


@given(phrases, st.data())
def test_a_note_more_costs_as_much_whatever_it_is(one: list[Note], data: st.DataObject) -> None:
    longer = [*one, data.draw(notes_of(low=55, high=79))]
    assert edit_similarity(one, longer) == pytest.approx(1 - 1 / (2 * len(one) + 1))


@pytest.mark.parametrize(
    ("changed", "cost"),
    [
        (phrase("0 2 4 5 7 7 5"), 1),  # a pitch
        (phrase("0 2 4 5 7 7 4", "1 1 1 1 1 1 1"), 1 / 4),  # a duration
        (phrase("0 2 4 5 7 7 4", "1 1 1 1 1 2 1"), 1 / 4 + 1 / 2 + 1 / 4),  # two, and one later
        (phrase("0 2 4 5 7 4", "1 1 1 1 2 2"), 1 + 1 / 4),  # two notes as one
    ],
)
def test_what_differences_cost(changed: list[Note], cost: float) -> None:
    assert edit_similarity(A, changed) == pytest.approx(1 - cost / (len(A) + len(changed)))


def test_nothing_is_like_nothing() -> None:
    assert (edit_similarity([], []), edit_similarity(A, [])) == (1, 0)


@given(st.lists(phrases, min_size=1, max_size=6))
def test_names_follow_what_they_say(parts: list[list[Note]]) -> None:
    found = name_phrases(parts)
    letters = [p.letter for p in found if p.like is None]
    assert letters == list("ABCDEF"[: len(letters)])  # new ones in order
    for index, it in enumerate(found):
        same = [i for i in range(index) if parts[i] == parts[index]]
        assert (it.similarity == 1) is bool(same)
        if same:
            assert str(it) == str(found[same[0]])
        elif it.like is not None:
            assert it.letter == found[it.like].letter
            assert str(it) not in map(str, found[:index])


@given(melodies(), st.integers(-12, 12))
def test_the_form_is_the_same_in_every_key(melody: Melody, semitones: int) -> None:
    if all(0 <= pitch + semitones <= 127 for pitch in melody.pitches):
        assert find_form(melody.transpose(semitones)) == find_form(melody)


@given(melodies())
def test_what_is_heard_are_the_notes(melody: Melody) -> None:
    heard = segment(melody)
    sounding = [n for part in heard for n in part]
    assert sum(n.duration for n in sounding) == melody.duration
    assert len(find_form(melody)) == len(heard)


@pytest.mark.parametrize(
    ("parts", "form"),
    [
        ([A, A, B, A], "AABA"),
        ([A, B, A, C], "ABAC"),
        ([A, A_VARIED, B, B], "AA'BB"),
        ([A, B, A_VARIED, B], "ABA'B"),
        ([A, A_VARIED, B, A_VARIED], "AA'BA'"),
        ([A, B, C, A], "ABCA"),
        ([A, A_VARIED, phrase("0 2 4 4 7 7 4"), A], "AA'A''A"),
    ],
)
@pytest.mark.parametrize("marks", [True, False])
def test_forms_by_hand(parts: list[list[Note]], form: str, marks: bool) -> None:
    assert written(tune(*parts, marks=marks)) == form


def test_marks_within_a_phrase_do_not_hide_it() -> None:
    long = [A + C, A + C, B + A_VARIED, A + C]
    assert written(tune(*long)) == "AABA"
    assert written(tune(A, C, A, C, B, A_VARIED, A, C)) == "AABA"
    assert written(tune(*long, marks=False)) == "AABA"


def test_phrases_of_other_lengths_are_as_marked() -> None:
    assert written(tune(A, B + C, A)) == "ABA"
    assert written(tune(A, B + C[:2], A)) == "ABA"


def test_without_marks_phrases_are_four_where_nothing_comes_again() -> None:
    assert written(tune(A, B, C, phrase("4 4 4 0 0 0 0"), marks=False)) == "ABCD"


def test_marked_phrases_are_as_marked_where_nothing_comes_again() -> None:
    others = [[Note(60 + number, d) for d in (1, 2, 1, 4)] for number in range(4)]
    assert written(tune(A, others[0], B, others[1], C, others[2], others[3], A[::-1])) == "ABCDEFGH"


def test_a_note_held_over_a_cut_is_in_both_phrases() -> None:
    held = tune([*A[:-1], Note(64, 3)], [Note(67, 7)], A, marks=False)
    first, second, third = segment(held)
    assert first == tuple(A)
    assert second == (Note(64, 1), Note(67, 7))
    assert third == tuple(A)


def test_where_bars_cannot_be_counted_it_is_one_phrase_or_as_marked() -> None:
    free = Melody(A + A, meter=None)
    assert written(free) == "A"
    changing = tune(A, A, A, marks=False).replace(
        meter_changes=(MeterChange(Fraction(8), Meter(2, 4)),)
    )
    assert written(changing) == "A"
    assert written(changing.replace(phrase_ends=(6, 13))) == "AAA"


def test_silence_and_many_phrases() -> None:
    assert find_form(Melody(())) == ()
    many = [[Note(40 + number, d) for d in (1, 2, 3)] for number in range(60)]
    assert [str(p) for p in name_phrases(many)][24:28] == ["Y", "Z", "AA", "BB"]
