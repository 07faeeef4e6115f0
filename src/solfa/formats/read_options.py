"""What a person may say of how a file is to be read, where the file alone leaves a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import accumulate
from typing import Any

from solfa.analysis.solmization import SYSTEMS
from solfa.choices import check_flag, check_names, choose
from solfa.errors import SolfaError, shown
from solfa.melody import Key, as_key

_DIGITS = 9  # of the number of a track
_SHOWN = 160  # characters of the tracks, channels or parts that a refusal names


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Choices for a reader; those that mean nothing to a format are passed over by it.

    ``track`` (its number from 1, or its name) chooses one of several tracks, parts or spines,
    ``voice`` (from 1; in MusicXML the number that the file gives it) one of several voices or
    channels; ``top`` takes the highest note where several sound. ``step``, in quarters (``"1/4"``
    is a sixteenth), is the grid that performed times are brought to; with ``triplets`` a quarter
    may have three eighths instead, with ``swing`` long and short eighths are even ones. ``unfold``
    writes repeats and endings out as they are played. Raises `SolfaError` for what cannot be.
    Sol-fa that tells no key is heard in ``key``, a `Key` or its name (C, if None), and where it
    tells no system its minor is from la, unless ``syllables`` (``"do"``) or its own say do.
    """

    track: int | str | None = None
    voice: int | None = None
    top: bool = False
    step: Fraction | None = None
    triplets: bool = False
    swing: bool = False
    unfold: bool = False
    key: Key | None = None
    syllables: str | None = None

    @classmethod
    def of(cls, **choices: Any) -> ReadOptions:
        """The options of ``choices`` by name; `SolfaError` for a name that there is not."""
        check_names("choice of reading", choices, cls.__dataclass_fields__)
        return cls(**choices)

    def to_json(self) -> dict[str, Any]:
        """What is chosen otherwise than by default, as plain data that `of` takes."""
        chosen = {each.name: getattr(self, each.name) for each in fields(self)}
        plain = {name: value for name, value in chosen.items() if value not in (None, False)}
        return {n: str(v) if isinstance(v, Key | Fraction) else v for n, v in plain.items()}

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        if isinstance(self.track, str) and self.track.isdecimal():
            set_(self, "track", int(self.track[:_DIGITS]))
        for name, others in (("track", str | None), ("voice", None)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | others):
                raise SolfaError(f"{name} {shown(number)} is no whole number; write 1, 2 ...")
            if isinstance(number, int) and number < 1:
                raise SolfaError(f"{name} {number} is below 1; {name}s count from 1")
        for name in ("top", "triplets", "swing", "unfold"):
            check_flag(name, getattr(self, name))
        if self.key is not None:
            set_(self, "key", as_key(self.key))
        if self.syllables is not None:
            set_(self, "syllables", choose("syllables", self.syllables, SYSTEMS))
        if self.step is None:
            if self.swing or self.triplets:
                what = "swing" if self.swing else "triplets"
                raise SolfaError(f"{what} asks for a step too, such as step='1/4' (--step 1/4)")
            return
        try:
            set_(self, "step", Fraction(self.step))
        except (ValueError, TypeError, ArithmeticError):
            step = shown(self.step)
            raise SolfaError(f"step {step} is no number of quarters; write '1/4'") from None
        if not Fraction(1, 32) <= self.step <= 4:
            raise SolfaError(f"step {self.step} is outside 1/32..4 quarters; 1/4 is a sixteenth")
        if self.triplets and self.step.numerator != 1:
            raise SolfaError(f"step {self.step} does not divide a quarter, as triplets ask for")


def counted(notes: Sequence[tuple[str, int]]) -> str:
    """What a refusal offers, by name with its notes: ``2 'Melody' (64 notes), 3 'Bass' (32)``.

    Names beyond so many characters are counted only.
    """
    (first, count), *others = notes
    listed = [f"{first} ({count} notes)", *(f"{name} ({count})" for name, count in others)]
    ends = accumulate(len(name) + 2 for name in listed)
    shown = max(sum(end <= _SHOWN for end in ends), 1)
    more = f" and {len(listed) - shown} more" if len(listed) > shown else ""
    return ", ".join(listed[:shown]) + more
