"""The page of results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solfa.errors import SolfaError
from solfa.evaluation import figures
from solfa.evaluation.latent import LatentFigures
from solfa.evaluation.likelihood import Likelihood
from solfa.evaluation.markdown import line
from solfa.evaluation.results import SPLITS, Extra, Measured, Row
from solfa.models.protocol import Model

_PEERS = ("ngram", "melody_lstm")
"""The models that the others are held against."""


def sentence(cost: Likelihood) -> str:
    """One row in words."""
    marks = _marks(cost) or 0.0
    extra = f"; phrase marks cost {marks:.3f} more" if marks else ""
    return (
        f"{cost.total - marks:.3f} bits a note over {len(cost.notes):,} songs,"
        f" {int(cost.notes.sum()):,} notes, given {', '.join(cost.given)}{extra}"
    )


def page(found: Measured, models: Sequence[Model], command: str) -> str:
    """The results as Markdown; ``command`` is what writes them."""
    hashes = ", ".join(f"`{model.name}` {model.hash}" for model in models)
    corpora = list(dict.fromkeys(row.corpus for row in found.rows))
    parts = [_INTRODUCTION.format(command=command, hashes=hashes)]
    for corpus in corpora:
        parts.append(f"## {corpus}\n\n{_HEADER}")
        parts += [_line(row) for row in found.rows if row.corpus == corpus]
        parts.append("")
    parts += _side_by_side(found, corpora[0])
    if found.extras:
        parts += [_COMPARED, *(_extra(extra) for extra in found.extras), ""]
    if found.latent:
        parts += [_LATENT, *(_latent_line(split, of) for split, of in found.latent.items()), ""]
    if found.drawn:
        parts.append(figures.section(found.drawn))
    return "\n".join(parts)


_INTRODUCTION = """# Results

Written by `{command}`; do not edit. Models: {hashes}.

**Bits per note**: minus log2 of the probability of the whole song, its end and its pickup included,
divided by its notes (rests count); pitch and duration together. Lower is better. The split keeps
families of variants together (`solfa.corpora.splits`); what was chosen was chosen on validation.
Key (its octave included) and metre are always given, changes of metre among them; models of the
grid have no use for the metre, and none for phrase marks or style. A phrase mark given is
information: what it costs to say the marks stands in its own column and is not in the sum. The
brackets hold a 95 % interval over songs. Models that read windows predict every step from the 64
before it; they heard a sample of the songs of each part, the same for all of them.
"""

_HEADER = """\
| model | split | given besides key and metre | bits per note | pitch | duration | phrase marks \
| songs | notes |
|---|---|---|---|---|---|---|---|---|"""

_COMPARED = """\
## Recipes and splits, with the same budget

The report's recipe beside ours, and ours on a plain random split, which puts variants of one tune
into training and test: what that flatters is no merit of a model. Within a model every row learned
from as many windows, far fewer than the bundled weights, and a network that has heard so little
remembers no tune; within a split all heard the same songs of a part, few enough for wide brackets.
The n-gram model, counted in this corpus alone, remembers all, and heard every song of a part.

| model | recipe | split by | part | windows | bits per note | perplexity per symbol | songs |
|---|---|---|---|---|---|---|---|"""

_LATENT = """\
## The autoencoder's latent space

Windows of held-out songs, cut one after the other. The **bound** is minus the evidence lower bound:
the songs cost at most so many bits per note, and it is no likelihood; of it, the latent carries the
part beside it. Reconstruction is from the mean of the posterior. A walk leads between the openings
of two songs in ten moves; to change a share of the steps at once would be a crossfade.

| part | bound, bits per note | of which latent | steps right | onsets right | windows right \
| active units | steps right at the ends of walks | steps changed a move | at most \
| in a crossfade | moves that do not lead back |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def _line(row: Row) -> str:
    cost = row.likelihood
    given = ", ".join(name for name in cost.given if name not in ("key", "metre")) or "nothing"
    marks = _marks(cost)
    apart = "pitch" in cost.fields
    refused = sum(cost.refused.values())
    low, high = (end - (marks or 0) for end in cost.interval())
    cells = [
        f"`{row.model}`",
        row.split,
        given,
        f"**{cost.total - (marks or 0):.3f}** [{low:.2f}, {high:.2f}]",
        f"{cost.of('pitch'):.3f}" if apart else "",
        f"{cost.of('pickup', 'duration'):.3f}" if apart else "",
        "" if marks is None else f"{marks:.3f}",
        f"{len(cost.notes):,}" + (f" ({refused} refused)" if refused else ""),
        f"{int(cost.notes.sum()):,}",
    ]
    return line(cells)


def _side_by_side(found: Measured, corpus: str) -> list[str]:
    """All models on the songs that all of them heard and can say, and how far apart they are."""
    parts = [
        "## Side by side",
        "",
        f"The songs of `{corpus}` that every model heard and can say, nothing given besides key and"
        " metre. Unigrams say each symbol as often as training songs do, whatever came before."
        " Perplexity compares models of one encoding only: a symbol is a sixteenth to some, a"
        " note's duration or pitch to others.",
        "",
    ]
    heads = ["model", "split", "bits per note", "perplexity per symbol", "below its unigram"]
    heads += ["above `ngram`", "above `melody_lstm`", "songs", "notes"]
    parts += [line(heads), line(["---"] * len(heads))]
    for split in SPLITS:
        costs = {
            row.model: row.likelihood
            for row in (*found.floor, *found.rows)
            if row.corpus == corpus and row.split == split and len(row.likelihood.given) == 2
        }
        common = _common(list(costs.values()))
        costs = {name: cost.among(common) for name, cost in costs.items()}
        floors = {cost.fields: cost.total for name, cost in costs.items() if "unigram" in name}
        for name, cost in costs.items():
            above = [
                f"{cost.total - costs[other].total:+.3f}"
                if other in costs and other != name
                else ""
                for other in ("ngram", "melody_lstm")
            ]
            below = floors[cost.fields] - cost.total if cost.fields in floors else 0
            cells = [
                name if "unigram" in name else f"`{name}`",
                split,
                f"**{cost.total:.3f}**",
                f"{cost.perplexity:.2f}",
                f"{below:.3f}" if below else "",
                *above,
                f"{len(cost.notes):,}",
                f"{int(cost.notes.sum()):,}",
            ]
            parts.append(line(cells))
    return [*parts, "", *_in_words(costs), ""]


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
    return line(cells)


def _latent_line(split: str, of: LatentFigures) -> str:
    cells = [
        split,
        f"{of.bound:.2f}",
        f"{of.kl:.2f}",
        *(f"{100 * x:.1f} %" for x in (of.steps_right, of.onsets_right, of.windows_right)),
        f"{of.active_units} of {of.units}",
        *(f"{100 * x:.1f} %" for x in (of.ends, of.changed, of.largest, of.crossfade, of.nearer)),
    ]
    return line(cells)


def _marks(cost: Likelihood) -> float | None:
    """What saying the phrase marks costs, where they were given."""
    told = "phrase" in cost.fields and "phrase marks of the past" in cost.given
    return cost.of("phrase") if told else None
