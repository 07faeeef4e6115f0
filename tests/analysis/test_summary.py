"""The facts of any melody: they can be had, told as JSON, and agree with its notes."""

import json

import pytest
from hypothesis import given

from solfa.analysis.cadences import cadence_on
from solfa.analysis.form import find_form
from solfa.analysis.summary import summarise
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies


@pytest.mark.slow
@given(melodies())
def test_any_melody_has_facts(tune):
    found = summarise(tune)
    assert found.notes + found.rests == len(tune.notes)
    assert found.form == "".join(map(str, find_form(tune) if tune.notes else ()))
    assert len(found.phrases) == len(found.alike)
    for row, each in enumerate(found.alike):
        assert all(0 <= share <= 1 for share in each)
        assert all(found.alike[column][row] == share for column, share in enumerate(each))
        assert each[row] == 1
    told = found.to_json()
    assert json.loads(json.dumps(told)) == told


@given(melodies())
def test_phrases_follow_each_other_through_all_bars(tune):
    found = [phrase.bars for phrase in summarise(tune).phrases]
    if tune.meter is None or not tune.notes:
        assert all(bars is None for bars in found)
        return
    firsts, lasts = zip(*found, strict=True)
    assert (firsts[0], lasts[-1]) == (tune.bar_numbers[0], tune.bar_numbers[-1])
    assert all(first - last in (0, 1) for first, last in zip(firsts[1:], lasts, strict=False))


def test_how_phrases_end():
    notes = [Note(pitch, 1) for pitch in (69, 71, 72, 74, 76, 68, 69, 69)]
    tune = Melody(notes, Key("A", "minor"), Meter(2, 4), 0, (1, 3, 5, 7))
    found = summarise(tune).phrases
    assert [phrase.bars for phrase in found] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert [phrase.ends_on for phrase in found] == ["2", "4", "#7", "1"]
    assert [phrase.cadence for phrase in found] == ["half", "free", "half", "full"]
    assert [cadence_on(pitch, Key("C")) for pitch in (60, 55, 65)] == ["full", "half", "free"]


def test_what_the_notes_say_stands_beside_what_is_told():
    notes = [Note(pitch, 1) for pitch in (67, 69, 71, 72, 74, 71, 69, 67)]
    found = summarise(Melody(notes, Key("A", "dorian")))
    assert (found.key, found.key_of_notes) == (Key("A", "dorian"), Key("G"))
    assert summarise(Melody([Note(None, 4)])).key_of_notes is None
