"""The length of a tune: its bars or steps, from the form, the phrases and the prompt."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from math import ceil

from solfa.composing.request.form import MOST_PHRASES, Form, Phrase, written
from solfa.composing.request.request import STEP, Request
from solfa.errors import SolfaError
from solfa.melody import Melody, Meter

_BARS, _FURTHER = 16, 8  # default length: of a new tune, of what is added to a prompt
_PHRASE = 4  # default bars of a phrase


def with_lengths(request: Request, phrase_bars: tuple[int, ...], onward: bool) -> Request:
    """The request with its whole length in bars (or steps), and with the bars of each phrase.

    ``phrase_bars`` is the length of each phrase, or one for all; without a form the phrases are
    repeated to the end. ``onward``: the bars or steps asked for are counted after the prompt.
    Without bars and steps the length is that of the form, else 16 bars (8 after a prompt), rounded
    up to whole phrases. Raises `SolfaError` where ``phrase_bars`` contradict the form.
    """
    form = _with_bars(request.form, phrase_bars)
    bars, steps, prompt = request.bars, request.steps, request.prompt if onward else None
    begun = bars_begun(prompt, request.meter) if prompt else 0
    if request.infills:
        whole = request.length / request.meter.bar
        return replace(request, form=form if request.form else _repeated(form, ceil(whole)))
    if bars is None and steps is None:
        once = sum(_PHRASE if phrase.bars is None else phrase.bars for phrase in form)
        least = begun + _FURTHER if prompt else _BARS
        bars = once if request.form else ceil(least / once) * once if once else least
    elif prompt and steps is None and bars is not None and bars >= 1:
        bars += begun
    elif prompt and bars is None and steps is not None and steps >= 1:
        steps += ceil(prompt.duration / STEP)
    if not request.form and bars is not None:
        form = _repeated(form, bars)
    return replace(request, bars=bars, steps=steps, form=form)


def bars_begun(prompt: Melody, meter: Meter) -> int:
    """How many bars of ``meter`` a prompt has after its pickup, a last incomplete one counted."""
    return ceil((prompt.duration - prompt.pickup) / meter.bar)


def _with_bars(form: Form, bars: tuple[int, ...]) -> Form:
    """The form with ``bars`` for each phrase; without a form, phrases without letters.

    Raises `SolfaError` where the form has lengths of its own, or another number of phrases.
    """
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


def _repeated(form: Form, bars: int) -> Form:
    """The phrases, repeated in turn until they have ``bars`` bars.

    Stops one above `MOST_PHRASES`, which validation refuses.
    """
    filled: list[Phrase] = []
    reached = 0
    for phrase in cycle(form):
        if reached >= bars or len(filled) > MOST_PHRASES:
            break
        filled.append(phrase)
        reached += phrase.bars or 0
    return tuple(filled) if bars >= 1 else form
