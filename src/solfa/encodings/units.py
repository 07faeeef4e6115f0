"""Units: a tune cut into four bars each, which one latent of `melody_vae` represents."""

from __future__ import annotations

import numpy as np

from solfa.encodings.notes import NoteEncoding
from solfa.encodings.ticks import TICKS, to_ticks
from solfa.melody import Meter

BARS = 4
"""Bars of a unit."""
PLACES = 128
"""Sixteenths of a unit that are distinguished; those beyond count as the last."""
_FREE = 16 * TICKS  # of a unit where the metre is unknown


def unit_lengths(encoding: NoteEncoding) -> np.ndarray:
    """Ticks of a unit by the number of the metre among the features; 0 is an unknown one."""
    bars = [to_ticks(Meter.parse(meter).bar) for meter in encoding.meters]
    return np.array([_FREE, *(BARS * bar for bar in bars)])


def cut(onset: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The unit of what begins at ``onset`` (ticks), from 0, and its place there, from 1.

    Units follow each other from the very beginning: where the tune has a pickup, so has each unit,
    as the phrases of songs do. ``length`` is ticks of a unit; both broadcast.
    """
    place = onset % length // (TICKS // 4)
    return np.asarray(onset // length), np.asarray(np.minimum(place, PLACES - 1) + 1)
