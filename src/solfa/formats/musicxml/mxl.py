"""Compressed MusicXML: one score in a ZIP archive, beside ``META-INF/container.xml``.

Nothing is unpacked to disk, and no more is read than a score can need.
"""

import re
import zipfile
import zlib
from io import BytesIO

from solfa.errors import ReadError
from solfa.formats.limits import MOST_BYTES
from solfa.formats.musicxml import writer
from solfa.formats.musicxml.document import tree
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody

MOST_MEMBERS = 10_000
"""Files in an archive."""

_CONTAINER = "META-INF/container.xml"
_SCORE = "score.musicxml"
_SCORES = re.compile(r"(?!META-INF/|__MACOSX/).*\.(?:musicxml|xml)", re.IGNORECASE)
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP can say: equal scores are equal files
_ENCRYPTED, _UNICODE = 1, 1 << 11  # flags of a member


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


def is_packed(data: bytes) -> bool:
    """Whether the bytes are an archive."""
    return data.startswith(b"PK\x03\x04")


def unpacked(data: bytes) -> bytes:
    """The score that the container names first, or the only one. Raises `ReadError`."""
    if data.count(b"PK\x01\x02") > MOST_MEMBERS:
        raise ReadError(f"holds more than {MOST_MEMBERS} files; export it again")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = {_name(member): member for member in archive.infolist()}
            scores = [name for name in members if _SCORES.fullmatch(name)]
            if _CONTAINER not in members and len(scores) == 1:
                return _content(archive, members, scores[0])
            root = tree(_content(archive, members, _CONTAINER))
            files = [e.get("full-path", "") for e in root.iter() if e.tag.endswith("rootfile")]
            if not files:
                raise ReadError("names no score in its container; export it again")
            return _content(archive, members, files[0])
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


def _name(member: zipfile.ZipInfo) -> str:
    """The name as UTF-8, which many programs write without its flag."""
    if member.flag_bits & _UNICODE:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _content(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    if name not in members:
        raise ReadError(f"holds no {name[:60]!r}, which a compressed score names; export it again")
    member = members[name]
    if member.flag_bits & _ENCRYPTED:
        raise ReadError("is encrypted; export it again without a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ReadError("is packed otherwise than by deflate; pack it again")
    with archive.open(member) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ReadError(f"holds more than {MOST_BYTES >> 20} MB; export it again")
    return content
