"""What is written is whole: several processes, full disks, kills, places that are no files."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from solfa.errors import SolfaError
from solfa.files import write_atomically, write_set

SET = {".abc": b"abc", ".mid": b"mid", ".wav": b"w" * 100_000}


def stems():
    return (f"tune-{number}" for number in count(1))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_set_bears_one_name_and_leaves_nothing_else(tmp_path):
    paths = write_set(tmp_path / "new", stems(), SET)
    assert [path.name for path in paths] == ["tune-1.abc", "tune-1.mid", "tune-1.wav"]
    assert [path.read_bytes() for path in paths] == list(SET.values())
    assert names(tmp_path / "new") == [path.name for path in paths]
    assert write_set(tmp_path / "new", stems(), SET) == paths


@pytest.mark.parametrize("taken", [*SET])
def test_a_set_takes_no_name_of_which_another_has_a_part(tmp_path, taken):
    (tmp_path / f"tune-1{taken}").write_bytes(b"another's")
    assert write_set(tmp_path, stems(), SET)[0] == tmp_path / "tune-2.abc"
    assert (tmp_path / f"tune-1{taken}").read_bytes() == b"another's"


def test_sets_that_are_written_at_once_are_neither_mixed_nor_lost(tmp_path):
    def write(number: int) -> list[Path]:
        return write_set(tmp_path, stems(), dict.fromkeys(SET, b"%d" % number))

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(40)))
    for number, paths in enumerate(written):
        assert [path.read_bytes() for path in paths] == [b"%d" % number] * len(SET)
    assert len(names(tmp_path)) == 40 * len(SET)


@pytest.mark.parametrize("allowed", range(5))
def test_a_disk_that_fills_leaves_no_part_of_a_set(tmp_path, monkeypatch, allowed):
    calls = count()

    def full(call):
        def limited(*arguments, **options):
            if next(calls) >= allowed:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **options)

        return limited

    for place, name in ((Path, "write_bytes"), (Path, "mkdir"), (os, "rename")):
        monkeypatch.setattr(place, name, full(getattr(place, name)))
    with pytest.raises(SolfaError, match="No space left on device; choose another place"):
        write_set(tmp_path, stems(), SET)
    assert names(tmp_path) == []


def test_a_limit_of_the_system_leaves_no_part_of_a_set(tmp_path):
    code = (
        "import resource, sys; from pathlib import Path; from solfa.files import write_set\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        f"write_set(Path({str(tmp_path)!r}), ['a'], {SET!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "SolfaError: cannot write" in done.stderr
    assert names(tmp_path) == []


def stop_at_second_move(monkeypatch, error):
    moves = count()

    def stopped(source, target):
        if next(moves) == 1:
            raise error
        os.rename(source, target)

    monkeypatch.setattr(os, "replace", stopped)


def test_an_interrupt_amidst_the_moves_leaves_the_set_whole(tmp_path, monkeypatch):
    stop_at_second_move(monkeypatch, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        write_set(tmp_path, ["tune"], SET)
    assert names(tmp_path) == sorted(f"tune{suffix}" for suffix in SET)


def test_the_next_set_completes_one_whose_writer_was_killed_amidst_its_moves(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    stop_at_second_move(monkeypatch, Killed)
    with pytest.raises(Killed):
        write_set(tmp_path, ["first"], SET)
    monkeypatch.undo()
    assert sum(name.startswith("first") for name in names(tmp_path)) == 1
    write_set(tmp_path, ["second"], SET)
    assert names(tmp_path) == sorted(f"{stem}{s}" for stem in ("first", "second") for s in SET)
    assert (tmp_path / "first.wav").read_bytes() == SET[".wav"]


def test_an_existing_file_is_kept_unless_its_replacement_is_asked_for(tmp_path):
    path = write_atomically(tmp_path / "a", b"first", overwrite=False)
    write_atomically(path, b"first", overwrite=False)
    with pytest.raises(SolfaError, match="is there already, and differs; say --overwrite"):
        write_atomically(path, b"second", overwrite=False)
    assert path.read_bytes() == b"first"
    assert write_atomically(path, b"second").read_bytes() == b"second"
    assert names(tmp_path) == ["a"]


def test_a_link_leads_to_the_file_that_it_names(tmp_path):
    (tmp_path / "link").symlink_to("file")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _folder(folder: Path) -> Path:
    (folder / "folder").mkdir()
    return folder / "folder"


def _below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "tune.abc"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (lambda folder: Path("/dev/null"), "/dev/null is a pipe or device, not a file"),
        (_pipe, "pipe is a pipe or device, not a file"),
        (_folder, "folder is a folder, not a file"),
        (lambda folder: folder / ("x" * 5000), "File name too long"),
        (lambda folder: folder / "a\0b", "no file has such a name"),
        (_below_a_file, "File exists|Not a directory"),
    ],
)
def test_what_is_no_place_for_a_file_is_refused_in_a_line(tmp_path, place, why):
    path = place(tmp_path)
    before = names(tmp_path)
    for overwrite in (True, False):
        with pytest.raises(SolfaError, match=why) as refused:
            write_atomically(path, b"x", overwrite=overwrite)
        assert len(str(refused.value)) <= 300
    assert names(tmp_path) == before
