"""Reads MusicXML through music21, which knows what other programs write.

One voice is read, of several parts or voices the one that `ReadOptions` names, or their top line;
without a choice they are refused, and so are chords, unpitched notes and microtones. Grace notes
and chord symbols are passed over, repeats are read once as written unless they are unfolded, and
the key is the first one; a comment says where it, or its mode, is found by analysis. Lyrics are
kept. Read back is what `solfa.formats.musicxml.writer` wrote, except that a rest is cut at bar
lines and where a score must cut it.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any
from xml.parsers import expat

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.musicxml import FIELDS
from solfa.formats.musicxml.parts import keep_one
from solfa.formats.musicxml.words import plain
from solfa.formats.read_options import ReadOptions
from solfa.formats.voices import Event, skyline
from solfa.melody import MODES, Key, Melody, Metadata, Meter, Note

_SEVERAL = (
    "several voices at once; choose one by voice=N (--voice N), or take the top with top=True"
    " (--top)"
)
_MODES = {"ionian": "major", "aeolian": "minor"}


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [melody_of(data, options)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def melody_of(data: bytes, options: ReadOptions) -> Melody:
    """The one melody of a MusicXML file; `SolfaError` says why there is none."""
    root, lines = parse(data)
    if root.tag != "score-partwise":
        raise ReadError("is no partwise MusicXML score; export it again")
    lines = keep_one(root, lines, options)
    plain(root)
    tune = _Tune()
    first, *others = _parts(root, options.unfold)
    if others and not options.top:
        raise ReadError("several staves; choose a voice by voice=N (--voice N)")
    for number, measure in enumerate(first):
        tune.line = lines[number] if number < len(lines) and not options.unfold else None
        if options.top:
            tune.take_bar(measure, first=number == 0)
        else:
            tune.take(measure, first=number == 0)
    if options.top:
        tune.take_top([first, *others])
    tune.signature = _sounding_signature(root, tune.signature)
    return tune.melody(_metadata(root, tune.tempo))


def parse(data: bytes) -> tuple[ET.Element, list[int]]:
    """The XML tree, and on which line each measure begins.

    Entities, which can blow up a small file, are refused. Raises `ReadError`.
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


def _parts(root: ET.Element, unfold: bool) -> list[list[Any]]:
    """The measures of each part, as music21 understands them, at sounding pitch."""
    import warnings

    from music21.musicxml.xmlToM21 import MusicXMLImporter
    from music21.repeat import ExpanderException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = MusicXMLImporter().xmlRootToScore(root)
            score.toSoundingPitch(inPlace=True)
            parts = [part.expandRepeats() if unfold else part for part in score.parts]
            measures = [list(part.getElementsByClass("Measure")) for part in parts]
    except ExpanderException as error:
        raise ReadError("repeats that cannot be unfolded; write them out") from error
    except Exception as error:  # music21 raises whatever a strange file leads it to
        raise ReadError("is no MusicXML that can be read; export it again") from error
    return measures or [[]]


def _sounding_signature(root: ET.Element, signature: int | None) -> int | None:
    """The sharps of a transposing part's key as it sounds; ``signature`` where it says too little.

    music21 respells what an augmented second takes from E to D flat.
    """
    signs = [root.find(f".//attributes/{path}") for path in _TRANSPOSED]
    fifths, steps, semitones = (None if sign is None else sign.text for sign in signs)
    try:
        sounding = int(fifths or "") + 7 * int(semitones or "") - 12 * int(steps or "")
    except ValueError:
        return signature
    return sounding if abs(sounding) <= 13 else signature  # B sharp lydian has 13


_TRANSPOSED = ("key/fifths", "transpose/diatonic", "transpose/chromatic")


@dataclass
class _Tune:
    """The state of reading one part, measure by measure."""

    line: int | None = None
    notes: list[Note] = field(default_factory=list)
    words: list[dict[int, str]] = field(default_factory=list)  # each note's syllable by verse
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

    def signs(self, measure: Any) -> None:
        """Reads what a music21 measure says of metre, key and tempo."""
        for sign in measure.getElementsByClass("TimeSignature"):
            self.meter = Meter(sign.numerator, sign.denominator)
        for sign in measure.getElementsByClass("KeySignature"):
            if self.signature is None:
                self.signature = sign.sharps
                self.mode = getattr(sign, "mode", None)
        for mark in measure.getElementsByClass("MetronomeMark"):
            if self.tempo is None and mark.number is not None:
                self.tempo = round(mark.getQuarterBPM())

    def take(self, measure: Any, first: bool) -> None:
        """Reads one music21 measure."""
        self.signs(measure)
        voices = [voice for voice in measure.voices if voice.notesAndRests]
        if len(voices) > 1:
            raise self.refuse(_SEVERAL)
        at = Fraction(0)
        for element in (voices[0] if voices else measure).notesAndRests:
            if element.duration.isGrace or "Harmony" in element.classes:
                continue
            onset = Fraction(element.offset)
            if onset < at:
                raise self.refuse(_SEVERAL)
            if onset > at:
                self.add(None, onset - at)
            at = onset + Fraction(element.quarterLength)
            self.add(self.pitch(element), at - onset, _words(element))
            tie = element.tie.type if element.tie and element.isNote else None
            self.tied = tie in ("start", "continue")
            if _breathes(element):
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
                "a chord; give one voice, or take its top with top=True (--top)"
                if element.isChord
                else "an unpitched note; give it a pitch"
            )
        if element.pitch.ps != int(element.pitch.ps):
            raise self.refuse("a microtone; write the nearest semitone")
        return int(element.pitch.ps)

    def add(
        self, pitch: int | None, duration: Fraction, words: dict[int, str] | None = None
    ) -> None:
        """Appends a note, or lengthens the last one if it is tied to this."""
        if not duration:
            return
        if self.tied and pitch is not None and pitch == self.notes[-1].pitch:
            duration += self.notes.pop().duration
        else:
            self.words.append(words or {})
        self.notes.append(Note(pitch, duration))

    def take_bar(self, measure: Any, first: bool) -> None:
        """Reads the signs and the length of one music21 measure, but no notes."""
        self.signs(measure)
        if length := Fraction(measure.duration.quarterLength):
            self.implicit = self.implicit or (first and measure.number == 0)
            self.bars.append(DrawnBar(length, self.meter, self.line))

    def take_top(self, parts: list[list[Any]]) -> None:
        """Reads the highest notes of all parts, those of chords too."""
        sounding: dict[Event, Any] = {}
        for part in parts:
            sounding |= _sounding(part)
        now = Fraction(0)
        for event in sorted(skyline(sounding)):
            element = next(
                sounding[e] for e in sounding if (e.onset, e.pitch) == (event.onset, event.pitch)
            )
            self.add(None, event.onset - now)
            self.add(event.pitch, event.end - event.onset, _words(element))
            if _breathes(element):
                self.phrase_ends.append(len(self.notes) - 1)
            now = event.end

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
            lyrics=self.lyrics(),
        )

    def lyrics(self) -> tuple[tuple[str, ...], ...]:
        """The verses; a rest has no words."""
        last = max((verse for words in self.words for verse in words), default=0)
        sung = [
            {} if note.pitch is None else words
            for note, words in zip(self.notes, self.words, strict=True)
        ]
        verses = range(1, last + 1)
        return tuple(tuple(words.get(verse, "") for words in sung) for verse in verses)

    def barring(self) -> Barring:
        measured = [bar for bar in self.bars if bar.meter]
        if not measured:
            return FREE
        if len(measured) != len(self.bars):
            raise ReadError("free and measured bars; give one metre")
        return barring(measured, pickup=self.implicit)

    def key(self) -> Key:
        """The key of the file; without a mode, the likelier of major and minor."""
        if self.signature is None:
            self.found.append("key: found by analysis")
            return find_key(self.notes)
        mode = _MODES.get(self.mode or "", self.mode)
        if mode not in MODES:
            self.found.append("mode: found by analysis")
            relatives = [Key.of_signature(self.signature, mode) for mode in ("major", "minor")]
            return find_key(self.notes, relatives)
        return Key.of_signature(self.signature, mode)


def _words(element: Any) -> dict[int, str]:
    """The syllables of a music21 note, by verse."""
    return {lyric.number: lyric.text for lyric in element.lyrics if lyric.text}


def _breathes(element: Any) -> bool:
    return any("BreathMark" in mark.classes for mark in element.articulations)


def _sounding(part: list[Any]) -> dict[Event, Any]:
    """The notes of music21 measures, those of chords one by one and tied ones joined."""
    found: dict[Event, Any] = {}
    held: dict[int, Event] = {}
    for measure in part:
        for voice in measure.voices or [measure]:
            for element in voice.notes:
                if element.duration.isGrace or not element.quarterLength:
                    continue
                onset = Fraction(measure.offset) + Fraction(element.offset)
                if voice is not measure:
                    onset += Fraction(voice.offset)
                end = onset + Fraction(element.quarterLength)
                for note in element.notes if element.isChord else [element]:
                    if not note.isNote or note.pitch.ps != int(note.pitch.ps):
                        continue
                    pitch = int(note.pitch.ps)
                    before = held.pop(pitch, None)
                    goes_on = before and note.tie and note.tie.type in ("stop", "continue")
                    begun = found.pop(before) if before and goes_on else element
                    event = Event(before.onset if before and goes_on else onset, end, pitch)
                    found[event] = begun
                    if note.tie and note.tie.type in ("start", "continue"):
                        held[pitch] = event
    return found


def _metadata(root: ET.Element, tempo: int | None) -> Metadata:
    titles = (root.findtext(path, "").strip() for path in ("work/work-title", "movement-title"))
    fields = [
        (field.get("name", ""), field.text or "") for field in root.iter("miscellaneous-field")
    ]
    return Metadata(
        title=next(filter(None, titles), ""),
        comments=tuple(text for name, text in fields if name == "comment"),
        tempo=tempo,
        **{name: text for name, text in fields if name in FIELDS},
    )
