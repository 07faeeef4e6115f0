"""Humdrum ``**kern``: one voice, its phrases, key, metre and records.

A curly brace opens and closes a phrase, ``=`` is a bar line, ``!!!`` a record; a note is a
duration (``4`` a quarter, ``8.`` a dotted eighth, ``12`` a triplet eighth) and a pitch (``c`` is
middle C, ``cc`` an octave above, ``C`` below). See humdrum.org/rep/kern.

Bar lines are taken from the file: a bar that disagrees with the metre in force is read as a
bar in the metre of its own length, so that the melody's bars are always the file's. ``*MX`` (no
regular metre) and ``*MFREI`` are free metre, where bar lines are dropped; under ``*MZ`` (mixed)
each bar has the metre of its length. Grace notes, slurs, beams, stems and ornaments are dropped.

The spines ``**text`` and ``**silbe`` beside the notes are verses; other spines are passed over, and
of several ``**kern`` one is read that the reading names. Unfolding plays the expansion list
``*>[A,A,B]``, else the repeat signs of the bar lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise, takewhile
from pathlib import PurePath
from typing import NamedTuple

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.notation import dotted
from solfa.formats.read_options import ReadOptions
from solfa.formats.repeats import Mark, unfolded
from solfa.formats.text import text_of
from solfa.formats.write_options import WriteOptions
from solfa.melody import MODES, Key, Melody, Metadata, Meter, Note, total

_RECORDS = {
    "OTL": "title",
    "SCT": "id",
    "ARE": "region",
    "AGN": "genre",
    "ONB": "source",
    "AST": "style",
}
_MODES = {
    "aeo": "minor",
    "dor": "dorian",
    "phr": "phrygian",
    "lyd": "lydian",
    "mix": "mixolydian",
    "loc": "locrian",
    "ion": "major",
}
_MODE_NAMES = {mode: name for name, mode in _MODES.items()}
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_NOT_RHYTHM_OR_PITCH = re.compile(r"[^0-9.%a-gA-Gr#\-]")
_NOTE = re.compile(
    r"(\d{1,9})(?:%([1-9]\d{0,8}))?(\.{0,4})(?:(?P<letter>[a-gA-G])((?P=letter)*)(#*|-*)|(.*r.*))"
)
_RECORD = re.compile(r"([A-Z]{3}\d*(?:@\S*)?):\s")
_BREVES = {Fraction(1, 2): "0", Fraction(1, 4): "00", Fraction(1, 8): "000"}
_WORDS = ("**text", "**silbe", "**lyrics")
_NO_WORD = re.compile(r"[.*!=\\|-]")  # what a word cannot begin with, but behind a backslash
_LABEL = re.compile(r"\*>([^\[\]\t]+)$")
_EXPANSION = re.compile(r"\*>\[([^\]]*)\]$")
_SPINE_PATHS = {"*^", "*v", "*x", "*+"}
_KEY = re.compile(r"\*([a-gA-G])([#-]?):(\w*)")
_METER = re.compile(r"\*M(\d{1,2}(?:\+\d{1,2})*)/(\d{1,2})(?:%%.*)?")
# Kern has no ties between rests; a rest over a bar line says so by a signifier of our own.
_RESTS_GO_ON = "!!!RDF**kern: N = rest continues the rest before it"


class _Token(NamedTuple):
    """What one data token says; ``note`` is None for a grace note."""

    note: Note | None
    opens: bool  # a phrase
    closes: bool
    tied_back: bool
    tied_on: bool
    tied_perhaps: bool  # ``[`` and ``]`` on one note, which the Essen files use for either


@lru_cache(maxsize=1 << 14)
def _parse(token: str) -> _Token:
    """Reads one token; raises `ReadError` without a place."""
    if " " in token:
        raise ReadError("a chord; give one voice")
    opens, closes = "{" in token, "}" in token
    if "q" in token or "Q" in token:
        return _Token(None, opens, closes, False, False, False)
    core = _NOT_RHYTHM_OR_PITCH.sub("", token)
    match = _NOTE.fullmatch(core)
    if not match:
        raise ReadError(
            "a token that cannot be read as one note"
            if core[:1].isdigit()
            else "a note without a duration"
        )
    number, whole, dots, letter, more, signs, rest = match.groups()
    if set(number) == {"0"}:  # breve, long, maxima
        duration = Fraction(4 << len(number))
    else:
        duration = Fraction(4 * int(whole or 1), int(number))
    duration *= 2 - Fraction(1, 2 ** len(dots))
    if rest:
        return _Token(Note(None, duration), opens, closes, "N" in token, False, False)
    octave = 5 + len(more) if letter.islower() else 4 - len(more)
    pitch = 12 * octave + _SEMITONES[letter.lower()] + signs.count("#") - signs.count("-")
    if not 0 <= pitch <= 127:
        raise ReadError("a pitch outside MIDI's range")
    begins, ends, goes_on = "[" in token, "]" in token, "_" in token
    return _Token(
        Note(pitch, duration),
        opens,
        closes,
        tied_back=goes_on or (ends and not begins),
        tied_on=goes_on or (begins and not ends),
        tied_perhaps=begins and ends,
    )


class _Scan:
    """The state of one pass over the lines of a file."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.verses: list[int] = []  # the columns of words
        self.sung: list[str] = []  # the words of this line
        self.words: list[list[str]] = []  # of each note
        self.facts: dict[str, str] = {}
        self.comments: list[str] = []
        self.tempo: int | None = None
        self.width = 0  # spines; 0 before the exclusive interpretation
        self.column = 0
        self.ended = False
        self.key: Key | None = None
        self.notes: list[Note] = []
        self.phrase_ends: list[int] = []
        self.in_phrase = False
        self.tied = False
        self.tied_perhaps = False
        self.resting = False  # whether N means that a rest goes on
        self.onset = Fraction(0)  # of the last line that asked
        self.since: list[Fraction] = []  # durations after it
        self.free = False
        self.meters: dict[Fraction, Meter | None] = {}
        self.coming: Meter | None = None  # a metre written just before its bar line
        self.lines: dict[Fraction, tuple[int, bool]] = {}  # onset: (line, between two bars)

    def comment(self, line: str) -> None:
        name, colon, value = line[3:].partition(":")
        field = _RECORDS.get(name) if colon and line.startswith("!!!") else None
        if line == _RESTS_GO_ON:
            self.resting = True
        elif field and field not in self.facts and value.strip():
            self.facts[field] = value.strip()
        elif text := line.lstrip("!").strip():
            self.comments.append(text)

    def spine(self, line: str) -> str:
        """The token of the kern spine."""
        if not self.width and not line.startswith("**"):
            raise ReadError("text before **kern")
        if self.ended:
            raise ReadError("music after the end of the spine (*-)")
        fields = line.split("\t")
        if line.startswith("**"):
            if self.width:
                raise ReadError("not one **kern spine; one voice is read")
            self.width, self.column = len(fields), self.choose(fields)
            beside = list(enumerate(fields))
            if fields.count("**kern") > 1:  # the words of a voice stand behind it
                after = beside[self.column + 1 :]
                beside = list(takewhile(lambda spine: spine[1] != "**kern", after))
            self.verses = [column for column, kind in beside if kind in _WORDS]
        elif len(fields) != self.width:
            raise ReadError("a line with more or fewer spines than **kern began with")
        elif line[0] == "*" and _SPINE_PATHS.intersection(fields):
            raise ReadError("spines that split or join; one voice is read")
        self.sung = [_syllable(fields[column]) for column in self.verses]
        return fields[self.column]

    def choose(self, kinds: list[str]) -> int:
        """The column of the one kern spine, or of the one asked for."""
        columns = [column for column, kind in enumerate(kinds) if kind == "**kern"]
        asked = self.options.track or self.options.voice
        if len(columns) == 1:
            return columns[0]
        if not columns:
            raise ReadError("not one **kern spine; one voice is read")
        if isinstance(asked, int) and asked <= len(columns):
            return columns[asked - 1]
        raise ReadError(
            f"{len(columns)} **kern spines; choose one by track=N, from the left (--track N)"
        )

    def interpretation(self, token: str) -> None:
        if token.startswith("*MM"):
            if re.fullmatch(r"\*MM\d{1,4}(\.\d+)?", token):
                self.tempo = round(float(token[3:]))
        elif token.startswith("*M") and token[2:3] not in ("", "e"):  # *met is a mensuration
            self.meter(token)
        elif token.startswith("*-"):
            self.ended = True
        elif match := _KEY.fullmatch(token):
            mode = _MODES.get(match[3][:3], "minor" if match[1].islower() else "major")
            key = Key(match[1].upper() + match[2].replace("-", "b"), mode)
            if key != (self.key or key):
                raise ReadError("a change of key; a melody has one")
            self.key = key

    def meter(self, token: str) -> None:
        if token.startswith(("*MX", "*MFREI")):
            meter = None
            self.free = True
        elif token == "*MZ":
            meter = None
        elif match := _METER.fullmatch(token):
            try:
                meter = Meter(sum(map(int, match[1].split("+"))), int(match[2]))
            except SolfaError:
                raise ReadError("a metre that cannot be read") from None
        else:
            raise ReadError("a metre that cannot be read")
        onset = self.now()
        if not onset or onset in self.lines:
            self.meters[onset] = meter
        else:
            self.coming = meter

    def bar_line(self, token: str, number: int) -> None:
        between = any(map(str.isdigit, token))  # repeats may stand within a bar, unnumbered
        onset = self.now()
        before = self.lines.get(onset, (number, False))
        self.lines[onset] = (before[0], before[1] or between)
        if self.coming:
            self.meters[onset] = self.coming
            self.coming = None

    def now(self) -> Fraction:
        """Quarters so far."""
        if self.since:
            self.onset += total(self.since)
            self.since = []
        return self.onset

    def note(self, text: str) -> None:
        token = _parse(text)
        if token.opens and not token.tied_back:
            self.close_phrase()
        if token.opens:
            self.in_phrase = True
        if note := token.note:
            if self.coming:
                raise ReadError("a change of metre within a bar")
            if note.pitch is None:
                if token.tied_back and self.resting and self.notes:
                    note = Note(None, self.notes.pop().duration + note.duration)
            elif (
                self.tied
                and self.notes[-1].pitch == note.pitch
                and (token.tied_back or token.tied_perhaps)
            ):
                note = Note(note.pitch, self.notes.pop().duration + note.duration)
            elif token.tied_back:
                raise ReadError("a tie without its beginning")
            elif self.tied and not self.tied_perhaps:
                raise ReadError("a tie without its end")
            self.tied = token.tied_on or token.tied_perhaps
            self.tied_perhaps = token.tied_perhaps
            self.notes.append(note)
            if len(self.words) < len(self.notes):
                self.words.append(self.sung if note.pitch is not None else [""] * len(self.verses))
            self.since.append(token.note.duration)
        if token.closes:
            self.close_phrase()
            self.in_phrase = False

    def close_phrase(self) -> None:
        """Marks the last note as the end of a phrase, if there is one and it is not marked."""
        last = len(self.notes) - 1
        if last >= 0 and self.phrase_ends[-1:] != [last]:
            self.phrase_ends.append(last)

    def bars(self) -> list[DrawnBar]:
        """The bars; a repeat sign within one makes no new one."""
        bars: list[DrawnBar] = []
        stop = self.now()
        onsets = [Fraction(0), *(onset for onset in self.lines if 0 < onset < stop)]
        meter = None
        for onset, end in pairwise([*onsets, stop]):
            meter = self.meters.get(onset, meter)
            line, between = self.lines.get(onset, (None, True))
            if not between and onset not in self.meters and meter:
                whole = bars[-1].length + end - onset
                if whole == meter.bar:
                    bars[-1] = bars[-1]._replace(length=whole, meter=meter)
                    continue
            bars.append(DrawnBar(end - onset, meter, line))
        return bars

    def melody(self, source: str) -> Melody:
        if not self.notes:
            raise ReadError("no notes; give a file with a tune")
        if self.tied and not self.tied_perhaps:
            raise ReadError("a tie without its end")
        if self.in_phrase:
            self.close_phrase()
        if not self.key:
            self.key = find_key(self.notes)
            self.comments.append("key: found by analysis")
        meter, pickup, changes = self.barring()
        facts = {"id": PurePath(source).stem, **self.facts}
        metadata = Metadata(**facts, comments=tuple(self.comments), tempo=self.tempo)
        return Melody(
            tuple(self.notes),
            self.key,
            meter,
            pickup,
            tuple(self.phrase_ends),
            changes,
            metadata,
            tuple(zip(*self.words, strict=True)),
        )

    def barring(self) -> Barring:
        if self.free and any(self.meters.values()):
            raise ReadError("free metre in a part of the tune")
        bars = self.bars()
        if not self.meters and len(bars) > 1:
            raise ReadError("no metre; give one like *M3/4, or *MX for free metre")
        if self.free or not self.meters:
            return FREE
        return barring(bars, pickup=Fraction(0) not in self.lines)


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune in a kern file, or why it is refused.

    Text is UTF-8, else the DOS code page of the Essen collection (cp437), else Latin-1. The id
    is ``!!!SCT`` (the number in the collection), else the file's stem; other records and comments
    are kept in ``metadata.comments``, records as ``"YEM: ..."``. A missing key is found by
    analysis, and a comment says so. Refused: chords, several voices, splitting spines, broken
    ties, a change of key, bars whose length no metre has, and what is not kern.
    """
    scan = _Scan(options)
    number = 0
    try:
        lines = list(enumerate(_lines(data), start=1))
        for number, line in _played(lines) if options.unfold else lines:
            if not line:
                continue
            if line.startswith("!!"):
                scan.comment(line)
                continue
            token = scan.spine(line)
            start = token[:1]
            if start == "!":
                scan.comment(token)
            elif start == "*":
                scan.interpretation(token)
            elif start == "=":
                scan.bar_line(token, number)
            elif token != ".":
                scan.note(token)
        number = 0
        return [scan.melody(source)]
    except SolfaError as error:
        return [ReadError.of(error, source, number or None)]


def _played(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines as they are played, with their numbers; none of comments comes twice."""
    starts = [i for i, (_, line) in enumerate(lines) if _LABEL.match(line.split("\t")[0])]
    orders = [m[1] for _, line in lines if (m := _EXPANSION.match(line.split("\t")[0]))]
    if orders:
        stops = [*starts[1:], len(lines)]
        named = {
            lines[start][1].split("\t")[0][2:]: (start, stop)
            for start, stop in zip(starts, stops, strict=True)
        }
        stretches = [(0, starts[0] if starts else len(lines))]
        for label in orders[0].split(","):
            if label not in named:
                raise ReadError(f"no section {label!r} for *>[{orders[0]}]")
            stretches.append(named[label])
    else:
        music = (i for i, (_, line) in enumerate(lines) if line and line[0] not in "!*")
        start = next(music, len(lines))
        stretches = [(0, start), *unfolded(_marks(lines), start, len(lines))]
    seen: set[int] = set()
    for start, stop in stretches:
        for number, line in lines[start:stop]:
            repeated = line.startswith("!") and number in seen
            if not repeated and not line.startswith("*-"):
                yield number, line
            seen.add(number)


def _marks(lines: list[tuple[int, str]]) -> Iterator[Mark]:
    """The repeat signs of the bar lines, ``=:|!``, ``=!|:`` and ``=:|!|:``."""
    for i, (_, line) in enumerate(lines):
        token = line.split("\t")[0]
        if not token.startswith("="):
            continue
        back, on = bool(re.search(r":[|!]", token)), bool(re.search(r"[|!]:", token))
        if back:
            yield Mark(i + 1, "]")
        if on:
            yield Mark(i + back, "[")
        if "||" in token and not (back or on):
            yield Mark(i + 1, "|")


def _syllable(token: str) -> str:
    if token in ("_", "|"):
        return "_"
    if token == ".":
        return ""
    text = " ".join(token.lstrip("-").split())
    return text[1:] if text.startswith("\\") else text


def _lines(data: bytes) -> list[str]:
    return [line.rstrip() for line in text_of(data).split("\n")]


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as a whole kern file in UTF-8, with its metadata as records.

    Reading it gives the melody and its metadata back, but for line breaks and outer spaces in
    texts. A note over a bar line, or of a duration that no single note has, is tied; a rest is
    continued by the signifier ``N``, which the file then defines.
    """
    meter = melody.meter
    music = ["**kern", "*clefG2", _signature(melody.key), _key(melody.key)]
    music.append(f"*M{meter}" if meter else "*MX")
    if melody.metadata.tempo:
        music.append(f"*MM{melody.metadata.tempo}")
    parts = [
        (bar, piece, recip)
        for bar in melody.bars()
        for piece in bar.pieces
        for recip in _recips(piece.duration / 4)
    ]
    ends = set(melody.phrase_ends)
    heads: dict[int, int] = {}
    bar_before, note_before = None, -1
    for (bar, piece, recip), after in zip(parts, [*parts[1:], None], strict=False):
        if bar is not bar_before and meter:
            if bar.number:
                music.append(f"={bar.number}")
            if bar.meter != meter:
                meter = bar.meter
                music.append(f"*M{meter}")
        first, last = piece.note != note_before, not after or piece.note != after[1].note
        opens = first and piece.note <= max(ends, default=-1) and piece.note - 1 in {-1, *ends}
        closes = last and piece.note in ends
        if first:
            heads[len(music)] = piece.note
        music.append(
            "{" * opens + _note(melody.key, piece.pitch, recip, first, last) + "}" * closes
        )
        bar_before, note_before = bar, piece.note
    rests_go_on = any(token.rstrip("}").endswith("N") for token in music)
    records = [*_records(melody.metadata), *([_RESTS_GO_ON] if rests_go_on else [])]
    music += ["==", "*-"]
    spines = [music, *(_text_spine(music, heads, verse) for verse in melody.lyrics)]
    return "\n".join([*records, *map("\t".join, zip(*spines, strict=True)), ""]).encode(
        errors="replace"
    )


def _text_spine(music: list[str], heads: dict[int, int], verse: tuple[str, ...]) -> list[str]:
    """The ``**text`` beside ``music``; ``heads`` are its lines where notes begin, with their
    indices. A syllable within a word bears a hyphen at its beginning too, as usual.
    """
    spine: list[str] = []
    goes_on = False
    for line, token in enumerate(music):
        if token.startswith("*"):
            spine.append({"**kern": "**text", "*-": "*-"}.get(token, "*"))
        elif token.startswith("="):
            spine.append(token)
        elif line not in heads or verse[heads[line]] in ("", "_"):
            spine.append("." if line not in heads else verse[heads[line]] or ".")
        else:
            word = verse[heads[line]]
            escaped = f"\\{word}" if _NO_WORD.match(word) or word in ("_", "|") else word
            spine.append("-" * goes_on + escaped)
            goes_on = word.endswith("-")
    return spine


def _records(metadata: Metadata) -> Iterator[str]:
    for name, field in _RECORDS.items():
        if text := _one_line(getattr(metadata, field)):
            yield f"!!!{name}: {text}"
    for text in filter(None, map(_one_line, metadata.comments)):
        record = _RECORD.match(text)
        yield f"!!!{text}" if record and record[1] not in _RECORDS else f"!! {text}"


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text).strip()


def _signature(key: Key) -> str:
    """``*k[f#c#]``; what is doubly altered bears two signs."""
    steps = (step.lower() + _signs(alter) for step, alter in key.accidentals.items())
    return f"*k[{''.join(steps)}]"


def _signs(alter: int) -> str:
    return "#" * alter + "-" * -alter


def _key(key: Key) -> str:
    """``*G:``, ``*g:``, ``*d:dor``: a lower-case tonic where the third is minor."""
    minor = 3 in MODES[key.mode]
    tonic = key.tonic.replace("b", "-")
    mode = "" if key.mode in ("major", "minor") else _MODE_NAMES[key.mode]
    return f"*{tonic.lower() if minor else tonic}:{mode}"


def _note(key: Key, pitch: int | None, recip: str, first: bool, last: bool) -> str:
    """One token; ``first`` and ``last`` of the tokens that are tied into one note."""
    if pitch is None:
        return f"{recip}r{'' if first else 'N'}"
    step, alter, octave = key.spell(pitch)
    letters = step.lower() * (octave - 3) if octave > 3 else step * (4 - octave)
    tie_on, tie_back = {
        (True, True): ("", ""),
        (True, False): ("[", ""),
        (False, False): ("", "_"),
        (False, True): ("", "]"),
    }[first, last]
    return f"{tie_on}{recip}{letters}{_signs(alter)}{tie_back}"


def _recips(wholes: Fraction) -> Iterator[str]:
    """The durations, each with up to two dots, that make up a number of whole notes.

    Longest first; ``3%2`` stands for two thirds of a whole note.
    """
    parts, per_whole = wholes.as_integer_ratio()
    for plain, dots in dotted(parts):
        recip = Fraction(per_whole, plain)
        yield _BREVES.get(recip, str(recip).replace("/", "%")) + "." * dots
