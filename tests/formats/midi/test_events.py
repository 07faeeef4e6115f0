"""MIDI files as they are found: what is odd in them does not condemn them."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats.midi.reader import read
from solfa.formats.midi.writer import write
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Note

END = bytes([0, 0xFF, 0x2F, 0])
TUNE = ((60, 1), (62, 1), (64, 1), (65, 1), (67, 2), (60, 2))


def length(ticks: int) -> bytes:
    """A number of variable length."""
    digits = [ticks & 0x7F]
    while ticks := ticks >> 7:
        digits.append(ticks & 0x7F | 0x80)
    return bytes(reversed(digits))


def notes(*tune: tuple[int, int], ticks: int = 480) -> bytes:
    return b"".join(
        bytes([0, 0x90, pitch, 80, *length(quarters * ticks), 0x80, pitch, 64])
        for pitch, quarters in tune
    )


def chunk(events: bytes, size: int | None = None) -> bytes:
    return b"MTrk" + (len(events) if size is None else size).to_bytes(4, "big") + events


def file(*chunks: bytes, kind: int = 0, tracks: int | None = None, division: int = 480) -> bytes:
    counted = len(chunks) if tracks is None else tracks
    header = [6, kind, counted, division]
    sizes = [4, 2, 2, 2]
    parts = (number.to_bytes(size, "big") for number, size in zip(header, sizes, strict=True))
    return b"MThd" + b"".join(parts) + b"".join(chunks)


def meta(kind: int, *data: int) -> bytes:
    return bytes([0, 0xFF, kind, len(data), *data])


PLAIN = notes(*TUNE) + END
FOUND = [
    ("a key of 128 flats", file(chunk(meta(0x59, 0x80, 0) + PLAIN)), "a key signature that cannot be"),
    ("a mode of 255", file(chunk(meta(0x59, 0, 255) + PLAIN)), "a key signature that cannot be"),
    ("a key in one byte", file(chunk(meta(0x59, 0) + PLAIN)), "a key signature that cannot be"),
    ("no beats", file(chunk(meta(0x58, 0, 2, 24, 8) + PLAIN)), "a time signature that cannot be"),
    ("1024ths", file(chunk(meta(0x58, 4, 10, 24, 8) + PLAIN)), "a time signature that cannot be"),
    ("a metre of nothing", file(chunk(meta(0x58) + PLAIN)), "a time signature that cannot be"),
    ("a tempo of 0", file(chunk(meta(0x51, 0, 0, 0) + PLAIN)), "a tempo that cannot be"),
    ("a velocity of 168", file(chunk(PLAIN.replace(b"\x90\x40\x50", b"\x90\x40\xa8"))), "data bytes above 127"),
    ("an unknown meta event", file(chunk(meta(0x10, 1, 2, 3) + PLAIN)), ""),
    ("a track too long", file(chunk(PLAIN, len(PLAIN) + 6)), ""),
    ("a track too short", file(chunk(PLAIN, 12)), ""),
    ("a track without length", file(chunk(PLAIN, 0)), ""),
    ("a track without end", file(chunk(PLAIN[:-4])), ""),
    ("tracks that are missing", file(chunk(PLAIN), kind=1, tracks=3), "2 tracks that are announced but missing"),
    ("one piece of many", file(chunk(PLAIN), kind=2), ""),
    ("bytes before", b"RIFF\x99\0\0\0RMIDdata\x99\0\0\0" + file(chunk(PLAIN)), ""),
    ("bytes behind", file(chunk(PLAIN)) + b"\0\1\2 garbage", "bytes that are no track"),
    ("a foreign chunk", file(b"XFIH\0\0\0\2ab", chunk(PLAIN), tracks=1), ""),
    ("an empty track", file(chunk(END), chunk(PLAIN), kind=1), ""),
    ("a system exclusive message", file(chunk(bytes([0, 0xF0, 3, 1, 2, 0xF7]) + PLAIN)), ""),
    ("a clock", file(chunk(bytes([0, 0xF8]) + PLAIN)), "system messages"),
    ("a data byte alone", file(chunk(bytes([0, 5]) + PLAIN)), "bytes that are no event"),
    ("running status behind a meta event", file(chunk(notes(TUNE[0])[:4] + bytes([0x83, 0x60, 60, 0]) + meta(1, 65) + bytes([0, 60, 0]) + notes(*TUNE[1:]) + END)), None),
    ("doubled notes", file(chunk(b"".join(bytes([0, 0x90, p, 80, 0, 0x90, p, 80, *length(480 * q), 0x80, p, 64, 0, 0x80, p, 64]) for p, q in TUNE) + END)), ""),
    ("doubled notes, one let go before", file(chunk(b"".join(bytes([0, 0x90, p, 80, 0, 0x90, p, 80, *length(240 * q), 0x80, p, 64, *length(240 * q), 0x80, p, 64]) for p, q in TUNE) + END)), ""),
    ("doubled notes let go once", file(chunk(b"".join(bytes([0, 0x90, p, 80, 0, 0x90, p, 80, *length(480 * q), 0x80, p, 64]) for p, q in TUNE) + END)), ""),
    ("bytes behind a track's end", file(chunk(PLAIN + b"abcd"), chunk(END), kind=1), "4 bytes behind the end of a track"),
    ("changes of tempo", file(chunk(meta(0x51, 7, 161, 32) + meta(0x51, 8, 161, 32) + PLAIN)), "changes of tempo"),
    ("a doubled track", file(chunk(PLAIN), chunk(PLAIN), kind=1), "a part that doubles another"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "passed"), [f[1:] for f in FOUND], ids=[f[0] for f in FOUND])
def test_one_odd_event_does_not_condemn_a_file(data: bytes, passed: str | None) -> None:
    (tune,) = read(data, "x.mid")
    assert isinstance(tune, Melody), tune
    assert tune.notes == tuple(Note(pitch, quarters) for pitch, quarters in TUNE)
    said = [text for text in tune.metadata.found if text.startswith("passed over")]
    if passed is not None:
        assert said == ([f"passed over: {passed}"] if passed else [])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file(chunk(PLAIN))[:-30], "is no whole MIDI file; export it again"),
        (file(chunk(PLAIN))[:-12], "is no whole MIDI file; export it again"),
        (b"", "is no whole MIDI file; export it again"),
        (b"%PDF", "is no whole MIDI file; export it again"),
        (
            file(chunk(bytes([0, 0xFF, 1, 40]) + END), chunk(PLAIN), kind=1),
            "has an event that is longer than its track; export it again",
        ),
        (
            file(chunk(bytes([0, 0xF0, 40, 1]) + END), chunk(PLAIN), kind=1),
            "has an event that is longer than its track; export it again",
        ),
        (file(chunk(PLAIN), division=0xE728), "counts frames, not beats; export it in beats"),
        (file(chunk(PLAIN), division=0), "counts frames, not beats; export it in beats"),
        (file(chunk(PLAIN), chunk(PLAIN), kind=2), "holds several pieces; export them one by one"),
        (file(), "no notes; give a file with a tune"),
    ],
)
def test_what_is_no_file_is_refused(data: bytes, reason: str) -> None:
    (found,) = read(data, "x.mid")
    assert isinstance(found, ReadError)
    assert found.reason == reason


def test_notes_that_look_like_the_name_of_a_chunk_are_notes() -> None:
    """A track length that is wrong ends before ``xEPx``: a time, a pitch, a velocity, a time."""
    (tune,) = read(file(chunk(b"\0\x90EP" + b"xEP" + b"xE\0" + END, 4)), "x.mid")
    assert isinstance(tune, Melody), tune
    assert tune.notes == (Note(69, "1/4"), Note(69, "1/4"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_byte_is_changed_the_answer_is_a_tune_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(file(chunk(meta(0x58, 3, 2, 24, 8) + PLAIN)))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (found,) = read(bytes(whole), "x.mid")
    assert isinstance(found, Melody | ReadError)
    assert len(str(found)) < 300 or isinstance(found, Melody)


PARTS = {"1/3": 3, "1/6": 3, "1/5": 5}


@pytest.mark.parametrize("division", [100, 128, 220, 256, 480, 1024])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["1", "1/2", "2", "1/3", "1/6", "1/5"]), min_size=1, max_size=8))
def test_a_tick_beside_a_tuplet_is_the_tuplet(division: int, lengths: Sequence[str]) -> None:
    """Ticks that three or five do not divide are rounded, as other programs do."""
    durations = [Fraction(one) for one in lengths for _ in range(PARTS.get(one, 1))]
    ticks = [round(at * division) for at in accumulate(durations, initial=Fraction(0))]
    played = b"".join(
        bytes([0, 0x90, 60 + i % 2, 80, *length(off - on), 0x80, 60 + i % 2, 64])
        for i, (on, off) in enumerate(pairwise(ticks))
    )
    (tune,) = read(file(chunk(played + END), division=division), "x.mid")
    assert isinstance(tune, Melody), tune
    assert [note.duration for note in tune.notes] == durations


def test_a_note_of_one_tick_keeps_it() -> None:
    short = bytes([0, 0x90, 60, 80, 1, 60, 0]) + length(239) + bytes([0x90, 62, 80]) + length(240)
    (tune,) = read(file(chunk(short + bytes([62, 0]) + END)), "x", ReadOptions())
    assert isinstance(tune, Melody | ReadError)
    assert "duration 0" not in str(tune)


def test_changes_of_key_are_read_and_written() -> None:
    tune = Melody([Note(60, 4), Note(62, 4)], "C", key_changes=[(4, "D")])
    events = meta(0x59, 0, 0) + notes((60, 4)) + meta(0x59, 2, 0) + notes((62, 4)) + END
    assert read(file(chunk(events)), "x.mid") == [tune]
    assert b"\xff\x59\x02\x02\x00" in write(tune)


def test_a_drum_beside_a_tune_is_passed_over() -> None:
    drums = chunk(
        b"".join(bytes([0, 0x99, 36, 80, *length(240), 0x89, 36, 0]) for _ in "1234") + END
    )
    (tune,) = read(file(chunk(meta(0x59, 0, 0) + PLAIN), drums, kind=1), "x")
    assert isinstance(tune, Melody), tune
    assert tune.pitches == (60, 62, 64, 65, 67, 60)
    assert tune.key == Key("C")
    assert "passed over: drums" in tune.metadata.found
