"""MusicXML: the law, and music21 as the independent reader of what we write."""

import re
from dataclasses import replace
from fractions import Fraction

import music21
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError, SolfaError
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.musicxml.reader import read
from solfa.formats.musicxml.writer import write
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Meter, MeterChange, Note
from strategies import joined, lines, melodies, metadata, sung


def tune(text: str, **fields: object) -> Melody:
    """``67:1 r:1/2`` as a melody."""
    parts = (part.split(":") for part in text.split())
    notes = (Note(None if p == "r" else int(p), Fraction(d)) for p, d in parts)
    return Melody(tuple(notes), **fields)  # type: ignore[arg-type]


composed = st.builds(lambda known, name: replace(known, composer=name), metadata, lines)


@settings(max_examples=50, deadline=None)
@given(
    melodies(max_size=10, key_changes=True, metadata=composed), st.sampled_from(list(INSTRUMENTS))
)
def test_files_come_back(melody: Melody, instrument: str) -> None:
    try:
        data = write(melody, WriteOptions(instrument=instrument))
    except SolfaError:  # beyond MIDI's range as it is written
        data = write(melody)
    (again,) = read(data, "x")
    assert isinstance(again, Melody), again
    assert joined(again) == joined(melody)
    assert again.metadata == melody.metadata


@settings(max_examples=15, deadline=None)
@given(melodies(max_size=10, free=False))
def test_music21_sees_the_same_bars(melody: Melody) -> None:
    part = music21.converter.parseData(write(melody).decode(), format="musicxml").parts[0]
    measures = part.getElementsByClass("Measure")
    assert [m.number for m in measures] == [bar.number for bar in melody.bars()]
    for bar, measure in zip(melody.bars(), measures, strict=True):
        assert measure.offset == bar.onset
        assert measure.barDuration.quarterLength == bar.meter.bar
        assert sum(Fraction(n.quarterLength) for n in measure.notesAndRests) == sum(
            piece.duration for piece in bar.pieces
        )
        # Written values must add up to what sounds.
        for n in measure.notes:
            dotted = Fraction(
                music21.duration.convertTypeToQuarterLength(n.duration.type, n.duration.dots)
            )
            ratio = Fraction(n.duration.aggregateTupletMultiplier())
            assert dotted * ratio == Fraction(n.quarterLength)


@settings(max_examples=15, deadline=None)
@given(melodies(max_size=10, free=False, key_changes=True))
def test_music21_hears_the_same_notes(melody: Melody) -> None:
    part = music21.converter.parseData(write(melody).decode(), format="musicxml").parts[0]
    heard = [
        (
            Fraction(n.offset),
            n.pitch.midi,
            n.pitch.step,
            int(n.pitch.alter),
            Fraction(n.quarterLength),
        )
        for n in part.flatten().stripTies(matchByPitch=False).notes
    ]
    spelled = zip(melody.notes, melody.onsets(), melody.spelling(), strict=True)
    assert heard == [
        (onset, note.pitch, spelling.step, spelling.alter, note.duration)
        for note, onset, spelling in spelled
        if spelling
    ]


def test_music21_sees_changes_of_key() -> None:
    melody = tune("60:1 62:1 64:2 66:4", key_changes=[(2, Key("E")), (4, Key("F", "dorian"))])
    part = music21.converter.parseData(write(melody).decode(), format="musicxml").parts[0]
    signs = [
        (k.getOffsetInHierarchy(part), k.sharps)
        for k in part.flatten().getElementsByClass("KeySignature")
    ]
    assert signs == [(0, 0), (2, 4), (4, -3)]
    assert [m.number for m in part.getElementsByClass("Measure")] == [1, 1, 2]


def test_a_note_over_a_change_of_key_is_tied() -> None:
    melody = tune("60:1 66:3", key_changes=[(2, Key("D")), (3, Key("D", "phrygian"))])
    data = write(melody)
    assert data.count(b'<tie type="start"') == 2
    assert one(data) == melody


def test_chord_symbols_and_accidentals_follow_the_key() -> None:
    melody = tune("67:4 71:4 66:4 62:4", key=Key("G"), key_changes=[(8, Key("D"))])
    text = write(melody, WriteOptions(chords=True)).decode()
    assert re.findall("<root-step>(.)</root-step>", text)[-1] == "D"
    assert "<accidental>" not in text


def test_a_score_says_what_a_musician_expects() -> None:
    melody = tune("62:1 67:1 66:1/2 67:1/2 68:4", key=Key("G", "dorian"), meter=Meter(3, 4), pickup=Fraction(1))  # fmt: skip
    text = write(melody).decode()
    assert '<measure number="0" implicit="yes">' in text
    assert "<mode>dorian</mode>" in text
    assert "<divisions>2</divisions>" in text
    assert text.count('<tie type="start"') == 1  # 4 quarters over the bar line: 1 + 3
    assert text.count("<accidental>") == 2  # F sharp, A flat; none where it is tied to
    assert "Music21" not in text


HEAD = """<score-partwise><part-list><score-part id="P1"><part-name/></score-part></part-list>
<part id="P1">"""
FIRST = '<measure number="1"><attributes><divisions>2</divisions>{}</attributes>'
TIME = "<time><beats>{}</beats><beat-type>4</beat-type></time>"


def note(step: str, duration: int, inside: str = "", octave: int = 4) -> str:
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>" if step else "<rest/>"
    return f"<note>{inside}{pitch}<duration>{duration}</duration></note>"


def score(*measures: str, attributes: str = TIME.format(3)) -> bytes:
    body = "</measure>\n<measure>".join(measures)
    return f"{HEAD}\n{FIRST.format(attributes)}{body}</measure></part></score-partwise>".encode()


def one(data: bytes) -> Melody:
    (found,) = read(data, "x.xml")
    assert isinstance(found, Melody), found
    return found


def test_a_short_first_bar_is_a_pickup() -> None:
    melody = one(score(note("D", 2), note("G", 6), note("G", 4)))
    assert (melody.pickup, melody.meter, melody.meter_changes) == (1, Meter(3, 4), ())


def test_odd_bars_keep_the_files_bar_lines() -> None:
    melody = one(score(note("G", 6), note("A", 4), note("B", 8), note("C", 6)))
    assert melody.meter_changes == (
        MeterChange(Fraction(3), Meter(2, 4)),
        MeterChange(Fraction(5), Meter(4, 4)),
        MeterChange(Fraction(9), Meter(3, 4)),
    )


def test_grace_notes_and_chord_symbols_are_passed_over() -> None:
    harmony = "<harmony><root><root-step>G</root-step></root><kind>major</kind></harmony>"
    grace = "<note><grace/><pitch><step>A</step><octave>4</octave></pitch></note>"
    assert one(score(harmony + grace + note("G", 6))).notes == (Note(67, Fraction(3)),)


def test_a_missing_mode_is_found_among_the_relatives() -> None:
    key = "<key><fifths>0</fifths></key>" + TIME.format(3)
    minor = [note("A", 4) + note("C", 2, octave=5), note("B", 2) + note("A", 4)]
    assert one(score(*minor, attributes=key)).key == Key("A", "minor")
    major = [note("C", 4) + note("E", 2), note("G", 2) + note("C", 4)]
    assert one(score(*major, attributes=key)).key == Key("C")
    assert one(score(*major)).key == Key("C")


def test_what_is_found_by_analysis_is_said_once() -> None:
    keyless = one(score(note("C", 4) + note("E", 2), note("G", 2) + note("C", 4)))
    assert keyless.metadata.comments == ("key: found by analysis",)
    assert one(write(keyless)).metadata == keyless.metadata
    fifths = "<key><fifths>0</fifths></key>" + TIME.format(3)
    modeless = one(score(note("C", 6), attributes=fifths))
    assert modeless.metadata.comments == ("mode: found by analysis",)
    mode = fifths.replace("</key>", "<mode>major</mode></key>")
    assert one(score(note("C", 6), attributes=mode)).metadata.comments == ()


@pytest.mark.parametrize("key", [Key("A#", "lydian"), Key("Fb", "locrian"), Key("Cb", "minor")])
def test_the_strangest_keys_spell_every_pitch(key: Key) -> None:
    melody = Melody(tuple(Note(p, Fraction(1)) for p in range(55, 80)), key)
    assert one(write(melody)) == melody


def test_an_unknown_mode_is_no_mode() -> None:
    key = "<key><fifths>0</fifths><mode>none</mode></key>" + TIME.format(3)
    assert one(score(note("C", 4) + note("G", 2), note("C", 6), attributes=key)).key == Key("C")


def test_no_metre_is_free_metre() -> None:
    assert one(score(note("C", 4), note("D", 2), attributes="")).meter is None


def test_transposing_instruments_are_read_as_they_sound() -> None:
    attributes = "<key><fifths>2</fifths><mode>major</mode></key>" + TIME.format(3)
    attributes += "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    melody = one(score(note("D", 6), attributes=attributes))
    assert (melody.notes[0].pitch, melody.key) == (60, Key("C"))


MICROTONE = note("C", 6).replace("<octave>", "<alter>0.5</alter><octave>")
UNPITCHED = "<note><unpitched/><duration>6</duration></note>"
BOMB = b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            score(note("C", 6), note("C", 6) + note("E", 6, "<chord/>")),
            "x.xml, line 4: a chord; give one voice, or take its top with top=True (--top)",
        ),
        (
            score(note("C", 6) + "<backup><duration>6</duration></backup>" + note("E", 6)),
            "x.xml, line 3: several notes of a voice at once; give one voice, or take its top with"
            " top=True (--top)",
        ),
        (score(MICROTONE), "x.xml, line 3: a microtone; write the nearest semitone"),
        (score(UNPITCHED), "x.xml, line 3: an unpitched note; give it a pitch"),
        (f"{HEAD}</part></score-partwise>".encode(), "x.xml: no notes; give a file with a tune"),
        (
            score(note("C", 6)).replace(b"<beats>3", b"<beats>65"),
            "x.xml, line 3: metre with 65 beats is outside 1..64; write one like 3/4",
        ),
        (score(note("C", 6))[:-9], "x.xml, line 3: is no well-formed XML; export it again"),
        (b"<html/>", "x.xml, line 1: is no MusicXML score; export it again"),
        (b"<score-partwise/>", "x.xml: no part"),
        (
            b"<score-partwise><part/><part/></score-partwise>",
            "x.xml: no notes; give a file with a tune",
        ),
        (BOMB, "x.xml, line 1: declares XML entities; MusicXML needs none"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "x.xml: is in an unknown character"),
        (b"", "x.xml: is empty; give a file with a tune"),
    ],
)
def test_what_is_no_melody_is_refused_with_its_line(data: bytes, told: str) -> None:
    (found,) = read(data, "x.xml")
    assert isinstance(found, ReadError)
    assert str(found).startswith(told)


def test_unwritable_durations_are_refused() -> None:
    with pytest.raises(SolfaError, match="quantise"):
        write(tune("60:1/4099"))


@settings(max_examples=25, deadline=None)
@given(sung(melodies(max_size=10)).filter(lambda m: m.pickup <= m.duration))
def test_words_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert isinstance(again, Melody), again
    sounding = [i for i, note in enumerate(melody.notes) if note.pitch is not None]
    heard = [i for i, note in enumerate(again.notes) if note.pitch is not None]
    assert [[verse[i] for i in heard] for verse in again.lyrics] == [
        [verse[i] for i in sounding] for verse in melody.lyrics
    ]


def test_names_of_notes_are_no_words() -> None:
    melody = tune("60:1 62:1 64:2", lyrics=[("Hal-", "lo", "_")])
    data = write(melody, WriteOptions(syllables="do"))
    assert b"mi" in data
    (again,) = read(data, "x")
    assert isinstance(again, Melody)
    assert again.lyrics == melody.lyrics


def test_music21_reads_the_words() -> None:
    melody = tune("60:1 62:1 64:2", lyrics=[("Hal-", "lo", "you"), ("O", "my", "dear")])
    part = music21.converter.parseData(write(melody).decode(), format="musicxml").parts[0]
    words = [
        (n.lyrics[0].syllabic, n.lyrics[0].text, n.lyrics[1].text) for n in part.flatten().notes
    ]
    assert words == [("begin", "Hal", "O"), ("end", "lo", "my"), ("single", "you", "dear")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_any_unicode_is_read(encoding: str) -> None:
    melody = tune("60:4", lyrics=[("Grüße",)])
    text = (
        write(melody)
        .decode()
        .replace("encoding='UTF-8'", "encoding='UTF-16'" if "16" in encoding else "")
    )
    (again,) = read(text.encode(encoding), "x")
    assert isinstance(again, Melody), again
    assert again.lyrics == melody.lyrics


def played(pitch: str, duration: int, voice: int = 1, more: str = "") -> str:
    step, octave = pitch
    pitched = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{more}{pitched}<duration>{duration}</duration><voice>{voice}</voice></note>"


ATTRIBUTES = "<attributes><divisions>1</divisions><key><fifths>0</fifths><mode>major</mode></key><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
BACK = "<backup><duration>4</duration></backup>"
HANDS = (
    f'<measure number="1">{ATTRIBUTES}{played("C5", 2)}{played("E5", 2)}{BACK}'
    f"<forward><duration>2</duration></forward>{played('G4', 1, 2)}</measure>"
    f'<measure number="2">{played("F5", 4)}{played("A5", 4, 1, "<chord/>")}{BACK}{played("F4", 4, 2)}</measure>'
)
LOW = f'<measure number="1">{ATTRIBUTES}{played("C3", 4)}</measure><measure number="2">{played("F3", 4)}</measure>'
SCORE = (
    '<score-partwise version="4.0"><part-list><score-part id="A"><part-name>Hands</part-name></score-part>'
    '<score-part id="B"><part-name>Bass</part-name></score-part></part-list>'
    f'<part id="A">{HANDS}</part><part id="B">{LOW}</part></score-partwise>'
).encode()


@pytest.mark.parametrize(
    ("options", "notes"),
    [
        (ReadOptions(track=2), "48:4 53:4"),
        (ReadOptions(track="Bass"), "48:4 53:4"),
        (ReadOptions(track=1, voice=2), "r:2 67:1 r:1 65:4"),
        (ReadOptions(track=1, top=True), "72:2 76:2 81:4"),
        (ReadOptions(top=True), "72:2 76:2 81:4"),
    ],
)
def test_a_part_and_a_voice_are_chosen_or_the_top_is_taken(
    options: ReadOptions, notes: str
) -> None:
    (found,) = read(SCORE, "x", options)
    assert found == tune(notes)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            ReadOptions(),
            "several parts: 1 'Hands' (6 notes), 2 'Bass' (2); choose one by track=N (--track N), or"
            " take the top with top=True (--top)",
        ),
        (ReadOptions(track=3), "no part 3; there are 1 'Hands' (6 notes), 2 'Bass' (2)"),
        (ReadOptions(track=2, voice=2), "no voice 2; there are 1 (2 notes)"),
    ],
)
def test_what_there_is_is_told(options: ReadOptions, reason: str) -> None:
    (found,) = read(SCORE, "x", options)
    assert isinstance(found, ReadError)
    assert found.reason == reason


def test_repeats_are_unfolded_where_asked() -> None:
    start = '<barline location="left"><repeat direction="forward"/></barline>'
    stop = '<barline location="right"><repeat direction="backward"/></barline>'
    data = (
        '<score-partwise version="4.0"><part-list><score-part id="A"><part-name/></score-part></part-list>'
        f'<part id="A"><measure number="1">{ATTRIBUTES}{start}{played("C5", 4)}{stop}</measure>'
        f'<measure number="2">{played("D5", 4)}</measure></part></score-partwise>'
    ).encode()
    assert read(data, "x", ReadOptions(unfold=True)) == [tune("72:4 72:4 74:4")]
    assert read(data, "x") == [tune("72:4 74:4")]
