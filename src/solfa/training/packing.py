"""How weights are stored: matrices as eight-bit integers with a scale a row, the rest in halves.

Both become single precision when a graph is loaded, so that nothing is computed in integers. A
network is rounded to what can be stored before it is exported, hence what is stored is exactly
what it computes with, and storing it again changes nothing.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

_LARGEST = 127
_FEW = 64  # no more numbers than these stay as they are
_HALF, _WHOLE, _SCALE = ".half", ".whole", ".scale"


@torch.no_grad()
def round_off(network: nn.Module) -> None:
    """Rounds every weight to what `pack` stores without loss."""
    for parameter in network.parameters():
        if parameter.ndim == 2:
            scale = _scale(parameter.numpy(), -1)
            whole = np.clip(np.rint(parameter.numpy() / scale), -_LARGEST, _LARGEST)
            parameter.copy_(torch.from_numpy(whole * scale))
        else:
            parameter.copy_(parameter.half().float())


def _scale(values: np.ndarray, axis: int) -> np.ndarray:
    """What one is worth along an axis, a half-precision number: times 127 it is exact in single."""
    most = np.abs(values).max(axis, keepdims=True) / np.float32(_LARGEST)
    least = np.finfo(np.float16).smallest_normal
    scale: np.ndarray = np.maximum(most, least).astype(np.float16).astype(np.float32)
    return scale


def pack(model: onnx.ModelProto) -> bytes:
    """The graph with its weights stored in small formats, and unpacked when it is loaded."""
    graph = model.graph
    unpacked = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size <= _FEW:
            continue
        name = weight.name
        small = _whole(values, name) or [numpy_helper.from_array(_halved(values), name + _HALF)]
        graph.initializer.remove(weight)
        graph.initializer.extend(small)
        singles = [part.name + ".single" for part in small] if len(small) > 1 else [name]
        unpacked += [
            helper.make_node("Cast", [part.name], [single], to=onnx.TensorProto.FLOAT)
            for part, single in zip(small, singles, strict=True)
        ]
        if len(small) > 1:
            unpacked.append(helper.make_node("Mul", singles, [name]))
    nodes = [*unpacked, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _whole(values: np.ndarray, name: str) -> list[onnx.TensorProto]:
    """A matrix as integers and their scale, if they represent it exactly along an axis."""
    for axis in (-1, -2) if values.ndim > 1 else ():
        scale = _scale(values, axis)
        whole = np.rint(values / scale)
        if np.abs(whole).max() <= _LARGEST and (whole * scale == values).all():
            return [
                numpy_helper.from_array(whole.astype(np.int8), name + _WHOLE),
                numpy_helper.from_array(scale.astype(np.float16), name + _SCALE),
            ]
    return []


def _halved(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16)


def unpack(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The weights of a packed graph by name, in single precision: the inverse of `pack`."""
    stored = {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}
    weights = {}
    for name, values in stored.items():
        if name.endswith(_WHOLE):
            scale = stored[name.removesuffix(_WHOLE) + _SCALE].astype(np.float32)
            weights[name.removesuffix(_WHOLE)] = values.astype(np.float32) * scale
        elif not name.endswith(_SCALE):
            weights[name.removesuffix(_HALF)] = values
    return weights
