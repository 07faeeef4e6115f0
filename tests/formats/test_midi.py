"""MIDI: the law for our own files, and what is made of other people's."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given, settings

from solfa.errors import ReadError, SolfaError
from solfa.formats.midi import TEMPO, read, write
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note
from strategies import melodies

PERFORMED = "times are as performed, not as notated; quantise it in the program that made it"


@settings(max_examples=100, deadline=None)
@given(melodies().filter(lambda m: m.pitches))
def test_files_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert again == melody
    assert isinstance(again, Melody)
    assert again.metadata == melody.metadata


@settings(max_examples=50, deadline=None)
@given(melodies(free=False).filter(lambda m: m.pitches))
def test_the_notes_alone_say_what_sounds(melody: Melody) -> None:
    """Another program reads the same sounds; here: ours, without the text event."""
    (again,) = read(edited(write(melody), lambda m: None if m.type == "text" else m), "x")
    if isinstance(again, ReadError):
        assert again.reason in (
            "a bar whose length no metre has",
            # two rests in a row become one, which may have no written value: 1/8 and 1/5
            PERFORMED,
        )
        return
    sounds = [
        (onset, note)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
        if note.pitch is not None
    ]
    heard = [
        (onset, note)
        for onset, note in zip(again.onsets(), again.notes, strict=True)
        if note.pitch is not None
    ]
    assert heard == sounds


def edited(data: bytes, change: object) -> bytes:
    file = mido.MidiFile(file=BytesIO(data))
    track = (change(message) for message in file.tracks[0])  # type: ignore[operator]
    file.tracks[0][:] = [message for message in track if message is not None]
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


TUNE = Melody(
    tuple(Note(p, Fraction(d)) for p, d in [(62, 1), (67, 2), (None, "1/2"), (None, "1/2"), (71, 3)]),
    Key("D", "mixolydian"),
    Meter(3, 4),
    pickup=Fraction(1),
    phrase_ends=(3, 4),
    metadata=Metadata("Grüße", "A1", comments=("a", "b"), tempo=96, style="german"),
)  # fmt: skip


def test_other_programs_see_bars_key_tempo_and_name() -> None:
    messages = mido.MidiFile(file=BytesIO(write(TUNE)), charset="utf-8").tracks[0]
    seen = {m.type: m for m in messages if m.type != "time_signature"}
    assert seen["track_name"].name == "Grüße"
    assert seen["key_signature"].key == "G"  # D mixolydian has one sharp
    assert mido.tempo2bpm(seen["set_tempo"].tempo) == pytest.approx(96)
    signs = [(m.numerator, m.time) for m in messages if m.type == "time_signature"]
    assert signs == [(1, 0), (3, 480)]  # a pickup is a bar of its own
    times = [m.type for m in messages if m.type != "text"]
    assert times[-1] == "end_of_track"


def test_an_edited_file_is_read_from_its_notes() -> None:
    def sharpen(message: mido.Message) -> mido.Message:
        is_g = message.type in ("note_on", "note_off") and message.note == 67
        return message.copy(note=68) if is_g else message

    (again,) = read(edited(write(TUNE), sharpen), "x")
    assert isinstance(again, Melody)
    assert again.notes == tuple(
        Note(p, Fraction(d)) for p, d in [(62, 1), (68, 2), (None, 1), (71, 3)]
    )
    assert (again.key, again.meter, again.pickup) == (Key("G"), Meter(3, 4), 1)
    assert again.metadata == TUNE.metadata


def test_an_edited_tempo_is_kept() -> None:
    def hurry(message: mido.Message) -> mido.Message:
        return message.copy(tempo=500_000) if message.type == "set_tempo" else message

    (again,) = read(edited(write(TUNE), hurry), "x")
    assert isinstance(again, Melody)
    assert again.metadata == replace(TUNE.metadata, tempo=120)
    (silent,) = read(write(TUNE.replace(metadata=Metadata())), "x")
    assert isinstance(silent, Melody)
    assert silent.metadata.tempo is None
    assert TEMPO == 100


def midi(*tracks: Iterable[mido.Message | mido.MetaMessage], ticks: int = 480) -> bytes:
    file = mido.MidiFile(ticks_per_beat=ticks, tracks=[mido.MidiTrack(track) for track in tracks])
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def played(*notes: tuple[int, int, int], channel: int = 0) -> list[mido.Message]:
    """Messages for (silence before, pitch, ticks)."""
    messages = []
    for gap, pitch, ticks in notes:
        messages.append(mido.Message("note_on", note=pitch, time=gap, channel=channel))
        messages.append(mido.Message("note_on", note=pitch, velocity=0, time=ticks, channel=channel))  # fmt: skip
    return messages


def test_a_conductor_track_speaks_for_the_tune() -> None:
    conductor = [
        mido.MetaMessage("track_name", name="Song"),
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("key_signature", key="Em"),
        mido.MetaMessage("set_tempo", tempo=500_000),
        mido.MetaMessage("time_signature", numerator=2, denominator=4, time=1440),
    ]
    (tune,) = read(midi(conductor, played((480, 64, 960), (0, 67, 160), (0, 69, 320), (0, 64, 480))), "x")  # fmt: skip
    assert tune == Melody(
        tuple(Note(p, Fraction(d)) for p, d in [(None, 1), (64, 2), (67, "1/3"), (69, "2/3"), (64, 1)]),
        Key("E", "minor"),
        Meter(3, 4),
        meter_changes=(MeterChange(Fraction(3), Meter(2, 4)),),
    )  # fmt: skip
    assert isinstance(tune, Melody)
    assert tune.metadata == Metadata(title="Song", tempo=120)


def test_without_signatures_the_key_is_found_and_the_metre_is_four() -> None:
    (tune,) = read(midi(played(*((0, p, 480) for p in (67, 69, 71, 72, 74, 78, 79)))), "x")
    assert isinstance(tune, Melody)
    assert (tune.key, tune.meter) == (Key("G"), Meter(4, 4))
    told = ("key: found by analysis", "metre: taken as 4/4")
    assert tune.metadata == Metadata(comments=told)
    (again,) = read(write(tune), "x")
    assert isinstance(again, Melody)
    assert again.metadata.comments == told
    (signed,) = read(edited(write(tune), lambda m: None if m.type == "text" else m), "x")
    assert isinstance(signed, Melody)
    assert signed.metadata.comments == ()


TUNES_IN_TICKS = [
    [480, 240, 240, 960],
    [120, 360, 720, 240],
    [160, 160, 160, 480, 320, 160],
]


@pytest.mark.parametrize(
    ("ticks", "gate"),
    [
        *(([480], gate) for gate in (1, 5, 24, 48)),
        *((ticks, gate) for ticks in TUNES_IN_TICKS for gate in (1, 5, 10, 24, 30, 48)),
    ],
)
def test_notes_let_go_early_are_held(ticks: list[int], gate: int) -> None:
    """Most programs end a note some ticks before the next."""
    gated = [(gate if i else 0, 60 + i, length - gate) for i, length in enumerate(ticks)]
    (tune,) = read(midi(played(*gated)), "x")
    assert isinstance(tune, Melody), tune
    assert tune.notes == tuple(Note(60 + i, Fraction(n, 480)) for i, n in enumerate(ticks))


def test_a_tick_is_given_back_before_rests_too() -> None:
    """MuseScore ends each note one tick early."""
    told = [(480, 67, 479), (241, 69, 239), (2401, 71, 359), (121, 67, 159), (1, 67, 159), (1, 67, 159)]  # fmt: skip
    (tune,) = read(midi(played(*told)), "x")
    assert isinstance(tune, Melody), tune
    lengths = [
        (None, 1),
        (67, 1),
        (None, "1/2"),
        (69, "1/2"),
        (None, 5),
        (71, "3/4"),
        (None, "1/4"),
    ]
    lengths += [(67, "1/3")] * 3
    assert tune.notes == tuple(Note(pitch, Fraction(length)) for pitch, length in lengths)


def test_rests_and_tuplets_are_kept() -> None:
    """A rest of a 32nd, of triplets and quintuplets, and a last note of a quintuplet."""
    told = [(0, 60, 60), (60, 62, 120), (0, 64, 80), (80, 65, 80), (240, 67, 96), (96, 69, 96), (0, 71, 96)]  # fmt: skip
    (tune,) = read(midi(played(*told)), "x")
    assert isinstance(tune, Melody), tune
    assert tune.notes == tuple(
        Note(pitch, Fraction(ticks, 480))
        for gap, sound, length in told
        for pitch, ticks in ((None, gap), (sound, length))
        if ticks
    )


def test_a_signature_inside_a_bar_shortens_it() -> None:
    sign = [mido.MetaMessage("time_signature", numerator=3, denominator=4, time=480 * 6)]
    (tune,) = read(midi(sign, played(*[(0, 60, 480)] * 9)), "x")
    assert isinstance(tune, Melody)
    changes = [(4, Meter(2, 4)), (6, Meter(3, 4))]
    assert [tuple(change) for change in tune.meter_changes] == changes


NOTE = played((0, 60, 480))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (midi(NOTE, NOTE), "several tracks or channels with notes"),
        (midi(NOTE + played((0, 60, 480), channel=1)), "several tracks or channels with notes"),
        (midi(played((0, 60, 480), channel=9)), "drums have no melody"),
        (midi([]), "no notes; give a file with a tune"),
        (
            midi([mido.Message("note_on", note=60), mido.Message("note_on", note=64, time=9)]),
            "notes overlap; keep one voice, without legato",
        ),
        (midi([mido.Message("note_on", note=60)]), "a note never ends"),
        (midi(played((0, 60, 457), (37, 62, 480))), PERFORMED),
        (midi(played((0, 60, 479), (1, 62, 295), (185, 64, 480))), PERFORMED),
        (midi(played((0, 60, 2**27)), ticks=1), "longer than 16384 quarters"),
        (b"MThd", "is no whole MIDI file; export it again"),
        (write(TUNE)[:-9], "is no whole MIDI file; export it again"),
    ],
)
def test_what_is_no_melody_is_refused(data: bytes, reason: str) -> None:
    (found,) = read(data, "x.mid")
    assert isinstance(found, ReadError)
    assert (found.reason, str(found)) == (reason, f"x.mid: {reason}")


@pytest.mark.parametrize(
    "told", ["{}", "[]", "{", '{"ticks": 0}', "9" * 5000, "[" * 5000, '{"ticks": 1, "notes": 3}']
)
def test_a_damaged_text_event_is_passed_over(told: str) -> None:
    event = mido.MetaMessage("text", text=f"solfa {told}")
    (tune,) = read(midi([event, *NOTE]), "x")
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(60, Fraction(1)),)


def test_what_midi_cannot_say_is_refused() -> None:
    with pytest.raises(SolfaError, match="cannot divide a quarter into 1967520 ticks; quantise"):
        write(Melody((Note(60, Fraction(1, 4099)),)))
    with pytest.raises(SolfaError, match=r"tempo 3 is outside 4\.\.1000"):
        write(TUNE.replace(metadata=Metadata(tempo=3)))
