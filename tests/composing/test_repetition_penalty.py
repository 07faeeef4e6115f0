"""Droning is leant against; motifs, sequences and repeated bars are left in peace."""

import numpy as np
import pytest
from hand_made_models import GRID, MODELS, NOTES, HandMade, rugged
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import solfa
from solfa.composing import compose as composing
from solfa.composing.decoding.repetition_penalty import LONGEST, RepetitionPenalty

PITCHES = np.array([True] * 6 + [False] * 2)  # symbols 0..5 say a pitch, 6 and 7 do not
FLAT = np.full((1, 8), 1 / 8)


def after(symbols, penalty=1.0, weights=FLAT):
    """The weights after ``symbols``, leant."""
    loops = RepetitionPenalty(1, PITCHES, penalty)
    for symbol in symbols:
        loops.push(np.array([symbol]))
    return loops(weights)


def test_a_note_over_and_over_is_leant_against_ever_more():
    seven = 1 + LONGEST[0]
    assert (after([2] * (seven - 1)) == FLAT).all()
    odds = [after([2] * (seven + more))[0] for more in range(4)]
    for more, row in enumerate(odds, start=1):
        assert row[2] / row[0] == pytest.approx(np.exp(-more))
        assert row[:6].sum() == pytest.approx(6 / 8)
        assert (row[6:] == 1 / 8).all()  # the rhythm keeps its weight


@pytest.mark.parametrize("cell", range(1, 17))
def test_a_cell_over_and_over_is_leant_against(cell):
    notes = np.array([0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 5, 0, 3, 1, 4, 2])[:cell]
    long = np.resize(notes, cell + LONGEST[cell - 1])
    leant = after(long)[0]
    assert leant.argmin() == notes[len(long) % cell]
    assert (after(long[:-1])[0] == FLAT).all()


def test_what_says_no_pitch_is_not_heard():
    assert (after([2, 6] * 7) == after([2] * 7)).all()


@given(st.permutations(range(16)), st.integers(1, 16), st.integers(0, 16))
def test_a_bar_said_twice_or_heard_again_later_is_left_in_peace(pitches, bar, apart):
    flat, loops = (
        np.full((1, 32), 1 / 32),
        RepetitionPenalty(1, np.ones(32, bool), 1.0),
    )
    for symbol in (*pitches[:bar], *range(16, 16 + apart), *pitches[:bar]):
        assert (loops(flat) == flat).all()
        loops.push(np.array([symbol]))


def test_a_sequence_is_left_in_peace():
    assert (after([0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5]) == FLAT).all()


weights = arrays.arrays(float, (2, 8), elements=st.sampled_from([0.0, 1e-300, 1e-8, 0.2, 1.0]))


@given(weights, st.lists(st.integers(0, 1), max_size=40), st.floats(0, 10))
def test_nothing_is_forbidden_that_is_all_there_is(weights, symbols, penalty):
    loops = RepetitionPenalty(2, PITCHES, penalty)
    for symbol in symbols:
        loops.push(np.array([symbol, 5]))
    leant = loops(weights)
    assert leant.sum(1) == pytest.approx(weights.sum(1))
    assert (leant.any(1) == weights.any(1)).all()
    assert not leant[weights == 0].any()


@pytest.mark.parametrize("encoding", [NOTES, GRID])
def test_no_penalty_is_plain_sampling(encoding):
    """Where nothing drones a penalty changes nothing either, not by a bit."""
    asked = {"bars": 8, "count": 4, "seed": 5, "model": HandMade(rugged, encoding)}
    plain = solfa.compose(**asked, loop_penalty=0, temperature=5)
    leant = solfa.compose(**asked, loop_penalty=10, temperature=5)
    assert [t.melody.notes for t in plain] == [t.melody.notes for t in leant]
    assert [t.score for t in plain] == [t.score for t in leant]


def droning(state, encoding):
    """Nearly all on one pitch, whichever the symbols have in the middle."""
    pitch = np.flatnonzero(encoding.melodic)[10]
    return np.where(np.arange(encoding.size) == pitch, 1.0, 1e-4) * np.ones((len(state), 1))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [NOTES, GRID])
def test_tunes_stop_droning(encoding, monkeypatch):
    def longest(tunes):
        def run(notes):
            last, count, most = None, 0, 0
            for note in notes:
                count = count + 1 if note.pitch == last else 1
                last, most = note.pitch, max(most, count)
            return most

        return [run(tune.melody.notes) for tune in tunes]

    asked = {"bars": 32, "count": 6, "seed": 5, "model": HandMade(droning, encoding)}
    many = solfa.compose(**asked)
    assert max(longest(many)) < 30 < min(longest(solfa.compose(**asked, loop_penalty=0)))
    monkeypatch.setattr(composing, "BATCH", 4)
    assert [t.melody for t in solfa.compose(**asked)] == [t.melody for t in many]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_where_one_pitch_is_all_there_is_it_is_sung(model):
    tunes = solfa.compose(
        range="60-60", key="C", bars=8, count=2, seed=1, model=model, loop_penalty=10
    )
    assert all(kept for tune in tunes for _, kept in tune.checks)
