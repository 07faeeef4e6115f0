"""Which of some tunes fits what was kept best: the one that makes what follows a gap likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from solfa.composing.decoding.sampler import Sampled
from solfa.encodings.conditions import Conditions, FixedNote
from solfa.encodings.protocol import Encoding
from solfa.models.protocol import Model

CANDIDATES = 8
"""How many are drawn for each tune by a model that does not hear what follows a gap."""


def candidates_for(model: Model, kept: Sequence[FixedNote]) -> int:
    """How many to draw for each tune unless asked otherwise: 1 where nothing tells them apart."""
    return 1 if "left of the gap" in model.features or not after_gap(kept) else CANDIDATES


def after_gap(kept: Sequence[FixedNote]) -> tuple[FixedNote, ...]:
    """The kept notes that follow the first gap."""
    reached = Fraction(0)
    for index, note in enumerate(kept):
        if note.onset > reached:
            return tuple(kept[index:])
        reached = note.onset + note.duration
    return ()


def rerank(
    drawn: Sequence[Sampled], kept: Sequence[FixedNote], encoding: Encoding, conditions: Conditions
) -> Sampled:
    """The tune whose model needs the fewest bits for the ``kept`` notes; the first of several."""
    if len(drawn) == 1:
        return drawn[0]
    onsets = {note.onset for note in kept}
    return min(drawn, key=lambda tune: _cost(tune, onsets, encoding, conditions))


def _cost(
    tune: Sampled, onsets: set[Fraction], encoding: Encoding, conditions: Conditions
) -> tuple[int, float]:
    """How many symbols of these notes are impossible to the model, and the bits of the others."""
    melody = encoding.decode(tune.symbols, conditions)
    kept = np.array([onset in onsets for onset in melody.onsets()])
    bits = tune.bits[kept[encoding.notes(tune.symbols)]]
    possible = np.isfinite(bits)
    return int((~possible).sum()), float(bits[possible].sum())
