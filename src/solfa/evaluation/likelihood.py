"""Likelihood: how many bits a note of real tunes costs a model.

The cost of a tune is minus log2 of its probability, its end included, and tunes are compared by
bits per note, rests counted as notes. Every model is used through its Protocol alone, so figures
of different encodings compare; only with a field of pitches in the encoding are the bits of pitch
and duration separate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.errors import SolfaError
from solfa.evaluation.statistics import DRAWS, bootstrap
from solfa.melody import Melody
from solfa.models.protocol import Model

MARKS = "phrase marks of the past"
"""What `Likelihood.given` calls them."""
_ARRAYS = ("bits", "notes", "songs", "symbols")


@dataclass(frozen=True)
class Likelihood:
    """What S songs cost: ``bits`` (S, F) by song and field, ``notes`` (S,), in the order given.

    ``given`` names the conditions that the model was given; ``refused`` counts the songs that its
    encoding cannot encode, by reason, which are left out. ``songs`` (S,) are the indices of the
    others among all songs, ``symbols`` (S,) the number of symbols of each.
    """

    fields: tuple[str, ...]
    bits: np.ndarray
    notes: np.ndarray
    given: tuple[str, ...]
    refused: dict[str, int]
    songs: np.ndarray
    symbols: np.ndarray

    def among(self, songs: np.ndarray) -> Likelihood:
        """What only these of the given songs cost."""
        kept = np.isin(self.songs, songs)
        return replace(self, **{name: getattr(self, name)[kept] for name in _ARRAYS})

    @property
    def perplexity(self) -> float:
        """How many symbols, all alike, would be as hard to guess as a symbol is: 2 ** bits."""
        return float(2 ** (self.bits.sum() / self.symbols.sum()))

    @property
    def marks(self) -> float | None:
        """Bits per note spent on phrase marks, where those of the past were given; else None."""
        given = "phrase" in self.fields and MARKS in self.given
        return self.of("phrase") if given else None

    @property
    def total(self) -> float:
        """Bits per note."""
        return float(self.bits.sum() / self.notes.sum())

    def of(self, *fields: str) -> float:
        """Bits per note spent on some fields."""
        columns = [self.fields.index(field) for field in fields]
        return float(self.bits[:, columns].sum() / self.notes.sum())

    def interval(self, draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
        """A 95 % interval of the total: songs resampled with replacement."""
        return bootstrap(self.bits.sum(1), self.notes, draws, seed)

    def sentence(self) -> str:
        """The total in words; what phrase marks cost is named besides and no part of it."""
        marks = self.marks or 0.0
        extra = f"; phrase marks cost {marks:.3f} more" if marks else ""
        return (
            f"{self.total - marks:.3f} bits a note over {len(self.notes):,} songs,"
            f" {int(self.notes.sum()):,} notes, given {', '.join(self.given)}{extra}"
        )

    def to_plain(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"fields": self.fields, "given": self.given, "refused": self.refused, **arrays}

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Likelihood:
        """The inverse of `to_plain`."""
        arrays = {name: np.array(data[name]) for name in _ARRAYS}
        return cls(
            fields=tuple(data["fields"]),
            given=tuple(data["given"]),
            refused=data["refused"],
            **arrays,
        )

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data; pitch and duration are None for an encoding without them.

        The pickup is counted with the durations; phrase ends, where asked for, only in the total.
        """
        separate = "pitch" in self.fields
        return {
            "bits_per_note": {
                "total": self.total,
                "pitch": self.of("pitch") if separate else None,
                "duration": self.of("pickup", "duration") if separate else None,
            },
            "interval": list(self.interval()),
            "songs": len(self.notes),
            "notes": int(self.notes.sum()),
            "refused": self.refused,
            "given": list(self.given),
        }


def bits(
    model: Model,
    melodies: Sequence[Melody],
    *,
    phrases: bool,
    style: bool,
    batch: int = 64,
    progress: Callable[[int], None] | None = None,
) -> Likelihood:
    """What the songs cost ``model``, key and metre given, a ``batch`` of them at a time.

    ``phrases``: phrase marks are tokens where a song has them: past ones are given, the next one is
    predicted. ``style``: the song's style is given. ``progress`` is called with the number of songs
    done since its last call. Raises `SolfaError` if no song is left.
    """
    encoding = model.encoding
    tunes: list[tuple[Conditions, np.ndarray]] = []
    notes: list[int] = []
    songs: list[int] = []
    refused: Counter[str] = Counter()
    for place, melody in enumerate(melodies):
        conditions = Conditions.of(melody, phrases=phrases)
        conditions = conditions if style else replace(conditions, style=None)
        try:
            tunes.append((conditions, encoding.encode(melody, conditions)))
            notes.append(len(melody.notes))
            songs.append(place)
        except SolfaError as error:
            refused[str(error)] += 1
    if not tunes:
        raise SolfaError(f"{model.name} can say none of the {len(melodies)} songs; give others")
    tune_costs = symbol_bits(model, tunes, batch, progress)
    fields, width = np.asarray(encoding.fields), len(encoding.field_names)
    costs = np.array(
        [
            np.bincount(fields[symbols], weights=cost, minlength=width)
            for (_, symbols), cost in zip(tunes, tune_costs, strict=True)
        ]
    )
    is_given = style and bool(encoding.styles), phrases and "phrase" in encoding.field_names
    names = ("style", MARKS)
    given = ("key", "metre", *(name for name, is_ in zip(names, is_given, strict=True) if is_))
    return Likelihood(
        encoding.field_names,
        costs,
        np.array(notes),
        given,
        dict(refused),
        np.array(songs),
        np.array([len(symbols) for _, symbols in tunes]),
    )


def symbol_bits(
    model: Model,
    tunes: Sequence[tuple[Conditions, np.ndarray]],
    batch: int = 64,
    progress: Callable[[int], None] | None = None,
) -> list[np.ndarray]:
    """Bits of every symbol (S,) of each tune, in the order given; the rest as for `bits`."""
    costs = [np.zeros(0)] * len(tunes)
    for rows in _batches(tunes, batch):
        for row, cost in zip(rows, _costs(model, [tunes[row] for row in rows]), strict=True):
            costs[row] = cost
        if progress:
            progress(len(rows))
    return costs


def _batches(tunes: Sequence[tuple[Conditions, np.ndarray]], size: int) -> list[list[int]]:
    """The indices of songs in batches of like length, rising, with and without phrase marks."""
    order = sorted(range(len(tunes)), key=lambda row: len(tunes[row][1]))
    return [
        group[start : start + size]
        for marked in (False, True)
        for group in [[row for row in order if tunes[row][0].phrases is marked]]
        for start in range(0, len(group), size)
    ]


def _costs(model: Model, tunes: Sequence[tuple[Conditions, np.ndarray]]) -> list[np.ndarray]:
    """Bits (S,) of each tune; the tunes rise in length and are dropped as they close."""
    costs = [np.zeros(len(symbols)) for _, symbols in tunes]
    session = model.begin([conditions for conditions, _ in tunes])
    first = 0  # tunes before it have closed
    for step in range(len(tunes[-1][1])):
        now = np.array([symbols[step] for _, symbols in tunes[first:]])
        probabilities = session.probabilities()[np.arange(len(now)), now]
        with np.errstate(divide="ignore"):  # a probability of 0 costs infinitely many bits
            for cost, bits in zip(costs[first:], -np.log2(probabilities), strict=True):
                cost[step] = bits
        closed = sum(len(symbols) == step + 1 for _, symbols in tunes[first:])
        first += closed
        if first < len(tunes):
            if closed:
                session.select(np.arange(closed, len(now)))
            session.push(now[closed:])
    return costs
