"""Numbers in MusicXML, which are checked as text before they are made."""

import re
from fractions import Fraction
from typing import NoReturn

from solfa.errors import ReadError, shown

_DECIMAL = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")


def decimal(text: str | None, what: str) -> Fraction:
    """The number; `ReadError` for what is none, or one of more than nine digits."""
    text = (text or "").strip()
    if not _DECIMAL.fullmatch(text):
        _refuse(text, what)
    return Fraction(text) if "." in text else Fraction(int(text))


def whole(text: str | None, what: str) -> int:
    """The whole number; errors as for `decimal`."""
    number = decimal(text, what)
    if number.denominator != 1:
        _refuse((text or "").strip(), what)
    return int(number)


def _refuse(text: str, what: str) -> NoReturn:
    raise ReadError(f"{what} {shown(text)} is no number that a score can have; export it again")
