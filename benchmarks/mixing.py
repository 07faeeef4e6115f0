"""How much a network gains from the n-gram's views beside it, by weights that are learned.

The mixture is a product of powers, p ~ p0^w0 p1^w1 .., of what the network and each view of `NGram`
say (log-linear, as Pearce 2005, chapter 7, joins viewpoints). The weights depend on the
field and on how long the tune has been repeating itself. They are learned on songs that neither has
heard; the problem has one optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from solfa.encodings.conditions import Conditions
from solfa.encodings.notes import Field
from solfa.errors import SolfaError
from solfa.melody import Melody
from solfa.models.ngram import NGram
from solfa.models.protocol import Model

MATCHES = 7
"""How many lengths of match, 0 to 6 notes or more, have weights of their own."""
_PULL = 3.0  # towards the network alone, in nats for a weight that is 1 off
FIELDS = (Field.DURATION, Field.PITCH, Field.PHRASE)


def experts(said: np.ndarray, ngram: NGram, field: int, known: dict[str, np.ndarray]) -> np.ndarray:
    """Logarithms (B, 1 + views, N) of what the network ``said`` (B, N) and each view says."""
    with np.errstate(divide="ignore"):
        first = np.maximum(np.log(said), -50.0)
    return np.concatenate([first[:, None], ngram.logs(field, known)], 1)


def matches(known: dict[str, np.ndarray]) -> np.ndarray:
    """Which of the `MATCHES` (B,) weights are for each tune."""
    return np.asarray(np.minimum(known["match"], MATCHES - 1))


class Heard(NamedTuple):
    """N symbols of a field: what K experts said (N, K, V), what came, the match, the song."""

    logs: Tensor
    came: Tensor
    match: Tensor
    song: Tensor


def hear(
    network: Model, ngram: NGram, songs: Sequence[Melody], *, phrases: bool, style: bool
) -> dict[int, Heard]:
    """What the experts say all along the songs; those that the vocabulary refuses are left out."""
    tunes: list[tuple[int, Conditions, np.ndarray]] = []
    for place, song in enumerate(songs):
        conditions = Conditions.of(song, phrases=phrases)
        conditions = conditions if style else replace(conditions, style=None)
        try:
            tunes.append((place, conditions, network.encoding.encode(song, conditions)))
        except SolfaError:
            continue
    if not tunes:
        raise SolfaError(f"{network.name} can say none of the {len(songs)} songs; give others")
    parts: dict[int, list[tuple[np.ndarray, ...]]] = {field: [] for field in FIELDS}
    for told in (False, True):
        group = sorted((t for t in tunes if t[1].phrases is told), key=lambda tune: len(tune[2]))
        for start in range(0, len(group), 64):
            _follow(network, ngram, group[start : start + 64], parts)
    return {
        field: Heard(*(torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*p, strict=True)))
        for field, p in parts.items()
        if p
    }


def _follow(
    network: Model,
    ngram: NGram,
    tunes: Sequence[tuple[int, Conditions, np.ndarray]],
    parts: dict[int, list[tuple[np.ndarray, ...]]],
) -> None:
    """Adds what is heard along tunes that rise in length; each is dropped as it closes."""
    all_conditions = [conditions for _, conditions, _ in tunes]
    session, tracker = network.begin(all_conditions), ngram.track(all_conditions)
    fields = np.asarray(network.encoding.fields)
    songs, first = np.array([place for place, _, _ in tunes]), 0
    for step in range(len(tunes[-1][2])):
        symbols = np.array([tune[2][step] for tune in tunes[first:]])
        field, known = tracker.context()
        if field in parts:
            inside = np.flatnonzero(fields == field)
            logs = experts(session.probabilities()[:, inside], ngram, field, known)
            came = symbols - inside[0]
            parts[field].append((logs.astype(np.float32), came, matches(known), songs[first:]))
        closed = sum(len(tune[2]) == step + 1 for tune in tunes[first:])
        first += closed
        if first < len(tunes):
            if closed:
                rows = np.arange(closed, len(symbols))
                session.select(rows)
                tracker.select(rows)
            session.push(symbols[closed:])
            tracker.push(symbols[closed:])


def learn(heard: Sequence[Heard]) -> np.ndarray:
    """The weights (MATCHES, K) that make what came likeliest; the problem has one optimum."""
    experts = heard[0].logs.shape[1]
    alone = torch.zeros(MATCHES, experts)
    alone[:, 0] = 1
    weights = alone.clone().requires_grad_()
    common = torch.zeros(experts, requires_grad=True)  # what all lengths of match share
    optimizer = torch.optim.LBFGS([weights, common], max_iter=80, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        loss = sum((cost(weights + common, part).sum() for part in heard), torch.zeros(()))
        loss = loss + _PULL * (weights - alone).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    learned: np.ndarray = (weights + common).detach().numpy().astype(np.float64)
    return learned.round(4)


def cost(weights: Tensor, heard: Heard) -> Tensor:
    """Nats (N,) of what came, by these weights (MATCHES, K)."""
    joined = torch.einsum("nk,nkv->nv", weights[heard.match], heard.logs)
    return functional.cross_entropy(joined, heard.came, reduction="none")


class Gain(NamedTuple):
    """Bits a note: the network alone, and mixed by weights learned on the other half of songs."""

    alone: float
    mixed: float


def gain(network: Model, ngram: NGram, songs: Sequence[Melody], *, phrases: bool) -> Gain:
    """Crosswise, by halves of the songs; the style untold, pickups and phrase marks not counted."""
    told = hear(network, ngram, songs, phrases=phrases, style=False)
    before = after = 0.0
    for field in (Field.DURATION, Field.PITCH):
        heard = told[field]
        alone = torch.zeros(MATCHES, heard.logs.shape[1])
        alone[:, 0] = 1
        before += cost(alone, heard).sum().item()
        for half in (0, 1):
            inside = heard.song % 2 == half
            taught = Heard(*(part[inside] for part in heard))
            judged = Heard(*(part[~inside] for part in heard))
            learned = torch.from_numpy(learn([taught])).float()
            after += cost(learned, judged).sum().item()
    per_note = len(told[Field.PITCH].came) * np.log(2)
    return Gain(before / per_note, after / per_note)
