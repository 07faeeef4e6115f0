"""From times as they are performed to a grid as it is notated: pure functions over `Event`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor
from statistics import median

from solfa.errors import SolfaError
from solfa.formats.voices import Event

THIRD = Fraction(1, 3)
_REACH = 3  # grid points about a performed onset among which its own is sought


def quantised(
    events: Sequence[Event],
    step: Fraction,
    *,
    triplets: bool = False,
    swing: bool = False,
    beat: Fraction = Fraction(0),
) -> list[Event]:
    """One voice brought to a grid of ``step`` quarters: as many notes, in order, none overlapping.

    Each onset goes to a grid point of its own, all together to those with the least squares of
    distance. A note lasts until the next where the gap performed is shorter than a step
    (articulation), else to the grid point nearest to its end, so rests of two steps and more are
    kept whatever the touch. With ``triplets`` each quarter that triplet eighths explain at least
    twice as well has these instead; with ``swing`` long and short eighths, from about 1.2:1 to
    3:1, are first made even (``beat`` is where any quarter begins). Raises `SolfaError` where
    notes come faster than the grid.
    """
    played = _even(events, beat) if swing else list(events)
    grid = _Grid(step, _triplet_beats(played, step) if triplets else frozenset())
    onsets = _spread([event.onset for event in played], grid)
    notated: list[Event] = []
    for i, (event, onset) in enumerate(zip(played, onsets, strict=True)):
        end = max(grid.nearest(event.end), grid.after(onset))
        if i + 1 < len(played):
            held = played[i + 1].onset - event.end < step
            end = onsets[i + 1] if held else min(end, onsets[i + 1])
        notated.append(Event(onset, end, event.pitch))
    return notated


class _Grid:
    """Points every ``step``, but every third of a quarter in the quarters named."""

    def __init__(self, step: Fraction, thirds: frozenset[int]) -> None:
        self.step = step
        self.thirds = thirds

    def near(self, time: Fraction) -> list[Fraction]:
        """Some points about a time, in order."""
        if not self.thirds:
            first = max(0, floor(time / self.step) - _REACH + 1)
            return [self.step * (first + i) for i in range(2 * _REACH)]
        reach = _REACH * max(self.step, THIRD)
        beats = range(max(0, floor(time - reach)), floor(time + reach) + 1)
        return [point for number in beats for point in self.points(number)]

    def points(self, number: int) -> list[Fraction]:
        """Those in one quarter."""
        step = THIRD if number in self.thirds else self.step
        return [number + i * step for i in range(int(1 / step))]

    def nearest(self, time: Fraction) -> Fraction:
        return min(self.near(time), key=lambda point: (abs(point - time), -point))

    def after(self, point: Fraction) -> Fraction:
        return next(later for later in self.near(point) if later > point)


def _spread(times: Sequence[Fraction], grid: _Grid) -> list[Fraction]:
    """A grid point for each time, rising, with the least sum of squared distances."""
    ways: list[dict[Fraction, tuple[float, Fraction | None]]] = []
    before: dict[Fraction, tuple[float, Fraction | None]] = {}
    for time in times:
        here: dict[Fraction, tuple[float, Fraction | None]] = {}
        for point in grid.near(time):
            cost = float(point - time) ** 2
            lower = [(way[0], earlier) for earlier, way in before.items() if earlier < point]
            if lower:
                least, last = min(lower)
                here[point] = (least + cost, last)
            elif not ways:
                here[point] = (cost, None)
        if not here:
            raise SolfaError(
                f"notes come faster than the step of {grid.step} quarters;"
                f" give a finer one, such as step='{grid.step / 2}' (--step {grid.step / 2})"
            )
        ways.append(here)
        before = here
    chosen: list[Fraction] = []
    best = min(before, key=lambda point: before[point][0], default=None)
    for way in reversed(ways):
        assert best is not None
        chosen.append(best)
        best = way[best][1]
    return chosen[::-1]


def _within(onsets: Iterable[Fraction], beat: Fraction) -> dict[int, list[Fraction]]:
    """The places of the onsets within each quarter, those near its ends left out."""
    inside = defaultdict(list)
    for onset in onsets:
        number = floor(onset - beat)
        place = onset - beat - number
        if Fraction(1, 8) <= place <= Fraction(7, 8):
            inside[number].append(place)
    return inside


def _triplet_beats(events: Sequence[Event], step: Fraction) -> frozenset[int]:
    """The quarters whose onsets stand nearer to thirds than to the grid of ``step``."""

    def distance(place: Fraction, unit: Fraction) -> Fraction:
        return (place - round(place / unit) * unit) ** 2

    found = set()
    for number, places in _within((e.onset for e in events), Fraction(0)).items():
        straight = sum(distance(place, step) for place in places)
        thirds = sum(distance(place, THIRD) for place in places)
        if 2 * thirds < straight:
            found.add(number)
    return frozenset(found)


def _even(events: Sequence[Event], beat: Fraction) -> list[Event]:
    """The events with each quarter's second eighth moved to its middle, and all between with it.

    The second eighth is the only onset within its quarter; where there is none, as under a note's
    end, it stands where it mostly does (at two thirds, if no onset shows it). Quarters with more
    onsets are left as they are.
    """
    low, high = Fraction(2, 5), Fraction(7, 8)
    inside = _within((event.onset for event in events), beat)
    seconds = {
        number: places[0]
        for number, places in inside.items()
        if len(places) == 1 and low <= places[0] <= high
    }
    usual = median(seconds.values()) if seconds else Fraction(2, 3)

    def even(time: Fraction) -> Fraction:
        number = floor(time - beat)
        place = time - beat - number
        if number in inside and number not in seconds:
            return time
        second = seconds.get(number, usual)
        late = place > second
        within = 1 - (1 - place) / (1 - second) / 2 if late else place / second / 2
        return beat + number + within

    return [Event(even(onset), even(end), pitch) for onset, end, pitch in events]
