"""`melody_lstm`: an LSTM that hears melodies note by note, from the tonic.

Each step sees the last note, the place in the bar, what stood one, two and four bars ago, the
phrase so far and the conditions (mode, metre, style, bars left; 0 is unknown), and says how
long the next note is, its pitch given the duration, and whether a phrase ends there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.encodings.notes import FEATURES, PITCHES, NoteEncoding, limits


@dataclass(frozen=True)
class Config:
    """Sizes; ``limits`` counts the values of each feature, ``conditions`` how many come last."""

    limits: tuple[int, ...]
    durations: int  # the end symbol among them
    pickups: int
    pitches: int = PITCHES
    conditions: int = 3
    width: int = 384
    layers: int = 2
    dropout: float = 0.25

    @classmethod
    def of(cls, encoding: NoteEncoding, **sizes: float) -> Config:
        """The config that reads ``encoding``; ``sizes`` are width, layers, dropout."""
        return cls(limits(encoding), len(encoding.durations) + 1, len(encoding.pickups), **sizes)  # type: ignore[arg-type]


class State(NamedTuple):
    """The LSTM's memory, each (layers, B, width)."""

    hidden: Tensor
    cell: Tensor


class Losses(NamedTuple):
    """Nats of every symbol by field: pickup (B,), the others (B, T); 0 where nothing is said."""

    pickup: Tensor
    duration: Tensor
    pitch: Tensor
    phrase: Tensor


class MelodyLSTM(nn.Module):
    """The network; logits everywhere, softmax outside."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.embeddings = nn.ModuleList(nn.Embedding(n, width) for n in config.limits)
        self.drop = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(width, width, config.layers, batch_first=True, dropout=config.dropout)
        self.start_hidden = nn.Linear(width, width)
        self.start_out = nn.Linear(width, config.pickups)
        self.duration_out = nn.Linear(width, config.durations)
        self.said_duration = nn.Embedding(config.durations, width)
        self.pitch_hidden = nn.Linear(width, width)
        self.pitch_out = nn.Linear(width, config.pitches)
        self.said_pitch = nn.Embedding(config.pitches, width)
        self.phrase_hidden = nn.Linear(width, width)
        self.phrase_out = nn.Linear(width, 2)
        for embedding in self.embeddings:
            nn.init.normal_(embedding.weight, std=len(config.limits) ** -0.5)  # type: ignore[arg-type]

    def empty(self, batch: int) -> State:
        """The memory before the first note."""
        zeros = self.start_out.weight.new_zeros(self.config.layers, batch, self.config.width)
        return State(zeros, zeros)

    def start(self, conditions: Tensor) -> Tensor:
        """Logits of the pickup (B, N), from the conditions (B, C) alone."""
        tables = list(self.embeddings)[-self.config.conditions :]
        x = torch.stack([t(conditions[:, i]) for i, t in enumerate(tables)]).sum(0)
        return self.start_out(functional.relu(self.start_hidden(x)))  # type: ignore[no-any-return]

    def body(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """What is heard (B, T, W) at each step of ``features`` (B, T, F), and the new memory."""
        x = self.embeddings[0](features[..., 0])
        for i, table in enumerate(list(self.embeddings)[1:], start=1):
            x = x + table(features[..., i])  # (B, T, W)
        heard, (hidden, cell) = self.lstm(self.drop(x), tuple(state))
        return self.drop(heard), State(hidden, cell)

    def duration(self, heard: Tensor) -> Tensor:
        """Logits of the next duration or the end, (..., D)."""
        return self.duration_out(heard)  # type: ignore[no-any-return]

    def pitch(self, heard: Tensor, duration: Tensor) -> Tensor:
        """Logits of the next pitch given its duration, (..., P)."""
        x = self.pitch_hidden(heard) + self.said_duration(duration)
        return self.pitch_out(self.drop(functional.relu(x)))  # type: ignore[no-any-return]

    def phrase(self, heard: Tensor, duration: Tensor, pitch: Tensor) -> Tensor:
        """Logits of the phrase going on or ending after this note, (..., 2)."""
        x = self.phrase_hidden(heard) + self.said_duration(duration) + self.said_pitch(pitch)
        return self.phrase_out(self.drop(functional.relu(x)))  # type: ignore[no-any-return]

    def losses(
        self, features: Tensor, pickup: Tensor, duration: Tensor, pitch: Tensor, phrase: Tensor
    ) -> Losses:
        """The cost of whole tunes: features (B, T, F), targets (B,) and (B, T), -1 for none."""
        heard, _ = self.body(features, self.empty(len(features)))
        d, p = duration.clamp(min=0), pitch.clamp(min=0)
        start = self.start(features[:, 0, -self.config.conditions :])
        return Losses(
            _nats(start, pickup),
            _nats(self.duration(heard), duration),
            _nats(self.pitch(heard, d), pitch),
            _nats(self.phrase(heard, d, p), phrase),
        )


def _nats(logits: Tensor, target: Tensor) -> Tensor:
    flat = functional.cross_entropy(
        logits.flatten(0, -2).float(), target.flatten(), ignore_index=-1, reduction="none"
    )
    return flat.view(target.shape)


assert FEATURES[-3:] == ("mode", "metre", "style")  # what `Config.conditions` counts
