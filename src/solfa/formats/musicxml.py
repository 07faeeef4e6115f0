"""MusicXML 4.0, the exchange format of score programs.

Written by hand, so that composing never waits for music21; read through music21, which knows
what other programs write. One part with one voice is read; several parts or voices, chords,
unpitched notes and microtones are refused. Grace notes and chord symbols are passed over,
repeats are read once as written, and the key is the first one; one found by analysis, or its
mode, is told by a comment.

Phrase ends are breath marks. Metadata beside the title are miscellaneous fields. Read back is
what was written, except that a rest is cut at bar lines and where a score must cut it. Free
metre is cut into bars without bar lines.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from statistics import median
from typing import Any
from xml.parsers import expat

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats import notation
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.edition import Edition
from solfa.formats.notation import Symbol
from solfa.formats.reading import Reading
from solfa.melody import MODES, Bar, Key, Melody, Metadata, Meter, Note

_FIELDS = ("id", "style", "region", "genre", "source")  # miscellaneous fields, by name
_SHARPS = ("natural", "sharp", "double-sharp", "triple-sharp")
_FLATS = ("triple-flat", "flat-flat", "flat")
_ACCIDENTALS = (*_SHARPS, *_FLATS)  # by alteration: flats count from the end
_MODES = {"ionian": "major", "aeolian": "minor"}


def write(melody: Melody, edition: Edition = Edition()) -> bytes:
    """The melody as one part; `SolfaError` if a duration cannot be written in a score."""
    bars = [(bar, notation.symbols(bar)) for bar in _bars(melody)]
    divisions = lcm(*(s.duration.denominator for _, written in bars for s in written))
    if divisions > 16383:
        raise SolfaError(f"a score cannot divide a quarter into {divisions} parts; quantise")

    ends = [
        onset + note.duration for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    ]
    breaths = {ends[index] for index in melody.phrase_ends}

    score = ET.Element("score-partwise", version="4.0")
    _write_header(score, melody.metadata)
    part = _add(score, "part", id="P1")
    meter: Meter | None = None
    for place, (bar, written) in enumerate(bars):
        measure = _add(part, "measure", number=str(bar.number))
        if bar.number == 0 or bar.meter is None:
            measure.set("implicit", "yes")
        if place == 0:
            _write_attributes(measure, melody, bar.meter, divisions)
            if melody.metadata.tempo is not None:
                _write_tempo(measure, melody.metadata.tempo)
        elif bar.meter and bar.meter != meter:
            _write_time(_add(measure, "attributes"), bar.meter)
        meter = bar.meter
        _write_symbols(measure, bar, written, melody.key, divisions, breaths)
        if place == len(bars) - 1:
            _add(_add(measure, "barline", location="right"), "bar-style", "light-heavy")
        elif bar.meter is None:
            _add(_add(measure, "barline", location="right"), "bar-style", "none")
    ET.indent(score)
    data: bytes = ET.tostring(score, encoding="UTF-8", xml_declaration=True)
    return data


def _bars(melody: Melody) -> tuple[Bar, ...]:
    """The bars to draw. Free metre has none, but a page needs places to break its lines: after
    phrases, and after a note that makes two whole notes full.
    """
    bars = melody.bars()
    if melody.meter:
        return bars
    pieces, start = bars[0].pieces, Fraction(0)
    cuts: list[Bar] = []
    for piece in pieces:
        end = piece.onset + piece.duration
        if piece.note in melody.phrase_ends or end - start >= 8 or piece is pieces[-1]:
            inside = tuple(p for p in pieces if start <= p.onset < end)
            cuts.append(Bar(len(cuts) + 1, start, end - start, None, inside))
            start = end
    return tuple(cuts)


def _add(parent: ET.Element, tag: str, text: object = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, {k.replace("_", "-"): v for k, v in attributes.items()})
    child.text = None if text is None else str(text)
    return child


def _write_header(score: ET.Element, metadata: Metadata) -> None:
    if metadata.title:
        _add(_add(score, "work"), "work-title", _clean(metadata.title))
    identification = _add(score, "identification")
    _add(_add(identification, "encoding"), "software", "solfa")
    fields = [(name, getattr(metadata, name)) for name in _FIELDS]
    fields += [("comment", comment) for comment in metadata.comments]
    if any(value for _, value in fields):
        miscellaneous = _add(identification, "miscellaneous")
        for name, value in fields:
            if value:
                _add(miscellaneous, "miscellaneous-field", _clean(value), name=name)
    part = _add(_add(score, "part-list"), "score-part", id="P1")
    _add(part, "part-name", "Melody", print_object="no")


def _clean(text: str) -> str:
    """The text without the control characters that XML forbids."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _write_attributes(
    measure: ET.Element, melody: Melody, meter: Meter | None, divisions: int
) -> None:
    attributes = _add(measure, "attributes")
    _add(attributes, "divisions", divisions)
    key = _add(attributes, "key")
    _add(key, "fifths", melody.key.signature)
    _add(key, "mode", melody.key.mode)
    _write_time(attributes, meter)
    low = bool(melody.pitches) and median(melody.pitches) < 55  # G3, six ledger lines' reach
    clef = _add(attributes, "clef")
    _add(clef, "sign", "F" if low else "G")
    _add(clef, "line", 4 if low else 2)


def _write_time(attributes: ET.Element, meter: Meter | None) -> None:
    if meter is None:
        _add(_add(attributes, "time", print_object="no"), "senza-misura")
    else:
        time = _add(attributes, "time")
        _add(time, "beats", meter.beats)
        _add(time, "beat-type", meter.unit)


def _write_tempo(measure: ET.Element, tempo: int) -> None:
    direction = _add(measure, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    _add(metronome, "per-minute", tempo)
    _add(direction, "sound", tempo=str(tempo))


def _write_symbols(
    measure: ET.Element,
    bar: Bar,
    written: list[Symbol],
    key: Key,
    divisions: int,
    breaths: set[Fraction],
) -> None:
    marks = zip(
        written,
        notation.accidentals(written, key),
        notation.beams(written, bar.meter),
        notation.tuplets(written),
        strict=True,
    )
    now = bar.onset
    for symbol, accidental, beams, (opens, closes) in marks:
        note = _add(measure, "note")
        if symbol.pitch is None:
            whole = bar.meter is not None and symbol.duration == bar.meter.bar
            _add(note, "rest", **({"measure": "yes"} if whole else {}))
        else:
            step, alter, octave = key.spell(symbol.pitch)
            pitch = _add(note, "pitch")
            _add(pitch, "step", step)
            if alter:
                _add(pitch, "alter", alter)
            _add(pitch, "octave", octave)
        ties = [kind for kind in ("stop", "start") if _tied(symbol, kind)]
        _add(note, "duration", int(symbol.duration * divisions))
        for kind in ties:
            _add(note, "tie", type=kind)
        _add(note, "voice", 1)
        _add(note, "type", symbol.value.name)
        for _ in range(symbol.value.dots):
            _add(note, "dot")
        if accidental is not None:
            _add(note, "accidental", _ACCIDENTALS[accidental])
        if symbol.value.actual > 1:
            ratio = _add(note, "time-modification")
            _add(ratio, "actual-notes", symbol.value.actual)
            _add(ratio, "normal-notes", symbol.value.normal)
        for level, beam in enumerate(beams, 1):
            _add(note, "beam", beam, number=str(level))
        now += symbol.duration
        if ties or opens or closes or now in breaths:
            notations = _add(note, "notations")
            for kind in ties:
                _add(notations, "tied", type=kind)
            if opens:
                _add(notations, "tuplet", type="start", bracket="no" if beams else "yes")
            if closes:
                _add(notations, "tuplet", type="stop")
            if now in breaths:
                _add(_add(notations, "articulations"), "breath-mark", "comma")


def _tied(symbol: Symbol, kind: str) -> bool:
    return symbol.tied_back if kind == "stop" else symbol.tied_on


def read(data: bytes, source: str, reading: Reading = Reading()) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [_read(data)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def _read(data: bytes) -> Melody:
    root, lines = _parse(data)
    if root.tag != "score-partwise":
        raise ReadError("is no partwise MusicXML score; export it again")
    parts = root.findall("part")
    if len(parts) != 1:
        raise ReadError("several parts; keep one" if parts else "no part")
    tune = _Tune()
    for number, measure in enumerate(_measures(root)):
        tune.line = lines[number] if number < len(lines) else None
        tune.take(measure, first=number == 0)
    return tune.melody(_metadata(root, tune.tempo))


def _parse(data: bytes) -> tuple[ET.Element, list[int]]:
    """The XML tree, and on which line each measure begins.

    Entities, which can blow up a small file, are refused.
    """
    builder, lines = ET.TreeBuilder(), []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        builder.start(tag, attributes)
        if tag == "measure":
            lines.append(parser.CurrentLineNumber)

    def refuse(*_: object) -> None:
        raise ReadError("declares XML entities; MusicXML needs none")

    parser.StartElementHandler = start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ReadError("is no well-formed XML; export it again", line=error.lineno) from error
    except (LookupError, ValueError) as error:
        raise ReadError("is in an unknown character encoding") from error
    return builder.close(), lines


def _measures(root: ET.Element) -> Iterator[Any]:
    """The measures of the one part, as music21 understands them, at sounding pitch."""
    import warnings

    from music21.musicxml.xmlToM21 import MusicXMLImporter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = MusicXMLImporter().xmlRootToScore(root)
            score.toSoundingPitch(inPlace=True)
            parts = list(score.parts)
            measures = [measure for part in parts for measure in part.getElementsByClass("Measure")]
    except Exception as error:  # music21 raises whatever a strange file leads it to
        raise ReadError("is no MusicXML that can be read; export it again") from error
    if len(parts) != 1:
        raise ReadError("several staves; keep one")
    return iter(measures)


@dataclass
class _Tune:
    """The state of reading one part, measure by measure."""

    line: int | None = None
    notes: list[Note] = field(default_factory=list)
    tied: bool = False
    phrase_ends: list[int] = field(default_factory=list)
    bars: list[DrawnBar] = field(default_factory=list)
    meter: Meter | None = None
    implicit: bool = False
    signature: int | None = None
    mode: str | None = None
    tempo: int | None = None
    found: list[str] = field(default_factory=list)  # comments on what the file does not say

    def refuse(self, reason: str) -> ReadError:
        return ReadError(reason, line=self.line)

    def take(self, measure: Any, first: bool) -> None:
        """Reads one music21 measure."""
        for sign in measure.getElementsByClass("TimeSignature"):
            self.meter = Meter(sign.numerator, sign.denominator)
        for sign in measure.getElementsByClass("KeySignature"):
            if self.signature is None:
                self.signature = sign.sharps
                self.mode = getattr(sign, "mode", None)
        for mark in measure.getElementsByClass("MetronomeMark"):
            if self.tempo is None and mark.number is not None:
                self.tempo = round(mark.getQuarterBPM())
        voices = [voice for voice in measure.voices if voice.notesAndRests]
        if len(voices) > 1:
            raise self.refuse("several voices at once; keep one")
        at = Fraction(0)
        for element in (voices[0] if voices else measure).notesAndRests:
            if element.duration.isGrace or "Harmony" in element.classes:
                continue
            onset = Fraction(element.offset)
            if onset < at:
                raise self.refuse("several voices at once; keep one")
            if onset > at:
                self.add(None, onset - at)
            at = onset + Fraction(element.quarterLength)
            self.add(self.pitch(element), at - onset)
            tie = element.tie.type if element.tie and element.isNote else None
            self.tied = tie in ("start", "continue")
            if any("BreathMark" in mark.classes for mark in element.articulations):
                self.phrase_ends.append(len(self.notes) - 1)
        if at:
            self.implicit = self.implicit or (first and measure.number == 0)
            self.bars.append(DrawnBar(at, self.meter, self.line))

    def pitch(self, element: Any) -> int | None:
        """The MIDI number of a music21 note, None for a rest."""
        if element.isRest:
            return None
        if not element.isNote:
            raise self.refuse(
                "a chord; give one voice"
                if element.isChord
                else "an unpitched note; give it a pitch"
            )
        if element.pitch.ps != int(element.pitch.ps):
            raise self.refuse("a microtone; write the nearest semitone")
        return int(element.pitch.ps)

    def add(self, pitch: int | None, duration: Fraction) -> None:
        """Appends a note, or lengthens the last one if it is tied to this."""
        if not duration:
            return
        if self.tied and pitch is not None and pitch == self.notes[-1].pitch:
            duration += self.notes.pop().duration
        self.notes.append(Note(pitch, duration))

    def melody(self, metadata: Metadata) -> Melody:
        if not self.notes:
            raise ReadError("no notes; give a file with a tune")
        key = self.key()
        return Melody(
            tuple(self.notes),
            key,
            phrase_ends=tuple(sorted(set(self.phrase_ends))),
            metadata=replace(metadata, comments=(*metadata.comments, *self.found)),
            **self.barring()._asdict(),
        )

    def barring(self) -> Barring:
        measured = [bar for bar in self.bars if bar.meter]
        if not measured:
            return FREE
        if len(measured) != len(self.bars):
            raise ReadError("free and measured bars; give one metre")
        return barring(measured, pickup=self.implicit)

    def key(self) -> Key:
        """The key said by the file; without a mode, the likelier of major and minor."""
        if self.signature is None:
            self.found.append("key: found by analysis")
            return find_key(self.notes)
        mode = _MODES.get(self.mode or "", self.mode)
        if mode not in MODES:
            self.found.append("mode: found by analysis")
            relatives = [Key.of_signature(self.signature, mode) for mode in ("major", "minor")]
            return find_key(self.notes, relatives)
        return Key.of_signature(self.signature, mode)


def _metadata(root: ET.Element, tempo: int | None) -> Metadata:
    titles = (root.findtext(path, "").strip() for path in ("work/work-title", "movement-title"))
    fields = [
        (field.get("name", ""), field.text or "") for field in root.iter("miscellaneous-field")
    ]
    return Metadata(
        title=next(filter(None, titles), ""),
        comments=tuple(text for name, text in fields if name == "comment"),
        tempo=tempo,
        **{name: text for name, text in fields if name in _FIELDS},
    )
