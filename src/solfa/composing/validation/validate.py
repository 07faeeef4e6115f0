"""Validation: every reason why a request cannot be met, in one error and before any work."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from solfa.analysis.cadences import CADENCES
from solfa.choices import remedy
from solfa.composing.constraints.problem import Problem
from solfa.composing.request.form import MOST_PHRASES
from solfa.composing.request.kept import kept_notes, keys_of_new_notes
from solfa.composing.request.lengths import bars_begun
from solfa.composing.request.parsing import spans
from solfa.composing.request.request import MOST_COMPOSED, STEP, WISHES, Request
from solfa.composing.request.scales import semitones
from solfa.composing.validation.conflicts import conflicts
from solfa.encodings.protocol import Encoding
from solfa.encodings.ticks import TICKS, to_quarters
from solfa.errors import RequestError, SolfaError
from solfa.melody import Melody

_MOST_BARS = 256
_MOST_STEPS = int(MOST_COMPOSED / STEP)


def validate(request: Request, encoding: Encoding) -> Problem:
    """The compiled request; one `RequestError` with every reason why it cannot be met."""
    wrong: dict[str, str] = {}
    for name, reason in _values(request, encoding):
        wrong.setdefault(name, reason)
    reasons, problem = conflicts(request, encoding, wrong.keys())
    if wrong or reasons or problem is None:
        raise RequestError("; ".join([*wrong.values(), *reasons]))
    return problem


def _values(request: Request, encoding: Encoding) -> Iterator[tuple[str, str]]:
    """What is wrong with a wish by itself, under its name."""
    style, prompt = request.style, request.prompt
    if style is not None and style not in encoding.styles:
        known = remedy(style, encoding.styles) if encoding.styles else "leave it out"
        yield "style", f"style {style!r} is unknown to the model; {known}"
    if prompt is not None and (problem := _prompt(prompt)):
        yield "prompt", problem
    elif problem := _rewrite(request, prompt):
        yield "rewrite", problem
    if length := _length(request):
        yield "length", length
    if pickup := _pickup(request, encoding):
        yield "pickup", pickup
    if request.scale is not None:
        try:
            if 0 not in semitones(request.scale, request.key.mode):
                yield "scale", f"scale {request.scale!r} lacks the final; add degree 1"
        except SolfaError as error:
            yield "scale", str(error)
    if request.range is not None:
        low, high = request.range
        if not 0 <= low <= high <= 127:
            yield "range", f"range {low}-{high} does not rise within MIDI's 0..127; mend it"
    if problem := _form(request):
        yield "form", problem
    strange = [word for word in request.cadences if word not in CADENCES]
    if strange:
        yield "cadences", f"unknown cadence {strange[0]!r}; {remedy(strange[0], CADENCES)}"
    yield from _bounds(request)
    if strength := _strength(request, encoding):
        yield "style_strength", strength
    if (request.candidates or 1) > 1 and not request.infills:
        yield (
            "candidates",
            f"candidates {request.candidates} are chosen from where bars are written anew; leave"
            " it out",
        )


def _bounds(request: Request) -> Iterator[tuple[str, str]]:
    """The numbers that are out of their bounds."""
    for name, row in WISHES.items():
        value = getattr(request, name, None)
        if row.bounds and value is not None and (refusal := row.bounds.refusal(name, value)):
            yield name, refusal


def _strength(request: Request, encoding: Encoding) -> str | None:
    """Why a strength of the style makes no sense here, if it makes none."""
    strength = request.style_strength
    if strength == 1 or (request.style is not None and encoding.styles):
        return None
    if not encoding.styles:
        return f"style_strength {strength} needs styles, and the model knows none; leave it out"
    known = ", ".join(encoding.styles)
    return f"style_strength {strength} needs a style; choose from {known}"


def _prompt(prompt: Melody) -> str | None:
    """What is wrong with the prompt, if anything is."""
    if not prompt.notes:
        return "the prompt has no notes; leave it out"
    if prompt.meter is None:
        return "the prompt is in free metre; give one with a metre"
    if prompt.meter_changes:
        change = prompt.meter_changes[0]
        return (
            f"the prompt has a bar of {change.meter} at quarter {change.onset}; mend it, or cut"
            " the prompt before it"
        )
    return None


def _rewrite(request: Request, prompt: Melody | None) -> str | None:
    """What is wrong with the bars and phrases to be rewritten, if anything is."""
    bars, phrases = request.rewrite, request.rewrite_phrases
    if prompt is None:
        asked = f"bars {spans(bars)}" if bars else f"phrases {spans(phrases)}"
        return (
            f"{asked} cannot be written anew without a tune; give one" if bars + phrases else None
        )
    known = prompt.bar_numbers
    pickup = ", 0 being its pickup" if prompt.pickup else ""
    if strange := [bar for bar in bars if bar not in known]:
        return f"the tune has no bar {spans(strange)}; name some of {known[0]}..{known[-1]}{pickup}"
    if phrases and not prompt.phrase_ends:
        return "the tune marks no phrases; name bars to be written anew"
    if strange := [n for n in phrases if not 1 <= n <= len(prompt.phrases())]:
        return f"the tune has no phrase {spans(strange)}; name some of 1..{len(prompt.phrases())}"
    kept = kept_notes(request)
    if request.infills and not kept:
        return "nothing of the tune is kept; keep a bar, or compose a new tune"
    if request.infills and len(kept) == len(prompt.notes):
        return f"no note begins in bars {spans(bars)}; name the bar in which it begins"
    if len(keys := keys_of_new_notes(request)) > 1:
        return (
            f"what is to be written anew is in {' and '.join(map(str, keys[:4]))}; name bars in one"
            " key at a time"
        )
    return None


def _length(request: Request) -> str | None:
    """What is wrong with the bars or steps, if anything is."""
    bars, steps, meter = request.bars, request.steps, request.meter
    if request.infills:
        asked = f"bars {bars}" if bars is not None else f"steps {steps}"
        remedy = "the tune keeps its length where bars are written anew; leave it out"
        return None if bars is None and steps is None else f"{asked} cannot be asked for: {remedy}"
    if bars is not None and steps is not None:
        return f"bars {bars} and steps {steps} contradict; leave one out"
    if bars is not None and not 1 <= bars <= _MOST_BARS:
        prompt = request.prompt if bars > 0 else None
        begun = bars_begun(prompt, meter) if prompt else 0
        theirs = f", the prompt's {begun} among them," if begun else ""
        return f"bars {bars}{theirs} is outside 1..{_MOST_BARS}"
    if steps is not None and not 1 <= steps <= _MOST_STEPS:
        return f"steps {steps} is outside 1..{_MOST_STEPS}"
    if request.length > MOST_COMPOSED:
        most = MOST_COMPOSED // meter.bar
        return (
            f"{bars} bars of {meter} last more than {MOST_COMPOSED} quarters;"
            f" ask for at most {most}"
        )
    return None


def _pickup(request: Request, encoding: Encoding) -> str | None:
    """What is wrong with the pickup, if anything is."""
    pickup, meter = request.pickup, request.meter
    if pickup is None:
        return None
    if not 0 <= pickup < meter.bar:
        return (
            f"pickup {pickup} is outside 0 to less than a bar of {meter} ({meter.bar} quarters);"
            " shorten it"
        )
    ticks, known, finest = pickup * TICKS, encoding.pickups, gcd(*encoding.durations)
    if ticks in known if known else ticks % finest == 0:
        return None
    fitting = ", ".join(str(to_quarters(p)) for p in known if to_quarters(p) < meter.bar)
    remedy = f"choose from {fitting}" if known else f"take a multiple of {to_quarters(finest)}"
    return f"pickup {pickup} (quarters) is unknown to the model; {remedy}"


def _form(request: Request) -> str | None:
    """What is wrong with the phrases by themselves, if anything is."""
    for phrase in request.form:
        if phrase.bars is not None and not 1 <= phrase.bars <= _MOST_BARS:
            return f"a phrase of {phrase.bars} bars is outside 1..{_MOST_BARS}; mend the form"
    if len(request.form) > MOST_PHRASES:
        return f"the form has more than {MOST_PHRASES} phrases; write fewer, of more bars"
    return None
