"""Whatever is asked, sane or not: a tune that keeps all of it, or one clear line; nothing else."""

import json
from dataclasses import fields
from fractions import Fraction

import pytest
from hand_made_models import MODELS
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import solfa
from solfa.composing.request.ask import ask
from solfa.composing.request.scales import SCALE_NAMES
from solfa.errors import ModelError, SolfaError
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, themes

INSANE = st.one_of(
    st.sampled_from(
        [
            *(float("nan"), float("inf"), float("-inf"), 1e300, -1, 0, 10**12, 10**300, -(10**50)),
            *("", " ", "\n", "x", "\0", "\udc80", "½", "9" * 5000, "A" * 10_000, "1/0", "1e999999"),
            *(b"AABA", [], [None], [[1]], {}, {"a": 1}, (1, 2, 3), object(), True, 3j, range(10**15)),
            *(Fraction(1, 10**60), Key("G"), Meter(3, 4), Note(60, 1), Melody([]), lambda: 1),
            *("5-8,13", "8-5", "4,4,8,4", "C4-G5", "half full", "1 2 9", "A'B", "67 / 67", "0-99999999"),
        ]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=4),
)  # fmt: skip
"""What no field of a request expects, and what only another does."""

ANY = {
    "key": st.sampled_from(["C", "G minor", "F# minor", "Bb dorian", "E phrygian", "A"]),
    "mode": st.sampled_from(["minor", "major"]),
    "meter": st.sampled_from(["2/4", "3/4", "4/4", "6/8", "3/8", "5/8", "2/2", "3/32"]),
    "pickup": st.sampled_from([0, 0.5, "1", "3/2", Fraction(1, 4)]),
    "scale": st.sampled_from([*SCALE_NAMES, "1 2 3 5 6", "1 5", "1 3", "1 #4 b7", "2 3"]),
    "range": st.sampled_from(["C4-C5", "G4-D5", "A3-E5", (60, 62), "55-79"]),
    "largest_leap": st.integers(1, 24),
    "density": st.sampled_from([0.5, 2, 4]),
    "style": st.just("irish"),
    "style_strength": st.sampled_from([0, 2.5]),
    "bars": st.integers(1, 6),
    "steps": st.integers(1, 70),
    "form": st.sampled_from(["A", "AB", "AABA", "AA'BB'", "A1A1B2A1", "A2B1", "A2A", "ABCDE"]),
    "phrase_bars": st.sampled_from(["1", 2, "1,1,2,1", [1, 2], "3"]),
    "likeness": st.sampled_from([1, 0.8, 0.5, 0]),
    "cadences": st.sampled_from(["half", "full", "free", "half full", "half full half full"]),
    "temperature": st.sampled_from([0.01, 5.0]),
    "top_p": st.sampled_from([0.01, 0.9]),
    "min_p": st.sampled_from([0.0, 1.0]),
    "loop_penalty": st.sampled_from([0.0, 10.0]),
    "count": st.integers(1, 2),
    "tempo": st.integers(20, 400),
}
"""What each field may be by itself; together they may contradict."""
DRAWN = ["temperature", "top_p", "min_p", "loop_penalty", "count", "tempo", "density"]
"""The fields that contradict no other."""
FORMS = {
    4: ["AABA", "AA'BB'", "ABAC", "A1A1B2A1", "A1B2A1B2", "ABCD", "A2A'1B1A2"],
    2: ["AB", "AA", "AA'", "A2B1", "A3A3"],
    1: ["A"],
}
"""By how many phrases they have."""
SYMBOLS = ["67 _ 69 _ 71 _ 72 _ 67 _ _ _ 60 _ _ _", "67 _ r _ _ 65", "60", "r _", "67 / 67", "_"]


@st.composite
def tunes(draw):
    """Whole tunes in G of 2 to 6 bars, in plain notes, their phrases marked or not."""
    meter = draw(st.sampled_from([Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8)]))
    pickup = draw(st.sampled_from([Fraction(0), meter.beat]))
    left, notes = draw(st.integers(2, 6)) * meter.bar + draw(st.sampled_from([0, pickup])), []
    while left > 0:
        pitch = draw(st.integers(60, 76) | st.sampled_from([67, 67, 67, None]))
        notes.append(
            Note(pitch, min(left, draw(st.sampled_from([1, 2, 3, 3, 6])) * meter.beat / 2))
        )
        left -= notes[-1].duration
    ends = draw(st.sets(st.integers(0, len(notes) - 1), max_size=4))
    return Melody(notes, Key("G"), meter, pickup, tuple(sorted(ends)))


@st.composite
def fitting(draw):
    """What does not contradict itself in what is easily seen, but may have no way to the end."""
    call = draw(st.sampled_from(["compose", "compose", "continue_", "infill", "infill"]))
    names = draw(st.lists(st.sampled_from(DRAWN), max_size=2, unique=True))
    asked = {name: draw(ANY[name]) for name in names}
    for name in draw(st.lists(st.sampled_from(["range", "largest_leap", "scale"]), max_size=2)):
        asked[name] = draw(ANY[name])
    if call == "infill":
        asked["tune"] = draw(tunes())
        asked["bars"] = draw(st.sampled_from(["1", "2", "1-2", "2, 4", [3], "4-6"]))
        asked["candidates"] = draw(st.none() | st.integers(1, 3))
        if asked["tune"].phrase_ends and draw(st.booleans()):
            asked["phrases"] = draw(st.sampled_from(["1", "2", [1, 2]]))
        if draw(st.integers(0, 3)):
            return call, asked
    elif call == "continue_":
        asked["prompt"] = draw(tunes() | themes() | st.sampled_from(SYMBOLS))
    else:
        asked |= {name: draw(ANY[name]) for name in ("key", "meter", "pickup")}
    if draw(st.integers(0, 2)):
        phrases = draw(st.sampled_from([*FORMS]))
        asked["form"] = draw(st.sampled_from(FORMS[phrases]))
        if not any(letter.isdigit() for letter in asked["form"]):
            asked["phrase_bars"] = draw(st.sampled_from([1, 2]))
        words = st.sampled_from(["half", "full", "free"])
        cadences = draw(st.lists(words, min_size=phrases - 1, max_size=phrases - 1))
        asked["cadences"] = draw(st.sampled_from([None, "half", [*cadences, "full"]]))
        if asked["form"] not in ("A", "AB", "A2B1", "ABCD"):
            asked["likeness"] = draw(st.sampled_from([1, 1, 0.8, 0.5]))
    elif call != "infill":
        length = draw(st.sampled_from(["bars", "steps", "phrase_bars"]))
        asked[length] = draw(ANY[length])
    return call, asked


@st.composite
def anything(draw):
    """Some fields of a function as they may be by themselves, and one at times as it may not."""
    names = draw(st.lists(st.sampled_from([*ANY]), max_size=6, unique=True))
    asked = {"bars": 2, **{name: draw(ANY[name]) for name in names}}
    call = draw(st.sampled_from(["compose", "continue_", "infill"]))
    tune = draw(tunes() | themes() | melodies(max_size=6) | st.sampled_from(SYMBOLS))
    if call == "infill":
        asked |= {"tune": tune, "bars": draw(st.sampled_from(["2", "0", "9", None]))}
        asked |= {"phrases": draw(st.sampled_from([None, "1", "7"])), "candidates": None}
    elif call == "continue_" or draw(st.integers(0, 3)) == 0:
        asked["prompt"] = tune
    if draw(st.booleans()):
        asked[draw(st.sampled_from([*asked]))] = draw(INSANE)
    return call, asked


@pytest.mark.slow
@given(fitting() | fitting() | anything(), st.sampled_from(MODELS))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_tune_that_keeps_all_or_one_line(request_, model):
    call, asked = request_
    refusal, compositions = None, []
    try:
        compositions = getattr(solfa, call)(**{"seed": 1, **asked}, model=model)
    except SolfaError as error:
        refusal = error
    if refusal is not None:
        assert not isinstance(refusal, ModelError), refusal  # a dead end
        assert str(refusal).strip()
        assert len(str(refusal).splitlines()) == 1
        return
    for tune in compositions:
        assert all(kept for _, kept in tune.checks), tune.checks
    request = compositions[0].request
    assert ask(**request.to_json()) == request


@pytest.mark.slow
@given(fitting() | anything())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_plain_data_asks_the_same_again(request_):
    """Whatever can be read, be it possible or not."""
    call, asked = request_
    if call == "infill":
        names = {"tune": "prompt", "bars": "rewrite", "phrases": "rewrite_phrases"}
        asked = {names.get(name, name): value for name, value in asked.items()}
    try:
        request = ask(**{"seed": 1, **asked}, onward=call == "continue_")
    except SolfaError:
        reject()
    again = ask(**json.loads(json.dumps(request.to_json())))
    for field in fields(request):
        value, same = getattr(request, field.name), getattr(again, field.name)
        assert same == value or (same != same and value != value), field.name  # NaN is not itself
