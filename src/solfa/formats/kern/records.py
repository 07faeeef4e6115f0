"""Reference records and comments: what a kern file says of its tune beside the music."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from solfa.melody import Metadata

_FIELDS = {
    "OTL": "title",
    "COM": "composer",
    "SCT": "id",
    "ARE": "region",
    "AGN": "genre",
    "ONB": "source",
    "AST": "style",
}
RESTS_GO_ON = "!!!RDF**kern: N = rest continues the rest before it"
"""Kern has no ties between rests; a rest over a bar line says so by a signifier of our own."""

_RECORD = re.compile(r"!!!([A-Z]{3})(@{0,2})[^:@\s]*:(.*)")
_WRITTEN = re.compile(r"([A-Z]{3})(\d*(?:@\S*)?):\s")
_SEGMENT = re.compile(r"!!!!SEGMENT\b:?(.*)")
_FIRST = re.compile(r"!!!(OTL|COM|SCT|OPR|OPS)")


def begins_file(line: str) -> bool:
    """Whether a line says that another file begins, of several in one."""
    return bool(_SEGMENT.match(line))


def begins_head(line: str) -> bool:
    """Whether a record is one that stands before the music."""
    return bool(_FIRST.match(line))


def read_metadata(
    lines: Iterable[str], source: str, found: Iterable[str], tempo: int | None
) -> Metadata:
    """The metadata of records and comments; a title in the original language (``@@``) is before
    a translation (``@``), and what is not a field's is a comment. ``found`` are comments too.
    """
    name = source
    texts: list[str] = []
    records: dict[str, tuple[int, int, str]] = {}  # field: translation, place, text
    for line in lines:
        if segment := _SEGMENT.match(line):
            name = segment[1].strip() or source
        elif line != RESTS_GO_ON and (text := line.lstrip("!").strip()):
            record = _RECORD.match(line)
            field = _FIELDS.get(record[1]) if record else None
            if record and field and (value := record[3].strip()):
                translated = (0, 2, 1)[len(record[2])]
                this = (translated, len(texts), value)
                records[field] = min(records.get(field, this), this)
            texts.append(text)
    taken = {place for _, place, _ in records.values()}
    comments = (text for place, text in enumerate(texts) if place not in taken)
    facts = {"id": PurePath(name).stem, **{field: text for field, (*_, text) in records.items()}}
    return Metadata(**facts, comments=(*comments, *found), tempo=tempo)


def written_records(metadata: Metadata) -> Iterator[str]:
    """The records and comments that `read_metadata` reads."""
    for name, field in _FIELDS.items():
        if text := _one_line(getattr(metadata, field)):
            yield f"!!!{name}: {text}"
    for text in filter(None, map(_one_line, metadata.comments)):
        yield f"!!!{text}" if _is_record(text, metadata) else f"!! {text}"


def _is_record(comment: str, metadata: Metadata) -> bool:
    """Whether a comment was a record and can be one again, without being taken for a field."""
    record = _WRITTEN.match(comment)
    if not record or record[1] not in _FIELDS:
        return bool(record)
    return "@" in record[2] and bool(getattr(metadata, _FIELDS[record[1]]))


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text).strip()
