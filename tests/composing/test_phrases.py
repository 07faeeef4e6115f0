"""Latents of phrases: whole tunes come back, are varied, walked between and given a form."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.composing import latent_space
from solfa.composing.latent import between, reconstruct, sample, vary, walk
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Meter, MeterChange, Note
from solfa.models.protocol import Model

QUARTER = Fraction(1)
PITCHES = (67, 71, 74, 71, 67, 71, 74, 67, 69, 72, 69, 66)
PLAIN = [Note(p, QUARTER) for p in PITCHES]
TUNE = Melody([*PLAIN, Note(67, 4)], Key("G"), Meter(4, 4))
LONGER = Melody(
    [*(Note(p, 2) for p in (62, 64, 65, 67, 69, 67, 65, 64) * 3), Note(62, 4)],
    Key("D", "minor"),
    Meter(4, 4),
)
CHANGE = MeterChange(Fraction(4), Meter(3, 4))
VAE = {"model": "melody_vae"}


@pytest.mark.slow
@given(
    st.sampled_from(["2/4", "3/4", "4/4", "6/8", "7/8"]),
    st.sampled_from(["C", "F# minor", "Bb", "E phrygian"]),
    st.integers(1, 9),
    st.integers(0, 2**32),
)
@settings(max_examples=10, deadline=None)
def test_samples_keep_what_was_asked(meter: str, key: str, bars: int, seed: int) -> None:
    ask = {"meter": meter, "key": key, "scale": "key", "bars": bars, "range": "C4-A5"}
    for tune in sample(2, seed=seed, **ask, **VAE):
        assert all(kept for _, kept in tune.checks), tune.checks
        assert tune.melody.duration == bars * Meter.parse(meter).bar


def test_the_same_seed_is_the_same_sample() -> None:
    first, again = (sample(3, seed=4, bars=4, **VAE) for _ in range(2))
    assert [tune.melody for tune in first] == [tune.melody for tune in again]
    assert sample(1, seed=4, bars=4, **VAE)[0].melody == first[0].melody
    assert len({tune.melody.notes for tune in first}) == 3


def test_a_walk_leads_from_one_tune_to_the_other() -> None:
    way = walk(TUNE, LONGER, 4, **VAE)
    assert way[0].melody == reconstruct(TUNE, **VAE).melody
    assert [tune.melody.duration for tune in way] == [16, 28, 40, 52]
    assert all(tune.melody.key == TUNE.key for tune in way)
    assert all(kept for tune in way for _, kept in tune.checks)


@pytest.mark.parametrize("semitones", [-7, 5, 12])
def test_what_comes_back_sounds_where_the_tune_did(semitones: int) -> None:
    home, away = (reconstruct(t, **VAE).melody for t in (TUNE, TUNE.transpose(semitones)))
    assert away == home.transpose(semitones)


def test_a_variation_as_like_as_can_be_is_the_reconstruction() -> None:
    tunes = vary(TUNE, 2, likeness=1, **VAE)
    assert {tune.melody.notes for tune in tunes} == {reconstruct(TUNE, **VAE).melody.notes}
    other = vary(TUNE, 3, likeness=0, seed=1, **VAE)
    assert len({tune.melody.notes for tune in other}) == 3
    assert other[1].model == "melody_vae (variation 2)"
    assert all(kept for tune in other for _, kept in tune.checks)


def test_windows_are_varied_too() -> None:
    assert vary(TUNE, likeness=1, model="vae")[0].melody == reconstruct(TUNE).melody


def test_the_same_letter_is_the_same_latent(monkeypatch: pytest.MonkeyPatch) -> None:
    points, at = [], latent_space.PhraseLatents.at

    def recorded(space: latent_space.PhraseLatents, point: np.ndarray, what: str) -> Model:
        points.append(point)
        return at(space, point, what)

    monkeypatch.setattr(latent_space.PhraseLatents, "at", recorded)
    (tune,) = sample(1, form="ABAB", meter="2/4", seed=3, temperature=0.05, **VAE)
    assert len(tune.melody.bars()) == 16
    ((first, second, third, fourth),) = points
    assert (first == third).all()
    assert (second == fourth).all()
    assert not np.allclose(first, second)
    (short,) = sample(1, form="AB", meter="2/4", seed=3, temperature=0.05, bars=8, **VAE)
    assert len(short.melody.bars()) == 8


def test_between_keeps_what_only_one_has() -> None:
    here, there = np.zeros((1, 2)), np.ones((3, 2))
    assert between(here, there, 0).tolist() == [[0, 0], [1, 1], [1, 1]]
    assert between(here, there, 0.25).tolist() == [[0.25, 0.25], [1, 1], [1, 1]]
    assert between(there, here, 1).tolist() == [[0, 0], [1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: vary(TUNE, likeness=1.5), r"likeness 1\.5 is outside 0\.\.1"),
        (lambda: vary(TUNE.replace(meter_changes=[CHANGE])), "needs tunes in one metre"),
        (lambda: sample(1, form="A1", **VAE), "form 'A1' is no letter for each four bars"),
        (lambda: sample(1, form="AABA", bars=9, **VAE), "form AABA has 4 parts, and .* 3"),
        (lambda: sample(1, form="AABA"), "vae has no latent for each four bars; leave form out"),
        (lambda: walk(TUNE, LONGER.replace(meter=Meter(3, 4)), **VAE), "in 4/4 .* 3/4 .* alike"),
        (
            lambda: reconstruct(TUNE.replace(notes=(Note(67, "13/8"),)), **VAE),
            "duration 13/8 is not",
        ),
    ],
)
def test_what_cannot_be_had_is_one_line(ask, why: str) -> None:
    with pytest.raises(SolfaError, match=why) as caught:
        ask()
    assert "\n" not in str(caught.value)
