"""Reads sol-fa and scale degrees, as `solfa.formats.tonic_solfa` describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from solfa.analysis.keys import find_key
from solfa.analysis.metre import find_meter
from solfa.analysis.solmization import SYLLABLES, SYSTEMS, degree, home, syllable
from solfa.choices import choose
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc.text import unescape
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.comments import found_by_analysis
from solfa.formats.limits import check_extent, common_denominator
from solfa.formats.read_options import ReadOptions
from solfa.formats.text import text_of
from solfa.formats.tonic_solfa import MIDDLE_C, TEXTS
from solfa.formats.tonic_solfa.letters import LETTER, Letters, are_letters
from solfa.melody import Key, KeyChange, Melody, Metadata, Meter, Note

LETTERS = {name[0]: name for name in ("do", "re", "mi", "fa", "so", "la", "ti")}
"""Curwen's letters."""

_OTHERS = {"doh": "do", "ray": "re", "fah": "fa", "sol": "so", "soh": "so", "lah": "la"}
_OTHERS |= {"ma": "me", "ta": "te", "ré": "re"}
_NAMES = {name: name for name in SYLLABLES} | LETTERS | _OTHERS
_TELLS_SI = set(SYLLABLES) - set(LETTERS.values()) - {"si"} | {"ti"}
"""Syllables beside which ``si`` is surely the raised fifth."""

_LASTS = r"(?::(?P<lasts>\d{1,6}(?:/\d{1,6}|\.\d{1,6})?))?"
_NOTE = re.compile(
    rf"(?:(?P<degree>[#b]?[1-7])|(?P<name>{'|'.join(_NAMES)})(?P<signs>#{{0,2}}|b{{0,2}}))"
    rf"(?P<octave>'{{0,9}}|,{{0,9}}){_LASTS}"
)
_HOLD = re.compile(rf"[-_]{_LASTS}")
_REST = re.compile(rf"(?:0|rest|(?P<letter>r)){_LASTS}")
_CHANGE = re.compile(r"\[(?P<meter>[^A-Za-z]*|C\|?)\]|\[(?P<key>.*)\]")
_TYPED = str.maketrans(
    {"’": "'", "′": "'", "¹": "'", "²": "''", "₁": ",", "₂": ",,", "♯": "#", "♭": "b"}
)

_WORD = re.compile(r"\[[^\]]*\]|\S+")

_SHORT = ("key", "meter", "metre", "pickup", "system", "tempo")
_AGAIN = ("comment", "words")
"""Headers that may come more than once."""
_NAMED = _SHORT + TEXTS + _AGAIN
_HEADER = re.compile(rf"\s*({'|'.join(_NAMED)})\s*:(.*)", re.IGNORECASE)
_ONE_OF_SOME = re.compile(rf"\s*({'|'.join(_SHORT)})\s*:([^;]*);(.*)", re.IGNORECASE)
_UNKNOWN_HEADER = re.compile(r"\s*([A-Za-z]{2,})\s*:(?!\d)")


def is_solfa(text: str) -> bool:
    """Whether a text is meant as sol-fa, degrees or letters, not as symbols or a file's name.

    Numbers alone are degrees if none is above 7, since no tune is as low as MIDI pitch 7. Letters
    that are sol-fa too (``d f d``) are sol-fa.
    """
    if re.search(r"\.[A-Za-z]\w*\s*$", text):
        return False
    words = [word for _, word in _words(text)]
    if all(re.fullmatch(r"[\d_r]+", word) for word in words):
        numbers = {word for word in words if word not in ("_", "r")}
        return numbers <= set("01234567") and bool(numbers - {"0"})
    return _letters(words) or any(word != "r" and _note(word) for word in words)


def are_notes(text: str) -> bool:
    """Whether all words of a text are sol-fa, degrees and their signs, or all are letters."""
    words = [word for _, word in _words(text)]
    signs = (_REST, _HOLD, _CHANGE, re.compile(r"[|/]"))
    if all(_note(word) or any(sign.fullmatch(word) for sign in signs) for word in words):
        return True
    return are_letters(words)


def _letters(words: list[str]) -> bool:
    """Whether words are letters rather than sol-fa, all or, but for slips, most of them."""
    letters = [word for word in words if LETTER.fullmatch(word)]
    if all(_note(word) for word in letters):
        return False
    return are_letters(words) or 2 * len(letters) > len(words)


def _note(word: str) -> re.Match[str] | None:
    """The match of a note of sol-fa or degrees, in which only Curwen's letters have a case."""
    return _NOTE.fullmatch(_lowered(word))


def _lowered(word: str) -> str:
    return word.lower() if re.match(r"[^\W\d_]{2}", word) else word


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines by number, those with several headers parted."""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        while match := _ONE_OF_SOME.fullmatch(line):
            yield number, f"{match[1]}: {match[2]}"
            line = match[3]
        if not line.lstrip().startswith("%"):
            yield number, line


def _words(text: str) -> Iterator[tuple[int, str]]:
    """The words of the music, with the numbers of their lines."""
    for number, line in _lines(text):
        if not _HEADER.fullmatch(line):
            line = re.sub(r"\|+\]?", " | ", line.translate(_TYPED))
            for word in _WORD.findall(re.sub(r"/(?!\d)", " / ", line)):
                yield number, word


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [_read(text_of(data), options)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


@dataclass
class _Header:
    """The lines before the notes; None where there is no such line."""

    key: Key | None = None
    meter: Meter | None = None
    free: bool = False
    pickup: Fraction | None = None
    system: str | None = None
    words: list[list[str]] = field(default_factory=list)
    metadata: Metadata = field(default=Metadata())

    def take(self, name: str, value: str) -> None:
        """Takes one line; `SolfaError` for a value that cannot be."""
        if name == "key":
            self.key = Key.parse(value)
        elif name in ("meter", "metre"):
            self.free = value == "none"
            self.meter = None if self.free else Meter.parse(value)
        elif name == "pickup":
            self.pickup = _length(value)
        elif name == "system":
            self.system = choose("system", value, SYSTEMS)
        elif name == "tempo":
            if not re.fullmatch(r"\d{1,4}", value):
                raise SolfaError(f"tempo {_cut(value)} is no number; write quarters a minute")
            self.metadata = replace(self.metadata, tempo=int(value))
        elif name == "words":
            sung = ("" if word == "*" else word.replace("~", " ") for word in value.split())
            self.words.append([unescape(word) for word in sung])
        elif name == "comment":
            comments = (*self.metadata.comments, unescape(value))
            self.metadata = replace(self.metadata, comments=comments)
        else:
            text: dict[str, Any] = {name: unescape(value)}
            self.metadata = replace(self.metadata, **text)


def _header(text: str) -> _Header:
    header = _Header()
    begun: set[str] = set()
    for number, line in _lines(text):
        match = _HEADER.fullmatch(line)
        try:
            if match:
                name = match[1].lower()
                if "notes" in begun or (name in begun and name not in _AGAIN):
                    why = "after the notes" if "notes" in begun else "for the second time"
                    raise SolfaError(f"{name} stands {why}; keep one, before them")
                header.take(name, match[2].strip())
                begun.add(name)
            elif unknown := _UNKNOWN_HEADER.match(line):
                choose("header", unknown[1], _NAMED)
            elif line.strip():
                begun.add("notes")
        except SolfaError as error:
            raise ReadError.of(error, "", number) from error
    return header


@dataclass
class _Music:
    """The notes read so far, and the bars as they are drawn."""

    notes: list[Note] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    key_changes: list[KeyChange] = field(default_factory=list)
    bars: list[DrawnBar] = field(default_factory=list)
    marked: dict[int, Meter] = field(default_factory=dict)
    """Metres by the number of the bar that they stand before."""
    filled: Fraction = Fraction(0)
    """Of the bar that is being read."""
    drawn: bool = False
    lasts: Fraction = Fraction(0)
    denominator: int = 1

    def add(self, pitch: int | None, length: Fraction) -> None:
        self.notes.append(Note(pitch, length))
        self.pass_by(length)

    def pass_by(self, length: Fraction) -> None:
        self.denominator = common_denominator(self.denominator, length)
        self.filled += length
        self.lasts += length

    def hold(self, length: Fraction) -> None:
        if not self.notes or self.ends[-1:] == [len(self.notes) - 1]:
            raise SolfaError("nothing to hold; begin with a note or r")
        last = self.notes[-1]
        self.notes[-1] = Note(last.pitch, last.duration + length)
        self.pass_by(length)

    def end_phrase(self) -> None:
        last = len(self.notes) - 1
        if not self.notes or self.ends[-1:] == [last]:
            raise SolfaError("no note before the end of a phrase, /; leave it out")
        self.ends.append(last)

    def close_bar(self, line: int) -> None:
        if self.filled:
            self.bars.append(DrawnBar(self.filled, None, line))
            self.filled = Fraction(0)

    def change(self, meter: Meter) -> None:
        if self.filled:
            raise SolfaError("a change of metre within a bar; put it behind a bar line")
        self.marked[len(self.bars)] = meter


class _Names:
    """What the names of notes mean: their key, their system, and whether ``si`` is ti.

    ``words`` are all of the tune's music. Where no system is given minor is from la, or, where me
    or le stands among the syllables, from do.
    """

    expected = (
        "sol-fa; write do re mi fa so la ti or 1..7, with ' or , for the octave and :1/2 for the"
        " length; r, -, | or /"
    )

    def __init__(self, header: _Header, options: ReadOptions, words: list[str]) -> None:
        found = [match for word in words if (match := _note(word))]
        self.key = header.key or options.key or Key("C")
        notes = [match for match in found if match["name"] and not _REST.fullmatch(match[0])]
        self.names = {match["name"] for match in notes}
        from_do = not {_NAMES[name] for name in self.names}.isdisjoint(("me", "le"))
        self.system = header.system or options.syllables or ("do" if from_do else "la")
        self.letters = bool(self.names & (LETTERS.keys() - {"r"}))
        is_ti = header.system is None and options.syllables is None and "si" in self.names
        self.is_ti = is_ti and not {_NAMES[name] for name in self.names} & _TELLS_SI

    def rest(self, word: str) -> re.Match[str] | None:
        """The match of a rest, with its length under ``lasts``."""
        match = _REST.fullmatch(_lowered(word))
        return None if match and self.letters and match["letter"] else match

    def note(self, word: str) -> tuple[int, str | None] | None:
        """Pitch and length of a note, as it is written; None for another word."""
        match = _note(word)
        return (self._pitch(match), match["lasts"]) if match else None

    def _pitch(self, word: re.Match[str]) -> int:
        if word["degree"]:
            above, do = degree(word["degree"], self.key.mode), home(self.key, "degrees")
        else:
            name = "ti" if self.is_ti and word["name"] == "si" else _NAMES[word["name"]]
            above, do = syllable(name), home(self.key, self.system)
            above += word["signs"].count("#") - word["signs"].count("b")
        octaves = word["octave"].count("'") - word["octave"].count(",")
        return MIDDLE_C + do + above + 12 * octaves

    def comment(self, key: Key) -> str:
        """What is said of how they were read."""
        minor = "" if key.mode == "major" else f", minor from {self.system}"
        how = f"sol-fa{minor}" if self.names else "degrees"
        return f"notes: read as {how}, in {key}{', si as ti' if self.is_ti else ''}"


def _read(text: str, options: ReadOptions) -> Melody:
    header = _header(text)
    words = list(_words(text))
    plain = [word for _, word in words]
    names = Letters(plain) if _letters(plain) else _Names(header, options, plain)
    given = header.key or options.key or names.key
    music = _music(words, names)
    key = given or find_key(music.notes)
    comments = []
    if header.system is None or header.key is None:
        comments.append(names.comment(key))
    if isinstance(names, Letters) and not (header.key or options.key):
        comments.append(found_by_analysis("key"))
    if header.meter or header.free or music.drawn or music.marked:
        bars = _barring(header, music)
    else:
        meter, pickup = find_meter(music.notes, None, header.pickup)
        bars = Barring(meter, pickup, ())
        missing = ("metre",) if header.pickup is not None else ("metre", "pickup")
        comments += map(found_by_analysis, missing)
    known = replace(header.metadata, comments=(*header.metadata.comments, *comments))
    notes, ends = tuple(music.notes), tuple(music.ends)
    lyrics = tuple(_verse(words, notes) for words in header.words)
    return Melody(
        notes,
        key,
        bars.meter,
        bars.pickup,
        ends,
        bars.meter_changes,
        known,
        lyrics,
        music.key_changes,
    )


def _music(words: list[tuple[int, str]], names: _Names | Letters) -> _Music:
    """The notes and bars that the words say, each with its line. Raises `ReadError`."""
    music = _Music()
    number = place = 0
    try:
        for line, word in words:
            number, place = line, place + 1 if line == number else 1
            if match := names.rest(word):
                music.add(None, _length(match["lasts"]))
            elif note := names.note(word):
                music.add(note[0], _length(note[1]))
            elif match := _HOLD.fullmatch(word):
                music.hold(_length(match["lasts"]))
            elif word == "|":
                music.drawn = True
                music.close_bar(number)
            elif word == "/":
                music.end_phrase()
            elif match := _CHANGE.fullmatch(word):
                if match["key"] is None:
                    music.change(Meter.parse(match["meter"]))
                else:
                    names.key = Key.parse(match["key"])
                    music.key_changes.append(KeyChange(music.lasts, names.key))
            else:
                raise SolfaError(f"{_cut(word)} (word {place}) is no {names.expected}")
    except SolfaError as error:
        raise ReadError.of(error, "", number) from error
    if not music.notes:
        raise ReadError("no notes; give a file with a tune")
    check_extent(len(music.notes), music.lasts)
    music.close_bar(number)
    return music


def _verse(words: list[str], notes: tuple[Note, ...]) -> tuple[str, ...]:
    """A syllable for every note, the last ones empty where there are too few."""
    sung = sum(note.pitch is not None for note in notes)
    if len(words) > sung:
        raise ReadError(f"words have {len(words)} syllables for {sung} notes; leave some out")
    rest = iter(words)
    return tuple("" if note.pitch is None else next(rest, "") for note in notes)


def _barring(header: _Header, music: _Music) -> Barring:
    """The bars as they are drawn, each checked against its metre."""
    if header.free:
        if music.drawn or music.marked or header.pickup:
            raise ReadError("bars in free metre; leave them out, or write a metre")
        return FREE
    meter = music.marked.get(0) or header.meter
    if meter is None:
        longest = max(music.bars[: min(music.marked, default=None)], key=lambda bar: bar.length)
        meter = Meter.of(longest.length)
        if meter is None:
            raise ReadError(f"no metre has a bar of {longest.length} quarters", line=longest.line)
    if header.pickup and header.pickup >= meter.bar:
        raise ReadError(f"a pickup of {header.pickup} fills a bar of {meter}; write less")
    if not music.drawn:
        return Barring(meter, header.pickup or Fraction(0), ())
    bars: list[DrawnBar] = []
    last = len(music.bars) - 1
    upbeat = bool(header.pickup) or (last > 0 and music.bars[0].length < meter.bar)
    for i, (length, _, line) in enumerate(music.bars):
        meter = music.marked.get(i, meter)
        bars.append(DrawnBar(length, meter, line))
        if i == 0 and header.pickup is not None and (header.pickup or last):
            wanted, short = header.pickup or meter.bar, length < header.pickup and not last
        else:
            wanted, short = meter.bar, length < meter.bar and i in (0, last)
        if length != wanted and not short:
            raise ReadError(
                f"bar {i + (not upbeat)} lasts {length} quarters, and {wanted} are asked for by"
                f" {'the pickup' if wanted == header.pickup else meter}; mend it, or change the"
                f" metre before it, as in [{Meter.of(length) or '5/4'}]",
                line=line,
            )
    return barring(bars, pickup=bool(header.pickup))


def _length(text: str | None) -> Fraction:
    """Quarters as they are written; one where they are not."""
    if text is None:
        return Fraction(1)
    try:
        if re.fullmatch(r"\d{1,6}(/\d{1,6}|\.\d{1,6})?", text):
            return Fraction(text)
    except ZeroDivisionError:
        pass
    raise SolfaError(f"{_cut(text)} is no number of quarters; write 2, 1/2 or 1.5")


def _cut(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:20] + "...")
