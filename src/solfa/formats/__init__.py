"""Every notation that solfa reads and writes, named in `READERS` and `WRITERS`.

Each is a module, or a folder where its reader and its writer are large: ``abc``, ``musicxml``,
``midi``, ``tonic_solfa``, ``kern``, ``esac``, ``grid_text``; ``engraving`` draws and ``audio``
sounds. What several of them need stands beside them: bar lines (``bars``), repeats (``repeats``),
written values, ties and beams (``notation``), one voice of several (``voices``), ``instruments``.

A reader is ``read(data: bytes, source: str, options: ReadOptions) -> list[Melody | ReadError]``:
each tune of the file in order, or why it is refused (file, line, reason). A writer is
``write(melody: Melody, options: WriteOptions) -> bytes``. Both are imported when first used, so
that reading kern never waits for what draws a score.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol

from solfa import plugins
from solfa.choices import choose, remedy
from solfa.errors import ReadError, SolfaError, shown
from solfa.files import as_place, write_atomically
from solfa.formats.limits import MOST_BYTES, MOST_QUARTERS, check_extent
from solfa.formats.read_options import ReadOptions
from solfa.formats.source import Source, content, name_of
from solfa.formats.write_options import ENGRAVERS, WriteOptions
from solfa.melody import Melody, MelodyLike, as_melody

READERS: dict[str, str | EntryPoint] = {
    ".krn": "kern.reader:read",
    ".abc": "abc.reader:read",
    ".musicxml": "musicxml.reader:read",
    ".xml": "musicxml.reader:read",
    ".mxl": "musicxml.reader:read",
    ".esac": "esac:read",
    ".mid": "midi.reader:read",
    ".midi": "midi.reader:read",
    ".txt": "grid_text:read",
    ".sol": "tonic_solfa.reader:read",
}
"""Module and function that read each suffix."""

WRITERS: dict[str, str | EntryPoint] = {
    ".krn": "kern.writer:write",
    ".abc": "abc.writer:write",
    ".musicxml": "musicxml.writer:write",
    ".xml": "musicxml.writer:write",
    ".mxl": "musicxml.mxl:write",
    ".esac": "esac:write",
    ".mid": "midi.writer:write",
    ".midi": "midi.writer:write",
    ".txt": "grid_text:write",
    ".sol": "tonic_solfa.writer:write",
    ".wav": "audio:write_wav",
    ".mp3": "audio:write_mp3",
    **ENGRAVERS["verovio"],
}
"""Module and function that write each suffix; another engraver may draw the pictures."""

BOOKS = {
    ".abc": "abc.writer:write_book",
    ".svg": "engraving.svg:write_svg_of",
    ".png": "engraving.svg:write_png_of",
    ".pdf": "engraving.pdf:write_pdf_of",
}
"""Module and function that write several melodies into one file, by suffix."""

# What other packages add stands beside our own.
READERS |= plugins.added(plugins.READERS, READERS)
WRITERS |= plugins.added(plugins.WRITERS, WRITERS)


def _function(suffix: str, table: Mapping[str, str | EntryPoint], verb: str) -> Any:
    if not isinstance(suffix, str) or suffix.lower() not in table:
        raise SolfaError(f"cannot {verb} {shown(suffix or 'no suffix')}; {remedy(suffix, table)}")
    place = table[suffix.lower()]
    if isinstance(place, EntryPoint):
        return plugins.load(place)
    module, _, name = place.partition(":")
    return getattr(import_module(f"solfa.formats.{module}"), name)


class Reader(Protocol):
    """Reads the tunes of a file's bytes; ``source`` is its name, for refusals."""

    def __call__(
        self, data: bytes, source: str, options: ReadOptions = ReadOptions(), /
    ) -> list[Melody | ReadError]: ...


def reader(suffix: str) -> Reader:
    """The function that reads the format of ``suffix``; `SolfaError` if there is none.

    It refuses what is larger than a file may be or holds no tune, and tunes beyond the `limits`.
    """
    read: Reader = _function(suffix, READERS, "read")

    def bounded(
        data: bytes, source: str, options: ReadOptions = ReadOptions(), /
    ) -> list[Melody | ReadError]:
        if len(data) > MOST_BYTES:
            raise ReadError(f"is larger than {MOST_BYTES >> 20} MiB; part it", source)
        if not data.strip():
            return [ReadError("is empty; give a file with a tune", source)]
        found = read(data, source, options)
        if not found:
            return [ReadError("holds no tune; give a file with one", source)]
        return [_within_limits(tune, source) for tune in found]

    return bounded


def _within_limits(tune: Melody | ReadError, source: str) -> Melody | ReadError:
    if isinstance(tune, ReadError):
        return tune
    try:
        check_extent(len(tune.notes), tune.duration)
    except ReadError as error:
        return ReadError.of(error, source)
    return tune


def read_all(
    source: Source, options: ReadOptions = ReadOptions(), format: str | None = None
) -> list[Melody | ReadError]:
    """Every tune of a source in order, or the reason it is refused; see `read` for what it may be.

    Raises `SolfaError` without a reader, `ReadError` for what cannot be read at all.
    """
    name = name_of(source)
    if not name and format is None:
        raise ReadError("has no name to tell the format by; give it, such as format='abc'")
    read = reader(Path(name).suffix if format is None else f".{str(format).removeprefix('.')}")
    return read(content(source), name, options)


def read(source: Source, format: str | None = None, **choices: Any) -> Melody:
    """The one melody in a file: its path, its bytes, or the file itself, open as bytes or text.

    ``format`` is a suffix such as ``"abc"``, with its dot or without; if left out, that of the
    path or of the open file's name. A ``str`` is always a path: text is read by `parse`.
    ``choices`` are those of `ReadOptions`. Raises `ReadError`, and `SolfaError` for an unknown
    format.
    """
    return _only(read_all(source, ReadOptions.of(**choices), format), name_of(source))


def parse(text: str, format: str, **choices: Any) -> Melody:
    r"""The one melody in a text of ``format``, such as ``"abc"`` or ``"krn"``; the rest as `read`.

    >>> parse("M:3/4\nL:1/4\nK:G\nG A B|", "abc").pitches
    (67, 69, 71)
    """
    if not isinstance(text, str):
        raise ReadError(f"{type(text).__name__} is no text; solfa.read takes bytes and open files")
    return read(text.encode(errors="replace"), format, **choices)


def read_bytes(data: bytes, name: str, options: ReadOptions = ReadOptions()) -> Melody:
    """The one melody in a file's bytes; the suffix of its ``name`` says how to read them."""
    return _only(reader(Path(name).suffix)(data, name, options), name)


def _only(tunes: list[Melody | ReadError], source: str) -> Melody:
    if len(tunes) != 1:
        raise ReadError(f"holds {len(tunes)} tunes; give a file with one", source)
    if isinstance(tunes[0], ReadError):
        raise tunes[0]
    return tunes[0]


def writer(suffix: str, engraver: str = "verovio") -> Callable[[Melody, WriteOptions], bytes]:
    """The function that writes the format of ``suffix``, a picture by ``engraver``.

    Raises `SolfaError` if either is unknown, and if MuseScore is asked for but not installed.
    """
    engraver = choose("engraver", engraver, ENGRAVERS)
    if engraver == "musescore":
        import_module("solfa.formats.engraving.musescore").program()
    write: Callable[[Melody, WriteOptions], bytes] = _function(
        suffix, WRITERS | ENGRAVERS[engraver], "write"
    )
    return write


def render(melody: MelodyLike, suffix: str, options: WriteOptions = WriteOptions()) -> bytes:
    """A melody or composition in the format of ``suffix`` (``".mid"``).

    Errors as for `writer`, and for a melody that is longer than could be read again.
    """
    return writer(suffix, options.engraver)(_writable(melody), options)


def _writable(given: MelodyLike) -> Melody:
    melody = as_melody(given)
    if melody.duration > MOST_QUARTERS:
        raise SolfaError(
            f"the melody lasts more than {MOST_QUARTERS:,} quarters; cut it, as by slice_bars"
        )
    return melody


def write(melody: MelodyLike, path: str | Path, **options: Any) -> Path:
    """Writes the melody in the format that the suffix names; ``options`` as in `WriteOptions`.

    The file appears whole or not.
    """
    path = Path(as_place("file", path))
    return write_atomically(path, render(melody, path.suffix, WriteOptions.of(**options)))


def page_writer(
    suffix: str, engraver: str = "verovio"
) -> Callable[[Sequence[Melody], WriteOptions], bytes]:
    """The function that writes several melodies into one file of ``suffix``.

    Raises `SolfaError` for a format or an engraver that takes one tune a file.
    """
    if suffix.lower() not in BOOKS:
        named = suffix or "a file without a suffix"
        raise SolfaError(f"{named} takes one tune; several go into {', '.join(BOOKS)}")
    if engraver != "verovio" and suffix.lower() in ENGRAVERS["verovio"]:
        raise SolfaError(f"{engraver} draws one tune a file; for several choose verovio")
    write: Callable[[Sequence[Melody], WriteOptions], bytes] = _function(suffix, BOOKS, "write")
    return write


def render_all(
    melodies: Sequence[MelodyLike], suffix: str, options: WriteOptions = WriteOptions()
) -> bytes:
    """Several melodies in one file of the format of ``suffix``; errors as for `page_writer`."""
    if not melodies:
        raise SolfaError("no tunes to write; give at least one")
    return page_writer(suffix, options.engraver)(list(map(_writable, melodies)), options)


def write_all(melodies: Sequence[MelodyLike], path: str | Path, **options: Any) -> Path:
    """Writes several melodies into one file, tune under tune; as for `write`."""
    path = Path(as_place("file", path))
    return write_atomically(path, render_all(melodies, path.suffix, WriteOptions.of(**options)))
