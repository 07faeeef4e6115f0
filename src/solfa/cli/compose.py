"""`solfa compose` and `solfa continue`: new tunes, printed and written."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import (
    FORMATS,
    Count,
    Engraver,
    Formats,
    KeyName,
    MeterName,
    Mode,
    ModelName,
    Out,
    Pickup,
    Range,
    Scale,
    Seed,
    Style,
    Temperature,
    Tempo,
    TopP,
    folder,
    option,
)

if TYPE_CHECKING:
    from solfa.composing.composition import Composition
    from solfa.melody import Melody

_FILES = ("out", "format", "engraver")  # options of the files; the others are the request's


@app.command()
def compose(
    style: Style = None,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    bars: Annotated[int | None, option("Full bars, 1 to 256; 16 if left out.")] = None,
    steps: Annotated[
        int | None, option("Sixteenths of the whole tune, 1 to 8192, instead of bars.")
    ] = None,
    pickup: Pickup = None,
    scale: Scale = None,
    range: Range = None,
    prompt: Annotated[
        str | None, option("How the tune begins: a file, or symbols like '67 _ 69 _ r'.")
    ] = None,
    temperature: Temperature = 0.9,
    top_p: TopP = 1.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Compose new tunes; print them as ABC and write score, sound and notation files."""
    asked = {name: value for name, value in locals().items() if name not in _FILES}
    _suffixes(format, engraver)
    folder(out)
    import solfa

    _show(solfa.compose(**asked), out, format, engraver)


@app.command("continue")
def continue_(
    prompt: Annotated[
        str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")
    ],
    bars: Annotated[int | None, option("New bars, after the prompt's own; 8 if left out.")] = None,
    steps: Annotated[int | None, option("New sixteenths, instead of bars.")] = None,
    style: Style = None,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    pickup: Pickup = None,
    scale: Scale = None,
    range: Range = None,
    temperature: Temperature = 0.9,
    top_p: TopP = 1.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Go on with a tune: its notes stay, new bars follow, the end is on the tonic."""
    asked = {name: value for name, value in locals().items() if name not in _FILES}
    _suffixes(format, engraver)
    folder(out)
    import solfa

    _show(solfa.continue_(**asked), out, format, engraver)


def _suffixes(names: str | None, engraver: str, *, grid: bool = False) -> list[str]:
    """The suffixes asked for; `SolfaError` for one that cannot be written."""
    from solfa.formats import writer

    if names is None:
        names = f"{FORMATS},txt" if grid else FORMATS
    asked = ["." + name.strip().lower().removeprefix(".") for name in names.split(",")]
    for suffix in asked:
        writer(suffix, engraver)
    return list(dict.fromkeys(asked))


def _show(compositions: list[Composition], out: Path, names: str | None, engraver: str) -> None:
    from solfa.files import write_atomically
    from solfa.formats import render

    request = compositions[0].request
    suffixes = _suffixes(names, engraver, grid=compositions[0].symbols is not None)
    if request.prompt:
        typer.echo(f"prompt: {_facts(request.prompt)}\n")
    for composition in compositions:
        melody = composition.melody
        plain = melody.replace(metadata=replace(melody.metadata, comments=()))
        typer.echo(render(plain, ".abc").decode())
        if composition.symbols is not None:
            typer.echo(f"symbols: {composition.symbols}")
        kept = ", ".join(check.guarantee for check in composition.checks if check.kept)
        broken = ", ".join(check.guarantee for check in composition.checks if not check.kept)
        typer.echo(f"checked: {kept}" + (f"; NOT KEPT: {broken}" if broken else ""))
        typer.echo(
            f"made by: {composition.model} {composition.model_hash},"
            f" seed {composition.seed}, tune {composition.index + 1} of {request.count}"
        )
        files = {suffix: render(melody, suffix, engraver) for suffix in suffixes}
        stem = _unused(out, _name(composition), files)
        for suffix, data in files.items():
            typer.echo(str(write_atomically(out / f"{stem}{suffix}", data)))
        typer.echo()


def _unused(out: Path, name: str, files: dict[str, bytes]) -> str:
    """``name``, or ``name-2`` and so on where another tune's files bear it already."""

    def free(stem: str) -> bool:
        paths = {out / f"{stem}{suffix}": data for suffix, data in files.items()}
        return all(not path.exists() or path.read_bytes() == data for path, data in paths.items())

    stems = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(stem for stem in stems if free(stem))


def _facts(prompt: Melody) -> str:
    said = ("key:", "metre:", "pickup:")
    found = [text for text in prompt.metadata.comments if text.startswith(said)]
    pickup = f"pickup {prompt.pickup}" if prompt.pickup else "no pickup"
    facts = f"{len(prompt.notes)} notes in {prompt.key}, {prompt.meter}, {pickup}"
    return f"{facts} ({', '.join(found)})" if found else facts


def _name(composition: Composition) -> str:
    """``german-g-major-3-4-seed7-1``."""
    request = composition.request
    key = str(request.key).replace("#", "-sharp").replace("b ", "-flat ").replace(" ", "-")
    meter = f"{request.meter.beats}-{request.meter.unit}"
    style, number = request.style or "tune", composition.index + 1
    return f"{style}-{key.lower()}-{meter}-seed{request.seed}-{number}"
