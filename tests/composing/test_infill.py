"""Bars written anew: what is kept is kept to the note, and of several fillings the fittest is taken."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hand_made_models import GRID, MODELS, NOTES, UNIFORM, HandMade, stubborn
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import solfa
from solfa.composing import compose as composing
from solfa.composing.compose import compose_request, generator
from solfa.composing.constraints.problem import compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.decoding.rerank import CANDIDATES, after_gap, rerank
from solfa.composing.decoding.sampler import Sampled, sample
from solfa.composing.phrase_marks import mark_phrases
from solfa.composing.request.ask import ask
from solfa.encodings.conditions import FixedNote
from solfa.encodings.ticks import to_quarters
from solfa.errors import RequestError
from solfa.melody import Key, Melody, Metadata, Meter, Note


def wavering(state, encoding):
    """Another distribution after every pitch and at every onset."""
    music = state.music
    place = (music.onset * 0.7 + music.pitch * 1.3)[:, None]
    return np.exp(3 * np.sin(place + 12.9898 * np.arange(encoding.size)))


WAVERING = {"notes": HandMade(wavering, NOTES), "grid": HandMade(wavering, GRID)}
# eight bars of 2/4 with a pickup, in four phrases; what begins in bar 2 is held into bar 3
HILL = Melody(
    [
        *(Note(62, 1), Note(67, 1), Note(69, 1), Note(71, 3)),
        *(Note(69, 1), Note(67, 1), Note(64, 1)),
        *(Note(66, 1), Note(69, 1), Note(67, 1), Note(69, 1)),
        *(Note(71, 1), Note(69, 1), Note(67, 1)),
    ],
    Key("G"),
    Meter(2, 4),
    Fraction(1),
    phrase_ends=(3, 6, 10, 13),
    metadata=Metadata(title="Over the hill", tempo=90),
)


def kept_notes(tune, gone):
    """The notes that begin in none of the bars (by number) that are ``gone``."""
    found = []
    for note, onset in zip(tune.notes, tune.onsets(), strict=True):
        bar = (onset - tune.pickup) // tune.meter.bar + 1
        if bar not in gone:
            found.append((onset, note))
    return found


@st.composite
def gaps(draw):
    """A whole tune with a metre, and some but not all of its bars."""
    meter = draw(st.sampled_from([Meter(2, 4), Meter(3, 4), Meter(6, 8)]))
    pickup = draw(st.sampled_from([Fraction(0), meter.beat]))
    notes = draw(
        st.lists(
            st.builds(
                Note,
                st.integers(60, 74) | st.just(None),
                st.sampled_from([meter.beat, meter.beat * 2, meter.beat / 2]),
            ),
            min_size=4,
            max_size=20,
        )
    )
    ends = draw(st.sets(st.integers(0, len(notes) - 1), max_size=4))
    tune = Melody(notes, Key("G"), meter, pickup, tuple(sorted(ends)))
    bars = [bar.number for bar in tune.bars()]
    return tune, draw(st.sets(st.sampled_from(bars), min_size=1, max_size=4))


@pytest.mark.slow
@given(gaps(), st.sampled_from(MODELS), st.integers(0, 99), st.sampled_from([1, 3]))
@settings(max_examples=60, deadline=None)
def test_what_is_kept_is_kept_to_the_note(gap, model, seed, candidates):
    tune, bars = gap
    try:
        (filled,) = solfa.infill(tune, sorted(bars), candidates=candidates, model=model, seed=seed)
    except RequestError:
        reject()
    melody = filled.melody
    notes = list(zip(melody.onsets(), melody.notes, strict=True))
    assert set(kept_notes(tune, bars)) <= set(notes)
    assert melody.duration == tune.duration
    assert (melody.key, melody.meter, melody.pickup) == (tune.key, tune.meter, tune.pickup)
    assert all(kept for _, kept in filled.checks), filled.checks
    if tune.phrase_ends:
        theirs, ours = ends_of(tune), ends_of(melody)
        for onset, note in kept_notes(tune, bars):
            end = onset + note.duration
            assert (end in ours) == (end in theirs)
            assert onset in ours or onset not in theirs


def ends_of(tune):
    over = list(accumulate(note.duration for note in tune.notes))
    return {over[index] for index in tune.phrase_ends}


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_several_gaps_and_the_pickup(encoding):
    (filled,) = solfa.infill(HILL, "0, 3-4,6", model=WAVERING[encoding], seed=1)
    assert ("bars 1-2, 5, 7-8 kept", True) in filled.checks
    assert filled.melody.metadata.title == "Over the hill"
    assert filled.melody.metadata.tempo == 90
    notes = zip(filled.melody.onsets(), filled.melody.notes, strict=True)
    assert set(kept_notes(HILL, {0, 3, 4, 6})) <= set(notes)
    assert filled.melody.notes != HILL.notes
    again = solfa.compose(**filled.request.to_json(), model=WAVERING[encoding])
    assert again[0].melody == filled.melody


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_phrases_are_written_anew_from_their_upbeat_on(encoding):
    (filled,) = solfa.infill(HILL, phrases="2", model=WAVERING[encoding], seed=1)
    first, last = HILL.notes[:4], HILL.notes[7:]
    melody = filled.melody
    assert melody.notes[:4] == first
    assert melody.notes[-len(last) :] == last
    assert ends_of(HILL) <= ends_of(melody)
    assert filled.request.rewrite == ()
    assert ("phrases 1, 3-4 kept", True) in filled.checks
    (both,) = solfa.infill(HILL, 8, phrases=2, model=WAVERING[encoding], seed=1)
    assert ("bars 0-7 of phrases 1, 3-4 kept", True) in both.checks


def fixed(request):
    return compile_request(request, NOTES).fixed


def test_a_held_note_stands_where_it_begins():
    assert fixed(ask(prompt=HILL, rewrite=3))[3:5] == (
        FixedNote(3 * 48, 71, 3 * 48), FixedNote(7 * 48, 67, 48),
    )  # fmt: skip
    assert fixed(ask(prompt=HILL, rewrite=2))[3].onset == 6 * 48


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_what_is_asked_holds_for_the_new_notes(encoding):
    asked = {"scale": "1 3 5", "range": "D4-D5", "largest_leap": 5, "count": 5, "seed": 3}
    for tune in solfa.infill(HILL, "3-4, 6", **asked, model=WAVERING[encoding]):
        assert all(kept for _, kept in tune.checks), tune.checks
        kept = {(to_quarters(n.onset), n.pitch) for n in fixed(tune.request)}
        melody = tune.melody
        new = [
            note.pitch
            for onset, note in zip(melody.onsets(), melody.notes, strict=True)
            if (onset, note.pitch) not in kept and note.pitch is not None
        ]
        assert {pitch % 12 for pitch in new} <= {7, 11, 2}
        assert all(62 <= pitch <= 74 for pitch in new)


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_a_phrase_can_be_made_like_another(encoding):
    pitches = (67, 69, 71, 69, 74, 71, 72, 69, 67, 69, 72, 69, 71, 69, 66, 67)
    tune = Melody([Note(pitch, 1) for pitch in pitches], Key("G"), Meter(2, 4))
    asked = {"form": "ABAC", "phrase_bars": 2, "seed": 1, "model": WAVERING[encoding]}
    with pytest.raises(RequestError, match="phrases 1 and 3 of form A2B2A2C2 are the same A, and"):
        solfa.infill(tune, 4, **asked)
    (filled,) = solfa.infill(tune, "5-7", **asked)
    assert ("every A the same", True) in filled.checks
    assert filled.melody.notes[8:12] == filled.melody.notes[:4] == tune.notes[:4]


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_the_fittest_of_the_candidates_is_taken(encoding):
    """The one that makes the kept notes after the first gap cheapest, each from its own seed."""
    model = WAVERING[encoding]
    request = ask(prompt=HILL, rewrite="3, 6", candidates=5, scale="key", seed=11)
    problem = compile_request(request, model.encoding)
    conditions = problem.conditions
    kept = {to_quarters(note.onset) for note in problem.fixed if note.onset > 5 * 48}
    drawn = [
        sample(
            model.begin([conditions]),
            Rules(problem),
            model.encoding.end,
            [generator(11, 2, number)],
            min_p=request.min_p,
            biases=composing.biases(request, model, [conditions]),
        )[0]
        for number in range(5)
    ]
    costs = []
    for tune in drawn:
        onsets = model.encoding.decode(tune.symbols, conditions).onsets()
        which = model.encoding.notes(tune.symbols)
        costs.append(sum(b for b, n in zip(tune.bits, which, strict=True) if onsets[n] in kept))
    assert len({round(cost, 6) for cost in costs}) > 1
    expected = model.encoding.decode(drawn[int(np.argmin(costs))].symbols, conditions)
    found = compose_request(replace(request, count=3), model)[2]
    assert found.melody.notes == expected.notes


@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_a_filling_does_not_depend_on_the_batch(encoding, monkeypatch):
    asked = {"model": WAVERING[encoding], "seed": 4, "candidates": 3}
    many = solfa.infill(HILL, "3-4", count=5, **asked)
    for batch in (1, 4, 7):
        monkeypatch.setattr(composing, "BATCH", batch)
        few = solfa.infill(HILL, "3-4", count=4, **asked)
        assert [tune.melody for tune in few] == [tune.melody for tune in many[:4]]
    assert len({tune.melody.notes for tune in many}) > 1


def test_a_model_that_hears_what_follows_draws_one():
    blind, foresees = HandMade(wavering, NOTES), HandMade(wavering, NOTES)
    foresees.features = frozenset({"left of the gap"})
    assert solfa.infill(HILL, 3, model=blind, seed=1)[0].request.candidates == CANDIDATES
    assert solfa.infill(HILL, 3, model=foresees, seed=1)[0].request.candidates == 1


def test_where_nothing_follows_one_is_drawn():
    assert solfa.infill(HILL, "7-8", model=WAVERING["notes"], seed=6)[0].request.candidates == 1
    assert after_gap(fixed(ask(prompt=HILL, rewrite="7-8"))) == ()
    follow = after_gap(fixed(ask(prompt=HILL, rewrite="0, 3")))
    assert [note.onset for note in follow][:2] == [48, 96]


def test_what_is_impossible_to_the_model_weighs_most():
    def tune(*bits):
        return Sampled(GRID.encode(Melody([Note(60, "1/4")] * 3)), np.array([*bits, 0.0]))

    kept = [
        FixedNote(12, 60, 12),
        FixedNote(24, 60, 48),
    ]
    conditions = compile_request(ask(), GRID).conditions
    drawn = [tune(0, np.inf, 1), tune(np.inf, 5, 3), tune(0, 4, 4), tune(9, 4, 5)]
    assert rerank(drawn, kept, GRID, conditions) is drawn[1]  # 8 bits, as the third, and before it
    assert rerank([drawn[0], drawn[3]], kept, GRID, conditions) is drawn[3]
    assert solfa.infill(HILL, 3, model=HandMade(stubborn, GRID), seed=1)  # all is impossible


@pytest.mark.parametrize("candidates", [1, 3])
def test_only_the_tune_that_is_taken_is_told(candidates):
    told = {}

    def hear(index, note):
        told.setdefault(index, []).append(note)

    asked = {"candidates": candidates, "count": 2, "seed": 1, "model": UNIFORM["notes"]}
    tunes = solfa.infill(HILL, "3-4", **asked, listen=hear)
    assert {index: tuple(notes) for index, notes in told.items()} == {
        tune.index: tune.melody.notes for tune in tunes
    }


def test_a_range_without_the_final_is_enough_where_the_final_is_kept():
    (filled,) = solfa.infill(HILL, 5, range="A4-C5", model=WAVERING["grid"], seed=1)
    assert all(kept for _, kept in filled.checks)


def test_no_kept_note_ends_a_phrase_that_it_did_not():
    problem = compile_request(ask(prompt=HILL, rewrite=3), NOTES)
    told = HILL.replace(phrase_ends=tuple(range(len(HILL.notes))))
    assert set(mark_phrases(told, problem).phrase_ends) == {*HILL.phrase_ends, 4}  # 4 is new
    unmarked = HILL.replace(phrase_ends=())
    bare = compile_request(ask(prompt=unmarked, rewrite=3), NOTES)
    assert not mark_phrases(told, bare).phrase_ends
    onward = compile_request(ask(prompt=unmarked, bars=9), NOTES)
    assert mark_phrases(told, onward) == told  # gone on with


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "nothing is to be written anew; give bars like '5-8', or phrases"),
        ({"bars": 9}, "the tune has no bar 9; name some of 0..8, 0 being its pickup"),
        ({"bars": "0-8"}, "nothing of the tune is kept"),
        ({"phrases": 5}, "the tune has no phrase 5; name some of 1..4"),
        ({"bars": 3, "key": "D"}, "key D major is not the prompt's (G major)"),
        ({"bars": 3, "steps": 8}, "steps 8 cannot be asked for: the tune keeps its length"),
        ({"bars": 3, "candidates": 0}, "candidates 0 is outside 1..64"),
        ({"bars": 8, "range": "C2-C3"}, "range C2-C3 has no final tonic that the model can say"),
    ],
    ids=str,
)
def test_what_cannot_be_filled_is_refused_in_a_line(asked, message):
    with pytest.raises(RequestError) as refusal:
        solfa.infill(HILL, **asked, model=UNIFORM["notes"])
    assert str(refusal.value).startswith(message)
    assert len(str(refusal.value).splitlines()) == 1
