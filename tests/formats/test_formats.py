"""Laws of every format, over the tables, so that a new one inherits them."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError, SolfaError
from solfa.formats import (
    READERS,
    WRITERS,
    read,
    read_all,
    read_bytes,
    reader,
    render,
    write,
    writer,
)
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import joined, melodies, notes_of

TUNE = Melody(
    tuple(Note(p, Fraction(d)) for p, d in [(62, 1), (67, 2), (None, 1), (71, 3), (67, "5/2")]),
    Key("G"),
    Meter(3, 4),
    pickup=Fraction(1),
    phrase_ends=(2, 4),
    metadata=Metadata(title="Grüße"),
)
ON_GRID = [Fraction(sixteenths, 4) for sixteenths in (1, 2, 3, 4, 5, 6, 8, 16)]
PICTURES_AND_SOUND = {".svg", ".png", ".pdf", ".wav", ".mp3"}  # written, never read


def function(table: Mapping[str, object], suffix: str) -> Any:
    """A reader or writer of a table."""
    return reader(suffix) if table is READERS else writer(suffix)


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    path = TUNE.write(tmp_path / f"tune{suffix.upper()}")
    again = read(path)
    assert read_bytes(path.read_bytes(), path.name) == again
    assert again.notes == TUNE.notes
    if suffix != ".txt":
        assert again == TUNE
        assert again.metadata.title == "Grüße"


TEXTS = (".krn", ".esac", ".sol", ".txt")


@pytest.mark.parametrize("suffix", TEXTS)
@pytest.mark.parametrize("data", [b"", b" \r\n\n", b"\xef\xbb\xbf", "\n".encode("utf-16")])
def test_a_file_without_text_is_empty(suffix: str, data: bytes) -> None:
    [refusal] = reader(suffix)(data, f"x{suffix}", ReadOptions())
    assert str(refusal) == f"x{suffix}: is empty; give a file with a tune"


FORGETTING: dict[str, Callable[[Melody], Melody]] = {
    ".txt": lambda melody: Melody(melody.notes),
    ".musicxml": joined,
    ".xml": joined,
    ".mxl": joined,
    ".esac": lambda melody: in_lines(melody).replace(metadata=Metadata()),
}
"""What is left of a melody in a format that cannot say all of it."""

REFUSING = {".esac"}
"""Formats that cannot say every tune."""


def in_lines(melody: Melody) -> Melody:
    """The melody with the last note as the end of a phrase, or with no phrases known."""
    ends = tuple(sorted({*melody.phrase_ends, len(melody.notes) - 1}))
    return melody.replace(phrase_ends=ends if len(ends) > 1 else ())


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(READERS))
@settings(max_examples=25, deadline=None)
@given(
    melodies(notes_of(ON_GRID, 20, 110), max_size=10, key_changes=True).filter(lambda m: m.pitches)
)
def test_reading_undoes_writing(suffix: str, melody: Melody) -> None:
    comes_back(suffix, melody)


def comes_back(suffix: str, melody: Melody, options: WriteOptions = WriteOptions()) -> None:
    """Writes the melody, reads it again, and finds what the format can say of it."""
    try:
        data = render(melody, suffix, options)
    except SolfaError:
        assume(suffix not in REFUSING)
        raise
    [again] = function(READERS, suffix)(data, "")
    assert isinstance(again, Melody), again
    forget = FORGETTING.get(suffix, lambda melody: melody)
    assert forget(again) == forget(melody)
    assert forget(again).metadata == forget(melody).metadata
    assert again.lyrics == melody.lyrics  # names of the notes are no words


def test_every_reader_has_its_writer() -> None:
    assert set(WRITERS) - set(READERS) == PICTURES_AND_SOUND
    assert set(READERS) <= set(WRITERS)


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_the_same_melody_is_the_same_file(suffix: str) -> None:
    first = render(TUNE, suffix)
    assert first
    assert render(TUNE, suffix) == first


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(WRITERS))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(melodies(notes_of(low=20, high=110), max_size=8))
def test_any_melody_is_written_or_refused(suffix: str, melody: Melody) -> None:
    with suppress(SolfaError):  # nothing else may leave
        assert render(melody, suffix)


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_rest_alone_is_written(suffix: str) -> None:
    assert render(Melody((Note(None, Fraction(4)),)), suffix)


@pytest.mark.parametrize("suffix", sorted(READERS))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_never_crash(suffix: str, data: st.DataObject) -> None:
    """Random bytes, cuts of a valid file, and valid files with a few bytes changed."""
    valid = render(TUNE, suffix)
    place = data.draw(st.integers(0, len(valid)))
    junk = data.draw(st.binary(max_size=8))
    damaged = data.draw(
        st.sampled_from([junk, valid[:place], valid[:place] + junk + valid[place + len(junk) :]])
    )
    tunes = function(READERS, suffix)(damaged, "x")
    assert isinstance(tunes, list)
    assert all(isinstance(tune, Melody | ReadError) for tune in tunes)
    assert all("\n" not in str(tune) for tune in tunes if isinstance(tune, ReadError))


def test_an_unknown_suffix_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(
        SolfaError, match=r"cannot write '.mp4'; did you mean '.mp3'\? choose from .krn"
    ):
        write(TUNE, tmp_path / "tune.mp4")
    with pytest.raises(SolfaError, match=r"cannot read 'no suffix'; choose from .krn"):
        read_all(tmp_path / "tune")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone.krn: cannot be read \(No such file"):
        read(tmp_path / "gone.krn")


def test_one_tune_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("60 _ / 62 _")
    with pytest.raises(ReadError, match=r"holds 2 tunes"):
        read(tmp_path / "two.txt")
    assert len(read_all(tmp_path / "two.txt")) == 2


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_failing_writer_leaves_the_old_file_whole(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = TUNE.write(tmp_path / f"tune{suffix}")
    before = path.read_bytes()

    def fail(*_: object) -> bytes:
        raise SolfaError("no")

    place = WRITERS[suffix]
    added = isinstance(place, EntryPoint)
    name = place.value if added else f"solfa.formats.{place}"
    monkeypatch.setattr(name.replace(":", "."), fail)
    with pytest.raises(SolfaError):
        TUNE.transpose(2).write(path)
    monkeypatch.undo()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(SolfaError, match="No space"):
        TUNE.transpose(2).write(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_too_long_is_neither_read_nor_written(tmp_path: Path) -> None:
    endless = Melody([Note(60, 10**6)])
    for suffix in WRITERS:
        with pytest.raises(SolfaError, match="lasts more than 16,384 quarters; cut it"):
            render(endless, suffix)
    (refused,) = reader(".txt")(b"60 _ " * 100_001, "x", ReadOptions())
    assert isinstance(refused, ReadError)
    with pytest.raises(ReadError, match="is larger than 64 MiB"):
        reader(".abc")(bytes((1 << 26) + 1), "x", ReadOptions())
    big = tmp_path / "big.abc"
    with big.open("wb") as file:
        file.truncate((1 << 26) + 1)
    with pytest.raises(ReadError, match=r"big.abc: is larger than 64 MiB"):
        read(big)


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder; give a file"):
        read(tmp_path, "abc")
    os.mkfifo(tmp_path / "x.abc")
    with pytest.raises(ReadError, match="is a pipe; give a file"):
        read(tmp_path / "x.abc")
