"""Runs trained models without torch, and finds them by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

from solfa import plugins
from solfa.errors import ModelError
from solfa.models.protocol import Model
from solfa.runtime.autoencoder import LatentModel
from solfa.runtime.graph import not_exported, read_card
from solfa.runtime.hybrid import HybridModel
from solfa.runtime.notes import NoteModel
from solfa.runtime.windows import WindowModel

WEIGHTS = Path(__file__).parents[1] / "weights"

EXPORTED: dict[str, type[NoteModel | WindowModel]] = {
    "melody_lstm": NoteModel,
    "melody_vae": HybridModel,
    "gru_attention": WindowModel,
    "vae": LatentModel,
    "lstm_attention": WindowModel,
    "stacked_bilstm": WindowModel,
}
"""What runs an exported model of each name."""


def _bundled(name: str) -> Callable[[], Model]:
    return lambda: EXPORTED[name](WEIGHTS / name)


def _ngram() -> Model:
    from solfa.models.ngram import load_ngram

    return load_ngram()


_PROTOCOL = ("name", "hash", "hears", "encoding", "begin")  # what a Model has


def _added(entry: EntryPoint) -> Callable[[], Model]:
    def load() -> Model:
        model: Model = plugins.load(entry)()
        if missing := [name for name in _PROTOCOL if name not in dir(model)]:
            kind = type(model).__name__
            raise plugins.broken(
                entry, "cannot be used", f"it gives a {kind}, which has no {missing[0]}"
            )
        return model

    return load


_OWN: dict[str, Callable[[], Model]] = {
    **{name: _bundled(name) for name in EXPORTED},
    "ngram": _ngram,
}

MODELS = _OWN | {name: _added(entry) for name, entry in plugins.added(plugins.MODELS, _OWN).items()}
"""How to get each model by its name; other packages may add some."""


def load_model(name: str | os.PathLike[str]) -> Model:
    """A model by its name in `MODELS`, or from the folder of an exported one."""
    if str(name) in MODELS:
        return MODELS[str(name)]()
    folder = Path(name)
    if not folder.is_dir():
        raise ModelError(
            f"unknown model {str(name)!r}; choose from {', '.join(MODELS)}, or a folder"
        )
    with not_exported(folder):
        kind = EXPORTED[read_card(folder)["model"]]
    return kind(folder)
