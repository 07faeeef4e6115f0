"""Files: written so that no reader ever sees half of one, and known by their bytes."""

import os
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from solfa.errors import SolfaError


def write_atomically(path: str | Path, data: bytes) -> Path:
    """Writes ``data`` beside ``path`` and moves it there; an existing file stays whole until then.

    Missing folders are made. Raises `SolfaError` where the place cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SolfaError(f"cannot write {path}: {error.strerror}; choose another place") from error
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def digest(paths: Iterable[Path]) -> str:
    """A hash of the files' paths and bytes, in their order."""
    whole = sha256()
    for path in paths:
        data = path.read_bytes()
        whole.update(f"{path} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
