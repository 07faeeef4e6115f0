"""`solfa convert`: tunes from one format into another, one by one or whole folders."""

from __future__ import annotations

import json as json_
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log, print_json, watched
from solfa.cli.options import HowRead, HowSet, InputFormat, Json, folder, option
from solfa.cli.show import refusal
from solfa.cli.spread import spread
from solfa.cli.streams import STANDARD, print_bytes, read_source, rendered, suffixes_of
from solfa.errors import ReadError, SolfaError

if TYPE_CHECKING:
    from solfa.formats.write_options import WriteOptions
    from solfa.melody import Melody


@dataclass
class Change:
    """What becomes of pitches and tempo on the way."""

    transpose: Annotated[int, option("Semitones higher; below 0 lower.")] = 0
    to_key: Annotated[
        str | None,
        option("The nearest transposition to this tonic, G or Bb; the mode stays.", of="tonic"),
    ] = None
    tempo: Annotated[int | None, option("Quarters a minute.")] = None

    def change(self) -> Callable[[Melody], Melody]:
        """What changes a tune; `SolfaError` for no tonic, and an absurd tempo."""
        from solfa.key_names import read_key
        from solfa.melody import Key

        tonic, mode = (None, None) if self.to_key is None else read_key(self.to_key)
        if mode is not None:
            raise SolfaError(f"--to-key {self.to_key} names a mode, which stays; write {tonic}")
        if self.tempo is not None and not 20 <= self.tempo <= 400:
            raise SolfaError(f"tempo {self.tempo} is outside 20..400 quarters a minute")

        def changed(melody: Melody) -> Melody:
            melody = melody.transpose(self.transpose)
            if tonic is not None:
                key = Key(tonic, melody.key.mode)
                up = (key.pitch_class - melody.key.pitch_class + 5) % 12 - 5
                melody = melody.transpose(up).replace(key=key)
            tempo = self.tempo or melody.metadata.tempo
            return melody.replace(metadata=replace(melody.metadata, tempo=tempo))

        return changed


class Source(NamedTuple):
    """A file to read, and the place in a folder, without a suffix, of what becomes of it."""

    name: str
    stem: Path


class Tune(NamedTuple):
    """A tune that was read, with the ``name`` of its file and its number there."""

    name: str
    stem: Path
    melody: Melody


@app.command(
    epilog=examples(
        "solfa convert tune.krn tune.musicxml",
        "solfa convert tune.abc part.svg --for clarinet --chords --syllables do",
        "solfa convert book.abc more/ tunes/ --to mid,svg --to-key G",
        "solfa convert - - --from abc --to krn --transpose 5",
    )
)
@spread
def convert(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="IN... OUT",
            help="Files or folders, and last what to write; - is standard input, and output.",
        ),
    ],
    *,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="What to write, if it is not named last.")
    ] = None,
    from_: InputFormat = None,
    to: Annotated[
        str | None,
        option("OUT is a folder for these, as mid,svg, or standard output for one.", of="written"),
    ] = None,
    tune: Annotated[
        int | None, option("Only this tune of each file with several, counted from 1.")
    ] = None,
    overwrite: Annotated[bool, option("Replace what is there already, and differs.")] = False,
    json: Json = False,
    change: Change,
    read: HowRead,
    set: HowSet,
) -> None:
    """Write tunes in another format: into one file, all on one page, or a file each in a folder.

    In a folder the tunes of a book are numbered, and folders that are read keep their shape. What
    is refused (file, line, reason) is told at the end, in refused.json of the folder too, and the
    exit code is 1.
    """
    if out is None:
        if len(files) < 2:
            raise SolfaError(f"nothing says where {files[0]} goes; name a file or folder after it")
        *files, out = files
    suffixes = _suffixes(out, to, set.engraver)
    options, changed = set.options(), change.change()
    read.options()
    refused: list[ReadError] = []
    sources = _sources(files, refused)
    tunes = _tunes(sources, from_, read, tune, changed, refused)
    if out == STANDARD or to is None:
        written = _into_one(out, suffixes[0], list(tunes), options, overwrite)
    else:
        folder(Path(out))
        written = _into_folder(Path(out), suffixes, tunes, options, overwrite, refused)
        _list_refused(Path(out), refused)
    if json and out != STANDARD:
        print_json({"written": written, "refused": [refusal(error) for error in refused]})
    elif written:
        typer.echo("\n".join(written))
    for error in refused:
        typer.echo(f"solfa: {error}", err=True)
    if refused:
        if len(written) + len(refused) > 1:
            log.info(f"{len(written):,} files written, {len(refused):,} refused")
        raise typer.Exit(1)


def _list_refused(out: Path, refused: Sequence[ReadError]) -> None:
    """The refusals of this run in ``refused.json``; where there are none, no such file."""
    from solfa.files import write_atomically

    path = out / "refused.json"
    if refused:
        listed = [refusal(error) for error in refused]
        write_atomically(path, json_.dumps(listed, ensure_ascii=False).encode())
    else:
        path.unlink(missing_ok=True)


def _suffixes(out: str, to: str | None, engraver: str) -> list[str]:
    """What is to be written; `SolfaError` where it cannot be, or is not given."""
    if to is None and (out == STANDARD or Path(out).is_dir() or not Path(out).suffix):
        raise SolfaError(f"nothing says what to write into {out}; say --to and a format like mid")
    suffixes = suffixes_of(Path(out).suffix if to is None else to, engraver)
    if out == STANDARD and len(suffixes) > 1:
        raise SolfaError("standard output takes one file; say --to and one format")
    return suffixes


def _sources(files: Sequence[str], refused: list[ReadError]) -> list[Source]:
    """Every file that is named, and those of folders that hold tunes."""
    found: list[Source] = []
    for name in files:
        path = Path(name)
        if name == STANDARD or not path.is_dir():
            found.append(Source(name, Path("tune" if name == STANDARD else path.stem)))
            continue
        from solfa.corpora.folder import tune_files

        paths, closed = tune_files(path)
        refused += closed
        found += [Source(str(file), file.relative_to(path).with_suffix("")) for file in paths]
    return found


def _tunes(
    sources: Sequence[Source],
    form: str | None,
    read: HowRead,
    number: int | None,
    changed: Callable[[Melody], Melody],
    refused: list[ReadError],
) -> Iterator[Tune]:
    """Every tune, or the one of that number of each file; what cannot be read joins ``refused``."""
    from rich.console import Console
    from rich.progress import track

    shown = watched() and len(sources) > 1
    console = Console(stderr=True)
    for name, stem in track(
        sources, "converting", console=console, transient=True, disable=not shown
    ):
        try:
            tunes = read_source(name, form, read)
            if number is not None and not 1 <= number <= len(tunes):
                raise ReadError(f"holds {len(tunes)} tunes; choose one by its number", name)
        except SolfaError as error:
            refused.append(ReadError.of(error, getattr(error, "source", "") or name))
            continue
        for place, tune in enumerate(tunes, 1):
            if number not in (None, place):
                continue
            several = len(tunes) > 1
            which = f"{name}, tune {place}" if several else name
            try:
                if isinstance(tune, ReadError):
                    raise tune
                counted = f"{stem.name}-{place:0{len(str(len(tunes)))}}" if several else stem.name
                yield Tune(which, stem.with_name(counted), changed(tune))
            except SolfaError as error:
                refused.append(ReadError.of(error, getattr(error, "source", "") or which))


def _into_one(
    out: str, suffix: str, tunes: list[Tune], options: WriteOptions, overwrite: bool
) -> list[str]:
    """All tunes in one file, or on standard output; what was written, if a file."""
    from solfa.files import write_atomically

    if not tunes:
        return []
    data = rendered([tune.melody for tune in tunes], suffix, options)
    if out == STANDARD:
        print_bytes(data)
        return []
    return [str(write_atomically(out, data, overwrite=overwrite))]


def _into_folder(
    out: Path,
    suffixes: list[str],
    tunes: Iterator[Tune],
    options: WriteOptions,
    overwrite: bool,
    refused: list[ReadError],
) -> list[str]:
    """A file for each tune and suffix; where two would have one name, the later gets a number."""
    from solfa.files import write_atomically
    from solfa.formats import render

    written: list[str] = []
    taken: set[Path] = set()
    for name, stem, melody in tunes:
        free, again = stem, 1
        while free in taken:
            again += 1
            free = stem.with_name(f"{stem.name}-{again}")
        taken.add(free)
        for suffix in suffixes:
            path = out / free.with_name(f"{free.name}{suffix}")
            try:
                data = render(melody, suffix, options)
                written.append(str(write_atomically(path, data, overwrite=overwrite)))
            except SolfaError as error:
                refused.append(ReadError.of(error, name))
    return written
