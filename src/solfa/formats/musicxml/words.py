"""The words of songs in MusicXML, its ``lyric`` elements, as `Melody.lyrics` has them."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from solfa.melody import Melody

SYLLABLES = "solfa"
"""The name of lyrics that are no words but the notes' own names."""

_MOST = 32  # the highest number of a verse that is taken as it is written
_ELISION = "\u203f"  # the undertie between two syllables on one note


def lyrics(melody: Melody, first: int = 1) -> dict[Fraction, list[ET.Element]]:
    """The elements of each note, by its onset; verses are numbered from ``first``."""
    found: dict[Fraction, list[ET.Element]] = {}
    for number, verse in enumerate(melody.lyrics, first):
        within = False
        for onset, syllable in zip(melody.onsets(), verse, strict=True):
            if not syllable:
                continue
            lyric = ET.Element("lyric", number=str(number))
            found.setdefault(onset, []).append(lyric)
            if syllable == "_":
                ET.SubElement(lyric, "extend")
                continue
            on = syllable.endswith("-")
            kind = ("middle" if on else "end") if within else ("begin" if on else "single")
            ET.SubElement(lyric, "syllabic").text = kind
            text = syllable.removesuffix("-")
            ET.SubElement(lyric, "text").text = "".join(c for c in text if c >= " ")
            within = on
    return found


class Lyric(NamedTuple):
    """What is sung to a note in one verse; ``verse`` is its number as it is written."""

    verse: str
    syllable: str  # as `Melody.lyrics` has it
    names_note: bool  # whether it is no word but the note's own name


def lyrics_of(note: ET.Element) -> tuple[Lyric, ...]:
    """The lyrics of a ``note`` element that say something."""
    found = (
        Lyric(lyric.get("number", "1"), _syllable(lyric), lyric.get("name") == SYLLABLES)
        for lyric in note.findall("lyric")
    )
    return tuple(lyric for lyric in found if lyric.syllable)


def verses(notes: Sequence[tuple[Lyric, ...]]) -> tuple[tuple[str, ...], ...]:
    """The verses that are sung to some notes, each one syllable a note.

    Names of the notes are dropped, and where they took the first number the words follow from the
    second. Verses keep their numbers otherwise, where they have small ones.
    """
    words = [[lyric for lyric in sung if not lyric.names_note] for sung in notes]
    names = sorted({lyric.verse for sung in words for lyric in sung}, key=_by_number)
    if all(len(name) < 5 and name.isdecimal() and 1 <= int(name) <= _MOST for name in names):
        named = any(lyric.names_note for sung in notes for lyric in sung)
        first = 2 if named and "1" not in names else 1
        names = [str(number) for number in range(first, int(names[-1]) + 1)] if names else []
    return tuple(
        tuple(next((lyric.syllable for lyric in sung if lyric.verse == name), "") for sung in words)
        for name in names[:_MOST]
    )


def _by_number(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() and len(name) < 5 else 1 << 30, name)


def _syllable(lyric: ET.Element) -> str:
    texts = [" ".join((text.text or "").split()) for text in lyric.findall("text")]
    syllable = _ELISION.join(filter(None, texts))
    if not syllable:
        return "_" if lyric.find("extend") is not None else ""
    kinds = [kind.text for kind in lyric.findall("syllabic")]
    return syllable + "-" * (kinds[-1:] in (["begin"], ["middle"]))
