"""From a checkpoint to what composing runs: ONNX graphs and a card, no torch needed to read them.

Weights are stored in half precision and computed in single, so that files stay small.
"""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from solfa.encodings.notes import FEATURES
from solfa.errors import ModelError
from solfa.files import write_atomically
from solfa.models.melody_lstm import Config, MelodyLSTM, State
from solfa.training.checkpoint import load_checkpoint, model_tensors


class _Start(nn.Module):
    def __init__(self, network: MelodyLSTM) -> None:
        super().__init__()
        self.network = network

    def forward(self, conditions: Tensor) -> Tensor:
        return self.network.start(conditions)


class _Body(_Start):
    def forward(  # type: ignore[override]
        self, features: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        heard, state = self.network.body(features.unsqueeze(1), State(hidden, cell))
        heard = heard.squeeze(1)
        return heard, self.network.duration(heard), *state


class _Pitch(_Start):
    def forward(self, heard: Tensor, duration: Tensor) -> Tensor:  # type: ignore[override]
        return self.network.pitch(heard, duration)


class _Phrase(_Start):
    def forward(self, heard: Tensor, duration: Tensor, pitch: Tensor) -> Tensor:  # type: ignore[override]
        return self.network.phrase(heard, duration, pitch)


def load_network(checkpoint: Path) -> tuple[MelodyLSTM, dict[str, Any]]:
    """The network of a checkpoint, ready to evaluate, and the facts saved with it."""
    tensors, facts = load_checkpoint(checkpoint)
    try:
        config = {**facts["config"], "limits": tuple(facts["config"]["limits"])}
        network = MelodyLSTM(Config(**config))
        network.load_state_dict(model_tensors(tensors))
    except (KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{checkpoint} does not fit this version of solfa; train anew") from error
    return network.eval(), facts


def export(checkpoint: Path, folder: Path, card: dict[str, Any] | None = None) -> Path:
    """Writes ``start``, ``body``, ``pitch`` and ``phrase`` graphs and ``card.json`` to ``folder``.

    The card carries what the runtime needs (the vocabulary, sizes) and what a reader should
    know (recipe, history, and the entries of ``card``). Raises `ModelError` for a bad checkpoint.
    """
    network, facts = load_network(checkpoint)
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    batch = 2
    state = network.empty(batch)
    heard = torch.zeros(batch, network.config.width)
    said = torch.zeros(batch, dtype=torch.long)
    features = torch.zeros(batch, len(FEATURES), dtype=torch.long)
    graphs: dict[str, tuple[nn.Module, dict[str, Tensor], list[str]]] = {
        "start": (
            _Start(network),
            {"conditions": features[:, -network.config.conditions :]},
            ["pickup"],
        ),
        "body": (
            _Body(network),
            {"features": features, "hidden": state.hidden, "cell": state.cell},
            ["heard", "duration", "new_hidden", "new_cell"],
        ),
        "pitch": (_Pitch(network), {"heard": heard, "duration": said}, ["logits"]),
        "phrase": (
            _Phrase(network),
            {"heard": heard, "duration": said, "pitch": said},
            ["logits"],
        ),
    }
    for name, (module, inputs, outputs) in graphs.items():
        data = _halved(_onnx(module, inputs, outputs))
        write_atomically(folder / f"{name}.onnx", data)
    kept = ("data", "model", "config", "encoding", "recipe", "history", "epoch", "step", "seconds")
    facts = {**(card or {}), **{name: facts[name] for name in kept}}
    return write_atomically(folder / "card.json", (json.dumps(facts, indent=1) + "\n").encode())


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
