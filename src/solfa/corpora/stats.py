"""What a corpus holds, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from solfa.analysis.families import families
from solfa.corpora.corpus import Corpus
from solfa.corpora.splits import NO_PART, PARTS
from solfa.errors import SolfaError


@dataclass(frozen=True)
class Stats:
    """Counts of one corpus; in each table the most frequent comes first.

    ``notes`` include the ``rests``; ``with_phrases`` and ``with_pickup`` count tunes; ``range``
    is a tune's ambitus in semitones; ``durations`` are in quarters; ``parts`` are those of the
    split by families.
    """

    name: str
    tunes: int
    notes: int
    rests: int
    with_phrases: int
    with_pickup: int
    families: int
    largest_family: int
    length: tuple[int, float, int]  # notes of the shortest, the median, the longest tune
    range: tuple[int, float, int]
    modes: dict[str, int]
    meters: dict[str, int]
    durations: dict[str, int]
    parts: dict[str, int]
    refused: dict[str, int]


def stats(corpus: Corpus) -> Stats:
    """Counts the corpus. Raises `SolfaError` if it has no tune."""
    tunes = corpus.tunes
    if not tunes:
        raise SolfaError(f"the corpus {corpus.name!r} has no tune; {len(corpus.refused)} refused")
    notes = [note for tune in tunes for note in tune.notes]
    family_sizes = Counter(families(tunes).tolist()).values()
    return Stats(
        name=corpus.name,
        tunes=len(tunes),
        notes=len(notes),
        rests=sum(note.pitch is None for note in notes),
        with_phrases=sum(bool(tune.phrase_ends) for tune in tunes),
        with_pickup=sum(tune.pickup > 0 for tune in tunes),
        families=len(family_sizes),
        largest_family=max(family_sizes),
        length=_spread(len(tune.notes) for tune in tunes),
        range=_spread(max(t.pitches) - min(t.pitches) if t.pitches else 0 for t in tunes),
        modes=_counted(tune.key.mode for tune in tunes),
        meters=_counted(str(tune.meter or "free") for tune in tunes),
        durations=_counted(str(note.duration) for note in notes),
        parts={part: corpus.parts.count(part) for part in (*PARTS, NO_PART)},
        refused=_counted(refusal.reason for refusal in corpus.refused),
    )


def table(found: Stats, longest: int = 12) -> Table:
    """The counts as a table for a terminal; of long lists the ``longest`` first entries."""
    grid = Table(title=found.name, show_header=False, title_justify="left")
    grid.add_column(style="bold")
    grid.add_column()
    tunes = found.tunes
    grid.add_row("tunes", f"{tunes:,}")
    grid.add_row("notes", f"{found.notes:,}, of which {found.rests:,} rests")
    grid.add_row("notes a tune", _shown(found.length))
    grid.add_row("range in semitones", _shown(found.range))
    grid.add_row("phrases known", f"{found.with_phrases:,} ({found.with_phrases / tunes:.0%})")
    grid.add_row("with a pickup", f"{found.with_pickup:,} ({found.with_pickup / tunes:.0%})")
    grid.add_row("families", f"{found.families:,}, the largest of {found.largest_family:,}")
    for name, counts in [
        ("split", found.parts),
        ("modes", found.modes),
        ("metres", found.meters),
        ("durations in quarters", found.durations),
    ]:
        shown = [f"{value} {count:,}" for value, count in list(counts.items())[:longest] if count]
        more = [f"{len(counts) - longest} more"] if len(counts) > longest else []
        grid.add_row(name, ", ".join(shown + more))
    grid.add_row("refused", f"{sum(found.refused.values()):,}")
    for reason, count in found.refused.items():
        grid.add_row("", f"{count:,}: {reason}")
    return grid


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _spread(values: Iterable[int]) -> tuple[int, float, int]:
    found = list(values)
    return min(found), median(found), max(found)


def _shown(spread: tuple[int, float, int]) -> str:
    least, middle, most = spread
    return f"{least} to {most}, median {middle:g}"
