"""How composed tunes are shown: as they come, as ABC and symbols, and as files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from solfa.cli.options import FORMATS

if TYPE_CHECKING:
    from solfa.composing.composition import Composition
    from solfa.melody import Melody, Note


def listener() -> Callable[[int, Note], None] | None:
    """Prints the first tune's notes as they come, where a person watches; else None."""
    if not sys.stderr.isatty():
        return None

    def hear(tune: int, note: Note) -> None:
        if tune == 0:
            name = "r" if note.pitch is None else str(note.pitch)
            typer.echo(f"{name}:{note.duration} ", err=True, nl=False)

    return hear


def suffixes_of(names: str | None, engraver: str, *, grid: bool = False) -> list[str]:
    """The suffixes asked for; `SolfaError` for one that cannot be written."""
    from solfa.formats import writer

    if names is None:
        names = f"{FORMATS},txt" if grid else FORMATS
    asked = ["." + name.strip().lower().removeprefix(".") for name in names.split(",")]
    for suffix in asked:
        writer(suffix, engraver)
    return list(dict.fromkeys(asked))


def show(compositions: list[Composition], out: Path, names: str | None, engraver: str) -> None:
    """Prints the tunes as ABC and writes their files."""
    from solfa.files import write_atomically
    from solfa.formats import render
    from solfa.formats.edition import Edition

    request = compositions[0].request
    suffixes = suffixes_of(names, engraver, grid=compositions[0].symbols is not None)
    if request.prompt:
        what = "tune" if request.infills else "prompt"
        typer.echo(f"{what}: {_facts(request.prompt)}\n")
    best = f", the best of {request.candidates}" if request.candidates > 1 else ""
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
            f" seed {composition.seed}, tune {composition.index + 1} of {request.count}{best}"
        )
        files = {suffix: render(melody, suffix, Edition(engraver)) for suffix in suffixes}
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
    found = prompt.metadata.found
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
