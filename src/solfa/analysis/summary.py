"""The summary of a tune: key, metre and length, phrases, form, and how alike its phrases are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from solfa.analysis.cadences import cadence_on
from solfa.analysis.form import name_phrases, segment
from solfa.analysis.keys import find_key
from solfa.analysis.note_overlap import note_overlap
from solfa.analysis.solmization import syllables
from solfa.melody import Key, Melody, Meter, Note, total


@dataclass(frozen=True)
class PhraseFacts:
    """A phrase of the form that was found: its ``name`` there, as ``A'``.

    ``bars`` are the numbers of its first and last, None in free metre; ``ends_on`` is the
    last degree that sounds, as ``"5"``, None if none does; ``cadence`` is one of
    `solfa.analysis.cadences.CADENCES`.
    """

    name: str
    bars: tuple[int, int] | None
    notes: int
    ends_on: str | None
    cadence: str


@dataclass(frozen=True)
class Summary:
    """The facts of a tune, and what was found from its notes.

    ``key`` is the tune's own, ``key_of_notes`` the one found from its notes alone (None if none
    sounds); ``found`` lists what of key, mode, metre and pickup was not given but found. ``bars``
    does not count the pickup, ``notes`` not the rests. ``duration`` is in quarters, ``seconds`` at
    the tune's ``tempo`` (quarters a minute), None if it has none. ``marked`` counts the phrases
    that the tune marks; ``phrases`` are those of the ``form`` (`solfa.analysis.form`), and
    ``alike`` is how alike each pair of them is, 0..1 (`solfa.analysis.note_overlap`).
    """

    title: str
    key: Key
    key_of_notes: Key | None
    found: tuple[str, ...]
    key_changes: int
    meter: Meter | None
    meter_changes: int
    pickup: Fraction
    bars: int
    notes: int
    rests: int
    range: tuple[int, int] | None
    duration: Fraction
    tempo: int | None
    marked: int
    form: str
    phrases: tuple[PhraseFacts, ...]
    alike: tuple[tuple[float, ...], ...]

    @property
    def seconds(self) -> float | None:
        """How long the tune lasts at its tempo."""
        return None if self.tempo is None else float(self.duration * 60 / self.tempo)

    def to_json(self) -> dict[str, Any]:
        """The facts as plain data: keys, metres and quarters in words, a range as its pitches."""
        low, high = self.range or (None, None)
        return {
            "title": self.title,
            "key": str(self.key),
            "key_of_notes": self.key_of_notes and str(self.key_of_notes),
            "found": list(self.found),
            "key_changes": self.key_changes,
            "meter": self.meter and str(self.meter),
            "meter_changes": self.meter_changes,
            "pickup": str(self.pickup),
            "bars": self.bars,
            "notes": self.notes,
            "rests": self.rests,
            "range": {"lowest": low, "highest": high},
            "duration": str(self.duration),
            "seconds": self.seconds,
            "tempo": self.tempo,
            "phrases_marked": self.marked,
            "form": self.form,
            "phrases": [
                {**vars(phrase), "bars": phrase.bars and list(phrase.bars)}
                for phrase in self.phrases
            ],
            "alike": [[round(share, 3) for share in row] for row in self.alike],
        }


def summarise(melody: Melody) -> Summary:
    """The facts of a melody, whatever it is."""
    phrases = segment(melody) if melody.notes else ()
    names = [str(found) for found in name_phrases(phrases)]
    sounding = melody.pitches
    return Summary(
        title=melody.metadata.title,
        key=melody.key,
        key_of_notes=find_key(melody.notes) if sounding else None,
        found=melody.metadata.found,
        key_changes=len(melody.key_changes),
        meter=melody.meter,
        meter_changes=len(melody.meter_changes),
        pickup=melody.pickup,
        bars=len(melody.bar_lines()) - (melody.pickup > 0),
        notes=len(sounding),
        rests=len(melody.notes) - len(sounding),
        range=(min(sounding), max(sounding)) if sounding else None,
        duration=melody.duration,
        tempo=melody.metadata.tempo,
        marked=len(melody.phrases()) if melody.phrase_ends else 0,
        form="".join(names),
        phrases=_phrases(melody, phrases, names),
        alike=tuple(tuple(note_overlap(one, other) for other in phrases) for one in phrases),
    )


def _phrases(
    melody: Melody, phrases: Sequence[Sequence[Note]], names: Sequence[str]
) -> tuple[PhraseFacts, ...]:
    lines = [onset for onset, *_ in melody.bar_lines()]
    first = melody.bar_numbers.start
    lengths = (total([note.duration for note in phrase]) for phrase in phrases)
    spans = pairwise(accumulate(lengths, initial=Fraction(0)))
    found = []
    for called, phrase, (start, end) in zip(names, phrases, spans, strict=True):
        sounding = tuple(note for note in phrase if note.pitch is not None)
        key = melody.key_at(end - _MOMENT)
        degrees = syllables(Melody(sounding, key), "degrees")
        bars = None
        if lines:
            within = bisect_right(lines, start) - 1, bisect_right(lines, end - _MOMENT) - 1
            bars = first + within[0], first + within[1]
        last = sounding[-1].pitch if sounding else None
        found.append(
            PhraseFacts(
                called,
                bars,
                len(sounding),
                degrees[-1] if degrees else None,
                "free" if last is None else cadence_on(last, key),
            )
        )
    return tuple(found)


_MOMENT = Fraction(1, 10**6)  # less than any note lasts
