"""Tunes drawn from a model to be measured: as they come, and as composed under the rules.

Both are asked for what real songs have, key, metre, pickup, style and length, so that what differs
afterwards is the melody. Every tune has a request and a generator of its own, and batches are for
speed alone: what is composed here is what `solfa.composing.compose_request` composes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from solfa.composing.compose import BATCH, biases, generator
from solfa.composing.constraints.problem import Problem, compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.decoding.sampler import sample
from solfa.composing.defaults import resolve
from solfa.composing.request.request import Request
from solfa.encodings.protocol import Constraint, Encoding
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import to_ticks
from solfa.errors import SolfaError
from solfa.evaluation.songs import request_like
from solfa.melody import Melody
from solfa.models.protocol import Model

_LONGEST = 2  # a tune as it comes is cut at this many times the length asked for


def requests(
    songs: Sequence[Melody], encoding: Encoding, count: int, seed: int, temperature: float = 1.0
) -> list[Request]:
    """Requests like ``count`` of the songs, drawn without repetition where there are enough.

    Left out are songs in free or changing metre and those whose pickup the encoding lacks.
    Raises `SolfaError` if none is left.
    """
    possible: list[Request] = []
    for index in np.random.default_rng(seed).permutation(len(songs)):
        request = request_like(songs[index], encoding, temperature=temperature)
        if request:
            possible.append(request)
        if len(possible) == count:
            break
    if not possible:
        raise SolfaError(f"none of the {len(songs)} songs has a metre that can be asked for")
    return [replace(possible[i % len(possible)], seed=seed + i) for i in range(count)]


def as_composed(model: Model, requests: Sequence[Request]) -> list[Melody]:
    """A tune for each request, with all that is guaranteed; they share all but the conditions."""
    return drawn(model, problems_of(model, requests), RulesPerTune)


def as_they_come(model: Model, requests: Sequence[Request]) -> list[Melody]:
    """A tune for each request, without rules, min-p and repetition penalty.

    The requests must have one temperature.
    """
    plain = [replace(request, loop_penalty=0.0, min_p=0.0) for request in requests]
    return drawn(model, problems_of(model, plain), Unconstrained)


def problems_of(model: Model, requests: Sequence[Request]) -> list[Problem]:
    """The requests compiled as composing does it."""
    return [compile_request(resolve(request, model), model.encoding) for request in requests]


def drawn(
    model: Model, problems: Sequence[Problem], constraint: Callable[[Sequence[Problem]], Constraint]
) -> list[Melody]:
    """A tune for each problem, as the ``constraint`` of a batch of them allows."""
    melodies: list[Melody] = []
    for start in range(0, len(problems), BATCH):
        batch = problems[start : start + BATCH]
        first = batch[0].request
        all_conditions = [problem.conditions for problem in batch]
        tunes = sample(
            model.begin(all_conditions),
            constraint(batch),
            model.encoding.end,
            [generator(problem.request.seed, 0) for problem in batch],
            temperature=first.temperature,
            top_p=first.top_p,
            min_p=first.min_p,
            biases=biases(first, model, all_conditions),
        )
        melodies += [
            model.encoding.decode(tune.symbols, conditions)
            for tune, conditions in zip(tunes, all_conditions, strict=True)
        ]
    return melodies


@dataclass(frozen=True)
class Unconstrained:
    """No rules: any note may come, and the tune may end after any.

    The pickup is the one asked for, and no tune lasts more than twice as long as asked.
    """

    problems: Sequence[Problem]

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        """The pickup that was asked for: (B, N)."""
        pickup = [problem.request.pickup or Fraction(0) for problem in self.problems]
        asked = np.array([to_ticks(each) for each in pickup])
        return np.asarray(asked[music.row][:, None] == np.array(pickups))

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """All that end in time: (B, D, P)."""
        in_time = music.onset[:, None] + durations <= _LONGEST * music.length[:, None]
        return np.repeat(in_time[:, :, None], pitches.shape[1], 2)

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        """A phrase may end anywhere: (B, 2)."""
        return np.ones((len(music), 2), bool)

    def end(self, music: MusicalState) -> np.ndarray:
        """The tune may end once it has begun: (B,)."""
        return np.asarray(music.count > 0)


class RulesPerTune:
    """The constraint of a batch in which every tune has the rules of its own problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._rules = [Rules(problem) for problem in problems]
        first = {rules: row for row, rules in reversed(list(enumerate(self._rules)))}
        self._group = np.array([first[rules] for rules in self._rules])  # alike ones judge once

    def _each(
        self, music: MusicalState, ask: Callable[[Constraint, MusicalState, np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """The masks of all rules, each ``ask``-ed about its own rows with the state of these."""
        groups = self._group[music.row]
        rows = [np.flatnonzero(groups == group) for group in np.unique(groups)]
        masks = []
        for inside in rows:
            part = copy(music)
            part.select(inside)
            masks.append(ask(self._rules[groups[inside[0]]], part, inside))
        joined = np.concatenate(masks)
        return joined[np.argsort(np.concatenate(rows))]

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        """(B, N), by the rules of each tune."""
        return self._each(music, lambda rules, part, _: rules.pickups(part, pickups))

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """(B, D, P), by the rules of each tune."""
        return self._each(
            music, lambda rules, part, rows: rules.notes(part, durations, pitches[rows])
        )

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        """(B, 2), by the rules of each tune."""
        return self._each(music, lambda rules, part, rows: rules.phrases(part, durations[rows]))

    def end(self, music: MusicalState) -> np.ndarray:
        """(B,), by the rules of each tune."""
        return self._each(music, lambda rules, part, _: rules.end(part))
