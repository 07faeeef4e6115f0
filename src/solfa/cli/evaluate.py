"""`solfa evaluate`: bits per note. Its ``--report`` is an experiment now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.experiments import hand_over
from solfa.cli.names import complete
from solfa.cli.options import Corpora, option
from solfa.errors import SolfaError


@app.command(
    epilog=examples(
        "solfa evaluate melody_lstm --split test",
        "solfa evaluate runs/mine/exported --corpus my-tunes/ --json",
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
    report: Annotated[Path | None, typer.Option(hidden=True)] = None,
    compare: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    songs: Annotated[int | None, typer.Option(hidden=True)] = None,
    tunes: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Measure bits per note on held-out songs (german if no corpus is named)."""
    if report:
        moved = {"--corpus": corpus, "--songs": songs, "--tunes": tunes, "--compare": compare}
        hand_over(
            "solfa evaluate --report", "results", _words(models, {**moved, "--report": report})
        )
        return
    from solfa import corpora
    from solfa.evaluation import likelihood
    from solfa.runtime import load_model

    loaded = [load_model(name) for name in models]
    held_out = [corpora.load(name) for name in corpus or ["german"]]
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
                typer.echo(f"{name} on {whole.name} {split}: {cost.sentence()}")


def _words(arguments: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """The words of a command: arguments, and the options that are set, lists one by one."""
    words = list(arguments)
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value] if value else []:
            words += [name, str(one)]
    return words
