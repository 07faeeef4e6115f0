"""MIDI: the law for our own files, and what is made of other people's."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given, settings

from solfa.errors import ReadError, SolfaError
from solfa.formats.midi import TEMPO
from solfa.formats.midi.reader import read
from solfa.formats.midi.writer import write
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note
from strategies import melodies, sung

PERFORMED = (
    "times are as performed, not as notated; give a step to bring them to, such as step='1/4'"
    " for sixteenths (--step 1/4)"
)
POLYPHONY = "several notes at once; keep one voice, or take the highest with top=True (--top)"


@settings(max_examples=100, deadline=None)
@given(melodies(key_changes=True).filter(lambda m: m.pitches))
def test_files_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert again == melody
    assert isinstance(again, Melody)
    assert again.metadata == melody.metadata


@settings(max_examples=50, deadline=None)
@given(sung().filter(lambda m: m.pitches))
def test_words_come_back(melody: Melody) -> None:
    (again,) = read(write(melody), "x")
    assert isinstance(again, Melody)
    assert again.lyrics == melody.lyrics


def test_another_program_sees_the_first_verse() -> None:
    tune = SONG.replace(lyrics=[("Hal-", "lo", "du", "_", "", "am", "Bach")] * 2)
    messages = mido.MidiFile(file=BytesIO(write(tune)), charset="utf-8").tracks[0]
    assert [m.text for m in messages if m.type == "lyrics"] == [
        "Hal-",
        "lo ",
        "du ",
        "am ",
        "Bach ",
    ]
    (again,) = read(edited(write(tune), lambda m: None if m.type == "text" else m), "x")
    assert isinstance(again, Melody)
    assert again.lyrics == (("Hal-", "lo", "du", "", "", "am", "Bach"),)


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


def named(name: str, messages: list[mido.Message]) -> list[mido.Message | mido.MetaMessage]:
    return [mido.MetaMessage("track_name", name=name), *messages]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            midi([mido.MetaMessage("track_name", name="Flûte")], named("Air", NOTE), NOTE + NOTE),
            "several tracks with notes: 2 'Air' (1 notes), 3 (2); choose one by track=N (--track N)",
        ),
        (
            midi(NOTE + played((0, 60, 480), channel=4)),
            "several channels with notes: 1 (1 notes), 5 (1); choose one by voice=N (--voice N)",
        ),
        (midi(played((0, 60, 480), channel=9)), "drums have no melody"),
        (midi([]), "no notes; give a file with a tune"),
        (
            midi([mido.Message("note_on", note=64), *NOTE, mido.Message("note_off", note=64)]),
            POLYPHONY,
        ),
        (midi([mido.Message("note_on", note=60)]), "a note never ends; export it again"),
        (midi(played((0, 60, 457), (37, 62, 480))), PERFORMED),
        (midi(played((0, 60, 479), (1, 62, 295), (185, 64, 480))), PERFORMED),
        (midi(played((0, 60, 2**27)), ticks=1), "lasts over 16384 quarters; cut it"),
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


def performed(tune: Melody, *, touch: int = 40, late: int = 17) -> list[mido.Message]:
    """The tune as a person plays it: onsets a little late or early, notes let go ``touch`` early."""
    ticks: list[tuple[int, bool, int]] = []
    for i, (note, onset) in enumerate(zip(tune.notes, tune.onsets(), strict=True)):
        if note.pitch is not None:
            at = int(onset * 480) + (late if i % 2 else 0)
            ticks.append((at, True, note.pitch))
            ticks.append((int((onset + note.duration) * 480) - touch, False, note.pitch))
    now, messages = 0, []
    for at, on, pitch in sorted(ticks):
        kind = "note_on" if on else "note_off"
        messages.append(mido.Message(kind, note=pitch, time=at - now))
        now = at
    return messages


SONG = Melody(
    tuple(Note(p, Fraction(d)) for p, d in [(67, 1), (67, "1/2"), (69, "1/2"), (71, 1), (None, 1), (69, 2), (67, 2)]),
    Key("G"),
)  # fmt: skip


@pytest.mark.parametrize("touch", [-20, 0, 40, 55])
def test_a_performance_is_brought_to_the_step_that_is_given(touch: int) -> None:
    data = midi(performed(SONG, touch=touch))
    (refused,) = read(data, "x")
    assert isinstance(refused, ReadError)
    assert refused.reason == PERFORMED
    (tune,) = read(data, "x", ReadOptions(step="1/4"))  # type: ignore[arg-type]
    assert isinstance(tune, Melody), tune
    assert tune.notes == SONG.notes


def test_swing_is_made_even_from_the_first_bar_line_on() -> None:
    """An eighth as pickup, which the time signatures tell, then long and short eighths."""
    signs = [
        mido.MetaMessage("time_signature", numerator=1, denominator=8),
        mido.MetaMessage("time_signature", numerator=4, denominator=4, time=240),
    ]
    swung = played((0, 67, 240), *[(0, 67 + i % 2, 320 if i % 2 == 0 else 160) for i in range(8)])
    (tune,) = read(midi(signs, swung), "x", ReadOptions(step=Fraction(1, 4), swing=True))
    assert isinstance(tune, Melody)
    assert {note.duration for note in tune.notes} == {Fraction(1, 2)}
    assert tune.pickup == Fraction(1, 2)


SCORE = midi(
    named("Conductor", []),
    named("Melody", played((0, 67, 480), (0, 71, 480))),
    named("Bass", played((0, 48, 960)) + played((0, 40, 480), channel=9)),
    played((0, 36, 480), channel=9),
)


@pytest.mark.parametrize(
    ("options", "pitches"),
    [
        (ReadOptions(track=2), [67, 71]),
        (ReadOptions(track="Bass"), [48]),
        (ReadOptions(track="3"), [48]),
        (ReadOptions(track=3, voice=1), [48]),
        (ReadOptions(top=True), [67, 71]),
        (ReadOptions(top=True, track=3), [48]),
    ],
)
def test_a_track_is_chosen_by_number_or_name_or_the_top_is_taken(
    options: ReadOptions, pitches: list[int]
) -> None:
    (tune,) = read(SCORE, "x", options)
    assert isinstance(tune, Melody), tune
    assert list(tune.pitches) == pitches


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            ReadOptions(),
            "several tracks with notes: 2 'Melody' (2 notes), 3 'Bass' (1); choose one by",
        ),
        (
            ReadOptions(track=1),
            "no track 1 with notes; there are 2 'Melody' (2 notes), 3 'Bass' (2), 4",
        ),
        (ReadOptions(track="Alto"), "no track 'Alto' with notes; there are 2 'Melody'"),
        (ReadOptions(track=3, voice=2), "no channel 2 with notes; there are 1 (1 notes), 10 (1)"),
        (ReadOptions(track=4), "drums have no melody"),
    ],
)
def test_what_is_there_is_told(options: ReadOptions, reason: str) -> None:
    (found,) = read(SCORE, "x", options)
    assert isinstance(found, ReadError)
    assert found.reason.startswith(reason)


def test_a_chord_that_is_rolled_begins_once() -> None:
    """At its highest note, where the others come less than half a step before."""
    rolled = [mido.Message("note_on", note=p, time=10) for p in (60, 64, 67)]
    ends = [mido.Message("note_off", note=p, time=450 * (p == 60)) for p in (60, 64, 67)]
    (tune,) = read(midi([*rolled, *ends]), "x", ReadOptions(top=True, step=Fraction(1, 4)))
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(67, Fraction(1)),)


def test_one_track_may_hold_voices_apart_by_channel() -> None:
    both = [
        mido.Message("note_on", note=60, channel=0),
        mido.Message("note_on", note=48, channel=3),
        mido.Message("note_off", note=60, channel=0, time=480),
        mido.Message("note_off", note=48, channel=3),
    ]
    (tune,) = read(midi(both), "x", ReadOptions(voice=4))
    assert isinstance(tune, Melody)
    assert tune.pitches == (48,)


def test_what_never_ends_lasts_as_long_as_its_track_and_a_key_struck_again_ends_its_note() -> None:
    on = mido.Message("note_on", note=60)
    end = mido.MetaMessage("end_of_track", time=960)
    (tune,) = read(midi([on, on.copy(time=480), end]), "x")
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(60, Fraction(1)), Note(60, Fraction(2)))


def test_a_file_that_begins_a_tick_late_is_read_as_notated() -> None:
    """So abc2midi writes songs with words."""
    (tune,) = read(midi(played((1, 60, 479), (1, 62, 479), (481, 64, 959))), "x")
    assert isinstance(tune, Melody), tune
    assert tune.notes == tuple(
        Note(p, Fraction(d)) for p, d in [(60, 1), (62, 1), (None, 1), (64, 2)]
    )


def test_running_status_is_read() -> None:
    """The status byte of a message is left out where it is that of the one before."""
    track = bytes(
        [0, 0x90, 60, 64, 0x83, 0x60, 60, 0, 0, 62, 64, 0x83, 0x60, 62, 0, 0, 0xFF, 0x2F, 0]
    )
    data = (
        b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1, 1, 0xE0]) + b"MTrk" + bytes([0, 0, 0, len(track)])
    )
    (tune,) = read(data + track, "x")
    assert isinstance(tune, Melody)
    assert tune.notes == (Note(60, Fraction(1)), Note(62, Fraction(1)))


def test_a_note_without_length_is_passed_over() -> None:
    nothing = [mido.Message("note_on", note=60), mido.Message("note_off", note=60)]
    for step in (None, Fraction(1, 2)):
        (tune,) = read(midi([*nothing, *NOTE, *nothing]), "x", ReadOptions(step=step))
        assert isinstance(tune, Melody)
        assert tune.notes == (Note(60, Fraction(1)),)
        assert "passed over: notes without length" in tune.metadata.found
    (refused,) = read(midi(nothing), "x")
    assert isinstance(refused, ReadError)
    assert refused.reason == "no notes; give a file with a tune"


def test_lyric_events_are_the_verse() -> None:
    messages = [
        mido.MetaMessage("lyrics", text="Hel-"),
        *played((0, 60, 480)),
        mido.MetaMessage("lyrics", text="lo"),
        *played((0, 62, 480), (0, 64, 480)),
    ]
    (tune,) = read(midi(messages), "x")
    assert isinstance(tune, Melody)
    assert tune.lyrics == (("Hel-", "lo", ""),)


def test_karaoke_parts_words_by_spaces_and_lines_by_slashes() -> None:
    texts = ["@KMIDI KARAOKE FILE", "made by", "\\Hal", "lo ", "/du ", "da"]
    track = [
        mido.MetaMessage("text", text=text, time=480 * (i > 2)) for i, text in enumerate(texts)
    ]
    (tune,) = read(midi(track, played(*[(0, 60 + i, 480) for i in range(4)])), "x")
    assert isinstance(tune, Melody)
    assert tune.lyrics == (("Hal-", "lo", "du", "da"),)


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"step": "x"}, "step 'x' is no number of quarters; write '1/4'"),
        ({"step": 0}, "step 0 is outside 1/32..4 quarters; 1/4 is a sixteenth"),
        ({"swing": True}, r"swing asks for a step too, such as step='1/4' \(--step 1/4\)"),
        ({"track": 0}, "track 0 is below 1; tracks count from 1"),
        ({"step": "2/3", "triplets": True}, "step 2/3 does not divide a quarter"),
    ],
)
def test_readings_that_cannot_be_are_refused(choices: dict[str, object], reason: str) -> None:
    with pytest.raises(SolfaError, match=reason):
        ReadOptions(**choices)  # type: ignore[arg-type]
