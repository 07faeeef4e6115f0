"""Laws of every model, asked through its Protocol alone; a new one in `MODELS` inherits them."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

import solfa
from solfa.composing import compose as composing
from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.errors import RequestError
from solfa.melody import Key, Melody, Meter, Note
from solfa.models.ngram import NGram
from solfa.models.protocol import Model
from solfa.runtime import MODELS, load_model
from strategies import themes


def songs() -> list[Melody]:
    """Random walks, enough for an n-gram model that needs no corpus."""
    random = np.random.default_rng(4)
    meters = [Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8)]
    return [
        Melody(
            tuple(
                Note(int(pitch), Fraction(int(quarters), 4))
                for pitch, quarters in zip(
                    67 + np.cumsum(random.integers(-2, 3, 30)),
                    random.choice([1, 2, 3, 4, 6, 8], 30),
                    strict=True,
                )
            ),
            Key.of(number),
            meters[number % 4],
            Fraction(number % 3, 2),
        )
        for number in range(12)
    ]


@cache
def model(name: str) -> Model:
    if name == "small ngram":
        return NGram.of(songs(), NoteEncoding.of(songs(), rarest=1))
    if name == "ngram on a grid":
        return NGram.of(songs(), GridEncoding.of(songs()))
    return load_model(name)


DEEP = ("lstm_attention", "stacked_bilstm", "gru_attention")
SLOW = ("ngram", *DEEP)
"""The first reads a whole corpus, the others run a deep network over a window for every step."""
NAMES = [
    *("small ngram", "ngram on a grid"),
    *(pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in MODELS),
]
every_model = pytest.mark.parametrize("name", NAMES)
from_the_tonic = pytest.mark.parametrize("name", [n for n in NAMES if n != "ngram on a grid"])

FRAMES = [
    Conditions(Key("G"), 67, Meter(3, 4), length=Fraction(12)),
    Conditions(Key("D", "dorian"), 62, Meter(6, 8), length=Fraction(48)),
    Conditions(Key("Bb"), 70, Meter(4, 4), pickup=Fraction(1), style="irish"),
    Conditions(Key("A", "minor"), 57),
]


def drawn(probabilities: np.ndarray, end: int, random: np.random.Generator) -> np.ndarray:
    """A symbol a row, never the end."""
    going_on = np.where(np.arange(probabilities.shape[1]) == end, 0, probabilities)
    return np.array([random.choice(len(row), p=row / row.sum()) for row in going_on])


@pytest.mark.slow
@every_model
def test_a_batch_is_its_rows_and_each_sums_to_one(name: str) -> None:
    random, end = np.random.default_rng(1), model(name).encoding.end
    together, alone = model(name).begin(FRAMES), [model(name).begin([f]) for f in FRAMES]
    for _ in range(40):
        rows = together.probabilities()
        assert rows.dtype == np.float64
        assert (rows >= 0).all()
        np.testing.assert_allclose(rows.sum(1), 1, rtol=1e-12)
        for row, session in zip(rows, alone, strict=True):
            np.testing.assert_allclose(row, session.probabilities()[0], rtol=1e-10, atol=1e-300)
        symbols = drawn(rows, end, random)
        together.push(symbols)
        for symbol, session in zip(symbols, alone, strict=True):
            session.push(np.array([symbol]))


@pytest.mark.slow
@every_model
def test_only_the_past_counts_and_asking_changes_nothing(name: str) -> None:
    """Two rows are one until they part; a third session is never asked before that."""
    random, end = np.random.default_rng(2), model(name).encoding.end
    pair, silent = model(name).begin([FRAMES[0]] * 2), model(name).begin([FRAMES[0]])
    for _ in range(22):  # to where a duration is due, in notes with phrases
        symbol = drawn(pair.probabilities()[:1], end, random)
        pair.push(np.repeat(symbol, 2))
        silent.push(symbol)
    first, second = pair.probabilities()
    assert (first == second).all()
    np.testing.assert_allclose(first, silent.probabilities()[0], rtol=1e-12)
    likeliest = [s for s in np.argsort(-first) if s != end][:2]
    pair.push(np.array(likeliest))
    silent.push(np.array(likeliest[:1]))
    parted = False
    for _ in range(8):
        first, second = pair.probabilities()
        np.testing.assert_allclose(first, silent.probabilities()[0], rtol=1e-12)
        parted |= not np.allclose(first, second)
        symbol = drawn(first[None], end, random)
        pair.push(np.repeat(symbol, 2))
        silent.push(symbol)
    assert parted


@pytest.mark.slow
@every_model
def test_the_same_seed_is_the_same_tune_in_any_batch(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"key": "D", "meter": "3/4", "bars": 6, "range": "A3-D5", "seed": 11}
    many = solfa.compose(count=5, model=model(name), **ask)
    monkeypatch.setattr(composing, "BATCH", 2)
    few = solfa.compose(count=3, model=model(name), **ask)
    assert [tune.melody for tune in few] == [tune.melody for tune in many[:3]]
    assert len({tune.melody.notes for tune in many}) == 5
    assert all(kept for tune in many for _, kept in tune.checks)


@pytest.mark.slow
@from_the_tonic
@settings(max_examples=8, deadline=None)
@example(Melody((Note(71, 1),), Key("C")), 12, 1)  # as far from one tonic as from the next
@given(
    theme=themes().filter(lambda t: t.pitches),
    semitones=st.integers(-12, 12),
    seed=st.integers(0, 2**32),
)
def test_transposing_the_prompt_transposes_the_answer(
    name: str, theme: Melody, semitones: int, seed: int
) -> None:
    ask = {"bars": 1 if name in DEEP else 3, "model": model(name), "seed": seed}
    try:
        home = solfa.continue_(theme, **ask)[0]
    except RequestError:
        reject()
    away = solfa.continue_(theme.transpose(semitones), **ask)[0]
    assert away.melody == home.melody.transpose(semitones)
    assert away.score == pytest.approx(home.score, abs=1e-9)
    assert all(kept for _, kept in away.checks)
