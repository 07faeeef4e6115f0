"""Echoes lean as much as is asked, towards what stands at the same place, and forbid nothing."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hand_made_models import GRID, NOTES, HandMade, rugged, uniform

import solfa
from solfa.analysis.note_overlap import PhrasePlan, note_overlap
from solfa.composing.compose import biases
from solfa.composing.constraints.phrase_plan import phrase_spans
from solfa.composing.constraints.problem import compile_request
from solfa.composing.decoding.phrase_similarity import (
    GAINS,
    GIVEN,
    LIKENESSES,
    PULL,
    UNLIKE,
    PhraseSimilarityBias,
)
from solfa.composing.request.ask import ask
from solfa.encodings.conditions import Conditions
from solfa.melody import Key, Melody, Meter, Note

FRAME = Conditions(
    Key("C"), 60, Meter(2, 4),
    plan=(PhrasePlan(Fraction(2)), PhrasePlan(Fraction(2), 0, 0.5), PhrasePlan(Fraction(2))),
)  # fmt: skip
FIRST = Melody([Note(60, 1), Note(64, "1/2"), Note(67, "1/2")], Key("C"), Meter(2, 4))


def heard(encoding, melody, conditions=FRAME, told=False):
    """Echoes that have heard the notes of a melody."""
    echoes = PhraseSimilarityBias(encoding, [conditions], given=told)
    for symbol in encoding.encode(melody, conditions)[:-1]:
        echoes.push(np.array([symbol]))
    return echoes


def gains(encoding, *notes, **how):
    """In nats, what each symbol (V,) gains after the first phrase and some more notes."""
    flat = np.full((1, encoding.size), 1 / encoding.size)
    leant = heard(encoding, FIRST.replace(notes=(*FIRST.notes, *notes)), **how)(flat)
    assert leant.sum() == pytest.approx(1)
    assert (leant > 0).all()
    odds = np.log(leant[0])
    return odds - np.median(odds)


def expected(encoding, lack=0.0):
    return (
        np.interp(0.5, LIKENESSES, GAINS["note" if encoding.step_ticks is None else "step"])
        + PULL * lack
    )


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


def test_a_model_that_is_told_is_held_to_the_count_of_equal_notes():
    e = NOTES.encode(Melody([Note(64, 1)]), FRAME)[2]
    assert not gains(NOTES, told=True).any()
    assert gains(NOTES, Note(62, 1), told=True)[e] == pytest.approx(0.5 * GIVEN)
    assert gains(NOTES, Note(60, 1), told=True)[e] == pytest.approx(-0.5 * GIVEN)


@pytest.mark.parametrize("told", [False, True])
def test_a_new_phrase_parts_from_what_it_was_like_in_pitch_only(told):
    """From every earlier new one, the sooner the more notes were the same."""
    two = Fraction(2)
    plan = (
        PhrasePlan(two, None, 0.0),
        PhrasePlan(two, None, 0.0),
        PhrasePlan(two, None, 0.0),
    )
    new = Conditions(Key("C"), 60, Meter(2, 4), plan=plan)
    c, e, f = (NOTES.encode(Melody([Note(p, 1)]), FRAME)[2] for p in (60, 64, 65))
    how = {"conditions": new, "told": told}
    assert not gains(NOTES, **how).any()
    assert not gains(NOTES, Note(62, 1), **how).any()
    found = gains(NOTES, Note(60, 1), **how)
    assert set(np.flatnonzero(found)) == {e}
    assert found[e] == pytest.approx(-UNLIKE)
    found = gains(NOTES, Note(60, 1), Note(65, "1/2"), Note(67, "1/2"), Note(60, 1), **how)
    assert set(np.flatnonzero(found)) == {e, f}
    assert found[[e, f]] == pytest.approx([-UNLIKE, -UNLIKE])
    second = (Note(60, 1), Note(64, "1/2"), Note(67, "1/2"), Note(60, 1), Note(64, "1/2"))
    found = gains(NOTES, *second, **how)
    assert found[NOTES.encode(Melody([Note(67, 1)]), FRAME)[2]] == pytest.approx(-4 * UNLIKE)
    assert found[c] == 0
    same = (Note(60, 1), Note(64, "1/2"))
    assert gains(GRID, *same, **how)[GRID.symbols.index("67")] == pytest.approx(-UNLIKE)
    assert not gains(GRID, *same, Note(67, "1/4"), **how).any()  # it may be held as long


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
    together = PhraseSimilarityBias(encoding, [FRAME, Conditions(Key("C"), 60, Meter(2, 4)), FRAME])
    for symbol in encoding.encode(FIRST, FRAME)[:-1]:
        together.push(np.full(3, symbol))
    leant = together(weights)
    assert leant[1] == pytest.approx(weights[1] / weights[1].sum())
    for row, echoes in zip((0, 2), alone, strict=True):
        assert leant[row] == pytest.approx(echoes(weights[[row]])[0])
    together.select(np.array([2]))
    assert together(weights[[2]])[0] == pytest.approx(leant[2])


def test_what_rules_do_not_say_is_leant_on():
    def leans(**asked):
        request, model = ask(**asked), HandMade(uniform, NOTES)
        return any(
            isinstance(lean, PhraseSimilarityBias)
            for lean in biases(request, model, [compile_request(request, NOTES).conditions])
        )

    assert leans(form="AABA", likeness=0.5)
    assert leans(form="AA'")
    assert leans(form="AABA")  # B is new
    assert not leans(form="AAAA")
    assert not leans(phrase_bars="4,4", bars=8)


def test_models_that_hear_the_plan_are_told():
    flat = np.full((1, NOTES.size), 1 / NOTES.size)
    request, model = (
        ask(form="AA'", key="C", meter="2/4", bars=2, pickup=0),
        HandMade(uniform, NOTES),
    )
    for features, gained in ((frozenset(), True), (frozenset({"likeness"}), False)):
        model.features = features
        echoes = biases(request, model, [compile_request(request, NOTES).conditions])[0]
        for symbol in NOTES.encode(FIRST, compile_request(request, NOTES).conditions)[:-1]:
            echoes.push(np.array([symbol]))
        assert bool(np.ptp(echoes(flat)) > 1e-9) is gained


@pytest.mark.slow
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
            lines = [Fraction(0), *(Fraction(p.end, 48) for p in phrase_spans(tune.request))]
            notes = list(zip(tune.melody.onsets(), tune.melody.notes, strict=True))
            phrases = [[n for at, n in notes if a <= at < b] for a, b in pairwise(lines)]
            found += [note_overlap(phrases[0], phrases[1]), note_overlap(phrases[0], phrases[3])]
        return float(np.mean(found))

    little, more, much = (measured(asked) for asked in (0.1, 0.6, 0.9))
    assert little < more < much
