"""Compressed MusicXML: one score in a ZIP archive, beside ``META-INF/container.xml``.

Nothing is unpacked to disk, and no more is read than a score can need.
"""

import zipfile
import zlib
from io import BytesIO

from solfa.errors import ReadError
from solfa.formats.musicxml import reader, writer
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody

LIMIT = 1 << 26
"""Bytes of a score, unpacked."""

_CONTAINER = "META-INF/container.xml"
_SCORE = "score.musicxml"
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP can say: equal scores are equal files


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        score = _unpacked(data)
    except ReadError as error:
        return [ReadError.of(error, source)]
    return reader.read(score, source, options)


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score of `solfa.formats.musicxml.writer`, packed; errors as there."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        f'<rootfile full-path="{_SCORE}" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (_CONTAINER, container.encode()),
            (_SCORE, writer.write(melody, options)),
        ):
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unpacked(data: bytes) -> bytes:
    """The score that the container names first."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            root, _ = reader.parse(_member(archive, _CONTAINER))
            files = [e.get("full-path", "") for e in root.iter() if e.tag.endswith("rootfile")]
            if not files:
                raise ReadError("names no score in its container; export it again")
            return _member(archive, files[0])
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise ReadError("is no whole compressed MusicXML; export it again") from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        content = member.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise ReadError(f"holds more than {LIMIT >> 20} MB; export it again")
    return content
