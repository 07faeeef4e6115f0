"""What a person asks of a composition, and every reason why it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from solfa.composing.rules import Bars, FinalTonic, Kept, Range, Rule, Rules, Scale
from solfa.encodings.frame import Frame, register, to_ticks
from solfa.encodings.protocol import Encoding
from solfa.errors import RequestError, SolfaError
from solfa.formats import render
from solfa.melody import MODES, Key, Melody, Metadata, Meter

SCALES: dict[str, tuple[int, ...]] = {
    **MODES,
    "natural minor": MODES["minor"],
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # as it rises and as it falls
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "chromatic": tuple(range(12)),
}
"""Semitones above the tonic of every scale; ``key`` and ``pentatonic`` follow the mode."""

SCALE_NAMES = ("key", "pentatonic", *SCALES)

_KEY, _METER = Key("C"), Meter(4, 4)  # unless asked otherwise
MOST_BARS = 256
_MOST_QUARTERS = 2048
_MOST_TUNES = 10_000
_HOTTEST = 5.0
_TEMPI = range(20, 401)


@dataclass(frozen=True)
class Request:
    """What is asked for; `refuse` says what of it cannot be had.

    A tune of ``bars`` bars has them after its ``pickup`` (quarters; None: the model chooses), and
    the last is shortened by the pickup. ``scale`` is one of `SCALE_NAMES` on the key's tonic, None
    is free; ``range`` are MIDI pitches, both included. ``prompt`` is how the tune begins, note
    for note, in the same key and metre. ``seed`` and a tune's index decide it; ``tempo`` is in
    quarters a minute.
    """

    style: str | None = None
    key: Key = _KEY
    meter: Meter = _METER
    bars: int = 16
    pickup: Fraction | None = None
    scale: str | None = None
    range: tuple[int, int] | None = None
    prompt: Melody | None = None
    temperature: float = 0.9
    top_p: float = 1.0
    count: int = 1
    seed: int = 0
    tempo: int | None = None

    @property
    def length(self) -> Fraction:
        """The whole tune in quarters, pickup included."""
        return self.bars * self.meter.bar

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0..11 that the scale allows."""
        name = self.scale or "chromatic"
        if name == "key":
            name = self.key.mode
        if name == "pentatonic":
            name = "major pentatonic" if 4 in MODES[self.key.mode] else "minor pentatonic"
        return frozenset((self.key.pitch_class + step) % 12 for step in SCALES[name])

    def frame(self) -> Frame:
        """What the model is told. The tonic's register follows the prompt or the range."""
        pitches = self.prompt.pitches if self.prompt else self.range or ()
        tonic = register(pitches, self.key.pitch_class)
        while tonic < 24:  # so that no pitch of any model lies below 0
            tonic += 12
        return Frame(
            self.key,
            tonic,
            self.meter,
            pickup=self.pickup,
            style=self.style,
            length=self.length,
        )

    def rules(self, encoding: Encoding) -> Rules:
        """What the tunes keep, as a judge of what ``encoding`` can say."""
        bars = self._bars(encoding)
        others: list[Rule] = [
            Range(*(self.range or (0, 127))),
            FinalTonic(self.key.pitch_class, bars.length),
        ]
        if self.scale:
            others.append(Scale(self.pitch_classes))
        return Rules(bars, tuple(others), Kept(self.prompt) if self.prompt else None)

    def _bars(self, encoding: Encoding) -> Bars:
        pickups = encoding.pickups or (0,) if self.pickup is None else (to_ticks(self.pickup),)
        return Bars(self.meter, self.bars, encoding.durations, pickups)

    def fillable(self, encoding: Encoding) -> bool:
        """Whether the model's durations can fill the bars, from the prompt's end on."""
        bars = self._bars(encoding)
        begun = to_ticks(self.prompt.duration) if self.prompt else 0
        return bool(bars.fits(np.array(begun), np.array(bars.pickups)).any())

    def forced(self, encoding: Encoding) -> np.ndarray:
        """The prompt as symbols (S,), -1 for what it leaves open; `SolfaError` if it has none.

        The rules settle the pickup; phrases are open where the prompt marks none.
        """
        if self.prompt is None:
            return np.zeros(0, int)
        symbols = encoding.encode(self.prompt.replace(pickup=Fraction(0)), self.frame())[:-1]
        open_ = {"pickup"} if self.prompt.phrase_ends else {"pickup", "phrase"}
        fields = np.array(encoding.field_names)[encoding.fields[symbols]]
        return np.where(np.isin(fields, list(open_)), -1, symbols)

    def to_json(self) -> dict[str, Any]:
        """What was asked as plain data; ``compose(**data)`` asks the same again."""
        data: dict[str, Any] = {
            "key": str(self.key),
            "meter": str(self.meter),
            "bars": self.bars,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "count": self.count,
            "seed": self.seed,
            "style": self.style,
            "scale": self.scale,
            "tempo": self.tempo,
        }
        if self.pickup is not None:
            data["pickup"] = str(self.pickup)
        if self.range:
            data["range"] = list(self.range)
        if self.prompt:
            data["prompt"] = render(self.prompt.replace(metadata=Metadata()), ".abc").decode()
        return {name: value for name, value in data.items() if value is not None}


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
    if not wrong.keys() & {"bars", "meter", "pickup", "prompt"}:
        yield from _times(request, encoding)


def _values(request: Request, encoding: Encoding) -> Iterator[tuple[str, str]]:
    """What is wrong with a field by itself, under the field's name."""
    style, bars, pickup, prompt = request.style, request.bars, request.pickup, request.prompt
    if style is not None and style not in encoding.styles:
        known = f"choose from {', '.join(encoding.styles)}" if encoding.styles else "leave it out"
        yield "style", f"style {style!r} is unknown to the model; {known}"
    if not 1 <= bars <= MOST_BARS:
        yield "bars", f"bars {bars} is outside 1..{MOST_BARS}"
    elif request.length > _MOST_QUARTERS:
        most = _MOST_QUARTERS // request.meter.bar
        yield (
            "bars",
            f"{bars} bars of {request.meter} last more than {_MOST_QUARTERS} quarters;"
            f" ask for at most {most}",
        )
    if pickup is not None and not 0 <= pickup < request.meter.bar:
        yield (
            "pickup",
            f"pickup {pickup} is outside 0 to less than a bar of {request.meter}"
            f" ({request.meter.bar} quarters); shorten it",
        )
    elif pickup is not None:
        known_pickups = encoding.pickups
        if (48 * pickup).denominator != 1 or (known_pickups and 48 * pickup not in known_pickups):
            names = ", ".join(
                str(Fraction(p, 48)) for p in known_pickups if p < 48 * request.meter.bar
            )
            remedy = f"choose from {names}" if known_pickups else "take a multiple of 1/48"
            yield "pickup", f"pickup {pickup} (quarters) is unknown to the model; {remedy}"
    if request.scale is not None and request.scale not in SCALE_NAMES:
        names = ", ".join(SCALE_NAMES)
        yield "scale", f"scale {request.scale!r} is unknown; choose from {names}"
    if request.range is not None:
        low, high = request.range
        if not 0 <= low <= high <= 127:
            yield "range", f"range {low}-{high} does not rise within MIDI's 0..127; mend it"
    if not (isfinite(request.temperature) and 0 < request.temperature <= _HOTTEST):
        yield (
            "temperature",
            f"temperature {request.temperature} is not above 0 and at most {_HOTTEST:g};"
            " 1 samples as the model says",
        )
    if not 0 < request.top_p <= 1:
        yield "top_p", f"top_p {request.top_p} is not above 0 and at most 1; 1 leaves nothing out"
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
                f"the prompt changes to {change.meter} at quarter {change.onset};"
                " cut it before the change",
            )


def _against_prompt(request: Request, prompt: Melody, wrong: Any) -> Iterator[str]:
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
    prompt = request.prompt
    if prompt is None:
        if not request.fillable(encoding):
            pickup = "" if request.pickup is None else f" with pickup {request.pickup}"
            yield (
                f"bars of {request.meter}{pickup} cannot be filled with the model's durations;"
                " choose another metre or pickup"
            )
        return
    if prompt.duration >= request.length:
        yield (
            f"the prompt lasts {prompt.duration} quarters, which leaves no room in {request.bars}"
            f" bars of {request.meter} ({request.length}); ask for more bars"
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
