"""Reranking: of several candidates for a gap, takes the one after which the rest is likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solfa.composing.decoding.sampler import Sampled
from solfa.composing.request.kept import kept_notes
from solfa.composing.request.request import Request
from solfa.encodings.conditions import Conditions, FixedNote, notes_in_ticks
from solfa.encodings.protocol import Encoding
from solfa.models.protocol import Model

CANDIDATES = 8
"""How many are drawn for each tune by a model that is not given what follows a gap."""


def candidates_for(request: Request, model: Model) -> int:
    """The default number of candidates for each tune.

    1 where no kept note follows a gap, and for models that are given what follows.
    """
    kept = kept_notes(request)
    follows = kept != tuple(range(len(kept)))  # some kept note follows a rewritten one
    return CANDIDATES if follows and "left of the gap" not in model.features else 1


def after_gap(fixed: Sequence[FixedNote]) -> tuple[FixedNote, ...]:
    """The fixed notes that follow the first gap."""
    reached = 0
    for index, note in enumerate(fixed):
        if note.onset > reached:
            return tuple(fixed[index:])
        reached = note.end
    return ()


def rerank(
    drawn: Sequence[Sampled], fixed: Sequence[FixedNote], encoding: Encoding, conditions: Conditions
) -> Sampled:
    """The tune in which the ``fixed`` notes cost the fewest bits; of equals the first."""
    if len(drawn) == 1:
        return drawn[0]
    onsets = {note.onset for note in fixed}
    return min(drawn, key=lambda tune: _cost(tune, onsets, encoding, conditions))


def _cost(
    tune: Sampled, onsets: set[int], encoding: Encoding, conditions: Conditions
) -> tuple[int, float]:
    """How many symbols of the notes at ``onsets`` have probability 0; the bits of the others."""
    melody = encoding.decode(tune.symbols, conditions)
    fixed = np.array([note.onset in onsets for note in notes_in_ticks(melody)])
    bits = tune.bits[fixed[encoding.notes(tune.symbols)]]
    possible = np.isfinite(bits)
    return int((~possible).sum()), float(bits[possible].sum())
