"""The notes of an ABC tune as they are written, and where its bars, lines and metres stand.

A bar of another length than the metre asks for is a metre change of its own, except a pickup,
a last bar cut short, and two parts of one bar cut by a repeat sign, a double bar or a line end.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate
from typing import TypeVar

from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, Cut, barring, drawn
from solfa.formats.limits import check_extent
from solfa.melody import Key, Melody, Meter, Note, merge_ties

_FINEST = 1 << 40  # parts of a quarter on which all notes of a tune lie
_T = TypeVar("_T")


@dataclass
class WrittenNote:
    """A note or rest as it is written, before ties join it to the next."""

    pitch: int | None
    duration: Fraction  # quarters
    line: int
    tied: bool = False
    words: list[str] = field(default_factory=list)  # a syllable of each verse


class Music:
    """What has been read of a tune's music; places count its written notes."""

    def __init__(self) -> None:
        self.notes: list[WrittenNote] = []
        self.cuts: dict[int, Cut] = {}  # before note i
        self.line_ends: list[int] = []
        self.meters: dict[int, Meter | None] = {}  # from note i on
        self.keys: dict[int, Key] = {}  # likewise
        self.length = Fraction(0)  # quarters

    @property
    def key(self) -> Key:
        """The key that the tune begins in."""
        return self.keys[0]

    def add(self, note: WrittenNote) -> None:
        """Raises `ReadError` beyond the limits."""
        self.length += note.duration
        check_extent(len(self.notes) + 1, self.length)
        if self.length.denominator > _FINEST:
            raise ReadError("lengths that share no fine grid; write plainer ones")
        self.notes.append(note)

    @property
    def meter(self) -> Meter | None:
        """The metre in force."""
        return next(reversed(self.meters.values()), None)

    def begin_meter(self, meter: Meter | None) -> None:
        if self.notes:
            self.end_bar(Cut.SECTION)
        self.meters[len(self.notes)] = meter

    def end_bar(self, cut: Cut) -> None:
        self.cuts[len(self.notes)] = max(cut, self.cuts.get(len(self.notes), cut))

    def played(self, stretches: Sequence[tuple[int, int]]) -> Music:
        """The music of these stretches of notes, one after the other."""
        music = Music()
        for start, stop in stretches:
            music._append(self, start, stop)
        return music

    def _append(self, written: Music, start: int, stop: int) -> None:
        shift = len(self.notes) - start
        self.notes += [replace(note) for note in written.notes[start:stop]]
        inside = {at + shift: cut for at, cut in written.cuts.items() if start < at < stop}
        opening = Cut.SECTION if shift + start else written.cuts.get(start)
        self.cuts |= inside if opening is None else {start + shift: opening, **inside}
        self.line_ends += [at + shift for at in written.line_ends if start < at <= stop]
        _follow(self.meters, written.meters, start, stop, shift)
        _follow(self.keys, written.keys, start, stop, shift)

    def onsets(self) -> list[Fraction]:
        """Where each written note begins, and where the last one ends."""
        return list(accumulate((note.duration for note in self.notes), initial=Fraction(0)))

    def joined(self) -> tuple[Note, ...]:
        """The notes as they sound, tied ones joined."""
        return tuple(merge_ties((Note(n.pitch, n.duration), n.tied) for n in self.notes))

    def barring(self) -> Barring:
        """Raises `ReadError` where only a part of the tune is in free metre."""
        asked = {at: meter for at, meter in self.meters.items() if at < len(self.notes)}
        if asked.get(0) is None or None in asked.values():
            if any(asked.values()):
                line = self.notes[max(asked)].line
                raise ReadError("free metre in a part of the tune", line=line)
            return FREE
        lines = [note.line for note in self.notes]
        bars = drawn(self.onsets(), self.cuts, self.meters, lines)
        drawn_at_all = any(cut is not Cut.LINE for cut in self.cuts.values())
        return barring(bars, pickup=drawn_at_all and self.cuts.get(0) is not Cut.BAR)

    def key_changes(self) -> list[tuple[Fraction, Key]]:
        onsets = self.onsets()
        return [(onsets[at], key) for at, key in sorted(self.keys.items()) if at]

    def phrase_ends(self, melody: Melody, *, closed: bool) -> tuple[int, ...]:
        """The last note of each line; of the last line too, where it is ``closed``."""
        written, onsets = self.onsets(), melody.onsets()
        cuts = {written[at] for at in self.line_ends if at}
        ends = sorted({bisect_left(onsets, cut) - 1 for cut in cuts})
        return tuple(ends if closed else ends[:-1])

    def lyrics(self, melody: Melody) -> tuple[tuple[str, ...], ...]:
        """The verses; a note of several written ones is sung to the syllable of the first."""
        words = dict(zip(self.onsets(), (note.words for note in self.notes), strict=False))
        sung = [
            words[onset] if note.pitch is not None else []
            for note, onset in zip(melody.notes, melody.onsets(), strict=True)
        ]
        return tuple(
            tuple(syllables[verse] if verse < len(syllables) else "" for syllables in sung)
            for verse in range(max(map(len, sung)))
        )


def _follow(
    played: dict[int, _T], written: dict[int, _T], start: int, stop: int, shift: int
) -> None:
    """Adds what is in force at the notes ``start..stop``, which are played ``shift`` later."""
    before = max((at for at in written if at <= start), default=None)
    if before is not None:
        played[start + shift] = written[before]
    played |= {at + shift: new for at, new in written.items() if start < at < stop}


def parse_meter(value: str) -> Meter | None:
    """The metre of ``M:``, None if it is free. Raises `ReadError`."""
    if match := re.match(r"\(?(\d{1,2}(?:\+\d{1,2})*)\)?/(\d{1,2})\W*$", value):
        try:
            return Meter(sum(map(int, match[1].split("+"))), int(match[2]))
        except SolfaError:
            raise ReadError("a metre that cannot be read") from None
    if re.fullmatch(r"\d{1,2}/\d{1,2}(\s*\+\s*\d{1,2}/\d{1,2}){1,7}", value):
        terms = [part.split("/") for part in value.split("+")]
        below = max(int(term[1]) for term in terms)
        whole = sum(Fraction(int(a), int(b) or 100) for a, b in terms) * below
        return parse_meter(f"{whole}/{below}")
    if re.match(r"C\|", value):
        return Meter(2, 2)
    if re.match(r"C\W*$", value):
        return Meter(4, 4)
    if re.match(r"none|free|frei|$", value.lower()):
        return None
    raise ReadError("a metre that cannot be read")
