"""`solfa evaluate`: bits per note, and the page of results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log
from solfa.cli.names import complete
from solfa.cli.options import Corpora, folder, option
from solfa.errors import SolfaError


@app.command(
    epilog=examples(
        "solfa evaluate melody_lstm --split test",
        "solfa evaluate runs/mine/exported --corpus my-tunes/ --json",
        "solfa evaluate melody_lstm ngram --report results.md --tunes 100",
    )
)
def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Names, or folders of exported models.", autocompletion=complete("model")
        ),
    ],
    corpus: Corpora = None,
    split: Annotated[str, option("train, valid or test.", of="split")] = "valid",
    phrases: Annotated[bool, option("Tell the phrase marks of the past.")] = False,
    style: Annotated[bool, option("Tell the style.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")] = False,
    by: Annotated[str, option("family, or random: variants of a tune on both sides.")] = "family",
    report: Annotated[
        Path | None, option("Write this page: all models on valid and test, all given.")
    ] = None,
    compare: Annotated[
        list[str] | None, option("In the page too: models trained for comparison; folders.")
    ] = None,
    songs: Annotated[
        int | None, option("In the page, models that read windows hear so many songs of a part.")
    ] = None,
    tunes: Annotated[int, option("In the page, so many tunes are drawn from each model.")] = 0,
) -> None:
    """Measure bits per note on held-out songs (german if no corpus is named)."""
    import shlex

    from solfa import corpora
    from solfa.evaluation import likelihood, results
    from solfa.evaluation.page import page, sentence
    from solfa.files import write_atomically
    from solfa.runtime import load_model

    loaded = [load_model(name) for name in models]
    held_out = [corpora.load(name) for name in corpus or ["german"]]
    if report:
        folder(report.parent)
        found = results.measure(
            loaded,
            held_out,
            compare=[load_model(name) for name in compare or []],
            songs=songs,
            tunes=tunes,
            progress=log.info,
        )
        command = shlex.join(["solfa", *sys.argv[1:]])
        typer.echo(write_atomically(report, page(found, loaded, command).encode()))
        return
    for name, model in zip(models, loaded, strict=True):
        for whole in held_out:
            heard = whole.split(split, by).tunes
            if not heard:
                raise SolfaError(f"{whole.name} has no {split} tunes; name a larger corpus")
            cost = likelihood.bits(model, heard, phrases=phrases, style=style)
            if json:
                import json as format

                facts = {"model": name, "hash": model.hash, "corpus": whole.name}
                typer.echo(format.dumps({**facts, "split": split, **cost.to_json()}))
            else:
                typer.echo(f"{name} on {whole.name} {split}: {sentence(cost)}")
