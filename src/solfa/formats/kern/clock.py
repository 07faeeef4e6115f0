"""When the rows of a kern file are: their times follow from the notes before them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from solfa.errors import ReadError

Place: TypeAlias = tuple[int, int]
"""A spine, and which of its voices where it is split."""


class Clock:
    """The time of the row that is being read, in quarters from the start."""

    def __init__(self, parts: int) -> None:
        self.now = Fraction(0)
        self._parts = parts
        self._ends: dict[Place, Fraction] = {}  # of the last note in each column

    def begin_row(self, cells: Mapping[Place, str], sounding: Iterable[Place] = ()) -> None:
        """Goes on to where the notes end that others, ``sounding``, follow, else the first ends.

        Raises `ReadError` where parts do not end together.
        """
        ends = [self._ends[place] for place in sounding if place in self._ends]
        if not ends:
            going_on = (self._ends[place] for place in cells if place in self._ends)
            ends = [min(going_on, default=self.now)]
        self.now = max(ends)
        alone = len(cells) == 1 and self._ends.keys() == cells.keys()
        if not alone:
            if len(cells) == self._parts and any(end != self.now for end in ends):
                raise ReadError("spines that do not keep time with each other")
            self._ends = {place: max(self._ends.get(place, self.now), self.now) for place in cells}

    def sound(self, place: Place, end: Fraction) -> None:
        """Takes the ``end`` of a note that begins in this row."""
        self._ends[place] = end
