"""How like repeats are to what they repeat, of models that are not told: asked, and had.

    python benchmarks/echoing.py [--models NAME ...] [--count 24] [--temperature 1]

Tunes AABA of 16 bars, 4/4; likeness is `solfa.analysis.note_overlap`. The gains of
`solfa.composing.decoding.phrase_similarity` are set by this.
"""

from __future__ import annotations

import argparse

import numpy as np

import solfa
from solfa.analysis.note_overlap import note_overlap
from solfa.composing.composition import Composition
from solfa.composing.constraints.phrase_plan import phrase_spans
from solfa.encodings.ticks import to_quarters
from solfa.evaluation.songs import notes_within
from solfa.markdown import table
from solfa.runtime import load_model

ASKED = (0.2, 0.4, 0.6, 0.8, 0.9)


def had(tune: Composition) -> list[float]:
    """The likeness of every phrase that refers to an earlier one, to that."""
    plan = phrase_spans(tune.request)
    phrases = [
        notes_within(tune.melody, to_quarters(phrase.start), to_quarters(phrase.end))
        for phrase in plan
    ]
    return [
        note_overlap(phrases[planned.like], phrase)
        for planned, phrase in zip(plan, phrases, strict=True)
        if planned.like is not None
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["ngram", "gru_attention", "stacked_bilstm"])
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--temperature", type=float, default=1.0)
    options = parser.parse_args()
    rows = []
    for name in options.models:
        model, cells = load_model(name), [name]
        for asked in ASKED:
            tunes = solfa.compose(
                form="AABA",
                likeness=asked,
                temperature=options.temperature,
                count=options.count,
                seed=1,
                model=model,
            )
            found = [value for tune in tunes for value in had(tune)]
            cells.append(f"{np.mean(found):.2f} ± {np.std(found):.2f}")
        rows.append(cells)
    print(table(("model", *(f"asked {asked}" for asked in ASKED)), rows))


if __name__ == "__main__":
    main()
