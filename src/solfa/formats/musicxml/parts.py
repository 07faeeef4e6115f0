"""The choice of parts and of one voice in a score."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence

from solfa.errors import ReadError
from solfa.formats.musicxml.document import Document
from solfa.formats.musicxml.part_reader import Part, Written
from solfa.formats.read_options import ReadOptions, counted

_LONGEST_NAME = 24  # characters of a part's name that a refusal shows


def chosen_parts(document: Document, options: ReadOptions) -> list[Part]:
    """The part that is asked for, else the only one that sounds; all where the top is wanted.

    Raises `ReadError` where the choice is open, and names the parts; and the first fault of those
    that are chosen.
    """
    parts = list(document.parts.values())
    if not parts:
        raise ReadError("no part; give a file with a tune")
    sounding = [part for part in parts if part.notes or part.fault]
    if options.track is not None:
        chosen = [_asked(document, options.track)]
    elif options.top or len(sounding) <= 1:
        chosen = sounding or parts[:1]
    else:
        raise ReadError(
            f"several parts: {_listed(document)}; choose one by track=N (--track N),"
            " or take the top with top=True (--top)"
        )
    for part in chosen:
        if part.fault:
            raise part.fault
    if not sounding:
        _refuse_unpitched(parts)
    return chosen


def _asked(document: Document, track: int | str) -> Part:
    parts = list(document.parts.values())
    if isinstance(track, int) and track <= len(parts):
        return parts[track - 1]
    names = _names(document)
    if track in names:
        return parts[names.index(str(track))]
    raise ReadError(f"no part {track!r}; there are {_listed(document)}")


def _names(document: Document) -> list[str]:
    """The names of the parts, as the part list has them."""
    listed: dict[str, ET.Element] = {
        part.get("id", ""): part
        for element in document.header
        for part in element.iter("score-part")
    }
    return [
        (listed[id_].findtext("part-name") or "").strip() if id_ in listed else ""
        for id_ in document.parts
    ]


def _listed(document: Document) -> str:
    return counted(
        [
            (f"{number} {name[:_LONGEST_NAME]!r}", part.notes)
            for number, (name, part) in enumerate(
                zip(_names(document), document.parts.values(), strict=True), 1
            )
        ]
    )


def _refuse_unpitched(parts: Sequence[Part]) -> None:
    """Raises `ReadError` for the first note that has no pitch."""
    for part in parts:
        for measure in part.measures:
            for note in measure.notes:
                if note.fault:
                    raise ReadError(note.fault, line=note.line)


class Voices:
    """The voices of a part: by their numbers, or by staff and number where staves share these."""

    def __init__(self, part: Part) -> None:
        self.by_staff = _staves_share_voices(part)
        names = {self.name(note) for measure in part.measures for note in measure.notes}
        # A voice is asked for by its number as it is written; voices of several staves, and those
        # that have names, by their place.
        ordered = sorted(names, key=lambda name: [(len(text), text) for text in name])
        plain = not self.by_staff and all(name[-1].isdecimal() for name in ordered)
        self.numbers = {
            name: int(name[-1][:9]) if plain else place for place, name in enumerate(ordered, 1)
        }
        self.notes = Counter(
            self.name(note)
            for measure in part.measures
            for note in measure.notes
            if note.pitch is not None
        )

    def name(self, note: Written) -> tuple[str, ...]:
        return (note.staff, note.voice) if self.by_staff else (note.voice,)

    def listed(self) -> str:
        """The voices with their notes, for refusals: ``1 (64 notes), 2 (32)``."""
        return counted([(str(number), self.notes[name]) for name, number in self.numbers.items()])

    def asked(self, number: int) -> tuple[str, ...]:
        """The name of the voice that is asked for; `ReadError` where there is none."""
        for name, its in self.numbers.items():
            if its == number:
                return name
        raise ReadError(f"no voice {number}; there are {self.listed()}")


def _staves_share_voices(part: Part) -> bool:
    """Whether notes of one voice sound at once on several staves."""
    for measure in part.measures:
        last: dict[str, Written] = {}
        for note in sorted(measure.notes, key=lambda note: note.onset):
            before = last.get(note.voice)
            if before and before.staff != note.staff and note.onset < before.end:
                return True
            last[note.voice] = note
    return False
