"""`melody_mix`, put together from the bundled network, the n-gram model and learned weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from solfa.errors import ModelError
from solfa.models.mixture import Mixture
from solfa.models.ngram import load_ngram
from solfa.runtime.graph import not_exported, read_card
from solfa.runtime.notes import NoteModel


def load_mixture(folder: Path, network: Path) -> Mixture:
    """The mixture whose weights are in ``folder``, with the exported ``network``.

    The n-gram model is counted from the installed tunes when it is first used. Raises `ModelError`
    if the weights were learned for another network.
    """
    with not_exported(folder):
        card = read_card(folder)
        weights = {int(field): np.array(rows) for field, rows in card["weights"].items()}
        learned_for = card["network"]
    model = NoteModel(network)
    if model.hash != learned_for:
        raise ModelError(
            f"{folder} was mixed for weights {learned_for}, not {model.hash}; mix anew"
        )
    return Mixture(model, load_ngram(), weights)
