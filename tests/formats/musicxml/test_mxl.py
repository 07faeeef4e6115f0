"""Compressed MusicXML: a score in an archive, read without trust."""

import zipfile
from fractions import Fraction
from io import BytesIO

import pytest

from solfa.errors import ReadError
from solfa.formats.musicxml import mxl
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
    (again,) = mxl.read(data, "x.mxl")
    assert isinstance(again, Melody)
    assert (again, again.metadata, again.lyrics) == (TUNE, TUNE.metadata, TUNE.lyrics)
    assert mxl.write(TUNE) == data
    names = zipfile.ZipFile(BytesIO(data)).namelist()
    assert names == ["META-INF/container.xml", "score.musicxml"]


BROKEN = "is no whole compressed MusicXML; export it again"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", BROKEN),
        (b"PK\x03\x04", BROKEN),
        (archive(other=b""), BROKEN),
        (archive(container=container("gone.xml")), BROKEN),
        (archive(container=container("../../etc/passwd")), BROKEN),
        (archive(container=b"<container/>"), "names no score in its container; export it again"),
        (archive(container=b"<"), "is no well-formed XML; export it again"),
    ],
)
def test_what_is_no_archive_of_a_score_is_refused(data: bytes, reason: str) -> None:
    (found,) = mxl.read(data, "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == reason


def test_an_archive_that_blows_up_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxl, "LIMIT", 1 << 20)
    bomb = archive(container=container("a"), a=b"0" * (1 << 21))
    assert len(bomb) < 1 << 13
    (found,) = mxl.read(bomb, "x.mxl")
    assert isinstance(found, ReadError)
    assert found.reason == "holds more than 1 MB; export it again"
