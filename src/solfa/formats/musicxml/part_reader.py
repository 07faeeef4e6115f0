"""One part of a score as it is written: its measures, with their notes at sounding pitch."""

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from solfa.errors import ReadError, SolfaError
from solfa.formats.limits import MOST_QUARTERS
from solfa.formats.musicxml.numbers import decimal, whole
from solfa.formats.musicxml.signs import (
    KeySign,
    Transposition,
    key_sign,
    metre,
    tempi,
    transposition,
    written_length,
)
from solfa.formats.musicxml.words import Lyric, lyrics_of
from solfa.formats.repeats import JUMP
from solfa.melody import Meter, Spelling

UNPITCHED = "an unpitched note; give it a pitch"
_STEPS = frozenset("CDEFGAB")


class Written(NamedTuple):
    """A note or a rest as it is written; times in quarters from the start of its measure."""

    onset: Fraction
    duration: Fraction
    pitch: int | None  # as it sounds; None for a rest, and where there is a fault
    voice: str
    staff: str
    line: int
    fault: str = ""  # why it is no note of a melody
    chord: bool = False  # whether it begins with the note before it
    tied_back: bool = False
    tied_on: bool = False
    lyrics: tuple[Lyric, ...] = ()
    breath: bool = False  # whether a breath mark follows

    @property
    def end(self) -> Fraction:
        return self.onset + self.duration


class StaffKey(NamedTuple):
    """A key signature as it sounds, from ``onset`` in its measure on; on all staves, or on one."""

    onset: Fraction
    staff: str | None
    sign: KeySign


@dataclass(slots=True)
class Measure:
    """What stands between two bar lines, and the signs of repetition at them."""

    line: int
    first: bool  # of the part
    implicit: bool  # whether it is not counted: a pickup, or the rest of a bar
    meter: Meter | None  # in force
    free: bool = False  # whether free metre is given
    notes: list[Written] = field(default_factory=list)
    keys: list[StaffKey] = field(default_factory=list)
    length: Fraction = Fraction(0)
    repeats_from: bool = False
    repeats_back: int = 0  # how often it is played in all, 0 where no repeat ends
    ending: str | None = None  # the passes that an ending which begins here names
    ending_stops: bool = False
    jump: str = ""
    inside: bool = False  # whether a repeat sign stands within the measure


@dataclass
class Part:
    """The measures of a part, and what is said in it once."""

    measures: list[Measure] = field(default_factory=list)
    tempo: int | None = None  # quarters a minute
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)  # by voice and kind
    fault: ReadError | None = None  # the first that keeps the part from being read

    @property
    def notes(self) -> int:
        """How many notes sound, ties not joined."""
        return sum(note.pitch is not None for m in self.measures for note in m.notes)

    @property
    def unpitched(self) -> bool:
        """Whether there are notes, but none with a pitch, as in a part of drums."""
        return not self.notes and any(note.fault for m in self.measures for note in m.notes)


class PartReader:
    """Takes the elements of a part's measures in order.

    What cannot be read is a fault of the part, which matters only if the part is chosen.
    """

    READS = frozenset({"note", "attributes", "backup", "forward", "direction", "sound", "barline"})

    def __init__(self) -> None:
        self.part = Part()
        self.divisions = Fraction(1)  # of a quarter
        self.meter: Meter | None = None
        self.free = False  # whether free metre is given
        self.repeating = False  # whether a sign for a repeated measure stands in for its notes
        self.keys: dict[str | None, KeySign] = {}  # as they are written, by staff
        self.transpositions: dict[str | None, Transposition] = {}  # by staff
        self.now = self.onset = self.start = Fraction(0)

    @property
    def measure(self) -> Measure:
        return self.part.measures[-1]

    def begin(self, attributes: dict[str, str], line: int) -> None:
        """Begins a measure."""
        first = not self.part.measures
        zero = first and attributes.get("number", "").strip() == "0"
        implicit = attributes.get("implicit") == "yes" or zero
        self.part.measures.append(Measure(line, first, implicit, self.meter))
        self.now = self.onset = Fraction(0)

    def end(self) -> None:
        """Ends the measure; one without a note lasts a bar."""
        measure = self.measure
        measure.meter, measure.free = self.meter, self.free
        measure.keys.sort(key=lambda key: key.onset)
        if self.repeating and not measure.notes:
            self.refuse(ReadError("a sign for a repeated measure; write it out"), measure.line)
        if not measure.length and self.meter and not measure.implicit:
            measure.length = self.meter.bar
        self.start += measure.length
        if self.start > MOST_QUARTERS:
            self.refuse(ReadError(f"lasts over {MOST_QUARTERS} quarters; cut it"), measure.line)

    def take(self, element: ET.Element, line: int) -> None:
        """Reads one child of the measure."""
        if self.part.fault:
            return
        try:
            if element.tag == "note":
                self.take_note(element, line)
            elif element.tag == "attributes":
                self.take_attributes(element)
            elif element.tag == "barline":
                self.take_barline(element)
            elif element.tag in ("direction", "sound"):
                self.take_direction(element)
            else:
                length = self.length(element.findtext("duration"))
                self.advance(-length if element.tag == "backup" else length)
        except SolfaError as error:
            self.refuse(error, line)

    def refuse(self, error: SolfaError, line: int) -> None:
        self.part.fault = self.part.fault or ReadError.of(error, "", line)

    def length(self, text: str | None) -> Fraction:
        """A duration in quarters."""
        length = decimal(text, "duration") / self.divisions
        if not 0 <= length <= MOST_QUARTERS:
            raise ReadError(f"a duration outside 0..{MOST_QUARTERS} quarters; export it again")
        return length

    def advance(self, length: Fraction) -> None:
        self.onset = self.now
        self.now = max(self.now + length, Fraction(0))
        self.measure.length = max(self.measure.length, self.now)

    def take_note(self, note: ET.Element, line: int) -> None:
        found = {child.tag: child for child in note}
        voice = _text(found.get("voice")) or "1"
        if "grace" in found:
            self.part.passed[voice, "grace notes"] += 1
            return
        length = self.note_length(note, found)
        if "chord" not in found:
            self.advance(length)
        if "cue" in found:
            self.part.passed[voice, "cue notes"] += 1
            return
        if not length:
            self.part.passed[voice, "notes without length"] += 1
            return
        staff = _text(found.get("staff")) or "1"
        pitch, fault = self.pitch(found, staff)
        ties = {tie.get("type") for tie in note.findall("tie")}
        breath = False
        if "notations" in found:
            ties |= {tie.get("type") for tie in note.iter("tied")}
            breath = next(note.iter("breath-mark"), None) is not None
        lyrics = lyrics_of(note) if "lyric" in found else ()
        if "chord" in found and self.measure.notes:  # what is said of the first is said of all
            first = self.measure.notes[-1]
            lyrics, breath = lyrics or first.lyrics, breath or first.breath
        self.measure.notes.append(
            Written(
                self.onset,
                length,
                pitch,
                voice,
                staff,
                line,
                fault,
                "chord" in found,
                not ties.isdisjoint(("stop", "continue")),
                not ties.isdisjoint(("start", "continue")),
                lyrics,
                breath,
            )
        )

    def note_length(self, note: ET.Element, found: dict[str, ET.Element]) -> Fraction:
        """By its duration, else by its type; a rest without either lasts a bar."""
        if "duration" in found:
            return self.length(found["duration"].text)
        length = written_length(note)
        if length is None and "rest" in found and self.meter:
            length = self.meter.bar
        if length is None:
            raise ReadError("a note without a duration; export it again")
        return length

    def pitch(self, found: dict[str, ET.Element], staff: str) -> tuple[int | None, str]:
        """The MIDI number of what sounds, None for a rest; else why it is no note."""
        if "rest" in found:
            return None, ""
        if "pitch" not in found:
            return None, UNPITCHED
        pitch = found["pitch"]
        step = (pitch.findtext("step") or "").strip().upper()
        alter = decimal(pitch.findtext("alter") or "0", "alteration")
        octave = whole(pitch.findtext("octave"), "octave")
        if step not in _STEPS:
            return None, "a step that is none of A to G; export it again"
        if alter.denominator != 1:
            return None, "a microtone; write the nearest semitone"
        sounding = Spelling(step, int(alter), octave).pitch + self.transposition(staff).semitones
        if not 0 <= sounding <= 127:
            return None, f"a pitch {sounding} outside MIDI's 0..127; transpose the tune"
        return sounding, ""

    def transposition(self, staff: str) -> Transposition:
        common = self.transpositions.get(None, Transposition())
        return self.transpositions.get(staff, common)

    def take_attributes(self, attributes: ET.Element) -> None:
        divisions = attributes.findtext("divisions")
        if divisions is not None:
            self.divisions = decimal(divisions, "number of divisions")
            if self.divisions <= 0:
                raise ReadError(f"{self.divisions} divisions are not above 0; export it again")
        time = attributes.find("time")
        if time is not None:
            self.meter = metre(time)
            self.free = self.meter is None
        for repeat in attributes.iter("measure-repeat"):
            self.repeating = repeat.get("type") == "start"
        for sign in attributes.findall("transpose"):
            self.transpositions[sign.get("number")] = transposition(sign)
        for written in attributes.findall("key"):
            self.keys[written.get("number")] = key_sign(written)
        if attributes.find("key") is not None or attributes.find("transpose") is not None:
            for staff, key in self.keys.items():
                sounding = self.transposition(staff or "1").key(key)
                self.measure.keys.append(StaffKey(self.now, staff, sounding))

    def take_barline(self, barline: ET.Element) -> None:
        measure = self.measure
        ending = barline.find("ending")
        if ending is not None and ending.get("type") == "start":
            measure.ending = ending.get("number", "")
        elif ending is not None:
            measure.ending_stops = True
        repeat = barline.find("repeat")
        if repeat is None:
            return
        measure.inside |= barline.get("location") == "middle"
        if repeat.get("direction") == "forward":
            measure.repeats_from = True
        else:
            measure.repeats_back = min(max(whole(repeat.get("times", "2"), "repeat"), 2), 100_000)

    def take_direction(self, direction: ET.Element) -> None:
        if self.part.tempo is None:
            self.part.tempo = next(tempi(direction), None)
        for sound in direction.iter("sound"):
            for kind in ("dacapo", "dalsegno", "tocoda", "fine"):
                if sound.get(kind):
                    self.measure.jump = self.measure.jump or kind
        for words in direction.iter("words"):
            if match := JUMP.search((words.text or "")[:200]):
                self.measure.jump = match[0]


def _text(element: ET.Element | None) -> str:
    return "" if element is None else (element.text or "").strip()
