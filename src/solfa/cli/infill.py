"""`solfa infill`: rewrites bars of a tune and keeps the others."""

from __future__ import annotations

from typing import Annotated, Unpack

from solfa.cli.app import app, examples
from solfa.cli.console import timed
from solfa.cli.options import Files, HowRead, HowSet, InputFormat, ModelName, TuneOrSymbols, option
from solfa.cli.output import note_printer, prepare, written_tunes
from solfa.cli.spread import spread
from solfa.cli.streams import read_prompt
from solfa.composing.request.signature import Wishes


@app.command(
    epilog=examples(
        "solfa infill tune.abc --bars 5-8,13",
        "solfa infill tune.mid --phrases 2 --count 4 --largest-leap 7",
    )
)
@spread
def infill(
    tune: TuneOrSymbols,
    *,
    bars: Annotated[str | None, option("Bars to write anew, as 5-8,13; 0 is the pickup.")] = None,
    phrases: Annotated[
        str | None, option("Phrases to write anew, where the tune marks them.")
    ] = None,
    candidates: Annotated[
        int | None,
        option(
            "Take the one of so many, 1 to 64, that fits what follows best; 8 if left out, 1 of a"
            " model that hears what follows."
        ),
    ] = None,
    from_: InputFormat = None,
    model: ModelName = "melody_lstm",
    read: HowRead,
    set: HowSet,
    files: Files,
    **wishes: Unpack[Wishes],
) -> None:
    """Write bars or phrases of a tune anew: all its other notes stay, and the new ones fit them."""
    prepare(files, set, wishes.get("count", 1))
    import solfa

    whole = read_prompt(tune, from_, read)
    with timed("composing"), written_tunes(files, set, wishes.get("count", 1)) as write:
        solfa.infill(
            whole,
            bars,
            phrases=phrases,
            candidates=candidates,
            listen=note_printer(),
            finished=write,
            model=model,
            **wishes,
        )
