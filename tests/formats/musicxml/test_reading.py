"""MusicXML as other programs write it: what is one melody is read, what is not is told."""

import re
import zipfile
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError, shown
from solfa.formats.musicxml import document
from solfa.formats.musicxml.reader import read
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, KeyChange, Melody, Meter, MeterChange, Note

TIME = "<time><beats>4</beats><beat-type>4</beat-type></time>"
C_MAJOR = "<key><fifths>0</fifths><mode>major</mode></key>"
ATTRIBUTES = f"<attributes><divisions>1</divisions>{C_MAJOR}{TIME}</attributes>"
BACK = "<backup><duration>4</duration></backup>"


def note(
    name: str, duration: int | None = 1, more: str = "", voice: int = 1, staff: int = 1
) -> str:
    """``note("C4", 2)``; ``more`` before its pitch or, from ``<notations`` on, at its end."""
    end = more if more.startswith(("<notations", "<lyric")) else ""
    start = more if more != end else ""
    step, octave = (name[0], name[1:]) if name != "r" else ("", "")
    sound = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>" if step else "<rest/>"
    length = "" if duration is None else f"<duration>{duration}</duration>"
    place = f"<voice>{voice}</voice><staff>{staff}</staff>"
    return f"<note>{start}{sound}{length}{place}{end}</note>"


def notes(text: str, **where: int) -> str:
    """``C4:2 D4`` as elements."""
    parts = (part.partition(":") for part in text.split())
    return "".join(note(name, int(length or 1), **where) for name, _, length in parts)


def part(*measures: str, name: str = "A", attributes: str = ATTRIBUTES) -> str:
    inside = "".join(f"<measure>{m}</measure>\n" for m in (attributes + measures[0], *measures[1:]))
    return f'<part id="{name}">{inside}</part>'


def score(*parts: str) -> bytes:
    return f'<score-partwise version="4.0"><part-list/>\n{"".join(parts)}</score-partwise>'.encode()


def one(data: bytes, **choices: object) -> Melody:
    (found,) = read(data, "x.xml", ReadOptions(**choices))  # type: ignore[arg-type]
    assert isinstance(found, Melody), found
    return found


def refusal(data: bytes, **choices: object) -> str:
    (found,) = read(data, "x.xml", ReadOptions(**choices))  # type: ignore[arg-type]
    assert isinstance(found, ReadError), found
    assert len(str(found)) <= 300
    return str(found)


def heard(melody: Melody) -> str:
    """The notes as ``60:2 r:1``; a quarter goes without its length."""
    names = ("r" if note.pitch is None else str(note.pitch) for note in melody.notes)
    return " ".join(
        name if note.duration == 1 else f"{name}:{note.duration}"
        for name, note in zip(names, melody.notes, strict=True)
    )


SCALE = notes("C4 D4 E4 F4")
SILENT = note("r", 4, voice=2)
START, STOP = '<tie type="start"/>', '<tie type="stop"/>'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # Silence that is not written stays silence.
        (score(part(notes("C4") + "<forward><duration>3</duration></forward>", notes("E4:4"))), "60 r:3 64:4"),
        (score(part(notes("C4:4"), "", notes("E4:4"))), "60:4 r:4 64:4"),
        (score(part(notes("C4:2"), notes("E4:4")), part(notes("r:4"), notes("r:4"), name="B")), "60:2 r:2 64:4"),
        # Cue notes, grace notes and notes without length are no notes of the part.
        (score(part(notes("C4") + note("A5", 1, "<cue/>") + notes("E4 F4"))), "60 r 64 65"),
        (score(part(note("A5", None, "<grace/>") + notes("C4:4"))), "60:4"),
        (score(part(note("A5", 0) + notes("C4:4"))), "60:4"),
        # Ties of sound, of notation, and none from a first ending into the second.
        (score(part(note("C4", 4, START), note("C4", 4, STOP))), "60:8"),
        (score(part(note("C4", 4, '<notations><tied type="start"/></notations>'), note("C4", 4, '<notations><tied type="stop"/></notations>'))), "60:8"),
        (score(part(note("C4", 4), note("C4", 4, STOP))), "60:4 60:4"),
        (score(part(note("C4", 4, START), note("D4", 4, STOP))), "60:4 62:4"),
        # Divisions: one where none is told, and changed within a part.
        (score(part(SCALE, attributes=f"<attributes>{TIME}</attributes>")), "60 62 64 65"),
        (score(part(SCALE, "<attributes><divisions>2</divisions></attributes>" + notes("C4:8"))), "60 62 64 65 60:4"),
        # A note without a duration lasts as its type says, a rest of a measure a bar.
        (score(part("<note><pitch><step>C</step><octave>4</octave></pitch><type>half</type><dot/></note>" + notes("D4"))), "60:3 62"),
        (score(part('<note><rest measure="yes"/></note>', notes("C4:4"))), "r:4 60:4"),
        # Silent parts and voices, and voices that take turns, are no second voice.
        (score(part(SCALE), part(notes("r:4"), name="B")), "60 62 64 65"),
        (score(part(SCALE), part("<note><unpitched/><duration>4</duration></note>", name="B")), "60 62 64 65"),
        (score(part(SCALE + BACK + SILENT)), "60 62 64 65"),
        (score(part(SILENT + BACK + SCALE)), "60 62 64 65"),
        (score(part(SCALE + BACK + note("r", 4, voice=5, staff=2))), "60 62 64 65"),
        (score(part(notes("C4:4") + BACK + SILENT, SILENT.replace("<voice>2", "<voice>1") + BACK + notes("E4:4", voice=2))), "60:4 64:4"),
        # A note on two staves, such as one of tablature, is one note.
        (score(part(SCALE + BACK + notes("C4 D4 E4 F4", voice=5, staff=2))), "60 62 64 65"),
        # A guitar sounds an octave below what is written.
        (score(part(notes("C4:4"), attributes=ATTRIBUTES.replace("</attributes>", "<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose></attributes>"))), "48:4"),
    ],
)  # fmt: skip
def test_one_melody_is_read(data: bytes, expected: str) -> None:
    assert heard(one(data)) == expected


def test_drums_beside_a_melody_are_passed_over_and_said() -> None:
    drums = part("<note><unpitched/><duration>4</duration></note>", name="B")
    melody = one(score(part(SCALE), drums))
    assert melody.metadata.comments == ("passed over: parts of unpitched notes",)


def test_a_part_that_cannot_be_read_is_not_passed_over() -> None:
    broken = part(SCALE).replace("<beats>4", "<beats>99")
    assert "several parts: 1 '' (0 notes), 2 '' (4)" in refusal(
        score(broken, part(SCALE, name="B"))
    )
    assert "metre with 99 beats" in refusal(score(broken, part(notes("r:4"), name="B")))


def test_the_top_of_a_chord_has_its_words_and_its_breath() -> None:
    breath = "<notations><articulations><breath-mark/></articulations></notations>"
    said = breath + lyric("la")
    chord = note("C4", 2, said) + note("E4", 2, "<chord/>")
    melody = one(score(part(chord + notes("D4:2"))), top=True)
    assert (heard(melody), melody.lyrics, melody.phrase_ends) == ("64:2 62:2", (("la", ""),), (0,))


def test_all_notations_of_a_note_are_read() -> None:
    tied = '<notations><tied type="{}"/></notations><notations><fermata/></notations>'
    breath = "<notations><articulations><breath-mark/></articulations></notations><notations/>"
    first, second = (note("C4", 2, tied.format(kind)) for kind in ("start", "stop"))
    melody = one(score(part(first + second, note("D4", 2, breath) + notes("E4:2"))))
    assert heard(melody) == "60:4 62:2 64:2"
    assert melody.phrase_ends == (1,)


def test_what_is_passed_over_is_said() -> None:
    graces = note("A5", None, "<grace/>") * 2
    melody = one(score(part(graces + note("A5", 1, "<cue/>") + notes("E4:3"))))
    assert melody.metadata.comments == ("passed over: 2 grace notes", "passed over: cue notes")


def test_a_tie_does_not_reach_over_a_first_ending() -> None:
    first = '<barline location="left"><ending number="1" type="start"/></barline>'
    back = '<barline><ending number="1" type="stop"/><repeat direction="backward"/></barline>'
    second = '<barline location="left"><ending number="2" type="start"/></barline>'
    held = notes("A4:3") + note("C5", 1, START)
    data = score(part(notes("G4:4"), first + held + back, second + note("C5", 4)))
    assert heard(one(data)) == "67:4 69:3 72 72:4"
    assert heard(one(data, unfold=True)) == "67:4 69:3 72 67:4 72:4"


def test_repeats_with_endings_are_unfolded() -> None:
    forward = '<barline location="left"><repeat direction="forward"/></barline>'
    first = '<barline location="left"><ending number="1, 2" type="start"/></barline>'
    back = '<barline><ending number="1, 2" type="stop"/><repeat direction="backward"/></barline>'
    second = '<barline location="left"><ending number="3" type="start"/></barline>'
    stop = '<barline><ending number="3" type="stop"/></barline>'
    bars = (notes("C4:4"), forward + notes("D4:4"), first + notes("E4:4") + back)
    data = score(part(*bars, second + notes("F4:4") + stop, notes("G4:4")))
    assert heard(one(data, unfold=True)) == "60:4 62:4 64:4 62:4 64:4 62:4 65:4 67:4"
    assert heard(one(data)) == "60:4 62:4 64:4 65:4 67:4"


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        ('<direction><sound dacapo="yes"/></direction>', "a jump 'dacapo', which is not unfolded; write it out"),
        ("<direction><direction-type><words>D.S. al Coda</words></direction-type></direction>", "a jump 'D.S.', which is not unfolded; write it out"),
        ('<barline location="middle"><repeat direction="backward"/></barline>', "a repeat within a bar, which is not unfolded; write it out"),
        ('<barline><repeat direction="backward" times="1000000000"/></barline>', "repeat '1000000000' is no number that a score can have; export it again"),
        ('<barline><repeat direction="backward" times="100000"/></barline>', "repeats that take too long to play; write out those that are wanted"),
        ('<barline location="left"><ending number="1000000000" type="start"/></barline>', "an ending '1000000000' without a number"),
        (f'<barline location="left"><ending number="{"9" * 5000}" type="start"/></barline>', f"an ending {shown('9' * 5000)} without a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_unfolded_is_refused(sign: str, told: str) -> None:
    data = score(part(notes("C4:2") + sign + notes("D4:2"), notes("E4:4")))
    assert refusal(data, unfold=True) in (f"x.xml, line 2: {told}", f"x.xml: {told}")


def test_repeats_of_very_many_notes_are_not_played() -> None:
    forward = '<barline location="left"><repeat direction="forward"/></barline>'
    back = '<barline><repeat direction="backward" times="4000"/></barline>'
    fine = "<attributes><divisions>1000</divisions></attributes>" + notes("C4") * 100
    told = "repeats that take too long to play; write out those that are wanted"
    assert refusal(score(part(forward + fine + back)), unfold=True) == f"x.xml: {told}"


def test_a_part_in_the_bars_of_each_measure_is_read() -> None:
    partwise = score(part(SCALE, notes("G4:4")), part("", notes("r:4"), name="B"))
    measures = (
        f'<measure><part id="A">{ATTRIBUTES}{SCALE}</part><part id="B">{ATTRIBUTES}</part></measure>',
        f'<measure><part id="A">{notes("G4:4")}</part><part id="B">{notes("r:4")}</part></measure>',
    )
    timewise = f"<score-timewise><part-list/>{''.join(measures)}</score-timewise>".encode()
    assert one(timewise) == one(partwise)
    assert heard(one(timewise)) == "60 62 64 65 67:4"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "windows-1252", "utf-8"])
def test_a_score_is_read_by_what_its_bytes_are(encoding: str) -> None:
    declared = encoding.removesuffix("-le")
    text = f'\n\n<?xml version="1.0" encoding="{declared}"?>\n{score(part(SCALE)).decode()}'
    titled = text.replace("<part-list/>", "<movement-title>Grüße</movement-title><part-list/>")
    melody = one(titled.encode(encoding))
    assert (heard(melody), melody.metadata.title) == ("60 62 64 65", "Grüße")
    chord = titled.replace("</note></measure>", f"</note>{note('E5', 1, '<chord/>')}</measure>")
    assert "line 5: a chord" in refusal(chord.encode(encoding))


def test_utf_16_that_is_declared_but_not_written_is_read() -> None:
    data = b'<?xml version="1.0" encoding="UTF-16"?>' + score(part(SCALE))
    assert heard(one(data)) == "60 62 64 65"


HANDS = score(part(notes("C5:2 E5:2") + BACK + note("C3", 4, voice=5, staff=2)))


def test_staves_that_sound_together_are_a_choice() -> None:
    assert refusal(HANDS) == (
        "x.xml, line 2: several staves: voice 1 (2 notes), 5 (1); choose one by voice=N"
        " (--voice N), or take the top with top=True (--top)"
    )
    assert heard(one(HANDS, top=True)) == "72:2 76:2"
    assert heard(one(HANDS, track=1, top=True)) == "72:2 76:2"
    assert heard(one(HANDS, voice=1)) == "72:2 76:2"
    assert heard(one(HANDS, voice=5)) == "48:4"
    assert refusal(HANDS, voice=2) == "x.xml: no voice 2; there are 1 (2 notes), 5 (1)"


def test_the_top_is_taken_of_parts_of_different_length() -> None:
    for high, low in (("C5:4", "C3:4"), ("C5:4 C5:4", "C3:4")):
        bars = [notes(bar) for bar in high.split()]
        short, long = part(notes(low)), part(*bars, notes("D5:4"), name="B")
        expected = " ".join(["72:4"] * len(bars) + ["74:4"])
        assert heard(one(score(short, long), top=True)) == expected
        assert heard(one(score(long, short), top=True)) == expected


def test_a_voice_is_chosen_by_its_number_not_by_its_place() -> None:
    data = score(part(notes("C3:4", voice=2) + BACK + notes("C5:4", voice=1)))
    assert heard(one(data, voice=1)) == "72:4"
    assert heard(one(data, voice=2)) == "48:4"


def test_staves_that_number_their_voices_anew_count_on() -> None:
    data = score(part(notes("C5:4") + BACK + note("C3", 4, staff=2)))
    assert "several staves: voice 1 (1 notes), 2 (1)" in refusal(data)
    assert heard(one(data, voice=2)) == "48:4"


def test_refusals_with_many_long_names_stay_short() -> None:
    names = [f"P{number}" for number in range(30)]
    data = score(*(part(SCALE, name=name) for name in names))
    listed = "".join(
        f'<score-part id="{name}"><part-name>{name * 100}</part-name></score-part>'
        for name in names
    )
    data = data.replace(b"<part-list/>", f"<part-list>{listed}</part-list>".encode())
    assert "several parts: 1 'P0P0P0" in refusal(data)


# Signs: keys, metres, transposition, tempo.


def attributes(*signs: str) -> str:
    return f"<attributes><divisions>1</divisions>{''.join(signs)}</attributes>"


def key(fifths: int, mode: str = "") -> str:
    told = f"<mode>{mode}</mode>" if mode else ""
    return f"<key><fifths>{fifths}</fifths>{told}</key>"


def test_changes_of_key_are_kept() -> None:
    change = f"<attributes>{key(-3, 'minor')}</attributes>"
    data = score(part(SCALE, notes("C4:2") + change + notes("C4:2"), change + notes("C4:4")))
    melody = one(data)
    assert melody.key == Key("C")
    assert melody.key_changes == (KeyChange(Fraction(6), Key("C", "minor")),)


def test_a_repeat_goes_back_to_its_key() -> None:
    forward = '<barline location="left"><repeat direction="forward"/></barline>'
    back = '<barline><repeat direction="backward"/></barline>'
    change = f"<attributes>{key(1, 'major')}</attributes>"
    data = score(part(forward + notes("C4:4"), change + notes("D4:4") + back))
    changes = one(data, unfold=True).key_changes
    assert changes == ((4, Key("G")), (8, Key("C")), (12, Key("G")))


def test_a_voice_is_in_the_key_of_its_staff() -> None:
    keys = '<key number="1"><fifths>0</fifths></key><key number="2"><fifths>-3</fifths></key>'
    hands = notes("C5:4") + BACK + note("E3", 4, voice=5, staff=2)
    data = score(part(hands, attributes=attributes(keys, TIME)))
    assert one(data, voice=1).key.signature == 0
    assert one(data, voice=5).key.signature == -3


TRANSPOSED = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (key(2, "major") + TIME + TRANSPOSED, Key("C")),
        (key(2, "major") + TIME + TRANSPOSED.replace("<diatonic>-1</diatonic>", ""), Key("C")),
        (key(0, "dorian") + TIME, Key("D", "dorian")),
        (key(0, "Aeolian") + TIME, Key("A", "minor")),
        (key(-11, "major") + TIME, Key("G")),
        ("<key><key-step>F</key-step><key-alter>1</key-alter></key>" + TIME, Key("G")),
        ("<key><key-step>F</key-step><key-alter>-1</key-alter></key>" + TIME, Key("C")),
    ],
)  # fmt: skip
def test_keys_are_read_as_they_sound(signs: str, expected: Key) -> None:
    melody = one(score(part(notes("C4 E4 G4 C4"), attributes=attributes(signs))))
    assert melody.key == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("<beats>3+2</beats><beat-type>4</beat-type>", Meter(5, 4)),
        ("<beats>6</beats><beat-type>8</beat-type><beats>2</beats><beat-type>4</beat-type>", Meter(10, 8)),
        ("<senza-misura/>", None),
    ],
)  # fmt: skip
def test_metres_add_up(time: str, expected: Meter | None) -> None:
    signs = attributes(C_MAJOR, f"<time>{time}</time>")
    assert one(score(part(notes("C4:5"), notes("C4:5"), attributes=signs))).meter == expected


def test_changes_of_metre_are_kept() -> None:
    change = f"<attributes>{TIME.replace('<beats>4', '<beats>3')}</attributes>"
    melody = one(score(part(notes("C4:4"), change + notes("C4:3"), notes("C4:3"))))
    assert melody.meter_changes == (MeterChange(Fraction(4), Meter(3, 4)),)


def test_bars_before_the_first_metre_are_as_long_as_their_notes() -> None:
    metre = f"<attributes>{TIME}</attributes>"
    bars = notes("C4:3"), metre + notes("C4:4"), notes("C4:4")
    melody = one(score(part(*bars, attributes=attributes(C_MAJOR))))
    assert (melody.meter, melody.meter_changes) == (Meter(3, 4), ((3, Meter(4, 4)),))
    free = attributes(C_MAJOR, "<time><senza-misura/></time>")
    told = "x.xml, line 2: free and measured bars; give one metre"
    assert refusal(score(part(*bars, attributes=free))) == told


def test_a_sign_for_a_repeated_measure_is_no_silence() -> None:
    sign = "<attributes><measure-style><measure-repeat type='start'>1</measure-repeat></measure-style></attributes>"
    told = "x.xml, line 3: a sign for a repeated measure; write it out"
    assert refusal(score(part(SCALE, sign))) == told
    assert heard(one(score(part(notes("C4:4"), sign + notes("C4:4"))))) == "60:4 60:4"


def test_a_bar_that_a_repeat_cuts_in_two_is_one_bar() -> None:
    back = '<barline><repeat direction="backward"/></barline>'
    data = score(part(notes("C4:4"), notes("C4:3") + back, notes("D4:1"), notes("E4:4")))
    cut = data.replace(
        b"<measure>" + notes("D4:1").encode(), b'<measure implicit="yes">' + notes("D4:1").encode()
    )
    assert one(cut).meter_changes == ()
    assert len(one(data).meter_changes) == 3


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ('<sound tempo="90.4"/>', 90),
        ('<direction><sound tempo="72"/></direction>', 72),
        ("<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>c. 60</per-minute></metronome></direction-type></direction>", 120),
        ("<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>60</per-minute></metronome></direction-type></direction>", 90),
        ('<sound tempo="1e9"/>', 1),
        ('<sound tempo="99999"/>', None),
        ('<sound tempo="fast"/>', None),
    ],
)  # fmt: skip
def test_the_tempo_is_in_quarters(direction: str, expected: int | None) -> None:
    assert one(score(part(direction + SCALE))).tempo == expected


# Words.


def lyric(text: str, number: str = "1", more: str = "") -> str:
    return f'<lyric number="{number}"{more}><text>{text}</text></lyric>'


@pytest.mark.parametrize(
    ("first", "second", "verses"),
    [
        (lyric("do", more=' name="solfa"'), lyric("la"), (("", "la"),)),
        (lyric("do", more=' name="solfa"') + lyric("la", "2"), lyric("lu", "2"), (("la", "lu"),)),
        (lyric("a", "2"), lyric("b", "3"), (("", ""), ("a", ""), ("", "b"))),
        (lyric("a", "1"), lyric("b", "1000000000"), (("a", ""), ("", "b"))),
        (lyric("a", "verse"), lyric("b", "chorus"), (("", "b"), ("a", ""))),
        ('<lyric><syllabic>begin</syllabic><text>Hal</text></lyric>', '<lyric><syllabic>end</syllabic><text>lo</text></lyric>', (("Hal-", "lo"),)),
        ('<lyric><text>a</text><elision/><text>e</text></lyric>', '<lyric><extend/></lyric>', (("a\u203fe", "_"),)),
    ],
)  # fmt: skip
def test_words_are_read(first: str, second: str, verses: tuple[tuple[str, ...], ...]) -> None:
    assert one(score(part(note("C4", 2, first) + note("D4", 2, second)))).lyrics == verses


def test_title_and_composer() -> None:
    head = '<movement-title>\n Air\n </movement-title><identification><creator type="lyricist">L</creator><creator type="composer">C</creator></identification><part-list/>'
    metadata = one(score(part(SCALE)).replace(b"<part-list/>", head.encode())).metadata
    assert (metadata.title, metadata.composer) == ("Air", "C")
    credit = "<credit><credit-type>title</credit-type><credit-words>Air</credit-words></credit><part-list/>"
    assert one(score(part(SCALE)).replace(b"<part-list/>", credit.encode())).metadata.title == "Air"


# What is no number that a score can have costs nothing.


NO_NUMBER = "is no number that a score can have; export it again"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<beats>4", "<beats>100000", "metre with 100000 beats is outside 1..64; write one like 3/4"),
        ("<beats>4", f"<beats>{'9' * 5000}", f"number of beats {shown('9' * 5000)} {NO_NUMBER}"),
        ("<beats>4", f"<beats>{'1+' * 5000}1", f"number of beats {shown('+'.join('1' * 4985))} {NO_NUMBER}"),
        ("<beat-type>4", "<beat-type>1000000000", f"metre unit '1000000000' {NO_NUMBER}"),
        ("<beat-type>4", "<beat-type>0", "metre unit 0 is not one of 1, 2, 4, 8, 16, 32, 64"),
        ("<fifths>0", "<fifths>1000000000", f"key signature '1000000000' {NO_NUMBER}"),
        ("<fifths>0", "<fifths>999", "a key signature of 999 sharps is outside -13..13; respell it"),
        ("<divisions>1", f"<divisions>1{'0' * 30}", f"number of divisions {shown('1' + '0' * 30)} {NO_NUMBER}"),
        ("<divisions>1", "<divisions>0", "0 divisions are not above 0; export it again"),
        ("<divisions>1", "<divisions>-1", "-1 divisions are not above 0; export it again"),
        ("<duration>1", f"<duration>{'9' * 5000}", f"duration {shown('9' * 5000)} {NO_NUMBER}"),
        ("<duration>1", "<duration>999999999", "a duration outside 0..16384 quarters; export it again"),
        ("<duration>1", "<duration>-1", "a duration outside 0..16384 quarters; export it again"),
        ("<duration>1", "<duration>1/0", f"duration '1/0' {NO_NUMBER}"),
        ("<octave>4", "<octave>1000000000", f"octave '1000000000' {NO_NUMBER}"),
        ("<octave>4", "<octave>99", "a pitch 1200 outside MIDI's 0..127; transpose the tune"),
        ("<octave>4", "<alter>1e9</alter><octave>4", f"alteration '1e9' {NO_NUMBER}"),
    ],
)  # fmt: skip
def test_numbers_outside_what_a_score_can_have_are_refused(old: str, new: str, told: str) -> None:
    data = score(part(SCALE)).replace(old.encode(), new.encode(), 1)
    assert refusal(data) == f"x.xml, line 2: {told}"


def test_many_empty_measures_are_too_long() -> None:
    data = score(part(SCALE, *[""] * 5000))
    assert "lasts over 16384 quarters; cut it" in refusal(data)


NESTED = "elements nested over 100 deep; export it again"


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<a>" * 200_000, NESTED),
        ("<note>" * 200_000, NESTED),
        (f"<note>{'<dot/>' * 20_000}</note>", "more than 10000 elements in one; export it again"),
        (f"<sound>{'x' * 1_000_001}</sound>", "a text of over 1000000 characters; export it again"),
    ],
)
def test_nested_and_many_elements_are_bounded(inside: str, told: str) -> None:
    data = score(part(SCALE, inside + notes("G4:4")))
    assert refusal(data) == f"x.xml, line 3: {told}"


def test_fields_of_the_header_are_bounded() -> None:
    data = score(part(SCALE)).replace(b"<part-list/>", b"<work/>" * 10_001)
    assert refusal(data) == "x.xml, line 1: more than 10000 titles and names; export it again"


def test_measures_and_notes_of_all_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_WRITTEN", 12)
    assert heard(one(score(part(SCALE)))) == "60 62 64 65"
    told = "holds more than 12 measures, notes and signs; cut it"
    assert told in refusal(score(part(SCALE), part(SCALE, name="B")))


def test_a_fault_in_another_part_or_voice_does_not_matter() -> None:
    broken = part(SCALE, name="B").replace("<beats>4", "<beats>99")
    microtone = note("D4", 4, voice=2).replace("<octave>", "<alter>0.5</alter><octave>")
    data = score(part(SCALE + BACK + microtone), broken)
    assert heard(one(data, track=1, voice=1)) == "60 62 64 65"
    assert refusal(data, track=2) == (
        "x.xml, line 3: metre with 99 beats is outside 1..64; write one like 3/4"
    )


def test_doubled_bars_make_notes_of_the_same_length() -> None:
    """What is written twice is read as twice the same, whatever came before."""
    (first, second) = (one(score(part(*bars))) for bars in ([SCALE], [SCALE, SCALE]))
    assert second.notes == (*first.notes, *first.notes)
    assert all(isinstance(each, Note) for each in second)


# Whatever a file is, it gives a melody or one line.

SCORES = [
    score(part(SCALE + BACK + SILENT, notes("G4:4")), part(notes("r:4"), name="B")),
    score(part(note("C4", 2, lyric("la")) + note("D4", 2, START), note("D4", 4, STOP))),
    HANDS,
]
NUMBERS = ["0", "-1", "1e9", "9" * 5000, "1/0", "", "999999999", "1.5", "NaN", "3+2", "²", "C"]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SCORES),
    st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(NUMBERS)), max_size=3),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_in_a_file_is_read_or_refused_in_a_line(
    data: bytes,
    numbers: list[tuple[int, str]],
    strokes: list[tuple[int, bytes]],
    top: bool,
    packed: bool,
) -> None:
    for place, number in numbers:
        values = list(re.finditer(rb"(?<=>)[^<>]+(?=<)", data)) or [re.match(b"", data)]
        value = values[place % len(values)]
        assert value
        data = data[: value.start()] + number.encode() + data[value.end() :]
    if packed:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("META-INF/container.xml", '<c><rootfile full-path="a"/></c>')
            archive.writestr("a", data)
        data = buffer.getvalue()
    for place, stroke in strokes:
        at = place % (len(data) + 1)
        data = data[:at] + stroke + data[at + len(stroke) :]
    (found,) = read(data, "x.xml", ReadOptions(top=top))
    if isinstance(found, ReadError):
        assert len(str(found)) <= 300
        assert "\n" not in str(found)
