"""Files: written so that no reader ever sees half of one, and known by their bytes."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from solfa.errors import SolfaError, shown

try:
    import fcntl
except ImportError:  # Windows: sets of two processes are kept apart by their names alone
    fcntl = None  # type: ignore[assignment]

Place = str | os.PathLike[str]
"""The path of a file or folder, or a name that stands for one."""

_LOCK, _STAGE, _READY = ".solfa-lock", ".solfa-stage", ".solfa-ready"


def as_place(what: str, given: object) -> str:
    """A path or a name as text; `SolfaError` for anything else."""
    text = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(text, str):
        raise SolfaError(f"{what} {shown(given)} is neither a name nor a path; write it as text")
    return text


def as_places(what: str, given: object) -> tuple[str, ...]:
    """One path or name, or several, as text; `SolfaError` for anything else."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        return (as_place(what, given),)
    return tuple(as_place(what, each) for each in given)


def write_atomically(path: str | Path, data: bytes, *, overwrite: bool = True) -> Path:
    """Writes ``data`` beside ``path`` and moves it there; an existing file stays whole until then.

    Missing folders are made; a link leads to what it names. Raises `SolfaError` where the place
    cannot be written, is no file, or, without ``overwrite``, holds other bytes.
    """
    with _refusals(Path(path)):
        place = Path(os.path.realpath(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        _be_a_file(place)
        temporary = place.parent / f".solfa-{token_hex(8)}"  # as long as no name is
        try:
            with temporary.open("xb") as file:
                file.write(data)
            if overwrite:
                os.replace(temporary, place)
            elif not _holds(place, data):
                _move_new(temporary, place)
        finally:
            temporary.unlink(missing_ok=True)
    return Path(path)


def _move_new(temporary: Path, place: Path) -> None:
    """Moves a file to a name that is free; `SolfaError` where it is not."""
    try:
        os.link(temporary, place)  # unlike a look before a move, leaves no time for another
    except FileExistsError:
        raise SolfaError(
            f"{place} is there already, and differs; say --overwrite, or choose another name"
        ) from None
    except OSError:  # a file system without links
        if os.path.lexists(place):
            raise
        os.rename(temporary, place)


def write_set(folder: Path, stems: Iterable[str], files: Mapping[str, bytes]) -> list[Path]:
    """Writes a file for each suffix of ``files``: all of them, or none.

    They bear the first of the ``stems`` under which every name is free or holds the same bytes
    already, whatever other processes write at once. Where a process is killed amidst its moves, the
    next set that is written to the folder completes them first.
    """
    with _refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            _settle(folder)
            stem = next(stem for stem in stems if _free(folder, stem, files))
            names = [f"{stem}{suffix}" for suffix in files]
            try:
                (folder / _STAGE).mkdir()
                for name, data in zip(names, files.values(), strict=True):
                    (folder / _STAGE / name).write_bytes(data)
                os.rename(folder / _STAGE, folder / _READY)
            finally:
                try:
                    _settle(folder)
                except KeyboardInterrupt:
                    _settle(folder)
                    raise
    return [folder / name for name in names]


def _free(folder: Path, stem: str, files: Mapping[str, bytes]) -> bool:
    """Whether the names are free, or hold the same bytes already."""
    paths = {folder / f"{stem}{suffix}": data for suffix, data in files.items()}
    return all(not os.path.lexists(path) or _holds(path, data) for path, data in paths.items())


def _settle(folder: Path) -> None:
    """Moves a set that is ready to its place, and removes one that is not."""
    ready = folder / _READY
    if ready.is_dir():
        for path in sorted(ready.iterdir()):
            os.replace(path, folder / path.name)
        ready.rmdir()
    shutil.rmtree(folder / _STAGE, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other processes from writing sets to ``folder``; a killed one leaves it unlocked."""
    path = folder / _LOCK
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_open(path, lock):
                continue  # another has removed it since it was opened
            try:
                yield
            finally:
                path.unlink()
            return
        finally:
            os.close(lock)


def _is_open(path: Path, file: int) -> bool:
    """Whether the file that is open is the one at ``path``, which may vanish at any time."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False


def _holds(path: Path, data: bytes) -> bool:
    """Whether ``path`` is a file of these bytes."""
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _be_a_file(path: Path) -> None:
    """Refuses what a file must not take the place of: a folder, a pipe, a device."""
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe or device"
        raise SolfaError(f"{path} is {what}, not a file; choose another name")


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Raises `SolfaError` where a file system refuses, a name that none has included."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file has such a name"
        raise SolfaError(f"cannot write {path}: {reason}; choose another place") from error


def digest(paths: Iterable[Path]) -> str:
    """A hash of the files' paths and bytes, in their order."""
    whole = sha256()
    for path in paths:
        data = path.read_bytes()
        whole.update(f"{path} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
