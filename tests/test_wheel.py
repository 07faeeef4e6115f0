"""The wheel: what is in it, and that it works by itself in an empty environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
MOST = {"wheel": 60, "installation": 370}
"""Megabytes."""

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program says; it must succeed."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def size(folder: Path) -> float:
    """Megabytes of the files in it."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in files) / 1e6


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT)
    (path,) = folder.glob("solfa-*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    here = ROOT / "src" / "solfa"
    needed = {f"solfa/{p.relative_to(here).as_posix()}" for p in here.rglob("weights/*/*")}
    needed |= {f"solfa/{p.relative_to(here).as_posix()}" for p in here.rglob("splits/*")}
    assert needed <= {*names}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/src/solfa/weights/LICENSE.txt") for name in names)
    with ZipFile(wheel) as archive:
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        told = archive.read(metadata).decode()
    assert "License-Expression: MIT AND LicenseRef-solfa-weights\n" in told
    assert told.count("License-File: ") == 2
    assert "solfa/py.typed" in names
    kinds = {Path(name).suffix for name in names if name.startswith("solfa/")}
    assert kinds == {".py", ".onnx", ".json", ".csv", ".css", ".typed", ".txt"}
    assert not any(
        name.startswith(("tests", "docs", "benchmarks", "experiments")) for name in names
    )
    assert wheel.stat().st_size < MOST["wheel"] * 1e6


@pytest.mark.slow
def test_it_composes_where_nothing_else_is_installed(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    empty = size(tmp_path / "venv")
    pinned = ("--quiet", "--constraint", ROOT / "constraints.txt")
    run(python, "-m", "pip", "install", *pinned, wheel)
    solfa = python.with_name("solfa")
    assert run(solfa, "--version").startswith("solfa ")
    formats = ("--format", "mid,musicxml,abc,krn,sol,svg,png,pdf,wav,mp3")
    run(solfa, "compose", "--bars", "4", "--seed", "1", "--out", "tunes", *formats, cwd=tmp_path)
    written = {path.suffix: path for path in (tmp_path / "tunes").iterdir()}
    assert len(written) == 10
    assert all(path.stat().st_size > 100 for path in written.values())
    (told,) = json.loads(run(solfa, "show", written[".mid"], "--json"))["tunes"]
    assert told["bars"] == 4
    run(solfa, "convert", written[".krn"], tmp_path / "again.musicxml", "--for", "clarinet")
    run(solfa, "replay", written[".musicxml"], "--out", "again", cwd=tmp_path)
    without = "import solfa; solfa.read('again.musicxml').to_music21()"
    missing = subprocess.run([python, "-c", without], cwd=tmp_path, capture_output=True, text=True)
    assert missing.stderr.splitlines()[-1].endswith(
        "music21 is missing; run: pip install 'solfa[corpora]'"
    )
    packages = json.loads(run(python, "-m", "pip", "list", "--format", "json"))
    names = {package["name"].lower() for package in packages}
    assert not {"torch", "streamlit", "pandas", "lightning", "music21"} & names
    assert size(tmp_path / "venv") - empty < MOST["installation"]
