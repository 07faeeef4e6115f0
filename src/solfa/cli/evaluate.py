"""`solfa evaluate`: bits per note. Its ``--report`` is an experiment now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import print_json
from solfa.cli.experiments import hand_over
from solfa.cli.names import complete
from solfa.cli.options import Corpora, HowTunesAreRead, option
from solfa.cli.spread import spread


@app.command(
    epilog=examples(
        "solfa evaluate melody_lstm --split test",
        "solfa evaluate runs/mine/exported --corpus my-tunes/ --json",
    )
)
@spread
def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Names, or folders of exported models.", autocompletion=complete("model")
        ),
    ],
    *,
    corpus: Corpora = None,
    split: Annotated[str, option("train, valid or test.", of="split")] = "valid",
    phrases: Annotated[bool, option("Tell the phrase marks of the past.")] = False,
    style: Annotated[bool, option("Tell the style.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")] = False,
    by: Annotated[str, option("family, or random: variants of a tune on both sides.")] = "family",
    report: Annotated[Path | None, typer.Option(hidden=True)] = None,
    compare: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    songs: Annotated[int | None, typer.Option(hidden=True)] = None,
    tunes: Annotated[int, typer.Option(hidden=True)] = 0,
    read: HowTunesAreRead,
) -> None:
    """Measure bits per note on held-out songs (german if no corpus is named)."""
    if report:
        moved = {"--corpus": corpus, "--songs": songs, "--tunes": tunes, "--compare": compare}
        hand_over(
            "solfa evaluate --report", "results", _words(models, {**moved, "--report": report})
        )
        return
    from solfa.evaluation.evaluate import Evaluation
    from solfa.evaluation.evaluate import evaluate as measure

    def show(found: Evaluation) -> None:
        if json:
            print_json(found.to_json())
        else:
            line = found.likelihood.sentence()
            typer.echo(f"{found.model} on {found.corpus} {found.split}: {line}")

    measure(
        models,
        corpus or ["german"],
        split=split,
        by=by,
        phrases=phrases,
        style=style,
        reading=read.options(),
        watch=show,
    )


def _words(arguments: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """The words of a command: arguments, and the options that are set, lists one by one."""
    words = list(arguments)
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value] if value else []:
            words += [name, str(one)]
    return words
