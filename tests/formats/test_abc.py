from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats.abc.line import is_line
from solfa.formats.abc.reader import read
from solfa.formats.abc.writer import write
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import melodies, notes_of, sung


def music(text: str, key: str = "C", meter: str = "4/4", more: str = "") -> Melody:
    [tune] = read(f"X:1\nM:{meter}\nL:1/4\n{more}K:{key}\n{text}\n".encode(), "tune.abc")
    assert isinstance(tune, Melody), tune
    return tune


def pitches(text: str, key: str = "C", more: str = "") -> list[int | None]:
    return [note.pitch for note in music(text, key, more=more).notes]


def durations(text: str, meter: str = "none") -> list[str]:
    return [str(note.duration) for note in music(text, meter=meter).notes]


def shape(text: str, meter: str = "3/4", more: str = "") -> tuple[str, list[str]]:
    """Pickup and bar lengths."""
    tune = music(text, meter=meter, more=more)
    return str(tune.pickup), [str(length) for _, length, _ in tune.bar_lines()]


ESAC = """\
X:7
T: Ein V\u00f6gelein
N: Q0001A
O: Europa, Deutschland
N: sung at dusk
R: Lied
M: 3/4
L: 1/8
K: G
D2 | G2AB_B2 | B2A2
z2 | G4F2 | G6
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "latin-1", "cp437 as latin-1 in utf-8"])
def test_reads_an_esac_tune(encoding: str) -> None:
    data = (
        ESAC.encode("cp437").decode("latin-1").encode()
        if " " in encoding
        else ESAC.encode(encoding)
    )
    [tune] = read(data, "songs/some.abc")
    assert tune == Melody(
        [
            Note(62, 1), Note(67, 1), Note(69, "1/2"), Note(71, "1/2"), Note(70, 1),
            Note(71, 1), Note(69, 1), Note(None, 1), Note(67, 2), Note(66, 1), Note(67, 3),
        ],
        Key("G"),
        Meter(3, 4),
        pickup=1,
        phrase_ends=(6, 10),
    )  # fmt: skip
    assert tune.metadata == Metadata(
        "Ein Vögelein", "Q0001A", "Europa, Deutschland", "Lied", comments=("N: sung at dusk",)
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(melodies(key_changes=True))
def test_reading_what_was_written_gives_it_back(melody: Melody) -> None:
    [again] = read(write(melody), "tunes/other.abc")
    assert again == melody
    assert again.metadata == melody.metadata


texts = st.text(st.sampled_from('\\%&;u0041"ABNST: |\n\t\x81é'), max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    st.builds(
        Metadata, texts, texts, texts, texts, texts,
        st.lists(texts.filter(bool), max_size=3).map(tuple), st.none(), texts, texts,
    )
)  # fmt: skip
def test_texts_with_marks_of_abc_come_back(metadata: Metadata) -> None:
    [again] = read(write(Melody([Note(60, 1)], metadata=metadata)), "tunes/other.abc")
    assert again.metadata == metadata


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("c", "^F,2", "__b'/", "=e3/2", "z", "Z2", "x//", "-", ">", "<<", "(3", "(5:4:6"),
                *("|", "|:", ":|", "||", "|]", "[1", "|2", "::", "[|]", "{gf}", '"Am"', "!trill!"),
                *("[M:3/4]", "[M:0/4]", "[K:Am]", "[L:1/0]", "[V:2]", "[CE]", "&", "\n", "\\\n"),
                *("M:none", "K:Ddor", "K:H", "Q:1/4=x", "%%solfa phrases lines\n", "9999999999"),
            ]
        )
    ).map("".join)
    | st.text("abcGz0123456789/|:[](){}-^_=><,'\"!\\% \nXKMLQ")
)  # fmt: skip
def test_nothing_but_a_melody_or_a_refusal_comes_back(text: str) -> None:
    for tune in read(f"X:1\nM:2/4\nK:G\n{text}".encode(), ""):
        assert isinstance(tune, Melody | ReadError)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_bytes_are_read_or_refused(data: bytes, header: bool) -> None:
    for tune in read(b"X:1\nK:C\n" * header + data, "x"):
        assert isinstance(tune, Melody | ReadError)


def test_lengths_and_octaves() -> None:
    assert durations("c c2 c3/2 c/ c/2 c// c/4 c3/ c0002") == [
        "1", "2", "3/2", "1/2", "1/2", "1/4", "1/4", "3/2", "2",
    ]  # fmt: skip
    assert pitches("C,, C, C c c' c'' c,") == [36, 48, 60, 72, 84, 96, 60]


@pytest.mark.parametrize(
    ("meter", "unit"), [("2/4", "1/4"), ("3/4", "1/2"), ("6/8", "1/2"), ("none", "1/2")]
)
def test_the_plain_note_follows_the_metre_where_none_is_given(meter: str, unit: str) -> None:
    [tune] = read(f"X:1\nM:{meter}\nK:C\nc".encode(), "")
    assert isinstance(tune, Melody)
    assert str(tune.notes[0].duration) == unit


def test_broken_rhythm_and_tuplets() -> None:
    assert durations("c>c c<c c>>c c<-c c>(c z>c") == [
        "3/2", "1/2", "1/2", "3/2", "7/4", "1/4", "2", "3/2", "1/2", "3/2", "1/2",
    ]  # fmt: skip
    assert durations("(3ccz c (3c/{d}c/(c/ c) (3:2:1c (5:4:5ccccc (2cc") == [
        "2/3", "2/3", "2/3", "1", "1/3", "1/3", "1/3", "1", "2/3", *["4/5"] * 5, "3/2", "3/2",
    ]  # fmt: skip
    assert durations("(5c/c/c/c/c/", "6/8") == ["3/10"] * 5


def test_accidentals_hold_to_the_bar_line_in_every_octave() -> None:
    assert pitches("^f f F f | f =f f _b B ^^c __c", "G") == [
        78, 78, 66, 78, 78, 77, 77, 70 + 12, 70, 74, 70,
    ]  # fmt: skip
    octave = "%%propagate-accidentals octave\n"
    assert pitches("^c c C", more=octave) == [73, 73, 60]
    assert pitches("^c c | c", more="I:propagate-accidentals not\n") == [73, 72, 72]


def test_ties_join_and_carry_their_accidental_over_the_bar_line() -> None:
    tune = music("^c2 ^f2- | f f2 c | (d-e) d2- | d4")
    assert [(n.pitch, str(n.duration)) for n in tune.notes] == [
        (73, "2"), (78, "3"), (77, "2"), (72, "1"), (74, "1"), (76, "1"), (74, "6"),
    ]  # fmt: skip


def test_what_is_not_notes_is_passed_over() -> None:
    assert pitches('"Am"(A ~.B) vc {gab}Td !trill!e "^slow"f +p+ y3 `g H.a % words\nw: la la') == [
        69, 71, 72, 74, 76, 77, 79, 81,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("G", Key("G")), ("Am", Key("A", "minor")), ("A min", Key("A", "minor")),
        ("EM", Key("E", "minor")), ("Bb major", Key("Bb")), ("Dmix", Key("D", "mixolydian")),
        ("E Dorian", Key("E", "dorian")), ("F#phr % odd", Key("F#", "phrygian")),
        ("Aaeo", Key("A", "minor")), ("Flyd bass", Key("F", "lydian")),
        ("HP", Key("A", "mixolydian")), ("D exp ^f", Key("D", "mixolydian")),
        ("G clef=treble", Key("G")), ("D=c", Key("D")), ("Dphr ^f", Key("D", "phrygian")),
    ],
)  # fmt: skip
def test_keys(text: str, key: Key) -> None:
    assert music("c", text).key == key


def test_explicit_accidentals_change_the_signature() -> None:
    assert pitches("f b e", "Dphr ^f") == [78, 82, 75]
    assert pitches("f b e", "D exp _b^f") == [78, 82, 76]
    assert pitches("f c", "none") == [77, 72]


def test_a_missing_key_is_found() -> None:
    assert music("G B d g3 G2", "none").key == Key("G")


def test_a_line_is_a_phrase_in_esac_files_in_ours_and_where_asked() -> None:
    text = "X:1\nM:none\nK:C\nc d\ne f\\\ng\n"
    assert [tune.phrase_ends for tune in read(text.encode(), "")] == [()]  # type: ignore[union-attr]
    asked = read(text.encode(), "", lines_are_phrases=True)
    esac = read(text.replace("M:", "N: A0001\nM:").encode(), "")
    assert [tune.phrase_ends for tune in (*asked, *esac)] == [(1, 4)] * 2  # type: ignore[union-attr]


def test_bars_that_disagree_with_the_metre_get_their_own() -> None:
    assert shape("c | c3 | c2 | c4 | c3 | c2 |]") == ("1", ["1", "3", "2", "4", "3", "3"])
    assert shape("c3 |[M:2/4] c2 | c2 |") == ("0", ["3", "2", "2"])


@pytest.mark.parametrize("sign", [":|", "::", "||", "|]", ":|:", ":|\n|:"])
def test_a_bar_that_a_sign_cuts_is_one_bar(sign: str) -> None:
    assert shape(f"c | c3 | c2 {sign} c | c3 |") == ("1", ["1", "3", "3", "3"])
    assert shape(f"c | c3 | c2 {sign} c3 |") == ("1", ["1", "3", "2", "3"])


def test_endings_follow_each_other() -> None:
    assert pitches("|:c4 |1 d4 :|2 e4 | [1 f4 :|[2 g4 |]") == [72, 74, 76, 77, 79]


def test_an_esac_line_ends_a_bar_where_either_side_is_full() -> None:
    esac = "N: A0001\n"
    assert shape("c | c3\nc3 | c2\nc | c3", more=esac) == ("1", ["1", "3", "3", "3", "3"])
    assert shape("c3 | c2\nc3 | c3", more=esac) == ("0", ["3", "2", "3", "3"])


def test_a_single_short_bar_is_a_pickup_unless_a_bar_line_opens_it() -> None:
    assert shape("c2 |]")[0] == "2"
    assert shape("| c2 |]")[0] == "0"


def test_tunes_of_a_file_come_in_order_each_read_or_refused() -> None:
    text = "L:1/2\n\nX:1\nT:one\nK:C\nc\n\nfree text\n\nX:2\nK:C\n[CE]\n\nX:3\nO:there\nK:C\nd"
    first, second, third = read(text.encode(), "dir/book.abc")
    assert isinstance(first, Melody)
    assert isinstance(second, ReadError)
    assert isinstance(third, Melody)
    assert first.notes == (Note(72, 2),)
    assert (first.metadata.id, first.metadata.title) == ("book:1", "one")
    assert (third.metadata.id, third.metadata.region) == ("book:3", "there")


def test_metadata_keeps_every_text() -> None:
    data = music(
        "c",
        more='T:A caf\\\'e\nT:Or b&auml;r\nC:trad\nB:a book\nR:jig\nZ:me\n% so it is\nQ:"Fast" 3/8=40\n',
    ).metadata
    assert (data.title, data.source, data.genre, data.tempo) == ("A café", "a book", "jig", 60)
    assert data.comments == ("T: Or bär", "Z: me", "so it is")
    assert data.composer == "trad"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("c d\nc [ce] d", 5, "a chord; give one voice, or take its top with top=True (--top)"),
        (
            "V:1\nc\nV:B\nc",
            1,
            "several voices: 1 '1', 2 'B'; choose one by voice=N (--voice N)",
        ),
        ("c & e", 4, "voices laid over each other by &; keep one"),
        ("c4 | c #\n]", 5, "symbol ']' has no meaning here"),
        ("4 c", 4, "symbol '4' has no meaning here"),
        ("c4 | C# D", 4, "C# is no note of ABC; write ^C"),
        ("CDEF | Fine", 4, "text 'Fine' among the notes; put it into quotes"),
        ("c4 | [M:x] d", 4, "a metre that cannot be read"),
        ("c4 | [M:3/5] d", 4, "a metre that cannot be read"),
        ("c4 | [L:1/0] d", 4, "a unit length L: that cannot be read"),
        ("c4 |\n[M:none] d", 5, "free metre in a part of the tune"),
        ("c4 |\nc/3 | c4", 5, "a bar whose length no metre has"),
        ("Z1000000000", 4, "lasts over 16384 quarters; cut it"),
        ("(1000000 c", 4, "a tuplet of more than 999 notes"),
        ("(3:2:1000000 c", 4, "a tuplet of more than 999 notes"),
        ("> c", 4, "broken rhythm without a note before it"),
        ("c>>>>c", 4, "broken rhythm twice between two notes"),
        ("c0", 4, "a note without length"),
        ("c''''''", 4, "a pitch outside MIDI's range"),
        ("w: la", 1, "no notes; give a file with a tune"),
    ],
)
def test_refusals_say_where_and_why(text: str, line: int, reason: str) -> None:
    [error] = read(f"X:1\nM:4/4\nK:C\n{text}".encode(), "bad.abc")
    assert isinstance(error, ReadError), error
    assert (error.line, error.reason, error.source) == (line, reason, "bad.abc")


def test_refuses_a_tune_without_a_key() -> None:
    assert [tune.reason for tune in read(b"X:1\nc d e", "")] == [
        "no key field K:; add one such as K:G, or K:none"
    ]  # type: ignore[union-attr]
    [error] = read(b"X:1\nK: H\nc", "")
    assert isinstance(error, ReadError)
    assert error.reason == "a key that cannot be read"


def test_writes_abc_that_reads_well() -> None:
    tune = Melody(
        [
            Note(67, 1), Note(70, "1/2"), Note(69, "1/2"), Note(66, 5), Note(None, "3/2"),
            *[Note(74, "1/3")] * 3, Note(75, "1/2"), Note(87, "5/4"), Note(67, "3/4"),
        ],
        Key("G", "minor"),
        Meter(3, 4),
        pickup=1,
        phrase_ends=(3, 10),
        metadata=Metadata("A tune", "T1", genre="Lied", comments=("Z: me", "50 %"), tempo=90),
    )  # fmt: skip
    assert write(tune).decode() == (
        "%abc-2.1\nX:1\nT: A tune\nR: Lied\nZ: me\n% 50 \\%\n%%solfa id T1\n"
        "%%solfa phrases lines\nM:3/4\nL:1/16\nQ:1/4=90\nK:Gm\n"
        "G4 | B2A2 ^F8- | ^F12 |\nz6(3d2d2d2e2 | e'4-e'G3 |]\n"
    )


def test_writes_four_bars_a_line_where_phrases_are_unknown() -> None:
    tune = Melody([Note(60, 2)] * 10, meter=Meter(2, 4))
    assert write(tune).decode().split("\n")[-4:-1] == [
        "C4 | C4 | C4 | C4 |", "C4 | C4 | C4 | C4 |", "C4 | C4 |]",
    ]  # fmt: skip


def test_a_key_found_by_analysis_is_said_once() -> None:
    (tune,) = read(b"X:1\nL:1/4\nK:none\nG B d G\n", "x")
    assert isinstance(tune, Melody)
    assert tune.metadata.comments == ("key: found by analysis",)
    (again,) = read(write(tune), "x")
    assert isinstance(again, Melody)
    assert again.metadata.comments == tune.metadata.comments


HEAD = "X:1\nM:4/4\nL:1/4\nK:C\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "C D E F|\n%%begintext\nPlayed by Fred at a gig\n\n%%endtext\nG A B c|]", "C D E F G A B c"),
        (HEAD + "C D|\n%%beginsvg\n<path d='abc'/>\n%%endsvg\nE F|]", "C D E F"),
        (HEAD + "CDEF|\nBass part\nGABc|]", "C D E F G A B c"),
        (HEAD + "C D|!E F|!\nG A|]", "C D E F G A"),
        (HEAD + "C !D.C. al fine!D|!trill!E F|]", "C D E F"),
        (HEAD + "|:C D E F|1 G A B c-:|2 c2 z2|]", "C D E F G A B c c2 z2"),
        (HEAD + "|:C D E F|[1 G A B ^c-:|\n[2 c2 z2|]", "C D E F G A B ^c =c2 z2"),
        (HEAD + '|:C D E F|["1" G A B c-:| |2 c2 z2|]', "C D E F G A B c c2 z2"),
        (HEAD + '"^50% slower"C D E F|]', "C D E F"),
        (HEAD + "|:C4| 1 D4:| 2 E4|]", "C4 D4 E4"),
        (HEAD.replace("K:", "V:1\nV:2\nK:") + "[V:1]C D E F|]", "C D E F"),
        (HEAD.replace("K:", "V:1\nV:2\nK:") + "V:1\nC D|\nV:2\nz2|\n", "C D"),
        (HEAD + "kd4| vkG4|]", "d4 G4"),
        (HEAD + "(uiBc) \\\n| G4|]", "Bc G4"),
        (HEAD + "CDEF|\nby a lad\nGABc|]", "C D E F G A B c"),
        (HEAD.replace("K:", "I:linebreak !\nK:") + "C D!E!F G!", "C D E F G"),
        (HEAD.replace("X:1\n", "T:no number\n") + "C D|]", "C D"),
        ("M:4/4 L:1/4 K:Cmaj |: G 2 d B | ^ c A, 2 G > E : |", "G2 d B ^c A,2 G3/2 E/2"),
    ],
)  # fmt: skip
def test_music_is_neither_lost_nor_invented(text: str, expected: str) -> None:
    assert one(text).notes == one(HEAD + expected).notes


@pytest.mark.parametrize(
    ("encoding", "title"),
    [("cp1252", "O’Neill’s – café"), ("utf-16", "Łódź"), ("utf-16-le", "Łódź"), ("cp437", "Grün")],
)
def test_text_is_read_in_its_encoding(encoding: str, title: str) -> None:
    (tune,) = read(f"X:1\rT:{title}\rM:4/4\rL:1/4\rK:C\rC D E F|]\r".encode(encoding), "x")
    assert isinstance(tune, Melody)
    assert tune.metadata.title == title


def test_what_is_left_out_is_said() -> None:
    text = HEAD + "C D E F|\nBass part\n\nG A B c|]"
    assert one(text).metadata.comments == (
        "passed over: music after a blank line (line 8)",
        "passed over: text among the music (line 6)",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CD|\n%%begintext\nEF|\n", "a block without its end (line 6)"),
        ("CD|\n%%beginps\nEF|\n\nX:2\nK:C\nC|", "a block without its end (line 6)"),
        ("C!EFga!D|", "a decoration that spells notes (line 5)"),
        ("C+Eg+D|", "a decoration that spells notes (line 5)"),
    ],
)
def test_notes_that_are_taken_for_none_are_said(text: str, said: str) -> None:
    tune = read((HEAD + text).encode(), "x")[0]
    assert isinstance(tune, Melody)
    assert tune.pitches == (60, 62)
    assert tune.metadata.comments == (f"passed over: {said}",)


@pytest.mark.parametrize("mark", ["!f!", "!fff!", "!trill!", "!5!", "!D.C.!", "+fermata+", "!mf!"])
def test_decorations_are_no_notes(mark: str) -> None:
    assert one(f"{HEAD}C{mark}D|").metadata.comments == ()


def test_symbols_without_meaning_are_counted() -> None:
    assert one(HEAD + "kC2 qD2|kE4|]").metadata.comments == (
        "passed over: 3 symbols without meaning: k, q (line 5)",
    )


@pytest.mark.parametrize("name", ["score", "sound", "shift", "instrument"])
def test_transpositions_that_are_not_read_are_said(name: str) -> None:
    assert one(HEAD.replace("K:C", f"K:C {name}=BA") + "c").metadata.comments == (
        f"passed over: transposition {name}= (line 4)",
    )


def test_a_doubtful_key_is_read() -> None:
    assert music("c", "Ador?").key == Key("A", "dorian")


@pytest.mark.parametrize("field", ["K:{}", "[K:{}]"])
@pytest.mark.parametrize("key", ["D", "Am", "Bb", "Ador"])
def test_the_key_may_change(field: str, key: str) -> None:
    tune = one(HEAD + f"C D E F|\n{field.format(key)}\nF G A c|]")
    assert [(at, str(new)) for at, new in tune.key_changes] == [
        (4, str(one(HEAD.replace("K:C", f"K:{key}") + "c").key))
    ]
    assert tune.pitches[4:] == one(HEAD.replace("K:C", f"K:{key}") + "F G A c").pitches


def test_keys_follow_repeats_that_are_unfolded() -> None:
    tune = one(HEAD + "|: C4 | [K:G] F4 :| F4 |]", ReadOptions(unfold=True))
    assert tune.pitches == (60, 66, 60, 66, 66)
    assert [(int(at), new.tonic) for at, new in tune.key_changes] == [(4, "G"), (8, "C"), (12, "G")]


@pytest.mark.parametrize(
    "field",
    [
        *("K:C octave=-1", "V:1 octave=-1\nK:C", "K:C transpose=-12", "K:C clef=treble-8"),
        *("K:C treble-8", "V:bass+8 clef=treble-8\nK:C", "K:C bass-15 octave=1"),
        "K:C clef=treble+8\nK:clef=treble octave=-1",
    ],
)
def test_notes_sound_where_the_field_says(field: str) -> None:
    assert one(HEAD.replace("K:C", field) + "c").pitches == (60,)


@pytest.mark.parametrize(
    ("meter", "read_as"), [("3/4+2/4", "5/4"), ("(2+3)/8", "5/8"), ("3/8 + 1/4", "5/8")]
)
def test_sums_of_metres(meter: str, read_as: str) -> None:
    assert str(music("c", meter=meter).meter) == read_as


def test_the_composer_and_words_below_the_tune_are_kept() -> None:
    data = one("X:1\nC:Bach\nC:arr. me\nK:C\nc|]\nW:First verse\n").metadata
    assert (data.composer, data.comments) == ("Bach", ("C: arr. me", "W: First verse"))


def one(text: str, options: ReadOptions = ReadOptions()) -> Melody:
    (tune,) = read(text.encode(), "x.abc", options)
    assert isinstance(tune, Melody), tune
    return tune


@settings(max_examples=100, deadline=None)
@given(sung())
@example(Melody([Note(60, 1)] * 3, "C major", lyrics=(("a", "|", "b"),)))
def test_words_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert isinstance(again, Melody)
    assert again == melody
    assert again.lyrics == melody.lyrics


def test_words_stand_below_their_notes() -> None:
    text = (
        "X:1\nM:4/4\nL:1/4\nK:C\nC D z E- | E F G2 |\nw: Hel-lo, you_ * there\nw: O~my hel\\-lo-la\n"
        "G F | E4 |]\nw: Bye | now % not sung\n"
    )
    first = ("Hel-", "lo,", "", "you", "", "there", "Bye", "", "now")
    second = ("O my", "hel-lo-", "", "la", "", "", "", "", "")
    assert one(text).lyrics == (first, second)


def test_a_syllable_may_last_for_notes_and_a_word_for_lines() -> None:
    """A hyphen apart is held within a word; fewer syllables than notes leave the rest bare."""
    text = "X:1\nM:4/4\nL:1/4\nK:C\nC D E F |\nG A B c |\nw: A-_men a--le -\n+: lu\n"
    assert one(text).lyrics == (("A-", "_", "men", "a-", "_", "le", "_", "lu"),)


ROUND = """X:1
M:3/4
L:1/4
K:C
{}
"""


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("|: C D E :| F3 |]", "C D E | C D E | F3 |]"),
        ("C D E :: F3 :|", "C D E | C D E | F3 | F3 |]"),
        ("|: C D E |1 F3 :|2 G3 || c3 |]", "C D E | F3 | C D E | G3 | c3 |]"),
        ("|: C D E | [1,3 F3 :| [2 G3 :| c3 |]", "C D E|F3|C D E|G3|C D E|F3|c3|]"),
        ("C D E || F G A :|", "C D E | F G A | F G A |]"),
        ("|:: C D E ::| c3 |]", "C D E | C D E | C D E | c3 |]"),
        ("C | D E F | G2 :| A | B2 c |]", "C | D E F | G2 C | D E F | G2 A | B2 c |]"),
        ("[M:3/4] C3 |: [M:2/4] C2 :| [M:3/4] C3 |]", "C3 | [M:2/4] C2 | C2 | [M:3/4] C3 |]"),
    ],
)
def test_repeats_are_unfolded_where_asked(written: str, plain: str) -> None:
    again = one(ROUND.format(written), ReadOptions(unfold=True))
    assert again == one(ROUND.format(plain))


def test_parts_are_played_in_their_order_with_words_and_phrases() -> None:
    text = "X:1\nP:A2B\nM:2/4\nL:1/4\nK:C\nP:A\nC D |\nw: do re\nP:B\n|: E :|\nw: mi\n"
    (tune,) = read(text.encode(), "x", ReadOptions(unfold=True), lines_are_phrases=True)
    assert isinstance(tune, Melody)
    assert tune.pitches == (60, 62, 60, 62, 64, 64)
    assert tune.lyrics == (("do", "re", "do", "re", "mi", "mi"),)
    assert tune.phrase_ends == (1, 3, 4, 5)
    assert one(text).pitches == (60, 62, 64)


QUARTERS = melodies(
    notes_of([Fraction(1)], 48, 80),
    meters=st.just(Meter(1, 4)),
    free=False,
    changes=False,
    max_size=4,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), sung(QUARTERS)), min_size=1, max_size=4))
def test_a_book_with_repeats_is_its_plain_sequence(sections: list[tuple[bool, Melody]]) -> None:
    """Sections of quarters in 1/4, some repeated: the same notes, words and bars as written out."""
    written, notes, verse = [], [], []
    for repeated, tune in sections:
        plain = tune.replace(key=Key("C"), pickup=0, phrase_ends=(), metadata=Metadata())
        body = write(plain).decode().splitlines()
        start = next(i for i, line in enumerate(body) if line.startswith("K:")) + 1
        lines = [line.replace("|]", "|").removeprefix("|") for line in body[start:]]
        lines[0] = ("|:" if repeated else "||") + lines[0]
        last = max(i for i, line in enumerate(lines) if not line.startswith("w:"))
        lines[last] = lines[last].rstrip("| ") + (":|" if repeated else "||")
        written += lines if tune.lyrics else [*lines, "w: *"]
        words = tune.lyrics[0] if tune.lyrics else ("",) * len(tune.notes)
        notes += list(tune.notes) * (1 + repeated)
        verse += list(words) * (1 + repeated)
    again = one("X:1\nM:1/4\nL:1/8\nK:C\n" + "\n".join(written), ReadOptions(unfold=True))
    assert again.notes == tuple(notes)
    assert (again.lyrics or (("",) * len(notes),))[0] == tuple(verse)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("|: C D E !D.C.! :|", "a jump !D.C.!, which is not unfolded; write it out"),
        ('|: C D E ["last" F3 :|', "an ending 'last' without a number"),
    ],
)
def test_what_is_not_unfolded_is_told(text: str, reason: str) -> None:
    (found,) = read(ROUND.format(text).encode(), "x", ReadOptions(unfold=True))
    assert isinstance(found, ReadError)
    assert found.reason == reason
    assert isinstance(read(ROUND.format(text).encode(), "x")[0], Melody)


def test_one_of_several_voices_is_read() -> None:
    text = "X:1\nV:T\nV:B\nM:2/4\nL:1/4\nK:C\n[V:T] c d |\nw: la la\n[V:B] C [M:2/4] D |\nV:T\ne f |\nV:B\nE F |\n"
    assert one(text, ReadOptions(voice=1)).pitches == (72, 74, 76, 77)
    assert one(text, ReadOptions(voice=1)).lyrics == (("la", "la", "", ""),)
    assert one(text, ReadOptions(track="B")).pitches == (60, 62, 64, 65)
    (found,) = read(text.encode(), "x", ReadOptions(voice=3))
    assert isinstance(found, ReadError)
    assert found.reason == "no voice 3; there are 1 'T', 2 'B'"


@pytest.mark.parametrize("text", ["[C]D [E2] F-|F", "[CC]D [EE]2 F-|F", "CD E2 [FF]-|[F]"])
def test_a_chord_of_one_pitch_is_a_note(text: str) -> None:
    assert one(HEAD + text).notes == one(HEAD + "CD E2 F-|F").notes


def test_the_top_of_a_chord_is_read_where_asked() -> None:
    tune = one("X:1\nM:4/4\nL:1/4\nK:C\n[CEG]2 [^FD]2- | F4 |]\n", ReadOptions(top=True))
    assert tune.notes == tuple(Note(p, Fraction(d)) for p, d in [(67, 2), (66, 2 + 4)])

    assert one(HEAD + '["a"CE]2 D2|]', ReadOptions(top=True)).pitches == (64, 62)


@pytest.mark.parametrize(
    "text",
    [
        *(">" * 300_000, "{" * 300_000, "[K:" * 100_000, " " * 300_000, "[CE" * 100_000),
        *("!a" * 150_000, '"' * 300_000, "Z" + "9" * 300_000, "(3" * 150_000, "|:c:|" * 60_000),
    ],
    ids=lambda text: text[:6],
)
def test_hostile_lines_are_read_in_one_go(text: str) -> None:
    """Were any of them tried again from each place, as expressions can, it would take hours."""
    for tune in read(f"{HEAD}C{text}".encode(), "", ReadOptions(unfold=True)):
        assert isinstance(tune, Melody | ReadError)


def test_many_repeats_are_unfolded() -> None:
    tune = one(HEAD.replace("K:", "L:1/16\nK:") + "|:C16:|" * 1000, ReadOptions(unfold=True))
    assert tune.pitches == (60,) * 2000


def test_a_long_line_is_told_without_trying_all_ways_to_read_it() -> None:
    """Each number could be read in several ways: with forty of them it took for ever."""
    assert not is_line("G2 A B " + "| c22 dB333 " * 40 + "| Bo")
    assert is_line("G2 A B " + "| c22 dB333 " * 40 + "| B//2")
