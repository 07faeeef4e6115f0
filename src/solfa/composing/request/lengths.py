"""How long a tune becomes: bars that follow from the form, from the prompt, from the phrases."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from math import ceil

from solfa.composing.request.form import MOST_PHRASES, Form, Phrase, written
from solfa.composing.request.request import STEP, Request
from solfa.errors import SolfaError
from solfa.melody import Melody, Meter

_BARS, _FURTHER = 16, 8  # unless asked otherwise
_PHRASE = 4


def with_lengths(request: Request, phrase_bars: tuple[int, ...], onward: bool) -> Request:
    """The request with all its bars (or steps) counted, and its phrases parted as they ask.

    ``onward``: the bars and steps that are asked for follow the prompt. Raises `SolfaError` where
    ``phrase_bars`` are not those of the form.
    """
    form = _measured(request.form, phrase_bars)
    bars, steps, prompt = request.bars, request.steps, request.prompt if onward else None
    begun = bars_begun(prompt, request.meter) if prompt else 0
    if request.infills:
        whole = request.length / request.meter.bar
        return replace(request, form=form if request.form else _again(form, ceil(whole)))
    if bars is None and steps is None:
        once = sum(_PHRASE if phrase.bars is None else phrase.bars for phrase in form)
        least = begun + _FURTHER if prompt else _BARS
        bars = once if request.form else ceil(least / once) * once if once else least
    elif prompt and steps is None and bars is not None and bars >= 1:
        bars += begun
    elif prompt and bars is None and steps is not None and steps >= 1:
        steps += ceil(prompt.duration / STEP)
    if not request.form and bars is not None:
        form = _again(form, bars)
    return replace(request, bars=bars, steps=steps, form=form)


def bars_begun(prompt: Melody, meter: Meter) -> int:
    """How many bars of ``meter`` a prompt has begun after its pickup."""
    return ceil((prompt.duration - prompt.pickup) / meter.bar)


def _measured(form: Form, bars: tuple[int, ...]) -> Form:
    """The form with the phrases' lengths; without a form phrases without letters."""
    if not form:
        return tuple(Phrase(bars=length) for length in bars)
    if not bars:
        return form
    asked = ",".join(map(str, bars[:MOST_PHRASES]))
    if any(phrase.bars is not None for phrase in form):
        raise SolfaError(f"form {written(form)} and phrase_bars {asked} contradict; leave one out")
    if len(bars) not in (1, len(form)):
        raise SolfaError(
            f"phrase_bars {asked} are {len(bars)} for the {len(form)} phrases of"
            f" {written(form)}; write one, or {len(form)}"
        )
    every = bars * len(form) if len(bars) == 1 else bars
    return tuple(phrase._replace(bars=length) for phrase, length in zip(form, every, strict=True))


def _again(form: Form, bars: int) -> Form:
    """The phrases again and again until ``bars`` are reached, or more than there may be."""
    filled: list[Phrase] = []
    reached = 0
    for phrase in cycle(form):
        if reached >= bars or len(filled) > MOST_PHRASES:
            break
        filled.append(phrase)
        reached += phrase.bars or 0
    return tuple(filled) if bars >= 1 else form
