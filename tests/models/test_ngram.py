"""The n-gram model, held to the laws of every model, and to its memory of the tune."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import Field, NoteEncoding
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models.ngram import Memory, NGram, load_ngram
from solfa.models.ngram import _pack as pack
from solfa.models.ngram import _unpack as unpack

METERS = [Meter(2, 4), Meter(3, 4), None]


def tune(seed: int, phrases: bool = True) -> Melody:
    """A random walk over the C major scale that repeats its opening."""
    random = np.random.default_rng(seed)
    steps = np.clip(np.cumsum(random.integers(-2, 3, 12)) + 4, 0, 9)
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76]
    lengths = random.choice(["1/2", "1", "1", "2"], 12)
    opening = [Note(scale[s], d) for s, d in zip(steps, lengths, strict=True)]
    notes = [*opening, *opening, Note(None, "1"), Note(60, "2")]
    return Melody(
        tuple(notes),
        Key("C"),
        METERS[seed % 3],
        phrase_ends=(11, 23, 25) if phrases else (),
        metadata=Metadata(style=("hills", "coast")[seed % 2]),
    )


TUNES = [tune(seed, phrases=seed % 5 > 0) for seed in range(24)]
ENCODINGS = {"notes": NoteEncoding.of(TUNES), "grid": GridEncoding.of(TUNES)}


@cache
def model(name: str) -> NGram:
    return NGram.of(TUNES, ENCODINGS[name])


def unlike(conditions: Conditions, meter: bool, style: bool) -> Conditions:
    """The frame with metre or style unknown, where not asked for."""
    if not meter:
        conditions = replace(conditions, meter=None, meter_changes=(), pickup=None)
    return conditions if style else replace(conditions, style=None)


def listened(
    name: str, tunes: list[Melody], all_conditions: list[Conditions], steps: int
) -> list[np.ndarray]:
    """The distributions (B, V) before each of the first symbols, tunes side by side."""
    session = model(name).begin(all_conditions)
    symbols = [ENCODINGS[name].encode(t, f) for t, f in zip(tunes, all_conditions, strict=True)]
    result = []
    for step in range(steps):
        result.append(session.probabilities())
        session.push(np.array([s[step] for s in symbols]))
    return result


@pytest.mark.slow
@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("trained", [True, False])
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.booleans(), st.booleans())
def test_a_distribution_over_the_field_at_hand_whatever_was_said(
    name, trained, seed, phrases, meter, style
):
    encoding = ENCODINGS[name]
    ngram = model(name) if trained else NGram.of([], encoding)
    random = np.random.default_rng(seed)
    conditions = unlike(Conditions.of(tune(1, True), phrases=phrases), meter, style)
    session = ngram.begin(
        [conditions, replace(conditions, style="nowhere"), unlike(conditions, False, False)]
    )
    order = [Field.DURATION, Field.PITCH, *[Field.PHRASE] * phrases]
    for step in range(20):
        field = 0
        if name == "notes":
            field = order[(step - 1) % len(order)] if step else Field.PICKUP
        probabilities = session.probabilities()
        inside = np.asarray(encoding.fields) == field
        np.testing.assert_allclose(probabilities.sum(1), 1)
        assert (probabilities[:, inside] > 0).all()
        assert (probabilities[:, ~inside] == 0).all()
        if not trained:
            np.testing.assert_allclose(probabilities[:, inside], 1 / inside.sum())
        choices = np.flatnonzero(inside & (np.arange(encoding.size) != encoding.end))
        session.push(random.choice(choices, 3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("phrases", [True, False])
def test_a_batch_is_its_rows(name, phrases):
    tunes = [tune(seed) for seed in (31, 32, 33, 34)]
    all_conditions = [
        unlike(Conditions.of(t, phrases=phrases), True, i > 0) for i, t in enumerate(tunes)
    ]
    together = listened(name, tunes, all_conditions, 40)
    for row, (one, conditions) in enumerate(zip(tunes, all_conditions, strict=True)):
        for step, alone in enumerate(listened(name, [one], [conditions], 40)):
            np.testing.assert_allclose(alone[0], together[step][row], rtol=1e-12)


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_past_does_not_hear_the_future(name):
    one = tune(40)
    other = one.replace(notes=(*one.notes[:6], *reversed(one.notes[6:])))
    conditions = Conditions.of(one)
    first, second = (listened(name, [t], [conditions], 35) for t in (one, other))
    said = [ENCODINGS[name].encode(t, conditions) for t in (one, other)]
    alike = int(np.argmax(said[0][:35] != said[1][:35]))
    assert alike > 10
    for step in range(alike + 1):
        assert (first[step] == second[step]).all()


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("at", [0, 1, 2, 3, 20])
def test_keeping_rows_is_never_having_had_the_others(name, at):
    tunes = [tune(seed) for seed in (51, 52, 53)]
    all_conditions = [Conditions.of(t) for t in tunes]
    symbols = [ENCODINGS[name].encode(t, f) for t, f in zip(tunes, all_conditions, strict=True)]
    session, kept = (
        model(name).begin(all_conditions),
        model(name).begin([all_conditions[2], all_conditions[0]]),
    )
    for step in range(30):
        if step == at:
            session.select(np.array([2, 0]))
        rows = [2, 0] if step >= at else [0, 1, 2]
        heard = session.probabilities()
        np.testing.assert_allclose(
            heard if step >= at else heard[[2, 0]], kept.probabilities(), rtol=1e-12
        )
        session.push(np.array([symbols[row][step] for row in rows]))
        kept.push(np.array([symbols[row][step] for row in (2, 0)]))


def test_asking_changes_nothing():
    conditions = Conditions.of(tune(60))
    symbols = ENCODINGS["notes"].encode(tune(60), conditions)
    asked, silent = (model("notes").begin([conditions]) for _ in range(2))
    for symbol in symbols[:30]:
        asked.probabilities()
        asked.push(np.array([symbol]))
        silent.push(np.array([symbol]))
    assert (asked.probabilities() == silent.probabilities()).all()


def test_the_same_tunes_in_any_order_of_reading_have_one_name():
    encoding = ENCODINGS["notes"]
    again, fewer = NGram.of(TUNES, encoding), NGram.of(TUNES[1:], encoding)
    assert again.hash == model("notes").hash != fewer.hash
    assert len(again.hash) == 12


def test_what_the_encoding_cannot_say_is_left_out():
    strange = Melody((Note(60, "1/7"),))
    assert NGram.of([*TUNES, strange], ENCODINGS["notes"]).hash == model("notes").hash


def test_a_cache_gives_the_same_model_and_knows_its_corpus():
    stored = unpack(pack(model("notes"), "these songs"), "these songs")
    assert stored.hash == model("notes").hash
    with pytest.raises(ValueError, match="another corpus"):
        unpack(pack(model("notes"), "these songs"), "other songs")


def test_unknown_repertoires_are_named():
    with pytest.raises(SolfaError, match="no repertoire martian; built in: german"):
        load_ngram("german", "martian")


def test_memory_finds_the_longest_then_latest_match():
    memory = Memory(2)
    found = []
    for pair in zip([1, 2, 3, 9, 2, 3, 8, 1], [5, 5, 5, 5, 5, 5, 5, 5], strict=True):
        found.append([values.tolist() for values in memory.find()])
        memory.add(np.array(pair))
    found.append([values.tolist() for values in memory.find()])
    first = [(at[0], length[0]) for at, length in found]
    # before note 5 (a 2 was heard at 1, 3 followed); before note 6 (2 3 at 1..2, 9 followed at 3)
    assert first == [(-1, 0)] * 5 + [(2, 1), (3, 2), (-1, 0), (1, 1)]
    second = [(at[1], length[1]) for at, length in found]
    assert second == [(-1, 0), (-1, 0), *((n - 1, n - 1) for n in range(2, 9))]
