"""What a tune is read from: a path, the bytes of a file, or an open file."""

from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from solfa.errors import ReadError
from solfa.formats.limits import MOST_BYTES


class Readable(Protocol):
    """A file that is open for reading, as bytes or as text."""

    def read(self, size: int = -1, /) -> bytes | str: ...


Source: TypeAlias = "str | PathLike[str] | bytes | Readable"
"""A ``str`` is a path, never the text of a tune."""


def name_of(source: Source) -> str:
    """The path of a source, or the name of an open file; empty where there is none.

    Raises `ReadError` for what cannot be read from at all.
    """
    if isinstance(source, str) and "\n" in source:
        raise ReadError("text is given for a path; solfa.parse(text, 'abc') reads text")
    if isinstance(source, str | PathLike):
        return str(source)
    if not isinstance(source, bytes | bytearray | memoryview) and not hasattr(source, "read"):
        kind = type(source).__name__
        raise ReadError(f"{kind} is nothing to read from; give a path, bytes or an open file")
    name: Any = getattr(source, "name", None)  # a file's own may be a number
    return str(name) if isinstance(name, str | PathLike) else ""


def content(source: Source) -> bytes:
    """All that a source holds, from where an open file stands; text as UTF-8.

    Raises `ReadError` for what cannot be read.
    """
    name = name_of(source)
    try:
        if isinstance(source, str | PathLike):
            return _bytes_of(Path(source))
        found = _read(source, name) if hasattr(source, "read") else source
    except UnicodeDecodeError as error:
        raise ReadError("is no text; open it as bytes, with 'rb'", name) from error
    except (OSError, ValueError) as error:  # closed, or only for writing; a NUL in a path
        reason = getattr(error, "strerror", None) or error
        reason = "no file has such a name" if "\0" in name else reason
        raise ReadError(f"cannot be read ({reason})", name) from error
    if isinstance(found, str):
        return found.encode(errors="replace")
    try:
        return bytes(found)
    except TypeError:
        raise ReadError(f"gives {type(found).__name__}, neither bytes nor text", name) from None


def _bytes_of(path: Path) -> bytes:
    """All bytes of a file; `ReadError` for a folder, and a named pipe, which may never end."""
    if path.is_dir():
        raise ReadError("is a folder; give a file", str(path))
    if path.is_fifo() and path.parts[1:2] not in (("dev",), ("proc",)):  # as the shell's <(...)
        raise ReadError("is a pipe; give a file, or its content on standard input", str(path))
    with path.open("rb") as file:
        data = _read(file, str(path))
        assert isinstance(data, bytes)
        return data


def _read(file: Readable, name: str = "") -> bytes | str:
    """What is left of an open file; `ReadError` for more than a file may hold."""
    found = file.read(MOST_BYTES + 1)
    if isinstance(found, str | bytes) and len(found) > MOST_BYTES:
        raise ReadError(f"is larger than {MOST_BYTES >> 20} MiB; part it into smaller files", name)
    return found
