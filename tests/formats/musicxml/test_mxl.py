"""Compressed MusicXML: a score in an archive, read without trust."""

import zipfile
from fractions import Fraction
from io import BytesIO

import pytest

from solfa import formats
from solfa.errors import ReadError
from solfa.formats.musicxml import mxl, writer
from solfa.formats.musicxml.reader import read
from solfa.melody import Melody, Metadata, Note

TUNE = Melody(
    (Note(67, Fraction(1)), Note(69, Fraction(3))),
    metadata=Metadata(title="Grüße"),
    lyrics=[("la", "_")],
)


def archive(**files: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name.replace("container", "META-INF/container.xml"), content)
    return buffer.getvalue()


def container(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def test_a_score_comes_back_and_is_the_same_file_each_time() -> None:
    data = mxl.write(TUNE)
    (again,) = read(data, "x.mxl")
    assert isinstance(again, Melody)
    assert (again, again.metadata, again.lyrics) == (TUNE, TUNE.metadata, TUNE.lyrics)
    assert mxl.write(TUNE) == data
    names = zipfile.ZipFile(BytesIO(data)).namelist()
    assert names == ["META-INF/container.xml", "score.musicxml"]


BROKEN = "is no whole compressed MusicXML; export it again"
MISSING = "holds no {!r}, which a compressed score names; export it again"
SCORE = writer.write(TUNE)


def flagged(data: bytes, flag: int) -> bytes:
    """The archive, each of its members with a flag of ZIP more."""
    raw = bytearray(data)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + place] |= flag
            at = raw.find(signature, at + 1)
    return bytes(raw)


def packed(method: int) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("META-INF/container.xml", container("a"))
        archive.writestr("a", SCORE)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04", BROKEN),
        (archive(container=container("a"), a=SCORE)[:-30], BROKEN),
        (archive(other=b""), MISSING.format("META-INF/container.xml")),
        (archive(container=container("gone.xml")), MISSING.format("gone.xml")),
        (archive(container=container("/etc/passwd")), MISSING.format("/etc/passwd")),
        (archive(container=container("../../etc/passwd")), MISSING.format("../../etc/passwd")),
        (archive(container=container("x" * 5000)), MISSING.format("x" * 60)),
        (archive(container=b"<container/>"), "names no score in its container; export it again"),
        (archive(container=b"<"), "is no well-formed XML; export it again"),
        (archive(container=b"<a>" * 200), "elements nested over 100 deep; export it again"),
        (archive(container=container("a"), a=b"%PDF"), "is no well-formed XML; export it again"),
        (
            flagged(archive(container=container("a"), a=SCORE), 1),
            "is encrypted; export it again without a password",
        ),
        (packed(zipfile.ZIP_BZIP2), "is packed otherwise than by deflate; pack it again"),
        (packed(zipfile.ZIP_LZMA), "is packed otherwise than by deflate; pack it again"),
    ],
)
def test_what_is_no_archive_of_a_score_is_refused(data: bytes, reason: str) -> None:
    (found,) = read(data, "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == reason


def test_a_stored_score_is_read() -> None:
    assert read(packed(zipfile.ZIP_STORED), "x.mxl") == [TUNE]


@pytest.mark.parametrize("name", ["score.xml", "SCORE.XML", "folder/a.musicxml"])
def test_the_only_score_needs_no_container(name: str) -> None:
    assert read(archive(**{name: SCORE, "__MACOSX/._a.xml": b"x", "a.txt": b"x"}), "x") == [TUNE]


def test_of_several_scores_the_container_names_one() -> None:
    (found,) = read(archive(**{"a.xml": SCORE, "b.xml": SCORE}), "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == MISSING.format("META-INF/container.xml")


def test_a_name_in_utf_8_needs_no_flag() -> None:
    data = archive(container=container("Grüße.xml"), **{"Grüße.xml": SCORE})
    assert read(flagged(data, 0), "x.mxl") == [TUNE]
    unflagged = data.replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")
    assert unflagged != data
    assert read(unflagged, "x.mxl") == [TUNE]


@pytest.mark.parametrize("suffix", [".mxl", ".musicxml", ".xml"])
def test_what_the_bytes_are_says_whether_a_file_is_packed(suffix: str) -> None:
    for data in (SCORE, mxl.write(TUNE)):
        assert formats.read(data, suffix) == TUNE


def test_an_archive_that_blows_up_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxl, "MOST_BYTES", 1 << 20)
    bomb = archive(container=container("a"), a=b"0" * (1 << 21))
    assert len(bomb) < 1 << 13
    (found,) = read(bomb, "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == "holds more than 1 MB; export it again"


def test_an_archive_of_very_many_files_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxl, "MOST_MEMBERS", 2)
    data = archive(container=container("a"), a=SCORE, b=b"")
    (found,) = read(data, "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == "holds more than 2 files; export it again"
