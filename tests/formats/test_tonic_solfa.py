"""Sol-fa and degrees as text: what is written comes back, what singers write is understood."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.solmization import SYSTEMS
from solfa.errors import ReadError, SolfaError
from solfa.formats.read_options import ReadOptions
from solfa.formats.tonic_solfa.reader import is_solfa, read
from solfa.formats.tonic_solfa.writer import write
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Meter, MeterChange
from strategies import melodies


def tune(text: str, **options: object) -> Melody:
    (melody,) = read(text.encode(), "x", ReadOptions(**options))
    assert isinstance(melody, Melody), melody
    return melody


def notes(text: str, **options: object) -> str:
    """The notes as ``67 r:2 62:1/2``."""
    return " ".join(
        ("r" if pitch is None else str(pitch)) + (f":{lasts}" if lasts != 1 else "")
        for pitch, lasts in ((n.pitch, n.duration) for n in tune(text, **options).notes)
    )


def refusal(text: str) -> str:
    (error,) = read(text.encode(), "x.sol")
    assert isinstance(error, ReadError), error
    return str(error)


@settings(max_examples=150, deadline=None)
@given(melodies(key_changes=True), st.sampled_from(SYSTEMS))
def test_reading_undoes_writing_in_every_system(melody: Melody, system: str) -> None:
    (again,) = read(write(melody, WriteOptions(syllables=system)), "x")
    assert again == melody
    assert again.metadata == melody.metadata


syllable = st.sampled_from(["", "hel-", "lo", "_", "*", "a ~ b", "\\n%&", "è"])


@settings(max_examples=50, deadline=None)
@given(melodies(key_changes=True), st.data())
def test_words_come_back(melody: Melody, data: st.DataObject) -> None:
    verse = st.tuples(
        *(syllable if note.pitch is not None else st.just("") for note in melody.notes)
    )
    sung = melody.replace(lyrics=tuple(data.draw(st.lists(verse, max_size=2))))
    (again,) = read(write(sung), "x")
    assert isinstance(again, Melody)
    assert again.lyrics == sung.lyrics


@settings(max_examples=50, deadline=None)
@given(st.text("drmfslt rdoemifasolti1234567b#',:/|-_[]0.;\n", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    (melody,) = read(text.encode(), "x")
    assert isinstance(melody, Melody) or "\n" not in str(melody)
    is_solfa(text)


def test_how_it_looks() -> None:
    text = (
        "key: G major\nmeter: 3/4\npickup: 1\nsystem: do\ntempo: 96\ntitle: Grüße\n"
        "so, | do:2 mi:1/2 r:1/2 | so:3 | -:1/2 fi:1/2 di' r / |\n"
        "[4/4] si me di te, | do:4 / |\n"
    )
    melody = tune(text)
    assert write(melody).decode() == text
    assert melody.meter_changes == (MeterChange(Fraction(10), Meter(4, 4)),)
    assert melody.metadata.comments == ()


def test_octaves_are_fixed_between_one_do_and_the_next() -> None:
    assert notes("so, ti, do ti do' do''", key=Key("G")) == "62 66 67 78 79 91"
    assert notes("5, 1 7 1'", key=Key("Bb")) == "65 70 81 82"
    assert notes("do", key=Key("B")) == "71"
    assert notes("do", key=Key("C")) == "60"


def test_minor_is_from_do_or_from_la() -> None:
    minor = Key("E", "minor")
    assert notes("do re me fa so le te do'", key=minor) == "64 66 67 69 71 72 74 76"
    assert notes("la, ti, do re mi fa so la", key=minor, syllables="la") == notes(
        "key: E minor; system: la; la, ti, do re mi fa so la"
    )
    assert notes("la, ti, do re mi fa si la", key=minor, syllables="la").startswith("64 66 67")
    assert notes("1 2 3 4 5 6 #7 1'", key=minor) == "64 66 67 69 71 72 75 76"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("doh ray mi fah soh lah ti doh'", "do re mi fa so la ti do'"),
        ("d r m f s l t d'", "do re mi fa so la ti do'"),
        ("Do Ré Mi Sol", "do re mi so"),
        ("d¹ s₁ fa♯ sib", "do' so, fi te"),
        ("do so# lab", "do si le"),
        ("do - re _ -:1/2", "do:2 re:5/2"),
        ("do:1.5 re:1/2", "do:3/2 re:1/2"),
        ("do r mi", "do 0 mi"),
        ("d r m", "do re mi"),
        ("d rest m", "do 0 mi"),
        ("5 r 0 5", "so 0 0 so"),
        ("do|re||mi|]", "do | re | mi"),
        ("% a word before\ndo re", "do re"),
    ],
)
def test_what_singers_write_is_taken_too(text: str, same: str) -> None:
    assert notes(text) == notes(same)


def test_si_is_ti_only_where_nothing_says_otherwise() -> None:
    assert notes("la si do'") == "69 71 72"
    assert tune("la si do'").metadata.found[0].endswith("in C major, si as ti")
    for text in ("ti si", "te si", "fi si", "system: do; si"):
        assert notes(text).split()[-1] == "68"
    assert notes("si", syllables="do") == "68"


def test_bars_tell_the_metre_and_the_pickup() -> None:
    melody = tune("5, | 1 2 3 | 1 - 5, | 1")
    assert (melody.meter, melody.pickup) == (Meter(3, 4), 1)
    assert melody.metadata.found == ("notes: read as degrees, in C major",)
    assert tune("meter: 4/4; so fa | mi:2").pickup == 2
    assert tune("meter: 4/4; so fa |").pickup == 0
    assert tune("meter: 4/4; pickup: 2; so fa |").pickup == 2
    assert tune("meter: 6/8; do:3/2 mi").meter == Meter(6, 8)
    assert tune("meter: none; do mi").meter is None


def test_phrases_end_at_slashes() -> None:
    melody = tune("do re / mi:1/2 fa:1/2/ | so so /")
    assert melody.phrase_ends == (1, 3, 5)


def test_what_is_not_told_is_found_and_said() -> None:
    melody = tune("so, do do re mi do so,", key=Key("F"))
    assert melody.metadata.found == (
        "notes: read as sol-fa, in F major",
        "metre: found by analysis",
        "pickup: found by analysis",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "do\nxo",
            "x.sol, line 2: 'xo' (word 1) is no sol-fa; write do re mi fa so la ti or 1..7, with '",
        ),
        ("do 8", "x.sol, line 1: '8' (word 2) is no sol-fa"),
        ("do b" + "x" * 99, "line 1: 'bxxxxxxxxxxxxxxxxxxx...' (word 2) is no sol-fa"),
        ("", "x.sol: is empty; give a file with a tune"),
        ("key: G", "x.sol: no notes"),
        ("- do", "line 1: nothing to hold; begin with a note or r"),
        ("do / - re", "line 1: nothing to hold"),
        ("/ do", "line 1: no note before the end of a phrase, /; leave it out"),
        ("do:1/0", "line 1: '1/0' is no number of quarters; write 2, 1/2 or 1.5"),
        ("do:9999 re:9999", "x.sol: lasts over 16384 quarters; cut it"),
        (
            "do:1/999983 re:1/999979 mi:1/999961 fa:1/999959",
            "line 1: durations without a common measure; quantise them",
        ),
        ("do:0", "line 1: duration 0 is not above 0 quarters; drop the note"),
        ("do''''''", "line 1: pitch 132 is outside 0..127; transpose the melody"),
        ("key: H; do", "line 1: cannot read key 'H'; write B, or 'H-Dur'"),
        ("do\nkey: G", "line 2: key stands after the notes; keep one, before them"),
        ("key: G\nkey: D\ndo", "line 2: key stands for the second time; keep one"),
        ("tonic: G\ndo", "line 1: unknown header 'tonic'; choose from key, meter"),
        ("system: fixed; do", "line 1: unknown system 'fixed'; choose from do, la, degrees"),
        ("tempo: fast\ndo", "line 1: tempo 'fast' is no number; write quarters a minute"),
        ("pickup: x\ndo", "line 1: 'x' is no number of quarters"),
        ("meter: 3/4; pickup: 3; do | re mi fa", "x.sol: a pickup of 3 fills a bar of 3/4"),
        ("words: a b c\ndo r re", "x.sol: words have 3 syllables for 2 notes; leave some out"),
        ("meter: none\ndo | re", "x.sol: bars in free metre; leave them out"),
        ("do [3/4] re | mi", "line 1: a change of metre within a bar; put it behind a bar line"),
        ("do [9] re", "line 1: cannot read metre '9'"),
        (
            "meter: 3/4\nso | do re mi |\nfa so la ti | do'",
            "line 3: bar 2 lasts 4 quarters, and 3 are asked for by 3/4; mend it, or change the"
            " metre before it, as in [4/4]",
        ),
        ("meter: 3/4; do re mi | fa so | la ti do'", "line 1: bar 2 lasts 2 quarters"),
        (
            "meter: 3/4; pickup: 1; so fa | mi re do",
            "bar 0 lasts 2 quarters, and 1 are asked for by the pickup",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_place_and_remedy(text: str, told: str) -> None:
    assert told in refusal(text)


def test_notes_behind_a_change_of_key_are_of_the_new_one() -> None:
    text = (
        "key: G major\nmeter: 2/4\nsystem: do\ncomposer: Anon\n"
        "do re | mi [D major] -:1/2 [E minor] do:1/2 | me do |\n"
    )
    melody = tune(text)
    assert melody.notes == tune("key: G\ndo re mi:3/2 la,:1/2 do la,").notes
    assert melody.key_changes == ((3, Key("D")), (Fraction(7, 2), Key("E", "minor")))
    assert melody.metadata.composer == "Anon"
    assert write(melody).decode() == text
    assert tune("[C] do re mi fa | so").meter == Meter(4, 4)
    assert "line 1: cannot read key 'H'" in refusal("do [H] re")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    text = end.join(["title: O’Neill’s café", "key: G", "do re", "mi"])
    (found,) = read(text.encode(encoding), "x")
    assert isinstance(found, Melody)
    assert (found.metadata.title, found.pitches) == ("O’Neill’s café", (67, 69, 71))


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(SolfaError, match="unknown syllables 'si'; choose from do, la, degrees"):
        read(b"do", "x", ReadOptions(syllables="si"))
    with pytest.raises(SolfaError, match="unknown syllables 'si'"):
        write(tune("do"), WriteOptions(syllables="si"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *((text, True) for text in ("do re mi", "do", "5 6 7 1'", "1 2 3", "5 - r", "b3", "1 | 2")),
        *((text, True) for text in ("d r m", "do xo", "key: G; 5 6", "5 _ 6", "sol.. la")),
        *((text, False) for text in ("67 _ r", "60 62 5", "r _", "0 0", "67 / 67", "", "\0\n")),
        *((text, False) for text in ("tune.abc", "la la.sol", "nope", "67 x")),
    ],
)
def test_sol_fa_is_told_from_symbols_and_files(text: str, answer: bool) -> None:
    assert is_solfa(text) is answer
