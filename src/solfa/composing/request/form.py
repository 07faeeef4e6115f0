"""The form of a tune: its phrases by letter, and how long each is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from solfa.errors import SolfaError

MOST_PHRASES = 64

_PHRASE = re.compile(r"([A-Z])((?:'|’|′)*)(\d{0,3})")


class Phrase(NamedTuple):
    """A phrase of ``bars`` bars (None: an equal share of what other phrases leave).

    Phrases with the same letter are alike, with ``primes`` varied; a phrase without a letter may
    be like any other.
    """

    letter: str = ""
    primes: int = 0
    bars: int | None = None

    def __str__(self) -> str:
        return f"{self.name}{'' if self.bars is None else self.bars}"

    @property
    def name(self) -> str:
        """Its letter and primes."""
        return self.letter + "'" * self.primes


Form = tuple[Phrase, ...]


def parse_form(text: str) -> Form:
    """``"AABA"``, ``"A A' B4 C8"``: a letter, primes and perhaps bars for each phrase.

    Raises `SolfaError` for anything else, for a prime on a letter's first phrase, and for more than
    `MOST_PHRASES` phrases.
    """
    plain = re.sub(r"[\s,\-]", "", text)
    shown = f"form {text if len(text) <= 40 else text[:40] + '...'!r}"
    if not re.fullmatch(f"(?:{_PHRASE.pattern})+", plain):
        raise SolfaError(f"cannot read {shown}; write one like 'AABA', \"AA'BB'\" or 'A4A4B8A4'")
    form = tuple(
        Phrase(letter, len(primes), int(bars) if bars else None)
        for letter, primes, bars in _PHRASE.findall(plain)
    )
    if len(form) > MOST_PHRASES:
        raise SolfaError(f"{shown} has {len(form)} phrases; write at most {MOST_PHRASES}")
    letters: set[str] = set()
    for phrase in form:
        if phrase.primes and phrase.letter not in letters:
            raise SolfaError(
                f"{shown} varies {phrase.letter} before it was heard; write {phrase.letter}"
                " first, without a prime"
            )
        letters.add(phrase.letter)
    return form


def written(form: Sequence[Phrase]) -> str:
    """The form as it is written; the inverse of `parse_form`."""
    return "".join(map(str, form))
