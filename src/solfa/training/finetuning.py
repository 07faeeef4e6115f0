"""Fine-tuning: where it begins, and which tunes it is given.

It begins from an exported model, as composing runs it: the weights are read back from its graphs,
the vocabulary and the sizes stay. The loop keeps them unless an epoch is better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from solfa.encodings.conditions import Conditions
from solfa.errors import ModelError, SolfaError
from solfa.melody import Melody
from solfa.runtime import WEIGHTS, load_model
from solfa.runtime.graph import not_exported, read_card
from solfa.training.export import export, traced
from solfa.training.networks import network_of
from solfa.training.packing import unpack
from solfa.training.recipe import Feed, Recipe

LEAST_TAUGHT, LEAST_HELD_OUT, ENOUGH = 10, 3, 5
"""Tunes that fine-tuning needs, and held-out ones from which some choose and others judge."""

_FROM_DATA = {"limits", "durations", "pickups", "pitches", "symbols", "steps"}
_FIRST = int(np.float32(2**20).view(np.int32))  # graphs have no such large constants of their own


class Start:
    """The exported model in ``folder``, from which fine-tuning begins.

    Raises `ModelError` if the folder does not hold one, or one of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.model = load_model(folder.resolve())  # never taken for a model's name
        self.card = read_card(folder)
        self.encoding: dict[str, Any] = self.card["encoding"]
        self._weights = weights_of(folder)

    def fitted(self, recipe: Recipe) -> Recipe:
        """The recipe with the model's sizes where it names none, in the keys of its training."""
        sizes = {k: v for k, v in self.card["config"].items() if k not in _FROM_DATA}
        feed = recipe.feed
        if isinstance(feed, Feed):
            own = self.card["recipe"]["feed"]
            feed = replace(feed, keys=own["keys"], closing=own["closing"])
        return replace(recipe, sizes={**sizes, **recipe.sizes}, feed=feed)

    def into(self, network: nn.Module) -> None:
        """Gives a network the weights; `SolfaError` if its sizes are others."""
        try:
            network.load_state_dict(self._weights)
        except RuntimeError as error:
            raise SolfaError(
                "the given weights do not fit the network; leave sizes out, or train it anew"
            ) from error

    def encodable(self, tunes: Sequence[Melody]) -> tuple[list[Melody], Counter[str]]:
        """The tunes that the vocabulary can encode, and the reasons against the others, counted."""
        encodable, refused = [], Counter[str]()
        for tune in tunes:
            try:
                self.model.encoding.encode(tune, Conditions.of(tune))
                encodable.append(tune)
            except SolfaError as error:
                refused[str(error)] += 1
        return encodable, refused


def start_of(model: str, source: str) -> Start:
    """Where to begin: ``bundled``, the folder of an exported model, or that of a run.

    Raises `SolfaError` if it holds no model, or another than ``model``.
    """
    folder = WEIGHTS / model if source == "bundled" else Path(source)
    if not folder.is_dir():
        raise ModelError(f"no folder {source!r}; begin from bundled, an exported model or a run")
    if (folder / "best.safetensors").exists():
        run, folder = folder, folder / "exported"
        if not (folder / "card.json").exists():
            export(run / "best", folder)
    with not_exported(folder):
        theirs = read_card(folder)["model"]
    if theirs != model:
        raise SolfaError(f"{source} holds {theirs}, not {model}; write: solfa train {theirs}")
    return Start(folder)


@dataclass(frozen=True)
class Parts:
    """The split of fine-tuning: ``train``, ``valid`` chooses the epoch, ``test`` measures it.

    The latter two are the same, ``disjoint`` is false, where few are held out. ``refused`` counts
    the tunes that the vocabulary cannot encode, by reason.
    """

    train: list[Melody]
    valid: list[Melody]
    test: list[Melody]
    disjoint: bool
    refused: Counter[str]

    @classmethod
    def of(
        cls, start: Start, train: Sequence[Melody], valid: Sequence[Melody], test: Sequence[Melody]
    ) -> Parts:
        """From the parts of a split; `SolfaError` if too few tunes can be used."""
        parts = [start.encodable(tunes) for tunes in (train, valid, test)]
        to_train, to_validate, to_test = (encodable for encodable, _ in parts)
        refused = sum((reasons for _, reasons in parts), Counter[str]())
        disjoint = min(len(to_validate), len(to_test)) >= ENOUGH
        if not disjoint:
            to_validate = to_test = to_validate + to_test
        if len(to_train) < LEAST_TAUGHT or len(to_validate) < LEAST_HELD_OUT:
            raise SolfaError(
                f"{len(to_train)} tunes to learn from and {len(to_validate)} held out are too few"
                f" (needed: {LEAST_TAUGHT} and {LEAST_HELD_OUT}; refused: {refused.total()});"
                " give 40 or more, no variants of one"
            )
        return cls(to_train, to_validate, to_test, disjoint, refused)


@torch.no_grad()
def weights_of(folder: Path) -> dict[str, Tensor]:
    """The weights of an exported model under their names in the network: the inverse of `export`.

    The exporter turns, joins and renames weights, but computes none. So a network of the same
    sizes is traced with a number of its own in place of each weight: where the number comes out,
    the weight lies. Raises `ModelError` if a weight is nowhere.
    """
    try:
        card = read_card(folder)
        network = network_of(card).eval()
        weights = [w for w in network.state_dict().values() if w.is_floating_point()]
        values = np.full(sum(weight.numel() for weight in weights), np.nan, np.float32)
        _fill(weights, np.arange(_FIRST, _FIRST + len(values), dtype=np.int32).view(np.float32))
        for name, graph in traced(card["model"], network):
            stored, numbered = _used(onnx.load(folder / f"{name}.onnx")), _used(graph)
            for key in stored.keys() & numbered.keys():
                which = numbered[key].view(np.int32).astype(np.int64) - _FIRST
                ours = (which >= 0) & (which < len(values))
                values[which[ours]] = stored[key][ours]
        if np.isnan(values).any():
            raise ValueError(folder)
    except (ValueError, KeyError, IndexError, TypeError, SolfaError) as error:
        message = f"{folder} was exported by another version of solfa; train anew"
        raise ModelError(message) from error
    _fill(weights, values)
    return network.state_dict()


def _fill(weights: Sequence[Tensor], values: np.ndarray) -> None:
    """Puts values (N,) into the weights in their order."""
    ends = np.cumsum([weight.numel() for weight in weights])
    for weight, own in zip(weights, np.split(values, ends[:-1]), strict=True):
        weight.copy_(torch.from_numpy(own).view(weight.shape))


def _used(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The weights in a graph by their names, those that lost theirs by the node that uses them.

    Names that an exporter makes up (``onnx::LSTM_272``) are others with every version of it: such a
    weight is known by the kind of its node, which of them it is, and which input.
    """
    arrays = unpack(model)
    used = {}
    seen: Counter[str] = Counter()
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in arrays and arrays[name].dtype.kind == "f":
                made_up = name.startswith("onnx::")
                key = f"{node.op_type} {seen[node.op_type]} {place}" if made_up else name
                used[key] = arrays[name].astype(np.float32)
        seen[node.op_type] += 1
    return used
