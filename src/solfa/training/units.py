"""Batches of tunes cut into units, the encoder's inputs of `melody_vae`."""

from __future__ import annotations

import numpy as np
import torch

from solfa.encodings.features import FEATURES
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.units import cut, unit_lengths
from solfa.models.melody_vae import Units
from solfa.training.songs import Batch

_METRE = FEATURES.index("metre")


def units_of(batch: Batch, encoding: NoteEncoding) -> Units:
    """The units of a batch; the end of a tune is in the unit that would begin or go on there."""
    duration = batch.duration.cpu().numpy()
    B, T = duration.shape
    inside = duration >= 0
    ticks = np.array([*encoding.durations, 0])[duration] * inside
    onset = np.cumsum(ticks, 1) - ticks
    metre = batch.features[:, :1, _METRE].cpu().numpy()
    unit, place = cut(onset, unit_lengths(encoding)[metre])
    row, step = np.nonzero(inside)
    begins = np.r_[True, (np.diff(row) != 0) | (np.diff(unit[row, step]) != 0)]
    number = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    within = np.arange(len(row)) - first[number]
    steps = np.full((len(first), -(-(within.max() + 1) // 8) * 8), -1)  # see `songs.collate`
    steps[number, within] = row * T + step
    numbered = np.zeros((B, T), int)
    numbered[row, step] = number
    device = batch.duration.device
    parts = (numbered, place * inside, steps)
    return Units(*(torch.from_numpy(part).to(device) for part in parts))
