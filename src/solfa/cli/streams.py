"""``-``: standard input in place of a file that is read, standard output of one that is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from solfa.cli.console import log
from solfa.cli.options import HowRead
from solfa.errors import ReadError, SolfaError

if TYPE_CHECKING:
    from solfa.formats.write_options import WriteOptions
    from solfa.melody import Melody

STANDARD = "-"


def suffixes_of(names: str, engraver: str) -> list[str]:
    """The suffixes of formats as they are listed; `SolfaError` for one that cannot be written."""
    from solfa.formats import writer

    suffixes = ["." + name.strip().lower().removeprefix(".") for name in names.split(",")]
    for suffix in suffixes:
        writer(suffix, engraver)
    return list(dict.fromkeys(suffixes))


def read_source(name: str, form: str | None, how: HowRead) -> list[Melody | ReadError]:
    """Every tune of the file, or of standard input, in order, or why it is refused.

    ``form`` is the format where the name has no suffix. Raises `SolfaError` where the whole is.
    """
    from solfa.formats import READERS, reader
    from solfa.formats.source import content

    suffix = Path(name).suffix.lower()
    if name == STANDARD or suffix not in READERS:
        suffix = f".{form.lower().removeprefix('.')}" if form else suffix
    if name == STANDARD and not suffix:
        formats = ", ".join(known[1:] for known in READERS)
        raise SolfaError(f"standard input has no suffix; say --from and one of {formats}")
    read = reader(suffix)
    source = "standard input" if name == STANDARD else name
    log.debug(f"reading {source} as {suffix[1:]}")
    try:
        data = content(typer.get_binary_stream("stdin") if name == STANDARD else name)
    except ReadError as error:
        raise ReadError(error.reason, source) from error
    return read(data, source, how.options())


def read_prompt(text: str, form: str | None, how: HowRead) -> str | Melody:
    """What composing takes as a prompt: symbols and files as they are, unless a choice is made."""
    if text == STANDARD and form in ("txt", "sol"):  # whose key may be asked for
        return typer.get_binary_stream("stdin").read().decode(errors="replace")
    if text != STANDARD and not form and how == HowRead():
        log.debug(f"reading {text}")
        return text
    tunes = read_source(text, form, how)
    if len(tunes) != 1:
        raise ReadError(f"holds {len(tunes)} tunes; give one", text)
    if isinstance(tunes[0], ReadError):
        raise tunes[0]
    return tunes[0]


def rendered(melodies: Sequence[Melody], suffix: str, options: WriteOptions) -> bytes:
    """The bytes of one file for all the tunes; `SolfaError` where its format holds one alone."""
    from solfa import formats

    if len(melodies) == 1:
        return formats.render(melodies[0], suffix, options)
    return formats.render_all(melodies, suffix, options)


def print_bytes(data: bytes) -> None:
    """Puts a file's bytes on standard output."""
    stream = typer.get_binary_stream("stdout")
    stream.write(data)
    stream.flush()
