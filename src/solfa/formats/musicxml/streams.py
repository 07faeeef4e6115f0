"""Melodies to music21's streams and back, by way of MusicXML."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from solfa.errors import ReadError, SolfaError
from solfa.formats.musicxml.reader import melody_of
from solfa.formats.musicxml.writer import score
from solfa.formats.read_options import ReadOptions
from solfa.melody import Melody


def _require_music21() -> None:
    if find_spec("music21") is None:
        raise SolfaError("music21 is missing; run: pip install 'solfa[corpora]'")


def to_music21(melody: Melody) -> Any:
    """The melody as a music21 score; errors as for `write`."""
    _require_music21()
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    tree = score(melody)
    for held in tree.iterfind(".//lyric/extend"):  # music21 keeps the text of lyrics only
        held.tag, held.text = "text", "_"
    return MusicXMLImporter().xmlRootToScore(tree)


def from_music21(stream: Any, **choices: Any) -> Melody:
    """The one melody of a music21 stream, as music21 writes it in MusicXML.

    ``choices`` are those of `ReadOptions`. Raises `ReadError` for what is no stream or no melody.
    """
    _require_music21()
    import warnings

    from music21 import defaults
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            empty = not stream.recurse().notesAndRests
            exporter = GeneralObjectExporter(stream)
            whole = "Score" in stream.classes and stream.isWellFormedNotation()
            exporter.makeNotation = not whole  # a score's bars are left as they are
            data = b"" if empty else exporter.parse()
    except Exception as error:  # music21 raises whatever a strange stream leads it to
        raise ReadError(f"{type(stream).__name__} is no music21 stream of notes") from error
    if not data:
        raise ReadError("a stream without notes; give one with a tune")
    try:
        melody = melody_of(data, ReadOptions.of(**choices))
    except SolfaError as error:
        raise ReadError(error.reason if isinstance(error, ReadError) else str(error)) from error
    known = melody.metadata  # music21 writes its own names where the stream has none
    return melody.replace(
        metadata=replace(
            known,
            title="" if known.title == defaults.title else known.title,
            composer="" if known.composer == defaults.author else known.composer,
        )
    )
