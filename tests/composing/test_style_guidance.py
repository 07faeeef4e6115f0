"""Style strength: 0 is no style, 1 the model itself, more what sets the style apart."""

import numpy as np
import pytest
from hand_made_models import NOTES, HandMade, Stylish, empty, rugged
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import solfa
from solfa.composing import compose as composing
from solfa.composing.constraints.problem import compile_request
from solfa.composing.decoding.sampler import masked
from solfa.composing.decoding.style_guidance import StyleGuidance
from solfa.composing.request.request import Request

ASK = {"bars": 6, "meter": "3/4", "count": 5, "seed": 3, "model": Stylish(NOTES)}


def notes(**asked):
    return [tune.melody.notes for tune in solfa.compose(**{**ASK, **asked})]


def test_strength_one_is_the_model_itself():
    tunes = notes(style="irish")
    assert notes(style="irish", style_strength=1) == tunes
    assert notes(style="irish", style_strength=1 + 1e-12) == tunes
    assert notes(style="german") != tunes


def test_strength_zero_is_a_style_unknown():
    assert notes(style="irish", style_strength=0) == notes()
    assert notes(style="irish", style_strength=0.5) not in (notes(), notes(style="irish"))


@pytest.mark.parametrize("strength", [0, 0.5, 3])
def test_a_guided_tune_does_not_depend_on_the_others(strength, monkeypatch):
    many = solfa.compose(**ASK, style="irish", style_strength=strength)
    monkeypatch.setattr(composing, "BATCH", 2)
    few = solfa.compose(**ASK, style="irish", style_strength=strength)
    assert [tune.melody for tune in few] == [tune.melody for tune in many]
    assert [tune.score for tune in few] == [tune.score for tune in many]


def test_the_score_is_the_models_own_whatever_guided_it():
    (tune,) = solfa.compose(**{**ASK, "count": 1}, style="irish", style_strength=3)
    conditions = compile_request(tune.request, NOTES).conditions
    session, bits = ASK["model"].begin([conditions]), 0.0
    for symbol in NOTES.encode(tune.melody, conditions):
        bits -= np.log2(session.probabilities()[0, symbol])
        if symbol != NOTES.end:
            session.push(np.array([symbol]))
    assert sum(tune.score) == pytest.approx(bits)


class _Says:
    """A model whose every distribution is ``weights``."""

    def __init__(self, weights):
        self.weights = weights

    def begin(self, all_conditions):
        assert all(conditions.style is None for conditions in all_conditions)
        return self

    def probabilities(self):
        return self.weights


weights = arrays.arrays(float, (3, 5), elements=st.sampled_from([0.0, 1e-300, 1e-8, 0.2, 1.0]))
masks = arrays.arrays(bool, (3, 5)).filter(lambda mask: mask.any(1).all())
FRAMES = [compile_request(Request(style="irish"), NOTES).conditions] * 3


@given(weights, weights, masks, st.floats(0, 4))
def test_guidance_forbids_nothing_and_allows_nothing_more(styled, unstyled, mask, strength):
    before = masked(styled, mask)
    after = StyleGuidance(_Says(unstyled), FRAMES, strength)(before)
    assert after.sum(1) == pytest.approx(1)
    assert not after[before == 0].any()


@given(weights, weights, masks)
def test_strength_zero_is_the_unstyled_to_the_bit(styled, unstyled, mask):
    before = masked(np.maximum(styled, 1e-12), mask)
    after = StyleGuidance(_Says(unstyled), FRAMES, 0)(before)
    assert (after == masked(unstyled, mask)).all()


def test_guidance_is_a_product_of_powers():
    styled = np.array([[0.5, 0.3, 0.2, 0.0]])
    unstyled = np.array([[0.25, 0.25, 0.4, 0.1]])
    expected = styled**3 * unstyled ** (1 - 3.0)
    guided = StyleGuidance(_Says(unstyled), FRAMES[:1], 3)(styled)
    assert guided == pytest.approx(expected / expected.sum())


def test_what_is_unheard_of_without_the_style_is_not_blown_up():
    styled = np.array([[1 - 1e-10, 1e-10]])
    guided = StyleGuidance(_Says(np.array([[1.0, 1e-30]])), FRAMES[:1], 4)(styled)
    assert guided[0, 1] < 1e-10


@pytest.mark.parametrize("opinion", [rugged, empty])
def test_a_model_deaf_to_styles_is_not_changed(opinion):
    """And one that says nothing at all is no trouble."""
    model = HandMade(opinion, NOTES)
    assert notes(model=model, style="irish", style_strength=4) == notes(model=model, style="irish")
