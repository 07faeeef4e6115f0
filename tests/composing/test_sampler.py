"""Drawing symbols: masks, temperature, top-p, min-p, and what is drawn how often."""

from fractions import Fraction

import numpy as np
import pytest
from hand_made_models import GRID, NOTES, HandMade, empty, uniform
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from solfa.composing.constraints.problem import compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.decoding.sampler import _draw, _sharpen, masked, sample
from solfa.composing.request.request import Request
from solfa.errors import ModelError
from solfa.melody import Melody, Note

weights = arrays.arrays(
    float, (3, 5), elements=st.sampled_from([0.0, 1e-300, 1e-8, 0.2, 0.5, 1.0, 3.0])
)
masks = arrays.arrays(bool, (3, 5)).filter(lambda mask: mask.any(1).all())


@given(weights, masks)
def test_only_what_is_allowed_keeps_weight(weights, allowed):
    kept = masked(weights, allowed)
    assert not kept[~allowed].any()
    assert kept.sum(1) == pytest.approx(1)
    for row, mask, before in zip(kept, allowed, weights, strict=True):
        if not before[mask].any():
            assert row[mask] == pytest.approx(1 / mask.sum())


@given(weights, masks, st.floats(0.01, 5), st.floats(0.01, 1), st.floats(0, 1))
def test_sharpening_keeps_the_likeliest(weights, allowed, temperature, top_p, min_p):
    plain = masked(weights, allowed)
    sharp = _sharpen(plain, temperature, top_p, min_p)
    assert sharp.sum(1) == pytest.approx(1)
    assert (sharp[np.arange(3), plain.argmax(1)] > 0).all()
    assert not sharp[plain == 0].any()
    for row, before in zip(sharp, plain, strict=True):  # whatever is cut is the less likely
        assert not row.any() or before[row == 0].max(initial=0) <= before[row > 0].min()


def test_temperature_and_top_p():
    plain = np.array([[0.5, 0.3, 0.2]])
    assert _sharpen(plain, 1, 1) == pytest.approx(plain)
    assert _sharpen(plain, 0.5, 1)[0] == pytest.approx(np.array([25, 9, 4]) / 38)
    assert _sharpen(plain, 0.01, 1)[0, 0] == pytest.approx(1)
    assert (_sharpen(plain, 1, 0.5)[0] > 0).tolist() == [True, False, False]
    assert (_sharpen(plain, 1, 0.51)[0] > 0).tolist() == [True, True, False]
    assert _sharpen(plain, 1, 0.51)[0] == pytest.approx([5 / 8, 3 / 8, 0])


def test_min_p_is_a_share_of_the_likeliest():
    plain = np.array([[0.5, 0.3, 0.2]])
    assert _sharpen(plain, 1, 1, 0.4) == pytest.approx(plain)
    assert _sharpen(plain, 1, 1, 0.41)[0] == pytest.approx([5 / 8, 3 / 8, 0])
    assert _sharpen(plain, 1, 1, 1)[0] == pytest.approx([1, 0, 0])
    assert _sharpen(plain, 0.5, 1, 0.35)[0] == pytest.approx([0.5**2 / 0.34, 0.3**2 / 0.34, 0])
    assert (_sharpen(plain, 0.7, 0.9, 0.0) == _sharpen(plain, 0.7, 0.9)).all()


def test_symbols_are_drawn_as_often_as_they_are_likely():
    likely = np.array([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    uniforms = np.random.default_rng(1).random(20_000)
    drawn = _draw(np.tile(likely, (20_000, 1)), uniforms)
    assert np.bincount(drawn, minlength=6) / 20_000 == pytest.approx(likely, abs=0.02)


@pytest.mark.parametrize("uniform_", [0.0, 0.5, np.nextafter(1, 0)])
def test_what_is_impossible_is_never_drawn(uniform_):
    likely = np.array([[0.0, 0.1, 0.2, 0.7, 0.0]])
    assert _draw(likely, np.array([uniform_]))[0] in (1, 2, 3)


class _Nothing:
    """A judge that allows nothing."""

    def pickups(self, music, pickups):
        return np.zeros((len(music), len(pickups)), bool)

    def notes(self, music, durations, pitches):
        return np.zeros((len(music), len(durations), pitches.shape[1]), bool)

    def end(self, music):
        return np.zeros(len(music), bool)


@pytest.mark.parametrize("encoding", [NOTES, GRID])
def test_a_dead_end_is_an_error_not_an_endless_loop(encoding):
    session = HandMade(uniform, encoding).begin([compile_request(Request(), encoding).conditions])
    with pytest.raises(ModelError, match="no symbol of the model is allowed at step 0"):
        sample(session, _Nothing(), encoding.end, [np.random.default_rng(1)])


def test_what_is_settled_costs_no_random_number():
    theme = Melody([Note(60, "1/4"), Note(62, "1/4")])
    request = Request(bars=1, prompt=theme, pickup=Fraction(0))
    problem = compile_request(request, GRID)
    constraint = Rules(problem)

    def draw(model):
        generator = np.random.default_rng(1)
        tune = sample(model.begin([problem.conditions]), constraint, GRID.end, [generator])[0]
        return tune, generator

    tune, generator = draw(HandMade(uniform, GRID))
    state, choices = GRID.read([problem.conditions]), []
    for symbol in tune.symbols:
        choices.append(int(state.allowed(constraint).sum()))
        state.push(np.array([symbol]))
    assert choices[:2] == [1, 1]
    assert tune.symbols[:2].tolist() == [GRID.symbols.index("60"), GRID.symbols.index("62")]
    drawn = sum(several > 1 for several in choices)
    assert generator.random() == np.random.default_rng(1).random(drawn + 1)[-1]
    assert np.isinf(draw(HandMade(empty, GRID))[0].bits).all()
