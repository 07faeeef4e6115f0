"""From a checkpoint to what composing runs: ONNX graphs and a card, no torch needed to read them.

Weights are stored in half precision and computed in single, so that files stay small.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from solfa.encodings.notes import FEATURES
from solfa.errors import ModelError
from solfa.files import write_atomically
from solfa.models.melody_lstm import Config, MelodyLSTM, State
from solfa.models.vae import VAE
from solfa.training.checkpoint import load_checkpoint, model_tensors
from solfa.training.tasks import NETWORKS, build


class _Part(nn.Module):
    """One way through a network, as a module that can be traced."""

    def __init__(self, network: nn.Module, way: Callable[..., Any]) -> None:
        super().__init__()
        self.network = network  # holds the weights
        self.way = way

    def forward(self, *inputs: Tensor) -> Any:
        return self.way(*inputs)


class _Graph(NamedTuple):
    """A way through a network, with inputs to trace it by and the names of what comes out."""

    way: Callable[..., Any]
    inputs: dict[str, Tensor]
    outputs: list[str]


def load_network(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network of a checkpoint, ready to evaluate, and the facts saved with it."""
    tensors, facts = load_checkpoint(checkpoint)
    try:
        config = facts["config"]
        if facts["model"] in NETWORKS:
            network = build(facts["model"], **config)
        else:
            network = MelodyLSTM(Config(**{**config, "limits": tuple(config["limits"])}))
        network.load_state_dict(model_tensors(tensors))
    except (KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{checkpoint} does not fit this version of solfa; train anew") from error
    return network.eval(), facts


def export(checkpoint: Path, folder: Path, card: dict[str, Any] | None = None) -> Path:
    """Writes the model's graphs and ``card.json`` to ``folder``.

    The card carries what the runtime needs (the vocabulary, sizes) and what a reader should
    know (recipe, history, and the entries of ``card``). Raises `ModelError` for a bad checkpoint.
    """
    network, facts = load_network(checkpoint)
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    for name, graph in _graphs(network).items():
        data = _halved(_onnx(_Part(network, graph.way), graph.inputs, graph.outputs))
        write_atomically(folder / f"{name}.onnx", data)
    kept = ("data", "model", "config", "encoding", "recipe", "history", "epoch", "step", "seconds")
    known = {name: facts[name] for name in (*kept, "latent") if name in facts}
    text = json.dumps({**(card or {}), **known}, indent=1)
    return write_atomically(folder / "card.json", (text + "\n").encode())


def _graphs(network: nn.Module) -> dict[str, _Graph]:
    """What the runtime asks of each kind of network, by the name of its file."""
    if isinstance(network, MelodyLSTM):
        return _note_graphs(network)
    config: Any = network.config
    windows = {"window": torch.zeros(2, config.steps, dtype=torch.long)}
    if isinstance(network, VAE):
        z = {"z": torch.zeros(2, config.latent)}
        return {
            "encode": _Graph(_doubled(network.encode), windows, ["mean", "log_variance"]),
            "decode": _Graph(_doubled(lambda z: network.logits(network.decode(z))), z, ["logits"]),
        }
    body: Any = network.body
    head = _doubled(network.head)  # type: ignore[arg-type]
    return {"window": _Graph(lambda window: head(body(window)), windows, ["logits"])}


def _note_graphs(network: MelodyLSTM) -> dict[str, _Graph]:
    config, batch = network.config, 2

    def body(features: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        heard, state = network.body(features.unsqueeze(1), State(hidden, cell))
        heard = heard.squeeze(1)
        return heard, network.duration(heard), *state

    features = torch.zeros(batch, len(FEATURES), dtype=torch.long)
    said = torch.zeros(batch, dtype=torch.long)
    heard = {"heard": torch.zeros(batch, config.width), "duration": said}
    return {
        "start": _Graph(
            network.start, {"conditions": features[:, -config.conditions :]}, ["pickup"]
        ),
        "body": _Graph(
            body,
            {"features": features, **network.empty(batch)._asdict()},
            ["heard", "duration", "new_hidden", "new_cell"],
        ),
        "pitch": _Graph(network.pitch, heard, ["logits"]),
        "phrase": _Graph(network.phrase, {**heard, "pitch": said}, ["logits"]),
    }


def _doubled(way: Callable[..., Any]) -> Callable[..., Any]:
    """The way taken with every row twice, answered once.

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


def _onnx(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str]) -> onnx.ModelProto:
    """Traces a module; the batch is the first axis of all but the LSTM's memory."""
    axes = {name: {1 if name in ("hidden", "cell") else 0: "batch"} for name in inputs}
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


def _halved(model: onnx.ModelProto) -> bytes:
    """Stores every float32 weight as float16, cast back when the graph is loaded."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 64:
            name = weight.name
            half = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
            weight.CopyFrom(half)
            casts.append(
                onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data
