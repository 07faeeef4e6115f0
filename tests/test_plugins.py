"""What another package adds: it is found, inherits the laws, and harms nothing when it is broken."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from solfa import plugins
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Meter, Note

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "solfa_example"


def installed(folder: Path, name: str, groups: dict[str, dict[str, str]]) -> Path:
    """A folder in which a package is installed, as far as Python is told."""
    info = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    lines = []
    for group, rows in groups.items():
        lines += [f"[{group}]", *(f"{row} = {value}" for row, value in rows.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


def run(folder: Path, *command: str, **options: str) -> subprocess.CompletedProcess[str]:
    """A program that finds the example beside solfa."""
    paths = os.pathsep.join([str(folder), str(EXAMPLE), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths} | options
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    folder = tmp_path_factory.mktemp("site")
    return installed(folder, project["name"], project["entry-points"])


def test_what_a_package_adds_inherits_every_law(example: Path) -> None:
    laws = ("formats/test_formats", "formats/test_editions", "encodings/test_encodings")
    files = [f"tests/{law}.py" for law in (*laws, "models/test_models")]
    added = "json or fine-grid or pulse"
    done = run(example, "pytest", "-vv", "-k", added, *files)
    assert done.returncode == 0, done.stdout[-3000:]
    for row, fewest in ((".json", 6), ("fine-grid", 3), ("pulse", 4)):
        passed = [line for line in done.stdout.splitlines() if row in line and "PASSED" in line]
        assert len(passed) >= fewest, (row, passed)


def test_its_model_composes_and_has_a_row(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "tunes"
    told = ("--model", "pulse", "--key", "D", "--bars", "4", "--seed", "3", "--format", "json,abc")
    done = run(example, "solfa", "compose", *told, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "in D major, 4 full bars of 4/4, ends on D" in done.stdout
    (file,) = out.glob("*.json")
    assert json.loads(file.read_text())["key"] == "D major"
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(12):
        pitches = [60 + (number * step) % 12 for step in range(1, 9)]
        tune = Melody([Note(pitch, 1) for pitch in pitches], Key("C"), Meter(4, 4))
        tune.write(corpus / f"{number}.abc")
    told = ("--corpus", str(corpus), "--split", "train", "--json")
    done = run(example, "solfa", "evaluate", "pulse", *told)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "pulse"


def test_a_name_that_is_taken_is_passed_over_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {plugins.MODELS: {"ngram": "theirs:load", "other": "theirs:load"}}
    monkeypatch.syspath_prepend(installed(tmp_path, "greedy-package", rows))
    with pytest.warns(RuntimeWarning, match="greedy-package adds 'ngram' .* taken; passed over"):
        assert list(plugins.added(plugins.MODELS, ["ngram"])) == ["other"]


@pytest.mark.parametrize("value", ["no_such_module:load", "json:no_such_name", "not a place"])
def test_a_broken_row_is_one_line_where_it_is_used(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {plugins.READERS: {".broken": value}}
    monkeypatch.syspath_prepend(installed(tmp_path, "broken-package", rows))
    (entry,) = (e for e in entry_points(group=plugins.READERS) if e.name == ".broken")
    with pytest.raises(
        SolfaError, match=r"'\.broken' of the package broken-package cannot be"
    ) as e:
        plugins.load(entry)
    assert len(str(e.value).splitlines()) == 1


def test_a_broken_package_harms_nothing_else(tmp_path: Path) -> None:
    rows = {plugins.MODELS: {"broken": "no_such_module:load"}}
    folder = installed(tmp_path, "broken-package", rows)
    code = "from solfa.formats import READERS; from solfa.runtime import MODELS, load_model"
    done = run(folder, "timeit", "-n1", "-r1", f"{code}; load_model('stacked_bilstm')")
    assert done.returncode == 0, done.stderr
    done = run(folder, "solfa", "compose", "--model", "broken", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "'broken' of the package broken-package cannot be loaded" in done.stderr
    assert "Traceback" not in done.stderr
