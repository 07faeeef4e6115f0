"""The words of songs in MusicXML, its ``lyric`` elements, as `Melody.lyrics` has them."""

import xml.etree.ElementTree as ET
from fractions import Fraction

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


def plain(root: ET.Element) -> None:
    """Rewrites every lyric as one text, a syllable of `Melody.lyrics`, in verses numbered from 1.

    Names of the notes are dropped. Verses keep their numbers, where they have small ones.
    """
    sung = list(root.iter("lyric"))
    words = [lyric for lyric in sung if lyric.get("name") != SYLLABLES]
    names = sorted({lyric.get("number", "1") for lyric in words}, key=_by_number)
    if all(name.isdecimal() and 1 <= int(name) <= _MOST for name in names):
        names = [str(number) for number in range(1 + (len(words) < len(sung)), _MOST + 1)]
    for note in root.iter("note"):
        for lyric in note.findall("lyric"):
            syllable = _syllable(lyric)
            if lyric.get("name") == SYLLABLES or not syllable:
                note.remove(lyric)
                continue
            number = names.index(lyric.get("number", "1")) + 1
            lyric.clear()
            lyric.set("number", str(number))
            ET.SubElement(lyric, "text").text = syllable


def _by_number(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() else 1 << 30, name)


def _syllable(lyric: ET.Element) -> str:
    texts = [" ".join((text.text or "").split()) for text in lyric.findall("text")]
    syllable = _ELISION.join(filter(None, texts))
    if not syllable:
        return "_" if lyric.find("extend") is not None else ""
    kinds = [kind.text for kind in lyric.findall("syllabic")]
    return syllable + "-" * (kinds[-1:] in (["begin"], ["middle"]))
