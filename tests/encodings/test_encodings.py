"""Laws that every encoding keeps."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, SPAN, limits
from solfa.encodings.grid import HOME, GridEncoding
from solfa.encodings.notes import Field, NoteEncoding
from solfa.encodings.registry import ENCODINGS, encoding_of
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import TICKS
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Meter, Note
from strategies import DURATIONS, METERS, melodies, notes_of

ON_GRID = [d for d in DURATIONS if (d * 4).denominator == 1]
NOTES = NoteEncoding(
    durations=tuple(sorted(int(d * TICKS) for d in DURATIONS if (d * TICKS).denominator == 1)),
    pickups=tuple(range(0, 16 * TICKS, 6)),
    meters=tuple(str(meter) for meter in METERS),
    styles=("irish",),
)
GRID = GridEncoding((*map(str, range(48, 85)), "r", "_", "/"))
FROM_HOME = GridEncoding((*map(str, range(40, 100)), "r", "_", "/"), home=HOME)
COVERING = [
    Melody([Note(pitch, d) for pitch in (*range(60, 77), None) for d in ON_GRID], meter=meter)
    for meter in METERS
]
ADDED = [encoding_of(name, COVERING) for name in ENCODINGS if name not in ("notes", "grid")]
every_encoding = pytest.mark.parametrize(
    "encoding",
    [NOTES, GRID, FROM_HOME, *ADDED],
    ids=["notes", "grid", "grid from home", *[n for n in ENCODINGS if n not in ("notes", "grid")]],
)
tunes = melodies(notes_of(ON_GRID, 60, 76), free=True, key_changes=True)


class Anything:
    """A judge that forbids nothing."""

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        return np.ones((len(music), len(pickups)), bool)

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        return np.ones((len(music), len(durations), pitches.shape[1]), bool)

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        return np.ones((len(music), 2), bool)

    def end(self, music: MusicalState) -> np.ndarray:
        return np.ones(len(music), bool)


class Only(Anything):
    """A judge that lets nothing pass but the notes of one tune, at their places."""

    def __init__(self, melody: Melody) -> None:
        self.notes_at = dict(zip((o * TICKS for o in melody.onsets()), melody.notes, strict=True))
        self.duration = melody.duration * TICKS

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        verdict = np.zeros((len(music), len(durations), pitches.shape[1]), bool)
        for row, onset in enumerate(music.onset):
            if note := self.notes_at.get(Fraction(int(onset))):
                midi = -1 if note.pitch is None else note.pitch
                right = pitches[row] == midi
                verdict[row] = (durations == note.duration * TICKS)[:, None] & right
        return verdict

    def end(self, music: MusicalState) -> np.ndarray:
        return np.asarray(music.onset == int(self.duration))


def forgetting(encoding: Any, melody: Melody) -> Melody:
    """What the encoding can say of a melody."""
    return melody if encoding is NOTES else melody.replace(phrase_ends=())


@pytest.mark.slow
@every_encoding
@given(melody=tunes)
@settings(max_examples=80, deadline=None)
def test_decoding_undoes_encoding(encoding: Any, melody: Melody) -> None:
    conditions = Conditions.of(melody)
    again = encoding.decode(encoding.encode(melody, conditions), conditions)
    assert forgetting(encoding, again) == forgetting(encoding, melody)


@every_encoding
@given(melody=tunes)
@settings(max_examples=40, deadline=None)
def test_vocabularies_survive_as_data(encoding: Any, melody: Melody) -> None:
    import json

    again = type(encoding).from_json(json.loads(json.dumps(encoding.to_json())))
    assert again == encoding
    assert len(again.fields) == again.size > max(again.encode(melody, Conditions.of(melody)))


@pytest.mark.slow
@every_encoding
@given(melody=tunes)
@settings(max_examples=40, deadline=None)
def test_a_judge_of_notes_is_obeyed_symbol_by_symbol(encoding: Any, melody: Melody) -> None:
    """Whoever allows one tune only gets that tune: rules need no knowledge of symbols."""
    conditions = Conditions.of(melody, phrases=False)
    strict, loose = encoding.read([conditions]), encoding.read([conditions])
    for symbol in encoding.encode(melody, conditions):
        allowed = strict.allowed(Only(melody))[0]
        assert loose.allowed(Anything())[0, symbol]
        if encoding.field_names[encoding.fields[symbol]] != "pickup":
            may_be = np.flatnonzero(allowed)
            assert symbol in may_be
            # on the grid a note is not yet known to be held when it begins
            assert len(may_be) == 1
        if symbol != encoding.end:
            strict.push(np.array([symbol]))
            loose.push(np.array([symbol]))


@given(melody=tunes.filter(lambda m: m.pitches), semitones=st.integers(-12, 12))
@settings(max_examples=60, deadline=None)
def test_notes_are_heard_from_the_tonic(melody: Melody, semitones: int) -> None:
    moved = melody.transpose(semitones)
    a, b = Conditions.of(melody), Conditions.of(moved)
    assert b.tonic - a.tonic == semitones
    assert (NOTES.encode(melody, a) == NOTES.encode(moved, b)).all()
    assert (FROM_HOME.encode(melody, a) == FROM_HOME.encode(moved, b)).all()


@pytest.mark.slow
@given(first=tunes, second=tunes)
@settings(max_examples=40, deadline=None)
def test_a_batch_of_readings_is_its_rows(first: Melody, second: Melody) -> None:
    all_conditions = [Conditions.of(m, phrases=False, whole=True) for m in (first, second)]
    symbols = [NOTES.encode(m, f) for m, f in zip((first, second), all_conditions, strict=True)]
    both = NOTES.read(all_conditions)
    alone = [NOTES.read([conditions]) for conditions in all_conditions]
    for pair in zip(*symbols, strict=False):
        if NOTES.end in pair:
            break
        both.push(np.array(pair))
        for state, symbol in zip(alone, pair, strict=True):
            state.push(np.array([symbol]))
        rows = np.concatenate([state.features() for state in alone])
        assert (both.features() == rows).all()
        assert (both.features() < limits(NOTES)).all()
        assert (both.features() >= 0).all()
    both.select(np.array([1]))
    assert (both.features() == alone[1].features()).all()


def test_a_tune_in_symbols_that_a_reader_can_follow() -> None:
    melody = Melody(
        (Note(67, 1), Note(71, 2), Note(None, 1)), Key("G"), Meter(3, 4), Fraction(1), (2,)
    )
    encoding = NoteEncoding.of([melody], rarest=1)
    assert encoding.durations == (48, 96)
    assert encoding.end == 2
    go_on, ends = encoding.first[Field.PHRASE], encoding.first[Field.PHRASE] + 1
    pickup = encoding.first[Field.PICKUP] + encoding.pickups.index(48)
    degree = encoding.first[Field.PITCH] + SPAN
    assert list(encoding.encode(melody, Conditions.of(melody))) == [
        *(pickup, 0, degree, go_on),
        *(1, degree + 4, go_on),
        *(0, degree + SPAN + 1, ends),  # the rest comes after the highest pitch
        encoding.end,
    ]
    grid = GridEncoding.of([melody])
    assert grid.symbols == ("67", "71", "r", "_", "/")
    assert [grid.symbols[n] for n in grid.encode(melody)] == [
        *("67", "_", "_", "_", "71", *"_______", "r", "_", "_", "_", "/")
    ]


@pytest.mark.parametrize(
    ("melody", "why"),
    [
        (Melody((Note(60, Fraction(1, 5)),)), "duration 1/5 is not a multiple of 1/48 quarter"),
        (Melody((Note(60, Fraction(11)),)), "duration 11 is not in the model's vocabulary"),
        (Melody((Note(90, 1), Note(30, 1))), "more than 23 semitones from tonic"),
        (Melody((Note(60, 1),), pickup=Fraction(1, 3)), "pickup of 1/3 quarters is not in"),
    ],
)
def test_what_the_note_vocabulary_lacks_is_named(melody: Melody, why: str) -> None:
    with pytest.raises(SolfaError, match=why):
        NOTES.encode(melody, Conditions.of(melody))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "a mapping is a JSON object"),
        ("{", "a mapping is a JSON object"),
        ('{"_": 0, "/": "x"}', "a mapping is a JSON object|numbers its symbols"),
        ('{"_": 0, "/": 2}', r"numbers its symbols 0\.\.1 without gaps"),
        ('{"60": 0, "r": 1}', "the mapping lacks /, _"),
        ('{"_": 0, "/": 1, "C4": 2}', "'C4' of the mapping is not a MIDI number"),
        ('{"_": 0, "/": 1, "128": 2}', "'128' of the mapping is not a MIDI number"),
    ],
)
def test_a_mapping_from_elsewhere_is_checked(text: str, why: str) -> None:
    with pytest.raises(SolfaError, match=why):
        GridEncoding.from_mapping(text)


def test_a_mapping_is_read_back_as_written() -> None:
    assert GridEncoding.from_mapping(GRID.to_mapping()) == GRID
    theirs = GridEncoding.from_mapping('{"_": 3, "60": 1, "r": 2, "/": 0}')
    assert theirs.symbols == ("/", "60", "r", "_")
    assert theirs.end == 0


def test_features_are_named() -> None:
    assert len(FEATURES) == len(limits(NOTES))
