"""Small formats: what is stored is exactly what a rounded network computes with."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper, numpy_helper
from torch import nn

from solfa.training.packing import pack, round_off, unpack

matrices = arrays.arrays(
    np.float32, (12, 9), elements=st.floats(-4, 4, width=32, allow_subnormal=False)
)


def rounded(values: np.ndarray) -> np.ndarray:
    layer = nn.Linear(9, 12)
    layer.weight.data = torch.from_numpy(values.copy())
    round_off(layer)
    return layer.weight.detach().numpy()


def adding(values: np.ndarray) -> onnx.ModelProto:
    """A graph that adds a weight to its input."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weight"], ["y"])],
        "adding",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, values.shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, values.shape)],
        [numpy_helper.from_array(values, "weight")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@given(matrices)
@settings(max_examples=50, deadline=None)
def test_rounding_twice_is_rounding_once_and_moves_little(values: np.ndarray) -> None:
    once = rounded(values)
    assert (rounded(once) == once).all()
    most = np.abs(values).max(1, keepdims=True)
    assert (np.abs(once - values) <= most / 127 * 0.51 + 4e-5).all()


@pytest.mark.slow
@given(matrices, st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_packed_graph_computes_with_the_very_weights(values: np.ndarray, turned: bool) -> None:
    exact = np.ascontiguousarray(rounded(values).T if turned else rounded(values))
    packed = pack(adding(exact))
    assert (unpack(onnx.load_from_string(packed))["weight"] == exact).all()
    session = onnxruntime.InferenceSession(packed)
    zeros = np.zeros_like(exact)
    assert (session.run(None, {"x": zeros})[0] == exact).all()


def test_a_matrix_takes_a_byte_a_weight() -> None:
    values = rounded(np.random.default_rng(0).normal(size=(12, 9)).astype(np.float32))
    stored = onnx.load_from_string(pack(adding(values))).graph.initializer
    assert sum(numpy_helper.to_array(weight).nbytes for weight in stored) == 12 * 9 + 12 * 2


def test_what_eight_bits_cannot_say_is_stored_in_halves() -> None:
    values = np.random.default_rng(0).normal(size=(12, 9)).astype(np.float16).astype(np.float32)
    assert (unpack(onnx.load_from_string(pack(adding(values))))["weight"] == values).all()
