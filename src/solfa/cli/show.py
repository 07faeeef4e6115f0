"""`solfa show`: the facts of a tune, and its score."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import print_json
from solfa.cli.options import HowRead, HowSet, InputFormat, Json
from solfa.cli.spread import spread
from solfa.cli.streams import STANDARD, read_source
from solfa.cli.summary import facts_of, lines_of
from solfa.cli.terminal import drawing
from solfa.errors import ReadError, SolfaError

if TYPE_CHECKING:
    from solfa.melody import Melody


@app.command(
    epilog=examples(
        "solfa show tune.abc",
        "solfa show book.abc --json",
        "solfa show played.mid --track 2 --top --step 1/4",
        "solfa show - --from krn",
    )
)
@spread
def show(
    files: Annotated[list[str], typer.Argument(help="Tunes; - is standard input.")],
    *,
    from_: InputFormat = None,
    json: Json = False,
    read: HowRead,
    set: HowSet,
) -> None:
    """Tell the facts of tunes: key, metre, phrases, form, what is like what; and show the score.

    As a picture in terminals that can (kitty, Ghostty, iTerm2, WezTerm, mintty), else as ABC. What
    cannot be read is told at the end, and the exit code is 1.
    """
    shown: list[dict[str, Any]] = []
    refused: list[SolfaError] = []
    for name in files:
        try:
            tunes = read_source(name, from_, read)
        except SolfaError as error:
            refused.append(error)
            continue
        for number, tune in enumerate(tunes, 1):
            if isinstance(tune, ReadError):
                refused.append(tune)
            elif json:
                source = "standard input" if name == STANDARD else name
                shown.append({"file": source, "tune": number, **facts_of(tune)})
            else:
                place = f"{name}, tune {number} of {len(tunes)}\n" if len(tunes) > 1 else ""
                lines = "\n".join(lines_of(tune))
                typer.echo(f"{place}{lines}\n\n{_score(tune, set)}")
    if json:
        print_json({"tunes": shown, "refused": [refusal(each) for each in refused]})
    for each in refused:
        typer.echo(f"solfa: {each}", err=True)
    if refused:
        raise typer.Exit(1)


def refusal(error: SolfaError) -> dict[str, Any]:
    """A refused tune as plain data: its file, line (None if none is to blame) and the reason."""
    return {
        "file": getattr(error, "source", ""),
        "line": getattr(error, "line", None),
        "reason": getattr(error, "reason", str(error)),
    }


def _score(melody: Melody, set: HowSet) -> str:
    """The score for the terminal: a picture where it can show one, else ABC."""
    from solfa.formats import render

    plain = melody.replace(metadata=replace(melody.metadata, comments=()))
    if draw := drawing(os.environ):
        try:
            return draw(render(plain, ".png", set.options()))
        except SolfaError:  # too many accidentals, or durations, for a score
            pass
    return render(plain, ".abc", set.options()).decode()
