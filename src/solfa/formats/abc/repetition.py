"""Repeats, endings and the order of parts in ABC: which stretches of the notes are played."""

from __future__ import annotations

from itertools import pairwise

from solfa.errors import ReadError
from solfa.formats.limits import MOST_PLAYED, check_played
from solfa.formats.repeats import Mark, order, passes, unfolded


class Repetition:
    """The signs of repetition that have been read; places count the written notes."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.order = ""  # of the parts, by P: in the header
        self.labels: list[tuple[str, int, int]] = []  # parts: label, notes and marks before it

    def begin_part(self, label: str, at: int) -> None:
        self.labels.append((label, at, len(self.marks)))

    def mark(self, bar: str, ending: str | None, at: int) -> None:
        """Keeps what a bar line says of repeats: ``:|`` and ``|:``, ``::``, ``||``, ``|1``."""
        back, on = len(bar) - len(bar.lstrip(":")), len(bar) - len(bar.rstrip(":"))
        if bar.strip(":") == "":
            back = on = len(bar) // 2  # two colons or more, without a line
        if back:
            self.marks.append(Mark(at, "]", back + 1))
        if on:
            self.marks.append(Mark(at, "["))
        if not (back or on) and len(bar) > 1:
            self.marks.append(Mark(at, "|"))
        if ending:
            self.marks.append(Mark(at, "1", passes=passes(ending.strip('" '))))

    def stretches(self, end: int) -> list[tuple[int, int]]:
        """The stretches of ``0..end`` as they are played. Raises `ReadError`."""
        starts = [*self.labels, ("", end, len(self.marks))]
        stretches = unfolded(self.marks, 0, end)
        if self.labels and self.order:
            named = {
                label: unfolded(self.marks[mark:last], start, stop)
                for (label, start, mark), (_, stop, last) in pairwise(starts)
            }
            first = starts[0]
            stretches = unfolded(self.marks[: first[2]], 0, first[1])
            for label in order(self.order):
                if label not in named:
                    raise ReadError(f"no part {label!r}; P: orders {', '.join(named)}")
                stretches += named[label]
        check_played(sum(stop - start for start, stop in stretches), 16 * MOST_PLAYED)
        return stretches
