"""Chords: laws that hold for every melody, and tunes whose harmony anybody hears."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.harmony import QUALITIES, harmonise
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, notes_of

METRES = st.sampled_from([Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8), Meter(5, 4)])
tunes = melodies(notes_of(low=40, high=90), max_size=24)


def test_a_scale_goes_home_by_the_dominant():
    notes = [Note(p, 1) for p in (67, 71, 74, 74, 72, 69, 72, 69, 67, 66, 69, 66)]
    tune = Melody([*notes, Note(67, 3)], Key("G"), Meter(3, 4))
    assert [str(chord) for chord in harmonise(tune)][-2:] in (["D", "G"], ["D7", "G"])
    assert str(harmonise(tune)[0]) == "G"


def test_minor_has_its_dominant_major():
    notes = [Note(p, 1) for p in (69, 72, 76, 72, 68, 71, 76, 71)]
    tune = Melody([*notes, Note(69, 4)], Key("A", "minor"), Meter(4, 4))
    assert [str(chord).removesuffix("7") for chord in harmonise(tune)] == ["Am", "E", "Am"]


def test_a_chord_changes_within_a_bar_only_where_the_notes_want_it():
    held = Melody([Note(60, 4), Note(60, 4)], Key("C"), Meter(4, 4))
    assert [str(chord) for chord in harmonise(held)] == ["C"]
    notes = [Note(p, 1) for p in (60, 64, 67, 71, 60)]
    both = Melody([*notes[:2], *notes[2:4], Note(60, 4)], Key("C"), Meter(4, 4))
    assert [(chord.onset, str(chord)[:1]) for chord in harmonise(both)] == [
        (0, "C"),
        (2, "G"),
        (4, "C"),
    ]


@given(tunes)
@settings(deadline=None)
def test_chords_stand_on_beats_of_bars_and_change(melody):
    chords = harmonise(melody)
    assert not (chords and melody.meter is None)
    bars = {onset: (length, meter) for onset, length, meter in melody.bar_lines()}
    for chord in chords:
        start = max(onset for onset in bars if onset <= chord.onset)
        at = chord.onset - start
        assert at in (0, bars[start][1].bar / 2)
        assert at % bars[start][1].beat == 0
        assert chord.onset >= melody.pickup
    assert all(one.onset < other.onset and one[1:] != other[1:] for one, other in pairwise(chords))


@pytest.mark.slow
@given(tunes, st.integers(-11, 11))
@settings(deadline=None)
def test_transposing_the_tune_transposes_the_chords(melody, semitones):
    def roots(tune):
        found = []
        for chord in harmonise(tune):
            natural = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[chord.step]
            found.append((chord.onset, (natural + chord.alter) % 12, chord.quality))
        return found

    moved = roots(melody.transpose(semitones))
    assert moved == [(at, (root + semitones) % 12, kind) for at, root, kind in roots(melody)]


@given(melodies(notes_of(low=40, high=90), meters=METRES, free=False, changes=False, max_size=16))
@settings(deadline=None)
def test_a_tune_that_ends_on_its_tonic_closes_with_its_chord(melody):
    tonic = 60 + melody.key.pitch_class
    tune = melody.replace(notes=(*melody.notes, Note(tonic, melody.meter.bar)))
    if len(tune.bars()) < 2:
        return
    last = harmonise(tune)[-1]
    spelled = tune.key.spell(tonic)
    assert (last.step, last.alter) == spelled[:2]
    third = 3 if "minor" in last.quality else 4
    assert third in QUALITIES[last.quality] or last.quality == "diminished"


@pytest.mark.parametrize("tune", [Melody([Note(None, 4)]), Melody([Note(60, 1)], meter=None)])
def test_nothing_to_harmonise_has_no_chords(tune):
    assert harmonise(tune) == ()
