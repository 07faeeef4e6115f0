"""The form of a tune: its phrases by letter, how long each is, and how each ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from solfa.errors import SolfaError

CADENCES = ("half", "full", "free")
"""How a phrase may end: on a note of the dominant (2nd, 5th, 7th degree), on the tonic, anyhow."""

_PHRASE = re.compile(r"([A-Z])((?:'|’|′)*)(\d*)")


class Phrase(NamedTuple):
    """A phrase of ``bars`` bars (None: an equal share); the same letter comes again.

    With ``primes`` it comes again varied; without a letter nothing is said of its likeness.
    """

    letter: str = ""
    primes: int = 0
    bars: int | None = None

    def __str__(self) -> str:
        primes = "'" * self.primes
        return f"{self.letter}{primes}{self.bars or ''}"


Form = tuple[Phrase, ...]


def parse_form(text: str) -> Form:
    """``"AABA"``, ``"A A' B4 C8"``: a letter, primes and perhaps bars for each phrase.

    Raises `SolfaError` for anything else, and for a variation of what was not heard before.
    """
    plain = re.sub(r"[\s,\-]", "", str(text))
    if not re.fullmatch(f"(?:{_PHRASE.pattern})+", plain):
        raise SolfaError(
            f"cannot read form {text!r}; write one like 'AABA', \"AA'BB'\" or 'A4A4B8A4'"
        )
    form = tuple(
        Phrase(letter, len(primes), int(bars) if bars else None)
        for letter, primes, bars in _PHRASE.findall(plain)
    )
    heard: set[str] = set()
    for phrase in form:
        if phrase.primes and phrase.letter not in heard:
            raise SolfaError(
                f"form {text!r} varies {phrase.letter} before it was heard; write {phrase.letter}"
                " first, without a prime"
            )
        heard.add(phrase.letter)
    return form


def written(form: Sequence[Phrase]) -> str:
    """The form as it is written; the inverse of `parse_form`."""
    return "".join(map(str, form))
