"""Runs trained models without torch, and finds them by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

from solfa import plugins
from solfa.choices import match, remedy
from solfa.encodings.conditions import Conditions
from solfa.errors import ModelError, shown
from solfa.melody import Key, Meter
from solfa.models import registry
from solfa.models.protocol import Model
from solfa.runtime.graph import not_exported, read_card

WEIGHTS = Path(__file__).parents[1] / "weights"


def _own(row: registry.Row) -> Callable[[], Model]:
    def load() -> Model:
        given = (WEIGHTS / row.name,) if row.trained else ()
        model: Model = registry.named(row.runtime)(*given)
        return tried(model, given[0]) if given else model

    return load


_TRIED = 5  # symbols of a note model: a pickup, a note and the next duration


def tried(model: Model, folder: Path) -> Model:
    """The model, once it has given a few symbols: sizes and vocabulary are those of its graphs."""
    with not_exported(folder):
        session = model.begin([Conditions(Key("C"), tonic=60, meter=Meter(4, 4))])
        for _ in range(1 if model.encoding.step_ticks else _TRIED):
            probabilities = session.probabilities()
            if probabilities.shape != (1, model.encoding.size):
                raise ValueError("size")
            probabilities[:, model.encoding.end] = 0
            session.push(probabilities.argmax(1))
    return model


_PROTOCOL = ("name", "hash", "features", "encoding", "begin")  # what a Model has


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


_OWN: dict[str, Callable[[], Model]] = {name: _own(row) for name, row in registry.MODELS.items()}

MODELS = _OWN | {name: _added(entry) for name, entry in plugins.added(plugins.MODELS, _OWN).items()}
"""How to get each model by its name; other packages may add some."""


def as_model(given: str | os.PathLike[str] | Model) -> Model:
    """The model itself, or the one of a name or folder; `ModelError` for what is none."""
    if isinstance(given, str | os.PathLike):
        return load_model(given)
    if missing := [name for name in _PROTOCOL if name not in dir(given)]:
        raise ModelError(
            f"{type(given).__name__} is no model, having no {missing[0]}; give a name, a folder or"
            " a model"
        )
    return given


def load_model(name: str | os.PathLike[str]) -> Model:
    """A model by its name in `MODELS`, or from the folder of an exported one."""
    if not str(name):
        raise ModelError(f"no model is named; choose from {', '.join(MODELS)}, or a folder")
    folder = Path(name)
    known = match(str(name), MODELS)
    if known and (known == str(name) or not folder.is_dir()):
        return MODELS[known]()
    if not folder.is_dir():
        raise ModelError(
            f"unknown model {shown(str(name))}; {remedy(str(name), MODELS)}, or a folder"
        )
    with not_exported(folder):
        row = registry.MODELS[read_card(folder)["model"]]
        if not row.trained:
            raise KeyError(row.name)
        model: Model = registry.named(row.runtime)(folder)
    return tried(model, folder)
