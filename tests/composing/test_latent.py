"""Tunes from latent space keep every rule, end where they must, and stay where training was."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.composing.constraints.problem import compile_request
from solfa.composing.latent import reconstruct, sample, walk
from solfa.composing.latent_space import DecodedPoint
from solfa.composing.request.request import Request
from solfa.errors import ModelError, RequestError, SolfaError
from solfa.melody import Key, Melody, Meter, Note
from solfa.runtime import load_model
from solfa.runtime.autoencoder import LatentModel

QUARTER = Fraction(1)
PLAIN = [Note(p, QUARTER) for p in (67, 71, 74, 71, 67, 71, 74, 67, 69, 72, 69, 66)]
TUNE = Melody([*PLAIN, Note(67, 4)], Key("G"), Meter(4, 4))
OTHER = Melody(
    [Note(p, 2) for p in (62, 64, 65, 67, 69, 67, 65, 62)], Key("D", "minor"), Meter(4, 4)
)


@pytest.fixture(scope="module")
def model() -> LatentModel:
    found = load_model("vae")
    assert isinstance(found, LatentModel)
    return found


@pytest.mark.slow
@given(
    st.sampled_from(["2/4", "3/4", "4/4", "6/8", "7/8"]),
    st.sampled_from(["C", "F# minor", "Bb", "E phrygian"]),
    st.integers(0, 2**32),
)
@settings(max_examples=15, deadline=None)
def test_samples_keep_what_was_asked(meter: str, key: str, seed: int) -> None:
    for tune in sample(2, meter=meter, key=key, scale="key", range="C4-A5", seed=seed):
        assert all(kept for _, kept in tune.checks), tune.checks
        assert tune.melody.duration <= 16
        assert tune.melody.meter == Meter.parse(meter)


def test_samples_stay_within_the_mass_of_training(model: LatentModel) -> None:
    far = np.random.default_rng(0).standard_normal((200, len(model.center))) * 5
    assert (model.distance(model.within(far)) <= model.radius * (1 + 1e-9)).all()


def test_the_same_seed_is_the_same_sample() -> None:
    first, again = (sample(3, seed=4) for _ in range(2))
    assert [tune.melody for tune in first] == [tune.melody for tune in again]
    assert sample(1, seed=4)[0].melody == first[0].melody
    assert sample(1, seed=5)[0].melody != first[0].melody


def test_a_walk_leads_from_one_reconstruction_to_the_other() -> None:
    way = walk(TUNE, OTHER, 5)
    assert len(way) == 5
    assert way[0].melody == reconstruct(TUNE).melody
    assert all(tune.melody.key == TUNE.key for tune in way)
    assert all(kept for tune in way for _, kept in tune.checks)
    assert "point 5 of 5" in way[-1].model
    assert way[0].melody != way[-1].melody


@pytest.mark.parametrize("semitones", [-7, 5, 12])
def test_what_comes_back_sounds_where_the_tune_did(semitones: int) -> None:
    home, away = reconstruct(TUNE).melody, reconstruct(TUNE.transpose(semitones)).melody
    assert away == home.transpose(semitones)


def test_a_point_says_what_it_decodes_to(model: LatentModel) -> None:
    z = model.center
    point = DecodedPoint(model, z, "test")
    session = point.begin([compile_request(Request(), model.encoding).conditions] * 2)
    for step in range(model.steps):
        assert session.probabilities()[1] == pytest.approx(model.decode(z[None])[0, step])
        session.push(np.full(2, model.encoding.symbols.index("r")))
    assert session.probabilities()[0].argmax() == model.encoding.end


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: sample(0), r"count 0 is no whole number in 1\.\.100"),
        (lambda: walk(TUNE, OTHER, 101), r"points 101 is no whole number in 1\.\.100"),
        (lambda: sample(1, meter="9/2"), "a bar of 9/2 is longer than the 64 steps"),
        (lambda: sample(1, bars=5), r"bars 5 is outside 1\.\.4 of 4/4"),
        (lambda: walk(TUNE, OTHER.replace(meter=Meter(3, 4))), "in 4/4 .* and 3/4 .* alike"),
        (
            lambda: reconstruct(TUNE.replace(meter_changes=[(4, Meter(3, 4))])),
            "needs tunes in one metre",
        ),
        (lambda: reconstruct("67 x"), "symbol 2 is 'x'"),
    ],
)
def test_what_cannot_be_had_is_one_line(ask, why: str) -> None:
    with pytest.raises(SolfaError, match=why) as caught:
        ask()
    assert "\n" not in str(caught.value)


def test_only_autoencoders_have_a_latent_space() -> None:
    with pytest.raises(ModelError, match="stacked_bilstm has no latent space; choose vae"):
        sample(1, model="stacked_bilstm")


def test_a_short_tune_comes_back_short() -> None:
    again = reconstruct(Melody(TUNE.notes[:4], Key("G"), Meter(4, 4)))
    assert again.melody.duration == 4


def test_what_cannot_be_asked_of_a_point_is_refused() -> None:
    with pytest.raises(RequestError, match=r"steps cannot be asked of a point; .*choose from bars"):
        sample(1, steps=20)
    with pytest.raises(RequestError, match="seed -1 is below 0"):
        sample(1, seed=-1)


def test_minor_is_minor_for_points_too() -> None:
    """As for `compose`: the grid does not say the mode, so that its tunes are kept to the scale."""
    for tune in sample(3, key="A minor", temperature=1.0, seed=3):
        assert ("every note in the scale of A minor", True) in tune.checks
        assert {pitch % 12 for pitch in tune.melody.pitches} <= {9, 11, 0, 2, 4, 5, 7}


def test_what_a_tune_has_beyond_its_key_its_point_may_have() -> None:
    minor = Melody([Note(p, 1) for p in (69, 71, 72, 74, 76, 74, 71, 69)], Key("A", "minor"))
    beyond = minor.replace(notes=(Note(73, 1), *minor.notes[1:]))
    assert reconstruct(minor).request.scale == "key"
    assert reconstruct(beyond).request.scale == "1 2 3 #3 4 5 6 7"
    assert walk(minor, beyond, 2)[0].request.scale == "1 2 3 #3 4 5 6 7"
