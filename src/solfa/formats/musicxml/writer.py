"""Writes MusicXML 4.0, the exchange format of score programs.

Phrase ends are breath marks, metadata beside title and composer miscellaneous fields. Free metre is
cut into bars without bar lines, and a bar where the key changes.
"""

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm
from typing import NamedTuple

from solfa.analysis.harmony import Chord, harmonise
from solfa.analysis.solmization import syllables
from solfa.errors import SolfaError
from solfa.formats import notation
from solfa.formats.instruments import CLEFS, INSTRUMENTS, clef_of, steps, written
from solfa.formats.musicxml import FIELDS
from solfa.formats.musicxml.words import SYLLABLES, lyrics
from solfa.formats.notation import Symbol
from solfa.formats.write_options import WriteOptions
from solfa.melody import Bar, Key, Melody, Metadata, Meter, Piece

_SHARPS = ("natural", "sharp", "double-sharp", "triple-sharp")
_FLATS = ("triple-flat", "flat-flat", "flat")
_ACCIDENTALS = (*_SHARPS, *_FLATS)  # by alteration: flats count from the end


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
    keys = {at: (key, melody.key_at(at)) for at, key in sounding.key_changes}
    measures = [measure for bar in _bars(melody) for measure in _measures(bar, keys)]
    times = [symbol.duration for measure in measures for symbol in measure.symbols]
    divisions = lcm(*(time.denominator for time in times))
    if divisions > 16383:
        raise SolfaError(f"a score cannot divide a quarter into {divisions} parts; quantise")

    ends = [
        onset + note.duration for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    ]
    named = syllables(melody, options.syllables) if options.syllables else ()
    names = dict(zip(melody.onsets(), named, strict=False))
    signs = _Signs(
        melody,
        keys,
        options.instrument,
        divisions,
        {ends[index] for index in melody.phrase_ends},
        list(harmonise(melody)) if options.chords else [],
        names,
        lyrics(melody, first=2 if names else 1),
    )

    tree = ET.Element("score-partwise", version="4.0")
    _write_header(tree, melody.metadata, options.instrument)
    part = _add(tree, "part", id="P1")
    meter: Meter | None = None
    for place, drawn in enumerate(measures):
        bar, onset, _ = drawn
        goes_on = onset > bar.onset
        measure = _add(part, "measure", number=f"X{bar.number}" if goes_on else str(bar.number))
        if bar.number == 0 or bar.meter is None or goes_on:
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
        else:
            _write_changes(measure, onset, bar.meter if bar.meter != meter else None, signs)
        meter = bar.meter
        _write_symbols(measure, drawn, signs)
        if place == len(measures) - 1:
            _add(_add(measure, "barline", location="right"), "bar-style", "light-heavy")
        elif bar.meter is None or measures[place + 1].bar is bar:
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


class _Measure(NamedTuple):
    """A bar as it is drawn, or the part of one from a change of key on."""

    bar: Bar
    onset: Fraction
    symbols: list[Symbol]


def _measures(bar: Bar, cuts: Collection[Fraction]) -> Iterator[_Measure]:
    """The bar, cut where the key changes: score programs take a key at the start of a measure."""
    end = max(piece.onset + piece.duration for piece in bar.pieces)
    starts = [bar.onset, *(at for at in cuts if bar.onset < at < end)]
    symbols = notation.symbols(_cut(bar, starts))
    shift = bar.onset - symbols[0].onset
    for start, stop in pairwise([*starts, end]):
        yield _Measure(bar, start, [s for s in symbols if start <= s.onset + shift < stop])


def _cut(bar: Bar, times: Collection[Fraction]) -> Bar:
    """The bar with its pieces cut, and tied, at the times."""
    pieces: list[Piece] = []
    for piece in bar.pieces:
        end, sounds = piece.onset + piece.duration, piece.pitch is not None
        inside = [at for at in times if piece.onset < at < end]
        for start, stop in pairwise([piece.onset, *inside, end]):
            back = piece.tied_back if start == piece.onset else sounds
            on = piece.tied_on if stop == end else sounds
            pieces.append(Piece(piece.note, piece.pitch, start, stop - start, back, on))
    return bar._replace(pieces=tuple(pieces))


def _add(parent: ET.Element, tag: str, text: object = None, /, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, {k.replace("_", "-"): v for k, v in attributes.items()})
    child.text = None if text is None else str(text)
    return child


def _write_header(tree: ET.Element, metadata: Metadata, instrument: str) -> None:
    if metadata.title:
        _add(_add(tree, "work"), "work-title", _clean(metadata.title))
    identification = _add(tree, "identification")
    if metadata.composer:
        _add(identification, "creator", _clean(metadata.composer), type="composer")
    _add(_add(identification, "encoding"), "software", "solfa")
    fields = [(name, getattr(metadata, name)) for name in FIELDS]
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


def _write_changes(measure: ET.Element, at: Fraction, meter: Meter | None, signs: "_Signs") -> None:
    """The key that begins there, if one does, and a new metre."""
    key = signs.keys.get(at)
    if key is None and meter is None:
        return
    attributes = _add(measure, "attributes")
    if key:
        _write_key(attributes, key[1])
    if meter:
        _write_time(attributes, meter)
    if key:
        _write_transposition(attributes, *key, signs.instrument)


def _write_tempo(measure: ET.Element, tempo: int) -> None:
    direction = _add(measure, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    _add(metronome, "per-minute", tempo)
    _add(direction, "sound", tempo=str(tempo))


@dataclass
class _Signs:
    """What a part's symbols are written with; times are quarters from the start."""

    part: Melody  # as it is written
    keys: dict[Fraction, tuple[Key, Key]]  # where the key changes: as it sounds, as it is written
    instrument: str
    divisions: int  # of a quarter
    breaths: set[Fraction]  # ends of phrases
    chords: list[Chord]  # those that are still to be written
    names: dict[Fraction, str | None]  # the notes' own, by onset
    words: dict[Fraction, list[ET.Element]]  # the lyrics of notes, by onset


def _write_symbols(element: ET.Element, measure: _Measure, signs: _Signs) -> None:
    bar, now, symbols = measure
    key = signs.part.key_at(now)
    ends = accumulate((symbol.duration for symbol in symbols), initial=now)
    breathing = {place for place, onset in enumerate(ends) if onset in signs.breaths}
    marks = zip(
        symbols,
        notation.accidentals(symbols, key),
        notation.beams(symbols, bar.meter, breathing),
        notation.tuplets(symbols),
        strict=True,
    )
    for symbol, accidental, beams, tuplet in marks:
        while signs.chords and signs.chords[0].onset < now + symbol.duration:
            chord = signs.chords.pop(0)
            _write_chord(element, chord, int((chord.onset - now) * signs.divisions))
        note = _add(element, "note")
        _write_pitch(note, symbol, bar, key)
        ties = [kind for kind in ("stop", "start") if _tied(symbol, kind)]
        _add(note, "duration", int(symbol.duration * signs.divisions))
        for kind in ties:
            _add(note, "tie", type=kind)
        _write_value(note, symbol.value, accidental, beams)
        name, sung = signs.names.get(now), signs.words.get(now, [])
        now += symbol.duration
        bracket = "no" if beams else "yes"
        _write_notations(note, ties, tuplet, bracket, breath=now in signs.breaths)
        if name:
            lyric = _add(note, "lyric", number="1", name=SYLLABLES)
            _add(lyric, "syllabic", "single")
            _add(lyric, "text", name)
        note.extend(sung)


def _write_pitch(note: ET.Element, symbol: Symbol, bar: Bar, key: Key) -> None:
    if symbol.pitch is None:
        whole = bar.meter is not None and symbol.duration == bar.meter.bar
        _add(note, "rest", **({"measure": "yes"} if whole else {}))
        return
    step, alter, octave = key.spell(symbol.pitch)
    pitch = _add(note, "pitch")
    _add(pitch, "step", step)
    if alter:
        _add(pitch, "alter", alter)
    _add(pitch, "octave", octave)


def _write_value(
    note: ET.Element, value: notation.Value, accidental: int | None, beams: list[str]
) -> None:
    _add(note, "voice", 1)
    _add(note, "type", value.name)
    for _ in range(value.dots):
        _add(note, "dot")
    if accidental is not None:
        _add(note, "accidental", _ACCIDENTALS[accidental])
    if value.actual > 1:
        ratio = _add(note, "time-modification")
        _add(ratio, "actual-notes", value.actual)
        _add(ratio, "normal-notes", value.normal)
    for level, beam in enumerate(beams, 1):
        _add(note, "beam", beam, number=str(level))


def _write_notations(
    note: ET.Element, ties: list[str], tuplet: tuple[bool, bool], bracket: str, *, breath: bool
) -> None:
    """Ties, where a ``tuplet`` begins and ends, and a breath mark behind the note."""
    opens, closes = tuplet
    if not (ties or opens or closes or breath):
        return
    notations = _add(note, "notations")
    for kind in ties:
        _add(notations, "tied", type=kind)
    if opens:
        _add(notations, "tuplet", type="start", bracket=bracket)
    if closes:
        _add(notations, "tuplet", type="stop")
    if breath:
        _add(_add(notations, "articulations"), "breath-mark", "comma")


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
