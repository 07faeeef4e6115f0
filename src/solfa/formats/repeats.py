"""Repeats and endings written out: which stretches of a text are played, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from solfa.errors import ReadError, shown
from solfa.formats.limits import MOST_PLAYED, check_played

JUMP = re.compile(r"\bd\.? ?[cs]\.|da ?capo|dal ?segno|da ?coda|\bfine\b", re.IGNORECASE)
"""Words that send the player elsewhere than a repeat sign does."""


class Mark(NamedTuple):
    """A sign at place ``at`` of the text.

    ``[`` opens a repeat, ``]`` closes it, played ``times`` in all; ``|`` is a double bar; ``1``
    begins an ending for some ``passes``.
    """

    at: int
    sign: Literal["[", "]", "|", "1"]
    times: int = 2
    passes: frozenset[int] = frozenset()


def unfolded(marks: Iterable[Mark], start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of ``start..end`` as they are played; ``marks`` stand in order.

    A repeat that was not opened goes back to the last double bar or repeat, else to the start
    (ABC 2.1, section 4.8). An ending lasts until the next one, a double bar or a repeat. An only
    ending is for the passes before the last, which goes on behind it. Raises `ReadError` for what
    cannot be unfolded.
    """
    section = _Section(start)
    for mark in marks:
        section.take(mark)
    section.finish(end)
    return _merged(section.played)


class _Section:
    """What is being repeated: a body from ``start``, then endings."""

    def __init__(self, start: int) -> None:
        self.played: list[tuple[int, int]] = []
        self.begin(start)

    def begin(self, at: int, *, opened: bool = False) -> None:
        self.start = at
        self.opened = opened
        self.endings: list[tuple[frozenset[int], int, int]] = []
        self.open: tuple[frozenset[int], int] | None = None  # the ending that goes on
        self.repeats = False  # whether the last ending goes back

    def take(self, mark: Mark) -> None:
        if self.endings and not self.open and mark.at > self.endings[-1][2]:
            self.play_endings()
        if mark.sign == "1":
            self.close(mark.at)
            self.open = mark.passes, mark.at
        elif mark.sign == "]" and self.open:
            self.close(mark.at)
            self.repeats = True
        elif mark.sign == "]":
            self.play([(self.start, mark.at)] * mark.times)
            self.begin(mark.at)
        elif self.open or self.endings:
            self.close(mark.at)
            self.play_endings()
            self.opened = mark.sign == "["
        elif mark.sign == "[" or not self.opened:
            self.play([(self.start, mark.at)])
            self.begin(mark.at, opened=mark.sign == "[")

    def close(self, at: int) -> None:
        if self.open:
            self.endings.append((*self.open, at))
            self.open, self.repeats = None, False

    def play_endings(self) -> None:
        """Plays the body with each of its endings, and goes on behind the last."""
        last = max(max(passes) for passes, _, _ in self.endings)
        body = self.start, self.endings[0][1]
        for number in range(1, last + 1 + (self.repeats and len(self.endings) == 1)):
            self.play([body, *((a, b) for passes, a, b in self.endings if number in passes)])
        self.begin(self.endings[-1][2])

    def play(self, stretches: list[tuple[int, int]]) -> None:
        self.played += stretches
        check_played(len(self.played))

    def finish(self, end: int) -> None:
        self.close(end)
        if self.endings:
            self.play_endings()
        self.play([(self.start, end)])


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches without empty ones, those that follow each other as one."""
    merged: list[tuple[int, int]] = []
    for start, stop in stretches:
        if merged and merged[-1][1] == start:
            merged[-1] = merged[-1][0], stop
        elif start < stop:
            merged.append((start, stop))
    return merged


def passes(text: str) -> frozenset[int]:
    """The passes that an ending names: ``1``, ``1,3``, ``1-3``. Raises `ReadError`."""
    found: set[int] = set()
    for part in re.split(r"[,.]", text.rstrip(",.")):
        match = re.fullmatch(r"\s*([1-9]\d?)\s*(?:-\s*([1-9]\d?))?\s*", part)
        if not match:
            raise ReadError(f"an ending {shown(text)} without a number")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    if not found:
        raise ReadError(f"an ending {shown(text)} without a number")
    return frozenset(found)


def order(text: str) -> str:
    """The labels of parts as they are played: ``AABB`` for ``A2B2``, ``(AB)2C`` for ``ABABC``.

    Raises `ReadError` for what is no order.
    """
    stack = [""]
    last = ""  # what a number multiplies
    for token in re.findall(r"\d+|\S", text.replace(".", " ")):
        if token.isdecimal():
            stack[-1] += last * (min(int(token), MOST_PLAYED) - 1)
            last = ""
        elif token == "(":
            stack.append("")
        elif token == ")" and len(stack) > 1:
            last = stack.pop()
            stack[-1] += last
        elif token.isalpha():
            last = token
            stack[-1] += token
        else:
            raise ReadError(f"an order of parts {shown(text)} that cannot be read")
        check_played(len(stack[-1]))
    if len(stack) > 1 or not stack[0]:
        raise ReadError(f"an order of parts {shown(text)} that cannot be read")
    return stack[0]
