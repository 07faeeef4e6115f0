"""The figures as a section of the page of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solfa.evaluation.figures.sets import Row
from solfa.evaluation.figures.tune import DISTRIBUTIONS
from solfa.evaluation.markdown import line


class Column(NamedTuple):
    """A figure of `describe` or `DISTRIBUTIONS`, and how many digits of it are shown."""

    name: str
    digits: int = 0
    percent: bool = True


_TABLES = {
    "Form: bars that repeat an earlier one exactly, transposed, or in rhythm only; the longest run"
    " of notes on one pitch; range in semitones; length in bars; tunes whose last bar is full.": (
        Column("repeated exactly"),
        Column("repeated transposed"),
        Column("repeated in rhythm"),
        Column("notes on one pitch", 1, percent=False),
        Column("range", 1, percent=False),
        Column("bars", 1, percent=False),
        Column("bars filled"),
    ),
    "Key, as the notes tell it: notes outside its scale; phrases (every four bars) that by"
    " themselves are in it, or in it or a closely related key; tunes whose last phrase is in the"
    " key of the first or a related one; that end on its tonic (composed tunes all end on the tonic"
    " that was asked for); whose key is the one asked for.": (
        Column("accidentals", 1),
        Column("phrases in key"),
        Column("phrases in a related key"),
        Column("last phrase as first"),
        Column("ends on tonic"),
        Column("key as asked"),
    ),
    "Against the test songs: implied harmony (degrees on strong beats, and from the first beat of a"
    " bar to that of the next) and rhythm, as Jensen-Shannon divergences in bits (0 the same, 1"
    " nothing in common); notes held over a bar line.": (
        *(Column(name, 3, percent=False) for name in DISTRIBUTIONS),
        Column("held over bar lines", 1),
    ),
}
"""The columns under each caption."""


def section(rows: Sequence[Row]) -> str:
    """The rows as Markdown: three small tables, the same rows in each."""
    parts = [_INTRODUCTION]
    for caption, columns in _TABLES.items():
        heads = ["tunes", *(f"{name}, %" if percent else name for name, _, percent in columns)]
        parts += [caption, "", line(heads), line(["---"] * len(heads))]
        parts += [line([_label(row), *(_cell(row, column) for column in columns)]) for row in rows]
        parts.append("")
    return "\n".join(parts)


_INTRODUCTION = """\
## Generated tunes

Tunes of each model, unfiltered, in the keys, metres and lengths of test songs: *as they come*, no
rule kept, and *composed*, with the rules that `solfa compose` keeps. Beside them the test songs,
and as many training songs as tunes were drawn: no model is asked to come nearer to the test songs
than these do, and one that is no nearer than the n-gram has learned no more. What is nearer to real
songs is better; more repetition or fewer accidentals are not, by themselves. ± holds 95 % over
tunes. None of this says whether people will like a tune.
"""


def _label(row: Row) -> str:
    return f"{row.count} of `{row.model}`, {row.how}" if row.model else f"{row.count} {row.how}"


def _cell(row: Row, column: Column) -> str:
    figure = row.figures.get(column.name)
    if figure is None:
        return ""
    scale = 100 if column.percent else 1
    shown = (f"{scale * part:.{column.digits}f}" for part in (figure.value, figure.margin))
    return " ± ".join(shown)
