"""Checkpoints: tensors as safetensors, everything else as JSON beside them. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from solfa.errors import ModelError
from solfa.files import write_atomically


def save_checkpoint(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Writes ``path``.safetensors, which carries its own facts, so that the two cannot part."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    data = save(tensors, metadata={"solfa": json.dumps(facts)})
    write_atomically(path.with_suffix(".safetensors"), data)
    write_atomically(path.with_suffix(".json"), json.dumps(facts, indent=1).encode())


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The inverse of `save_checkpoint`. Raises `ModelError` for a file that is not one of ours."""
    with _readable(path.with_suffix(".safetensors")) as path:
        data = path.read_bytes()
        tensors = load(data)
        if not all(tensor.isfinite().all() for tensor in tensors.values()):
            raise ValueError("values that are no numbers")
        return tensors, _facts(data)


def load_facts(path: Path) -> dict[str, Any]:
    """The facts of a checkpoint, without reading its tensors; errors as for `load_checkpoint`."""
    with _readable(path.with_suffix(".safetensors")) as path, path.open("rb") as file:
        size, most = file.read(8), path.stat().st_size
        return _facts(size + file.read(min(int.from_bytes(size, "little"), most)))


def _facts(data: bytes) -> dict[str, Any]:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    facts: dict[str, Any] = json.loads(header["__metadata__"]["solfa"])
    return facts


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """Turns what is wrong with a checkpoint into a `ModelError`."""
    try:
        yield path
    except OSError as error:
        raise ModelError(f"cannot read checkpoint {path}: {error.strerror}") from error
    except (SafetensorError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelError(f"{path} is not a checkpoint of solfa; train one anew") from error


def model_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The network's own among a checkpoint's tensors, under their names in the network."""
    prefix = "model."
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimiser's state under flat names, ``optimizer.<parameter>.<what>``."""
    state = optimizer.state_dict()["state"]
    return {
        f"optimizer.{parameter}.{name}": torch.as_tensor(value)
        for parameter, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Puts back what `optimizer_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer":
            parameter, _, what = rest.partition(".")
            state.setdefault(int(parameter), {})[what] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
