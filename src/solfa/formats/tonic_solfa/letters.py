"""Notes by their letters: ``C D E F#``, ``A4 C5 E5``, ``c' d' e'``.

Letters of one case alone are each the nearest to the one before, the first from middle C up. With
a number each is in that octave, C4 being middle C. With marks, in lower case, they are as in
Helmholtz's notation: c' is middle C, c the C below. Signs are # and b, whatever the key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from solfa.errors import SolfaError
from solfa.melody import Key, Spelling

LETTER = re.compile(
    r"(?P<step>[A-Ga-g])(?P<sign>[#b]?)(?P<octave>\d|'{1,4}|,{1,4}|)(?::(?P<lasts>[\d/.]{1,13}))?"
)
REST = re.compile(r"(?:r|z|0|rest)(?::(?P<lasts>[\d/.]{1,13}))?")
_OTHER = re.compile(r"[-_](?::[\d/.]{1,13})?|\||/|\[.*\]")
_STEPS = "CDEFGAB"


def are_letters(words: Sequence[str]) -> bool:
    """Whether all the words of some music are letters of one kind, holds, rests and bar lines."""
    notes = [match for word in words if (match := LETTER.fullmatch(word))]
    others = (word for word in words if not LETTER.fullmatch(word))
    if not notes or not all(REST.fullmatch(word) or _OTHER.fullmatch(word) for word in others):
        return False
    marks = {match["octave"][:1] for match in notes}
    lower = {match["step"].islower() for match in notes}
    if any(mark.isdigit() for mark in marks):
        return all(mark.isdigit() for mark in marks) and "|" not in words
    return lower == {True} or (lower == {False} and marks == {""})


class Letters:
    """The pitches of a tune's letters, ``words`` being all of its music; asked in their order.

    Raises `SolfaError` where some have an octave and others have none.
    """

    key: Key | None = None
    expected = (
        "note; write a letter A..G with # or b, its octave (A4, a') and :1/2 for the length;"
        " r, -, | or /"
    )

    def __init__(self, words: Sequence[str]) -> None:
        marks = {match["octave"][:1] for word in words if (match := LETTER.fullmatch(word))}
        self._numbered = any(mark.isdigit() for mark in marks)
        self._nearest = marks <= {""}
        if self._numbered and not all(mark.isdigit() for mark in marks):
            raise SolfaError("letters with a number stand beside others; write A4 C5 E5, or A C E")
        self._before: int | None = None  # steps above C0

    def rest(self, word: str) -> re.Match[str] | None:
        """The match of a rest, with its length under ``lasts``."""
        return REST.fullmatch(word)

    def note(self, word: str) -> tuple[int, str | None] | None:
        """Pitch and length of a note, as it is written; None for another word."""
        match = LETTER.fullmatch(word)
        if not match:
            return None
        step, alter = match["step"].upper(), {"": 0, "#": 1, "b": -1}[match["sign"]]
        return Spelling(step, alter, self._octave(step, match["octave"])).pitch, match["lasts"]

    def _octave(self, step: str, mark: str) -> int:
        place = _STEPS.index(step)
        if self._nearest:
            near = 7 * 4 + 3 if self._before is None else self._before
            self._before = near + (place - near + 3) % 7 - 3
            return self._before // 7
        if mark.isdigit():
            return int(mark)
        return 3 + mark.count("'") - mark.count(",")

    def comment(self, key: Key) -> str:
        """What is said of how they were read."""
        if self._nearest:
            return "notes: read as letters, each nearest to the one before"
        middle = "C4" if self._numbered else "c'"
        return f"notes: read as letters, {middle} being middle C"
