"""Sol-fa and degrees as prompts: heard in the key asked for, told apart from symbols and files."""

from fractions import Fraction
from pathlib import Path

import pytest
from hand_made_models import UNIFORM

import solfa
from solfa.composing.request.ask import ask, read_prompt
from solfa.errors import RequestError
from solfa.formats.grid_text import parse
from solfa.melody import Key, Melody, Meter, Note

MODEL = UNIFORM["notes"]


def pitches(prompt: str, key: str | None = None) -> list[int | None]:
    request = ask(prompt=prompt, key=key, seed=1)
    assert request.prompt
    assert request.key == request.prompt.key == Key.parse(key or "C")
    return [note.pitch for note in request.prompt.notes]


def test_sol_fa_and_degrees_are_heard_in_the_key_or_in_c() -> None:
    assert pitches("do re mi fa sol", "G") == [67, 69, 71, 72, 74]
    assert pitches("5, 6, 7, 1", "G") == [62, 64, 66, 67]
    assert pitches("do re me", "F# minor") == [66, 68, 69]
    assert pitches("do re mi") == pitches("1 2 3") == [60, 62, 64]


def test_numbers_above_seven_are_symbols() -> None:
    assert read_prompt("67 _ 5 r").notes == tuple(parse("67 _ 5 r"))
    assert read_prompt("7 _ 5 r").notes == tuple(
        Note(pitch, Fraction(lasts)) for pitch, lasts in [(71, 2), (67, 1), (None, 1)]
    )


def test_what_was_understood_is_said() -> None:
    request = ask(prompt="do re mi do | mi fa so:2", key="G", seed=1)
    assert request.prompt
    assert request.prompt.metadata.found == ("notes: read as sol-fa, in G major",)
    found = ask(prompt="1 2 3 1 3 4 5 -", meter="4/4", pickup=0, seed=1).prompt
    assert found
    assert found.metadata.found == ("notes: read as degrees, in C major",)
    assert (found.meter, found.pickup) == (Meter(4, 4), 0)


def test_it_is_gone_on_with_and_asked_for_again(tmp_path: Path) -> None:
    (tune,) = solfa.compose(prompt="so, | do re mi", key="D", bars=4, seed=3, model=MODEL)
    assert tune.melody.notes[:4] == tuple(Note(pitch, 1) for pitch in (57, 62, 64, 66))
    assert "prompt's notes: read as sol-fa, in D major" in (tune.melody.metadata.comments)
    path = tune.melody.write(tmp_path / "tune.sol")
    assert solfa.read(path) == tune.melody
    assert solfa.read(path).metadata == tune.melody.metadata
    data = tune.request.to_json()
    assert ask(**data).prompt == tune.request.prompt


def test_a_file_that_tells_no_key_is_heard_in_the_one_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tune.sol"
    path.write_text("do re mi | fa")
    assert pitches(str(path), "A") == [69, 71, 73, 74]
    assert isinstance(read_prompt(path), Melody)
    path.write_text("key: G\ndo re mi | fa")
    assert pitches(str(path), "G") == [67, 69, 71, 72]
    with pytest.raises(RequestError, match=r"key A major is not the prompt's \(G major\)"):
        solfa.compose(prompt=path, key="A", bars=4, model=MODEL)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("do re xo", "prompt, line 1: 'xo' (word 3) is no sol-fa; write do re mi"),
        ("meter: 2/4; do | re re | mi re do | re", "bar 2 lasts 3 quarters"),
        ("la la.sol", "prompt: there is no file la la.sol; give a tune's file, or notes like"),
    ],
)
def test_what_cannot_be_read_is_one_line(prompt: str, told: str) -> None:
    with pytest.raises(RequestError) as caught:
        ask(prompt=prompt)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("prompt", "pitches"),
    [
        ("do re me", (60, 62, 63)),
        ("1 2 3", (60, 62, 63)),
        ("67 _ 69 _ 71 _ 72 _ 67 _ _ _ 60 _ _ _", (67, 69, 71, 72, 67, 60)),
    ],
)
def test_a_mode_alone_is_that_of_a_prompt_that_tells_no_key(
    prompt: str, pitches: tuple[int, ...]
) -> None:
    request = ask(prompt=prompt, mode="minor", bars=2)
    assert request.prompt
    assert request.key == request.prompt.key == Key("C", "minor")
    assert request.prompt.pitches == pitches
    assert ask(**request.to_json()).prompt == request.prompt
