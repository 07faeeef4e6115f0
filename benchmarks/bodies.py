"""Bodies that `melody_lstm` was tried with: attention over the tune, instead of LSTMs or on top.

Attention is explicit (Vaswani et al. 2017), which trains faster on a CPU at these lengths. Half
of the heads may be told positions as onset times: rotary angles (Su et al. 2021) of quarters since
the tune began instead of notes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.models.melody_lstm import Config, MelodyLSTM, Member, State

HEADS = 4
BLOCKS = 4


class Block(nn.Module):
    """Attention to the notes before, then two dense layers, each added to what came in."""

    def __init__(self, width: int, dropout: float, dense: int) -> None:
        super().__init__()
        self.norm, self.dense_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.keys = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, dense), nn.GELU(), nn.Linear(dense, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, angles: Tensor) -> Tensor:
        """``x`` (B, T, W) after one block; ``angles`` (B, HEADS, T, W / HEADS / 2)."""
        B, T, W = x.shape
        q, k, v = self.keys(self.norm(x)).view(B, T, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        scores = _turned(q, angles) @ _turned(k, angles).transpose(-1, -2) / (W / HEADS) ** 0.5
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        attended = scores.masked_fill(future, -1e4).softmax(-1) @ v.float()
        x = x + self.drop(self.out(attended.transpose(1, 2).reshape(B, T, W).to(x.dtype)))
        out: Tensor = x + self.drop(self.dense(self.dense_norm(x)))
        return out


def _turned(x: Tensor, angles: Tensor) -> Tensor:
    """``x`` (B, H, T, D) with its pairs of numbers rotated, in float32."""
    a, b = x.float().chunk(2, -1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Attentive(Member):
    """Attention instead of LSTMs."""

    timed = True
    recurrent = False

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        width, blocks = config.width, 1 if self.recurrent else BLOCKS
        self.blocks = nn.ModuleList(Block(width, config.dropout, 4 * width) for _ in range(blocks))
        self.last = nn.LayerNorm(width)
        if not self.recurrent:
            del self.lstm

    def body(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """As `Member.body`, for whole tunes only: there is no state to go on with."""
        if self.recurrent:
            x, state = super().body(features, state)
        else:
            x = self.drop(self.embed(features[..., self.columns] + self.offsets))
        angles = self._angles(features)
        for block in self.blocks:
            x = block(x, angles)
        return self.drop(self.last(x)), state

    def _angles(self, features: Tensor) -> Tensor:
        """Positions as angles: notes for the first half of the heads, time for the others."""
        B, T, _ = features.shape
        notes = torch.arange(T).expand(B, T).float()
        time = quarters(features).cumsum(1) if self.timed else notes
        heads = torch.stack([notes] * (HEADS // 2) + [time] * (HEADS // 2), 1)  # (B, H, T)
        size = self.last.normalized_shape[0] // HEADS // 2
        rates = 1000.0 ** (-torch.arange(size) / size)
        return heads[..., None] * rates


class Untimed(Attentive):
    """Attention that is told positions as notes alone."""

    timed = False


class Both(Attentive):
    """Attention on top of LSTMs."""

    recurrent = True


TICKS_OF: list[int] = []
"""Ticks of each duration symbol; set before use."""


def quarters(features: Tensor) -> Tensor:
    """How long the last note of each step was, (B, T)."""
    ticks = torch.tensor([*TICKS_OF, 0])
    return functional.embedding(features[..., 0], ticks[:, None].float())[..., 0] / 48


def network(member: type[Member]) -> type[MelodyLSTM]:
    """`MelodyLSTM` with other members."""
    return type(f"MelodyOf{member.__name__}", (MelodyLSTM,), {"member": member})
