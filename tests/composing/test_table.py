"""The table of wishes: one row is all that a wish needs to be asked for everywhere."""

from inspect import signature

import pytest

import solfa
from solfa.cli.options import wish_options
from solfa.composing.request import signatures
from solfa.composing.request.ask import ask
from solfa.composing.request.request import WISHES, Request
from solfa.errors import RequestError

ANOTHER = {
    "style": "irish", "style_strength": 2.0, "key": "F# minor", "mode": "dorian", "meter": "6/8",
    "pickup": "1/2", "form": "AABA", "phrase_bars": "2", "likeness": 0.5, "cadences": "half",
    "scale": "1 2 3 5", "range": "C4-G5", "largest_leap": 7, "rest_free": True, "density": 1.5,
    "temperature": 0.5, "top_p": 0.9, "min_p": 0.1, "loop_penalty": 1.0, "count": 3, "seed": 5,
    "tempo": 90, "bars": 8, "steps": 64, "prompt": "67 _ 69 _", "rewrite": 1,
    "rewrite_phrases": 1, "candidates": 2,
}  # fmt: skip


def test_the_signatures_are_those_of_the_table():
    assert signatures.PLACE.read_text() == signatures.signature(), (
        "run python -m solfa.composing.request.signatures"
    )


def test_every_wish_is_tried_here():
    assert ANOTHER.keys() == WISHES.keys()


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_survives_as_plain_data(name):
    asked = {name: ANOTHER[name]}
    if WISHES[name].part_of:
        asked |= {WISHES[name].part_of: {"key": "D", "form": "AABA"}[WISHES[name].part_of]}
    if name.startswith("rewrite"):
        asked |= {"prompt": "X:1\nL:1/4\nM:4/4\nK:G\nGABc\ndcBG\nGABG|]\n"}
    request = ask(**asked, **({} if name == "seed" else {"seed": 1}))
    assert request != ask(seed=1)
    assert ask(**request.to_json()) == request


@pytest.mark.parametrize("name", [name for name, row in WISHES.items() if row.shared])
def test_a_shared_wish_is_an_option_of_the_command_line(name):
    _, default = wish_options()[name]
    assert default == WISHES[name].default


@pytest.mark.parametrize("name", [name for name, row in WISHES.items() if row.bounds])
def test_bounds_refuse_what_lies_outside_and_say_them(name):
    bounds = WISHES[name].bounds
    assert bounds.refusal(name, bounds.high or 10**9) is None
    inside = bounds.low + 0.001 if bounds.above else bounds.low
    assert bounds.refusal(name, inside) is None
    outside = bounds.low if bounds.above else bounds.low - 1
    assert f"{name} {outside} is " in bounds.refusal(name, outside)
    for value in (float("nan"), float("inf")):
        assert bounds.refusal(name, value)


def test_a_default_is_the_requests_own():
    for name, row in WISHES.items():
        if row.default is not None and name != "candidates":
            assert getattr(Request, name) == row.default


@pytest.mark.parametrize("door", [solfa.compose, lambda **asked: solfa.continue_("67 _", **asked)])
def test_a_wrong_name_is_refused_with_the_nearest(door):
    with pytest.raises(RequestError, match="'barz' cannot be asked for; did you mean 'bars'"):
        door(barz=4)
    with pytest.raises(RequestError, match="'xyzzy' cannot be asked for; choose from bars, "):
        door(xyzzy=4)


def test_the_functions_say_what_they_take():
    assert {"bars", "steps", "prompt", "model", "wishes"} <= signature(
        solfa.compose
    ).parameters.keys()
