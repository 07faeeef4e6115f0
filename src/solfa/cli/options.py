"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.errors import SolfaError


def option(help: str, *names: str) -> Any:
    """An option whose default stands in the command's signature."""
    return typer.Option(*names, help=help)


Style = Annotated[str | None, option("Repertoire to sound like; one that the model knows.")]
StyleStrength = Annotated[
    float, option("0 ignores the style, 1 is as learned, up to 4 exaggerates it.")
]
KeyName = Annotated[
    str | None,
    option("G, 'F# minor', 'D dorian'; the prompt's, told or found, or C, if left out."),
]
Mode = Annotated[
    str | None, option("major, minor, dorian, phrygian, lydian, mixolydian or locrian.")
]
MeterName = Annotated[
    str | None, option("2/4, 3/4, 6/8 ...; the prompt's, told or found, or 4/4, if left out.")
]
Pickup = Annotated[
    str | None,
    option("Quarters before bar 1: 1, 1/2, 0; the prompt's, or the model's choice, if left out."),
]
Scale = Annotated[
    str | None,
    option(
        "Only these pitches: key (the mode's own), pentatonic, harmonic-minor, dorian, ..., or"
        " degrees of the key, as '1 2 b3 5'."
    ),
]
Range = Annotated[str | None, option("Lowest and highest pitch, as C4-G5 or 60-79.")]
LargestLeap = Annotated[
    int | None, option("No leap is larger than so many semitones, 1 to 24; an octave is 12.")
]
Form = Annotated[
    str | None,
    option(
        "Phrases by letter, as AABA, with their bars, as A4A4B8A4: the same letter is the same"
        " again, one with a prime (AA'BB') is varied."
    ),
]
PhraseBars = Annotated[str | None, option("Bars of every phrase, as 4, or one by one, as 4,4,8,4.")]
Likeness = Annotated[
    float, option("How alike phrases of the same letter are, 0 to 1; 1 is note for note.")
]
Cadences = Annotated[
    str | None,
    option(
        "How phrases end, half, full or free: one word for all but the last, which is full, or a"
        " word for each."
    ),
]
Density = Annotated[
    float | None, option("Notes a quarter, 0.25 to 4, leaned on by solfa's own model.")
]
Temperature = Annotated[float, option("Above 1 more daring, below 1 more careful.")]
TopP = Annotated[float, option("Leave out what is less likely than the rest, above this share.")]
MinP = Annotated[
    float, option("Leave out what is less likely than so many times the likeliest, 0 to 1.")
]
LoopPenalty = Annotated[
    float, option("How strongly one note or cell over and over is stopped, 0 to 10; 0 never.")
]
Count = Annotated[int, option("How many tunes.")]
Seed = Annotated[int | None, option("Makes the same tunes again; a new one, printed, if left out.")]
Anew = Annotated[str | None, option("Bars to write anew, as 5-8,13; 0 is the pickup.")]
AnewPhrases = Annotated[str | None, option("Phrases to write anew, where the tune marks them.")]
Candidates = Annotated[
    int | None,
    option(
        "Take the one of so many, 1 to 64, that fits what follows best; 8 if left out, 1 of a model"
        " that hears what follows."
    ),
]
Tempo = Annotated[int | None, option("Quarters a minute.")]
ModelName = Annotated[
    str,
    option(
        "melody_lstm, melody_vae, gru_attention, vae, lstm_attention, stacked_bilstm,"
        " ngram, or a folder."
    ),
]
Out = Annotated[Path, option("Folder for the files.")]
FORMATS = "mid,musicxml,abc,krn,svg,png,wav"
Formats = Annotated[
    str | None,
    option(f"Suffixes of the files to write; {FORMATS}, on the grid txt too, if left out."),
]
Engraver = Annotated[
    str, option("Who draws svg and png: verovio, or musescore where it is installed (pdf too).")
]
Corpora = Annotated[
    list[str] | None, typer.Option("--corpus", help="Repertoire or folder; may be repeated.")
]


def folder(out: Path) -> None:
    """Makes the folder before any work; `SolfaError` where files cannot be put there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        usable = os.access(out, os.W_OK)
    except OSError:
        usable = False
    if not usable:
        raise SolfaError(f"cannot write to {out}; choose another folder")
