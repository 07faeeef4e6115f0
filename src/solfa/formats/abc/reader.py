"""Reads ABC 2.1, with the habits of older files.

One voice is read, of several the one that `ReadOptions` names. Bars are taken in the order
written: a repeated part is read once, and first and second endings follow each other, unless the
options unfold them, and the parts that ``P:`` orders. Lyrics (``w:``) are kept; grace notes,
decorations, chord symbols and slurs are passed over; chords (but for their top note, where asked)
and overlays are refused. ``K:none`` leaves the key to `find_key`. Prose and what else is left out
is said in the comments.

A line end is layout, except where it ends a phrase: in files converted from ESAC (their first
``N:`` is an ESAC number such as ``A0001A``) and in ours, which say ``%%solfa phrases lines``.
There it is also a bar line if it falls where a bar is full, as ESAC leaves it out.
"""

from __future__ import annotations

import re
from fractions import Fraction

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc.header import Header
from solfa.formats.abc.lines import (
    BLOCK,
    DECORATION,
    FIELD,
    Line,
    closed_up,
    prose,
    tunes,
    without_comment,
)
from solfa.formats.abc.music import Music, WrittenNote, parse_meter
from solfa.formats.abc.pitches import Pitches
from solfa.formats.abc.repetition import Repetition
from solfa.formats.abc.rhythm import Rhythm, multiple
from solfa.formats.abc.text import GOES_ON, TEXT_FIELDS
from solfa.formats.abc.voices import Voice
from solfa.formats.abc.words import Underlay
from solfa.formats.bars import Cut
from solfa.formats.comments import found_by_analysis, passed_over
from solfa.formats.read_options import ReadOptions
from solfa.formats.repeats import JUMP
from solfa.formats.text import text_of
from solfa.melody import Melody

_PROPAGATE = re.compile(r"..\s*propagate-accidentals\s+(not|octave|pitch)")
_SYMBOL = re.compile(
    r"""
      (?P<field>\[[A-Za-z]:[^\[\]]*\])
    | (?P<bar>(?:\[\||:*\|)[|:\]]*|:+)(?:[ ]*(?P<ending>\d[\d,.-]*))?
    | (?P<variant>\[\s*(?:\d[\d,.-]*|"[^"]*"))
    | (?P<tuplet>\((?P<p>\d{1,6})(?::(?P<q>\d{0,6}))?(?::(?P<r>\d{0,6}))?)
    | (?P<accidental>\^{1,2}|_{1,2}|=)?(?P<step>[A-Ga-g])(?P<octave>[,']*)
      (?P<length>\d{0,6}/{0,6}\d{0,6})
    | [zx](?P<rest>\d{0,6}/{0,6}\d{0,6})
    | [ZX](?P<bars>\d{0,6})
    | (?P<broken>>{1,3}|<{1,3})
    | (?P<tie>-)
    | (?P<chord>\[)
    | (?P<overlay>&)
    | (?P<passed>"[^"]*"|\{[^{}]*\}|"""
    + DECORATION
    + r"""|\+[^+]*\+|y[\d/]*|[()\s~.`\\!$*;?@\#H-Wh-w])
    """,
    re.VERBOSE,
)

_CHORD = re.compile(
    rf'\[(?P<members>(?:"[^"]*"|{DECORATION}|[^\[\]|:"!0-9]\d*)+)\](?P<length>\d{{0,6}}/{{0,6}}\d{{0,6}})',
    re.VERBOSE,
)
_TEXT = re.compile(rf'"[^"]*"|{DECORATION}', re.VERBOSE)
_LINE_BREAK = re.compile(r"(?:%%|I:)\s*linebreak\b.*!")
_ELSEWHERE = re.compile(r"\b(score|sound|shift|instrument)\s*=")
_SPELLS_NOTES = re.compile(r"([!+])(?!f+\1)(?=.*[A-Ga-g])[A-Ga-gz\d^_=,'/]{2,}\1")
_MEANINGLESS = "symbols without meaning"
_MEANT = "HLMOPSTuvy"  # letters that have a meaning without U:


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
    try:
        header, blocks = tunes(text_of(data))
    except ReadError as error:
        return [ReadError.of(error, source)]
    found: list[Melody | ReadError] = []
    for lines, left in blocks:
        tune = _Tune(source, lines_are_phrases, options)
        if left is not None:
            tune.pass_over("music after a blank line", left)
        try:
            found.append(tune.read([*header, *lines]))
        except SolfaError as error:
            found.append(ReadError.of(error, source, tune.line))
    return found


class _Tune:
    """One tune that is being read: its lines and symbols go to the states that they change."""

    def __init__(self, source: str, lines_are_phrases: bool | None, options: ReadOptions) -> None:
        self.source = source
        self.options = options
        self.line = 0
        self.header = Header(lines_are_phrases)
        self.voice = Voice()
        self.pitches = Pitches()
        self.rhythm = Rhythm()
        self.music = Music()
        self.underlay = Underlay(self.music)
        self.repetition = Repetition()
        self.turned_back = -1  # the place of the last sign that sends back
        self.symbols = set(_MEANT)
        self.meaningless: dict[str, None] = {}  # symbols, in order
        self.breaks_lines = False  # whether each ! is a line break, by I:linebreak
        self.passed: dict[str, tuple[int, int]] = {}  # how often, and the first line

    def pass_over(self, what: str, line: int) -> None:
        count, first = self.passed.get(what, (0, line))
        self.passed[what] = count + 1, first

    @property
    def elsewhere(self) -> bool:
        """Whether what is read belongs to another voice than the one that is wanted."""
        return self.pitches.key is not None and self.voice.wrong

    def read(self, lines: list[Line]) -> Melody:
        in_header, first = True, lines[0].number
        self.line = first
        self.voice.choose(lines, self.options.voice or self.options.track)
        for self.line, text in lines:
            if self.header.take_ours(text):
                continue
            if text.startswith(("%%", "I:")):
                if match := _PROPAGATE.match(text):
                    self.pitches.propagate = match[1]
                if BLOCK.match(text):
                    self.pass_over("a block without its end", self.line)
                self.breaks_lines = self.breaks_lines or bool(_LINE_BREAK.match(text))
            elif text.startswith("%"):
                if in_header:
                    self.header.add("%", text[1:].strip())
            elif match := FIELD.match(text):
                self.read_field(match[1], _uncommented(match[2]))
                in_header = in_header and match[1] != "K"
            elif in_header:
                self.pass_over("text among the music", self.line)
            else:
                self.read_line(without_comment(text))
        self.line = first
        if in_header:
            raise ReadError("no key field K:; add one such as K:G, or K:none")
        if self.options.unfold:
            self.music = self.music.played(self.repetition.stretches(len(self.music.notes)))
        return self.melody()

    def read_line(self, text: str) -> None:
        music = text.replace("!", "$") if self.breaks_lines else text
        if "|" not in music and prose(music, self.symbols):
            self.pass_over("text among the music", self.line)
        else:
            self.read_music(closed_up(music))

    def read_field(self, letter: str, value: str) -> None:
        begun = self.pitches.key is not None
        if letter == "V":
            self.read_voice(value, begun=begun)
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
            self.read_shift(value)
            self.pitches.read_key(value)
            if self.pitches.key:
                self.music.keys[len(self.music.notes)] = self.pitches.key
        elif letter == "P" and not begun:
            self.repetition.order = value
        elif letter == "P":
            self.repetition.begin_part(value[:1], len(self.music.notes))
        elif letter == "U" and value:
            self.symbols.add(value[0])
        elif letter == "m":
            self.pass_over("a macro m:", self.line)

    def read_voice(self, value: str, *, begun: bool) -> None:
        name, _, properties = value.partition(" ") if value else (self.voice.now, "", "")
        if begun:
            self.voice.now = name
        if self.voice.wanted in ("", name):
            self.read_shift(properties)

    def read_shift(self, value: str) -> None:
        self.pitches.read_shift(value)
        for name in _ELSEWHERE.findall(value):
            self.pass_over(f"transposition {name}=", self.line)

    def read_music(self, text: str) -> None:
        if word := prose(text, self.symbols):
            raise ReadError(f"text {word[:20]!r} among the notes; put it into quotes")
        at = 0
        while at < len(text):
            symbol = _SYMBOL.match(text, at)
            if not symbol:
                raise ReadError(f"symbol {text[at]!r} has no meaning here")
            chord = _CHORD.match(text, at) if text[at] == "[" and not symbol["field"] else None
            if chord and not self.elsewhere:
                self.read_chord(chord)
            elif symbol["field"] or not self.elsewhere:
                self.read_symbol(symbol)
            at = (chord or symbol).end()
        if not text.rstrip().endswith("\\") and not self.elsewhere:
            self.end_line()

    def read_chord(self, chord: re.Match[str]) -> None:
        """Its highest note, as long as its first; refused where others sound unasked."""
        written = _TEXT.sub("", chord["members"])
        members = [symbol for symbol in _SYMBOL.finditer(written) if symbol["step"]]
        if not members:
            raise ReadError("a chord without notes")
        pitches = [(self.pitch(symbol), self.pitches.last) for symbol in members]
        if not self.options.top and len(set(pitches)) > 1:
            raise ReadError("a chord; give one voice, or take its top with top=True (--top)")
        pitch, self.pitches.last = max(pitches)
        times = multiple(members[0]["length"]) * multiple(chord["length"])
        self.add(pitch, times * self.unit_length)
        self.music.notes[-1].tied = "-" in written

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
            if self.rhythm.broken != 1:
                raise ReadError("broken rhythm twice between two notes")
            notes[-1].duration *= self.rhythm.break_after(symbol["broken"])
        elif symbol["tie"]:
            if notes and notes[-1].pitch is not None:
                notes[-1].tied = True
        elif symbol["tuplet"]:
            self.rhythm.begin_tuplet(symbol, self.music.meter)
        elif symbol["field"]:
            self.read_field(symbol["field"][1], symbol["field"][3:-1].strip())
        elif symbol["chord"]:
            raise ReadError("symbol '[' has no meaning here")
        elif symbol["overlay"]:
            raise ReadError("voices laid over each other by &; keep one")
        else:
            self.read_passed(
                symbol["passed"], after=symbol.string[max(0, symbol.start() - 1) : symbol.start()]
            )

    def read_passed(self, text: str, *, after: str) -> None:
        """What is no music but for a rest that goes on, and what cannot be passed over."""
        if text == GOES_ON and self.music.notes:
            self.music.notes[-1].tied = True
        elif text == "#" and after in "ABCDEFGabcdefg":
            raise ReadError(f"{after}# is no note of ABC; write ^{after}")
        elif len(text) == 1 and text.isalpha() and text not in self.symbols:
            self.meaningless[text] = None
            self.pass_over(_MEANINGLESS, self.line)
        elif _SPELLS_NOTES.fullmatch(text):
            self.pass_over("a decoration that spells notes", self.line)
        elif self.options.unfold and JUMP.search(text):
            raise ReadError(f"a jump {text}, which is not unfolded; write it out")

    def mark(self, bar: str, ending: str | None) -> None:
        notes = self.music.notes
        if bar.startswith(":"):
            self.turned_back = len(notes)
        if self.options.unfold:
            self.repetition.mark(bar, ending, len(notes))
        elif ending and notes and self.turned_back == len(notes):
            notes[-1].tied = False  # a tie ends with its ending

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
        self.music.add(WrittenNote(pitch, duration, self.line))

    def add_empty_bars(self, count: int) -> None:
        meter = self.music.meter
        if meter is None:
            raise ReadError("a rest of whole bars in free metre")
        for i in range(count):
            if i:
                self.music.end_bar(Cut.BAR)
            self.add(None, meter.bar)

    def found(self) -> list[str]:
        """Comments on what the file does not say."""
        found = [found_by_analysis("key")] if self.pitches.unknown else []
        for what, (count, line) in self.passed.items():
            which = f": {', '.join(self.meaningless)}" if what == _MEANINGLESS else ""
            found.append(passed_over(what + which, count, line))
        return found

    def end_line(self) -> None:
        self.music.line_ends.append(len(self.music.notes))
        if self.header.phrase_lines and "phrases" not in self.header.ours:
            self.music.end_bar(Cut.LINE)

    def melody(self) -> Melody:
        header, music = self.header, self.music
        if not music.notes:
            raise ReadError("no notes; give a file with a tune")
        notes = music.joined()
        bars = music.barring()
        melody = Melody(
            notes,
            find_key(notes) if self.pitches.unknown else music.key,
            bars.meter,
            bars.pickup,
            meter_changes=bars.meter_changes,
            metadata=header.metadata(self.source, self.found()),
            key_changes=music.key_changes(),
        )
        closed = header.ours.get("phrases") != "lines open"
        ends = music.phrase_ends(melody, closed=closed) if header.phrase_lines else ()
        return melody.replace(phrase_ends=ends, lyrics=music.lyrics(melody))


def _uncommented(text: str) -> str:
    return re.split(r"(?<!\\)%", text, maxsplit=1)[0].strip()
