"""`solfa compose` and `solfa continue`: new tunes, printed and written."""

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
        "solfa compose --style irish --key D --meter 6/8 --bars 16 --seed 7",
        "solfa compose --form AABA --cadences half --count 4 --sheet four.svg --for clarinet",
        "solfa compose --prompt '67 _ 69 _ 71 _' --out - --format krn",
    )
)
@spread
def compose(
    *,
    bars: Annotated[
        int | None, option("Full bars, 1 to 256; as the form has, or 16, if left out.")
    ] = None,
    steps: Annotated[
        int | None, option("Sixteenths of the whole tune, 1 to 8192, instead of bars.")
    ] = None,
    prompt: Annotated[
        str | None,
        option(
            "How the tune begins: a file, symbols like '67 _ 69 _ r', sol-fa like 'do re mi:2' or"
            " degrees like '5 6 7' (in --key), or - (see --from)."
        ),
    ] = None,
    from_: InputFormat = None,
    model: ModelName = "melody_lstm",
    read: HowRead,
    set: HowSet,
    files: Files,
    **wishes: Unpack[Wishes],
) -> None:
    """Compose new tunes; print them as ABC and write score, sound and notation files."""
    prepare(files, set, wishes.get("count", 1))
    import solfa

    begun = prompt if prompt is None else read_prompt(prompt, from_, read)
    with timed("composing"), written_tunes(files, set, wishes.get("count", 1)) as write:
        solfa.compose(
            prompt=begun,
            bars=bars,
            steps=steps,
            listen=note_printer(),
            finished=write,
            model=model,
            **wishes,
        )


@app.command(
    "continue",
    epilog=examples(
        "solfa continue tune.abc --bars 8",
        "solfa continue '67 _ 67 _ 67 _ _ 65' --steps 64 --model stacked_bilstm",
        "solfa continue played.mid --track 2 --step 1/4 --top",
        "solfa continue - --from abc --out - --format abc",
    ),
)
@spread
def continue_(
    prompt: TuneOrSymbols,
    *,
    bars: Annotated[
        int | None,
        option("New bars, after the prompt's own; to the end of the form, or 8, if left out."),
    ] = None,
    steps: Annotated[int | None, option("New sixteenths, instead of bars.")] = None,
    from_: InputFormat = None,
    model: ModelName = "melody_lstm",
    read: HowRead,
    set: HowSet,
    files: Files,
    **wishes: Unpack[Wishes],
) -> None:
    """Go on with a tune in its key, metre and phrases: its notes stay, the end is on the tonic."""
    prepare(files, set, wishes.get("count", 1))
    import solfa

    begun = read_prompt(prompt, from_, read)
    with timed("composing"), written_tunes(files, set, wishes.get("count", 1)) as write:
        solfa.continue_(
            begun,
            bars,
            steps=steps,
            listen=note_printer(),
            finished=write,
            model=model,
            **wishes,
        )
