"""Joins networks that were trained independently, from different seeds, into one ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from solfa.errors import ModelError
from solfa.training.checkpoint import load_checkpoint, model_tensors, save_checkpoint

_KEPT = ("epoch", "step", "seconds", "history")


def join(runs: Sequence[Path], folder: Path) -> Path:
    """Writes the best epochs of ``runs`` as one checkpoint to ``folder``; returns it.

    Members may be ensembles themselves. Raises `ModelError` for a folder without a run, another
    model than `melody_lstm`, or runs of other tunes, vocabularies, sizes, or of one seed.
    """
    loaded = [load_checkpoint(run / "best") for run in runs]
    first = loaded[0][1]
    if first["model"] != "melody_lstm":
        raise ModelError(
            f"{runs[0]} holds {first['model']}; only runs of melody_lstm can be joined"
        )
    seeds: set[int] = set()
    tensors: dict[str, Tensor] = {}
    members = 0
    for run, (own, facts) in zip(runs, loaded, strict=True):
        for part in ("model", "encoding", "data"):
            if facts[part] != first[part]:
                raise ModelError(f"{run} differs from {runs[0]} in its {part}; train them alike")
        if _alike(facts) != _alike(first):
            raise ModelError(f"{run} differs from {runs[0]} in its sizes; train them alike")
        if facts["recipe"]["seed"] in seeds:
            raise ModelError(
                f"{run} has the seed of another run; train each with a --seed of its own"
            )
        seeds.add(facts["recipe"]["seed"])
        for name, tensor in model_tensors(own).items():
            _, number, rest = name.split(".", 2)
            tensors[f"model.members.{members + int(number)}.{rest}"] = tensor
        members += facts["config"]["members"]
    histories = [{"seed": facts["recipe"]["seed"], **_kept(facts)} for _, facts in loaded]
    facts = {
        **first,
        "config": {**first["config"], "members": members},
        "epoch": max(member["epoch"] for member in histories),
        "step": sum(member["step"] for member in histories),
        "seconds": sum(member["seconds"] for member in histories),
        "history": [],
        "members": histories,
    }
    save_checkpoint(folder / "best", tensors, facts)
    return folder / "best.safetensors"


def _alike(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: size for name, size in facts["config"].items() if name != "members"}


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in _KEPT}
