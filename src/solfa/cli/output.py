"""How composed tunes are given: as they come, as ABC, symbols and JSON, and as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from solfa.cli.console import log, print_json, quiet, timed, watched
from solfa.cli.options import FORMATS, Files, HowSet, folder
from solfa.cli.streams import STANDARD, print_bytes, rendered, suffixes_of
from solfa.errors import SolfaError

if TYPE_CHECKING:
    from solfa.composing.composition import Composition
    from solfa.melody import Melody, Note


def note_printer() -> Callable[[int, Note], None] | None:
    """Prints the first tune's notes as they come, where a person watches; else None."""
    if not watched():
        return None

    def print_note(tune: int, note: Note) -> None:
        if tune == 0:
            name = "r" if note.pitch is None else str(note.pitch)
            typer.echo(f"{name}:{note.duration} ", err=True, nl=False)

    return print_note


def prepare(files: Files, how: HowSet, tunes: int = 1) -> None:
    """Refuses, before any work, what could not be written; makes the folder."""
    from solfa.formats import page_writer, writer

    suffixes = _suffixes(files, how)
    how.options()
    if files.sheet:
        (writer if tunes == 1 else page_writer)(files.sheet.suffix, how.engraver)
    if str(files.out) != STANDARD:
        folder(files.out)
    elif len(suffixes) > 1 or tunes > 1:
        what = "--format" if len(suffixes) > 1 else "tune"
        raise SolfaError(f"standard output takes one file; ask for one {what}, or name a folder")
    elif files.json:
        raise SolfaError("standard output takes the tune or JSON; leave --out or --json out")


def _suffixes(files: Files, how: HowSet, *, grid: bool = False) -> list[str]:
    """The suffixes asked for; `SolfaError` for one that cannot be written."""
    names = files.format
    if names is None and str(files.out) == STANDARD:
        names = "abc"
    elif names is None:
        names = f"{FORMATS},txt" if grid else FORMATS
    return suffixes_of(names, how.engraver)


def write_tunes(compositions: list[Composition], files: Files, how: HowSet) -> None:
    """Writes the tunes into their files and prints their facts, as text or as one JSON document."""
    from solfa.files import write_atomically

    request, first = compositions[0].request, compositions[0]
    log.debug(f"model {first.model} {first.model_hash}, seed {request.seed}")
    suffixes = _suffixes(files, how, grid=first.symbols is not None)
    if str(files.out) == STANDARD:
        _to_standard_output(first, suffixes[0], how)
        return
    in_words = not (quiet() or files.json)
    written: list[dict[str, Any]] = []
    if in_words and request.prompt:
        what = "tune" if request.infills else "prompt"
        typer.echo(f"{what}: {_facts(request.prompt)}\n")
    for composition in compositions:
        if in_words:
            typer.echo(f"{_abc(composition.melody)}\n{_words(composition)}")
        with timed("writing"):
            paths = _write(composition, files.out, suffixes, how)
        if files.json:
            written.append({**_data(composition), "files": [str(path) for path in paths]})
        else:
            typer.echo("\n".join(map(str, paths)) + ("\n" if in_words else ""))
    sheet = files.sheet
    if sheet:
        melodies = [composition.melody for composition in compositions]
        write_atomically(sheet, rendered(melodies, sheet.suffix, how.options()))
    if files.json:
        print_json({"tunes": written, "sheet": sheet and str(sheet)})
    elif sheet:
        typer.echo(str(sheet))


def _to_standard_output(composition: Composition, suffix: str, how: HowSet) -> None:
    from solfa.formats import render

    log.info(_words(composition))
    print_bytes(render(composition.melody, suffix, how.options()))


def _write(composition: Composition, out: Path, suffixes: list[str], how: HowSet) -> list[Path]:
    from solfa.files import write_atomically
    from solfa.formats import render

    options = how.options()
    files = {suffix: render(composition.melody, suffix, options) for suffix in suffixes}
    stem = _unused(out, _name(composition), files)
    return [write_atomically(out / f"{stem}{suffix}", data) for suffix, data in files.items()]


def _unused(out: Path, name: str, files: dict[str, bytes]) -> str:
    """``name``, or ``name-2`` and so on where another tune's files bear it already."""

    def free(stem: str) -> bool:
        paths = {out / f"{stem}{suffix}": data for suffix, data in files.items()}
        return all(not path.exists() or path.read_bytes() == data for path, data in paths.items())

    stems = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(stem for stem in stems if free(stem))


def _abc(melody: Melody) -> str:
    """The tune as ABC, without what is meant for machines."""
    from solfa.formats import render

    return render(melody.replace(metadata=replace(melody.metadata, comments=())), ".abc").decode()


def _words(composition: Composition) -> str:
    """What was checked and what made the tune."""
    request = composition.request
    kept = ", ".join(check.guarantee for check in composition.checks if check.kept)
    broken = ", ".join(check.guarantee for check in composition.checks if not check.kept)
    best = f", the best of {request.candidates}" if (request.candidates or 1) > 1 else ""
    lines = [
        f"checked: {kept}" + (f"; NOT KEPT: {broken}" if broken else ""),
        f"made by: {composition.model} {composition.model_hash},"
        f" seed {composition.seed}, tune {composition.index + 1} of {request.count}{best}",
    ]
    symbols = [] if composition.symbols is None else [f"symbols: {composition.symbols}"]
    return "\n".join([*symbols, *lines])


def _data(composition: Composition) -> dict[str, Any]:
    """The tune as plain data: the facts of `solfa show`, ABC, symbols, checks and bits."""
    from solfa.cli.summary import facts_of

    return {
        **facts_of(composition.melody),
        "abc": _abc(composition.melody),
        "symbols": composition.symbols,
        "checks": [check._asdict() for check in composition.checks],
        "bits": list(composition.score),
    }


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
