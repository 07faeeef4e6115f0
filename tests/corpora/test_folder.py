"""Folders as people have them: copies, hidden files, links, files that cannot be read."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from solfa import corpora
from solfa.cli import app
from solfa.corpora import Refusal
from solfa.corpora.folder import read_file, tune_files
from solfa.errors import ReadError
from solfa.formats.read_options import ReadOptions

ABC = "X:1\nT:{title}\nM:2/4\nL:1/4\nK:C\n|:C{second}:|\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.abc").write_text(ABC.format(title="A", second="D"))
    (folder / "deep" / "b.abc").write_text(ABC.format(title="B", second="E"))
    return folder


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in tune_files(folder)[0]]


def test_a_copy_is_counted_once(folder: Path) -> None:
    (folder / "c.abc").write_text(ABC.format(title="Another name", second="D"))
    for _ in ("read", "from the cache"):
        corpus = corpora.load(folder)
        assert [tune.metadata.title for tune in corpus] == ["A", "B"]
        assert corpus.refused == (
            Refusal("mine/c.abc:1", None, "is the same tune as mine/a.abc:1"),
        )


def test_refusals_name_the_path_in_the_folder_and_the_line(folder: Path) -> None:
    (folder / "deep" / "bad.abc").write_text("X:1\nT:Bad\nK:C\nC [CE]\n")
    (folder / "empty.abc").write_bytes(b"")
    bad, empty = corpora.load(folder).refused
    assert bad[:2] == ("deep/bad.abc", 4)
    assert empty == ("empty.abc", None, "is empty; give a file with a tune")


def test_what_belongs_to_the_system_is_passed_over(folder: Path) -> None:
    for hidden in ("._a.abc", ".hidden.abc", ".git/x.abc", "__MACOSX/a.abc", "deep/._b.abc"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        (folder / hidden).write_bytes(b"\0\5\x16\7")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    assert names(folder) == ["a.abc", "deep/b.abc"]
    assert corpora.load(folder).refused == ()


def test_links_are_followed_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "c.abc").write_text(ABC.format(title="C", second="F"))
    (folder / "beside").symlink_to(tmp_path / "beside")
    (folder / "again").symlink_to(folder)
    (folder / "deep" / "up").symlink_to(folder)
    assert names(folder) == ["a.abc", "beside/c.abc", "deep/b.abc"]


def test_what_cannot_be_read_is_a_line_each(folder: Path) -> None:
    (folder / "loop.abc").symlink_to("loop.abc")
    (folder / "gone.abc").symlink_to("nothing.abc")
    (folder / "folder.abc").mkdir()
    os.mkfifo(folder / "pipe.abc")
    corpus = corpora.load(folder)
    assert len(corpus) == 2
    assert [refusal.source for refusal in corpus.refused] == ["gone.abc", "loop.abc", "pipe.abc"]
    assert all("cannot be read" in refusal.reason for refusal in corpus.refused[:2])
    assert "pipe" in corpus.refused[2].reason


def test_a_folder_of_refusals_is_a_corpus_without_tunes(tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "bad.krn").write_text("**kern\n4zz\n*-\n")
    corpus = corpora.load(tmp_path / "only")
    assert (len(corpus), [refusal.source for refusal in corpus.refused]) == (0, ["bad.krn"])


def test_a_file_that_vanishes_is_refused(folder: Path) -> None:
    (refusal,) = read_file(folder, ReadOptions(), folder / "vanished.abc")
    assert isinstance(refusal, ReadError)
    assert (refusal.source, refusal.reason[:14]) == ("vanished.abc", "cannot be read")


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to root")
def test_a_closed_folder_is_a_line(folder: Path) -> None:
    (folder / "deep").chmod(0)
    (refusal,) = corpora.load(folder).refused
    (folder / "deep").chmod(0o700)
    assert (refusal.source, refusal.reason[:13]) == ("deep", "is a folder t")


def test_options_decide_what_is_read_and_what_the_cache_holds(folder: Path) -> None:
    unfold = ReadOptions(unfold=True)
    for _ in ("read", "from the cache"):
        assert [len(tune.notes) for tune in corpora.load(folder)] == [2, 2]
        assert [len(tune.notes) for tune in corpora.load(folder, options=unfold)] == [4, 4]


def test_the_commands_list_refusals(folder: Path) -> None:
    (folder / "c.abc").write_text(ABC.format(title="C", second="D"))
    (folder / "empty.abc").write_bytes(b"")
    listed = [
        {"file": "empty.abc", "line": None, "reason": "is empty; give a file with a tune"},
        {"file": "mine/c.abc:1", "line": None, "reason": "is the same tune as mine/a.abc:1"},
    ]
    done = CliRunner().invoke(app, ["corpus", "prepare", str(folder), "--json"])
    (prepared,) = json.loads(done.stdout)["corpora"]
    assert (prepared["tunes"], prepared["refused"]) == (2, listed)
    assert json.loads(Path(prepared["listed_in"]).read_text()) == listed
    done = CliRunner().invoke(app, ["corpus", "prepare", str(folder)])
    assert "solfa: empty.abc: is empty; give a file with a tune\n" in done.stderr
    out = folder / "out"
    CliRunner().invoke(app, ["convert", str(folder), str(out), "--to", "krn"])
    (refused,) = json.loads((out / "refused.json").read_text())
    assert (Path(refused["file"]).name, refused["reason"]) == ("empty.abc", listed[0]["reason"])
