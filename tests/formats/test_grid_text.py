from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import SolfaError
from solfa.formats.grid_text import STEP, from_symbols, parse, read, to_symbols, write
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, notes_of

on_grid = notes_of([STEP * n for n in (1, 2, 3, 4, 6, 17)])


def test_the_reports_prompt() -> None:
    assert parse("67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _") == [
        Note(67, Fraction(1, 2)),
        Note(67, Fraction(1, 2)),
        Note(67, Fraction(3, 4)),
        Note(65, Fraction(1, 4)),
        Note(64, Fraction(1, 2)),
        Note(64, Fraction(1, 2)),
        Note(64, Fraction(3, 4)),
    ]


def test_a_rest_is_held_too() -> None:
    assert parse("67 r _", step=Fraction(1)) == [Note(67, Fraction(1)), Note(None, Fraction(2))]


@settings(max_examples=50, deadline=None)
@given(st.lists(on_grid))
def test_notes_come_back(tune: list[Note]) -> None:
    assert from_symbols(to_symbols(tune)) == tune


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["0", "60", "127", "r", "_"])).filter(lambda s: s[:1] != ["_"]))
def test_symbols_come_back(symbols: list[str]) -> None:
    assert to_symbols(from_symbols(symbols)) == symbols


@settings(max_examples=30, deadline=None)
@given(melodies(on_grid))
def test_files_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert isinstance(again, Melody)
    assert again.notes == melody.notes


def test_key_and_bars_are_found() -> None:
    bars = ("62 _ _ _", "67 _ _ _ 67 _ 69 _ 71 _ 67 _", "69 _ _ _ _ _ 66 _ 62 _ _ _")
    (tune,) = read(" ".join((*bars, bars[1], "67 _ _ _ _ _ _ _")).encode(), "x")
    assert isinstance(tune, Melody)
    assert (tune.key, tune.meter, tune.pickup) == (Key("G"), Meter(3, 4), 1)
    told = ("key: found by analysis", "metre: found by analysis", "pickup: found by analysis")
    assert tune.metadata.comments == told
    (again,) = read(write(tune), "x")
    assert isinstance(again, Melody)
    assert again.metadata == tune.metadata


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("67 _ H4", "symbol 3 is 'H4'; write MIDI pitches 0..127, r (rest) or _ (hold)"),
        ("128", "symbol 1 is '128'"),
        ("67 067", "symbol 2 is '067'"),
        ("67 / 67", "symbol 2 is '/'"),
        ("x" * 99, "symbol 1 is 'xxxxxxxxxxxx...'"),
        ("_ 67", "symbol 1 is '_', with nothing to hold; begin with a pitch or r"),
    ],
)
def test_a_wrong_symbol_is_named(text: str, told: str) -> None:
    with pytest.raises(SolfaError) as caught:
        parse(text)
    assert told in str(caught.value)


def test_what_the_step_cannot_say_is_refused() -> None:
    with pytest.raises(SolfaError, match=r"note 2 lasts 1/3 quarters, no multiple .* quantise"):
        to_symbols([Note(60, Fraction(1)), Note(62, Fraction(1, 3))])


def test_each_tune_of_a_file_stands_alone() -> None:
    good, bad = read(b"60 _ / / / / _ 61\n", "songs.txt")
    assert isinstance(good, Melody)
    assert str(bad).startswith("songs.txt: symbol 1 is '_'")
    assert str(read(b"/", "x")[0]) == "x: no notes; give a file with a tune"


def test_a_tune_that_is_too_long_is_refused() -> None:
    (error,) = read(b"60 " + b"_ " * 65536, "x")
    assert str(error) == "x: lasts over 16384 quarters; cut it"


def test_symbols_in_utf_16() -> None:
    [tune] = read("60 _ 62\r\n".encode("utf-16"), "x")
    assert isinstance(tune, Melody)
    assert tune.pitches == (60, 62)
