"""`solfa corpus`: the tunes that models learn from."""

from __future__ import annotations

import json as json_
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import print_json
from solfa.cli.names import complete
from solfa.cli.options import HowTunesAreRead, Json, option
from solfa.cli.show import refusal
from solfa.cli.spread import spread
from solfa.errors import SolfaError

if TYPE_CHECKING:
    from solfa.corpora import Corpus

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
    "prepare",
    epilog=examples(
        "solfa corpus prepare",
        "solfa corpus prepare my-tunes/ irish",
        "solfa corpus prepare played/ --track Melody --step 1/4",
    ),
)
@spread
def corpus_prepare(*, names: Names = None, json: Json = False, read: HowTunesAreRead) -> None:
    """Read tunes into the cache, so that all later use is instant; name what is refused, and why.

    The refusals stand in refused.json beside the cache too.
    """
    from solfa import corpora

    found = []
    for name in names or corpora.REPERTOIRES:
        tunes = corpora.load(name, options=read.options())
        listed = _listed(tunes)
        written = _write_refused(tunes.name, listed)
        found.append({"name": name, "tunes": len(tunes), "refused": listed, "listed_in": written})
        if not json:
            typer.echo(f"{name}: {len(tunes):,} tunes, {len(listed):,} refused")
            if name not in corpora.REPERTOIRES:
                _tell(tunes)
    if json:
        print_json({"corpora": found})


def _listed(corpus: Corpus) -> list[dict[str, Any]]:
    return [refusal(each.error()) for each in corpus.refused]


def _tell(corpus: Corpus) -> None:
    """A line on standard error for each tune of a folder that is refused."""
    for each in corpus.refused:
        typer.echo(f"solfa: {each.error()}", err=True)


def _write_refused(name: str, listed: list[dict[str, Any]]) -> str | None:
    """The file that the refusals of a corpus are written to; None where there can be none."""
    from solfa.corpora.prepare import cache_folder
    from solfa.files import write_atomically

    path = cache_folder() / name / "refused.json"
    with suppress(SolfaError):  # as for the cache itself
        return str(write_atomically(path, json_.dumps(listed, ensure_ascii=False).encode()))
    return None


@corpus.command(
    "stats",
    epilog=examples(
        "solfa corpus stats german --durations report", "solfa corpus stats my-tunes/ --json"
    ),
)
@spread
def corpus_stats(
    *,
    names: Names = None,
    durations: Annotated[
        str | None,
        option("Accept only these, in quarters ('0.5 1 2'), or 'report' for the report's eight."),
    ] = None,
    json: Json = False,
    read: HowTunesAreRead,
) -> None:
    """Count what repertoires or folders hold, and why tunes are refused."""
    from dataclasses import asdict

    from rich import print as show

    from solfa import corpora

    accepted = _durations(durations) if durations else None
    found = []
    for name in names or corpora.REPERTOIRES:
        corpus = corpora.load(name, durations=accepted, options=read.options())
        if not corpus.tunes:
            _tell(corpus)
        counted = corpora.stats(corpus)
        if json:
            found.append({**asdict(counted), "refusals": _listed(corpus)})
            continue
        show(corpora.table(counted))
        if name not in corpora.REPERTOIRES:
            _tell(corpus)
    if json:
        print_json({"corpora": found})


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
