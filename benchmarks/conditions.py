"""Whether tunes have the density that was asked for, and what the model makes of a range.

    python benchmarks/conditions.py --seed 1 --write docs/sampling.md

The same requests, keys, metres, styles, pickups and lengths of validation songs, are composed with
each density, and within ranges, as rules alone would keep them and told beforehand. Nothing here
sees the test split.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import solfa
from page import write_section
from solfa.composing.constraints.problem import Problem
from solfa.composing.request.request import Request
from solfa.corpora.repertoires import REPERTOIRES
from solfa.evaluation.sampling import RulesPerTune, as_composed, drawn, problems_of, requests
from solfa.evaluation.statistics import rank_correlation
from solfa.markdown import table
from solfa.melody import Melody
from solfa.runtime import load_model

DENSITIES = (None, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
SPANS = (7, 9, 12, 16)


def density(melody: Melody) -> float:
    """Notes a quarter."""
    return float(len(melody.notes) / melody.duration)


def spanned(melody: Melody) -> int:
    """Semitones from the lowest pitch to the highest."""
    return max(melody.pitches) - min(melody.pitches)


def within(request: Request, span: int) -> Request:
    """The request in a range of so many semitones about its tonic."""
    low = 60 + request.key.pitch_class - span // 3
    return replace(request, range=(low, low + span))


def without_span(problem: Problem) -> Problem:
    """The problem whose range is kept by rules alone: the model is not given the span."""
    return replace(problem, conditions=replace(problem.conditions, span=None))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="melody_lstm")
    parser.add_argument("--count", type=int, default=64, help="tunes of a setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="page to write the section into")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    valid = solfa.corpora.load(*REPERTOIRES).split("valid").tunes
    asked = requests(valid, model.encoding, arguments.count, arguments.seed)

    rows, pairs = [], []
    for wanted in DENSITIES:
        found = [
            density(m) for m in as_composed(model, [replace(r, density=wanted) for r in asked])
        ]
        pairs += [(wanted, one) for one in found if wanted is not None]
        low, high = np.quantile(found, [0.1, 0.9])
        name = "not asked" if wanted is None else f"{wanted:g}"
        rows.append([name, f"{np.mean(found):.2f}", f"{low:.2f} to {high:.2f}"])
    ranges = []
    for span in SPANS:
        given = problems_of(model, [within(request, span) for request in asked])
        without = [without_span(problem) for problem in given]
        figures = [_figures(drawn(model, each, RulesPerTune), span) for each in (without, given)]
        ranges.append([str(span), *(cell for row in figures for cell in row)])
    text = _TEXT.format(
        name=model.name, hash=model.hash, count=arguments.count,
        agreement=rank_correlation(*zip(*pairs, strict=True)),
        densities=table(["asked", "mean", "eight of ten tunes"], rows),
        ranges=table(
            ["range", "spanned", "at an edge, %", "spanned, told", "at an edge, told, %"], ranges
        ),
    )  # fmt: skip
    print(text)
    if arguments.write:
        write_section(arguments.write, "conditions", text)


def _figures(tunes: Sequence[Melody], span: int) -> list[str]:
    """Semitones spanned on average, and the share of notes on either edge of the range."""
    edges = [
        np.mean([p in (min(m.pitches), max(m.pitches)) for m in [tune] for p in m.pitches])
        for tune in tunes
        if spanned(tune) == span
    ]
    return [
        f"{np.mean([spanned(tune) for tune in tunes]):.1f}",
        f"{100 * np.mean(edges) if edges else 0:.0f}",
    ]


_TEXT = """\
## Density and range

`{name}` (weights {hash}), {count} tunes a setting, in the styles, keys, metres and lengths of
validation songs, temperature 1. **Density**, in notes a quarter, is leaned on: what was asked and
what was found agree by a rank correlation of {agreement:.2f} over tunes.

{densities}

**Range**, in semitones, is kept by rules. The model is told of it too, columns without and with,
and it makes no difference that these figures show; "at an edge" is the share of notes on the lowest
or highest pitch, where a tune spans all of its range.

{ranges}"""


if __name__ == "__main__":
    main()
