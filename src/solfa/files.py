"""Files: written so that no reader ever sees half of one, and known by their bytes."""

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from solfa.errors import SolfaError

Place = str | os.PathLike[str]
"""The path of a file or folder, or a name that stands for one."""


def write_atomically(path: str | Path, data: bytes) -> Path:
    """Writes ``data`` beside ``path`` and moves it there; an existing file stays whole until then.

    Missing folders are made. Raises `SolfaError` where the place cannot be written.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name}.{token_hex(4)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SolfaError(f"cannot write {path}: {error.strerror}; choose another place") from error
    return path


def digest(paths: Iterable[Path]) -> str:
    """A hash of the files' paths and bytes, in their order."""
    whole = sha256()
    for path in paths:
        data = path.read_bytes()
        whole.update(f"{path} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
