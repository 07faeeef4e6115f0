"""`melody_lstm`: note-level LSTMs over melodies whose pitches count from the tonic.

The input of a step is a sum of embedded features: the last note, its place in the bar and the
phrase, the notes some bars and phrases ago, what followed the last occurrence of the last notes,
and the conditions (bars left, mode, metre, style, density, range; 0 is unknown). The output is
a distribution over the next note's duration, over its pitch given the duration, and over whether
a phrase ends there given both. The model is the mean of the probabilities of several members,
trained side by side from different first weights (an ensemble, Hansen and Salamon 1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.choices import remedy
from solfa.encodings.features import FEATURES, PITCHES, limits
from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError


@dataclass(frozen=True)
class Config:
    """Sizes; ``limits`` counts the values of each of the `FEATURES`.

    ``ignored_features`` names features that are no input, as "duration" or "* bars ago" (any so
    many bars). ``skip`` adds the LSTM's input to its output, with a learned weight a unit.
    """

    limits: tuple[int, ...]
    durations: int  # the end symbol among them
    pickups: int
    pitches: int = PITCHES
    ignored_features: tuple[str, ...] = ()
    members: int = 1
    width: int = 384
    layers: int = 2
    dropout: float = 0.25
    skip: bool = True

    @classmethod
    def of(cls, encoding: NoteEncoding, **sizes: float) -> Config:
        """The config that reads ``encoding``; ``sizes`` are width, layers, dropout."""
        return cls(limits(encoding), len(encoding.durations) + 1, len(encoding.pickups), **sizes)  # type: ignore[arg-type]


CONDITIONS = FEATURES.index("mode")
"""Where the conditions begin that are known before the first note."""


class State(NamedTuple):
    """The LSTMs' hidden and cell states, each (members x layers, B, width)."""

    hidden: Tensor
    cell: Tensor


class Losses(NamedTuple):
    """Nats of every symbol by field: pickup (B,), the others (B, T); 0 where there is no target."""

    pickup: Tensor
    duration: Tensor
    pitch: Tensor
    phrase: Tensor


class Member(nn.Module):
    """One network of the ensemble; its distributions are logits.

    ``said_duration`` and ``said_pitch`` embed the symbols given; checkpoints name them so.
    """

    columns: Tensor
    offsets: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, columns = config.width, _input_columns(config)
        self.register_buffer("columns", torch.tensor(columns), persistent=False)
        sizes = torch.tensor([config.limits[column] for column in columns])
        self.register_buffer("offsets", sizes.cumsum(0) - sizes, persistent=False)
        self.first = sum(column < CONDITIONS for column in columns)  # of the conditions among them
        self.around = nn.Parameter(torch.ones(width)) if config.skip else None
        self.lowest = int(sizes[: self.first].sum())
        self.table = nn.Embedding(int(sizes.sum()), width)
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
        nn.init.normal_(self.table.weight, std=len(columns) ** -0.5)

    def embed(self, rows: Tensor, lowest: int = 0) -> Tensor:
        """The sum (..., W) of the table's ``rows`` (..., F), of which none is below ``lowest``."""
        table, rows = self.table.weight[lowest:], rows - lowest
        if torch.onnx.is_in_onnx_export():  # the fused sum has no counterpart there
            # a product with ones adds a row alone as it adds it among others, to the last bit
            added = torch.ones(1, rows.shape[-1]) @ functional.embedding(rows, table)
            return added.squeeze(-2)
        flat = functional.embedding_bag(rows.flatten(0, -2), table, mode="sum")
        return flat.view(*rows.shape[:-1], -1)

    def start(self, conditions: Tensor) -> Tensor:
        """Returns the logits of the pickup (B, N) given the conditions (B, C) alone."""
        columns, offsets = self.columns[self.first :], self.offsets[self.first :]
        x = self.embed(conditions[:, columns - CONDITIONS] + offsets, self.lowest)
        return self.start_out(functional.relu(self.start_hidden(x)))  # type: ignore[no-any-return]

    def body(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """Returns the body output (B, T, W) for ``features`` (B, T, F), and the new state."""
        return self.recur(self.embed(features[..., self.columns] + self.offsets), state)

    def recur(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Returns the body output (B, T, W) for embedded input ``x`` (B, T, W), and the new state.

        Runs the LSTM, with dropout and the ``skip`` connection.
        """
        x = self.drop(x)
        output, (hidden, cell) = self.lstm(x, tuple(state))
        if self.around is not None:
            output = output + self.around * x
        return self.drop(output), State(hidden, cell)

    def duration(self, output: Tensor) -> Tensor:
        """Returns the logits of the next duration or the end (..., D), given the body output."""
        return self.duration_out(output)  # type: ignore[no-any-return]

    def pitch(self, output: Tensor, duration: Tensor) -> Tensor:
        """Returns the logits of the next pitch (..., P), given its duration too."""
        x = self.pitch_hidden(output) + self.said_duration(duration)
        return self.pitch_out(self.drop(functional.relu(x)))  # type: ignore[no-any-return]

    def phrase(self, output: Tensor, duration: Tensor, pitch: Tensor) -> Tensor:
        """Returns the logits of the phrase going on or ending after this note (..., 2)."""
        x = self.phrase_hidden(output) + self.said_duration(duration) + self.said_pitch(pitch)
        return self.phrase_out(self.drop(functional.relu(x)))  # type: ignore[no-any-return]


class MelodyLSTM(nn.Module):
    """The ensemble; its distributions are log-probabilities, its body output (..., members, W)."""

    member: ClassVar[type[Member]] = Member

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(self.member(config) for _ in range(config.members))

    def empty(self, batch: int) -> State:
        """Returns the state before the first note: zeros."""
        shape = self.config.members * self.config.layers, batch, self.config.width
        zeros = next(self.parameters()).new_zeros(shape)
        return State(zeros, zeros)

    def start(self, conditions: Tensor) -> Tensor:
        """Returns the log-probabilities of the pickup (B, N) given the conditions (B, C) alone."""
        return _mean([member.start(conditions) for member in self._members])

    def body(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """Returns the body output (B, T, M, W) for ``features`` (B, T, F), and the new state."""
        layers, outputs, states = self.config.layers, [], []
        for i, member in enumerate(self._members):
            own = State(*(part[i * layers : (i + 1) * layers] for part in state))
            output, after = member.body(features, own)
            outputs.append(output)
            states.append(after)
        return torch.stack(outputs, -2), State(*(torch.cat(p) for p in zip(*states, strict=True)))

    def duration(self, output: Tensor) -> Tensor:
        """Returns the log-probabilities of the next duration or the end, (..., D)."""
        return _mean([m.duration(own) for m, own in self._each(output)])

    def pitch(self, output: Tensor, duration: Tensor) -> Tensor:
        """Returns the log-probabilities of the next pitch given its duration, (..., P)."""
        return _mean([m.pitch(own, duration) for m, own in self._each(output)])

    def phrase(self, output: Tensor, duration: Tensor, pitch: Tensor) -> Tensor:
        """Returns the log-probabilities of the phrase going on or ending here, (..., 2)."""
        return _mean([m.phrase(own, duration, pitch) for m, own in self._each(output)])

    def losses(
        self, features: Tensor, pickup: Tensor, duration: Tensor, pitch: Tensor, phrase: Tensor
    ) -> Losses:
        """The losses of whole tunes: features (B, T, F), targets (B,) and (B, T), -1 for none.

        Teacher forcing: pitch and phrase are given the target's duration and pitch. In training
        the mean over the members of each one's own loss, so that they train independently.
        """
        output, _ = self.body(features, self.empty(len(features)))
        d, p = duration.clamp(min=0), pitch.clamp(min=0)
        conditions = features[:, 0, CONDITIONS:]
        if not self.training:
            return Losses(
                nats(self.start(conditions), pickup),
                nats(self.duration(output), duration),
                nats(self.pitch(output, d), pitch),
                nats(self.phrase(output, d, p), phrase),
            )
        of_members = [
            Losses(
                nats(m.start(conditions), pickup),
                nats(m.duration(own), duration),
                nats(m.pitch(own, d), pitch),
                nats(m.phrase(own, d, p), phrase),
            )
            for m, own in self._each(output)
        ]
        return Losses(*(torch.stack(part).mean(0) for part in zip(*of_members, strict=True)))

    @property
    def _members(self) -> list[Member]:
        return list(self.members)  # type: ignore[arg-type]

    def _each(self, output: Tensor) -> Sequence[tuple[Member, Tensor]]:
        return list(zip(self._members, output.unbind(-2), strict=True))


def _mean(logits: list[Tensor]) -> Tensor:
    """The logarithm of the members' mean probability."""
    if len(logits) == 1:
        return logits[0].float().log_softmax(-1)
    logs = torch.stack([part.float().log_softmax(-1) for part in logits])
    return logs.logsumexp(0) - math.log(len(logits))


def nats(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of each target (...) under logits (..., N), in nats; 0 where it is -1."""
    flat = functional.cross_entropy(
        logits.flatten(0, -2).float(), target.flatten(), ignore_index=-1, reduction="none"
    )
    return flat.view(target.shape)


def _input_columns(config: Config) -> list[int]:
    """The columns of the features that are inputs."""
    ignored_features = {name for pattern in config.ignored_features for name in _matching(pattern)}
    return [column for column, name in enumerate(FEATURES) if name not in ignored_features]


def _matching(pattern: str) -> list[str]:
    before, star, after = pattern.partition("*")
    found = [
        name
        for name in FEATURES
        if name == pattern or (star and name.startswith(before) and name.endswith(after))
    ]
    if not found:
        raise SolfaError(f"no feature is called {pattern!r}; {remedy(pattern, FEATURES)}")
    return found
