"""From what people write (``"F# minor"``, ``"3/4"``, ``"C4-G5"``, a file) to a `Request`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from os import PathLike
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeAlias, TypeVar

from solfa.composing.request.form import Form, parse_form
from solfa.composing.request.lengths import with_lengths
from solfa.composing.request.parsing import (
    Numbers,
    lengths,
    number,
    numbers,
    shown,
    text,
    whole,
    words,
)
from solfa.composing.request.prompt import complete
from solfa.composing.request.request import MOST_QUARTERS, Request
from solfa.errors import ReadError, RequestError, SolfaError
from solfa.formats import read
from solfa.formats.abc import read as read_abc
from solfa.formats.read_options import ReadOptions
from solfa.formats.solfa_text import is_solfa
from solfa.formats.solfa_text import read as read_solfa
from solfa.formats.symbols import barred, parse
from solfa.melody import Key, Melody, Meter, Spelling

Prompt: TypeAlias = "Melody | str | PathLike[str]"
"""A melody, the path of a file, symbols (``"67 _ 67 _ r"``), sol-fa or degrees, or ABC text."""

T = TypeVar("T")

_PITCH = r"[A-Ga-g][#b]?-?[0-9]{1,3}|[0-9]{1,9}"


def ask(
    *,
    key: Key | str | None = None,
    mode: str | None = None,
    meter: Meter | str | None = None,
    pickup: Fraction | str | float | None = None,
    scale: str | Sequence[int | str] | None = None,
    range: Sequence[int | str] | str | None = None,
    largest_leap: int | None = None,
    density: float | None = None,
    prompt: Prompt | None = None,
    rewrite: Numbers | None = None,
    rewrite_phrases: Numbers | None = None,
    candidates: int = 1,
    style: str | None = None,
    style_strength: float = 1.0,
    bars: int | None = None,
    steps: int | None = None,
    onward: bool = False,
    form: str | None = None,
    phrase_bars: Numbers | None = None,
    likeness: float = 1.0,
    cadences: str | Sequence[str] | None = None,
    temperature: float = 1.0,
    top_p: float = 1.0,
    min_p: float = 0.02,
    loop_penalty: float = 4.0,
    count: int = 1,
    seed: int | None = None,
    tempo: int | None = None,
) -> Request:
    """The request; the prompt says key, metre and pickup where these are not given.

    Modes beyond major and minor are kept to unless a scale is asked for (``chromatic`` is free);
    ``scale`` is a name, or degrees of the key's mode as in ``"1 2 b3 5"``. What the prompt does not
    tell (symbols neither key nor metre nor pickup) and is not given is found from the notes, and
    the prompt's comments say so. A tune has ``bars`` bars or ``steps`` sixteenths; both count what
    comes after the prompt where it goes ``onward``. ``form`` is written like ``"AABA"`` or
    ``"A4A4B8A4"``; ``phrase_bars``, one number or one a letter, like ``"4"`` or ``"4,4,8,4"``,
    without a form again and again. Without bars the tune is as long as its form, four bars a letter
    where nothing says how many, or 16 bars, or 8 further ones. ``cadences`` are words like
    ``"half full"``. ``rewrite`` and ``rewrite_phrases`` are written like ``"5-8, 13"``.
    Without a seed one is drawn. Raises one `RequestError` for all that cannot be read;
    `solfa.composing.request.validate` judges the rest.
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
    is_whole = rewrite is not None or rewrite_phrases is not None

    def heard(key: Key | None) -> Melody | None:
        try:
            if prompt is not None:
                return read_prompt(prompt, key, asked_meter, asked_pickup, whole=is_whole)
        except SolfaError as error:
            wrong.append(f"prompt: {error}")
        return None

    theme = heard(asked_key)
    known = theme or Melody((), asked_key or Key("C"), Meter(4, 4))
    if asked_key is None:
        asked_key = get(_key, (known.key, mode), None)
        if theme and asked_key not in (None, theme.key):
            theme = heard(asked_key)  # in the mode asked for, if the prompt tells none
    if asked_pickup is None and theme:
        asked_pickup = theme.pickup
    # few tunes taught a model the other modes: left free, a fifth of its phrygian is not
    plain = theme is not None or asked_key is None or asked_key.mode in ("major", "minor")
    request = Request(
        style=get(text("style"), style, None),
        style_strength=get(number("style_strength"), style_strength, Request.style_strength),
        key=asked_key or known.key,
        meter=asked_meter or known.meter or Meter(4, 4),
        bars=get(whole("bars"), bars, None),
        steps=get(whole("steps"), steps, None),
        pickup=asked_pickup,
        scale=get(_scale, scale, None if plain else "key"),
        range=get(_range, range, None),
        density=get(number("density"), density, None),
        prompt=theme,
        rewrite=get(numbers("rewrite"), rewrite, ()),
        rewrite_phrases=get(numbers("rewrite_phrases"), rewrite_phrases, ()),
        form=get(_form, form, ()),
        likeness=get(number("likeness"), likeness, Request.likeness),
        cadences=get(_cadences, cadences, ()),
        largest_leap=get(whole("largest_leap"), largest_leap, None),
        candidates=get(whole("candidates"), candidates, Request.candidates),
        temperature=get(number("temperature"), temperature, Request.temperature),
        top_p=get(number("top_p"), top_p, Request.top_p),
        min_p=get(number("min_p"), min_p, Request.min_p),
        loop_penalty=get(number("loop_penalty"), loop_penalty, Request.loop_penalty),
        count=get(whole("count"), count, Request.count),
        seed=get(whole("seed"), seed, 0) if seed is not None else SystemRandom().randrange(10**6),
        tempo=get(whole("tempo"), tempo, None),
    )
    each: tuple[int, ...] = get(lengths("phrase_bars"), phrase_bars, ())
    if not wrong:
        request = get(lambda r: with_lengths(r, each, onward), request, request)
    if wrong:
        raise RequestError("; ".join(wrong))
    return request


def read_prompt(
    prompt: Prompt,
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = False,
) -> Melody:
    """The melody that a prompt is; ``key``, ``meter`` and ``pickup`` hold where it tells none.

    Sol-fa (``"do re mi"``) and degrees (``"5 6 7 1'"``, none above 7) are heard in the ``key``, or
    in C.
    """
    told = partial(complete, key=key, meter=meter, pickup=pickup, whole=whole)
    if isinstance(prompt, Melody):
        return told(_bounded(prompt))
    if not isinstance(prompt, str | PathLike):
        raise SolfaError(
            f"{shown(prompt)} is no melody; give a file, symbols like '67 _ r', or a Melody"
        )
    if isinstance(prompt, str) and (reader := _reader(prompt)):
        tune = reader(prompt.encode(errors="replace"), "prompt", ReadOptions(key=key))[0]
        if isinstance(tune, SolfaError):
            raise tune
        return told(_bounded(tune))
    if isinstance(prompt, str) and not _is_path(prompt):
        bare = Melody(tuple(parse(prompt)))
    else:
        path = _file(prompt)
        bare = read(path, key=key)
        if path.suffix.lower() != ".txt":
            return told(_bounded(bare))
    return barred(_bounded(bare).notes, key, meter, pickup, whole=whole)


def _reader(prompt: str) -> Callable[[bytes, str, ReadOptions], list[Melody | ReadError]] | None:
    """What reads a text that is neither symbols nor the name of a file."""
    if prompt.lstrip().startswith(("X:", "%abc")):
        return read_abc
    return read_solfa if is_solfa(prompt) else None


def _bounded(tune: Melody) -> Melody:
    if tune.duration > MOST_QUARTERS:
        raise SolfaError(f"it lasts more than {MOST_QUARTERS} quarters; cut it")
    return tune


def _is_path(prompt: str) -> bool:
    """Whether a prompt is meant as a file: it names one, or looks like no symbols."""
    if re.fullmatch(r"[\s\d_r]*", prompt):
        return False
    return len(prompt.split()) == 1 or bool(re.search(r"\.[a-z]\w*\s*$", prompt)) or _there(prompt)


def _there(path: str | PathLike[str]) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long, or with letters that no path has
        return False


def _file(prompt: str | PathLike[str]) -> Path:
    there, name = _there(prompt), "".join(c if c.isprintable() else "?" for c in str(prompt))
    name = name if len(name) <= 100 else f"{name[:100]}..."
    if not there or Path(prompt).is_dir():
        what = f"{name} is a folder" if there else f"there is no file {name}"
        raise SolfaError(f"{what}; give a tune's file, or notes like '67 _ r' or 'do re mi'")
    return Path(prompt)


def _key(asked: tuple[Key | str | None, str | None]) -> Key | None:
    key, mode = asked
    if key is None:
        return None
    if mode is not None:
        text("mode")(mode)
    if not isinstance(key, Key):
        name = text("key")(key)
        key = Key.parse(name)
        names_mode = re.fullmatch(r"\s*[A-Ga-g][#b♯♭-]?\s*", name) is None
        if mode and names_mode and Key(key.tonic, mode) != key:
            raise SolfaError(f"key {name!r} and mode {mode!r} contradict; leave one out")
    key = Key(key.tonic, mode or key.mode)
    if abs(key.signature) > 7:
        simpler = Key.of(key.pitch_class, key.mode)
        raise SolfaError(f"key {key} has {abs(key.signature)} accidentals; write {simpler}")
    return key


def _meter(meter: Meter | str) -> Meter:
    return meter if isinstance(meter, Meter) else Meter.parse(text("meter")(meter))


def _pickup(pickup: Fraction | str | float) -> Fraction:
    try:
        if isinstance(pickup, float):
            exact = Fraction(pickup)
            plain = exact.limit_denominator(960)
            return plain if abs(exact - plain) < 1e-6 else exact
        if re.fullmatch(r"\s*-?\d{1,9}(/\d{1,9}|\.\d{1,9})?\s*", str(pickup)):
            return Fraction(pickup)
    except (ValueError, OverflowError, ZeroDivisionError):
        pass
    raise SolfaError(f"pickup {shown(pickup)} is no number of quarters; write '1' or '1/2'")


def _scale(scale: str | Sequence[int | str]) -> str:
    return " ".join(words("scale")(scale)).lower().replace("-", " ")


def _form(form: str) -> Form:
    return parse_form(text("form")(form))


def _cadences(cadences: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words("cadences")(cadences))


def _range(range: Sequence[int | str] | str) -> tuple[int, int]:
    remedy = f"cannot read range {shown(range)}; write one like 'C4-G5' or '60-79'"
    if isinstance(range, str):
        match = re.fullmatch(rf"\s*({_PITCH})\s*-\s*({_PITCH})\s*", range)
        if not match:
            raise SolfaError(remedy)
        range = match.groups()
    if not isinstance(range, list | tuple) or len(range) != 2:
        raise SolfaError(remedy)
    low, high = (_pitch(pitch, remedy) for pitch in range)
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
