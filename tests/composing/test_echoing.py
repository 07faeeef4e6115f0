"""Echoes lean as much as is asked, towards what stands at the same place, and forbid nothing."""

from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hand_made_models import GRID, NOTES, HandMade, rugged, uniform

import solfa
from solfa.analysis.likeness import PlannedPhrase, likeness
from solfa.composing.ask import ask
from solfa.composing.composition import leanings
from solfa.composing.echoing import GAINS, LIKENESSES, PULL, Echoes
from solfa.encodings.frame import Frame
from solfa.melody import Key, Melody, Meter, Note

FRAME = Frame(
    Key("C"), 60, Meter(2, 4),
    plan=(PlannedPhrase(Fraction(2)), PlannedPhrase(Fraction(2), 0, 0.5), PlannedPhrase(Fraction(2))),
)  # fmt: skip
FIRST = Melody([Note(60, 1), Note(64, "1/2"), Note(67, "1/2")], Key("C"), Meter(2, 4))


def heard(encoding, melody):
    """Echoes that have heard the notes of a melody."""
    echoes = Echoes(encoding, [FRAME])
    for symbol in encoding.encode(melody, FRAME)[:-1]:
        echoes.push(np.array([symbol]))
    return echoes


def gains(encoding, *notes):
    """In nats, what each symbol (V,) gains after the first phrase and some more notes."""
    flat = np.full((1, encoding.size), 1 / encoding.size)
    leant = heard(encoding, FIRST.replace(notes=(*FIRST.notes, *notes)))(flat)
    assert leant.sum() == pytest.approx(1)
    assert (leant > 0).all()
    odds = np.log(leant[0])
    return odds - odds.min() if (odds > np.median(odds) + 1e-9).any() else odds - odds.max()


def expected(encoding, lack=0.0):
    return np.interp(0.5, LIKENESSES, GAINS[encoding.name]) + PULL * lack


def test_the_note_at_the_same_place_is_likelier():
    quarter, eighth = NOTES.durations.index(48), NOTES.durations.index(24)
    c, e = (NOTES.encode(Melody([Note(p, 1)]), FRAME)[2] for p in (60, 64))
    found = gains(NOTES)
    assert set(np.flatnonzero(found)) == {quarter, c}
    assert found[[quarter, c]] == pytest.approx([expected(NOTES)] * 2)
    found = gains(NOTES, Note(62, 1))  # half a note is lacking
    assert found[[eighth, e]] == pytest.approx([expected(NOTES, 0.5)] * 2)
    found = gains(NOTES, Note(60, 1))  # half a note too many
    assert found[[eighth, e]] == pytest.approx([expected(NOTES, -0.5)] * 2)


def test_where_no_note_begins_nothing_is_likelier():
    assert not gains(NOTES, Note(60, "1/2")).any()
    assert not gains(NOTES, *FIRST.notes).any()  # a phrase of its own
    assert not gains(GRID, *FIRST.notes).any()


def test_the_step_at_the_same_place_is_likelier():
    def number(symbol):
        return GRID.symbols.index(symbol)

    found = gains(GRID)
    assert np.flatnonzero(found).tolist() == [number("60")]
    assert found.max() == pytest.approx(expected(GRID))
    assert gains(GRID, Note(60, "1/4"))[number("_")] == pytest.approx(expected(GRID))
    found = gains(GRID, Note(60, "1/4"), Note(60, "1/4"))  # the first was let go too early
    assert found[number("_")] == pytest.approx(expected(GRID, 0.5))
    found = gains(GRID, Note(60, 1), Note(64, "1/4"))  # one note done, and the same
    assert found[number("_")] == pytest.approx(expected(GRID, -0.5))
    found = gains(GRID, Note(60, 1), Note(64, "1/2"), Note(62, "1/4"))
    assert found[number("_")] == pytest.approx(expected(GRID, -1))


@pytest.mark.parametrize("encoding", [NOTES, GRID], ids=["notes", "grid"])
def test_rows_are_leant_on_one_by_one(encoding):
    rng = np.random.default_rng(1)
    weights = rng.random((3, encoding.size))
    alone = [heard(encoding, FIRST), heard(encoding, FIRST)]
    together = Echoes(encoding, [FRAME, Frame(Key("C"), 60, Meter(2, 4)), FRAME])
    for symbol in encoding.encode(FIRST, FRAME)[:-1]:
        together.push(np.full(3, symbol))
    leant = together(weights)
    assert leant[1] == pytest.approx(weights[1] / weights[1].sum())
    for row, echoes in zip((0, 2), alone, strict=True):
        assert leant[row] == pytest.approx(echoes(weights[[row]])[0])
    together.keep(np.array([2]))
    assert together(weights[[2]])[0] == pytest.approx(leant[2])


def test_only_models_that_do_not_hear_the_plan_are_leant_on():
    deaf, hears = HandMade(uniform, NOTES), HandMade(uniform, NOTES)
    hears.hears = frozenset({"likeness"})

    def leans(request, model):
        return any(isinstance(lean, Echoes) for lean in leanings(request, model, [request.frame()]))

    varied, exact = ask(form="AABA", likeness=0.5), ask(form="AABA")
    assert leans(varied, deaf)
    assert leans(ask(form="AA'"), deaf)
    assert not leans(varied, hears)
    assert not leans(exact, deaf)
    assert not leans(ask(form="ABCD"), deaf)


@pytest.mark.parametrize("encoding", [NOTES, GRID], ids=["notes", "grid"])
@pytest.mark.parametrize("opinion", [uniform, rugged])
def test_more_likeness_is_more_alike(encoding, opinion):
    def measured(asked):
        tunes = solfa.compose(
            form="AABA", phrase_bars=2, likeness=asked, count=8, seed=1,
            model=HandMade(opinion, encoding),
        )  # fmt: skip
        found = []
        for tune in tunes:
            lines = list(accumulate(tune.request.phrase_lengths, initial=Fraction(0)))
            notes = list(zip(tune.melody.onsets(), tune.melody.notes, strict=True))
            phrases = [[n for at, n in notes if a <= at < b] for a, b in pairwise(lines)]
            found += [likeness(phrases[0], phrases[1]), likeness(phrases[0], phrases[3])]
        return float(np.mean(found))

    little, more, much = (measured(asked) for asked in (0.1, 0.6, 0.9))
    assert little < more < much
