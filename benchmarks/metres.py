"""Counts how folk songs fill their bars, and measures how well that finds bar lines.

    python benchmarks/metres.py count      # prints the table of src/solfa/analysis/metre.py
    python benchmarks/metres.py            # measures on the validation tunes

Counted are the training tunes of all built-in repertoires, measured the validation tunes: those
in one metre whose notes all last whole sixteenths, as symbols say them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from solfa import corpora
from solfa.analysis.metre import DURATIONS, Habits, find_meter, metre_features, places
from solfa.melody import Melody, Meter, Note

METERS = [Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(3, 8), Meter(6, 8)]
COMMON = Meter(4, 4)


def tunes(part: str) -> list[Melody]:
    """The tunes of a part of the split that symbols can say, 2/2 taken as 4/4."""
    found = corpora.load(*corpora.REPERTOIRES).split(part)
    sayable = (
        tune
        for tune in found
        if tune.meter
        and not tune.meter_changes
        and all((4 * time).denominator == 1 for time in (tune.pickup, *_durations(tune)))
    )
    return [t.replace(meter=COMMON) if t.meter == Meter(2, 2) else t for t in sayable]


def _durations(tune: Melody) -> Iterable[Fraction]:
    return (note.duration for note in tune.notes)


def count(songs: list[Melody]) -> dict[Meter, Habits]:
    """The habits of ``songs`` in each of the `METERS`."""
    known = Counter(tune.meter for tune in songs if tune.meter in METERS)
    return {meter: _habits(meter, songs, known.total()) for meter in METERS}


def _habits(meter: Meter, songs: list[Melody], all_songs: int) -> Habits:
    rows = int(2 * meter.bar) + 1
    durations, repeats = np.zeros((rows, len(DURATIONS) + 1)), np.zeros((rows, 3))
    pickups: Counter[int] = Counter()
    for tune in (tune for tune in songs if tune.meter == meter):
        upbeat = int(4 * tune.pickup)
        pickups[upbeat] += 1
        features = metre_features(tune.notes)
        place = places(features.steps, meter, upbeat)
        np.add.at(durations, (place, features.columns), 1)
        np.add.at(repeats, (place, features.repeats), 1)
    often = np.maximum(np.rint(10_000 * durations / durations.sum()), 1).astype(int)
    repeated = np.rint(1000 * repeats[:, 1] / repeats[:, :2].sum(1)).astype(int)
    thousandths = {p: round(1000 * n / pickups.total()) for p, n in sorted(pickups.items())}
    return Habits(
        round(1000 * pickups.total() / all_songs),
        {upbeat: share for upbeat, share in thousandths.items() if share > 1},
        tuple((*map(int, row), int(share)) for row, share in zip(often, repeated, strict=True)),
    )


def source(table: dict[Meter, Habits]) -> str:
    """The table as it stands in the source."""
    lines = ["HABITS = {"]
    for meter, habits in table.items():
        lines += [
            f"    {meter!r}: Habits(",
            f"        {habits.share},",
            f"        {habits.pickups},",
        ]
        lines += ["        (", *(f"            {row}," for row in habits.places), "        ),"]
        lines += ["    ),"]
    return "\n".join([*lines, "}"])


def beginning(tune: Melody, steps: int | None) -> list[Note]:
    """The notes that end within the first ``steps`` sixteenths; all for None."""
    ends = (onset + note.duration for onset, note in zip(tune.onsets(), tune.notes, strict=True))
    return [n for n, end in zip(tune.notes, ends, strict=True) if steps is None or 4 * end <= steps]


def measure(songs: list[Melody]) -> None:
    """Prints how often metre and bar lines are found, beside taking 4/4 without a pickup."""
    print("| songs | heard | metre | metre, bar lines | 4/4 | 4/4, no pickup |")
    print("|---|---|---|---|---|---|")
    for name in ("german", "all"):
        chosen = [tune for tune in songs if name in ("all", tune.metadata.style)]
        taken = [
            (tune.meter == COMMON, tune.meter == COMMON and not tune.pickup) for tune in chosen
        ]
        for steps in (None, 64, 32, 16):
            found = []
            for tune in chosen:
                meter, pickup = find_meter(beginning(tune, steps), whole=steps is None)
                right = meter == tune.meter
                found.append((right, right and pickup == tune.pickup))
            heard = f"first {steps} steps" if steps else "whole tune"
            shares = (f"{share:.0%}" for share in (*np.mean(found, 0), *np.mean(taken, 0)))
            print(f"| {len(chosen)} {name} | {heard} | {' | '.join(shares)} |")


if __name__ == "__main__":
    if sys.argv[1:] == ["count"]:
        print(source(count(tunes("train"))))
    else:
        measure(tunes("valid"))
