"""The events of a standard MIDI file, as files are found: what is odd in one is passed over.

The format is that of *Standard MIDI Files 1.0* (MIDI Manufacturers Association, 1996). A file is
read as long as its tracks are whole: data bytes above 127, events that are none, lengths of tracks
that are wrong, tracks announced but missing, and what stands before or behind the tracks do not
condemn it. Every number is bounded by the bytes that say it.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from solfa.errors import ReadError
from solfa.formats.comments import passed_over
from solfa.formats.limits import MOST_NOTES

TEXT, NAME, LYRIC, MARKER = 0x01, 0x03, 0x05, 0x06
END, TEMPO, METER, KEY = 0x2F, 0x51, 0x58, 0x59
"""Kinds of meta events."""

_KEPT = frozenset((TEXT, NAME, LYRIC, MARKER, TEMPO, METER, KEY))

MOST_EVENTS = 4 * MOST_NOTES
"""Notes struck and let go, and meta events, of a file."""

_HEADER, _TRACK = b"MThd", b"MTrk"
_WITHIN = 1 << 16  # bytes in which the header begins; others' wrappers are shorter
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # of system messages, which have no place in files


class NoteEvent(NamedTuple):
    """A key that is struck, or let go, at a time in quarters; channels count from 1."""

    at: Fraction
    channel: int
    pitch: int
    struck: bool


class MetaEvent(NamedTuple):
    """What a file says besides its notes, at a time in quarters: its kind and its bytes."""

    at: Fraction
    kind: int
    data: bytes

    @property
    def text(self) -> str:
        """The bytes as text: UTF-8, or else Windows-1252."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return self.data.decode("cp1252", "replace")


class Track(NamedTuple):
    """One track: its notes, its meta events, and where it ends, in quarters."""

    notes: list[NoteEvent]
    metas: list[MetaEvent]
    end: Fraction

    @property
    def name(self) -> str:
        return next((meta.text.strip() for meta in self.metas if meta.kind == NAME), "")


class File(NamedTuple):
    """A whole file: ``division`` ticks make a quarter; ``comments`` say what was passed over."""

    tracks: list[Track]
    division: int
    comments: tuple[str, ...]


def parse(data: bytes) -> File:
    """The tracks of a MIDI file.

    Raises `ReadError` where there is no header or a track that breaks off, for times in frames,
    for several pieces in one file, and beyond the limits.
    """
    start = data.find(_HEADER, 0, _WITHIN)
    if start < 0 or len(data) < start + 14:
        raise ReadError("is no whole MIDI file; export it again")
    size = int.from_bytes(data[start + 4 : start + 8], "big")
    kind, announced, division = (
        int.from_bytes(data[start + place : start + place + 2], "big") for place in (8, 10, 12)
    )
    if not 1 <= division < 0x8000:
        raise ReadError("counts frames, not beats; export it in beats")
    odd: Counter[str] = Counter()
    tracks: list[Track] = []
    events, at = 0, start + 8 + min(size, _WITHIN)
    while (place := _next_track(data, at, odd)) is not None:
        parser = _Parser(data, place, division, odd)
        tracks.append(parser.track())
        events += 1 + len(tracks[-1].notes) + len(tracks[-1].metas)
        if events > MOST_EVENTS:
            raise ReadError(f"has more than {MOST_EVENTS:,} events; cut it")
        at = parser.behind()
    if len(tracks) < announced:
        odd["tracks that are announced but missing"] += announced - len(tracks)
    if kind == 2 and sum(bool(track.notes) for track in tracks) > 1:
        raise ReadError("holds several pieces; export them one by one")
    return File(tracks, division, tuple(passed_over(what, count) for what, count in odd.items()))


def _next_track(data: bytes, at: int, odd: Counter[str]) -> int | None:
    """Where the next track begins, from ``at`` on; other chunks are skipped."""
    while at < len(data):
        name, stop = data[at : at + 4], at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        if name == _TRACK:
            return at
        if not _is_chunk(data, at):
            stop = data.find(_TRACK, at)
            odd["bytes that are no track"] += 1
            if stop < 0:
                return None
        at = stop
    return None


def _is_chunk(data: bytes, at: int) -> bool:
    """Whether a track begins at ``at``, or another chunk that ends within the file."""
    name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
    return name == _TRACK or (name.isalpha() and at + 8 + size <= len(data))


class _Parser:
    """Reads the events of the track at ``at``; ``stop`` is where it says that it ends."""

    def __init__(self, data: bytes, at: int, division: int, odd: Counter[str]) -> None:
        self.data, self.at = data, at + 8
        self.stop = self.at + int.from_bytes(data[at + 4 : at + 8], "big")
        self.division, self.odd = division, odd
        self.ticks = 0
        self.status = 0  # of the last channel message, which the next may leave out
        self.notes: list[NoteEvent] = []
        self.metas: list[MetaEvent] = []

    def track(self) -> Track:
        """The whole track; `ReadError` where the file breaks off within it."""
        while self.event():
            if len(self.notes) + len(self.metas) > MOST_EVENTS:
                break  # the file is refused
        return Track(self.notes, self.metas, self.now)

    def behind(self) -> int:
        """Where to look for the next track."""
        if self.parted and self.at < self.stop:
            self.odd["bytes behind the end of a track"] += self.stop - self.at
            return self.stop
        return self.at

    @property
    def parted(self) -> bool:
        """Whether the file ends, or another chunk begins, where the track says that it ends."""
        return self.stop == len(self.data) or _is_chunk(self.data, self.stop)

    @property
    def now(self) -> Fraction:
        return Fraction(self.ticks, self.division)

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise ReadError("is no whole MIDI file; export it again")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """A number of variable length, of four bytes at most."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        self.odd["numbers that are too long"] += 1
        return value

    def event(self) -> bool:
        """Reads one event, and says whether the track goes on behind it."""
        if self.at >= self.stop and self.parted:
            if self.at > self.stop:  # its last event would reach into what follows
                raise ReadError("has an event that is longer than its track; export it again")
            return False  # without an end of its own
        self.ticks += self.number()
        status = self.byte()
        if status == 0xFF:
            return self.meta()
        if status in (0xF0, 0xF7):
            size = self.number()
            self.at += size
        elif status > 0xF0:
            self.odd["system messages"] += 1
            self.at += _SYSTEM_BYTES.get(status, 0)
        elif status >= 0x80:
            self.status = status
            self.message(self.byte())
        elif self.status:
            self.message(status)
        else:
            self.odd["bytes that are no event"] += 1
        return True

    def message(self, first: int) -> None:
        """A message of a channel, the ``first`` of its data bytes being read."""
        kind, channel = self.status & 0xF0, 1 + (self.status & 0x0F)
        second = self.byte() if _DATA_BYTES[kind] == 2 else 0
        if max(first, second) > 127:
            self.odd["data bytes above 127"] += 1
        if kind in (0x80, 0x90) and first <= 127:
            self.notes.append(NoteEvent(self.now, channel, first, kind == 0x90 and second > 0))

    def meta(self) -> bool:
        kind, size = self.byte(), self.number()
        if kind == END:
            return False
        data = self.data[self.at : self.at + size]
        self.at += size
        if len(data) < size:
            raise ReadError("is no whole MIDI file; export it again")
        if kind in _KEPT:
            self.metas.append(MetaEvent(self.now, kind, data))
        return True
