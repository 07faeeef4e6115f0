"""`evaluate`: bits per note of models on held-out songs, in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from solfa import corpora as corpora_
from solfa.choices import check_flag
from solfa.errors import SolfaError
from solfa.evaluation.likelihood import Likelihood, bits
from solfa.files import Place, as_places
from solfa.formats.read_options import ReadOptions
from solfa.models.protocol import Model
from solfa.runtime import as_model, load_model


@dataclass(frozen=True)
class Evaluation:
    """What the songs of one part of a corpus cost a model, by the name that it was given."""

    model: str
    hash: str
    corpus: str
    split: str
    likelihood: Likelihood

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data; see `Likelihood.to_json`."""
        known = {"model": self.model, "hash": self.hash, "corpus": self.corpus}
        return {**known, "split": self.split, **self.likelihood.to_json()}


def evaluate(
    models: Place | Model | Sequence[Place | Model],
    corpora: Place | Sequence[Place] = "german",
    *,
    split: str = "valid",
    by: str = "family",
    phrases: bool = False,
    style: bool = False,
    reading: ReadOptions = ReadOptions(),
    watch: Callable[[Evaluation], None] | None = None,
) -> list[Evaluation]:
    """Bits per note of every model on the held-out songs of every corpus, key and metre given.

        import solfa
        found = solfa.evaluate(["melody_lstm", "ngram"], "irish", split="test")
        [(each.model, each.likelihood.total) for each in found]

    ``models`` are names, folders of exported models, or models themselves; ``corpora`` repertoires
    or folders of tunes. ``split`` is ``train``, ``valid`` or ``test``, ``by`` family or at random.
    ``phrases``: the phrase marks of the past are given, ``style``: the style of the song.
    ``reading``: how the files of folders are read. ``watch`` is called with each result as it
    comes. Raises `SolfaError` for unknown names, and for a corpus without tunes that can be used.
    """
    several = isinstance(models, Sequence) and not isinstance(models, str)
    asked = cast("Sequence[Place | Model]", models if several else [models])
    for name, given in {"phrases": phrases, "style": style}.items():
        check_flag(name, given)
    loaded = [_loaded(model) for model in asked]
    places = as_places("corpus", corpora)
    held_out = [corpora_.load(name, options=reading) for name in places]
    found = []
    for name, model in loaded:
        for whole in held_out:
            songs = whole.split(split, by).tunes
            if not songs:
                raise SolfaError(f"{whole.name} has no {split} tunes; name a larger corpus")
            cost = bits(model, songs, phrases=phrases, style=style)
            found.append(Evaluation(name, model.hash, whole.name, split, cost))
            if watch:
                watch(found[-1])
    return found


def _loaded(model: Place | Model) -> tuple[str, Model]:
    """A model with the name that it was asked for by."""
    if isinstance(model, str | os.PathLike):
        return os.fspath(model), load_model(model)
    found = as_model(model)
    return found.name, found
