"""MusicXML 4.0, the exchange format of score programs.

Written by hand, so that composing never waits for music21; read through music21, which knows
what other programs write. One voice is read, of several parts or voices the one that `ReadOptions`
names, or their top line; without a choice they are refused, and so are chords, unpitched notes
and microtones. Grace notes and chord symbols are passed over, repeats are read once as written
unless they are unfolded, and the key is the first one; one found by analysis, or its mode, is
told by a comment. Lyrics are kept.

Phrase ends are breath marks. Metadata beside the title are miscellaneous fields. Read back is
what was written, except that a rest is cut at bar lines and where a score must cut it. Free
metre is cut into bars without bar lines.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any
from xml.parsers import expat

from solfa.analysis.harmony import Chord, harmonise
from solfa.analysis.keys import find_key
from solfa.analysis.solmization import syllables
from solfa.errors import ReadError, SolfaError
from solfa.formats import notation
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.instruments import CLEFS, INSTRUMENTS, clef_of, steps, written
from solfa.formats.musicxml_parts import keep_one
from solfa.formats.musicxml_words import SYLLABLES, lyrics, plain
from solfa.formats.notation import Symbol
from solfa.formats.quantise import Event, skyline
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import MODES, Bar, Key, Melody, Metadata, Meter, Note

_FIELDS = ("id", "style", "region", "genre", "source")  # miscellaneous fields, by name
_SHARPS = ("natural", "sharp", "double-sharp", "triple-sharp")
_FLATS = ("triple-flat", "flat-flat", "flat")
_ACCIDENTALS = (*_SHARPS, *_FLATS)  # by alteration: flats count from the end
_SEVERAL = (
    "several voices at once; choose one by voice=N (--voice N), or take the top with top=True"
    " (--top)"
)
_MODES = {"ionian": "major", "aeolian": "minor"}


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as one part; `SolfaError` if a duration cannot be written in a score."""
    tree = score(melody, options)
    ET.indent(tree)
    data: bytes = ET.tostring(tree, encoding="UTF-8", xml_declaration=True)
    return data


def score(melody: Melody, options: WriteOptions = WriteOptions()) -> ET.Element:
    """The MusicXML as a tree; errors as for `write`.

    A transposing instrument's part is written as it is played, and says how it sounds. Syllables
    are lyrics named ``solfa``, which are no words of the tune.
    """
    sounding, melody = melody, written(melody, options.instrument)
    bars = [(bar, notation.symbols(bar)) for bar in _bars(melody)]
    times = [symbol.duration for _, symbols in bars for symbol in symbols]
    divisions = lcm(*(time.denominator for time in times))
    if divisions > 16383:
        raise SolfaError(f"a score cannot divide a quarter into {divisions} parts; quantise")

    ends = [
        onset + note.duration for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    ]
    breaths = {ends[index] for index in melody.phrase_ends}
    chords = list(harmonise(melody)) if options.chords else []
    named = syllables(melody, options.syllables) if options.syllables else ()
    names = dict(zip(melody.onsets(), named, strict=False))
    words = lyrics(melody, first=2 if names else 1)

    tree = ET.Element("score-partwise", version="4.0")
    _write_header(tree, melody.metadata, options.instrument)
    part = _add(tree, "part", id="P1")
    meter: Meter | None = None
    for place, (bar, symbols) in enumerate(bars):
        measure = _add(part, "measure", number=str(bar.number))
        if bar.number == 0 or bar.meter is None:
            measure.set("implicit", "yes")
        if place == 0:
            attributes = _add(measure, "attributes")
            _add(attributes, "divisions", divisions)
            _write_key(attributes, melody.key)
            _write_time(attributes, bar.meter)
            _write_clef(attributes, options.clef or clef_of(melody, options.instrument))
            _write_transposition(attributes, sounding.key, melody.key, options.instrument)
            if melody.metadata.tempo is not None:
                _write_tempo(measure, melody.metadata.tempo)
        elif bar.meter and bar.meter != meter:
            _write_time(_add(measure, "attributes"), bar.meter)
        meter = bar.meter
        _write_symbols(measure, bar, symbols, melody.key, divisions, breaths, chords, names, words)
        if place == len(bars) - 1:
            _add(_add(measure, "barline", location="right"), "bar-style", "light-heavy")
        elif bar.meter is None:
            _add(_add(measure, "barline", location="right"), "bar-style", "none")
    return tree


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


def _add(parent: ET.Element, tag: str, text: object = None, /, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, {k.replace("_", "-"): v for k, v in attributes.items()})
    child.text = None if text is None else str(text)
    return child


def _write_header(tree: ET.Element, metadata: Metadata, instrument: str) -> None:
    if metadata.title:
        _add(_add(tree, "work"), "work-title", _clean(metadata.title))
    identification = _add(tree, "identification")
    _add(_add(identification, "encoding"), "software", "solfa")
    fields = [(name, getattr(metadata, name)) for name in _FIELDS]
    fields += [("comment", comment) for comment in metadata.comments]
    if any(value for _, value in fields):
        miscellaneous = _add(identification, "miscellaneous")
        for name, value in fields:
            if value:
                _add(miscellaneous, "miscellaneous-field", _clean(value), name=name)
    part = _add(_add(tree, "part-list"), "score-part", id="P1")
    if instrument == "piano":
        _add(part, "part-name", "Melody", print_object="no")
        return
    title, program, *_ = INSTRUMENTS[instrument]
    _add(part, "part-name", title)
    _add(_add(part, "score-instrument", id="P1-I1"), "instrument-name", title)
    _add(_add(part, "midi-instrument", id="P1-I1"), "midi-program", program + 1)


def _clean(text: str) -> str:
    """The text without the control characters that XML forbids."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _write_key(attributes: ET.Element, key: Key) -> None:
    sign = _add(attributes, "key")
    _add(sign, "fifths", key.signature)
    _add(sign, "mode", key.mode)


def _write_clef(attributes: ET.Element, name: str) -> None:
    sign, line, octave, _ = CLEFS[name]
    clef = _add(attributes, "clef")
    _add(clef, "sign", sign)
    _add(clef, "line", line)
    if octave:
        _add(clef, "clef-octave-change", octave)


def _write_transposition(attributes: ET.Element, sounding: Key, key: Key, instrument: str) -> None:
    """How the part sounds, from its own key to the melody's: D flat for B sounds a third lower."""
    semitones = INSTRUMENTS[instrument].transposition
    if not semitones:
        return
    transpose = _add(attributes, "transpose")
    octaves = int(semitones / 12)
    _add(transpose, "diatonic", steps(key, sounding, semitones) - 7 * octaves)
    _add(transpose, "chromatic", semitones - 12 * octaves)
    if octaves:
        _add(transpose, "octave-change", octaves)


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
    symbols: list[Symbol],
    key: Key,
    divisions: int,
    breaths: set[Fraction],
    chords: list[Chord],
    names: dict[Fraction, str | None],
    words: dict[Fraction, list[ET.Element]],
) -> None:
    onsets = [bar.onset + symbol.onset - symbols[0].onset for symbol in symbols]
    breathing = {place for place, onset in enumerate(onsets) if onset in breaths}
    marks = zip(
        symbols,
        notation.accidentals(symbols, key),
        notation.beams(symbols, bar.meter, breathing),
        notation.tuplets(symbols),
        strict=True,
    )
    now = bar.onset
    for symbol, accidental, beams, (opens, closes) in marks:
        while chords and chords[0].onset < now + symbol.duration:
            chord = chords.pop(0)
            _write_chord(measure, chord, int((chord.onset - now) * divisions))
        note = _add(measure, "note")
        name, sung = names.get(now), words.get(now, [])
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
        if name:
            lyric = _add(note, "lyric", number="1", name=SYLLABLES)
            _add(lyric, "syllabic", "single")
            _add(lyric, "text", name)
        note.extend(sung)


def _write_chord(measure: ET.Element, chord: Chord, delay: int) -> None:
    """A chord symbol ``delay`` divisions into the note that follows."""
    harmony = _add(measure, "harmony")
    root = _add(harmony, "root")
    _add(root, "root-step", chord.step)
    if chord.alter:
        _add(root, "root-alter", chord.alter)
    _add(harmony, "kind", chord.quality, text=chord.suffix)
    if delay:
        _add(harmony, "offset", delay)


def _tied(symbol: Symbol, kind: str) -> bool:
    return symbol.tied_back if kind == "stop" else symbol.tied_on


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [_read(data, options)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def _read(data: bytes, options: ReadOptions) -> Melody:
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
    told = [root.find(f".//attributes/{path}") for path in _TRANSPOSED]
    fifths, steps, semitones = (None if sign is None else sign.text for sign in told)
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
            told = next(
                sounding[e] for e in sounding if (e.onset, e.pitch) == (event.onset, event.pitch)
            )
            self.add(None, event.onset - now)
            self.add(event.pitch, event.end - event.onset, _words(told))
            if _breathes(told):
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


def _words(element: Any) -> dict[int, str]:
    """The syllables of a music21 note, by verse."""
    return {lyric.number: lyric.text for lyric in element.lyrics if lyric.text}


def _breathes(element: Any) -> bool:
    return any("BreathMark" in mark.classes for mark in element.articulations)


def _sounding(part: list[Any]) -> dict[Event, Any]:
    """The notes of music21 measures, those of chords apart and tied ones joined."""
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
                    told = found.pop(before) if before and goes_on else element
                    event = Event(before.onset if before and goes_on else onset, end, pitch)
                    found[event] = told
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
        **{name: text for name, text in fields if name in _FIELDS},
    )


def to_music21(melody: Melody) -> Any:
    """The melody as a music21 score; errors as for `write`."""
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    tree = score(melody)
    for held in tree.iterfind(".//lyric/extend"):  # music21 keeps the text of lyrics only
        held.tag, held.text = "text", "_"
    return MusicXMLImporter().xmlRootToScore(tree)


def from_music21(stream: Any, **choices: Any) -> Melody:
    """The one melody of a music21 stream, as music21 writes it in MusicXML.

    ``choices`` are those of `ReadOptions`. Raises `ReadError` for what is no stream or no melody.
    """
    import warnings

    from music21 import defaults
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            empty = not stream.recurse().notesAndRests
            exporter = GeneralObjectExporter(stream)
            whole = "Score" in stream.classes and stream.isWellFormedNotation()
            exporter.makeNotation = not whole  # a score's bars are left as they are
            data = b"" if empty else exporter.parse()
    except Exception as error:  # music21 raises whatever a strange stream leads it to
        raise ReadError(f"{type(stream).__name__} is no music21 stream of notes") from error
    if not data:
        raise ReadError("a stream without notes; give one with a tune")
    try:
        melody = _read(data, ReadOptions(**choices))
    except SolfaError as error:
        raise ReadError(error.reason if isinstance(error, ReadError) else str(error)) from error
    if melody.metadata.title == defaults.title:  # where the stream has none
        return melody.replace(metadata=replace(melody.metadata, title=""))
    return melody
