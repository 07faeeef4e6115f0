"""What the meta events of a MIDI file say of tempo, metre and key, what makes no sense left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, MutableSequence
from fractions import Fraction
from typing import NamedTuple

from solfa.errors import SolfaError
from solfa.formats.comments import passed_over
from solfa.formats.midi.events import KEY, METER, TEMPO, MetaEvent
from solfa.melody import Key, Meter

_SLOWEST = 60_000_000  # microseconds of a quarter, one a minute


class Signs(NamedTuple):
    """The first tempo (quarters a minute), and metres and keys by where they begin (quarters)."""

    tempo: int | None
    meters: dict[Fraction, Meter]
    keys: dict[Fraction, Key]

    @classmethod
    def of(cls, metas: Iterable[MetaEvent], comments: MutableSequence[str]) -> Signs:
        """The signs of ``metas``, which are in order; ``comments`` gets what was passed over."""
        tempo: int | None = None
        meters: dict[Fraction, Meter] = {}
        keys: dict[Fraction, Key] = {}
        odd: Counter[str] = Counter()
        for at, kind, data in metas:
            try:
                if kind == METER:
                    meters[at] = _meter(data)
                elif kind == KEY:
                    keys[at] = _key(data)
                elif kind == TEMPO:
                    new = _tempo(data)
                    tempo = new if tempo is None else tempo
                    odd["changes of tempo"] += new != tempo
            except SolfaError as error:
                odd[str(error)] += 1
        comments.extend(passed_over(what, count) for what, count in odd.items() if count)
        return cls(tempo, meters, keys)


def _meter(data: bytes) -> Meter:
    if len(data) < 2 or data[1] > 6:
        raise SolfaError("a time signature that cannot be")
    try:
        return Meter(data[0], 1 << data[1])
    except SolfaError:
        raise SolfaError("a time signature that cannot be") from None


def _key(data: bytes) -> Key:
    if len(data) < 2 or data[1] > 1:
        raise SolfaError("a key signature that cannot be")
    sharps = data[0] - 256 * (data[0] > 127)
    if abs(sharps) > 7:
        raise SolfaError("a key signature that cannot be")
    return Key.of_signature(sharps, "minor" if data[1] else "major")


def _tempo(data: bytes) -> int:
    length = int.from_bytes(data[:3], "big")
    if len(data) < 3 or not 0 < length <= _SLOWEST:
        raise SolfaError("a tempo that cannot be")
    return round(_SLOWEST / length)
