"""Folders of tunes: which files are read, and what stands in them twice."""

import os
from collections.abc import Iterable
from pathlib import Path

from solfa.corpora.store import Refusal
from solfa.errors import ReadError, SolfaError
from solfa.formats import READERS, read_all
from solfa.formats.read_options import ReadOptions
from solfa.melody import Melody

_OF_ARCHIVES = "__MACOSX"
"""Where macOS puts what belongs to the files of an archive."""


def tune_files(folder: Path) -> tuple[list[Path], list[ReadError]]:
    """The files below ``folder``, to any depth, that may hold tunes, and folders that are closed.

    What is hidden (``.DS_Store``, ``._tune.abc``) is passed over. Links are followed, but no folder
    is entered twice. Raises `SolfaError` if there are neither.
    """
    closed: list[ReadError] = []
    found: list[Path] = []
    entered = set()
    for place, folders, names in os.walk(
        folder, onerror=lambda error: closed.append(_closed(error, folder)), followlinks=True
    ):
        real = os.path.realpath(place)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = [name for name in folders if not _passed_over(name)]
        found += [
            Path(place, name)
            for name in names
            if Path(name).suffix.lower() in READERS and not _passed_over(name)
        ]
    found.sort()
    # Text files beside scores are notes about them, not tunes in symbols.
    paths = [path for path in found if path.suffix.lower() != ".txt"] or found
    if not paths and not closed:
        raise SolfaError(f"no tunes in {folder}; files may end in {', '.join(READERS)}")
    return paths, closed


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name == _OF_ARCHIVES


def _closed(error: OSError, folder: Path) -> ReadError:
    place = os.path.relpath(error.filename or folder, folder)
    return ReadError(f"is a folder that cannot be read ({error.strerror})", place)


def read_file(folder: Path, options: ReadOptions, path: Path) -> list[Melody | ReadError]:
    """The tunes of a file, or why they are refused; refusals name the path within ``folder``."""
    try:
        results = read_all(path, options)
    except ReadError as error:
        results = [error]
    place = path.relative_to(folder).as_posix()
    return [
        ReadError(result.reason, place, result.line) if isinstance(result, ReadError) else result
        for result in results
    ]


def without_copies(tunes: Iterable[Melody]) -> tuple[list[Melody], list[Refusal]]:
    """Each tune once, the first; those of the same music, whatever their titles, are refused."""
    first: dict[object, str] = {}
    kept: list[Melody] = []
    copies: list[Refusal] = []
    for tune in tunes:
        music = tune.notes, tune.key, tune.meter, tune.pickup, tune.meter_changes, tune.key_changes
        name = tune.metadata.id
        known = first.setdefault(music, name)
        if known == name:
            kept.append(tune)
        else:
            copies.append(Refusal(name, None, f"is the same tune as {known}"))
    return kept, copies
