"""`python -m experiments.control`: how well form, likeness, cadences and gaps are met."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from experiments import console
from experiments.control.measure import Counts, detector_of, figures_of
from experiments.control.page import page
from experiments.control.ranking import rankings_of
from experiments.control.repeats import repeats_of
from solfa import corpora
from solfa.runtime import load_model


def main(arguments: Sequence[str]) -> None:
    """Measures how what is asked of form, likeness, cadences and gaps is met; writes the page."""
    asked = _parser().parse_args(arguments)
    counts = Counts(asked.pairs, asked.tunes, asked.songs, asked.gaps, asked.filled)
    console.usable(asked.report)
    names = asked.model or ["melody_lstm"]
    models = [load_model(name) for name in names]
    others = [load_model(name) for name in asked.rank or ["ngram"] if name not in names]
    german = corpora.load("german")
    held_out = german.split(asked.split).tunes

    console.progress("pairs of phrases")
    detector = detector_of(german.split("train").tunes, held_out, counts.pairs, asked.seed)
    figures = [
        figures_of(model, held_out, counts, asked.seed, console.progress) for model in models
    ]
    rankings = []
    for model in (*models, *others):
        console.progress(f"{model.name}: what ranking gains")
        rankings += rankings_of(model, held_out, counts.filled, asked.seed)
    command = console.command("control", arguments)
    text = page(detector, repeats_of(held_out), figures, rankings, asked.split, command)
    console.write(asked.report, text)


def _parser() -> ArgumentParser:
    parser = console.parser(
        "control", "Measure how well form, likeness, cadences and gaps are met; write the page."
    )
    add = parser.add_argument
    add("--report", type=Path, default=Path("control.md"), help="the page to write")
    add("--model", action="append", help="name or folder; may be repeated; melody_lstm if left out")
    add("--rank", action="append", help="further ones that only fill gaps; ngram if left out")
    add("--split", default="valid", help="the songs held out: valid or test")
    add("--pairs", type=int, default=300, help="pairs of phrases of each kind for the detector")
    add("--tunes", type=int, default=240, help="tunes with a form at likeness 1; at others a third")
    add("--songs", type=int, default=120, help="songs whose cadences and repeats tunes are beside")
    add("--gaps", type=int, default=120, help="gaps of each length whose middle is measured")
    add("--filled", type=int, default=40, help="gaps that are filled and ranked")
    add("--seed", type=int, default=0, help="decides what is drawn")
    return parser


if __name__ == "__main__":
    console.run(main)
