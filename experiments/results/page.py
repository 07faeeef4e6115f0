"""The page of results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.pages import fill
from experiments.results.generated_tunes import section
from experiments.results.latent_space import LatentFigures
from experiments.results.measure import SPLITS, Extra, Measured, Row
from solfa.errors import SolfaError
from solfa.evaluation.likelihood import Likelihood
from solfa.markdown import row, table
from solfa.models.protocol import Model

_PEERS = ("ngram", "melody_lstm")
"""The models that the others are held against."""


def page(found: Measured, models: Sequence[Model], command: str) -> str:
    """The results as Markdown; ``command`` is what writes them."""
    corpora = list(dict.fromkeys(of.corpus for of in found.rows))
    parts = [
        fill(
            "results",
            command=command,
            hashes=", ".join(f"`{model.name}` {model.hash}" for model in models),
            corpora="\n".join(_corpus(found, name) for name in corpora).removesuffix("\n"),
            corpus=corpora[0],
            side_by_side=_side_by_side(found, corpora[0]),
        )
    ]
    if found.extras:
        parts.append(fill("results_recipes", rows="\n".join(map(_extra, found.extras))))
    if found.latent:
        rows = "\n".join(_latent_line(split, of) for split, of in found.latent.items())
        parts.append(fill("results_latent", rows=rows))
    if found.drawn:
        parts.append(section(found.drawn))
    return "\n".join(parts)


def _corpus(found: Measured, name: str) -> str:
    """The section of a corpus: every model, split and condition."""
    rows = [_line(of) for of in found.rows if of.corpus == name]
    return fill("results_corpus", corpus=name, rows="\n".join(rows))


def _line(of: Row) -> str:
    cost = of.likelihood
    given = ", ".join(name for name in cost.given if name not in ("key", "metre")) or "nothing"
    marks = cost.marks
    apart = "pitch" in cost.fields
    refused = sum(cost.refused.values())
    low, high = (end - (marks or 0) for end in cost.interval())
    cells = [
        f"`{of.model}`",
        of.split,
        given,
        f"**{cost.total - (marks or 0):.3f}** [{low:.2f}, {high:.2f}]",
        f"{cost.of('pitch'):.3f}" if apart else "",
        f"{cost.of('pickup', 'duration'):.3f}" if apart else "",
        "" if marks is None else f"{marks:.3f}",
        f"{len(cost.notes):,}" + (f" ({refused} refused)" if refused else ""),
        f"{int(cost.notes.sum()):,}",
    ]
    return row(cells)


def _side_by_side(found: Measured, corpus: str) -> str:
    """All models on the songs that all of them heard and can say, and how far apart they are."""
    heads = ["model", "split", "bits per note", "perplexity per symbol", "below its unigram"]
    heads += [*(f"above `{peer}`" for peer in _PEERS), "songs", "notes"]
    rows: list[list[str]] = []
    for split in SPLITS:
        costs = {
            of.model: of.likelihood
            for of in (*found.floor, *found.rows)
            if of.corpus == corpus and of.split == split and len(of.likelihood.given) == 2
        }
        common = _common(list(costs.values()))
        costs = {name: cost.among(common) for name, cost in costs.items()}
        rows += _beside(costs, split)
    return "\n".join([table(heads, rows), "", *_in_words(costs)])


def _beside(costs: Mapping[str, Likelihood], split: str) -> list[list[str]]:
    """A row for each model, which have the same songs."""
    floors = {cost.fields: cost.total for name, cost in costs.items() if "unigram" in name}
    rows = []
    for name, cost in costs.items():
        above = [
            f"{cost.total - costs[peer].total:+.3f}" if peer in costs and peer != name else ""
            for peer in _PEERS
        ]
        below = floors[cost.fields] - cost.total if cost.fields in floors else 0
        rows.append(
            [
                name if "unigram" in name else f"`{name}`",
                split,
                f"**{cost.total:.3f}**",
                f"{cost.perplexity:.2f}",
                f"{below:.3f}" if below else "",
                *above,
                f"{len(cost.notes):,}",
                f"{int(cost.notes.sum()):,}",
            ]
        )
    return rows


def _in_words(costs: Mapping[str, Likelihood]) -> list[str]:
    """How each model that reads symbols of the grid stands to those that do not."""
    lines = []
    for name, cost in costs.items():
        if "unigram" in name or name in _PEERS:
            continue
        told = [
            f"{abs(by):.2f} bits a note {'more' if by > 0 else 'less'} than `{peer}`"
            for peer in _PEERS
            if peer in costs
            for by in [cost.total - costs[peer].total]
        ]
        if told:
            lines.append(f"- On {SPLITS[-1]}, `{name}` needs {' and '.join(told)}.")
    return lines


def _common(costs: Sequence[Likelihood]) -> np.ndarray:
    """Places of the songs that all heard; `SolfaError` if there are none."""
    places = costs[0].songs
    for cost in costs[1:]:
        places = np.intersect1d(places, cost.songs)
    if not len(places):
        raise SolfaError("no song was heard by every model; name a larger corpus")
    return places


def _extra(extra: Extra) -> str:
    cost = extra.likelihood
    low, high = cost.interval()
    cells = [
        f"`{extra.model}`",
        extra.recipe,
        extra.by,
        extra.split,
        f"{extra.windows:,}" if extra.windows else "",
        f"**{cost.total:.3f}** [{low:.2f}, {high:.2f}]",
        f"{cost.perplexity:.2f}",
        f"{len(cost.notes):,}",
    ]
    return row(cells)


def _latent_line(split: str, of: LatentFigures) -> str:
    cells = [
        split,
        f"{of.bound:.2f}",
        f"{of.kl:.2f}",
        *(f"{100 * x:.1f} %" for x in (of.steps_right, of.onsets_right, of.windows_right)),
        f"{of.active_units} of {of.units}",
        *(f"{100 * x:.1f} %" for x in (of.ends, of.changed, of.largest, of.crossfade, of.nearer)),
    ]
    return row(cells)
