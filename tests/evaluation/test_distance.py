"""How near sets of tunes are to real songs: by hand on small ones, and what must always hold."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solfa.composing.decoding.repetition_penalty import LONGEST
from solfa.corpora import load
from solfa.corpora.repertoires import REPERTOIRES
from solfa.errors import SolfaError
from solfa.evaluation.distance import (
    DISTRIBUTIONS,
    Songs,
    mean_ranks,
    pitch_entropy,
    profiles,
    repetitions,
    runs,
)
from solfa.evaluation.statistics import rank_correlation
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, notes_of


def tune(*pitches, **parts):
    notes = tuple(Note(pitch, Fraction(1)) for pitch in pitches)
    return Melody(notes, Key("C"), Meter(4, 4), **parts)


SCALE = tune(60, 62, 64, 65, 67, 69, 71, 72)


def test_what_is_counted():
    melody = Melody(
        (Note(60, 1), Note(62, 2), Note(None, 1), Note(62, 1), Note(64, 1)),
        *(Key("D"), Meter(4, 4)),
        phrase_ends=(1, 4),
    )
    counted = {name: count(melody) for name, count in DISTRIBUTIONS.items()}
    a, b, c = (2, 2), (0, Fraction(1, 2)), (2, 1)
    assert counted == {
        "2-grams": Counter([(a, b), (b, c)]),
        "3-grams": Counter([(a, b, c)]),
        "intervals": Counter([2, 0, 2]),
        "degrees": Counter([10, 0, 0, 2]),
        "phrases": Counter([3, 3]),
    }
    assert pitch_entropy(melody) == pytest.approx(1.5)


def test_repetitions_are_counted_in_notes():
    longest = repetitions([tune(*[60] * 5, 62), tune(*[60, 64] * 4), tune(60, None, 60, None, 62)])
    assert longest[:, :4].tolist() == [[4, 3, 2, 1], [0, 6, 0, 4], [0, 2, 0, 0]]
    last = list(runs([tune(60, 60), tune(60, 60, 60)]))[-1]
    assert last[:, 0].tolist() == [0, 2]  # nothing where a tune is over


@given(melodies(notes_of(low=1, high=126)))
def test_transposing_changes_no_repetition(melody):
    up = melody.transpose(1)
    assert (repetitions([melody]) == repetitions([up])).all()


def test_the_same_songs_are_nearest():
    same, other = profiles([SCALE] * 4), profiles([tune(*[60, 61] * 4)] * 4)
    songs = Songs(same, [same])
    assert songs.ideal["2-grams"] == 0
    assert not any(songs.distances(songs.figures(same)).values())
    distances = [songs.distances(songs.figures(set_)) for set_ in (other, same)]
    near = mean_ranks(distances)
    assert near[1] < near[0]


def test_what_real_songs_diverge_by_is_no_fault():
    """Half of the songs are a little apart from all; a set that is nearer is farther from real."""
    songs = [tune(*[60, 60 + step, 60] * 3) for step in range(1, 9)]
    compared = Songs(profiles(songs), [profiles(songs[:4]), profiles(songs[2:6])])
    real, all_ = profiles(songs[:4]), profiles(songs)
    distance = {k: compared.distances(compared.figures(t))["2-grams"] for k, t in
                (("real", real), ("all", all_))}  # fmt: skip
    assert compared.ideal["2-grams"] > 0
    assert compared.ideal["range"] == 4.5  # of all songs, whatever was drawn
    assert distance["real"] == pytest.approx(0)
    assert distance["all"] == pytest.approx(compared.ideal["2-grams"])


def test_a_mean_rank_is_over_all_figures():
    sets = [{"a": 1.0, "b": 9.0}, {"a": 2.0, "b": 9.0}, {"a": 3.0, "b": 1.0}]
    assert mean_ranks(sets) == [(1 + 2.5) / 2, (2 + 2.5) / 2, (3 + 1) / 2]


@given(st.lists(st.integers(0, 50), min_size=2, max_size=9, unique=True))
def test_rank_correlation_knows_order_alone(values):
    assert rank_correlation(values, np.exp(values)) == pytest.approx(1)
    assert rank_correlation(values, [-value for value in values]) == pytest.approx(-1)


def test_nothing_to_compare_is_an_error():
    with pytest.raises(SolfaError, match="there are no melodies to compare"):
        Songs(profiles([SCALE]), [profiles([])])


@pytest.mark.slow
def test_the_longest_loops_are_those_of_the_training_songs():
    train = load(*REPERTOIRES).split("train").tunes
    assert tuple(np.quantile(repetitions(train), 0.99, axis=0).astype(int)) == LONGEST
