"""Every reason why a request cannot be had, told together and before any work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import gcd, isfinite

from solfa.composing.request import SCALE_NAMES, Request
from solfa.encodings.frame import TICKS, to_quarters, to_ticks
from solfa.encodings.protocol import Encoding
from solfa.errors import RequestError, SolfaError
from solfa.formats.symbols import STEP
from solfa.melody import Key, Melody

_MOST_BARS = 256
_MOST_QUARTERS = 2048
_MOST_STEPS = int(_MOST_QUARTERS / STEP)
_MOST_TUNES = 10_000
_HOTTEST = 5.0
_STRONGEST = 4.0
_SPARSEST, _DENSEST = 0.25, 4.0  # notes a quarter
_DEAREST = 10.0
_TEMPI = range(20, 401)


def refuse(request: Request, encoding: Encoding) -> None:
    """Raises one `RequestError` with every reason why a request cannot be had, or none."""
    reasons = list(_reasons(request, encoding))
    if reasons:
        raise RequestError("; ".join(reasons))


def _reasons(request: Request, encoding: Encoding) -> Iterator[str]:
    wrong = dict(_values(request, encoding))
    yield from wrong.values()
    if request.prompt and "prompt" not in wrong:
        yield from _against_prompt(request, request.prompt, wrong.keys())
    if not wrong.keys() & {"range", "scale"}:
        yield from _pitches(request, encoding)
    if not wrong.keys() & {"length", "pickup", "prompt"}:
        yield from _times(request, encoding)


def _values(request: Request, encoding: Encoding) -> Iterator[tuple[str, str]]:
    """What is wrong with a field by itself, under the field's name."""
    style, pickup, prompt = request.style, request.pickup, request.prompt
    if style is not None and style not in encoding.styles:
        known = f"choose from {', '.join(encoding.styles)}" if encoding.styles else "leave it out"
        yield "style", f"style {style!r} is unknown to the model; {known}"
    if strength := _strength(request, encoding):
        yield "style_strength", strength
    if length := _length(request):
        yield "length", length
    if pickup is not None and not 0 <= pickup < request.meter.bar:
        yield (
            "pickup",
            f"pickup {pickup} is outside 0 to less than a bar of {request.meter}"
            f" ({request.meter.bar} quarters); shorten it",
        )
    elif pickup is not None:
        known_pickups = encoding.pickups
        finest = gcd(*encoding.durations)
        ticks = pickup * TICKS
        if ticks not in known_pickups if known_pickups else ticks % finest:
            fitting = [to_quarters(p) for p in known_pickups if to_quarters(p) < request.meter.bar]
            names = ", ".join(map(str, fitting))
            multiple = f"take a multiple of {to_quarters(finest)}"
            remedy = f"choose from {names}" if known_pickups else multiple
            yield "pickup", f"pickup {pickup} (quarters) is unknown to the model; {remedy}"
    if request.scale is not None and request.scale not in SCALE_NAMES:
        names = ", ".join(SCALE_NAMES)
        yield "scale", f"scale {request.scale!r} is unknown; choose from {names}"
    if request.range is not None:
        low, high = request.range
        if not 0 <= low <= high <= 127:
            yield "range", f"range {low}-{high} does not rise within MIDI's 0..127; mend it"
    if request.density is not None and not _SPARSEST <= request.density <= _DENSEST:
        yield (
            "density",
            f"density {request.density} is outside {_SPARSEST:g}..{_DENSEST:g} notes a quarter;"
            " most songs have 1 to 2",
        )
    if not (isfinite(request.temperature) and 0 < request.temperature <= _HOTTEST):
        yield (
            "temperature",
            f"temperature {request.temperature} is not above 0 and at most {_HOTTEST:g};"
            " 1 samples as the model says",
        )
    if not 0 < request.top_p <= 1:
        yield "top_p", f"top_p {request.top_p} is not above 0 and at most 1; 1 leaves nothing out"
    if not 0 <= request.min_p <= 1:
        yield "min_p", f"min_p {request.min_p} is outside 0..1; 0 leaves nothing out"
    if not 0 <= request.loop_penalty <= _DEAREST:
        yield (
            "loop_penalty",
            f"loop_penalty {request.loop_penalty} is outside 0..{_DEAREST:g}; 0 lets tunes drone",
        )
    if not 1 <= request.count <= _MOST_TUNES:
        yield "count", f"count {request.count} is outside 1..{_MOST_TUNES}"
    if request.seed < 0:
        yield "seed", f"seed {request.seed} is below 0; take any whole number from 0 on"
    if request.tempo is not None and request.tempo not in _TEMPI:
        yield (
            "tempo",
            f"tempo {request.tempo} is outside {_TEMPI[0]}..{_TEMPI[-1]} quarters a minute",
        )
    if prompt is not None:
        if not prompt.notes:
            yield "prompt", "the prompt has no notes; leave it out"
        elif prompt.meter is None:
            yield "prompt", "the prompt is in free metre; give one with a metre"
        elif prompt.meter_changes:
            change = prompt.meter_changes[0]
            yield (
                "prompt",
                f"the prompt has a bar of {change.meter} at quarter {change.onset}; mend it, or cut"
                " the prompt before it",
            )


def _strength(request: Request, encoding: Encoding) -> str | None:
    """What is wrong with the style's strength, if anything is."""
    strength = request.style_strength
    if not 0 <= strength <= _STRONGEST:
        return f"style_strength {strength} is outside 0..{_STRONGEST:g}; 1 is as learned"
    if strength == 1 or (request.style is not None and encoding.styles):
        return None
    if not encoding.styles:
        return f"style_strength {strength} needs styles, and the model knows none; leave it out"
    known = ", ".join(encoding.styles)
    return f"style_strength {strength} needs a style; choose from {known}"


def _length(request: Request) -> str | None:
    """What is wrong with the bars or steps, if anything is."""
    bars, steps, meter = request.bars, request.steps, request.meter
    if bars is not None and steps is not None:
        return f"bars {bars} and steps {steps} contradict; leave one out"
    if bars is not None and not 1 <= bars <= _MOST_BARS:
        return f"bars {bars} is outside 1..{_MOST_BARS}"
    if steps is not None and not 1 <= steps <= _MOST_STEPS:
        return f"steps {steps} is outside 1..{_MOST_STEPS}"
    if request.length > _MOST_QUARTERS:
        most = _MOST_QUARTERS // meter.bar
        return (
            f"{bars} bars of {meter} last more than {_MOST_QUARTERS} quarters;"
            f" ask for at most {most}"
        )
    return None


def _against_prompt(request: Request, prompt: Melody, wrong: Collection[str]) -> Iterator[str]:
    """Where the prompt contradicts what is asked."""
    key, theirs = request.key, prompt.key
    if (key.pitch_class, key.mode) != (theirs.pitch_class, theirs.mode):
        yield f"key {key} is not the prompt's ({theirs}); leave it out, or transpose the prompt"
    if request.meter != prompt.meter:
        yield f"metre {request.meter} is not the prompt's ({prompt.meter}); leave it out"
    # a prompt shorter than the pickup is all pickup
    if request.pickup is not None and prompt.pickup != min(request.pickup, prompt.duration):
        yield f"pickup {request.pickup} is not the prompt's ({prompt.pickup}); leave it out"
    if "scale" not in wrong:
        outside = [p for p in prompt.pitches if p % 12 not in request.pitch_classes]
        if outside:
            yield (
                f"the prompt's {_names(key, outside)} outside the scale {request.scale!r}"
                f" of {key}; choose another scale"
            )
    if request.range and "range" not in wrong:
        low, high = request.range
        outside = [p for p in prompt.pitches if not low <= p <= high]
        if outside:
            yield (
                f"the prompt's {_names(key, outside)} outside the range"
                f" {key.spell(low)}-{key.spell(high)}; widen the range"
            )


def _pitches(request: Request, encoding: Encoding) -> Iterator[str]:
    """The last note needs a tonic that lies in the range and that the model can say."""
    low, high = request.range or (0, 127)
    sayable = encoding.pitches(request.frame())
    finals = [pitch for pitch in sayable if pitch % 12 == request.key.pitch_class]
    if not any(low <= pitch <= high for pitch in finals):
        names = ", ".join(str(request.key.spell(pitch)) for pitch in finals)
        where = f"range {request.key.spell(low)}-{request.key.spell(high)}"
        remedy = f"include one of {names}" if names else "choose another key"
        yield f"{where} has no final tonic that the model can say; {remedy}"


def _times(request: Request, encoding: Encoding) -> Iterator[str]:
    """Bars must be fillable, and the prompt leave room and be sayable."""
    prompt, pickup, meter = request.prompt, request.pickup, request.meter
    unit = "steps" if request.bars is None else "bars"
    whole = f"{request.steps} steps" if request.bars is None else f"{request.bars} bars of {meter}"
    if pickup is not None and pickup >= request.length:
        yield (
            f"pickup {pickup} (quarters) leaves no room in {whole} ({request.length});"
            f" ask for more {unit}"
        )
        return
    if prompt is None:
        if not request.fillable(encoding):
            upbeat = "" if pickup is None else f" with pickup {pickup}"
            what = f"{whole} in {meter}" if request.bars is None else f"bars of {meter}"
            yield (
                f"{what}{upbeat} cannot be filled with the model's durations;"
                " choose another metre or pickup"
            )
        return
    if prompt.duration >= request.length:
        yield (
            f"the prompt lasts {prompt.duration} quarters, which leaves no room in {whole}"
            f" ({request.length}); ask for more {unit}"
        )
        return
    try:
        request.forced(encoding)
        unsaid = [
            n.duration for n in prompt.notes if to_ticks(n.duration) not in encoding.durations
        ]
        if unsaid:
            raise SolfaError(f"duration {unsaid[0]} is not in the model's vocabulary")
    except SolfaError as error:
        yield f"the model cannot say the prompt ({error}); change the prompt or the model"
        return
    if request.meter == prompt.meter and not request.fillable(encoding):
        yield (
            f"the prompt ends {prompt.duration} quarters in, from where the model's durations"
            f" cannot complete the bars of {request.meter}; end it on a beat"
        )


def _names(key: Key, pitches: list[int]) -> str:
    """``C#5 is``, ``C#5, D#5 are``."""
    names = [str(key.spell(pitch)) for pitch in sorted(set(pitches))]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
