"""Reads ABC 2.1, with the habits of older files.

One voice is read, of several the one that `ReadOptions` names. Bars are taken in the order
written: a repeated part is read once, and first and second endings follow each other, unless the
options unfold them, and the parts that ``P:`` orders. Lyrics (``w:``) are kept; grace notes,
decorations, chord symbols and slurs are passed over; chords (but for their top note, where asked)
and overlays are refused. So is a change of key, though accidentals in ``K:`` may change.
``K:none`` leaves the key to `find_key`.

A line end is layout, except where it ends a phrase: in files converted from ESAC (their first
``N:`` is an ESAC number such as ``A0001A``) and in ours, which say ``%%solfa phrases lines``.
There it is also a bar line if it falls where a bar is full, as ESAC leaves it out.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc.header import Header
from solfa.formats.abc.music import Music, WrittenNote, parse_meter
from solfa.formats.abc.pitches import Pitches
from solfa.formats.abc.repetition import Repetition
from solfa.formats.abc.rhythm import Rhythm, multiple
from solfa.formats.abc.text import GOES_ON, TEXT_FIELDS
from solfa.formats.abc.words import Underlay
from solfa.formats.bars import Cut
from solfa.formats.read_options import ReadOptions
from solfa.formats.repeats import JUMP
from solfa.melody import Melody

_FIELD = re.compile(r"(?![A-Ga-gz]:[|:])([A-Za-z+]):(.*)")
_PROPAGATE = re.compile(r"..\s*propagate-accidentals\s+(not|octave|pitch)")
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


class _Voice:
    """Whose notes are read, where a tune has several voices."""

    def __init__(self) -> None:
        self.now = ""  # whose notes follow
        self.wanted = ""

    @property
    def wrong(self) -> bool:
        return bool(self.wanted) and self.wanted != self.now

    def choose(self, lines: list[_Line], asked: int | str | None) -> None:
        """Raises `ReadError` where several voices leave a choice."""
        found = (re.findall(r"(?:^|\[)V:\s*([^\s\]]+)", line.text) for line in lines)
        voices = list(dict.fromkeys(name for names in found for name in names))
        if len(voices) < 2:
            return
        self.now = voices[0]
        listed = ", ".join(f"{i} {name!r}" for i, name in enumerate(voices, 1))
        if asked is None:
            raise ReadError(f"several voices: {listed}; choose one by voice=N (--voice N)")
        if isinstance(asked, int) and asked <= len(voices):
            self.wanted = voices[asked - 1]
        elif asked in voices:
            self.wanted = str(asked)
        else:
            raise ReadError(f"no voice {asked!r}; there are {listed}")


class _Tune:
    """One tune that is being read: its lines and symbols go to the states that they change."""

    def __init__(self, source: str, lines_are_phrases: bool | None, options: ReadOptions) -> None:
        self.source = source
        self.options = options
        self.line = 0
        self.header = Header(lines_are_phrases)
        self.voice = _Voice()
        self.pitches = Pitches()
        self.rhythm = Rhythm()
        self.music = Music()
        self.underlay = Underlay(self.music)
        self.repetition = Repetition()

    @property
    def elsewhere(self) -> bool:
        """Whether what is read belongs to another voice than the one that is wanted."""
        return self.pitches.key is not None and self.voice.wrong

    def read(self, lines: list[_Line]) -> Melody:
        in_header, first = True, lines[0].number
        self.line = first
        self.voice.choose(lines, self.options.voice or self.options.track)
        for self.line, text in lines:
            if self.header.take_ours(text):
                continue
            if text.startswith(("%%", "I:")):
                if match := _PROPAGATE.match(text):
                    self.pitches.propagate = match[1]
            elif text.startswith("%"):
                if in_header:
                    self.header.add("%", text[1:].strip())
            elif match := _FIELD.match(text):
                self.read_field(match[1], _uncommented(match[2]))
                in_header = in_header and match[1] != "K"
            elif not in_header:
                self.read_music(_uncommented(text))
        self.line = first
        if in_header:
            raise ReadError("no key field K:; add one such as K:G, or K:none")
        if self.options.unfold:
            self.music = self.music.played(self.repetition.stretches(len(self.music.notes)))
        return self.melody()

    def read_field(self, letter: str, value: str) -> None:
        begun = self.pitches.key is not None
        if letter == "V":
            if begun:
                self.voice.now = value.split()[0] if value else self.voice.now
        elif self.elsewhere:
            return
        elif letter == "X":
            self.header.number = value
        elif letter == "w":
            if "syllables" not in self.header.ours:  # else they are the notes' own names
                self.underlay.read(value)
        elif letter == "+" and self.underlay.going_on:
            self.underlay.align(value)
        elif letter in TEXT_FIELDS:
            self.header.add(letter, value)
        elif letter == "+" and self.header.texts:
            self.header.go_on(value)
        elif letter == "M":
            self.music.begin_meter(parse_meter(value))
        elif letter == "L":
            self.rhythm.read_unit(value)
        elif letter == "Q":
            self.header.tempo = self.header.tempo or value
        elif letter == "K":
            self.pitches.read_key(value, begun=bool(self.music.notes))
        elif letter == "P" and not begun:
            self.repetition.order = value
        elif letter == "P":
            self.repetition.begin_part(value[:1], len(self.music.notes))

    def read_music(self, text: str) -> None:
        at = 0
        while at < len(text):
            symbol = _SYMBOL.match(text, at)
            if not symbol:
                raise ReadError(f"symbol {text[at]!r} has no meaning here")
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
            raise ReadError("a chord without notes")
        pitches = [(self.pitch(symbol), self.pitches.last) for symbol in members]
        pitch, self.pitches.last = max(pitches)
        times = multiple(members[0]["length"]) * multiple(chord["length"])
        self.add(pitch, times * self.unit_length)
        self.music.notes[-1].tied = "-" in chord["members"]

    def read_symbol(self, symbol: re.Match[str]) -> None:
        notes = self.music.notes
        if symbol["step"]:
            self.add(self.pitch(symbol), multiple(symbol["length"]) * self.unit_length)
        elif symbol["rest"] is not None:
            self.add(None, multiple(symbol["rest"]) * self.unit_length)
        elif symbol["bars"] is not None:
            self.add_empty_bars(int(symbol["bars"] or 1))
        elif symbol["bar"]:
            self.music.end_bar(Cut.BAR if symbol["bar"] == "|" else Cut.SECTION)
            self.pitches.end_bar()
            self.mark(symbol["bar"], symbol["ending"])
        elif symbol["variant"]:
            self.mark("", symbol["variant"][1:])
        elif symbol["broken"]:
            if not notes:
                raise ReadError("broken rhythm without a note before it")
            notes[-1].duration *= self.rhythm.break_after(symbol["broken"])
        elif symbol["tie"]:
            if notes and notes[-1].pitch is not None:
                notes[-1].tied = True
        elif symbol["tuplet"]:
            self.rhythm.begin_tuplet(symbol, self.music.meter)
        elif symbol["field"]:
            self.read_field(symbol["field"][1], symbol["field"][3:-1].strip())
        elif symbol["chord"]:
            raise ReadError("a chord; give one voice, or take its top with top=True (--top)")
        elif symbol["overlay"]:
            raise ReadError("several voices; only one is read")
        elif symbol["passed"] == GOES_ON and notes:
            notes[-1].tied = True
        elif self.options.unfold and symbol["passed"] and JUMP.search(symbol["passed"]):
            raise ReadError(f"a jump {symbol['passed']}, which is not unfolded; write it out")

    def mark(self, bar: str, ending: str | None) -> None:
        if self.options.unfold:
            self.repetition.mark(bar, ending, len(self.music.notes))

    @property
    def unit_length(self) -> Fraction:
        return self.rhythm.unit_length(self.music.meter)

    def pitch(self, symbol: re.Match[str]) -> int:
        notes = self.music.notes
        return self.pitches.pitch(symbol, tied=bool(notes) and notes[-1].tied)

    def add(self, pitch: int | None, duration: Fraction) -> None:
        duration = self.rhythm.played(duration)
        if pitch is not None and not 0 <= pitch <= 127:
            raise ReadError("a pitch outside MIDI's range")
        if not duration:
            raise ReadError("a note without length")
        self.music.notes.append(WrittenNote(pitch, duration, self.line))

    def add_empty_bars(self, count: int) -> None:
        meter = self.music.meter
        if meter is None:
            raise ReadError("a rest of whole bars in free metre")
        for i in range(count):
            if i:
                self.music.end_bar(Cut.BAR)
            self.add(None, meter.bar)

    def end_line(self) -> None:
        self.music.line_ends.append(len(self.music.notes))
        if self.header.phrase_lines and "phrases" not in self.header.ours:
            self.music.end_bar(Cut.LINE)

    def melody(self) -> Melody:
        key, header, music = self.pitches.key, self.header, self.music
        assert key is not None
        if not music.notes:
            raise ReadError("no notes; give a file with a tune")
        notes = music.joined()
        bars = music.barring()
        melody = Melody(
            notes,
            find_key(notes) if self.pitches.unknown else key,
            bars.meter,
            bars.pickup,
            meter_changes=bars.meter_changes,
            metadata=header.metadata(self.source, key_found=self.pitches.unknown),
        )
        closed = header.ours.get("phrases") != "lines open"
        ends = music.phrase_ends(melody, closed=closed) if header.phrase_lines else ()
        return melody.replace(phrase_ends=ends, lyrics=music.lyrics(melody))


def _uncommented(text: str) -> str:
    return re.split(r"(?<!\\)%", text, maxsplit=1)[0].strip()
