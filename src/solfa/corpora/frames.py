"""Tunes as tables for pandas: one row a tune, or one row a note."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from solfa.analysis.solmization import syllables
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Note

if TYPE_CHECKING:
    import pandas

LEVELS = ("tunes", "notes")
"""What a row may stand for."""


def tune_table(tunes: Sequence[Melody], parts: Sequence[str]) -> pandas.DataFrame:
    """One row a tune, in their order; ``parts`` are the parts of a split that they are in.

    ``bars`` does not count the pickup, ``notes`` not the rests; ``pickup`` and ``duration`` are in
    quarters, ``lowest`` and ``highest`` MIDI numbers, ``range`` semitones; ``phrases`` are those
    marked. What is unknown is NA: bars in free metre, phrases where none is marked, the range of
    silence, a tempo (quarters a minute) that the source does not give.
    """
    rows = []
    for tune, part in zip(tunes, parts, strict=True):
        known, sounding = tune.metadata, tune.pitches
        low, high = (min(sounding), max(sounding)) if sounding else (None, None)
        rows.append(
            {
                "id": known.id,
                "title": known.title,
                "style": known.style,
                "region": known.region,
                "genre": known.genre,
                "part": part,
                "tonic": tune.key.tonic,
                "mode": tune.key.mode,
                "key_changes": len(tune.key_changes),
                "meter": str(tune.meter) if tune.meter else None,
                "meter_changes": len(tune.meter_changes),
                "pickup": float(tune.pickup),
                "bars": len(tune.bar_lines()) - (tune.pickup > 0) if tune.meter else None,
                "notes": len(sounding),
                "rests": len(tune.notes) - len(sounding),
                "duration": float(tune.duration),
                "lowest": low,
                "highest": high,
                "range": None if low is None or high is None else high - low,
                "phrases": len(tune.phrases()) if tune.phrase_ends else None,
                "tempo": known.tempo,
            }
        )
    return _table(rows, _TUNE)


def note_table(tunes: Sequence[Melody]) -> pandas.DataFrame:
    """One row a note or rest, in order.

    ``tune`` is the row of its tune in `tune_table`, ``note`` counts from 0 within the tune;
    ``onset`` and ``duration`` are in quarters, pitches MIDI numbers with their written ``name`` and
    ``degree`` (of the mode, ``"#4"`` raised), NA for rests. ``bar`` is numbered as in the score (a
    pickup is 0), ``beat`` is where in it the note begins, in felt beats from 1; both NA in free
    metre. ``phrase`` counts from 1, NA where none is marked; ``phrase_end`` is true if one ends
    with the note. ``lyric`` is the first verse's. A duration is exact again as
    ``Fraction(value).limit_denominator(1000)``, if its denominator is no larger.
    """
    columns: dict[str, list[Any]] = {name: [] for name in _NOTE}
    for row, tune in enumerate(tunes):
        keys = tune.note_keys()
        lines, first = tune.bar_lines(), tune.bar_numbers.start
        starts = [onset for onset, *_ in lines]
        verse = tune.lyrics[0] if tune.lyrics else [None] * len(tune.notes)
        ends = set(tune.phrase_ends)
        phrase = 1
        for index, (note, onset) in enumerate(zip(tune.notes, tune.onsets(), strict=True)):
            bar = beat = None
            if lines:
                place = bisect_right(starts, onset) - 1
                start, length, meter = lines[place]
                bar = first + place
                beat = 1 + float((onset - start + meter.bar - length) / meter.beat)
            name, degree = (None, None) if note.pitch is None else _names(keys[index], note.pitch)
            values = (
                *(row, tune.metadata.id, index, float(onset), float(note.duration)),
                *(note.pitch, name, degree, bar, beat),
                *(phrase if ends else None, index in ends, verse[index] or None),
            )
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
            phrase += index in ends
    return _table(columns, _NOTE)


_TUNE = {
    **dict.fromkeys(("id", "title", "style", "region", "genre"), "string"),
    **dict.fromkeys(("part", "tonic", "mode", "meter"), "category"),
    **dict.fromkeys(("key_changes", "meter_changes"), "int32"),
    "pickup": "float64",
    "bars": "Int32",
    "notes": "int32",
    "rests": "int32",
    "duration": "float64",
    **dict.fromkeys(("lowest", "highest", "range", "phrases", "tempo"), "Int32"),
}
_NOTE = {
    "tune": "int32",
    "id": "string",
    "note": "int32",
    "onset": "float64",
    "duration": "float64",
    "pitch": "Int16",
    "name": "category",
    "degree": "category",
    "bar": "Int32",
    "beat": "Float64",
    "phrase": "Int32",
    "phrase_end": "bool",
    "lyric": "string",
}
"""The columns and their types; those in capitals know NA."""


def _table(data: Any, types: dict[str, str]) -> pandas.DataFrame:
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise SolfaError(
            f"tables need {error.name}, which is missing; run: pip install 'solfa[notebook]'"
        ) from error
    return pandas.DataFrame(data, columns=list(types)).astype(types)


@cache
def _names(key: Key, pitch: int) -> tuple[str, str | None]:
    """The written name and the degree of a MIDI pitch."""
    (degree,) = syllables(Melody((Note(pitch, Fraction(1)),), key), "degrees")
    return str(key.spell(pitch)), degree
