"""How bars are put on paper: beams by metre."""

from fractions import Fraction

import pytest
from hypothesis import given

from solfa.formats import notation
from solfa.melody import Melody, Meter, Note
from strategies import melodies


def beamed(lengths: str, meter: str, phrase_ends: tuple[int, ...] = ()) -> str:
    """The notes of a bar by their beams, ``ooo oo``: notes together are beamed together."""
    notes = tuple(Note(60, Fraction(length)) for length in lengths.split())
    [bar] = Melody(notes, meter=Meter.parse(meter)).bars()
    apart = {end + 1 for end in phrase_ends}
    drawn = notation.beams(notation.symbols(bar), bar.meter, apart)
    return "".join("o" if beam[:1] in (["begin"], ["continue"]) else "o " for beam in drawn).strip()


EIGHTHS = {n: " ".join(["1/2"] * n) for n in range(1, 13)}


@pytest.mark.parametrize(
    ("lengths", "meter", "drawn"),
    [
        (EIGHTHS[4], "2/4", "oooo"),
        (EIGHTHS[6], "3/4", "oooooo"),
        (EIGHTHS[8], "4/4", "oooo oooo"),
        (EIGHTHS[6], "6/8", "ooo ooo"),
        (EIGHTHS[9], "9/8", "ooo ooo ooo"),
        (EIGHTHS[10], "5/4", "oo oo oo oo oo"),
        (EIGHTHS[7], "7/8", "oo oo ooo"),
        (EIGHTHS[5], "5/8", "oo ooo"),
        (EIGHTHS[3], "3/8", "ooo"),
        ("1/2 1/2 1/4 1/4 1/2", "2/4", "oo ooo"),  # sixteenths show the beats
        ("1/2 1/2 1/4 1/4 1/2 1/2 1/2 1/2 1/2", "4/4", "oo ooo oooo"),
        ("1/3 1/3 1/3 1/2 1/2", "2/4", "ooo oo"),
        ("3/2 1/2 1/2 1/2", "3/4", "o ooo"),
        ("1/2 1 1/2", "2/4", "o o o"),
    ],
)
def test_beams_show_the_metre(lengths: str, meter: str, drawn: str) -> None:
    assert beamed(lengths, meter) == drawn


def test_no_beam_reaches_over_a_breath() -> None:
    assert beamed(EIGHTHS[8], "4/4", (4,)) == "oooo o ooo"


@given(melodies(max_size=12))
def test_every_beam_that_begins_ends_in_its_bar(melody: Melody) -> None:
    for bar in melody.bars():
        open_ = [False] * 8
        for beam in notation.beams(notation.symbols(bar), bar.meter):
            for level, sign in enumerate(beam):
                assert open_[level] == (sign in ("continue", "end"))
                open_[level] = sign in ("begin", "continue")
            assert not any(open_[len(beam) :])
        assert not any(open_)
