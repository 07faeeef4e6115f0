"""What sounds in a part, and when: measures in the order they are played, ties joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from solfa.errors import ReadError
from solfa.formats.limits import MOST_NOTES, check_played
from solfa.formats.musicxml.part_reader import Measure, Part, Written
from solfa.formats.repeats import Mark, passes, unfolded

_MOST_SOUNDING = 4 * MOST_NOTES  # measures and notes of all voices, as they are played


@dataclass(slots=True)
class Sound:
    """A note with what is tied to it, or a rest; times in quarters from the start of the tune."""

    onset: Fraction
    end: Fraction
    note: Written  # the first of those that are tied
    breath: bool  # whether a breath mark follows

    @property
    def pitch(self) -> int | None:
        return self.note.pitch


def played(part: Part, unfold: bool) -> list[int]:
    """The places of the measures that are played, in order. Raises `ReadError`."""
    if not unfold:
        return list(range(len(part.measures)))
    marks: list[Mark] = []
    for place, measure in enumerate(part.measures):
        if measure.jump or measure.inside:
            what = f"a jump {measure.jump!r}" if measure.jump else "a repeat within a bar"
            raise ReadError(f"{what}, which is not unfolded; write it out", line=measure.line)
        try:
            marks += _marks(place, measure)
        except ReadError as error:
            raise ReadError.of(error, "", measure.line) from error
    stretches = unfolded(marks, 0, len(part.measures))
    written = list(accumulate((1 + len(m.notes) for m in part.measures), initial=0))
    check_played(sum(written[stop] - written[start] for start, stop in stretches), _MOST_SOUNDING)
    return [place for start, stop in stretches for place in range(start, stop)]


def _marks(place: int, measure: Measure) -> list[Mark]:
    marks = []
    if measure.repeats_from:
        marks.append(Mark(place, "["))
    if measure.ending is not None:
        marks.append(Mark(place, "1", passes=passes(measure.ending.strip())))
    check_played(measure.repeats_back)
    if measure.repeats_back:
        marks.append(Mark(place + 1, "]", measure.repeats_back))
    elif measure.ending_stops:
        marks.append(Mark(place + 1, "|"))
    return marks


def starts(lengths: Sequence[Fraction], order: Sequence[int]) -> list[Fraction]:
    """When each played measure begins, and at last when the tune ends."""
    times = [Fraction(0)]
    for place in order:
        times.append(times[-1] + lengths[place])
    return times


def sounds(part: Part, order: Sequence[int], times: Sequence[Fraction]) -> list[Sound]:
    """The notes and rests of all voices; a tie is joined where its other end is played next.

    A tie at the end of a first ending does not reach what is written next.
    """
    found: list[Sound] = []
    held: dict[int, Sound] = {}  # by pitch, what a tie goes on from
    before = -1
    in_ending = False
    for place, start in zip(order, times, strict=False):
        if place >= len(part.measures):
            continue
        measure = part.measures[place]
        left = before >= 0 and part.measures[before].repeats_back and in_ending
        in_ending = measure.ending is not None or (
            in_ending and not part.measures[before].ending_stops
        )
        follows = place == before + 1
        if follows and left:
            held.clear()
        before = place
        for note in measure.notes:
            sound = Sound(start + note.onset, start + note.end, note, note.breath)
            if note.pitch is not None:
                tied = held.pop(note.pitch, None)
                meant = note.tied_back or follows or note.onset
                if tied and meant and tied.end == sound.onset:
                    tied.end, tied.breath = sound.end, sound.breath
                    sound = tied
                else:
                    found.append(sound)
                if note.tied_on:
                    held[note.pitch] = sound
            else:
                found.append(sound)
    return found
