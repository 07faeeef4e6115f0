"""EsAC: read as the Essen collection has it, written where it can say the tune."""

from fractions import Fraction

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError, SolfaError
from solfa.formats.esac import read, write
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note
from strategies import melodies, notes_of

BOOK = """\
DVA
CUT[Ein Vögelein
  sang im Wald]
REG[Europa, Deutschland]
TRD[Archiv]
KEY[Q0001A  08 G 3/4]
MEL[-5_  1_2_3b_.2  (123)1_
    0_  +1__^  ^_-7#_. ^5b_ //] >>
FCT[Lied, Tanz]
CMT[aus dem Kopf]

SECOND
CUT[Zweites]
KEY[Q0002  04 B FREI]
MEL[1 2 //] >>
"""

ONE = "KEY[A 04 C 2/4]\nMEL[1 2 //] >>\n"


def notes(*told: tuple[int | None, str]) -> tuple[Note, ...]:
    return tuple(Note(pitch, Fraction(length)) for pitch, length in told)


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_reads_a_book(encoding: str) -> None:
    text = BOOK.replace("-7#_. ^5b_", "-7_5b_")
    first, second = read(text.encode(encoding), "book.esac")
    assert isinstance(first, Melody), first
    assert first.notes == notes(
        (62, "1"), (67, "1"), (69, "1"), (70, "3/2"), (69, "1/2"),
        (67, "1/3"), (69, "1/3"), (71, "1/3"), (67, "1"), (None, "1"),
        (79, "7/2"), (66, "1"), (73, "1"),
    )  # fmt: skip
    assert first.phrase_ends == (8, 12)
    assert first.metadata == Metadata(
        title="Ein Vögelein sang im Wald",
        id="Q0001A",
        region="Europa, Deutschland",
        genre="Lied, Tanz",
        source="Archiv",
        comments=("aus dem Kopf", "mode: found by analysis"),
    )
    assert isinstance(second, Melody)
    assert (second.key.tonic, second.meter, second.phrase_ends) == ("Bb", None, ())
    assert second.notes == notes((70, "1"), (72, "1"))


def one(music: str, signature: str = "08 C 3/4") -> Melody:
    (tune,) = read(f"CUT[x]\nKEY[A1 {signature}]\nMEL[{music} //] >>\n".encode(), "x")
    assert isinstance(tune, Melody), tune
    return tune


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE + ONE, [ONE, ONE]),  # no blank line between
        (ONE.replace("1 2", "1\n\n  2"), [ONE.replace("1 2", "1\n  2")]),  # one within
        (ONE.replace("//]", "//") + f"\n{ONE}", [ONE, ONE]),
    ],
)
def test_no_tune_is_lost_where_blank_lines_are_odd(text: str, expected: list[str]) -> None:
    assert read(text.encode(), "x") == [read(tune.encode(), "x")[0] for tune in expected]


def test_a_second_melody_needs_its_own_signature() -> None:
    first, second = read(f"{ONE}MEL[3 4 //]\n".encode(), "x")
    assert isinstance(first, Melody)
    assert str(second) == "x, line 3: no signature such as KEY[A0001 16 G 3/4]"


def test_bar_lines_are_blanks_and_full_lines() -> None:
    tune = one("1_  1_1_1_  1_1_\n    1_  1_1_1_\n    1_1_")
    assert [str(bar.length) for bar in tune.bars()] == ["1", "3", "3", "3", "3"]
    assert (tune.pickup, tune.meter_changes) == (1, ())
    assert tune.phrase_ends == (5, 9, 11)


def test_several_metres_follow_the_lengths_of_bars() -> None:
    tune = one("1_1_1_  1_1_1_1_  1_1_1_1_  1_1_1_", "08 C 4/4 3/4")
    assert tune.meter == Meter(3, 4)
    assert tune.meter_changes == (MeterChange(3, Meter(4, 4)), MeterChange(11, Meter(3, 4)))


def test_b_and_h_are_german() -> None:
    assert one("1_", "08 B 3/4").notes[0].pitch == 70
    assert one("1_", "08 H 3/4").notes[0].pitch == 71
    assert one("1_", "08 Bb 3/4").notes[0].pitch == 70


PLAIN = [
    Fraction(d) for d in ("1/4", "1/2", "3/4", "1", "3/2", "2", "7/4", "3", "1/3", "2/3", "5/4")
]


@settings(max_examples=150, deadline=None)
@given(melodies(notes_of(PLAIN, 20, 110)))
def test_what_can_be_said_comes_back(melody: Melody) -> None:
    try:
        data = write(melody)
    except SolfaError:
        event("refused")
        return
    (again,) = read(data, "x")
    last = len(melody.notes) - 1
    ends = tuple(sorted({*melody.phrase_ends, last}))
    assert again == melody.replace(phrase_ends=ends if len(ends) > 1 else ())


@settings(max_examples=100, deadline=None)
@given(melodies(notes_of(PLAIN, 20, 110), changes=False, free=False), st.integers(1, 4))
def test_tunes_in_one_metre_with_phrases_at_bar_lines_are_always_said(
    melody: Melody, bars: int
) -> None:
    lines = {onset for onset, _, _ in melody.bar_lines()[::bars]}
    ends = [i for i, at in enumerate(melody.onsets()[1:]) if at in lines]
    tune = melody.replace(phrase_ends=tuple(ends))
    assert read(write(tune), "x")[0].notes == tune.notes


def test_writes_what_people_read() -> None:
    tune = Melody(
        notes((67, "1"), (67, "1"), (70, "1/2"), (68, "1/2"), (79, "1"), (None, "3/2"), (66, "7/2"), (62, "1/3"), (62, "2/3")),
        Key("G", "minor"),
        Meter(3, 4),
        pickup=Fraction(1),
        phrase_ends=(4, 8),
        metadata=Metadata("Grüße [1]", "A 1", genre="Lied", comments=("so", "gesungen")),
    )  # fmt: skip
    assert write(tune).decode().splitlines() == [
        "SOLFA",
        "CUT[Grüße (1)]",
        "KEY[A_1  08 G 3/4]",
        "MOD[minor]",
        "MEL[1_  1_3b2b+1_  ",
        "    0_.-7_.  ^__(-5-5_) //]",
        "FCT[Lied]",
        "CMT[so gesungen]",
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("CUT[x]\nMEL[1_ //] >>", 1, "no signature such as KEY[A0001 16 G 3/4]"),
        ("KEY[A 12 C 3/4]\nMEL[1_ //]", 1, "a smallest note of 1/12, not 1, 2, 4, 8, 16, 32 or 64"),
        ("KEY[A 08 C 3/4]\nMEL[1_\n 1_9 //]", 3, "symbol '9' has no meaning here"),
        ("KEY[A 08 C 3/4]\nMEL[^1_ //]", 2, "a ^ with nothing to hold"),
        ("KEY[A 08 C 3/4]\nMEL[ //]", 1, "no notes; give a file with a tune"),
        ("KEY[A 08 C 3/4]\nMEL[" + "1_________ " * 129 + "//]", 1, "lasts over 16384 quarters"),
        (f"KEY[A {'9' * 5000} C 3/4]\nMEL[1 //]", 1, "no signature such as KEY[A0001 16 G 3/4]"),
        ("KEY[A 08 C x]\nMEL[1_ //]", 1, "cannot read metre 'x'; write one like '3/4' or '6/8'"),
        ("KEY[A 08 C 3/4]\nMEL[++++++7 //]", 1, "pitch 143 is outside 0..127"),
    ],
)
def test_refusals_say_where_and_why(text: str, line: int, reason: str) -> None:
    (error,) = read(text.encode(), "bad.esac")
    assert isinstance(error, ReadError), error
    assert (error.line, error.source) == (line, "bad.esac")
    assert error.reason.startswith(reason)


@pytest.mark.parametrize(
    ("lengths", "reason"),
    [
        (["1/5"], "EsAC has triplets but no other tuplets"),
        (["1/32"], "EsAC has no notes shorter than a 64th"),
    ],
)
def test_what_esac_cannot_say_is_refused(lengths: list[str], reason: str) -> None:
    with pytest.raises(SolfaError, match=reason):
        write(Melody(notes(*((60, length) for length in lengths))))


def test_a_change_of_key_is_refused() -> None:
    tune = Melody(notes((60, "4"), (62, "4")), key_changes=[(4, "G")])
    with pytest.raises(
        SolfaError, match="EsAC has one key, and this tune goes to G major at quart"
    ):
        write(tune)
