"""Forms, cadences, leaps and degrees: as they are asked, as they are composed, as they are checked."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hand_made_models import GRID, NOTES, UNIFORM, HandMade, rugged
from hypothesis import given, settings
from hypothesis import strategies as st

import solfa
from solfa.analysis.cadences import endings
from solfa.composing.constraints.phrase_plan import VARIED, as_conditions, phrase_spans
from solfa.composing.constraints.problem import compile_request
from solfa.composing.request.ask import ask
from solfa.composing.request.form import Phrase, parse_form, written
from solfa.composing.request.request import Request
from solfa.composing.verify import verify
from solfa.encodings.ticks import to_ticks
from solfa.melody import MODES, Key, Melody, Meter, Note

THEME = Melody([Note(67, 1), Note(69, 1), Note(71, 1)] * 4, Key("G"), Meter(3, 4))  # 4 bars


@st.composite
def forms(draw):
    """Forms as they can be written: a letter is plain when it is heard first."""
    heard, form = set(), []
    for _ in range(draw(st.integers(1, 12))):
        letter = draw(st.sampled_from("ABCZ"))
        primes = draw(st.integers(0, 2)) if letter in heard else 0
        heard.add(letter)
        form.append(Phrase(letter, primes, draw(st.none() | st.integers(0, 300))))
    return tuple(form)


@given(forms())
def test_a_form_is_read_as_it_is_written(form):
    assert parse_form(written(form)) == form


def test_forms_may_be_spaced():
    assert parse_form("A A’ - B8, C4") == parse_form("AA'B8C4")


@pytest.mark.parametrize(
    ("asked", "bars", "lengths"),
    [
        ({"form": "AABA"}, 16, [4, 4, 4, 4]),
        ({"form": "ABC"}, 12, [4, 4, 4]),
        ({"form": "ABAC", "bars": 8}, 8, [2, 2, 2, 2]),
        ({"form": "A8BC", "bars": 12}, 12, [8, 2, 2]),
        ({"form": "A4B8"}, 12, [4, 8]),
        ({"form": "A2B"}, 6, [2, 4]),
        ({"form": "AABA", "phrase_bars": 2}, 8, [2, 2, 2, 2]),
        ({"form": "AABA", "phrase_bars": "4,4,8,4"}, 20, [4, 4, 8, 4]),
        ({"phrase_bars": 4}, 16, [4, 4, 4, 4]),
        ({"phrase_bars": "5"}, 20, [5, 5, 5, 5]),
        ({"phrase_bars": [4, 4, 8, 4]}, 20, [4, 4, 8, 4]),
        ({"phrase_bars": "2 4", "bars": 12}, 12, [2, 4, 2, 4]),
        ({"phrase_bars": "2 4", "bars": 8}, 8, [2, 4, 2]),
        ({"prompt": THEME, "onward": True}, 12, []),
        ({"prompt": THEME, "onward": True, "bars": 3}, 7, []),
        ({"prompt": THEME, "onward": True, "form": "AB"}, 8, [4, 4]),
        ({"prompt": THEME, "onward": True, "form": "AB", "bars": 6}, 10, [5, 5]),
        ({"prompt": THEME, "onward": True, "phrase_bars": 5}, 15, [5, 5, 5]),
        ({"prompt": THEME, "rewrite": 2, "phrase_bars": 2}, None, [2, 2]),
        ({"prompt": THEME, "rewrite": 2, "form": "A3B"}, None, [3, 1]),
    ],
    ids=str,
)
def test_bars_follow_from_the_form_and_the_form_from_the_bars(asked, bars, lengths):
    request = ask(**asked)
    assert request.bars == bars
    bar = to_ticks(request.meter.bar)
    assert [phrase.length / bar for phrase in phrase_spans(request)] == lengths
    assert ask(**request.to_json()) == request


def test_a_plan_tells_what_is_like_what_and_how_phrases_end():
    request = ask(form="ABA'A", cadences="half full free full", likeness=1)
    assert [(p.like, p.likeness, p.closed) for p in as_conditions(phrase_spans(request))] == [
        (None, 0.0, False), (None, 0.0, True), (0, VARIED, None), (0, 1.0, True),
    ]  # fmt: skip
    request = ask(form="AABA'", cadences="half", likeness=0.4)
    assert [(p.like, p.likeness, p.closed) for p in as_conditions(phrase_spans(request))] == [
        (None, 0.0, False), (0, 0.4, False), (None, 0.0, False), (0, 0.4, True),
    ]  # fmt: skip
    assert [p.likeness for p in phrase_spans(ask(phrase_bars=8))] == [None, None]


@pytest.mark.parametrize("mode", MODES)
def test_a_half_cadence_is_on_the_second_fifth_or_seventh_degree(mode):
    scale = MODES[mode]
    sevenths = {10, 11} if mode == "minor" else {scale[6]}
    assert endings("half", mode) == {scale[1], scale[4], *sevenths}
    assert endings("full", mode) == {0}


@pytest.mark.parametrize(
    ("scale", "key", "pitch_classes"),
    [
        ("1 2 3 5 6", "C", {0, 2, 4, 7, 9}),
        ("1, 2, b3, 5", "C", {0, 2, 3, 7}),
        ("1 #4 b7", "D", {2, 8, 0}),
        ([1, 3, 5], "A minor", {9, 0, 4}),
        (["1", "#7"], "A minor", {9, 8}),
        ("1-2-3", "E dorian", {4, 6, 7}),
    ],
    ids=str,
)
def test_degrees_are_those_of_the_keys_own_mode(scale, key, pitch_classes):
    request = ask(key=key, scale=scale)
    assert request.pitch_classes == pitch_classes
    (tune,) = solfa.compose(key=key, scale=scale, bars=3, seed=1, model=UNIFORM["notes"])
    assert {pitch % 12 for pitch in tune.melody.pitches} <= pitch_classes
    assert (f"every note in degrees {request.scale} of {request.key}", True) in tune.checks


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [NOTES, GRID], ids=["notes", "grid"])
@pytest.mark.parametrize(
    "asked",
    [
        {"form": "A2B1A2C2", "cadences": "free half free full"},
        {"form": "AABA", "bars": 8, "key": "E minor"},
        {"form": "AA'BA", "phrase_bars": "2,2,1,2", "likeness": 0.6, "cadences": "half"},
        {"phrase_bars": "1,2", "bars": 6, "cadences": "half", "largest_leap": 4},
        {"prompt": THEME, "form": "A3B3A3C3"},
    ],
    ids=str,
)
def test_every_phrase_ends_where_it_is_planned_whatever_the_encoding(encoding, asked):
    for tune in solfa.compose(**asked, count=3, seed=5, model=HandMade(rugged, encoding)):
        assert all(kept for _, kept in tune.checks), tune.checks
        notes, onsets = tune.melody.notes, tune.melody.onsets()
        ends = [onsets[index] + notes[index].duration for index in tune.melody.phrase_ends]
        assert [to_ticks(end) for end in ends] == [p.end for p in phrase_spans(tune.request)]


def test_a_phrase_that_ends_in_a_rest_is_marked_there():
    tune = Melody([Note(60, 3), Note(None, 1), Note(60, 4)], Key("C"))
    request = ask(prompt=tune, form="A1B1", phrase_bars=None, rewrite=2)
    (filled,) = solfa.compose(**request.to_json(), model=UNIFORM["grid"])
    assert filled.melody.phrase_ends[0] == 1


# two phrases of two bars, the second like the first; ends on D, then on G
GOOD = Melody(
    [Note(67, 2), Note(71, 1), Note(69, 3), Note(67, 2), Note(71, 1), Note(67, 3)],
    Key("G"),
    Meter(3, 4),
    phrase_ends=(2, 5),
)
AGAIN = GOOD.replace(notes=(*GOOD.notes[3:], *GOOD.notes[3:]))


def asking(**terms):
    return Request(key=Key("G"), meter=Meter(3, 4), bars=4, **terms)


def checked(tune, terms):
    return verify(tune, compile_request(asking(**terms), UNIFORM["notes"].encoding))


HALF = {"form": parse_form("AB"), "cadences": ("half", "full")}


@pytest.mark.parametrize(
    ("name", "terms", "right", "wrong"),
    [
        ("phrase 1 ends half", HALF, GOOD, AGAIN),
        ("phrase 1 ends full", {**HALF, "cadences": ("full",)}, AGAIN, GOOD),
        ("every A the same", {"form": parse_form("AA")}, AGAIN, GOOD),
        ("form AB", HALF, GOOD, GOOD.replace(phrase_ends=(1, 5))),
        ("form AB", HALF, GOOD, GOOD.replace(phrase_ends=(5,))),
        ("form A1B3", {"form": parse_form("A1B3")}, GOOD.replace(phrase_ends=(1, 5)), GOOD),
        ("phrases of 2, 2 bars", {"form": (Phrase(bars=2),) * 2}, GOOD, GOOD.replace(phrase_ends=())),
        ("no leap beyond 4 semitones", {"largest_leap": 4}, GOOD, GOOD.replace(
            notes=(*GOOD.notes[:4], Note(72, 1), Note(67, 3)))),
        ("no leap beyond 4 semitones", {"largest_leap": 4}, GOOD, GOOD.replace(
            notes=(*GOOD.notes[:3], Note(None, 1), Note(76, 1), Note(71, 1), Note(67, 3)))),
        ("every note in degrees 1 2 3 of G major", {"scale": "1 2 3"}, GOOD, GOOD.replace(
            notes=(*GOOD.notes[:4], Note(72, 1), Note(67, 3)))),
    ],
)  # fmt: skip
def test_checks_judge_by_the_notes(name, terms, right, wrong):
    assert (name, True) in checked(right, terms)
    assert (name, False) in checked(wrong, terms)


def test_a_phrase_without_a_note_has_no_cadence():
    silent = GOOD.replace(notes=(Note(None, 6), *GOOD.notes[3:]), phrase_ends=(0, 3))
    assert ("phrase 1 ends half", False) in checked(silent, HALF)


@given(st.integers(1, 24), st.sampled_from(["notes", "grid"]), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_no_leap_is_larger_than_asked(leap, encoding, seed):
    asked = {"bars": 3, "largest_leap": leap, "seed": seed}
    (tune,) = solfa.compose(**asked, model=HandMade(rugged, UNIFORM[encoding].encoding))
    pitches = tune.melody.pitches
    assert max((abs(a - b) for a, b in pairwise(pitches)), default=0) <= leap


def test_lengths_are_fractions_of_the_whole():
    assert phrase_spans(ask(form="AAB", bars=12, meter="6/8"))[-1].end == to_ticks(Fraction(36))
