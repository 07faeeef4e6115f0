from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats.kern.reader import read
from solfa.formats.kern.writer import write
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import melodies, sung


def music(text: str, header: str = "*M3/4 *G:", source: str = "tune.krn") -> Melody | ReadError:
    """Reads tokens written on one line, after a header."""
    lines = ["**kern", *header.split(), *text.split(), "*-"]
    return read("\n".join(lines).encode(), source)[0]


def notes(text: str, header: str = "*M3/4 *G:") -> list[tuple[int | None, str]]:
    tune = music(text, header)
    assert isinstance(tune, Melody), tune
    return [(note.pitch, str(note.duration)) for note in tune.notes]


TUNE = """\
!!!OTL: Ein Vögelein
!!!ARE: Europa, Deutschland
!!!SCT: Q0001
!! sung at dusk
**kern
*ICvox
*M3/4
*k[f#]
*G:
{4d
=1
4g
8a
8b
[4dd
=2
4dd]
4b}
{4r
=3
2.g}
==
!!!AGN: Lied
*-
"""


def test_reads_a_tune() -> None:
    [tune] = read(TUNE.encode(), "songs/tune.krn")
    assert tune == Melody(
        [
            Note(62, "1"), Note(67, "1"), Note(69, "1/2"), Note(71, "1/2"), Note(74, "2"),
            Note(71, "1"), Note(None, "1"), Note(67, "3"),
        ],
        Key("G"),
        Meter(3, 4),
        pickup=1,
        phrase_ends=(5, 7),
    )  # fmt: skip
    assert (tune.metadata.title, tune.metadata.id) == ("Ein Vögelein", "Q0001")
    assert (tune.metadata.region, tune.metadata.genre) == ("Europa, Deutschland", "Lied")
    assert tune.metadata.comments == ("sung at dusk",)


@settings(max_examples=200, deadline=None)
@given(melodies(key_changes=True))
def test_reading_what_was_written_gives_it_back(melody: Melody) -> None:
    [again] = read(write(melody), melody.metadata.id)
    assert again == melody
    assert again.metadata == melody.metadata


@settings(max_examples=200, deadline=None)
@given(melodies())
def test_bar_lines_written_are_those_of_the_melody(melody: Melody) -> None:
    lines = [line for line in write(melody).decode().split("\n") if line[:1] == "="]
    bars = [bar.number for bar in melody.bars() if bar.number and melody.meter]
    assert lines == [*(f"={number}" for number in bars), "=="]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("{4c", "4c}", "[8dd", "8dd]", "16e-_", "[4c]", "12f#", "2.g", "0a", "4r", "4rN"),
                *("8qb", "5%3c", "3%0c", "99999999c", "4c 4e", "4c\t4e", "=1", "=", "=:|", "=="),
                *("*M3/4", "*M2/4", "*M0/4", "*M1+2/8", "*MX", "*G:", "*a:dor", "*-", "*^", "."),
            ]
        )
    )
    | st.text("0123456789.%{}[]_abcgABr#-n=*M/ \n\t!k").map(str.split),
    st.booleans(),
)  # fmt: skip
def test_nothing_but_a_melody_or_a_refusal_comes_back(tokens: list[str], spine: bool) -> None:
    text = "\n".join(["**kern"] * spine + tokens)
    assert all(isinstance(tune, Melody | ReadError) for tune in read(text.encode(), ""))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(data: bytes) -> None:
    assert len(read(data, "x")) == 1


def test_durations_and_pitches() -> None:
    assert notes("4c 8.cc 12d 6e 0C 00CC 3%2r 4..b-", "*MX *C:") == [
        (60, "1"), (72, "3/4"), (62, "1/3"), (64, "2/3"), (48, "8"), (36, "16"), (None, "8/3"),
        (70, "7/4"),
    ]  # fmt: skip


def test_order_and_ornaments_within_a_token_do_not_matter() -> None:
    assert notes("({4.ffnL/;') 8ggxx#J 4ddr") == [(77, "3/2"), (80, "1/2"), (None, "1")]


def test_grace_notes_are_dropped_but_not_their_phrase_marks() -> None:
    tune = music("2.g {8qa 2.b 8qqcc} 2.dd")
    assert isinstance(tune, Melody)
    assert tune.pitches == (67, 71, 74)
    assert tune.phrase_ends == (0, 1)


def test_rests_stay_apart_and_ties_join_over_bar_lines() -> None:
    assert notes("4r 4r [4c =1 2._c =2 4c] 4c 4c") == [
        (None, "1"), (None, "1"), (60, "5"), (60, "1"), (60, "1"),
    ]  # fmt: skip


def test_a_note_that_begins_and_ends_a_tie_joins_what_it_can() -> None:
    assert notes("[4c] 4c] 4d") == notes("[4c [4c] 4d") == [(60, "2"), (62, "1")]


def test_an_unclosed_phrase_ends_where_the_next_begins() -> None:
    tune = music("{4g 4a {4b 4c} 4d")
    assert isinstance(tune, Melody)
    assert tune.phrase_ends == (1, 3)
    tune = music("{4g 4a} {4b 4c")
    assert isinstance(tune, Melody)
    assert tune.phrase_ends == (1, 3)


def test_a_phrase_that_opens_within_a_tied_note_cuts_nothing() -> None:
    tune = music("[4g {4g] 4a}")
    assert isinstance(tune, Melody)
    assert tune.phrase_ends == (1,)


@pytest.mark.parametrize(
    ("token", "key"),
    [
        ("*a:", Key("A", "minor")), ("*B-:", Key("Bb")), ("*f#:", Key("F#", "minor")),
        ("*d:dor", Key("D", "dorian")), ("*e:phr", Key("E", "phrygian")),
        ("*F:lyd", Key("F", "lydian")), ("*G:mix", Key("G", "mixolydian")),
        ("*b:loc", Key("B", "locrian")), ("*a:aeo", Key("A", "minor")), ("*C:ion", Key("C")),
    ],
)  # fmt: skip
def test_keys(token: str, key: Key) -> None:
    tune = music("2.c", f"*M3/4 {token}")
    assert isinstance(tune, Melody)
    assert tune.key == key


def test_a_missing_key_is_found_and_said() -> None:
    tune = music("4g 4b 4dd 2.g", "*MX")
    assert isinstance(tune, Melody)
    assert tune.key == Key("G")
    assert tune.metadata.comments == ("key: found by analysis",)


def shape(tune: Melody | ReadError) -> tuple[str, list[str], list[str]]:
    """Pickup, bar lengths, metres bar by bar."""
    assert isinstance(tune, Melody), tune
    lines = tune.bar_lines()
    return str(tune.pickup), [str(line[1]) for line in lines], [str(line[2]) for line in lines]


def test_bars_that_disagree_with_the_metre_get_their_own() -> None:
    assert shape(music("4g =1 2.g =2 2g =3 2.g 4g =4 2.g =5 2g")) == (
        "1", ["1", "3", "2", "4", "3", "3"], ["3/4", "3/4", "2/4", "4/4", "3/4", "3/4"],
    )  # fmt: skip


def test_a_first_bar_longer_than_the_metre_has_its_own() -> None:
    assert shape(music("1g =1 2.g ==")) == ("0", ["4", "3"], ["4/4", "3/4"])


def test_a_bar_that_a_repeat_sign_cuts_is_one_bar() -> None:
    assert shape(music("4g =1 2.g =2 2g =:|! 4a =3 2g =:|!")) == (
        "1", ["1", "3", "3", "3"], ["3/4"] * 4,
    )  # fmt: skip
    for two_bars in ("2g =1 2g =2 2.g", "2g =:|! 2g =2 2.g"):
        assert shape(music(two_bars))[1] == ["2", "2", "3"]
    assert shape(music("2.g =1 4g =|| *M4/4 2.g =2 1g"))[1] == ["3", "1", "3", "4"]


def test_a_single_short_bar_is_a_pickup_unless_a_bar_line_opens_it() -> None:
    assert shape(music("2g =="))[0] == "2"
    assert shape(music("=1 2g =="))[0] == "0"


def test_changes_of_metre_stand_before_or_after_their_bar_line() -> None:
    after = music("2.g =2 *M2/4 2g =3 2a")
    assert after == music("2.g *M2/4 =2 2g =3 2a")
    assert shape(after) == ("0", ["3", "2", "2"], ["3/4", "2/4", "2/4"])


def test_free_metre_has_no_bars_and_mixed_metre_has_those_written() -> None:
    for free in ("*MX", "*MFREI4/4"):
        tune = music("4g =1 2.g =2 2g", f"{free} *G:")
        assert isinstance(tune, Melody)
        assert (tune.meter, tune.pickup, tune.meter_changes) == (None, 0, ())
    mixed = music("2g =1 2.g =2 *M2/4 2g =3 4g", "*MZ *G:")
    assert shape(mixed) == ("0", ["2", "3", "2", "2"], ["2/4", "3/4", "2/4", "2/4"])


def test_additive_metres_and_tempo() -> None:
    tune = music("8g 8g 8g 8g 8g", "*M2+3/8 *met(C) *MM96 *G:")
    assert isinstance(tune, Melody)
    assert (tune.meter, tune.metadata.tempo) == (Meter(5, 8), 96)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp437", "latin-1"])
def test_umlauts_in_any_encoding(encoding: str) -> None:
    [tune] = read("!!!OTL: Grün ß\n!! Österreich für\n**kern\n*MX\n4c".encode(encoding), "")
    assert isinstance(tune, Melody)
    assert tune.metadata.title == "Grün ß"
    assert tune.metadata.comments[0] == "Österreich für"


def test_the_file_names_a_tune_without_a_number() -> None:
    tune = music("2.g", source="songs/deut001.krn")
    assert isinstance(tune, Melody)
    assert tune.metadata.id == "deut001"


def test_reads_the_kern_spine_beside_words() -> None:
    [tune] = read(b"**text\t**kern\n*\t*M2/4\n*\t*C:\nla\t4c\n.\t4d\n*-\t*-\n!! end", "")
    assert tune == Melody([Note(60, 1), Note(62, 1)], meter=Meter(2, 4))
    assert tune.lyrics == (("la", ""),)


@settings(max_examples=100, deadline=None)
@given(sung(melodies(key_changes=True)))
def test_words_come_back(melody: Melody) -> None:
    [again] = read(write(melody), "x")
    assert again == melody
    assert again.lyrics == melody.lyrics


def test_words_stand_in_text_spines() -> None:
    tune = Melody(
        [Note(60, 2), Note(None, 1), Note(62, 4)],
        phrase_ends=(2,),
        lyrics=[["Hel-", "", "lo"], ["_", "", "=da"]],
    )
    lines = write(tune).decode().splitlines()
    assert lines[0] == "**kern\t**text\t**text"
    assert lines[5:] == [
        "=1\t=1\t=1",
        "{2c\tHel-\t_",
        "4r\t.\t.",
        "[4d\t-lo\t\\=da",
        "=2\t=2\t=2",
        "2.d]}\t.\t.",
        "==\t==\t==",
        "*-\t*-\t*-",
    ]


def test_a_spine_is_chosen_with_the_words_behind_it() -> None:
    text = b"**kern\t**text\t**kern\t**dynam\t**silbe\n*M2/4\t*\t*M2/4\t*\t*\n2c\tlo\t2g\tp\tHal-\n2d\tla\t2a\tf\t|\n"
    [low] = read(text, "", ReadOptions(track=1))
    assert (low.pitches, low.lyrics) == ((60, 62), (("lo", "la"),))
    [high] = read(text, "", ReadOptions(track=2))
    assert (high.pitches, high.lyrics) == ((67, 69), (("Hal-", "_"),))
    [error] = read(text, "", ReadOptions(track=3))
    assert error.reason == "no **kern spine 3; there are 1 (2 notes), 2 (2)"


@pytest.mark.parametrize(
    ("body", "pitches"),
    [
        ("*>[A,A,B]\n*>A\n=1\n2c\n*>B\n=2\n2d\n==", (60, 60, 62)),
        ("=1\n2c\n=2:|!\n2d\n==", (60, 60, 62)),
        ("=1\n2c\n=2!|:\n2d\n=3:|!|:\n2e\n=:|!", (60, 62, 62, 64, 64)),
    ],
)
def test_repeats_are_unfolded_where_asked(body: str, pitches: tuple[int, ...]) -> None:
    text = f"!!!OTL: x\n**kern\n*M2/4\n*C:\n{body}\n*-\n".encode()
    [tune] = read(text, "", ReadOptions(unfold=True))
    assert tune.pitches == pitches
    assert [str(bar.length) for bar in tune.bars()] == ["2"] * len(pitches)
    [plain] = read(text, "")
    assert plain.pitches == tuple(dict.fromkeys(pitches))


def test_a_pickup_and_a_short_bar_are_one_bar_when_repeated() -> None:
    text = b"**kern\n*M2/4\n*C:\n4c\n=1\n4d\n4e\n=2\n4f\n=:|!\n4g\n=3\n4a\n==\n*-\n"
    [tune] = read(text, "", ReadOptions(unfold=True))
    assert tune.pitches == (60, 62, 64, 65, 60, 62, 64, 65, 67, 69)
    assert (tune.pickup, tune.meter_changes) == (1, ())


TOGETHER = "several voices at once; choose one by voice=N (--voice N), or take the top with top=True (--top)"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("4g\n4b 4dd", 5, "a chord; give one voice, or take its top with top=True (--top)"),
        ("g", 4, "a note without a duration"),
        ("4g8a", 4, "a token that cannot be read as one note"),
        ("4h", 4, "a token that cannot be read as one note"),
        ("4gggggggg", 4, "a pitch outside MIDI's range"),
        ("2.g\n=2\n5g\n=3\n2.g", 5, "a bar whose length no metre has"),
        ("*^\n2g\t2b", 5, TOGETHER),
        ("4g\t4b", 4, "a line with more or fewer spines than there are"),
        ("9999999a\n9999991b\n9999973c", 6, "durations without a common measure; quantise them"),
        ("000000000c\n" * 9, None, "lasts over 16384 quarters; cut it"),
        ("2.g\n*-\n2.g", 6, "music after the end of the spine (*-)"),
        ("=1", None, "no notes; give a file with a tune"),
    ],
)
def test_refusals_say_where_and_why(text: str, line: int | None, reason: str) -> None:
    [error] = read(f"**kern\n*M3/4\n*G:\n{text}".encode(), "bad.krn")
    assert isinstance(error, ReadError), error
    assert (error.line, error.reason, error.source) == (line, reason, "bad.krn")


def test_refuses_several_voices_text_without_a_spine_and_bars_without_a_metre() -> None:
    [error] = read(b"**text\nla", "")
    assert error.reason == "no **kern spine; give a file with one"
    [error] = read(b"**kern\t**kern\n4c\t4e", "")
    assert error.reason == (
        "several **kern spines: 1 (1 notes), 2 (1); choose one by track=N (--track N),"
        " or take the top with top=True (--top)"
    )
    [error] = read(b"4c", "")
    assert error.reason == "text before **kern"
    [error] = read(b"**kern\n=1\n5c\n=2\n5d", "")
    assert error.reason == "no metre; give one like *M3/4, or *MX for free metre"


def test_writes_kern_that_reads_well() -> None:
    tune = Melody(
        [Note(66, 1), Note(69, "9/2"), Note(None, "5/2"), Note(74, "1/3"), Note(61, "2/3")],
        Key("D"),
        Meter(3, 4),
        pickup=1,
        phrase_ends=(1, 4),
    )
    assert " ".join(write(tune).decode().split("\n")) == (
        "!!!RDF**kern: N = rest continues the rest before it "
        "**kern *clefG2 *k[f#c#] *D: *M3/4 "
        "{4f# =1 [2.a =2 4.a]} {4.r =3 4rN 12dd 6c#} == *- "
    )


def test_writes_long_notes_with_signatures_and_modes() -> None:
    tune = Melody([Note(60, "21"), Note(61, "5/3")], Key("Db", "minor"), None)
    assert write(tune).decode().split("\n")[:-3] == [
        "**kern", "*clefG2", "*k[b--e-a-d-g-c-f-]", "*d-:", "*MX",
        "[00c", "1c_", "4c]", "[3d-", "12d-]",
    ]  # fmt: skip


def test_writes_two_dots() -> None:
    assert b"\n4..c\n" in write(Melody([Note(60, "7/4")]))


def test_a_comment_that_looks_like_a_title_stays_a_comment() -> None:
    metadata = Metadata(comments=("OTL: not the title", "YEM: public"))
    text = write(Melody([Note(60, 4)], metadata=metadata))
    assert text.startswith(b"!! OTL: not the title\n!!!YEM: public\n")
    [again] = read(text, "")
    assert isinstance(again, Melody)
    assert again.metadata == metadata


def test_rests_go_on_only_where_the_file_says_what_n_means() -> None:
    assert notes("4r 4rN 4g") == [(None, "1"), (None, "1"), (67, "1")]


def test_durations_are_exact() -> None:
    tune = Melody([Note(60, Fraction(17, 35))], meter=None)
    assert read(write(tune), "") == [tune]


def test_a_melody_without_notes_is_written_and_refused_by_the_reader():
    data = write(Melody([]), WriteOptions())
    assert isinstance(read(data, "empty")[0], ReadError)


def spines(text: str, **choices: Any) -> Melody | ReadError:
    """Reads rows written with blanks for tabs."""
    lines = ("\t".join(line.split()) for line in text.strip().split("\n"))
    return read("\n".join(lines).encode(), "score.krn", ReadOptions(**choices))[0]


def melody(text: str, **choices: Any) -> Melody:
    tune = spines(text, **choices)
    assert isinstance(tune, Melody), tune
    return tune


@pytest.mark.parametrize(
    "text",
    [
        "**kern **dynam\n*M4/4 *\n* *^\n4c p f\n4d . .\n* *v *v\n4e .\n4f .\n== ==\n*- *-",
        "**kern\n*M4/4\n4c\n4d\n*+\n**text\n4e .\n4f .\n*- *-",
        "**kern\n*M4/4\n4c\n4d\n*+\n* **text\n4e .\n4f .\n*- *-",
        "**dynam **kern\n* *M4/4\n*x *x\n4c p\n4d .\n4e .\n*x *x\n. 4f\n*- *-",
        "**kern **harm\n*M4/4 *\n4c I\n4d .\n* *-\n4e\n4f\n*-",
        "**kern **kern\n*M4/4 *M4/4\n1r 4c\n. 4d\n. 4e\n. 4f\n*- *-",
        "**kern\n*M4/4\n4c\n4d\n*^\n4e 4r\n4f 4r\n*v *v\n*-",
        "**kern **dynam **dynam\n*M4/4 * *\n* *^ *^\n4c p p f f\n4d . . . .\n* *v *v *v *v\n4e . .\n4f . .\n*- *- *-",
        "**kern\n*M4/4\n4c\n4d\n4e\n4f",
    ],
)
def test_what_other_spines_do_is_passed_over(text: str) -> None:
    tune = melody(text).replace(key="C")
    assert tune == Melody([Note(pitch, 1) for pitch in (60, 62, 64, 65)])


QUARTET = """
**kern **kern **text **kern
*I"Bass *I"Alto * *I"Tacet
*M2/4 *M2/4 * *M2/4
*C: *C: * *C:
2C 4e lo 2r
. 4f la .
=2 =2 =2 =2
2D 2d le 2r
*- *- *- *-
"""


@pytest.mark.parametrize("choice", [{"track": 2}, {"track": "alto"}, {"voice": 2}, {"top": True}])
def test_one_of_several_parts(choice: dict[str, Any]) -> None:
    tune = melody(QUARTET, **choice)
    assert (tune.pitches, tune.lyrics) == ((64, 65, 62), (("lo", "la", "le"),))


def test_parts_are_named_where_there_is_a_choice() -> None:
    names = "1 'Bass' (2 notes), 2 'Alto' (3), 3 'Tacet' (0)"
    remedy = "choose one by track=N (--track N), or take the top with top=True (--top)"
    assert str(spines(QUARTET)) == f"score.krn: several **kern spines: {names}; {remedy}"
    assert (
        str(spines(QUARTET, track="Horn"))
        == f"score.krn: no **kern spine 'Horn'; there are {names}"
    )


SPLIT = """
**kern
*M4/4
*C:
4c
*^
4e 2C
4f .
*v *v
4g
*-
"""


@pytest.mark.parametrize(
    ("choice", "pitches"),
    [
        ({"top": True}, (60, 64, 65, 67)),
        ({"voice": 1}, (60, 64, 65, 67)),
        ({"voice": 2}, (60, 48, 67)),
    ],
)
def test_a_part_that_splits_has_several_voices(
    choice: dict[str, Any], pitches: tuple[int, ...]
) -> None:
    assert melody(SPLIT, **choice).pitches == pitches
    assert str(spines(SPLIT)) == f"score.krn, line 6: {TOGETHER}"


def test_the_top_of_several_parts_is_the_highest_note_that_sounds() -> None:
    tune = melody(
        "**kern **kern\n*M4/4 *M4/4\n*C: *C:\n4c} 4r\n4d 4g\n[4e 4r\n4e] {4cc}\n*- *-",
        top=True,
    )
    assert tune.notes == (Note(60, 1), Note(67, 1), Note(64, 1), Note(72, 1))
    assert tune.phrase_ends == (0, 3)


def test_the_top_of_a_chord() -> None:
    text = "**kern\n*M4/4\n4c 4e\n[4d [4f\n4d] 4f]\n4g\n*-"
    [tune] = read(text.encode(), "", ReadOptions(top=True))
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(64, 1), Note(65, 2), Note(67, 1))
    assert notes("4c 4c", "*M2/4 *C:") == [(60, "1"), (60, "1")]
    [doubled] = read(b"**kern\n*M1/4\n4c 4c", "")
    assert isinstance(doubled, Melody)
    assert doubled.notes == (Note(60, 1),)


def test_parts_that_do_not_keep_time_are_refused() -> None:
    error = spines("**kern **kern\n*M4/4 *M4/4\n1c 4e\n4d .\n4e 4g\n*- *-", top=True)
    assert isinstance(error, ReadError)
    assert error.reason == "spines that do not keep time with each other"


ONE = "!!!OTL: One\n**kern\n*M1/4\n4c\n*-\n!!!YEM: free\n"
TWO = "!!!OTL: Two\n!! second\n**kern\n*M1/4\n4d\n*-\n"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"!!!!SEGMENT: one.krn\n{ONE}!!!!SEGMENT: songs/two.krn\n{TWO}", ["one", "two"]),
        (ONE + TWO, ["book", "book"]),
        ((ONE + TWO).replace("*-\n", ""), ["book", "book"]),
    ],
)
def test_several_tunes_in_one_file(text: str, ids: list[str]) -> None:
    one, two = read(text.encode(), "book.krn")
    assert isinstance(one, Melody)
    assert isinstance(two, Melody)
    assert (one.pitches, two.pitches) == ((60,), (62,))
    assert [tune.metadata.id for tune in (one, two)] == ids
    assert [tune.metadata.title for tune in (one, two)] == ["One", "Two"]
    assert one.metadata.comments == ("YEM: free", "key: found by analysis")
    assert two.metadata.comments == ("second", "key: found by analysis")


@pytest.mark.parametrize(
    ("records", "title", "comments"),
    [
        ("!!!OTL@@DE: Lied\n!!!OTL@EN: Song", "Lied", ("OTL@EN: Song",)),
        ("!!!OTL@EN: Song\n!!!OTL@@DE: Lied", "Lied", ("OTL@EN: Song",)),
        ("!!!OTL@EN: Song\n!!!OTL: Lied\n!!!OTL: Weise", "Lied", ("OTL@EN: Song", "OTL: Weise")),
        ("!!!OTL@EN: Song", "Song", ()),
        ("!!!OTL@EN:\n!! OTL: none", "", ("OTL@EN:", "OTL: none")),
    ],
)
def test_titles_in_several_languages(records: str, title: str, comments: tuple[str, ...]) -> None:
    [tune] = read(f"{records}\n!!!COM: Anon\n**kern\n*C:\n*MX\n4c".encode(), "x")
    assert isinstance(tune, Melody)
    assert (tune.metadata.title, tune.metadata.composer) == (title, "Anon")
    assert tune.metadata.comments == comments
    [again] = read(write(tune), "x")
    assert isinstance(again, Melody)
    assert again.metadata == tune.metadata


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    text = end.join(["!!!OTL: O’Neill’s café", "**kern", "*M2/4", "*C:", "4c", "", "4d", "*-", ""])
    [tune] = read(text.encode(encoding), "")
    assert tune == Melody([Note(60, 1), Note(62, 1)], meter=Meter(2, 4))
    assert tune.metadata.title == "O’Neill’s café"


def test_blanks_and_doubled_tabs_stand_for_tabs_where_that_is_clear() -> None:
    for text in (
        "**kern   **text\n*M2/4   *\n2c  la\n*- *-",
        "**kern\t\t**text\n*M2/4\t*\n2c\t\tla",
    ):
        [tune] = read(text.encode(), "")
        assert isinstance(tune, Melody)
        assert (tune.pitches, tune.lyrics) == ((60,), (("la",),))
    [error] = read(b"**kern **kern\n4c 4e 4g 4c", "")
    assert str(error) == "text, line 2: a line with more or fewer spines than there are"


@pytest.mark.parametrize(
    ("text", "key", "changes"),
    [
        ("*k[] *C: 4c 4d *k[f#] *G: 4e 4f#", Key("C"), [(2, "G")]),
        ("*k[] *C: 4c *a: 4d", Key("C"), [(1, "A minor")]),
        ("*k[] *a: 4c *k[f#] 4d", Key("A", "minor"), [(1, "E minor")]),
        ("*k[f#] *d:dor 4c *k[f#] 4d *?: 4e", Key("D", "dorian"), []),
        ("4c *G: 4d", Key("G"), []),
        ("*k[b-] *F: 2c [2f *k[b-e-a-] *c: 2f]", Key("F"), [(4, "C minor")]),
        ("*k[b--e-a-d-g-c-f-] *d-: 4c *k[] 4d", Key("Db", "minor"), [(1, "A minor")]),
    ],
)
def test_changes_of_key(text: str, key: Key, changes: list[tuple[int, str]]) -> None:
    tune = music(text, "*MX")
    assert isinstance(tune, Melody)
    assert tune == tune.replace(key=key, key_changes=changes)


def test_a_signature_without_a_key_leaves_its_mode_to_be_found() -> None:
    tune = music("4e 4g 4b 4a 4g 4f# 2e", "*M4/4 *k[f#]")
    assert isinstance(tune, Melody)
    assert (tune.key, tune.metadata.comments) == (Key("E", "minor"), ("mode: found by analysis",))
    odd = music("4c", "*MX *k[c-e-a-] *c:")
    assert isinstance(odd, Melody)
    assert odd.metadata.found == ("passed over: key signatures that no key has (line 3)",)


def test_keys_are_written_where_they_change() -> None:
    tune = Melody(
        [Note(60, 4), Note(66, 2), Note(None, 2)],
        meter=Meter(4, 4),
        key_changes=[(2, "G"), (4, "Gb"), (7, "A minor")],
    )
    assert write(tune).decode().split("\n")[6:-1] == [
        "=1", "[2c", "*k[f#]", "*G:", "2c]", "=2", "*k[b-e-a-d-g-c-]", "*G-:", "2g-", "4r",
        "*k[]", "*a:", "4rN", "==", "*-",
    ]  # fmt: skip
    assert read(write(tune), "") == [tune]


def test_keys_and_metres_are_those_of_the_bars_that_are_played() -> None:
    text = "**kern\n*M2/4\n*k[]\n*C:\n=1\n2c\n=2\n*M3/4\n*k[f#]\n*G:\n2.d\n=3:|!\n*-\n"
    [tune] = read(text.encode(), "", ReadOptions(unfold=True))
    assert isinstance(tune, Melody)
    assert tune == Melody(
        [Note(60, 2), Note(62, 3)] * 2,
        meter=Meter(2, 4),
        meter_changes=[(2, "3/4"), (5, "2/4"), (7, "3/4")],
        key_changes=[(2, "G"), (5, "C"), (7, "G")],
    )


def test_cue_notes_are_rests() -> None:
    tune = music("4c *cue 4dd *Xcue 4e", "*M3/4 *C:")
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(60, 1), Note(None, 1), Note(64, 1))
    assert tune.metadata.found == ("passed over: cue notes (line 6)",)


@pytest.mark.parametrize(
    ("text", "durations", "line"),
    [("4g 4g]", "1 1", 5), ("[4g 4a", "1 1", 4), ("[4g 4g", "1 1", 4), ("4a [4g", "1 1", 5)],
)
def test_a_tie_without_its_other_note_is_none(text: str, durations: str, line: int) -> None:
    tune = music(text)
    assert isinstance(tune, Melody)
    assert " ".join(str(note.duration) for note in tune.notes) == durations
    said = f"passed over: ties without their other note (line {line})"
    assert tune.metadata.comments == (said,)


def test_ties_reach_over_no_repeat_sign() -> None:
    tune = music("2.c =2 [2.d =:|! 2.d =4 2.c")
    assert isinstance(tune, Melody)
    assert [note.pitch for note in tune.notes] == [60, 62, 62, 60]
    assert tune.metadata.found == ()


def test_a_metre_within_a_bar_begins_another() -> None:
    assert shape(music("2.g =2 4g *M2/4 2g =3 2g")) == (
        "0", ["3", "1", "2", "2"], ["3/4", "1/4", "2/4", "2/4"],
    )  # fmt: skip


def test_a_metre_that_is_not_told_is_that_of_most_bars() -> None:
    tune = music("4g = 2.g = 2.a = 2g ==", "*G:")
    assert shape(tune) == ("1", ["1", "3", "3", "3"], ["3/4"] * 4)
    assert isinstance(tune, Melody)
    assert tune.metadata.found == ("metre: found by analysis",)


def test_a_metre_that_is_none_leaves_bars_as_they_are_drawn() -> None:
    for free in ("*M?", "*MX"):
        assert shape(music(f"2.g =2 {free} 2g =3 4g"))[1] == ["3", "2", "1"]
    tune = music("2.g =2 *M3/5 2g")
    assert isinstance(tune, Melody)
    assert tune.metadata.found == ("passed over: metres that cannot be read (line 6)",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("*>[A,A]\n*>B\n4c", "no section 'A' for the order that *>[...] gives"),
        (
            f"*>[{'A,' * 5000}A]\n*>A\n4c",
            "repeats that take too long to play; write out those that are wanted",
        ),
        (
            "*>[" + ",".join("A" * 4000) + "]\n*>A\n" + "4c\n" * 200,
            "repeats that take too long to play; write out those that are wanted",
        ),
    ],
)
def test_orders_that_cannot_be_played_are_refused(body: str, reason: str) -> None:
    [error] = read(f"**kern\n*MX\n{body}\n*-".encode(), "", ReadOptions(unfold=True))
    assert isinstance(error, ReadError)
    assert error.reason == reason
