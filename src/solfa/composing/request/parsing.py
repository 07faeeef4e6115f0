"""Parsing of values as people write them; all functions raise `SolfaError` for what is no value."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from solfa.composing.request.form import Form, parse_form
from solfa.errors import SolfaError, shown
from solfa.key_names import read_key, read_mode
from solfa.melody import Key, Meter, Spelling

Numbers: TypeAlias = "int | str | list[int] | tuple[int, ...] | range"
"""Whole numbers: ``7``, ``[5, 6, 13]``, ``"5-8, 13"``."""

_PITCH = r"[A-Ga-g][#b]?-?[0-9]{1,3}|[0-9]{1,9}"
_MOST = 10_000  # numbers
_LONGEST = 1000
_DIGITS = 40  # no seed has more


def text(name: str) -> Callable[[Any], str]:
    """A text of sane length."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise SolfaError(f"{name} {shown(value)} is not text")
        if len(value) > _LONGEST:
            raise SolfaError(f"{name} {shown(value)} has more than {_LONGEST} letters; shorten it")
        return value

    return read


def words(name: str) -> Callable[[Any], tuple[str, ...]]:
    """Words parted by commas or white space, or a sequence of them."""

    def read(value: Any) -> tuple[str, ...]:
        if isinstance(value, list | tuple) and all(isinstance(word, str | int) for word in value):
            value = " ".join(w if isinstance(w, str) else shown(w) for w in value[:_MOST])
        return tuple(text(name)(value).replace(",", " ").split())

    return read


def flag(name: str) -> Callable[[Any], bool]:
    """Yes or no."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise SolfaError(f"{name} {shown(value)} is neither True nor False")
        return value

    return read


def whole(name: str) -> Callable[[Any], int]:
    """A whole number of sane length."""

    def read(value: Any) -> int:
        try:
            number = operator.index(value)
        except TypeError:
            number = None
        if number is None or isinstance(value, bool):
            raise SolfaError(f"{name} {shown(value)} is not a whole number")
        if abs(number) >= 10**_DIGITS:
            raise SolfaError(f"{name} has more than {_DIGITS} digits; write a smaller number")
        return number

    return read


def number(name: str) -> Callable[[Any], float]:
    """A number, finite or not."""

    def read(value: Any) -> float:
        try:
            if not isinstance(value, bool):
                return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
        raise SolfaError(f"{name} {shown(value)} is not a number")

    return read


def numbers(name: str) -> Callable[[Any], tuple[int, ...]]:
    """A set of whole numbers, rising: ``"5-8, 13"``."""

    def read(value: Any) -> tuple[int, ...]:
        remedy = f"cannot read {name} {shown(value)}; write numbers like '5-8, 13'"
        found: set[int] = set()
        for part in _parts(value, remedy):
            match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part)
            if not match:
                raise SolfaError(remedy)
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first:
                raise SolfaError(f"{name} {part!r} falls; write {last}-{first}")
            if last - first + len(found) >= _MOST:
                raise SolfaError(f"{name} {shown(value)} names too many; name at most {_MOST}")
            found.update(range(first, last + 1))
        return tuple(sorted(found))

    return read


def spans(numbers: Sequence[int]) -> str:
    """``5-8, 13``: what `numbers` reads."""
    parts: list[list[int]] = []
    for n in numbers:
        if parts and n == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], n]
        else:
            parts.append([n])
    return ", ".join("-".join(map(str, part)) for part in parts)


def lengths(name: str) -> Callable[[Any], tuple[int, ...]]:
    """Whole numbers in their order: ``"4, 4, 8, 4"``."""

    def read(value: Any) -> tuple[int, ...]:
        remedy = f"cannot read {name} {shown(value)}; write one like '4' or '4,4,8,4'"
        parts = _parts(value, remedy)
        if not all(re.fullmatch(r"\d{1,9}", part) for part in parts):
            raise SolfaError(remedy)
        return tuple(map(int, parts))

    return read


def anything(value: Any) -> Any:
    """The value as it is."""
    return value


def key(value: Key | str) -> Key:
    """A `Key`, or one as people write it."""
    return key_in_mode(value, None)


def key_in_mode(value: Key | str, mode: str | None) -> Key:
    """A key, in the ``mode`` if one is asked for beside it; `SolfaError` where they contradict."""
    asked = None if mode is None else read_mode(mode)
    tonic, named = (value.tonic, None) if isinstance(value, Key) else read_key(value)
    if asked and named not in (None, asked):
        raise SolfaError(f"key {shown(value)} and mode {mode!r} contradict; leave one out")
    own = value.mode if isinstance(value, Key) else named
    found = Key(tonic, asked or own or "major")
    if abs(found.signature) > 7:
        simpler = Key.of(found.pitch_class, found.mode)
        raise SolfaError(f"key {found} has {abs(found.signature)} accidentals; write {simpler}")
    return found


def meter(value: Meter | str) -> Meter:
    """A `Meter`, or one as people write it."""
    return value if isinstance(value, Meter) else Meter.parse(text("meter")(value))


def pickup(value: Fraction | str | float) -> Fraction:
    """Quarters, as a fraction or a number of them."""
    try:
        if isinstance(value, float):
            exact = Fraction(value)
            plain = exact.limit_denominator(960)
            return plain if abs(exact - plain) < 1e-6 else exact
        if re.fullmatch(r"\s*-?\d{1,9}(/\d{1,9}|\.\d{1,9})?\s*", str(value)):
            return Fraction(value)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        pass
    raise SolfaError(f"pickup {shown(value)} is no number of quarters; write '1' or '1/2'")


def scale(value: str | Sequence[int | str]) -> str:
    """The name of a scale, or degrees, as one line."""
    return " ".join(words("scale")(value)).lower().replace("-", " ")


def form(value: str) -> Form:
    """Phrases by letter, like ``AABA``."""
    return parse_form(text("form")(value))


def cadences(value: str | Sequence[str]) -> tuple[str, ...]:
    """Words like ``half full``."""
    return tuple(word.lower() for word in words("cadences")(value))


def range_(value: Sequence[int | str] | str) -> tuple[int, int]:
    """The lowest and the highest MIDI pitch of a range like ``C4-G5`` or ``60-79``."""
    remedy = f"cannot read range {shown(value)}; write one like 'C4-G5' or '60-79'"
    if isinstance(value, str):
        match = re.fullmatch(rf"\s*({_PITCH})\s*-\s*({_PITCH})\s*", value)
        if not match:
            raise SolfaError(remedy)
        value = match.groups()
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise SolfaError(remedy)
    low, high = (_pitch(pitch, remedy) for pitch in value)
    return low, high


def _pitch(pitch: int | str, remedy: str) -> int:
    """A MIDI number, or a name with its octave: C4 is middle C."""
    if not isinstance(pitch, str):
        try:
            return whole("range")(pitch)
        except SolfaError as error:
            raise SolfaError(remedy) from error
    if not re.fullmatch(_PITCH, pitch):
        raise SolfaError(remedy)
    if pitch.isdigit():
        return int(pitch)
    step, sign, octave = re.findall("^(.)([#b]?)(.+)$", pitch)[0]
    return Spelling(step.upper(), {"": 0, "#": 1, "b": -1}[sign], int(octave)).pitch


def _parts(value: Any, remedy: str) -> list[str]:
    """The parts of a text between commas and white space, or the members of a sequence."""
    if isinstance(value, range):
        value = list(value[:_MOST])
    if isinstance(value, list | tuple) and len(value) <= _MOST:
        whole_numbers = all(type(n) is int and 0 <= n < 10**9 for n in value)
        parts = [str(n) for n in value] if whole_numbers else []
    elif isinstance(value, str) and len(value) <= _MOST:
        parts = value.replace(",", " ").replace("\N{EN DASH}", "-").split()
    elif type(value) is int and 0 <= value < 10**9:
        parts = [str(value)]
    else:
        parts = []
    if not parts:
        raise SolfaError(remedy)
    return parts
