"""How a bar is put on paper: written values, ties, tuplets, beams, accidentals.

A `Melody` knows how long a note sounds; a score must say it in halves and quarters with dots,
ties and tuplets. The conventions are those of common engraving (Gould, *Behind Bars*, 2011).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from solfa.errors import SolfaError
from solfa.melody import Bar, Key, Melody, Meter

VALUES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th")
"""Names of the written values, each half as long as the one before; a breve is 8 quarters."""

_LENGTHS = {Fraction(8, 2**i): name for i, name in enumerate(VALUES)}
_DOTS = (Fraction(1), Fraction(3, 2), Fraction(7, 4))  # lengthening by no, one, two dots


class Value(NamedTuple):
    """A written value: ``actual`` of them take the time of ``normal``; 1 and 1 if no tuplet."""

    name: str
    dots: int
    actual: int
    normal: int


def cut_at(bar: Bar, places: Sequence[Fraction]) -> Bar:
    """The bar with its notes cut at ``places``, in order, where something stands before a note."""
    pieces = []
    for piece in bar.pieces:
        end = piece.onset + piece.duration
        cuts = places[bisect_right(places, piece.onset) : bisect_left(places, end)]
        for start, stop in pairwise((piece.onset, *cuts, end)):
            pieces.append(piece._replace(onset=start, duration=stop - start))
    return bar._replace(pieces=tuple(pieces))


class Symbol(NamedTuple):
    """One sign on the staff: a note, a rest, or a tied part of a note.

    ``onset`` counts quarters from the start of a full bar, which a pickup is the end of.
    """

    pitch: int | None
    onset: Fraction
    duration: Fraction
    value: Value
    tied_back: bool
    tied_on: bool


def on_paper(melody: Melody) -> Melody:
    """The melody as it is drawn: the end of a tune needs no breath mark."""
    last = len(melody.notes) - 1
    return melody.replace(phrase_ends=tuple(end for end in melody.phrase_ends if end != last))


def written_value(duration: Fraction) -> Value | None:
    """The single written value that lasts ``duration`` quarters, or None if it takes a tie."""
    actual = odd_part(duration)
    normal = 1 << (actual.bit_length() - 1)  # 3 in the time of 2, 5 and 7 in that of 4
    for dots, factor in enumerate(_DOTS):
        name = _LENGTHS.get(duration * actual / normal / factor)
        if name:
            return Value(name, dots, actual, normal)
    return None


def odd_part(duration: Fraction) -> int:
    """The odd factor of the denominator: 1 for plain values, 3 for triplets."""
    return duration.denominator // (duration.denominator & -duration.denominator)


def dotted(units: int) -> Iterator[tuple[int, int]]:
    """Single values that add up to ``units``, the longest first: each plain value and its dots.

    A plain value is a power of 2; 7 units are 4 with two dots, 5 are 4 and 1.
    """
    while units:
        plain = 1 << (units.bit_length() - 1)
        dots = next(dots for dots in (2, 1, 0) if units >= 2 * plain - (plain >> dots))
        units -= 2 * plain - (plain >> dots)
        yield plain, dots


_CUTS = [length * factor for length in _LENGTHS for factor in _DOTS[:2]]
_LONGEST = Fraction(14)
_LONGEST_REST = Fraction(7, 2)  # a whole rest or longer means a bar's rest to many readers


def split(
    onset: Fraction, duration: Fraction, meter: Meter | None, longest: Fraction = _LONGEST
) -> list[Fraction]:
    """The written durations, none above ``longest``, that add up to ``duration`` in a bar.

    ``onset`` is where they begin, in quarters from the bar's start. Cuts fall on beats where
    they can, and compound metres keep their beats visible. Raises `SolfaError` for what no
    score can say.
    """
    beat = meter.beat if meter else Fraction(1)
    parts: list[Fraction] = []
    while duration:
        fits = duration <= longest and not _hides_a_beat(onset, duration, beat)
        if fits and written_value(duration):
            part = duration
        else:
            cuts = [cut for cut in _CUTS if cut < duration and cut <= longest]
            if not cuts or len(parts) == 4096:
                raise SolfaError(f"a duration of {duration} quarters cannot be written; quantise")
            part = min(cuts, key=lambda cut: _roughness(onset + cut, beat, cut))
        parts.append(part)
        onset += part
        duration -= part
    return parts


def _hides_a_beat(onset: Fraction, duration: Fraction, beat: Fraction) -> bool:
    """Whether a value runs over a compound beat without being made of whole ones."""
    over = onset % beat + duration > beat
    return beat.numerator == 3 and over and bool(onset % beat or duration % beat)


def _roughness(end: Fraction, beat: Fraction, cut: Fraction) -> tuple[bool, int, Fraction]:
    return bool(end % beat), end.denominator, -cut


def symbols(bar: Bar) -> list[Symbol]:
    """The bar as written, from left to right. Raises `SolfaError` for unwritable durations."""
    shift = bar.meter.bar - bar.length if bar.meter and bar.number == 0 else Fraction(0)
    written = []
    for piece in bar.pieces:
        onset = piece.onset - bar.onset + shift
        if bar.meter and piece.pitch is None and piece.duration == bar.meter.bar:
            parts = [piece.duration]  # a bar's rest is a whole rest in every metre
            values: list[Value | None] = [Value("whole", 0, 1, 1)]
        else:
            longest = _LONGEST_REST if piece.pitch is None else _LONGEST
            parts = split(onset, piece.duration, bar.meter, longest)
            values = [written_value(part) for part in parts]
        for i, (part, value) in enumerate(zip(parts, values, strict=True)):
            assert value
            first, last = i == 0, i == len(parts) - 1
            sounding = piece.pitch is not None
            written.append(
                Symbol(
                    piece.pitch,
                    onset,
                    part,
                    value,
                    piece.tied_back if first else sounding,
                    piece.tied_on if last else sounding,
                )
            )
            onset += part
    return written


def accidentals(symbols: Iterable[Symbol], key: Key) -> list[int | None]:
    """The accidental to print before each symbol, as semitones of alteration, or None."""
    signature = key.accidentals
    current: dict[tuple[str, int], int] = {}
    shown: list[int | None] = []
    for symbol in symbols:
        show = None
        if symbol.pitch is not None:
            step, alter, octave = key.spell(symbol.pitch)
            if (
                alter != current.get((step, octave), signature.get(step, 0))
                and not symbol.tied_back
            ):
                show = current[step, octave] = alter
        shown.append(show)
    return shown


def beams(
    symbols: list[Symbol], meter: Meter | None, separate: Container[int] = ()
) -> list[list[str]]:
    """For each symbol, what its first, second, ... beam does: ``begin``, ``continue``, ``end``,
    ``forward hook`` or ``backward hook``; an empty list for a symbol without beams.

    Notes are beamed by the beat; eighths alone by the half bar, or by the bar in 2/4 and 3/4. No
    beam reaches over a breath to the symbols whose places are in ``separate``.
    """
    wide, narrow = (_spans(meter, wide) for wide in (True, False))
    halves = [_place(wide, symbol.onset) for symbol in symbols]
    busy = {half for half, s in zip(halves, symbols, strict=True) if not _is_plain(s)}
    homes = [
        (half, _place(narrow, symbol.onset) if half in busy else None)
        for half, symbol in zip(halves, symbols, strict=True)
    ]
    groups: list[list[int]] = []
    for i, symbol in enumerate(symbols):
        joins = i > 0 and i not in separate and homes[i] == homes[i - 1]
        if joins and _flags(symbol) and _flags(symbols[i - 1]):
            groups[-1].append(i)
        else:
            groups.append([i])
    drawn: list[list[str]] = [[] for _ in symbols]
    for group in groups:
        flags = [_flags(symbols[i]) for i in group]
        for place, i in enumerate(group):
            for level in range(1, flags[place] + 1):
                before = place > 0 and flags[place - 1] >= level
                after = place + 1 < len(group) and flags[place + 1] >= level
                if len(group) > 1:
                    drawn[i].append(_BEAMS.get((before, after)) or _hook(place))
    return drawn


_BEAMS = {(False, True): "begin", (True, True): "continue", (True, False): "end"}


def _hook(place: int) -> str:
    return "backward hook" if place else "forward hook"


def _flags(symbol: Symbol) -> int:
    """Flags on the symbol's stem; rests have none."""
    flags = VALUES.index(symbol.value.name) - VALUES.index("quarter")
    return 0 if symbol.pitch is None else max(0, flags)


def _is_plain(symbol: Symbol) -> bool:
    """Whether it leaves eighths to be beamed over beats: no flags but an eighth's, on its place."""
    return _flags(symbol) < 2 and symbol.value.actual == 1 and symbol.onset.denominator <= 2


def _spans(meter: Meter | None, wide: bool) -> list[Fraction]:
    """The lengths, from the bar's start on, within which notes are beamed together.

    That is a beat, three eighths in compound metres, and pairs with a last three in 5/8 and 7/8;
    ``wide`` spans hold eighths: the bar of 2/4 and 3/4, halves of 4/4 and 2/2.
    """
    if meter is None:
        return [Fraction(1)]
    if meter.bar <= Fraction(3, 2):
        return [meter.bar]
    if meter.beat.numerator == 3:
        return [meter.beat] * int(meter.bar / meter.beat)
    odd = meter.bar.denominator == 2
    pairs = [Fraction(1)] * int(meter.bar - Fraction(3, 2) * odd)
    if odd:
        return [*pairs, Fraction(3, 2)]
    if wide and meter.bar in (2, 3):
        return [meter.bar]
    return [Fraction(2)] * int(meter.bar / 2) if wide and meter.bar == 4 else pairs or [meter.bar]


def _place(spans: list[Fraction], onset: Fraction) -> int:
    """The number of the span that holds ``onset``; the last one repeats in a longer bar."""
    for number, length in enumerate(spans):
        if onset < length:
            return number
        onset -= length
    return len(spans) + int(onset // spans[-1])


def tuplets(symbols: list[Symbol]) -> list[tuple[bool, bool]]:
    """Whether a bracketed tuplet begins, and whether it ends, at each symbol."""
    marks = [(False, False)] * len(symbols)
    start, total = None, Fraction(0)
    for i, symbol in enumerate(symbols):
        ratio = symbol.value[2:]
        if ratio == (1, 1):
            continue
        if start is None:
            start, total = i, Fraction(0)
        total += symbol.duration
        following = symbols[i + 1].value[2:] if i + 1 < len(symbols) else None
        whole = total.denominator & (total.denominator - 1) == 0
        if whole or following != ratio:
            marks[start] = (True, marks[start][1])
            marks[i] = (marks[i][0], True)
            start = None
    return marks
