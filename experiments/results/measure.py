"""What the page of results tells: every model under every condition, and tunes of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from experiments.results.latent_space import LatentFigures, WindowAutoencoder
from experiments.results.latent_space import measure as measure_latent
from experiments.results.measured import measured
from solfa.composing.request.request import Request
from solfa.corpora import Corpus
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.evaluation import set_metrics
from solfa.evaluation.likelihood import Likelihood, bits
from solfa.evaluation.unigram import Unigram
from solfa.melody import Melody
from solfa.models.ngram import NGram
from solfa.models.protocol import Model

SPLITS = ("valid", "test")


class Given(NamedTuple):
    """What a model is told besides key and metre."""

    phrases: bool
    style: bool


GIVENS = (Given(False, False), Given(False, True), Given(True, False), Given(True, True))
PLAIN = GIVENS[0]


class Row(NamedTuple):
    """One line of a table."""

    model: str
    corpus: str
    split: str
    likelihood: Likelihood


@dataclass(frozen=True)
class Extra:
    """A model trained for comparison: by what recipe, on which split, on how many windows."""

    model: str
    recipe: str
    split: str
    by: str
    windows: int | None
    likelihood: Likelihood


@dataclass(frozen=True)
class Measured:
    """All that the page tells. ``floor`` are unigrams, ``latent`` the figures by part."""

    rows: list[Row]
    floor: list[Row]
    extras: list[Extra]
    latent: dict[str, LatentFigures]
    drawn: list[set_metrics.Row]


def measure(
    models: Sequence[Model],
    corpora: Sequence[Corpus],
    *,
    compare: Sequence[Model] = (),
    songs: int | None = None,
    tunes: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Every model on validation and test of every corpus, under every one of `GIVENS` it can use.

    Models that read windows, which are slow, hear at most ``songs`` songs of a part, drawn by a
    fixed seed; those in ``compare`` a third of that, each on validation and test of the split that
    its card names. With ``tunes`` above 0 as many are drawn from each model and measured. All that
    was measured before is taken from the cache.
    """
    names = [model.name for model in models]
    if len(set(names)) < len(names):
        raise SolfaError(f"two of {', '.join(names)} bear one name; compare them in two pages")
    rows: list[Row] = []
    latent: dict[str, LatentFigures] = {}
    for corpus in corpora:
        for split in SPLITS:
            held_out = corpus.split(split).tunes
            styles = {tune.metadata.style for tune in held_out}
            for model in models:
                most = songs if _reads_windows(model) else None
                for given in GIVENS:
                    if given.style and not styles & set(model.encoding.styles):
                        continue  # there is nothing to tell
                    if given.phrases and "phrase" not in model.encoding.field_names:
                        continue
                    progress(f"{model.name} on {corpus.name} {split}")
                    cost = _cost(model, held_out, given, most)
                    rows.append(Row(model.name, corpus.name, split, cost))
                if isinstance(model, WindowAutoencoder) and corpus is corpora[0]:
                    progress(f"{model.name}'s latent space on {corpus.name} {split}")
                    latent[split] = _latent(model, held_out)
    base = corpora[0]
    floor = _floor(models, base, rows)
    extras = _extras(compare, base, songs and max(songs // 3, 1), progress)
    drawn = _drawn(models, base, tunes, progress) if tunes else []
    return Measured(rows, floor, extras, latent, drawn)


def _reads_windows(model: Model) -> bool:
    """Whether every symbol is read from a window of so many ``steps`` before it."""
    return hasattr(model, "steps")


def _cost(
    model: Model, tunes: Sequence[Melody], given: Given = PLAIN, most: int | None = None
) -> Likelihood:
    """What at most ``most`` of the tunes cost, drawn by a fixed seed."""
    places = np.sort(np.random.default_rng(0).permutation(len(tunes))[:most])
    heard = [tunes[place] for place in places]
    key = {"bits": model.hash, "phrases": given.phrases, "style": given.style}
    found = measured(
        key, heard, lambda: bits(model, heard, phrases=given.phrases, style=given.style).to_plain()
    )
    cost = Likelihood.from_plain(found)
    return replace(cost, songs=places[cost.songs])


def _latent(model: WindowAutoencoder, tunes: Sequence[Melody]) -> LatentFigures:
    key = {"latent": model.hash}
    return LatentFigures(**measured(key, tunes, lambda: measure_latent(model, tunes).to_json()))


def _floor(models: Sequence[Model], corpus: Corpus, rows: Sequence[Row]) -> list[Row]:
    """Unigrams of the encodings in use, counted in the training part of the corpus."""
    train = corpus.split("train").tunes
    encodings: dict[str, Encoding] = {}
    for model in models:
        encoding = model.encoding
        name = f"{encoding.name} {getattr(encoding, 'home', None)}"
        encodings.setdefault(name, encoding)
    floor = []
    for encoding in encodings.values():
        unigram = Unigram(train, encoding)
        for split in SPLITS:
            cost = _cost(unigram, corpus.split(split).tunes)
            floor.append(Row(unigram.name, corpus.name, split, cost))
    return floor


def _extras(
    compare: Sequence[Model], corpus: Corpus, songs: int | None, progress: Callable[[str], None]
) -> list[Extra]:
    """The models in ``compare``, and the n-gram model counted on either split of this corpus.

    Counting is quick: the n-gram model hears every song of a part.
    """
    found: list[Extra] = []
    for model in compare:
        card: dict[str, Any] = getattr(model, "card", {})
        by = str(card.get("data", {}).get("split", "family"))
        recipe, name = card.get("recipe", {}), str(card.get("recipe_name", ""))
        windows = recipe["steps"] * recipe["batch"] if recipe.get("steps") else None
        found += _extra(model, corpus, by, songs, name, windows, progress)
    for by in ("family", "random") if compare else ():
        tunes = corpus.split("train", by).tunes
        model = NGram.of(tunes, NoteEncoding.of(tunes))
        found += _extra(model, corpus, by, None, f"{corpus.name} only", None, progress)
    return found


def _extra(
    model: Model,
    corpus: Corpus,
    by: str,
    songs: int | None,
    recipe: str,
    windows: int | None,
    progress: Callable[[str], None],
) -> list[Extra]:
    found = []
    for split in SPLITS:
        progress(f"{model.name} ({recipe}) on {corpus.name} {split}, split by {by}")
        cost = _cost(model, corpus.split(split, by).tunes, most=songs)
        found.append(Extra(model.name, recipe, split, by, windows, cost))
    return found


def _drawn(
    models: Sequence[Model], corpus: Corpus, count: int, progress: Callable[[str], None]
) -> list[set_metrics.Row]:
    """Figures of tunes drawn from each model, beside real songs."""
    test, train = corpus.split("test").tunes, corpus.split("train").tunes
    rows: dict[tuple[str, str], set_metrics.Row] = {}
    for model in models:
        progress(f"tunes of {model.name}")
        key = {"drawn": model.hash, "count": count, "asked": Request().to_json()}

        def draw(model: Model = model) -> list[dict[str, Any]]:
            return [row.to_json() for row in set_metrics.measure([model], test, train, count=count)]

        for found in measured(key, test, draw):
            row = set_metrics.Row.from_json(found)
            rows[row.model, row.how] = row
    return list(rows.values())
