"""`solfa compose` and `solfa continue`: new tunes, printed and written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import (
    Cadences,
    Count,
    Density,
    Engraver,
    Form,
    Formats,
    KeyName,
    LargestLeap,
    Likeness,
    LoopPenalty,
    MeterName,
    MinP,
    Mode,
    ModelName,
    Out,
    PhraseBars,
    Pickup,
    Range,
    Scale,
    Seed,
    Style,
    StyleStrength,
    Temperature,
    Tempo,
    TopP,
    folder,
    option,
)
from solfa.cli.show import listener, show, suffixes_of

FILES = ("out", "format", "engraver")
"""The options of the files; all others are the request's."""


@app.command()
def compose(
    style: Style = None,
    style_strength: StyleStrength = 1.0,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    bars: Annotated[
        int | None, option("Full bars, 1 to 256; as the form has, or 16, if left out.")
    ] = None,
    steps: Annotated[
        int | None, option("Sixteenths of the whole tune, 1 to 8192, instead of bars.")
    ] = None,
    pickup: Pickup = None,
    form: Form = None,
    phrase_bars: PhraseBars = None,
    likeness: Likeness = 1.0,
    cadences: Cadences = None,
    scale: Scale = None,
    range: Range = None,
    largest_leap: LargestLeap = None,
    density: Density = None,
    prompt: Annotated[
        str | None, option("How the tune begins: a file, or symbols like '67 _ 69 _ r'.")
    ] = None,
    temperature: Temperature = 1.0,
    top_p: TopP = 1.0,
    min_p: MinP = 0.02,
    loop_penalty: LoopPenalty = 4.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Compose new tunes; print them as ABC and write score, sound and notation files."""
    asked = {name: value for name, value in locals().items() if name not in FILES}
    suffixes_of(format, engraver)
    folder(out)
    import solfa

    show(solfa.compose(**asked, listen=listener()), out, format, engraver)


@app.command("continue")
def continue_(
    prompt: Annotated[
        str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")
    ],
    bars: Annotated[
        int | None,
        option("New bars, after the prompt's own; to the end of the form, or 8, if left out."),
    ] = None,
    steps: Annotated[int | None, option("New sixteenths, instead of bars.")] = None,
    style: Style = None,
    style_strength: StyleStrength = 1.0,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    pickup: Pickup = None,
    form: Form = None,
    phrase_bars: PhraseBars = None,
    likeness: Likeness = 1.0,
    cadences: Cadences = None,
    scale: Scale = None,
    range: Range = None,
    largest_leap: LargestLeap = None,
    density: Density = None,
    temperature: Temperature = 1.0,
    top_p: TopP = 1.0,
    min_p: MinP = 0.02,
    loop_penalty: LoopPenalty = 4.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Go on with a tune in its key, metre and phrases: its notes stay, the end is on the tonic."""
    asked = {name: value for name, value in locals().items() if name not in FILES}
    suffixes_of(format, engraver)
    folder(out)
    import solfa

    show(solfa.continue_(**asked, listen=listener()), out, format, engraver)
