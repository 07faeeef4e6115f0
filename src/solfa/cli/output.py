"""How composed tunes are given: as they come, as ABC, symbols and JSON, and as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from solfa.cli.console import Progress, log, print_json, quiet, timed, watched
from solfa.cli.options import FORMATS, Files, HowSet, folder
from solfa.cli.stem import stem_of
from solfa.cli.streams import STANDARD, print_bytes, rendered, suffixes_of
from solfa.errors import SolfaError
from solfa.files import write_atomically, write_set

if TYPE_CHECKING:
    from solfa.composing.compose import Finished
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


@contextmanager
def written_tunes(files: Files, how: HowSet, tunes: int = 1) -> Iterator[Finished]:
    """Gives a function that writes each tune as it is done, and prints its facts.

    Facts are printed as text, or at the end in one JSON document. What is interrupted keeps the
    tunes that were done, and the document tells of them.
    """
    shown = watched() and tunes > 1 and (files.json or not sys.stdout.isatty())
    with Progress("composing", tunes, shown) as progress:
        writer = _Writer(files, how, progress)
        try:
            yield writer.write
        except KeyboardInterrupt:
            writer.print_document()
            raise
    writer.write_sheet()
    writer.print_document()


class _Writer:
    """Writes tunes as they are done, and remembers what a document or a sheet of all needs."""

    def __init__(self, files: Files, how: HowSet, progress: Progress) -> None:
        self._files, self._how, self._progress = files, how, progress
        self._melodies: list[Melody] = []
        self._described: list[dict[str, Any]] = []

    def write(self, composition: Composition) -> None:
        if not self._melodies:
            self._introduce(composition)
        self._melodies.append(composition.melody)
        suffixes = _suffixes(self._files, self._how, grid=composition.symbols is not None)
        if str(self._files.out) == STANDARD:
            _to_standard_output(composition, suffixes[0], self._how)
            return
        with timed("writing"):
            paths = _write(composition, self._files.out, suffixes, self._how)
        if self._in_words:
            typer.echo(f"{_abc(composition.melody)}\n{_words(composition)}")
        if self._files.json:
            self._described.append({**_data(composition), "files": [str(path) for path in paths]})
        else:
            typer.echo("\n".join(map(str, paths)) + ("\n" if self._in_words else ""))
        self._progress.advance()

    @property
    def _in_words(self) -> bool:
        return not (quiet() or self._files.json or str(self._files.out) == STANDARD)

    def _introduce(self, composition: Composition) -> None:
        request = composition.request
        log.debug(f"model {composition.model} {composition.model_hash}, seed {request.seed}")
        if self._in_words and request.prompt:
            what = "tune" if request.infills else "prompt"
            typer.echo(f"{what}: {_facts(request.prompt)}\n")

    def write_sheet(self) -> None:
        sheet = self._files.sheet
        if sheet:
            data = rendered(self._melodies, sheet.suffix, self._how.options())
            write_atomically(sheet, data, overwrite=self._files.overwrite)
            if not self._files.json and str(self._files.out) != STANDARD:
                typer.echo(str(sheet))

    def print_document(self) -> None:
        if self._files.json:
            sheet = self._files.sheet
            print_json({"tunes": self._described, "sheet": sheet and str(sheet)})


def _to_standard_output(composition: Composition, suffix: str, how: HowSet) -> None:
    from solfa.formats import render

    log.info(_words(composition))
    print_bytes(render(composition.melody, suffix, how.options()))


def _write(composition: Composition, out: Path, suffixes: list[str], how: HowSet) -> list[Path]:
    """Writes the files of a tune; its name gets a number where another tune's files bear it."""
    from solfa.formats import render

    options, stem = how.options(), stem_of(composition)
    files = {suffix: render(composition.melody, suffix, options) for suffix in suffixes}
    stems = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return write_set(out, stems, files)


def _abc(melody: Melody) -> str:
    """The tune as ABC, without what is meant for machines."""
    from solfa.formats import render

    known = melody.metadata
    plain = replace(known, comments=known.remarks)
    return render(melody.replace(metadata=plain), ".abc").decode()


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
