"""Where a tune is cut into lines: evenly filled, and at the ends of phrases where they allow it.

The best cuts of the whole are found at once, as Knuth and Plass cut paragraphs (*Breaking
Paragraphs into Lines*, Software: Practice and Experience 11, 1981).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import accumulate

from solfa.melody import Melody

_LINE = 0.05  # the price of a line, where the square of its unfilled share is the price of that
_PHRASE = 0.2  # what a phrase's end at a line's end is worth
_LAST = 0.3  # how much less the last line's unfilled share counts
_SQUARE = 4  # bars, where no phrases are known
_STAFF = re.compile(r"M(-?\d+) -?\d+ L(-?\d+) -?\d+")


def firsts(strip: ET.Element, melody: Melody, width: float) -> list[int]:
    """The places of the bars that begin a line but the first, from bars drawn in one row.

    ``width`` is that of a line, in the row's units.
    """
    bars = strip.findall(".//*[@class='measure']")
    widths = [_width(bar) for bar in bars]
    return breaks(widths, _opening(bars[0]), width, _phrases(melody, len(bars)))


def _width(bar: ET.Element) -> int:
    match = _STAFF.fullmatch(bar.find("*[@class='staff']/{*}path").get("d", ""))  # type: ignore[union-attr]
    assert match
    return int(match[2]) - int(match[1])


def _opening(bar: ET.Element) -> int:
    """The width of clef and key, which every line repeats."""
    signs = bar.findall(".//*[@class='clef']/{*}use")
    signs += bar.findall(".//*[@class='keySig']//{*}use")
    places = [int(re.findall(r"-?\d+", sign.get("transform", ""))[0]) for sign in signs]
    return max(places) - min(places) + 700 if places else 700


def _phrases(melody: Melody, bars: int) -> set[int]:
    """How many bars there are up to the end of each phrase; every fourth where none is known.

    A phrase that ends within a bar, before an upbeat, ends with the bar.
    """
    if not melody.phrase_ends or melody.meter is None:
        pickup = 1 if melody.pickup else 0
        return set(range(_SQUARE + pickup, bars, _SQUARE)) if melody.meter else set()
    onsets, starts = melody.onsets(), [onset for onset, *_ in melody.bar_lines()]
    ends = [onsets[i] + melody.notes[i].duration for i in melody.phrase_ends]
    return {sum(start < end for start in starts) for end in ends}


def breaks(widths: Sequence[float], opening: float, width: float, phrases: set[int]) -> list[int]:
    """The first bar of each line but the first: the cheapest cuts of bars that are ``widths`` wide.

    A line repeats ``opening``, but the first bar has its own; a line never is wider than
    ``width`` unless one bar alone is.
    """
    upto = [0.0, *accumulate(widths)]
    count = len(widths)
    best: list[tuple[float, list[int]]] = [(0.0, [])]  # up to each bar
    for end in range(1, count + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            filled = (upto[end] - upto[start] + (opening if start else 0)) / width
            if filled > 1 and start < end - 1:
                break
            price = (1 - min(filled, 1)) ** 2 * (_LAST if end == count else 1) + _LINE
            price -= _PHRASE * (end in phrases and end < count)
            before, cuts = best[start]
            ways.append((before + price, [*cuts, start] if start else cuts))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]
