"""Reads MusicXML, packed or not.

One voice is read: the part that sounds, of several the one that `ReadOptions` names, and in it the
voices as long as they never sound together, else the one that is named; or the top line of all.
Chords, unpitched notes and microtones are refused, grace and cue notes passed over with a comment.
Repeats are read once as written unless they are unfolded. Where the key, or its mode, is not given,
a comment says that it is found by analysis. Read back is what `solfa.formats.musicxml.writer`
wrote, except that a rest is cut at bar lines and where a score must cut it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.formats.comments import passed_over
from solfa.formats.limits import MOST_QUARTERS
from solfa.formats.musicxml.document import Document, read_document
from solfa.formats.musicxml.header import metadata
from solfa.formats.musicxml.keys import keys_of
from solfa.formats.musicxml.mxl import is_packed, unpacked
from solfa.formats.musicxml.part_reader import Part, Written
from solfa.formats.musicxml.parts import Voices, chosen_parts
from solfa.formats.musicxml.signs import KeySign
from solfa.formats.musicxml.sounding import Sound, played, sounds, starts
from solfa.formats.musicxml.words import verses
from solfa.formats.read_options import ReadOptions
from solfa.formats.voices import Event, skyline
from solfa.melody import Melody, Note

_TOP = "top with top=True (--top)"


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused; what its bytes are says if it is packed."""
    try:
        return [melody_of(unpacked(data) if is_packed(data) else data, options)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def melody_of(data: bytes, options: ReadOptions) -> Melody:
    """The one melody of a MusicXML score; `SolfaError` says why there is none."""
    document = read_document(data)
    parts = chosen_parts(document, options)
    return _Tune(document, parts, options).melody()


@dataclass
class _Line:
    """One voice: its notes and rests without a gap, and what belongs to each."""

    notes: list[Note]
    sounds: list[Sound | None]  # of each note; None for a rest that is not written


class _Tune:
    """A tune that is being made of the parts that are chosen."""

    def __init__(self, document: Document, parts: list[Part], options: ReadOptions) -> None:
        self.document, self.options = document, options
        # The longest has the bars.
        self.parts = sorted(parts, key=lambda part: -len(part.measures))
        self.passed: Counter[str] = Counter()
        if options.track is None:
            drums = sum(part.unpitched for part in document.parts.values())
            self.passed.update({"parts of unpitched notes": drums} if drums else {})
        self.lengths = list(_lengths(self.parts[0], list(document.parts.values())))
        self.order = played(self.parts[0], options.unfold)
        self.times = starts(self.lengths, self.order)
        if self.times[-1] > MOST_QUARTERS:
            raise ReadError(f"lasts over {MOST_QUARTERS} quarters; cut it")

    def melody(self) -> Melody:
        line = self.top() if self.options.top else self.voice()
        lyrics = [() if s is None or s.pitch is None else s.note.lyrics for s in line.sounds]
        staves = (s.note.staff for s in line.sounds if s and s.pitch is not None)
        keys = keys_of(self.signatures(next(staves, "1")), line.notes)
        comments = [*keys.comments, *(passed_over(what, n) for what, n in self.passed.items())]
        return Melody(
            tuple(line.notes),
            keys.first,
            phrase_ends=tuple(i for i, s in enumerate(line.sounds) if s and s.breath),
            metadata=metadata(self.document, self.parts[0], comments),
            **self.barring()._asdict(),
            lyrics=verses(lyrics),
            key_changes=keys.changes,
        )

    def voice(self) -> _Line:
        """The voice that is asked for, else all that never sound together."""
        part, asked = self.parts[0], self.options.voice
        voices = Voices(part)
        sounding = sounds(part, self.order, self.times)
        if asked is not None:
            name = voices.asked(asked)
            sounding = [sound for sound in sounding if voices.name(sound.note) == name]
        for (voice, what), count in part.passed.items():
            if asked is None or voices.by_staff or voice == name[-1]:
                self.passed[what] += count
        for sound in sounding:
            if sound.note.fault:
                raise ReadError(sound.note.fault, line=sound.note.line)
        rests = [sound for sound in sounding if sound.pitch is None]
        return self.line(_one_by_one(sounding, voices), rests)

    def top(self) -> _Line:
        """The highest notes of all parts, those of chords too."""
        sounding: dict[Event, Sound] = {}
        for part in self.parts:
            for (_, what), count in part.passed.items():
                self.passed[what] += count
            for sound in sounds(part, self.order, self.times):
                if sound.pitch is not None:
                    sounding[Event(sound.onset, sound.end, sound.pitch)] = sound
                elif sound.note.fault:
                    self.passed["notes without a pitch"] += 1
        begun = {(event.onset, event.pitch): sound for event, sound in sounding.items()}
        line = [
            Sound(event.onset, event.end, sound.note, sound.breath)
            for event in skyline(sounding)
            for sound in [begun[event.onset, event.pitch]]
        ]
        return self.line(line, [])

    def line(self, sounding: Sequence[Sound], rests: Sequence[Sound]) -> _Line:
        """The notes with rests between them: those that are written, else up to bar lines."""
        if not sounding and not rests:
            raise ReadError("no notes; give a file with a tune")
        onsets = [sound.onset for sound in sounding]
        line = _Line([], [])
        now = Fraction(0)
        ordered = sorted([*sounding, *rests], key=lambda sound: (sound.onset, sound.pitch is None))
        for sound in ordered:
            end = sound.end
            if sound.pitch is None:
                following = bisect_left(onsets, sound.onset)
                end = min(end, onsets[following]) if following < len(onsets) else end
                if sound.onset < now or end <= sound.onset:
                    continue
            self.rest(line, now, sound.onset)
            line.notes.append(Note(sound.pitch, end - sound.onset))
            line.sounds.append(sound)
            now = end
        self.rest(line, now, self.times[-1])
        return line

    def rest(self, line: _Line, start: Fraction, stop: Fraction) -> None:
        """A rest that is not written, in each of the bars that it lasts."""
        if start >= stop:
            return
        inside = self.times[bisect_right(self.times, start) : bisect_left(self.times, stop)]
        for begin, end in pairwise([start, *inside, stop]):
            line.notes.append(Note(None, end - begin))
            line.sounds.append(None)

    def barring(self) -> Barring:
        """The bars as they are drawn; an uncounted one goes on with a bar that is not full."""
        measures = self.parts[0].measures
        bars: list[DrawnBar] = []
        for place in self.order:
            measure, length = measures[place], self.lengths[place]
            if not length:
                continue
            meter = measure.meter
            if bars and measure.implicit and meter and bars[-1].meter == meter:
                whole = bars[-1].length + length
                if whole <= meter.bar:
                    bars[-1] = bars[-1]._replace(length=whole)
                    continue
            bars.append(DrawnBar(length, meter, measure.line))
        if not any(bar.meter for bar in bars):
            return FREE
        for place in self.order:
            if measures[place].free:
                raise ReadError("free and measured bars; give one metre", line=measures[place].line)
        return barring(bars, pickup=measures[self.order[0]].implicit)

    def signatures(self, staff: str) -> Iterator[tuple[Fraction, KeySign]]:
        """The key signatures of a staff in the order they are played, and when they begin."""
        in_force: list[list[KeySign]] = []  # as each measure begins, at most one
        last: list[KeySign] = []
        measures = [
            [(key.onset, key.sign) for key in measure.keys if key.staff in (None, staff)]
            for measure in self.parts[0].measures
        ]
        for signs in measures:
            in_force.append(last)
            last = [sign for _, sign in signs[-1:]] or last
        for place, start in zip(self.order, self.times, strict=False):
            for sign in in_force[place]:
                yield start, sign
            for at, sign in measures[place]:
                yield start + at, sign


def _lengths(part: Part, parts: Sequence[Part]) -> Iterator[Fraction]:
    """How long each measure lasts: where a part leaves out rests, others go on to the bar's end."""
    for place, measure in enumerate(part.measures):
        others = (other.measures[place] for other in parts if place < len(other.measures))
        longest = max(other.length for other in others)
        full = measure.meter.bar if measure.meter else longest
        yield measure.length if measure.implicit else max(measure.length, min(longest, full))


def _one_by_one(sounding: Sequence[Sound], voices: Voices) -> list[Sound]:
    """The notes in order, doubled ones once; `ReadError` where several sound together."""
    line: list[Sound] = []
    notes = (sound for sound in sounding if sound.pitch is not None)
    for sound in sorted(notes, key=lambda sound: (sound.onset, sound.end)):
        if line and sound.onset < (before := line[-1]).end:
            if (sound.onset, sound.end, sound.pitch) == (before.onset, before.end, before.pitch):
                continue
            raise ReadError(_together(sound.note, before.note, voices), line=sound.note.line)
        line.append(sound)
    return line


def _together(note: Written, other: Written, voices: Voices) -> str:
    """Why two notes that sound together are no melody."""
    if voices.name(note) == voices.name(other):
        what = "a chord" if note.chord or other.chord else "several notes of a voice at once"
        return f"{what}; give one voice, or take its {_TOP}"
    what = "voices at once" if note.staff == other.staff else "staves"
    remedy = f"choose one by voice=N (--voice N), or take the {_TOP}"
    return f"several {what}: voice {voices.listed()}; {remedy}"
