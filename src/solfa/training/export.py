"""From a checkpoint to what composing runs: ONNX graphs and a card, no torch needed to read them.

Weights are stored in small formats (`solfa.training.packing`) and computed in single precision.
"""

from __future__ import annotations

import io
import json
import os
import platform
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import onnx
import torch
from torch import Tensor, nn

from solfa.encodings.features import FEATURES
from solfa.errors import ModelError
from solfa.files import write_atomically
from solfa.models import registry
from solfa.models.melody_lstm import CONDITIONS, State
from solfa.models.melody_vae import EVENTS
from solfa.runtime.graph import HASHES, hashes, read_card
from solfa.training.checkpoint import load_checkpoint, model_tensors
from solfa.training.networks import network_of
from solfa.training.packing import pack, round_off

_BODY_OUTPUT = "heard"
"""The name of the body output in graphs; exported models have it."""


class _Part(nn.Module):
    """One way through a network, as a module that can be traced."""

    def __init__(self, network: nn.Module, way: Callable[..., Any]) -> None:
        super().__init__()
        self.network = network  # holds the weights
        self.way = way

    def forward(self, *inputs: Tensor) -> Any:
        return self.way(*inputs)


class _Graph(NamedTuple):
    """A way through a network, with inputs to trace it by and the names of its outputs.

    The second axis of ``lengthy`` inputs may be of any length.
    """

    way: Callable[..., Any]
    inputs: dict[str, Tensor]
    outputs: list[str]
    lengthy: tuple[str, ...] = ()


def load_network(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network of a checkpoint, ready to evaluate, and the facts saved with it."""
    tensors, facts = load_checkpoint(checkpoint)
    try:
        network = network_of(facts)
        network.load_state_dict(model_tensors(tensors))
    except (KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{checkpoint} does not fit this version of solfa; train anew") from error
    return network.eval(), facts


def add_to_card(folder: Path, **facts: Any) -> None:
    """Puts what became known after an export in front of its card."""
    text = json.dumps({**facts, **read_card(folder)}, indent=1)
    write_atomically(folder / "card.json", (text + "\n").encode())


def export(checkpoint: Path, folder: Path, card: dict[str, Any] | None = None) -> Path:
    """Writes the model's graphs and ``card.json`` to ``folder``.

    The card carries what the runtime needs (the vocabulary, sizes) and what a reader should
    know (recipe, history, and the entries of ``card``). Raises `ModelError` for a bad checkpoint.
    """
    network, facts = load_network(checkpoint)
    round_off(network)
    graphs = [
        write_atomically(folder / f"{name}.onnx", pack(graph))
        for name, graph in traced(facts["model"], network)
    ]
    kept = ("data", "model", "config", "encoding", "recipe", "history", "epoch", "step", "seconds")
    known = {
        name: facts[name] for name in (*kept, "latent", "members", "features") if name in facts
    }
    known[HASHES] = hashes(known, graphs)
    text = json.dumps({"machine": _machine(), **(card or {}), **known}, indent=1)
    return write_atomically(folder / "card.json", (text + "\n").encode())


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"


def traced(model: str, network: nn.Module) -> Iterator[tuple[str, onnx.ModelProto]]:
    """The graphs of a model's network by the name of their file, weights in single precision."""
    for name, graph in _GRAPHS[registry.trained_row(model).runtime](network).items():
        yield name, _onnx(_Part(network, graph.way), graph)


def _window_graphs(network: Any) -> dict[str, _Graph]:
    windows = {"window": torch.zeros(2, network.config.steps, dtype=torch.long)}
    body, head = network.body, _doubled(network.head)
    return {"window": _Graph(lambda window: head(body(window)), windows, ["logits"])}


def _latent_graphs(network: Any) -> dict[str, _Graph]:
    windows = {"window": torch.zeros(2, network.config.steps, dtype=torch.long)}
    z = {"z": torch.zeros(2, network.config.latent)}
    return {
        "encode": _Graph(_doubled(network.encode), windows, ["mean", "log_variance"]),
        "decode": _Graph(_doubled(lambda z: network.logits(network.decode(z))), z, ["logits"]),
    }


def _note_graphs(network: Any) -> dict[str, _Graph]:
    config, batch = network.config, 2
    duration = _doubled(network.duration)

    def body(features: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        output, state = network.body(features.unsqueeze(1), State(hidden, cell))
        output = output.squeeze(1)
        return output, duration(output), *state

    features = torch.zeros(batch, len(FEATURES), dtype=torch.long)
    symbol = torch.zeros(batch, dtype=torch.long)
    output = torch.zeros(batch, config.members, config.width)
    given = {_BODY_OUTPUT: output, "duration": symbol}
    return {
        "start": _Graph(
            _doubled(network.start), {"conditions": features[:, CONDITIONS:]}, ["pickup"]
        ),
        "body": _Graph(
            body,
            {"features": features, **network.empty(batch)._asdict()},
            [_BODY_OUTPUT, "duration", "new_hidden", "new_cell"],
        ),
        "pitch": _Graph(_doubled(network.pitch), given, ["logits"]),
        "phrase": _Graph(_doubled(network.phrase), {**given, "pitch": symbol}, ["logits"]),
    }


def _hybrid_graphs(network: Any) -> dict[str, _Graph]:
    config, member, batch = network.config, network.decoder, 2
    lead, duration = _doubled(network.lead), _doubled(member.duration)

    def body(
        features: Tensor, hidden: Tensor, cell: Tensor, z: Tensor, place: Tensor
    ) -> tuple[Tensor, ...]:
        led = lead(z, place).unsqueeze(1)
        output, state = network.body(features.unsqueeze(1), State(hidden, cell), led)
        output = output.squeeze(1)
        return output, duration(output), *state

    features = torch.zeros(batch, len(FEATURES), dtype=torch.long)
    symbol = torch.zeros(batch, dtype=torch.long)
    z = torch.zeros(batch, config.latent)
    units = torch.ones(batch, 3, len(EVENTS), dtype=torch.long)
    given = {_BODY_OUTPUT: torch.zeros(batch, config.width), "duration": symbol}
    return {
        "encode": _Graph(
            _doubled(network.encode), {"events": units}, ["mean", "log_variance"], ("events",)
        ),
        "start": _Graph(
            _doubled(member.start), {"conditions": features[:, CONDITIONS:]}, ["pickup"]
        ),
        "body": _Graph(
            body,
            {"features": features, **network.empty(batch)._asdict(), "z": z, "place": symbol},
            [_BODY_OUTPUT, "duration", "new_hidden", "new_cell"],
        ),
        "pitch": _Graph(_doubled(member.pitch), given, ["logits"]),
        "phrase": _Graph(_doubled(member.phrase), {**given, "pitch": symbol}, ["logits"]),
    }


_GRAPHS: dict[str, Callable[[Any], dict[str, _Graph]]] = {
    "solfa.runtime.notes:NoteModel": _note_graphs,
    "solfa.runtime.hybrid:HybridModel": _hybrid_graphs,
    "solfa.runtime.windows:WindowModel": _window_graphs,
    "solfa.runtime.autoencoder:LatentModel": _latent_graphs,
}
"""The graphs that each class of the runtime opens."""


def _doubled(way: Callable[..., Any]) -> Callable[..., Any]:
    """The way run on every row twice, the outputs of the copies dropped.

    A matrix product of one row is computed otherwise than that of many, in the last bits, and a
    tune must not depend on how many are composed with it. From two rows on all are equal, and so
    are recurrent layers from one row on, which need not be doubled.
    """

    def twice(*inputs: Tensor) -> Any:
        rows = inputs[0].shape[0]
        outputs = way(*(torch.cat([x, x]) for x in inputs))
        if isinstance(outputs, Tensor):
            return outputs[:rows]
        return tuple(output[:rows] for output in outputs)

    return twice


def _onnx(module: nn.Module, graph: _Graph) -> onnx.ModelProto:
    """Traces a module; the batch is the first axis of all but the LSTM's state."""
    inputs, outputs = graph.inputs, graph.outputs
    axes = {name: {1 if name in ("hidden", "cell") else 0: "batch"} for name in inputs}
    for name in graph.lengthy:
        axes[name][1] = "length"
    axes |= {name: {1 if name.startswith("new_") else 0: "batch"} for name in outputs}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            buffer,  # type: ignore[arg-type]
            input_names=list(inputs),
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())
