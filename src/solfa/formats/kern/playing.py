"""The rows of a kern file as they are played: its expansion list, else its repeat signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from solfa.errors import ReadError
from solfa.formats.kern.spines import Row
from solfa.formats.limits import MOST_NOTES, check_played
from solfa.formats.repeats import Mark, unfolded

_LABEL = re.compile(r"\*>([^\[\]\t]+)$")
_EXPANSION = re.compile(r"\*>\[([^\]]*)\]$")

_MOST_ROWS = 4 * MOST_NOTES


def goes_back(token: str) -> bool:
    """Whether a bar line is one at which a repeat goes back, as ``=:|!``."""
    return bool(re.search(r":[|!]", token))


def played(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The stretches of rows in the order in which they are played. Raises `ReadError`."""
    firsts = [row.cells[0].token for row in rows]
    start = next((i for i, token in enumerate(firsts) if token[0] not in "!*"), len(rows))
    repeated = [(0, start), *unfolded(_marks(firsts), start, len(rows))]
    stretches = _listed(firsts) or repeated
    check_played(sum(stop - start for start, stop in stretches), _MOST_ROWS)
    return stretches


def _listed(firsts: Sequence[str]) -> list[tuple[int, int]]:
    """As the first expansion list ``*>[A,A,B]`` has it, whose sections are labelled ``*>A``."""
    orders = [match[1] for token in firsts if (match := _EXPANSION.match(token))]
    if not orders:
        return []
    starts = [place for place, token in enumerate(firsts) if _LABEL.match(token)]
    stops = [*starts[1:], len(firsts)]
    named = {firsts[start][2:]: (start, stop) for start, stop in zip(starts, stops, strict=True)}
    labels = orders[0].split(",")
    check_played(len(labels))
    for label in labels:
        if label not in named:
            raise ReadError(f"no section {label[:20]!r} for the order that *>[...] gives")
    return [(0, starts[0]), *(named[label] for label in labels)]


def _marks(firsts: Sequence[str]) -> Iterator[Mark]:
    """The repeat signs of the bar lines, ``=:|!``, ``=!|:`` and ``=:|!|:``."""
    for place, token in enumerate(firsts):
        if not token.startswith("="):
            continue
        back, on = goes_back(token), bool(re.search(r"[|!]:", token))
        if back:
            yield Mark(place + 1, "]")
        if on:
            yield Mark(place + back, "[")
        if "||" in token and not (back or on):
            yield Mark(place + 1, "|")
