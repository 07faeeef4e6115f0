"""Whether a classifier can tell styles apart, by what tunes do and nothing else."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.style_classifier import StyleClassifier
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note


def song(style, seed):
    """Stepwise and even, or leaping and dotted."""
    draw = np.random.default_rng(seed)
    leap, lengths = {"plain": (2, ["1", "1"]), "wild": (7, ["3/2", "1/2"])}[style]
    pitches = 60 + draw.choice([0, leap], 16)
    notes = tuple(
        Note(int(pitch), Fraction(lengths[index % 2])) for index, pitch in enumerate(pitches)
    )
    return Melody(notes, Key("C"), Meter(4, 4), metadata=Metadata(style=style))


STYLES = ["plain", "wild"] * 10
CLASSIFIER = StyleClassifier([song(style, seed) for seed, style in enumerate(STYLES)])


def test_new_songs_are_told_apart():
    songs = [song(style, 100 + seed) for seed, style in enumerate(STYLES)]
    assert CLASSIFIER.styles == ("plain", "wild")
    assert CLASSIFIER.recognised(songs, STYLES).all()
    assert not CLASSIFIER.recognised(songs, STYLES[::-1]).any()
    assert CLASSIFIER.tell(songs).sum(1) == pytest.approx(1)


@given(st.integers(-5, 6), st.sampled_from(["plain", "wild"]), st.integers(0, 99))
@settings(max_examples=20)
def test_key_metre_and_tempo_tell_nothing(semitones, style, seed):
    known = song(style, seed)
    other = known.transpose(semitones)
    other = other.replace(
        notes=tuple(Note(note.pitch, note.duration / 2) for note in other.notes),
        meter=Meter(3, 4),
        metadata=Metadata(),
    )
    assert CLASSIFIER.tell([other]) == pytest.approx(CLASSIFIER.tell([known]))


def test_a_rare_style_weighs_as_much_as_a_common_one():
    same = song("plain", 1)
    rare = same.replace(metadata=Metadata(style="wild"))
    assert StyleClassifier([same] * 60 + [rare] * 3).tell([same]) == pytest.approx(0.5)


def test_a_silent_tune_is_no_trouble():
    assert CLASSIFIER.tell([Melody((), Key("C"), Meter(4, 4))]).sum() == pytest.approx(1)


def test_one_style_is_nothing_to_learn():
    with pytest.raises(SolfaError, match="needs songs of two styles or more"):
        StyleClassifier([song("plain", 1)])
