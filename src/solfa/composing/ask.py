"""From what people write (``"F# minor"``, ``"3/4"``, ``"C4-G5"``, a file) to a `Request`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeAlias, TypeVar

from solfa.composing.request import Request
from solfa.errors import RequestError, SolfaError
from solfa.formats import read
from solfa.formats.abc import read as read_abc
from solfa.formats.symbols import barred, parse
from solfa.melody import Key, Melody, Meter, Spelling

Prompt: TypeAlias = "Melody | str | PathLike[str]"
"""A melody, the path of a file, symbols (``"67 _ 67 _ r"``), or ABC text."""

T = TypeVar("T")


def ask(
    *,
    key: Key | str | None = None,
    mode: str | None = None,
    meter: Meter | str | None = None,
    pickup: Fraction | str | float | None = None,
    scale: str | None = None,
    range: Sequence[int | str] | str | None = None,
    density: float | None = None,
    prompt: Prompt | None = None,
    style: str | None = None,
    style_strength: float = 1.0,
    bars: int | None = None,
    steps: int | None = None,
    temperature: float = 1.0,
    top_p: float = 1.0,
    min_p: float = 0.02,
    loop_penalty: float = 4.0,
    count: int = 1,
    seed: int | None = None,
    tempo: int | None = None,
) -> Request:
    """The request; the prompt says key, metre and pickup where these are not given.

    Modes beyond major and minor are kept to unless a scale is asked for (``chromatic`` is free).
    Symbols say none of these: what is not given is found from the notes, and the prompt's comments
    say so. A tune has ``bars`` bars or ``steps`` sixteenths, 16 bars if neither is given. Without a
    seed one is drawn. Raises one `RequestError` for all that cannot be read;
    `solfa.composing.refusals` judges the rest.
    """
    wrong: list[str] = []

    def get(parse: Callable[[Any], T], value: Any, otherwise: T) -> T:
        if value is None:
            return otherwise
        try:
            return parse(value)
        except SolfaError as error:
            wrong.append(str(error))
            return otherwise

    asked_key = get(_key, (key, mode), None)
    asked_meter = get(_meter, meter, None)
    asked_pickup = get(_pickup, pickup, None)
    theme: Melody | None = None
    try:
        if prompt is not None:
            theme = read_prompt(prompt, asked_key, asked_meter, asked_pickup)
    except SolfaError as error:
        wrong.append(f"prompt: {error}")
    known = theme or Melody((), asked_key or Key("C"), Meter(4, 4))
    if asked_key is None:
        asked_key = get(_key, (known.key, mode), None)
    if asked_pickup is None and theme:
        asked_pickup = theme.pickup
    # few tunes taught a model the other modes: left free, a fifth of its phrygian is not
    plain = theme is not None or asked_key is None or asked_key.mode in ("major", "minor")
    request = Request(
        style=get(_text("style"), style, None),
        style_strength=get(_number("style_strength"), style_strength, 1.0),
        key=asked_key or known.key,
        meter=asked_meter or known.meter or Meter(4, 4),
        bars=get(_whole("bars"), 16 if bars is None and steps is None else bars, None),
        steps=get(_whole("steps"), steps, None),
        pickup=asked_pickup,
        scale=get(_scale, scale, None if plain else "key"),
        range=get(_range, range, None),
        density=get(_number("density"), density, None),
        prompt=theme,
        temperature=get(_number("temperature"), temperature, 1.0),
        top_p=get(_number("top_p"), top_p, 1.0),
        min_p=get(_number("min_p"), min_p, 0.0),
        loop_penalty=get(_number("loop_penalty"), loop_penalty, 1.0),
        count=get(_whole("count"), count, 1),
        seed=get(_whole("seed"), SystemRandom().randrange(10**6) if seed is None else seed, 0),
        tempo=get(_whole("tempo"), tempo, None),
    )
    if wrong:
        raise RequestError("; ".join(wrong))
    return request


def read_prompt(
    prompt: Prompt,
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
) -> Melody:
    """The melody that a prompt is; ``key``, ``meter`` and ``pickup`` hold for bare symbols."""
    if isinstance(prompt, Melody):
        return prompt
    if isinstance(prompt, str) and prompt.lstrip().startswith(("X:", "%abc")):
        tune = read_abc(prompt.encode(), "prompt")[0]
        if isinstance(tune, SolfaError):
            raise tune
        return tune
    if not isinstance(prompt, str | PathLike):
        raise SolfaError(
            f"{prompt!r} is no melody; give a file, symbols like '67 _ r', or a Melody"
        )
    if isinstance(prompt, str) and not _is_path(prompt):
        notes = parse(prompt)
    else:
        path = Path(prompt)
        if not path.is_file():
            what = f"{path} is a folder" if path.is_dir() else f"there is no file {path}"
            raise SolfaError(f"{what}; give a tune's file, or symbols like '67 _ r'")
        if path.suffix.lower() != ".txt":
            return read(path)
        notes = list(read(path).notes)
    return barred(notes, key, meter, pickup, whole=False)


def _is_path(text: str) -> bool:
    """Whether a prompt is meant as a file: by its look, or as one word that is no symbol."""
    one_word = len(text.split()) == 1 and not re.fullmatch(r"\s*(\d+|r|_)\s*", text)
    return one_word or any(sign in text for sign in "./\\")


def _key(asked: tuple[Key | str | None, str | None]) -> Key | None:
    key, mode = asked
    if key is None:
        return None
    if not isinstance(key, Key):
        text, key = str(key), Key.parse(str(key))
        names_mode = re.fullmatch(r"\s*[A-Ga-g][#b♯♭-]?\s*", text) is None
        if mode and names_mode and Key(key.tonic, mode) != key:
            raise SolfaError(f"key {text!r} and mode {mode!r} contradict; leave one out")
    key = Key(key.tonic, mode or key.mode)
    if abs(key.signature) > 7:
        simpler = Key.of(key.pitch_class, key.mode)
        raise SolfaError(f"key {key} has {abs(key.signature)} accidentals; write {simpler}")
    return key


def _meter(meter: Meter | str) -> Meter:
    return meter if isinstance(meter, Meter) else Meter.parse(str(meter))


def _pickup(pickup: Fraction | str | float) -> Fraction:
    try:
        return Fraction(pickup)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise SolfaError(
            f"pickup {pickup!r} is no number of quarters; write '1' or '1/2'"
        ) from error


def _scale(scale: str) -> str:
    return str(scale).strip().lower().replace("-", " ")


def _range(range: Sequence[int | str] | str) -> tuple[int, int]:
    remedy = f"cannot read range {range!r}; write one like 'C4-G5' or '60-79'"
    if isinstance(range, str):
        match = re.fullmatch(
            r"\s*([A-Ga-g][#b]?-?\d+|\d+)\s*-\s*([A-Ga-g][#b]?-?\d+|\d+)\s*", range
        )
        if not match:
            raise SolfaError(remedy)
        range = match.groups()
    try:
        low, high = range
    except (TypeError, ValueError) as error:
        raise SolfaError(remedy) from error
    return _pitch(low, remedy), _pitch(high, remedy)


def _pitch(pitch: int | str, remedy: str) -> int:
    """A MIDI number, or a name with its octave: C4 is middle C."""
    match = re.fullmatch(r"([A-Ga-g])([#b]?)(-?\d+)", str(pitch))
    if match:
        alter = {"": 0, "#": 1, "b": -1}[match[2]]
        return Spelling(match[1].upper(), alter, int(match[3])).pitch
    try:
        return int(pitch) if isinstance(pitch, str) else operator.index(pitch)
    except (ValueError, TypeError) as error:
        raise SolfaError(remedy) from error


def _text(name: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise SolfaError(f"{name} {value!r} is not text")
        return value

    return check


def _whole(name: str) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        try:
            return operator.index(value)
        except TypeError as error:
            raise SolfaError(f"{name} {value!r} is not a whole number") from error

    return check


def _number(name: str) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise SolfaError(f"{name} {value!r} is not a number") from error

    return check
