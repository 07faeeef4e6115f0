"""Finding keys: what everyone would say, and that it moves with the notes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.keys import find_key, infer_mode
from solfa.melody import Key, Note
from strategies import notes_of

pitches = {
    "C major": [60, 62, 64, 65, 67, 65, 64, 62, 60],
    "A minor": [69, 71, 72, 71, 69, 68, 69],
    "G major": [62, 67, 67, 69, 71, 67, 66, 67],
}


@pytest.mark.parametrize("key", pitches)
def test_plain_tunes(key: str) -> None:
    assert str(find_key([Note(pitch, 1) for pitch in pitches[key]])) == key


def test_the_reports_prompt_is_in_c() -> None:
    times = ("1/2", "1/2", "3/4", "1/4", "1/2", "1/2", "3/4")
    notes = [Note(p, d) for p, d in zip((67, 67, 67, 65, 64, 64, 64), times, strict=True)]
    assert find_key(notes, whole=False) == Key("C")


@given(st.lists(notes_of(low=40, high=80), min_size=1, max_size=12), st.integers(-12, 12))
@settings(max_examples=50, deadline=None)
def test_the_key_moves_with_the_notes(notes: list[Note], semitones: int) -> None:
    moved = [n if n.pitch is None else Note(n.pitch + semitones, n.duration) for n in notes]
    if any(n.pitch is not None for n in notes):
        assert find_key(moved) in {find_key(notes).transpose(semitones), *_ties(moved)}


def _ties(notes: list[Note]) -> list[Key]:
    """Keys that fit as well as the best."""
    best = find_key(notes)
    every = [Key.of(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]
    return [key for key in every if find_key(notes, (key, best)) == key]


def test_no_sound_is_c_major_or_the_first_choice() -> None:
    assert find_key([Note(None, 1)]) == Key("C")
    assert find_key([], [Key("D", "minor"), Key("F")]) == Key("D", "minor")


def test_a_choice_is_kept_to() -> None:
    notes = [Note(pitch, 1) for pitch in pitches["C major"]]
    assert find_key(notes, [Key("A", "minor"), Key("G")]) in (Key("A", "minor"), Key("G"))


def test_the_third_tells_the_mode() -> None:
    assert infer_mode([Note(60, 1), Note(63, 1)], 0) == "minor"
    assert infer_mode([Note(60, 1), Note(64, 1), Note(63, "1/2")], 0) == "major"
