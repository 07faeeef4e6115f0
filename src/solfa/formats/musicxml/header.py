"""What a score says of its tune beside the music."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from solfa.formats.musicxml import FIELDS
from solfa.formats.musicxml.document import Document
from solfa.formats.musicxml.part_reader import Part
from solfa.melody import Metadata


def metadata(document: Document, part: Part, comments: Sequence[str]) -> Metadata:
    """Title, composer, tempo and our own fields; ``comments`` of the reader come last."""
    root = ET.Element("header")
    root.extend(document.header)
    fields = [
        (field.get("name", ""), field.text or "") for field in root.iter("miscellaneous-field")
    ]
    written = [text for name, text in fields if name == "comment"]
    composers = (c.text or "" for c in root.iter("creator") if c.get("type") == "composer")
    tempi = (each.tempo for each in (part, *document.parts.values()) if each.tempo)
    return Metadata(
        title=next(filter(None, _titles(root)), ""),
        composer=next(filter(None, map(_one_line, composers)), ""),
        comments=(*written, *(text for text in comments if text not in written)),
        tempo=next(tempi, None),
        **{name: text for name, text in fields if name in FIELDS},
    )


def _titles(root: ET.Element) -> Iterator[str]:
    yield _one_line(root.findtext("work/work-title", ""))
    yield _one_line(root.findtext("movement-title", ""))
    for credit in root.iter("credit"):
        if "title" in [(kind.text or "").strip() for kind in credit.findall("credit-type")]:
            yield _one_line(credit.findtext("credit-words", ""))


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()).strip()
