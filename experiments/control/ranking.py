"""What is gained by drawing several fillings of a gap and taking the one that fits best.

The one fits best that makes the kept right side likeliest, as `Request.candidates` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.control.gaps import Gap, gaps_in
from solfa.analysis.note_overlap import note_overlap
from solfa.composing.compose import compose_request
from solfa.composing.constraints.problem import compile_request
from solfa.encodings.conditions import Conditions
from solfa.encodings.features import SIDES
from solfa.errors import RequestError
from solfa.evaluation.likelihood import symbol_bits
from solfa.evaluation.statistics import Mean, Share
from solfa.melody import Melody, Note
from solfa.models.protocol import Model, Session

BARS = 2
"""How long the gaps are."""
DRAWS = 8
"""Fillings drawn for each gap, of which one is taken; the truth is ranked among one less."""


@dataclass(frozen=True)
class Filled:
    """Fillings beside the truth.

    ``likeness`` to the true middle; ``join``: its last pitch is right; ``leap``: from there to what
    is kept, in semitones.
    """

    likeness: Mean
    join: Share
    leap: Mean


@dataclass(frozen=True)
class Ranking:
    """Of so many gaps: how often the truth is ranked ``first``; fillings as drawn, and chosen.

    ``told``: the ``model`` hears what follows the gap while it writes. ``truth`` has the leap of
    songs.
    """

    model: str
    told: bool
    gaps: int
    first: Mean
    drawn: Filled
    chosen: Filled
    truth: Filled


class WithoutRightContext:
    """A model that is not given what follows a gap."""

    def __init__(self, model: Model) -> None:
        self.name, self.hash, self.encoding = model.name, model.hash, model.encoding
        self.features = model.features - set(SIDES)
        self._model = model

    def begin(self, all_conditions: Sequence[Conditions]) -> Session:
        """A session of the model, the kept notes unknown."""
        return self._model.begin([replace(conditions, fixed=()) for conditions in all_conditions])


def rankings_of(model: Model, songs: Sequence[Melody], count: int, seed: int) -> list[Ranking]:
    """What ranking gains without the right side told; and told, of a model that hears it."""
    gaps = gaps_in(model, songs, BARS, count, seed)
    ways: list[Model] = [WithoutRightContext(model)]
    if model.features & set(SIDES):
        ways.append(model)
    return [found for way in ways if (found := ranking(way, gaps)) is not None]


def ranking(model: Model, gaps: Sequence[Gap]) -> Ranking | None:
    """The figures over the gaps that the model can be asked to fill; None of none."""
    first: list[float] = []
    truths: list[tuple[Gap, Melody]] = []
    drawn: list[tuple[Gap, Melody]] = []
    chosen: list[tuple[Gap, Melody]] = []
    for gap in gaps:
        try:
            tunes = compose_request(replace(gap.request, count=DRAWS, candidates=1), model)
        except RequestError:
            continue
        fillings = [tune.melody for tune in tunes]
        costs = right_side(model, gap, [gap.song, *fillings])
        first.append(ranked_first(costs[0], costs[1:DRAWS]))
        truths.append((gap, gap.song))
        drawn.append((gap, fillings[0]))
        chosen.append((gap, fillings[int(np.argmin(costs[1:]))]))
    if not first:
        return None
    return Ranking(
        model.name,
        bool(model.features & set(SIDES)),
        len(first),
        first=Mean.of(first),
        drawn=_filled(drawn),
        chosen=_filled(chosen),
        truth=_filled(truths),
    )


def right_side(model: Model, gap: Gap, tunes: Sequence[Melody]) -> list[float]:
    """Bits of the notes that are kept after the gap, in each of the tunes that fill it."""
    conditions = compile_request(gap.request, model.encoding).conditions
    begin = gap.song.onsets()[after(gap)]
    tunes_said = [(conditions, model.encoding.encode(tune, conditions)) for tune in tunes]
    return [
        float(cost[np.array([o >= begin for o in tune.onsets()])[model.encoding.notes(said)]].sum())
        for cost, (_, said), tune in zip(
            symbol_bits(model, tunes_said), tunes_said, tunes, strict=True
        )
    ]


def ranked_first(truth: float, others: Sequence[float]) -> float:
    """Whether the truth is cheapest; where others cost as little, its share of the chance."""
    return 0.0 if truth > min(others) else 1 / (1 + sum(other == truth for other in others))


def after(gap: Gap) -> int:
    """The first note that is kept after the gap, as the song counts them."""
    return int(np.flatnonzero(gap.inside)[-1]) + 1


def inside(gap: Gap, tune: Melody) -> tuple[Note, ...]:
    """The notes that fill the gap in the tune."""
    onsets = gap.song.onsets()
    begin, end = onsets[int(np.argmax(gap.inside))], onsets[after(gap)]
    return tuple(
        note for note, onset in zip(tune.notes, tune.onsets(), strict=True) if begin <= onset < end
    )


def _filled(tunes: Sequence[tuple[Gap, Melody]]) -> Filled:
    alike, joins, leaps = [], [], []
    for gap, tune in tunes:
        truth, filling = inside(gap, gap.song), inside(gap, tune)
        alike.append(note_overlap(truth, filling))
        last, true_last = _last(filling), _last(truth)
        joins.append(last == true_last)
        then = next((n.pitch for n in gap.song.notes[after(gap) :] if n.pitch is not None), None)
        if last is not None and then is not None:
            leaps.append(abs(last - then))
    return Filled(Mean.of(alike), Share.true(joins), Mean.of(leaps))


def _last(notes: Sequence[Note]) -> int | None:
    """The last sounding pitch."""
    return next((note.pitch for note in reversed(notes) if note.pitch is not None), None)
