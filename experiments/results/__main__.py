"""`python -m experiments.results`: every model on validation and test, side by side."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from experiments import console
from experiments.results.measure import measure
from experiments.results.page import page
from solfa import corpora
from solfa.runtime import load_model


def main(arguments: Sequence[str]) -> None:
    """Measures all models on valid and test, with all that can be given; writes the page."""
    asked = _parser().parse_args(arguments)
    models = [load_model(name) for name in asked.models]
    held_out = [corpora.load(name) for name in asked.corpus or ["german"]]
    console.usable(asked.report)
    found = measure(
        models,
        held_out,
        compare=[load_model(name) for name in asked.compare or []],
        songs=asked.songs,
        tunes=asked.tunes,
        progress=console.progress,
    )
    console.write(asked.report, page(found, models, console.command("results", arguments)))


def _parser() -> ArgumentParser:
    parser = console.parser(
        "results", "Measure all models on valid and test, all given; write the page of results."
    )
    add = parser.add_argument
    add("models", nargs="+", help="names, or folders of exported models")
    add("--report", type=Path, default=Path("results.md"), help="the page to write")
    add("--corpus", action="append", help="repertoire or folder; may be repeated; german if none")
    add("--compare", action="append", help="a model trained for comparison; may be repeated")
    add("--songs", type=int, help="models that read windows have so many songs of a part")
    add("--tunes", type=int, default=0, help="so many are drawn from each model")
    return parser


if __name__ == "__main__":
    console.run(main)
