"""EsAC, the Essen Associative Code, in which the Essen collection of folk songs was written down.

A tune is a record of fields in brackets: ``CUT[title]``, ``REG[region]``, ``TRD[source]``,
``FCT[function]``, ``KEY[A0001A  16 C 4/4]`` (its number, the smallest note, the tonic, the
metres) and ``MEL[... //]``. A note is a degree of the major scale on the tonic, 1 to 7, and 0 a
rest; ``-`` and ``+`` before it move it an octave, ``#`` and ``b`` behind it a semitone. It lasts
one smallest note, each ``_`` doubles that and ``.`` adds a half; ``^`` holds the note before it
for so long more, ``( )`` are triplets. Two blanks are a bar line, and a line is a phrase. See
Schaffrath, *The Essen Associative Code*, in *Beyond MIDI* (1997). The tonic lies from middle C to
the B above; ``B`` is B flat and ``H`` is B, as German has them.

Where no field ``MOD[mode]`` names it, the mode is found from the notes. Read back is what was
written, but for comments other than ``CMT``, words, style and tempo, and for how the last phrase
ends: a tune of one line has no phrases known, and a last line ends one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from solfa.analysis.keys import infer_mode
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, Cut, barring, drawn
from solfa.formats.comments import found_by_analysis
from solfa.formats.limits import check_extent
from solfa.formats.notation import odd_part
from solfa.formats.read_options import ReadOptions
from solfa.formats.text import text_of
from solfa.formats.write_options import WriteOptions
from solfa.melody import MODES, Key, Melody, Metadata, Meter, Note, Piece, Spelling

_FIELD = re.compile(r"\b([A-Z]{1,3})\[([^\]]*)\]?")
_TITLES = {"CUT": "title", "REG": "region", "TRD": "source", "SRC": "source"}
_TITLES |= {"FCT": "genre", "FKT": "genre"}
_WRITTEN = {"title": "CUT", "region": "REG", "source": "TRD", "genre": "FCT"}
_NEXT = re.compile(r"\b(?:CUT|KEY|MEL)\[")
_MELODY_END = re.compile(r"\]|//")
_KEY = re.compile(r"(?P<id>\S*)\s+0*(?P<unit>\d{1,4})\s+(?P<tonic>[A-H][#b]?)\s+(?P<meters>\S.*)")
_TONICS = {"B": "Bb", "H": "B", "Hb": "Bb", "H#": "B#"}
_TOKEN = re.compile(
    r"(?P<octave>-{0,9}|\+{0,9})(?:(?P<degree>[0-7])(?P<sign>[#b]?)|(?P<held>\^))"
    r"(?P<doubled>_{0,9})(?P<dots>\.{0,2})|(?P<bar>[ \t]{2,})|(?P<triplet>[()])|[ \t]|(?P<end>//.*)"
)
_SCALE = (0, 2, 4, 5, 7, 9, 11)
_TRIPLET = Fraction(2, 3)


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """Every tune of the file in order, or why it is refused."""
    try:
        records = list(_records(data))
    except ReadError as error:
        return [ReadError.of(error, source)]
    found: list[Melody | ReadError] = []
    for line, record in records:
        tune = _Tune(line)
        try:
            found.append(tune.read(record))
        except SolfaError as error:
            found.append(ReadError.of(error, source, tune.line))
    return found or [ReadError("no notes; give a file with a tune", source)]


def _records(data: bytes) -> Iterator[tuple[int, str]]:
    """The records that have a melody, each with the line where it begins."""
    for record in _parted(text_of(data).split("\n")):
        text = "\n".join(line for _, line in record)
        if "MEL[" in text or "KEY[" in text:
            yield record[0][0], text


def _parted(lines: list[str]) -> Iterator[list[tuple[int, str]]]:
    """The numbered lines, record by record.

    A blank line ends one, but not within its melody; so does a field of the next behind its melody.
    """
    record: list[tuple[int, str]] = []
    sung = singing = False  # whether its melody has begun, and whether it goes on
    for number, line in enumerate(lines, 1):
        ended = _NEXT.search(line) if sung else None
        if record and (ended or not (line.strip() or singing)):
            yield record
            record, sung, singing = [], False, False
        if record or line.strip():
            record.append((number, line))
        melody = line if singing else line.partition("MEL[")[2]
        sung = sung or "MEL[" in line
        singing = (singing or "MEL[" in line) and not _MELODY_END.search(melody)
    if record:
        yield record


class _Tune:
    """The state of reading one record."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.notes: list[tuple[int | None, Fraction, int]] = []  # degrees as semitones, lines
        self.cuts: dict[int, Cut] = {}
        self.line_ends: list[int] = []
        self.sounds: list[int] = []  # the first part of each note, that others hold

    def read(self, record: str) -> Melody:
        first = where = self.line
        fields: dict[str, str] = {}
        for match in _FIELD.finditer(record):
            fields.setdefault(match[1], match[2])
            if match[1] == "MEL":
                where = first + record.count("\n", 0, match.start())
        signature = _KEY.match(fields.get("KEY", "").strip())
        if not signature:
            raise ReadError("no signature such as KEY[A0001 16 G 3/4]")
        unit = int(signature["unit"])
        if unit not in (1, 2, 4, 8, 16, 32, 64):
            raise ReadError(f"a smallest note of 1/{unit}, not 1, 2, 4, 8, 16, 32 or 64")
        tonic = _TONICS.get(signature["tonic"], signature["tonic"])
        meters = _meters(signature["meters"])
        for number, line in enumerate(fields.get("MEL", "").split("\n")):
            self.line = where + number
            self.read_line(line, Fraction(4, unit))
        self.line = first
        if not self.notes:
            raise ReadError("no notes; give a file with a tune")
        return self.melody(tonic, meters, fields, signature["id"])

    def read_line(self, text: str, unit: Fraction) -> None:
        at, triplet, ended = 0, False, False
        text = text if text.startswith("  ") and not self.notes else text.lstrip()
        while at < len(text) and not ended:
            token = _TOKEN.match(text, at)
            if not token:
                raise ReadError(f"symbol {text[at]!r} has no meaning here")
            at = token.end()
            if token["triplet"]:
                triplet = token["triplet"] == "("
            elif token["bar"]:
                self.cuts[len(self.notes)] = Cut.BAR
            elif token["end"]:
                ended = True
            elif token["degree"] or token["held"]:
                dotted = 2 - Fraction(1, 2 ** len(token["dots"]))
                length = unit * 2 ** len(token["doubled"]) * dotted
                self.add(token, length * _TRIPLET if triplet else length)
        if self.notes and self.line_ends[-1:] != [len(self.notes)]:
            self.line_ends.append(len(self.notes))
            self.cuts.setdefault(len(self.notes), Cut.LINE)

    def add(self, token: re.Match[str], length: Fraction) -> None:
        if token["held"]:
            if not self.notes:
                raise ReadError("a ^ with nothing to hold")
            pitch = self.notes[-1][0]
        else:
            self.sounds.append(len(self.notes))
            pitch = None
            if token["degree"] != "0":
                octave = token["octave"].count("+") - token["octave"].count("-")
                sign = {"#": 1, "b": -1}.get(token["sign"], 0)
                pitch = 12 * octave + _SCALE[int(token["degree"]) - 1] + sign
        self.notes.append((pitch, length, self.line))

    def melody(self, tonic: str, meters: list[Meter], fields: dict[str, str], name: str) -> Melody:
        onsets = list(accumulate((length for _, length, _ in self.notes), initial=Fraction(0)))
        check_extent(len(self.notes), onsets[-1])
        low = _low(tonic)
        stops = [*(onsets[start] for start in self.sounds[1:]), onsets[-1]]
        pitches = [self.notes[start][0] for start in self.sounds]
        notes = tuple(
            Note(None if pitch is None else low + pitch, stop - onsets[start])
            for pitch, start, stop in zip(pitches, self.sounds, stops, strict=True)
        )
        mode, comments = fields.get("MOD", "").strip().lower(), []
        if mode not in MODES:
            mode = infer_mode(notes, Key(tonic).pitch_class)
            comments = [found_by_analysis("mode")]
        phrases = sorted({bisect_left(self.sounds, at) - 1 for at in self.line_ends})
        known = [(field, _plain(text)) for field, text in reversed(fields.items())]
        texts = {_TITLES[field]: text for field, text in known if field in _TITLES}
        comments = [*filter(None, [_plain(fields.get("CMT", ""))]), *comments]
        return Melody(
            notes,
            Key(tonic, mode),
            **self.barring(meters, onsets)._asdict(),
            phrase_ends=tuple(phrases) if len(self.line_ends) > 1 else (),
            metadata=replace(
                Metadata(id=name.strip("-"), comments=tuple(comments)),
                **texts,  # type: ignore[arg-type]
            ),
        )

    def barring(self, meters: list[Meter], onsets: list[Fraction]) -> Barring:
        if not meters:
            return FREE
        lines = [line for _, _, line in self.notes]
        pickup = self.cuts.get(0) is not Cut.BAR
        if len(meters) == 1:
            return barring(drawn(onsets, self.cuts, {0: meters[0]}, lines), pickup=pickup)
        bars = drawn(onsets, self.cuts, {}, lines)
        known = {meter.bar: meter for meter in reversed(meters)}
        named = [bar._replace(meter=known.get(bar.length)) for bar in bars]
        for i, beside in ((0, named[1:2]), (-1, named[-2:-1])):
            if named[i].meter is None and beside:
                named[i] = named[i]._replace(meter=beside[0].meter)
        return barring(named, pickup=pickup)


def _meters(text: str) -> list[Meter]:
    """The metres that a signature names, none if it is free."""
    if text.upper().startswith("FREI"):
        return []
    meters = [Meter.parse(word) for word in text.split() if "%" not in word]
    if not meters:
        raise ReadError("no metre in KEY[]; name one, or FREI")
    return meters


def _low(tonic: str) -> int:
    """The MIDI pitch of the degree 1 without a mark."""
    return Spelling(tonic[0], {"#": 1, "b": -1}.get(tonic[1:], 0), 4).pitch


def _plain(text: str) -> str:
    return " ".join(text.split())


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """One record in UTF-8; `SolfaError` for what EsAC cannot say.

    It has one key, no tuplets but triplets, and no bar that only its metre could give.
    """
    if melody.key_changes:
        onset, key = melody.key_changes[0]
        raise SolfaError(
            f"EsAC has one key, and this tune goes to {key} at quarter {onset};"
            " write another format"
        )
    data, key, meters = melody.metadata, melody.key, [melody.meter]
    meters += [change.meter for change in melody.meter_changes]
    unit = _unit(melody)
    tonic = {"Bb": "B", "B": "H"}.get(key.tonic, key.tonic)
    named = " ".join(map(str, dict.fromkeys(meters))) if melody.meter else "FREI"
    name = re.sub(r"[\s\[\]]+", "_", data.id) or "-"
    fields = [(field, _bare(getattr(data, text))) for text, field in _WRITTEN.items()]
    fields.insert(3, ("KEY", f"{name}  {int(4 / unit):02} {tonic} {named}"))
    fields.insert(4, ("MOD", key.mode))
    fields.insert(5, ("MEL", _music(melody, unit)))
    fields.append(("CMT", _bare(" ".join(data.comments))))
    record = [f"{field}[{text}]" for field, text in fields if text]
    written = "\n".join(["SOLFA", *record, ""]).encode()
    (again,) = read(written, "")
    if isinstance(again, ReadError) or again != _said(melody):
        raise SolfaError("EsAC cannot say where the bars of this tune lie; write another format")
    return written


def _said(melody: Melody) -> Melody:
    """What is left of a melody in EsAC."""
    last = len(melody.notes) - 1
    ends = tuple(sorted({*melody.phrase_ends, last}))
    return melody.replace(phrase_ends=ends if len(ends) > 1 else ())


def _bare(text: str) -> str:
    """A field's text, which brackets would end."""
    return _plain(text.replace("[", "(").replace("]", ")"))


def _unit(melody: Melody) -> Fraction:
    """The smallest note, in quarters, that makes up all written lengths."""
    lengths = [piece.duration for bar in melody.bars() for piece in bar.pieces]
    if any(odd_part(length) not in (1, 3) for length in lengths):
        raise SolfaError("EsAC has triplets but no other tuplets; write another format")
    for unit in (Fraction(4, parts) for parts in (4, 8, 16, 32, 64)):
        if all((_straight(length) / unit).denominator == 1 for length in lengths):
            return unit
    raise SolfaError("EsAC has no notes shorter than a 64th; write another format")


def _straight(length: Fraction) -> Fraction:
    return length / _TRIPLET if odd_part(length) == 3 else length


def _music(melody: Melody, unit: Fraction) -> str:
    meter = melody.meter
    opens = meter and not melody.pickup and melody.duration < meter.bar
    text, triplet = "  " * bool(opens), False
    for bar in melody.bars():
        for piece in bar.pieces:
            straight = odd_part(piece.duration) == 1
            text += ")" * (triplet and straight) + "(" * (not triplet and not straight)
            triplet = not straight
            text += _note(melody, piece, unit)
            ends = piece.onset + piece.duration == _end(melody, piece.note)
            if ends and piece.note in melody.phrase_ends and piece.note < len(melody.notes) - 1:
                text += ")" * triplet + "\n"
                triplet = False
        text += "  " if meter else ""
    lines = (text.rstrip() + ")" * triplet).replace("\n  ", "  \n").split("\n")
    return "\n    ".join(lines) + " //"


def _end(melody: Melody, note: int) -> Fraction:
    return melody.onsets()[note] + melody.notes[note].duration


def _note(melody: Melody, piece: Piece, unit: Fraction) -> str:
    """A note or rest, and what holds it on, as they are written."""
    head = "^" if piece.onset > melody.onsets()[piece.note] else _degree(melody.key, piece.pitch)
    units = int(_straight(piece.duration) / unit)
    text = ""
    while units:
        doubled = units.bit_length() - 1
        dotted = doubled > 0 and units >= 3 << (doubled - 1)
        units -= (3 << (doubled - 1)) if dotted else 1 << doubled
        text += head + "_" * doubled + "." * dotted
        head = "^"
    return text


def _degree(key: Key, pitch: int | None) -> str:
    if pitch is None:
        return "0"
    spelling = key.spell(pitch)
    letters = "CDEFGAB"
    degree = (letters.index(spelling.step) - letters.index(key.tonic[0])) % 7
    low = _low(key.tonic)
    sign = (pitch - low - _SCALE[degree] + 6) % 12 - 6
    octave = (pitch - low - _SCALE[degree] - sign) // 12
    return "+" * octave + "-" * -octave + str(degree + 1) + "#" * sign + "b" * -sign
