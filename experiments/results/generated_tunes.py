"""Metrics of generated tunes, beside real songs, as a section of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from experiments.pages import fill
from solfa.evaluation.set_metrics import Row
from solfa.evaluation.tune_metrics import DISTRIBUTIONS
from solfa.markdown import table


class Column(NamedTuple):
    """A figure of `describe` or `DISTRIBUTIONS`, and how many digits of it are shown."""

    name: str
    digits: int = 0
    percent: bool = True


_TABLES = {
    "form": (
        Column("repeated exactly"),
        Column("repeated transposed"),
        Column("repeated in rhythm"),
        Column("notes on one pitch", 1, percent=False),
        Column("range", 1, percent=False),
        Column("bars", 1, percent=False),
        Column("bars filled"),
    ),
    "key": (
        Column("accidentals", 1),
        Column("phrases in key"),
        Column("phrases in a related key"),
        Column("last phrase as first"),
        Column("ends on tonic"),
        Column("key as asked"),
    ),
    "songs": (
        *(Column(name, 3, percent=False) for name in DISTRIBUTIONS),
        Column("held over bar lines", 1),
    ),
}
"""The columns of each table, by its name in the template."""


def section(rows: Sequence[Row]) -> str:
    """The rows as Markdown: three small tables, the same rows in each."""
    return fill("generated_tunes", **{name: _table(rows, _TABLES[name]) for name in _TABLES})


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    heads = ["tunes", *(f"{name}, %" if percent else name for name, _, percent in columns)]
    return table(
        heads, [[_label(row), *(_cell(row, column) for column in columns)] for row in rows]
    )


def _label(row: Row) -> str:
    return f"{row.count} of `{row.model}`, {row.how}" if row.model else f"{row.count} {row.how}"


def _cell(row: Row, column: Column) -> str:
    figure = row.figures.get(column.name)
    if figure is None:
        return ""
    scale = 100 if column.percent else 1
    shown = (f"{scale * part:.{column.digits}f}" for part in (figure.value, figure.margin))
    return " ± ".join(shown)
