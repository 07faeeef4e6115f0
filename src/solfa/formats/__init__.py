"""Every notation that solfa reads and writes: one file each, named in `READERS` and `WRITERS`.

A reader is ``read(data: bytes, source: str) -> list[Melody | ReadError]``: each tune of the
file in order, or why it is refused (file, line, reason). A writer is
``write(melody: Melody) -> bytes``. Both are imported when first used, so that reading kern
never waits for music21.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from solfa.errors import ReadError, SolfaError
from solfa.files import write_atomically
from solfa.melody import Melody

READERS = {
    ".krn": "kern:read",
    ".abc": "abc:read",
    ".musicxml": "musicxml:read",
    ".xml": "musicxml:read",
    ".mid": "midi:read",
    ".midi": "midi:read",
    ".txt": "symbols:read",
}
"""Module and function that read each suffix."""

WRITERS = {
    ".krn": "kern:write",
    ".abc": "abc_writer:write",
    ".musicxml": "musicxml:write",
    ".xml": "musicxml:write",
    ".mid": "midi:write",
    ".midi": "midi:write",
    ".txt": "symbols:write",
    ".svg": "score:write_svg",
    ".png": "score:write_png",
    ".wav": "audio:write_wav",
}
"""Module and function that write each suffix."""


def _function(suffix: str, table: dict[str, str], verb: str) -> Any:
    if suffix.lower() not in table:
        raise SolfaError(f"cannot {verb} {suffix or 'no suffix'!r}; choose from {', '.join(table)}")
    module, _, name = table[suffix.lower()].partition(":")
    return getattr(import_module(f"solfa.formats.{module}"), name)


def read_all(path: str | Path) -> list[Melody | ReadError]:
    """Every tune of a file in order, or the reason it is refused; `SolfaError` without a reader."""
    path = Path(path)
    reader = _function(path.suffix, READERS, "read")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot be read ({error.strerror})", str(path)) from error
    tunes: list[Melody | ReadError] = reader(data, str(path))
    return tunes


def read(path: str | Path) -> Melody:
    """The one melody in a file; its suffix names the format. Raises `ReadError`."""
    tunes = read_all(path)
    if len(tunes) != 1:
        raise ReadError(f"holds {len(tunes)} tunes; give a file with one", str(path))
    if isinstance(tunes[0], ReadError):
        raise tunes[0]
    return tunes[0]


def render(melody: Melody, suffix: str) -> bytes:
    """The melody in the format of ``suffix`` (``".mid"``); `SolfaError` for an unknown one."""
    data: bytes = _function(suffix, WRITERS, "write")(melody)
    return data


def write(melody: Melody, path: str | Path) -> Path:
    """Writes the melody in the format that the suffix names; the file appears whole or not."""
    path = Path(path)
    return write_atomically(path, render(melody, path.suffix))
