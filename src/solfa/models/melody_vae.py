"""`melody_vae`: a note-level LSTM conditioned on a latent for each unit of a tune.

A hybrid of LSTM, attention and variational autoencoder (Kingma and Welling 2014). The encoder, a
bidirectional LSTM, reads a unit of four bars; learned queries attend to its notes and give mean
and variance of the posterior of a latent z. The decoder is a member of `melody_lstm`, to whose
input z of the unit at hand, and the place in the unit, are added at each step. So that z is used,
training hides the tune's past from some steps (Bowman et al. 2016), weighs the divergence from the
prior by a beta below 1 that grows (Higgins et al. 2017), and does not penalise the first bits of
each dimension of z (free bits; Kingma et al. 2016). For some tunes z is unknown: the model composes
without it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.encodings.features import FEATURES, PITCHES, PLAN, SIDES
from solfa.encodings.units import PLACES
from solfa.errors import SolfaError
from solfa.models.melody_lstm import CONDITIONS, Losses, Member, State, nats
from solfa.models.melody_lstm import Config as NoteConfig

EVENTS = ("duration", "pitch", "position", "metre", "place")
"""The encoder's features of each note of a unit, and of the end; a place of 0 is padding."""

_SURE = {"position", "bar", "sixteenths in phrase", "phrase", "bars left", *FEATURES[CONDITIONS:]}
"""The features that stay where the tune's past is hidden."""
_POSITION, _METRE = FEATURES.index("position"), FEATURES.index("metre")


@dataclass(frozen=True)
class Config(NoteConfig):
    """Sizes, and what training hides and weighs.

    ``latent`` dimensions of z, ``encoder`` width in each direction, ``queries`` of the attention.
    The past is ``hidden`` from up to this share of a tune's steps, the latent ``unknown`` in this
    share of the tunes. ``beta`` weighs the divergence, and grows over the ``annealed`` share of
    training; ``free`` nats of it a dimension of z cost nothing.
    """

    ignored_features: tuple[str, ...] = (*PLAN, *SIDES)  # the latent is its plan
    width: int = 256
    dropout: float = 0.1
    skip: bool = False
    latent: int = 64
    encoder: int = 160
    queries: int = 4
    hidden: float = 1.0
    unknown: float = 0.2
    beta: float = 0.03
    annealed: float = 0.3
    free: float = 0.02

    def __post_init__(self) -> None:
        if self.members != 1:
            raise SolfaError(f"members {self.members} is not 1; a latent leads one decoder")
        for name in ("hidden", "unknown", "annealed"):
            if not 0 <= getattr(self, name) <= 1:
                raise SolfaError(f"{name} {getattr(self, name)} is outside 0..1")
        for name in ("beta", "free"):
            if getattr(self, name) < 0:
                raise SolfaError(f"{name} {getattr(self, name)} is below 0")


class Units(NamedTuple):
    """N units of a batch of B tunes, T steps each.

    ``unit`` (B, T) numbers those of all tunes; ``place`` (B, T) counts from 1 and is 0 where the
    tune is over; ``steps`` (N, L) are places in the flattened batch, -1 where the unit is over.
    """

    unit: Tensor
    place: Tensor
    steps: Tensor


class Cost(NamedTuple):
    """Nats of every symbol by field, and the divergence (N, Z) of each posterior from the prior."""

    symbols: Losses
    divergence: Tensor


class Encoder(nn.Module):
    """From the notes of a unit to the posterior of its latent: bidirectional LSTM, attention."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.encoder
        sizes = (
            *(config.durations, config.pitches + 1),
            *(config.limits[_POSITION], config.limits[_METRE], PLACES + 1),
        )
        self.tables = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        self.drop = nn.Dropout(config.dropout)
        self.forth = nn.LSTM(width, width, batch_first=True)
        self.back = nn.LSTM(width, width, batch_first=True)
        self.queries = nn.Linear(2 * width, config.queries)
        self.out = nn.Linear(2 * width * config.queries, 2 * config.latent)
        for table in self.tables:
            nn.init.normal_(table.weight, std=len(sizes) ** -0.5)  # type: ignore[arg-type]

    def forward(self, events: Tensor) -> tuple[Tensor, Tensor]:
        """Returns mean and log variance (N, Z) of the posteriors of units.

        ``events`` (N, L, 5) are 0 after a unit's end.
        """
        present = events[..., -1] > 0
        columns = zip(self.tables, events.unbind(-1), strict=True)
        x = self.drop(torch.stack([table(column) for table, column in columns]).sum(0))
        # reversed within its length: the backward LSTM must not read the padding first
        places = torch.arange(x.shape[1], device=x.device)
        turn = (present.sum(1, keepdim=True) - 1 - places).clamp(min=0)
        forth, _ = self.forth(x)
        back, _ = self.back(_turned(x, turn))
        output = self.drop(torch.cat([forth, _turned(back, turn)], 2))  # (N, L, 2W)
        scores = self.queries(output).float().masked_fill(~present[..., None], -1e9)
        weights = scores.softmax(1).to(output.dtype)  # (N, L, Q)
        attended = (weights.transpose(1, 2) @ output).flatten(1)
        mean, log_variance = self.out(attended).float().chunk(2, 1)
        return mean, log_variance


def _turned(x: Tensor, turn: Tensor) -> Tensor:
    return x.gather(1, turn[..., None].expand(-1, -1, x.shape[2]))


class MelodyVAE(nn.Module):
    """The hybrid; its distributions are logits.

    ``say`` projects z to the decoder's input; checkpoints name it so.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encode = Encoder(config)
        self.decoder = Member(config)
        self.say = nn.Linear(config.latent, 3 * config.width)
        self.places = nn.Embedding(PLACES + 1, 3 * config.width)
        self.both = nn.Linear(2 * config.width, config.width)
        nn.init.normal_(self.places.weight, std=0.5)
        columns = self.decoder.columns.tolist()
        self.sure = [i for i, column in enumerate(columns) if FEATURES[column] in _SURE]
        self.past = [i for i, column in enumerate(columns) if FEATURES[column] not in _SURE]

    def empty(self, batch: int) -> State:
        """Returns the decoder's state before the first note: zeros."""
        zeros = self.say.weight.new_zeros(self.config.layers, batch, self.config.width)
        return State(zeros, zeros)

    def lead(self, z: Tensor, place: Tensor) -> Tensor:
        """Returns what is added to the decoder's input (..., W): from ``z`` (..., Z) and ``place``.

        Zeros where the place is 0.
        """
        plain, mixed = (self.say(z) + self.places(place)).tensor_split([self.config.width], -1)
        led: Tensor = plain + self.both(functional.relu(mixed))
        return led * (place > 0)[..., None]

    def body(
        self, features: Tensor, state: State, led: Tensor, visible: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Returns the body output (B, T, W) for ``features`` (B, T, F), and the new state.

        ``led`` (B, T, W) is the output of `lead`. ``visible`` (B, T) masks the features of the
        past: 0 hides them from a step. None hides nothing.
        """
        member = self.decoder
        rows = features[..., member.columns] + member.offsets
        past = member.embed(rows[..., self.past])
        if visible is not None:
            past = past * visible[..., None]
        x = member.embed(rows[..., self.sure]) + past + led
        return member.recur(x, state)

    def losses(
        self,
        features: Tensor,
        pickup: Tensor,
        duration: Tensor,
        pitch: Tensor,
        phrase: Tensor,
        units: Units,
        known: Tensor,
    ) -> Cost:
        """The cost of whole tunes by one draw of z a unit; arguments as for `MelodyLSTM.losses`.

        ``known`` (B,) masks the tunes that are conditioned on z; only their units have a
        divergence.
        """
        mean, log_variance = self.encode(events(features, duration, pitch, units))
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)
        divergence = divergence[known[units.steps[:, 0] // units.unit.shape[1]]]
        visible = None
        if self.training:
            share = self.config.hidden * torch.rand(len(known), 1, device=known.device)
            chance = torch.rand(units.place.shape, device=known.device)
            visible = (chance >= share) | ~known[:, None]
        led = self.lead(z[units.unit], units.place * known[:, None])
        output, _ = self.body(features, self.empty(len(features)), led, visible)
        d, p, member = duration.clamp(min=0), pitch.clamp(min=0), self.decoder
        symbols = Losses(
            nats(member.start(features[:, 0, CONDITIONS:]), pickup),
            nats(member.duration(output), duration),
            nats(member.pitch(output, d), pitch),
            nats(member.phrase(output, d, p), phrase),
        )
        return Cost(symbols, divergence)

    def weight(self, divergence: Tensor, progress: float) -> Tensor:
        """The divergence's term of the loss, from (N, Z), at this share of training."""
        config = self.config
        grown = min(progress / config.annealed, 1.0) if config.annealed else 1.0
        if not len(divergence):
            return divergence.sum()
        numbers = divergence.mean(0).clamp(min=config.free)
        return config.beta * grown * numbers.sum() * len(divergence)


def events(features: Tensor, duration: Tensor, pitch: Tensor, units: Units) -> Tensor:
    """The `EVENTS` (N, L, 5) of the units of a batch."""
    columns = (
        *(duration.clamp(min=0), torch.where(pitch < 0, PITCHES, pitch)),
        *(features[..., _POSITION], features[..., _METRE], units.place),
    )
    flat = torch.stack([column.flatten() for column in columns], 1)  # (B T, 5)
    return flat[units.steps.clamp(min=0)] * (units.steps >= 0)[..., None]
