"""Which part of the split a tune is in: train, valid or test, a family never in two.

The parts of the built-in tunes are frozen in ``splits/<repertoire>.csv`` (ids only), so that
figures stay comparable. Families run across repertoires. Songs that come later inherit the part
of the family they join; one that joins families of two parts leaves training.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from solfa.analysis.families import families
from solfa.melody import Melody

PARTS = ("train", "valid", "test")
NO_PART = "none"
"""The part of a song that bridges two parts: it is in neither."""

FOLDER = Path(__file__).parent / "splits"


@cache
def frozen() -> dict[tuple[str, str], str]:
    """The part of every built-in tune, by (repertoire, id), as committed."""
    lists = sorted(FOLDER.glob("*.csv"))
    rows = (
        (path.stem, row)
        for path in lists
        for row in csv.reader(path.read_text("utf-8").splitlines())
    )
    return {(style, name): part for style, (name, part) in rows}


def frozen_parts(tunes: Iterable[Melody]) -> list[str | None]:
    """The committed part of each tune; None for one that is in no list."""
    lists = frozen()
    return [lists.get((tune.metadata.style, tune.metadata.id)) for tune in tunes]


def family_parts(tunes: Sequence[Melody], known: Sequence[str | None]) -> list[str]:
    """The part of each tune, families whole; what is ``known`` stays as it is.

    A family with known members in one part is in that part; with known members in several, its
    other tunes are `NO_PART`; a family without is placed by a hash of its smallest id.
    """
    members = defaultdict(list)
    for index, family in enumerate(families(tunes).tolist()):
        members[family].append(index)
    result = [part or NO_PART for part in known]
    for group in members.values():
        parts = {known[i] for i in group} - {None, NO_PART}
        if len(parts) <= 1:
            smallest = min(tunes[i].metadata.id for i in group)
            part = next(iter(parts), None) or placed(smallest)
            for index in group:
                result[index] = known[index] or part
    return result


def random_parts(tunes: Iterable[Melody]) -> list[str]:
    """The part of each tune by a hash of its own id: variants of one tune fall in several."""
    return [placed(f"random {tune.metadata.id}") for tune in tunes]


def placed(name: str) -> str:
    """The part that a hash of a name falls in: 80, 10 and 10 of 100 names."""
    place = int.from_bytes(sha256(name.encode()).digest()[:8], "big") % 100
    return PARTS[0] if place < 80 else PARTS[1] if place < 90 else PARTS[2]
