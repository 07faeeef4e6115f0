"""Reads ABC 2.1, with the habits of older files.

One voice is read, of several the one that `ReadOptions` names. Bars are taken in the order written: a
repeated part is read once, and first and second endings follow each other, unless the reading
unfolds them, and the parts that ``P:`` orders. Lyrics (``w:``) are kept; grace notes,
decorations, chord symbols and slurs are passed over; chords (but for their top note, where asked)
and overlays are refused. A key change alters the notes but not the melody's key, which is the
first. ``K:none`` leaves the key to `find_key`.

A line end is layout, except where it ends a phrase: in files converted from ESAC (their first
``N:`` is an ESAC number such as ``A0001A``) and in ours, which say ``%%solfa phrases lines``.
There it is also a bar line if it falls where a bar is full, as ESAC leaves it out.

A bar of another length than the metre asks for is a metre change of its own, except a pickup,
a last bar cut short, and two parts of one bar cut by a repeat sign, a double bar or a line end.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise, takewhile
from pathlib import Path
from typing import NamedTuple

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc.text import ABC_MODES, ALTER, GOES_ON, TEXT_FIELDS, unescape
from solfa.formats.abc.words import sung
from solfa.formats.bars import FREE, Barring, Cut, barring, drawn
from solfa.formats.read_options import ReadOptions
from solfa.formats.repeats import LIMIT, Mark, order, passes, unfolded
from solfa.melody import (
    MODES,
    Key,
    Melody,
    Metadata,
    Meter,
    Note,
    Spelling,
    merge_ties,
)

_ESAC_NUMBER = re.compile(r"[A-Z]{1,2}\d{3,4}[A-Za-z\d]?")
_FIELD = re.compile(r"(?![A-Ga-gz]:[|:])([A-Za-z+]):(.*)")
_OURS = re.compile(r"%%\s*solfa\s+(\w+)(.*)")
_ACCIDENTAL = re.compile(r"(\^{1,2}|_{1,2}|=)([A-Ga-g])")
_KEY = re.compile(
    r"""
      (?P<pipes>H[Pp])$
    | (?P<tonic>[A-G](?:\#|(?-i:b))?)
      (?:\s*(?P<mode>m(?![a-z])|(?:maj|min|mix|dor|phr|lyd|loc|aeo|ion)[a-z]*))?
      (?:\s*(?P<exp>exp))?
      (?=[\s_=^]|$)
      (?P<accidentals>(?:\s*(?:\^{1,2}|_{1,2}|=)[A-Ga-g])*)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SYMBOL = re.compile(
    r"""
      (?P<field>\[[A-Za-z]:[^\]]*\])
    | (?P<bar>(?:\[\||:*\|)[|:\]]*|:+)(?P<ending>\d[\d,.-]*)?
    | (?P<variant>\[\s*(?:\d[\d,.-]*|"[^"]*"))
    | (?P<tuplet>\((?P<p>\d{1,2})(?::(?P<q>\d{0,2}))?(?::(?P<r>\d{0,3}))?)
    | (?P<accidental>\^{1,2}|_{1,2}|=)?(?P<step>[A-Ga-g])(?P<octave>[,']*)
      (?P<length>\d{0,6}/{0,6}\d{0,6})
    | [zx](?P<rest>\d{0,6}/{0,6}\d{0,6})
    | [ZX](?P<bars>\d{0,3})
    | (?P<broken>>{1,3}|<{1,3})
    | (?P<tie>-)
    | (?P<chord>\[)
    | (?P<overlay>&)
    | (?P<passed>"[^"]*"|\{[^}]*\}|![^!]*!|\+[^+]*\+|y[\d/]*|[()\s~.`\\!$*;?@\#H-Wh-w])
    """,
    re.VERBOSE,
)

_CHORD = re.compile(r"\[(?P<members>[^\]|:]*)\](?P<length>\d{0,6}/{0,6}\d{0,6})")
_JUMP = re.compile(r"\bd\.? ?[cs]\.|da ?capo|dal ?segno|da ?coda|\bfine\b", re.IGNORECASE)


def read(
    data: bytes,
    source: str,
    options: ReadOptions = ReadOptions(),
    *,
    lines_are_phrases: bool | None = None,
) -> list[Melody | ReadError]:
    """Every tune of an ABC file in order, or the reason it is refused.

    ``lines_are_phrases`` overrides the rule above for all tunes of the file.
    """
    header, tunes = _split(_decode(data))
    found: list[Melody | ReadError] = []
    for lines in tunes:
        tune = _Tune(source, lines_are_phrases, options)
        try:
            found.append(tune.read([*header, *lines]))
        except SolfaError as error:
            found.append(ReadError.of(error, source, tune.line))
    return found


def _decode(data: bytes) -> str:
    """UTF-8, else Latin-1; but C1 controls stand in no text, so where they show it is CP437.

    The Essen files are CP437, some of them made UTF-8 as if they had been Latin-1.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if not text.startswith("%abc-2") and re.search("[\x80-\x9f]", text):
        text = "".join(c.encode("latin-1").decode("cp437") if c < "\u0100" else c for c in text)
    return text


def _split(text: str) -> tuple[list[_Line], list[list[_Line]]]:
    """The file header and the tunes; a tune ends at an empty line or at the next ``X:``."""
    lines = [_Line(i, line) for i, line in enumerate(re.split("\r\n|\r|\n", text), 1)]
    starts = [i for i, line in enumerate(lines) if line.text.startswith("X:")]
    if not starts:
        return [], [[line for line in lines if line.text.strip()]] if text.strip() else []
    header = [line for line in lines[: starts[0]] if re.match("[A-Z]:|%%", line.text)]
    blocks = (lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True))
    return header, [list(takewhile(lambda line: line.text.strip(), block)) for block in blocks]


class _Line(NamedTuple):
    number: int
    text: str


@dataclass
class _Part:
    """A written note; tied ones are still apart."""

    pitch: int | None
    duration: Fraction
    line: int
    tied: bool = False
    words: list[str] = field(default_factory=list)  # a syllable of each verse


class _Tune:
    """The state of reading one tune."""

    def __init__(self, source: str, lines_are_phrases: bool | None, options: ReadOptions) -> None:
        self.source = source
        self.options = options
        self.line = 0
        self.lines_are_phrases = lines_are_phrases
        self.texts: list[tuple[str, str]] = []  # text fields and, under "%", comments
        self.ours: dict[str, str] = {}  # what our writer said
        self.number = self.tempo = ""
        self.key: Key | None = None
        self.key_unknown = False
        self.signature: dict[str, int] = {}
        self.shift = 0  # semitones that octave= asks for beyond what is written
        self.meters: dict[int, Meter | None] = {}  # from part i on
        self.unit: Fraction | None = None  # length of a plain note, in quarters
        self.voice = ""  # whose notes follow, and whose are wanted, where there are several
        self.wanted = ""
        self.marks: list[Mark] = []
        self.order = ""  # of the parts, as P: tells it
        self.labels: list[tuple[str, int, int]] = []  # with the notes and marks before each
        self.sung_from = self.sung_to = self.next_sung = 0  # the notes of a line of words
        self.verse = -1  # the one that was last read
        self.propagate = "pitch"
        self.parts: list[_Part] = []
        self.cuts: dict[int, Cut] = {}  # before part i
        self.line_ends: list[int] = []
        self.altered: dict[str, int] = {}  # accidentals in force in this bar
        self.last = ("", 0)  # the last note's written name and alteration, for a tie to hold
        self.tuplet, self.tuplet_left = Fraction(1), 0
        self.broken = Fraction(1)  # what broken rhythm leaves for the next note

    def refuse(self, reason: str) -> ReadError:
        return ReadError(reason, self.source, self.line)

    # The fields

    def read(self, lines: list[_Line]) -> Melody:
        in_header, first = True, lines[0].number
        self.line = first
        self.choose_voice(lines)
        for self.line, text in lines:
            if match := _OURS.match(text):
                self.ours[match[1]] = unescape(match[2].strip())
            elif text.startswith(("%%", "I:")):
                if match := re.match(r"..\s*propagate-accidentals\s+(not|octave|pitch)", text):
                    self.propagate = match[1]
            elif text.startswith("%"):
                if in_header:
                    self.texts.append(("%", unescape(text[1:].strip())))
            elif match := _FIELD.match(text):
                self.read_field(match[1], _uncommented(match[2]))
                in_header = in_header and match[1] != "K"
            elif not in_header:
                self.read_music(_uncommented(text))
        self.line = first
        if in_header:
            raise self.refuse("no key field K:; add one such as K:G, or K:none")
        if self.options.unfold:
            self.unfold()
        return self.melody()

    def choose_voice(self, lines: list[_Line]) -> None:
        found = (re.findall(r"(?:^|\[)V:\s*([^\s\]]+)", line.text) for line in lines)
        voices = list(dict.fromkeys(name for names in found for name in names))
        if len(voices) < 2:
            return
        self.voice = voices[0]
        asked = self.options.voice or self.options.track
        listed = ", ".join(f"{i} {name!r}" for i, name in enumerate(voices, 1))
        if asked is None:
            raise self.refuse(f"several voices: {listed}; choose one by voice=N (--voice N)")
        if isinstance(asked, int) and asked <= len(voices):
            self.wanted = voices[asked - 1]
        elif asked in voices:
            self.wanted = str(asked)
        else:
            raise self.refuse(f"no voice {asked!r}; there are {listed}")

    def read_field(self, letter: str, value: str) -> None:
        if letter == "V":
            if self.key:
                self.voice = value.split()[0] if value else self.voice
        elif self.elsewhere:
            return
        elif letter == "X":
            self.number = value
        elif letter == "w":
            if "syllables" not in self.ours:  # else they are the notes' own names
                self.read_words(value)
        elif letter == "+" and self.singing:
            self.align(value)
        elif letter in TEXT_FIELDS:
            self.texts.append((letter, unescape(value)))
        elif letter == "+" and self.texts:
            letter, text = self.texts.pop()
            self.texts.append((letter, f"{text} {unescape(value)}"))
        elif letter == "M":
            self.read_meter(value)
        elif letter == "L":
            match = re.match(r"([1-9]\d?)(?:/([1-9]\d{0,2}))?$", value)
            if not match:
                raise self.refuse("a unit length L: that cannot be read")
            self.unit = Fraction(4 * int(match[1]), int(match[2] or 1))
        elif letter == "Q":
            self.tempo = self.tempo or value
        elif letter == "K":
            self.read_key(value)
        elif letter == "P" and not self.key:
            self.order = value
        elif letter == "P":
            self.labels.append((value[:1], len(self.parts), len(self.marks)))

    @property
    def elsewhere(self) -> bool:
        """Whether what is read belongs to another voice than the one that is wanted."""
        return bool(self.key) and self.wanted != self.voice and bool(self.wanted)

    @property
    def singing(self) -> bool:
        """Whether the last field was a line of words."""
        return self.verse >= 0 and self.sung_to == len(self.parts)

    def read_words(self, text: str) -> None:
        """One more verse below the same notes, or the first below those since the last words."""
        if self.singing:
            self.verse += 1
        else:
            self.sung_from, self.sung_to, self.verse = self.sung_to, len(self.parts), 0
        self.next_sung = self.sung_from
        self.align(text)

    def align(self, text: str) -> None:
        bars = [at for at, cut in sorted(self.cuts.items()) if cut is not Cut.LINE]
        notes = [i for i in range(self.sung_from, self.sung_to) if self.parts[i].pitch is not None]
        for syllable in sung(text):
            if syllable == "|":
                last = self.next_sung - 1
                self.next_sung = next((at for at in bars if at > last), self.sung_to)
                continue
            at = next((i for i in notes if i >= self.next_sung), None)
            if at is None:
                return
            words = self.parts[at].words
            words += [""] * (self.verse - len(words))
            words.append(syllable)
            self.next_sung = at + 1

    def read_meter(self, value: str) -> None:
        meter: Meter | None
        if match := re.match(r"\(?(\d{1,2}(?:\+\d{1,2})*)\)?/(\d{1,2})\W*$", value):
            try:
                meter = Meter(sum(map(int, match[1].split("+"))), int(match[2]))
            except SolfaError:
                raise self.refuse("a metre that cannot be read") from None
        elif re.match(r"C\|", value):
            meter = Meter(2, 2)
        elif re.match(r"C\W*$", value):
            meter = Meter(4, 4)
        elif re.match(r"none|free|frei|$", value.lower()):
            meter = None
        else:
            raise self.refuse("a metre that cannot be read")
        if self.parts:
            self.end_bar(Cut.SECTION)
        self.meters[len(self.parts)] = meter

    def read_key(self, value: str) -> None:
        if match := re.search(r"octave\s*=\s*(-?\d)", value):
            self.shift = 12 * int(match[1])
        if re.match(r"(clef|treble|bass|alto|tenor|perc|octave|transpose|middle|staff)", value):
            self.key = self.key or Key("C")
            return
        self.altered = {}
        if value.split()[:1] in ([], ["none"]):
            self.key, self.key_unknown, self.signature = self.key or Key("C"), not self.key, {}
            return
        match = _KEY.match(value)
        if not match:
            raise self.refuse("a key that cannot be read")
        if match["pipes"]:
            key = Key("A", "mixolydian")
        else:
            key = Key(match["tonic"], ABC_MODES[(match["mode"] or "").lower()[:3]])
        explicit = {
            step.upper(): ALTER[sign]
            for sign, step in _ACCIDENTAL.findall(match["accidentals"] or "")
        }
        if match["exp"]:
            self.signature = explicit
            same = (Key(key.tonic, mode) for mode in MODES)
            key = next((k for k in same if k.accidentals == explicit), key)
        else:
            self.signature = {**key.accidentals, **explicit}
        if self.key and self.parts and key != self.key:
            raise self.refuse("a change of key; a melody has one")
        self.key = key

    # The music

    def read_music(self, text: str) -> None:
        at = 0
        while at < len(text):
            symbol = _SYMBOL.match(text, at)
            if not symbol:
                raise self.refuse(f"symbol {text[at]!r} has no meaning here")
            chord = _CHORD.match(text, at) if symbol["chord"] and self.options.top else None
            if chord and not self.elsewhere:
                self.read_chord(chord)
            elif symbol["field"] or not self.elsewhere:
                self.read_symbol(symbol)
            at = (chord or symbol).end()
        if not text.rstrip().endswith("\\") and not self.elsewhere:
            self.end_line()

    def read_chord(self, chord: re.Match[str]) -> None:
        """Its highest note, as long as its first."""
        members = [symbol for symbol in _SYMBOL.finditer(chord["members"]) if symbol["step"]]
        if not members:
            raise self.refuse("a chord without notes")
        pitches = [(self.pitch(symbol), self.last) for symbol in members]
        pitch, self.last = max(pitches)
        times = _length(members[0]["length"]) * _length(chord["length"])
        self.add(pitch, times * self.unit_length)
        self.parts[-1].tied = "-" in chord["members"]

    def read_symbol(self, symbol: re.Match[str]) -> None:
        if symbol["step"]:
            self.add(self.pitch(symbol), _length(symbol["length"]) * self.unit_length)
        elif symbol["rest"] is not None:
            self.add(None, _length(symbol["rest"]) * self.unit_length)
        elif symbol["bars"] is not None:
            self.add_empty_bars(int(symbol["bars"] or 1))
        elif symbol["bar"]:
            self.end_bar(Cut.BAR if symbol["bar"] == "|" else Cut.SECTION)
            self.altered = {}
            self.mark(symbol["bar"], symbol["ending"])
        elif symbol["variant"]:
            self.mark("", symbol["variant"][1:])
        elif symbol["broken"]:
            self.break_rhythm(symbol["broken"])
        elif symbol["tie"]:
            if self.parts and self.parts[-1].pitch is not None:
                self.parts[-1].tied = True
        elif symbol["tuplet"]:
            self.begin_tuplet(symbol)
        elif symbol["field"]:
            self.read_field(symbol["field"][1], symbol["field"][3:-1].strip())
        elif symbol["chord"]:
            raise self.refuse("a chord; give one voice, or take its top with top=True (--top)")
        elif symbol["overlay"]:
            raise self.refuse("several voices; only one is read")
        elif symbol["passed"] == GOES_ON and self.parts:
            self.parts[-1].tied = True
        elif self.options.unfold and symbol["passed"] and _JUMP.search(symbol["passed"]):
            raise self.refuse(f"a jump {symbol['passed']}, which is not unfolded; write it out")

    def mark(self, bar: str, ending: str | None) -> None:
        """Keeps what a bar line says of repeats: ``:|`` and ``|:``, ``::``, ``||``, ``|1``."""
        if not self.options.unfold:
            return
        at = len(self.parts)
        back, on = len(bar) - len(bar.lstrip(":")), len(bar) - len(bar.rstrip(":"))
        if bar.strip(":") == "":
            back = on = len(bar) // 2  # two colons or more, without a line
        if back:
            self.marks.append(Mark(at, "]", back + 1))
        if on:
            self.marks.append(Mark(at, "["))
        if not (back or on) and len(bar) > 1:
            self.marks.append(Mark(at, "|"))
        if ending:
            self.marks.append(Mark(at, "1", passes=passes(ending.strip('" '))))

    def unfold(self) -> None:
        """Writes out repeats, endings and the order of parts."""
        starts = [*self.labels, ("", len(self.parts), len(self.marks))]
        stretches = unfolded(self.marks, 0, len(self.parts))
        if self.labels and self.order:
            named = {
                label: unfolded(self.marks[mark:last], start, stop)
                for (label, start, mark), (_, stop, last) in pairwise(starts)
            }
            first = starts[0]
            stretches = unfolded(self.marks[: first[2]], 0, first[1])
            for label in order(self.order):
                if label not in named:
                    raise self.refuse(f"no part {label!r}; P: orders {', '.join(named)}")
                stretches += named[label]
        if sum(stop - start for start, stop in stretches) > 16 * LIMIT:
            raise self.refuse("repeats that take too long to play")
        written = self.parts, self.cuts, self.line_ends, self.meters
        self.parts, self.cuts, self.line_ends, self.meters = [], {}, [], {}
        for start, stop in stretches:
            self.play(start, stop, *written)

    def play(
        self,
        start: int,
        stop: int,
        parts: list[_Part],
        cuts: dict[int, Cut],
        line_ends: list[int],
        meters: dict[int, Meter | None],
    ) -> None:
        """Appends what was written from part ``start`` to ``stop``."""
        shift = len(self.parts) - start
        self.parts += [replace(part) for part in parts[start:stop]]
        inside = {at + shift: cut for at, cut in cuts.items() if start < at < stop}
        opening = Cut.SECTION if shift + start else cuts.get(start)
        self.cuts |= inside if opening is None else {start + shift: opening, **inside}
        self.line_ends += [at + shift for at in line_ends if start < at <= stop]
        meter = next((meters[at] for at in sorted(meters, reverse=True) if at <= start), None)
        self.meters |= {start + shift: meter}
        self.meters |= {at + shift: new for at, new in meters.items() if start < at < stop}

    @property
    def meter(self) -> Meter | None:
        """The metre in force."""
        return next(reversed(self.meters.values()), None)

    @property
    def unit_length(self) -> Fraction:
        """Length of a plain note in quarters: as told, else a sixteenth in metres below 3/4."""
        if self.unit is None:
            small = self.meter is not None and self.meter.bar < 3
            self.unit = Fraction(1, 4) if small else Fraction(1, 2)
        return self.unit

    def pitch(self, symbol: re.Match[str]) -> int:
        step, marks = symbol["step"].upper(), symbol["octave"]
        octave = (5 if symbol["step"].islower() else 4) + marks.count("'") - marks.count(",")
        name = step if self.propagate == "pitch" else f"{step}{octave}"
        if sign := symbol["accidental"]:
            alter = ALTER[sign]
            if self.propagate != "not":
                self.altered[name] = alter
        elif self.parts and self.parts[-1].tied and self.last[0] == f"{step}{octave}":
            alter = self.last[1]
        else:
            alter = self.altered.get(name, self.signature.get(step, 0))
        self.last = (f"{step}{octave}", alter)
        return Spelling(step, alter, octave).pitch + self.shift

    def add(self, pitch: int | None, duration: Fraction) -> None:
        duration *= self.broken
        self.broken = Fraction(1)
        if self.tuplet_left:
            duration *= self.tuplet
            self.tuplet_left -= 1
        if pitch is not None and not 0 <= pitch <= 127:
            raise self.refuse("a pitch outside MIDI's range")
        if not duration:
            raise self.refuse("a note without length")
        self.parts.append(_Part(pitch, duration, self.line))

    def add_empty_bars(self, count: int) -> None:
        if self.meter is None:
            raise self.refuse("a rest of whole bars in free metre")
        for i in range(count):
            if i:
                self.end_bar(Cut.BAR)
            self.add(None, self.meter.bar)

    def break_rhythm(self, marks: str) -> None:
        if not self.parts:
            raise self.refuse("broken rhythm without a note before it")
        short = Fraction(1, 2 ** len(marks))
        before, self.broken = (2 - short, short) if marks[0] == ">" else (short, 2 - short)
        self.parts[-1].duration *= before

    def begin_tuplet(self, symbol: re.Match[str]) -> None:
        p = int(symbol["p"])
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
        compound = self.meter is not None and self.meter.beat.numerator == 3
        q = int(symbol["q"] or usual.get(p, 3 if compound else 2))
        if not p or not q:
            raise self.refuse("a tuplet of no notes")
        self.tuplet, self.tuplet_left = Fraction(q, p), int(symbol["r"] or p)

    def end_bar(self, cut: Cut) -> None:
        self.cuts[len(self.parts)] = max(cut, self.cuts.get(len(self.parts), cut))

    def end_line(self) -> None:
        self.line_ends.append(len(self.parts))
        if self.phrase_lines and "phrases" not in self.ours:
            self.end_bar(Cut.LINE)

    # What has been read, as a melody

    @cached_property
    def esac_number(self) -> str:
        if "id" in self.ours:
            return ""
        note = next((text for letter, text in self.texts if letter == "N"), "")
        return note if _ESAC_NUMBER.fullmatch(note) else ""

    @cached_property
    def phrase_lines(self) -> bool:
        if self.lines_are_phrases is None:
            return "phrases" in self.ours or bool(self.esac_number)
        return self.lines_are_phrases

    def melody(self) -> Melody:
        assert self.key is not None
        if not self.parts:
            raise self.refuse("no notes; give a file with a tune")
        notes = tuple(merge_ties((Note(p.pitch, p.duration), p.tied) for p in self.parts))
        meter, pickup, changes = self.barring()
        return Melody(
            notes,
            find_key(notes) if self.key_unknown else self.key,
            meter,
            pickup,
            self.phrase_ends(notes),
            changes,
            self.metadata(),
            self.lyrics(notes),
        )

    def lyrics(self, notes: tuple[Note, ...]) -> tuple[tuple[str, ...], ...]:
        """The verses; a note of several parts is sung to the syllable of the first."""
        words = dict(zip(self.onsets(), (part.words for part in self.parts), strict=False))
        sung = [
            words[onset] if note.pitch is not None else []
            for note, onset in zip(
                notes, accumulate((n.duration for n in notes), initial=Fraction(0)), strict=False
            )
        ]
        return tuple(
            tuple(syllables[verse] if verse < len(syllables) else "" for syllables in sung)
            for verse in range(max(map(len, sung)))
        )

    def onsets(self) -> list[Fraction]:
        """Where each part begins, and where the last one ends."""
        return list(accumulate((part.duration for part in self.parts), initial=Fraction(0)))

    def phrase_ends(self, notes: tuple[Note, ...]) -> tuple[int, ...]:
        if not self.phrase_lines:
            return ()
        onsets = self.onsets()
        note_ends = list(accumulate(note.duration for note in notes))
        cuts = {onsets[at] for at in self.line_ends if at}
        ends = sorted({bisect_left(note_ends, cut) for cut in cuts})
        return tuple(ends[:-1] if self.ours.get("phrases") == "lines open" else ends)

    def barring(self) -> Barring:
        asked = {at: meter for at, meter in self.meters.items() if at < len(self.parts)}
        if asked.get(0) is None or None in asked.values():
            if any(asked.values()):
                self.line = self.parts[max(asked)].line
                raise self.refuse("free metre in a part of the tune")
            return FREE
        lines = [part.line for part in self.parts]
        bars = drawn(self.onsets(), self.cuts, self.meters, lines)
        return barring(bars, pickup=self.cuts.get(0) is not Cut.BAR)

    def metadata(self) -> Metadata:
        found: dict[str, str] = {}
        comments = []
        origin = next((f for f in "SBD" if any(letter == f for letter, _ in self.texts)), "S")
        for letter, text in self.texts:
            name = {"T": "title", "O": "region", "R": "genre", origin: "source"}.get(letter)
            if letter == "N" and self.esac_number and "id" not in found:
                name = "id"
            if name and name not in found:
                found[name] = text
            elif text:
                comments.append(text if letter == "%" else f"{letter}: {text}")
        if self.key_unknown:
            comments.append("key: found by analysis")
        number = f"{Path(self.source).stem}:{self.number}" if self.number else ""
        found.setdefault("id", number)
        found.update((name, text) for name, text in self.ours.items() if name in ("id", "style"))
        return Metadata(**found, comments=tuple(comments), tempo=_tempo(self.tempo))


def _length(text: str) -> Fraction:
    """``3/2``, ``/``, ``//``, ``/4`` as a multiple of the unit."""
    number, slash, rest = text.partition("/")
    divisor = 2 ** (len(rest) + 1) if not rest.strip("/") else int(rest.strip("/"))
    return Fraction(int(number or 1), divisor if slash else 1) if divisor else Fraction(0)


def _tempo(text: str) -> int | None:
    """Quarters a minute of ``1/4=120``, ``3/8 3/8=40`` or an old bare ``120``."""
    text = re.sub('"[^"]*"', "", text).strip()
    if match := re.fullmatch(r"((?:\d{1,3}/[1-9]\d{0,2}\s*)+)=\s*(\d{1,6})", text):
        return round(4 * sum(map(Fraction, match[1].split())) * int(match[2]))
    return int(text) if re.fullmatch(r"\d{1,6}", text) else None


def _uncommented(text: str) -> str:
    return re.split(r"(?<!\\)%", text, maxsplit=1)[0].strip()
