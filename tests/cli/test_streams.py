"""``-``, --json, --quiet and --verbose, exit codes, and pipes that close early."""

import json
import re
import subprocess
import sys

import pytest
from hand_made_models import UNIFORM
from test_convert import TUNE, abc

import solfa
from solfa import runtime
from solfa.formats import render
from solfa.formats.grid_text import to_symbols

BARE = ("compose", "--key", "G", "--meter", "3/4", "--bars", "4", "--seed", "7")


def test_one_tune_goes_to_standard_output(run, tmp_path):
    done = run(*BARE, "--out", "-", "--format", "krn")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("!!!OTL: Melody in G major\n")
    assert "checked: every note in the scale of G major" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert run(*BARE, "--out", "-").stdout.startswith("%abc-2.1\n")
    assert run(*BARE, "--out", "-", "--format", "mid").stdout_bytes.startswith(b"MThd")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--format", "mid,abc"), "standard output takes one file; ask for one --format"),
        (("--count", "2"), "standard output takes one file; ask for one tune"),
        (("--json",), "standard output takes the tune or JSON"),
    ],
)
def test_more_than_one_is_refused_before_any_work(run, monkeypatch, arguments, why):
    monkeypatch.setattr("solfa.compose", lambda **asked: pytest.fail("too late"), raising=False)
    done = run(*BARE, "--out", "-", *arguments)
    assert done.exit_code == 1
    assert why in done.output


@pytest.mark.parametrize("form", ["abc", "krn", "mid", "musicxml"])
def test_a_tune_comes_from_standard_input(run, form):
    data = render(TUNE, f".{form}")
    asked = ("continue", "-", "--from", form, "--bars", "2", "--out", "-", "--format", "abc")
    done = run(*asked, "--seed", "1", input=data)
    assert done.exit_code == 0, done.output
    assert "prompt kept" in done.stderr


def test_symbols_and_sol_fa_come_from_standard_input(run):
    symbols = " ".join(to_symbols(TUNE.notes))
    for text, form in ((symbols, "txt"), ("do re mi fa so", "sol")):
        done = run("continue", "-", "--from", form, "--key", "D", "--out", "-", input=text)
        assert done.exit_code == 0, done.output
        assert "scale of D major" in done.stderr
    done = run("infill", "-", "--from", "abc", "--bars", "2", "--json", input=abc(TUNE))
    assert json.loads(done.stdout)["tunes"][0]["made_by"]["request"]["rewrite"] == [2]


def test_composing_tells_programs_all(run, tmp_path, monkeypatch):
    done = run(*BARE, "--count", "2", "--format", "abc,mid", "--json")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    first, second = json.loads(done.stdout)["tunes"]
    assert first["files"] == [
        f"tunes/tune-g-major-3-4-4-bars-uniform-seed7-1-of-2.{form}" for form in ("abc", "mid")
    ]
    assert (second["key"], second["meter"], second["bars"]) == ("G major", "3/4", 4)
    assert {"guarantee": "ends on the tonic G", "kept": True} in second["checks"]
    assert len(second["bits"]) == second["notes"] + second["rests"]
    assert second["made_by"]["index"] == 1
    assert second["made_by"]["request"]["seed"] == 7
    (tmp_path / "again.abc").write_text(second["abc"])
    assert solfa.read(tmp_path / "again.abc") == solfa.read(
        tmp_path / "tunes/tune-g-major-3-4-4-bars-uniform-seed7-2-of-2.abc"
    )
    monkeypatch.setitem(runtime.MODELS, "uniform", lambda: UNIFORM["notes"])
    (again,) = json.loads(run("replay", first["files"][0], "--json").stdout)["tunes"]
    assert again["abc"] == first["abc"]


def test_corpora_tell_programs_all(run, tmp_path, monkeypatch):
    found = json.loads(run("corpus", "list", "--json").stdout)["repertoires"]
    assert [one["name"] for one in found] == list(solfa.corpora.REPERTOIRES)
    assert all(set(one) == {"name", "description", "region", "terms"} for one in found)
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(solfa.corpora.Corpus, "parts", ("train",))
    TUNE.write(tmp_path / "songs/a.krn")
    (counted,) = json.loads(run("corpus", "stats", "songs", "--json").stdout)["corpora"]
    assert (counted["name"], counted["tunes"], counted["notes"]) == ("songs", 1, 7)
    assert counted["durations"] == {"1": 7}


def test_quiet_prints_the_files_alone(run):
    done = run("--quiet", *BARE, "--format", "abc")
    assert done.stdout == "tunes/tune-g-major-3-4-4-bars-uniform-seed7-1.abc\n"
    assert done.stderr == ""
    assert run("--quiet", *BARE, "--out", "-").stderr == ""


def test_verbose_says_what_is_read_and_how_long(run, tmp_path):
    TUNE.write(tmp_path / "a.krn")
    done = run("--verbose", "continue", "a.krn", "--bars", "1", "--format", "abc", "--seed", "3")
    said = done.stderr.splitlines()
    assert "reading a.krn" in said
    assert "model uniform none, seed 3" in said
    assert any(re.fullmatch(r"composing: \d+\.\d\d s", line) for line in said)
    assert run("continue", "a.krn", "--bars", "1", "--format", "abc").stderr == ""
    done = run("--quiet", "--verbose", "corpus", "list")
    assert done.exit_code == 2
    assert "contradict" in done.output


def test_a_choice_of_reading_reaches_the_reader(run, tmp_path):
    (tmp_path / "a.abc").write_text("X:1\nM:3/4\nL:1/4\nK:G\n[GB]AB|G3|\n")
    done = run("continue", "a.abc", "--bars", "1", "--out", "-")
    assert done.exit_code == 1
    done = run("continue", "a.abc", "--top", "--bars", "1", "--out", "-", "--seed", "1")
    assert done.exit_code == 0, done.output
    assert "prompt kept" in done.stderr


def test_a_closed_pipe_is_one_line(tmp_path):
    TUNE.write(tmp_path / "a.krn")
    code = "from solfa.cli import main; import sys; sys.argv = ['solfa', 'show', 'a.krn']; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait()
    assert said == "solfa: cannot write to standard output: Broken pipe\n"
    assert process.returncode == 1
