"""Prompts as people type them: letters, sol-fa, bare ABC, symbols; on the downbeat."""

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import solfa
from solfa.composing.request.ask import ask
from solfa.composing.request.prompt import read_prompt
from solfa.errors import RequestError, SolfaError
from solfa.formats import render
from solfa.formats.grid_text import to_symbols
from solfa.melody import Key, Melody, Meter, Note
from strategies import keys, melodies


def read(text: str, **wishes: object) -> Melody:
    prompt = ask(prompt=text, seed=1, **wishes).prompt
    assert prompt
    return prompt


def said(melody: Melody) -> str:
    return next(text for text in melody.metadata.found if text.startswith("notes: "))


def read_or_refused(text: str, key: Key | None = None, meter: Meter | None = None) -> Melody | str:
    """The prompt, or why it cannot be read."""
    try:
        return read_prompt(text, key, meter)
    except SolfaError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "pitches", "how"),
    [
        ("C D E F", (60, 62, 64, 65), "letters, each nearest to the one before"),
        ("c d e f", (60, 62, 64, 65), "letters, each nearest to the one before"),
        ("G A B C D", (67, 69, 71, 72, 74), "letters, each nearest to the one before"),
        ("C B A G", (60, 59, 57, 55), "letters, each nearest to the one before"),
        ("Bb C Eb F♯", (70, 72, 75, 78), "letters, each nearest to the one before"),
        ("A4 C5 E5", (69, 72, 76), "letters, C4 being middle C"),
        ("f#3 Bb2", (54, 46), "letters, C4 being middle C"),
        ("c' d' b a''", (60, 62, 59, 81), "letters, c' being middle C"),
        ("c’ d’ r e’:2", (60, 62, 64), "letters, c' being middle C"),
        ("d f d", (60, 65, 60), "sol-fa, in C major"),
        ("d e f", (62, 64, 65), "letters, each nearest to the one before"),
        ("b3 5 b7", (63, 67, 70), "degrees, in C major"),
        ("G2 A B | c2 d2", (67, 69, 71, 72, 74), "ABC, in eighths"),
        ("GABc dedB", (67, 69, 71, 72, 74, 76, 74, 71), "ABC, in eighths"),
        ("C4 D4 | E4 F4", (60, 62, 64, 65), "ABC, in eighths"),
        ("C D e f", (60, 62, 76, 77), "ABC, in eighths"),
        ("^F =F _B,", (66, 65, 58), "ABC, in eighths"),
    ],
)
def test_a_text_is_read_as_what_it_is(text: str, pitches: tuple[int, ...], how: str) -> None:
    prompt = read(text)
    assert prompt.pitches == pitches
    assert said(prompt) == f"notes: read as {how}"


def test_letters_have_lengths_rests_bars_and_phrases_as_sol_fa() -> None:
    prompt = read("G:1 | C:2 D:1/2 E:1/2 | r G - /", meter="3/4")
    assert [note.pitch for note in prompt.notes] == [67, 72, 74, 76, None, 79]
    assert [str(note.duration) for note in prompt.notes] == ["1", "2", "1/2", "1/2", "1", "2"]
    assert (prompt.meter, prompt.pickup, prompt.phrase_ends) == (Meter(3, 4), 1, (5,))


def test_letters_mean_the_same_pitches_in_every_key() -> None:
    assert read("F C", key="D").pitches == (65, 60)
    assert read("F2 C c", key="D").pitches == (66, 61, 73)  # ABC has a key signature


@pytest.mark.parametrize(
    ("meter", "its", "first"),
    [(None, "2/4", "1"), ("2/4", "2/4", "1"), ("4/4", "4/4", "2"), ("2/8", "2/8", "1/2")],
)
def test_a_bare_line_of_abc_fills_the_bars_of_the_metre(
    meter: str | None, its: str, first: str
) -> None:
    prompt = read("G2 A B | c2 d2", meter=meter)
    assert (prompt.meter, prompt.pickup) == (Meter.parse(its), 0)
    assert prompt.notes[0].duration == Fraction(first)


@settings(max_examples=60, deadline=None)
@given(melodies(), st.integers(0, 3))
def test_a_line_that_solfa_prints_gives_its_notes_back(melody: Melody, cut: int) -> None:
    text = render(melody.replace(lyrics=(), key_changes=()), ".abc").decode()
    unit = text.partition("L:")[2].partition("\n")[0]
    body = [line for line in text.splitlines() if line[:1] and line[1:2] != ":" and line[0] != "%"]
    prompt = read_or_refused(" ".join(body), melody.key, melody.meter)
    if isinstance(prompt, str):
        assert "\n" not in prompt
    elif said(prompt) == f"notes: read as ABC, in {'eighths' if unit == '1/8' else 'sixteenths'}":
        assert prompt.pitches == melody.pitches


@pytest.mark.parametrize(
    ("text", "key", "names"),
    [
        ("la, do mi re", "A minor", "A3 C4 E4 D4"),
        ("l, d m r", "A minor", "A3 C4 E4 D4"),
        ("la, ti, do", "E minor", "E4 F#4 G4"),
        ("la, ti, si, la,", "A minor", "A3 B3 G#3 A3"),
        ("do re me", "A minor", "A4 B4 C5"),
        ("so le so", "A minor", "E5 F5 E5"),
        ("system: do; do re mi", "A minor", "A4 B4 C#5"),
        ("re mi fa", "D dorian", "D4 E4 F4"),
        ("1 2 3", "A minor", "A4 B4 C5"),
        ("do re mi", "A major", "A4 B4 C#5"),
    ],
)
def test_sol_fa_is_from_la_in_minor_unless_the_text_is_from_do(
    text: str, key: str, names: str, tmp_path: Path
) -> None:
    prompt = read(text, key=key)
    assert " ".join(map(str, prompt.spelling())) == names
    path = tmp_path / "tune.sol"
    path.write_text(f"key: {key}; {text}")
    assert solfa.read(path).pitches == prompt.pitches
    assert read(str(path)).pitches == prompt.pitches


HOOKS = ["67 _ 69 _ 71 _", "so la ti", "G A B", "G2 A2 c2", "5 6 7", "71 r r r 67 _"]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_without_bar_lines_begins_on_the_downbeat(hook: str) -> None:
    assert (read(hook).meter, read(hook).pickup) == (Meter(4, 4), 0)
    for meter in ("3/4", "6/8", "2/2", "5/4"):
        given = read(hook, meter=meter)
        assert (given.meter, given.pickup) == (Meter.parse(meter), 0)
        assert ask(prompt=hook, meter=meter, onward=True, seed=1).pickup == 0
    assert read(hook, meter="4/4", pickup=1).pickup == 1


@settings(max_examples=40, deadline=None)
@given(melodies(), keys)
def test_no_symbols_have_a_pickup_that_nobody_gave(melody: Melody, key: Key) -> None:
    notes = [Note(note.pitch, ceil(4 * note.duration) / 4) for note in melody.notes]
    if notes:
        symbols = " ".join(to_symbols(notes))
        assert read_prompt(symbols, key).pickup == 0
        given = read_prompt(symbols, key, Meter(4, 4), Fraction(1))
        assert given.pickup == min(1, given.duration)


def test_a_pickup_that_is_drawn_or_told_is_kept(tmp_path: Path) -> None:
    for text in (
        "so | do re mi fa",
        "G | C D E F",
        "G2 | c2 d2 e2 f2",
        "pickup: 1; meter: 4/4; so",
    ):
        assert read(text, meter="4/4").pickup == 1
    assert read("X:1\nM:4/4\nL:1/4\nK:C\nG|").pickup == 1
    assert read("M:3/4\nL:1/4\nK:C\nG").pickup == 0
    path = tmp_path / "tune.abc"
    path.write_text("X:1\nM:4/4\nL:1/4\nK:C\nG|CDEF|")
    assert read(str(path)).pickup == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("C D H E", "prompt, line 1: 'H' (word 3) is no note; write a letter A..G"),
        ("do re\nmi xo", "prompt, line 2: 'xo' (word 2) is no sol-fa; write do re mi"),
        ("67 x", "prompt: symbol 2 is 'x'; write MIDI pitches"),
        ("C4 D:2 E", "prompt: letters with a number stand beside others"),
        ("C " * 200_000, "prompt: it has more than 200000 letters; give the file of one tune"),
        ("do:999999 " * 99, "prompt: lasts over 16384 quarters; cut it"),
        ("X:1\nK:C\nC\n\nX:2\nK:C\nD", "prompt: it holds 2 tunes; give one"),
    ],
)
def test_a_slip_is_one_line_with_its_place(text: str, why: str) -> None:
    with pytest.raises(RequestError) as error:
        ask(prompt=text, seed=1)
    assert str(error.value).startswith(why)
    assert len(str(error.value)) <= 300


@settings(max_examples=200, deadline=None)
@given(st.text("ABCDEFGabcdefgz#b'’,:/|123456789 -_^=r~[]()\n", max_size=30))
def test_any_text_is_a_prompt_or_refused_in_one_line(text: str) -> None:
    found = read_or_refused(text)
    assert isinstance(found, Melody) or "\n" not in found
