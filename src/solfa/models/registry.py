"""The models that come with solfa, one row each: what runs it, what trains it, what is proposed.

Everything that depends on a model's name reads its row: `solfa.runtime` loads it, `solfa.training`
trains it, the command line and the studio offer it. Code is named as ``module:name`` and imported
only where it is used, so that reading a row costs nothing. Other packages add models that are
trained elsewhere by entry points; see `solfa.plugins`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from solfa.choices import match, remedy
from solfa.errors import SolfaError, shown


@dataclass(frozen=True)
class Row:
    """One model.

    ``runtime`` is the class that opens the folder of an exported model; for a model that is counted
    instead of trained, a function without arguments that gives it. ``network`` and ``task`` are
    what training needs (`solfa.training.tasks.Task`), ``recipes`` the names of its recipes.
    """

    name: str
    summary: str
    runtime: str
    network: str | None = None
    task: str | None = None
    recipes: tuple[str, ...] = ()
    temperature: float = 1.0
    """The temperature that is proposed where a person has chosen none."""
    corpora: tuple[str, ...] | None = None
    """The repertoires that it learns from if none is named; None for all of them."""
    latent: bool = False
    """Whether it has a latent space."""

    @property
    def trained(self) -> bool:
        """Whether it has a network, and hence an exported folder; the others are counted."""
        return self.network is not None


_WINDOWS = "solfa.runtime.windows:WindowModel"
_WINDOW_TASK = "solfa.training.tasks:WindowTask"
_REPORT = ("report", "default", "finetune")

MODELS: dict[str, Row] = {
    row.name: row
    for row in (
        Row(
            "melody_lstm",
            "LSTMs that read melodies note by note, an ensemble",
            runtime="solfa.runtime.notes:NoteModel",
            network="solfa.models.melody_lstm:MelodyLSTM",
            task="solfa.training.tasks:NoteTask",
            recipes=("default", "finetune"),
        ),
        Row(
            "melody_vae",
            "an LSTM note by note with a latent for every four bars",
            runtime="solfa.runtime.hybrid:HybridModel",
            network="solfa.models.melody_vae:MelodyVAE",
            task="solfa.training.tasks:HybridTask",
            recipes=("default",),
            latent=True,
        ),
        Row(
            "gru_attention",
            "bidirectional GRUs over a window, read by additive attention",
            runtime=_WINDOWS,
            network="solfa.models.gru_attention:GRUAttention",
            task=_WINDOW_TASK,
            recipes=_REPORT,
            temperature=0.3,
            corpora=("german",),
        ),
        Row(
            "vae",
            "a variational autoencoder of whole windows",
            runtime="solfa.runtime.autoencoder:LatentModel",
            network="solfa.models.vae:VAE",
            task="solfa.training.tasks:LatentWindowTask",
            recipes=_REPORT,
            temperature=0.3,
            corpora=("german",),
            latent=True,
        ),
        Row(
            "lstm_attention",
            "bidirectional LSTMs over a window, a convolution, multi-head attention",
            runtime=_WINDOWS,
            network="solfa.models.lstm_attention:LSTMAttention",
            task=_WINDOW_TASK,
            recipes=_REPORT,
            temperature=0.3,
            corpora=("german",),
        ),
        Row(
            "stacked_bilstm",
            "two bidirectional LSTMs over a window",
            runtime=_WINDOWS,
            network="solfa.models.stacked_bilstm:StackedBiLSTM",
            task=_WINDOW_TASK,
            recipes=_REPORT,
            temperature=0.5,
            corpora=("german",),
        ),
        Row(
            "ngram",
            "counts of what follows the last notes, made when it is first used",
            runtime="solfa.models.ngram:load_ngram",
        ),
    )
}
"""Every row by the name of its model."""


def trained() -> tuple[str, ...]:
    """The names of the models that are trained."""
    return tuple(name for name, row in MODELS.items() if row.trained)


def trained_row(model: str) -> Row:
    """The row of a model that is trained; `SolfaError` for another name."""
    name = match(model, trained()) if isinstance(model, str) else None
    if name is None:
        raise SolfaError(
            f"{shown(model)} cannot be trained; {remedy(model, trained())};"
            " ngram is counted when first used"
        )
    return MODELS[name]


def temperature(model: str) -> float:
    """The temperature that is proposed for a model, 1 for one of another package or a folder."""
    return MODELS[model].temperature if model in MODELS else 1.0


def named(place: str) -> Any:
    """What ``module:name`` names, imported now."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
