"""`solfa corpus`: the tunes that models learn from."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import print_json
from solfa.cli.names import complete
from solfa.cli.options import Json, option
from solfa.errors import SolfaError

corpus = typer.Typer(no_args_is_help=True, help="The tunes that models learn from.")
app.add_typer(corpus, name="corpus")


@corpus.command("list", epilog=examples("solfa corpus list", "solfa corpus list --json"))
def corpus_list(json: Json = False) -> None:
    """Name the built-in repertoires."""
    from solfa.corpora import REPERTOIRES

    if json:
        repertoires = [
            {"name": name, "description": r.description, "region": r.region, "terms": r.terms}
            for name, r in REPERTOIRES.items()
        ]
        print_json({"repertoires": repertoires})
        return
    for name, repertoire in REPERTOIRES.items():
        typer.echo(f"{name:11} {repertoire.description}; {repertoire.terms}")


Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="Repertoires or folders; all repertoires if left out.",
        autocompletion=complete("style"),
    ),
]


@corpus.command(
    "prepare", epilog=examples("solfa corpus prepare", "solfa corpus prepare my-tunes/ irish")
)
def corpus_prepare(names: Names = None) -> None:
    """Read tunes into the cache, so that all later use is instant."""
    from solfa import corpora

    for name in names or corpora.REPERTOIRES:
        tunes = corpora.load(name)
        typer.echo(f"{name}: {len(tunes):,} tunes, {len(tunes.refused):,} refused")


@corpus.command(
    "stats",
    epilog=examples(
        "solfa corpus stats german --durations report", "solfa corpus stats my-tunes/ --json"
    ),
)
def corpus_stats(
    names: Names = None,
    durations: Annotated[
        str | None,
        option("Accept only these, in quarters ('0.5 1 2'), or 'report' for the report's eight."),
    ] = None,
    json: Json = False,
) -> None:
    """Count what repertoires or folders hold, and why tunes are refused."""
    from dataclasses import asdict

    from rich import print as show

    from solfa import corpora

    accepted = _durations(durations) if durations else None
    found = (
        corpora.stats(corpora.load(name, durations=accepted))
        for name in names or corpora.REPERTOIRES
    )
    if json:
        print_json({"corpora": [asdict(counted) for counted in found]})
        return
    for counted in found:
        show(corpora.table(counted))


def _durations(text: str) -> frozenset[Fraction]:
    from solfa.corpora import REPORT_DURATIONS

    if text == "report":
        return REPORT_DURATIONS
    try:
        return frozenset(Fraction(word) for word in text.replace(",", " ").split())
    except (ValueError, ZeroDivisionError) as error:
        raise SolfaError(
            f"cannot read durations {text!r}; write quarters like '0.5 1 3/2', or 'report'"
        ) from error
