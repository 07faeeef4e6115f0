"""What survives in each format: real tunes are written and read again, alone and across formats.

    python benchmarks/roundtrips.py --count 1000 --pairs 200 --seed 1 [--write docs/formats.md]

The tunes are drawn by the seed from all built-in repertoires, and so are words to sing, a tempo
and the request of a tune that solfa composed, which they do not have. Every format that is both
read and written has its row, one that is not known here too. What must survive is in `LOSES`;
exits with 1 and names the tunes where it does not.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import solfa
from page import write_section
from solfa import corpora
from solfa.composing.provenance import Provenance, digest
from solfa.errors import ReadError, SolfaError
from solfa.formats import READERS, WRITERS, reader, render
from solfa.formats.read_options import ReadOptions
from solfa.markdown import table
from solfa.melody import Melody

_SYLLABLES = [first + vowel for first in "bdfglmnrst" for vowel in "aeiou"] + ["Öl", "d'or", "a b"]


def drawn(count: int, seed: int, styles: Iterable[str] = corpora.REPERTOIRES) -> list[Melody]:
    """Tunes with words, tempo and a request made up for them; the ``seed`` draws all of it."""
    chance = random.Random(seed)
    return [told(tune, chance) for tune in chance.sample(corpora.load(*styles).tunes, count)]


def told(tune: Melody, chance: random.Random) -> Melody:
    """The tune with up to two verses, a tempo and a request."""
    verses = [_verse(tune, chance) for _ in range(chance.randint(1, 2))]
    tune = tune.replace(lyrics=verses)
    request = {"style": tune.metadata.style, "seed": chance.randrange(1 << 32), "prompt": "X:1\nK:"}
    record = Provenance(solfa.__version__, "ngram", "0" * 12, 0, digest(tune), request)
    comments = (*tune.metadata.comments, record.comment())
    tempo = chance.randint(40, 200)
    return tune.replace(metadata=replace(tune.metadata, tempo=tempo, comments=comments))


def _verse(tune: Melody, chance: random.Random) -> list[str]:
    def syllable() -> str:
        held, on = chance.random() < 0.2, chance.random() < 0.4
        return "_" if held else chance.choice(_SYLLABLES) + "-" * on

    return ["" if note.pitch is None else syllable() for note in tune.notes]


def _spans(tune: Melody, *, rests: bool) -> tuple[Any, ...]:
    notes = zip(tune.onsets(), tune.notes, strict=True)
    return tuple((at, n.pitch, n.duration) for at, n in notes if (n.pitch is None) is rests)


def _phrase_ends(tune: Melody) -> tuple[Any, ...]:
    onsets = tune.onsets()
    return tuple(onsets[end] + tune.notes[end].duration for end in tune.phrase_ends)


def _words(tune: Melody) -> tuple[Any, ...]:
    sung = [i for i, note in enumerate(tune.notes) if note.pitch is not None]
    return tuple(tuple(verse[i] for i in sung) for verse in tune.lyrics)


def _labels(tune: Melody) -> tuple[str, ...]:
    known = tune.metadata
    labels = (known.id, known.region, known.genre, known.source)
    return labels if any(labels) else ()


def _comments(tune: Melody) -> tuple[str, ...]:
    return tuple(c for c in tune.metadata.comments if not c.startswith('{"solfa"'))


def _request(tune: Melody) -> Provenance | None:
    try:
        record = Provenance.of(tune, "")
    except SolfaError:
        return None
    return record if record.digest == digest(tune) else None


ASPECTS: dict[str, Callable[[Melody], Any]] = {
    "notes": lambda tune: _spans(tune, rests=False),
    "rests": lambda tune: _spans(tune, rests=True),
    "key, mode": lambda tune: tune.key,
    "metre": lambda tune: tune.meter or "free",
    "pickup": lambda tune: tune.pickup,
    "metre changes": lambda tune: tune.meter_changes,
    "phrase ends": _phrase_ends,
    "words": _words,
    "title": lambda tune: tune.metadata.title,
    "labels": _labels,
    "style": lambda tune: tune.metadata.style,
    "comments": _comments,
    "tempo": lambda tune: tune.metadata.tempo,
    "request": _request,
}
"""What a tune may have, falsy where it has not. Rests are the times and lengths of each."""

BARS = ("notes", "metre", "pickup")
"""What is asked of a tune that goes through two formats."""

LOSES: dict[str, set[str]] = {
    ".krn": set(),
    ".abc": set(),
    ".mid": set(),
    ".sol": set(),
    ".musicxml": {"rests"},
    ".mxl": {"rests"},
    ".esac": {"phrase ends", "words", "style", "comments", "tempo", "request", "title", "labels"},
    ".txt": set(ASPECTS) - {"notes", "rests"},
}
"""What a format may lose; all else must survive in every tune. Of others only notes are asked.

Texts in EsAC cannot hold its brackets, a page of music cuts rests at bar lines.
"""

REFUSES = {".txt", ".esac"}
"""Formats that may refuse to write a tune."""


def suffixes() -> list[str]:
    """One suffix of each format that is read and written."""
    formats: dict[Any, str] = {}
    for suffix in READERS:
        if suffix in WRITERS:
            formats.setdefault((READERS[suffix], WRITERS[suffix]), suffix)
    return list(formats.values())


class Outcome(NamedTuple):
    """One tune in one format: why it was refused, or what it had and what of that was lost."""

    tune: str
    refused: str = ""
    had: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


class Trips:
    """Tunes through formats; what the same bytes say is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, bytes], Melody] = {}

    def back(self, tune: Melody, suffix: str) -> Melody:
        """The tune as it is read when it was written.

        Raises `SolfaError` where it cannot be written, `ReadError` where it is not read again.
        """
        data = render(tune, suffix)
        if (suffix, data) not in self._read:
            (again,) = reader(suffix)(data, "", ReadOptions())
            if isinstance(again, ReadError):
                raise again
            self._read[suffix, data] = again
        return self._read[suffix, data]

    def through(self, tune: Melody, *way: str) -> Outcome:
        """What survives when the tune is written and read in each format of the way."""
        again = tune
        try:
            for suffix in way:
                again = self.back(again, suffix)
        except ReadError:
            return Outcome(tune.metadata.id, "", frozenset(ASPECTS), frozenset(ASPECTS))
        except SolfaError as error:
            return Outcome(tune.metadata.id, refused=_plain(str(error)))
        had, lost = set(), set()
        for aspect, of in ASPECTS.items():
            before, after = of(tune), of(again)
            if before or after:
                had.add(aspect)
            if before != after:
                lost.add(aspect)
        return Outcome(tune.metadata.id, "", frozenset(had), frozenset(lost))


def _plain(reason: str) -> str:
    """The reason without its numbers and its remedy, so that like ones are counted together."""
    return re.sub(r"\b\d+(/\d+)?\b", "N", reason.split(";")[0])


def broken(outcomes: dict[str, list[Outcome]]) -> list[str]:
    """Which tunes lost what they must keep, a line for each format and aspect."""
    faults: dict[str, list[str]] = defaultdict(list)
    for suffix, tunes in outcomes.items():
        for outcome in tunes:
            if outcome.refused and suffix in LOSES and suffix not in REFUSES:
                faults[f"{suffix} refuses ({outcome.refused})"].append(outcome.tune)
            for aspect in outcome.lost - LOSES.get(suffix, set(ASPECTS) - {"notes"}):
                faults[f"{suffix} loses {aspect}"].append(outcome.tune)
    return [f"{fault}: {' '.join(tunes)}" for fault, tunes in sorted(faults.items())]


def share(kept: int, of: int) -> str:
    """A share that is rounded to neither all nor none."""
    if not of:
        return ""
    if kept in (0, of):
        return "all" if kept else "none"
    return f"{min(max(100 * kept / of, 0.1), 99.9):.1f} %"


def matrix(outcomes: dict[str, list[Outcome]]) -> str:
    """What survives in each format, a table."""
    rows = []
    for suffix, tunes in outcomes.items():
        taken = [outcome for outcome in tunes if not outcome.refused]
        cells = []
        for aspect in ASPECTS:
            having = [outcome for outcome in taken if aspect in outcome.had]
            cells.append(share(sum(aspect not in o.lost for o in having), len(having)))
        rows.append([f"`{suffix}`", f"{len(taken):,}", *cells])
    return table(["format", "tunes", *ASPECTS], rows)


def across(tunes: Sequence[Melody], trips: Trips) -> str:
    """What survives from each format to each other, a table."""
    names = suffixes()
    rows = []
    for first in names:
        cells = []
        for second in names:
            ways = [trips.through(tune, first, second) for tune in tunes]
            taken = [outcome for outcome in ways if not outcome.refused]
            cells.append(share(sum(not o.lost.intersection(BARS) for o in taken), len(taken)))
        rows.append([f"`{first}`", *cells])
    return table(["from, to", *(f"`{name}`" for name in names)], rows)


def refusals(outcomes: dict[str, list[Outcome]]) -> str:
    """How many tunes each format refused, and why; empty where none did."""
    reasons = []
    for suffix, tunes in outcomes.items():
        counted = Counter(outcome.refused for outcome in tunes if outcome.refused)
        told = ", ".join(f"{reason} ({count:,})" for reason, count in counted.most_common())
        if told:
            reasons.append(f"`{suffix}` refuses {counted.total():,}: {told}.")
    return " ".join(reasons)


def page(tunes: Sequence[Melody], outcomes: dict[str, list[Outcome]], pairs: str, few: int) -> str:
    """The section of the page."""
    having = Counter(aspect for tune in tunes for aspect, of in ASPECTS.items() if of(tune))
    some = ", ".join(
        f"{having[aspect]:,} have {named}"
        for aspect, named in {
            "rests": "rests",
            "pickup": "a pickup",
            "metre changes": "metre changes",
            "phrase ends": "phrase ends",
            "comments": "comments",
        }.items()
    )
    free = sum(tune.meter is None for tune in tunes)
    text = (
        f"{len(tunes):,} tunes from all repertoires are written and read again. {some};"
        f" {free:,} are in free metre. They have no words, tempo and request: these are made up."
        " A cell says of how many of the tunes that have it, or come back with it, it survives"
        " exactly. Labels are id, region, genre and source; the request is what `solfa"
        " replay` reads, and finds the tune unedited."
    )
    parts = ["## What survives", text, matrix(outcomes), refusals(outcomes)]
    parts.append(
        f"From one format to another, notes, metre and pickup of {few:,} of them survive together"
        " (written, read, written in the other, read):"
    )
    return "\n\n".join(filter(None, [*parts, pairs]))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="tunes")
    parser.add_argument("--pairs", type=int, default=200, help="tunes taken from format to format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="a page to write into")
    arguments = parser.parse_args()
    tunes, trips = drawn(arguments.count, arguments.seed), Trips()
    outcomes = {suffix: [trips.through(t, suffix) for t in tunes] for suffix in suffixes()}
    some = tunes[: arguments.pairs]
    print(shown := page(tunes, outcomes, across(some, trips), len(some)))
    if arguments.write:
        write_section(arguments.write, "roundtrips", shown)
    for fault in (faults := broken(outcomes)):
        print(f"BROKEN: {fault}", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
