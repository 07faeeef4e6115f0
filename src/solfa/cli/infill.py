"""`solfa infill`: bars of a tune written anew, the others kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.compose import FILES
from solfa.cli.options import (
    Anew,
    AnewPhrases,
    Cadences,
    Candidates,
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
)
from solfa.cli.show import listener, show, suffixes_of


@app.command()
def infill(
    tune: Annotated[
        str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")
    ],
    bars: Anew = None,
    phrases: AnewPhrases = None,
    candidates: Candidates = None,
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
    """Write bars or phrases of a tune anew: all its other notes stay, and the new ones fit them."""
    asked = {name: value for name, value in locals().items() if name not in FILES}
    suffixes_of(format, engraver)
    folder(out)
    import solfa

    show(solfa.infill(**asked, listen=listener()), out, format, engraver)
