"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def row(cells: Sequence[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, without a line's end after its last row."""
    return "\n".join(map(row, (heads, ["---"] * len(heads), *rows)))
