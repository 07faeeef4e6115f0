"""Whether a finished melody keeps what was asked: judged from its notes alone."""

from __future__ import annotations

from typing import NamedTuple

from solfa.composing.request import Request
from solfa.melody import Melody


class Check(NamedTuple):
    """One guarantee in words, and whether it was kept."""

    guarantee: str
    kept: bool


def check(melody: Melody, request: Request) -> tuple[Check, ...]:
    """Every guarantee of ``request``, held against ``melody`` without asking any rule."""
    last = melody.notes[-1].pitch if melody.notes else None
    # a melody has no gaps: in one metre, all its bars are full but the last
    bars = len(melody.bar_lines()) - (melody.pickup > 0)
    exact = melody.duration == request.length and request.bars in (None, bars)
    length = f"{request.bars} full bars of {request.meter}"
    if request.bars is None:
        length = f"{request.steps} steps in {request.meter}, all bars full but the last"
    checks = [
        Check(f"in {request.key}", melody.key == request.key),
        Check(
            length,
            melody.meter == request.meter and not melody.meter_changes and exact,
        ),
        Check(
            f"ends on {request.key.tonic}",
            last is not None and last % 12 == request.key.pitch_class,
        ),
    ]
    if request.pickup is not None:
        name = f"pickup {request.pickup}" if request.pickup else "no pickup"
        checks.append(Check(name, melody.pickup == request.pickup))
    if request.scale:
        inside = {pitch % 12 for pitch in melody.pitches} <= request.pitch_classes
        checks.append(Check(f"scale {request.scale}", inside))
    if request.range:
        low, high = request.range
        inside = all(low <= pitch <= high for pitch in melody.pitches)
        name = f"range {request.key.spell(low)}-{request.key.spell(high)}"
        checks.append(Check(name, inside))
    if request.prompt:
        begun = melody.notes[: len(request.prompt.notes)]
        checks.append(Check("prompt kept", begun == request.prompt.notes))
    return tuple(checks)
