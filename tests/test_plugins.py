"""What another package adds: it is found, inherits the laws, and harms nothing when it is broken."""

import json
import os
import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from solfa import plugins, runtime
from solfa.errors import PluginWarning, ReadError, SolfaError
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


@pytest.mark.slow
def test_what_a_package_adds_inherits_every_law(example: Path) -> None:
    laws = ("formats/test_formats", "formats/test_write_options", "encodings/test_encodings")
    files = [f"tests/{law}.py" for law in (*laws, "models/test_models")]
    added = "json or fine-grid or pulse"
    done = run(example, "pytest", "-vv", "-k", added, *files)
    assert done.returncode == 0, done.stdout[-3000:]
    for row, fewest in ((".json", 6), ("fine-grid", 3), ("pulse", 4)):
        passed = [line for line in done.stdout.splitlines() if row in line and "PASSED" in line]
        assert len(passed) >= fewest, (row, passed)


def test_its_model_composes(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "tunes"
    told = ("--model", "pulse", "--key", "D", "--bars", "4", "--seed", "3", "--format", "json,abc")
    done = run(example, "solfa", "compose", *told, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert (
        "every note in the scale of D major, 4 full bars of 4/4, ends on the tonic D" in done.stdout
    )
    (file,) = out.glob("*.json")
    assert json.loads(file.read_text())["key"] == "D major"


@pytest.mark.slow
def test_its_model_has_a_row(example: Path, tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (plugins.MODELS, "two words"),
        (plugins.MODELS, ""),
        (plugins.MODELS, "-o"),
        (plugins.MODELS, "a/b"),
        (plugins.ENCODINGS, "\x1b[31mred"),
        (plugins.READERS, "toy"),
        (plugins.READERS, ".TOY"),
        (plugins.WRITERS, ".tar.toy"),
        (plugins.WRITERS, "."),
    ],
)
def test_what_is_no_name_is_passed_over_with_a_line(
    group: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = ".good" if group in (plugins.READERS, plugins.WRITERS) else "good"
    rows = {group: {name: "theirs:load", good: "theirs:load"}}
    monkeypatch.syspath_prepend(installed(tmp_path, "odd-package", rows))
    with pytest.warns(PluginWarning) as warned:
        assert list(plugins.added(group, ["ngram"])) == [good]
    (line,) = (str(one.message) for one in warned)
    assert line.startswith(f"the package odd-package adds {name!r} to {group}, where ")
    assert line.endswith("; passed over")
    assert line.isprintable()


def broken_metadata(folder: Path, name: str, entry_points_: bytes) -> Path:
    """A package whose entry points are these bytes, and one beside it that is sound."""
    installed(folder, name, {})
    (folder / f"{name}-0.1.0.dist-info" / "entry_points.txt").write_bytes(entry_points_)
    return installed(folder, "sound-package", {plugins.MODELS: {"sound": "theirs:load"}})


@pytest.mark.parametrize(
    "content",
    [
        b"[solfa.models]\nno equals sign\n",
        b"[solfa.models]\nx = \xff\xfe:load\n",
        b"no = section\n",
    ],
)
def test_metadata_that_cannot_be_read_hide_no_other_package(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(broken_metadata(tmp_path, "broken", content))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert "sound" in plugins.added(plugins.MODELS, [])
        assert plugins.added(plugins.READERS, []) == {}
    lines = [str(one.message) for one in warned]
    if content.startswith(b"no"):  # which Python leaves out by itself, or counts as broken
        assert len(lines) <= 1
    else:
        (line,) = lines
        assert line.startswith("what the package broken adds cannot be read (")
        assert line.endswith("); passed over")


def test_a_package_without_a_name_is_told_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {plugins.MODELS: {"ngram": "theirs:load"}}
    monkeypatch.syspath_prepend(installed(tmp_path, "nameless", rows))
    (tmp_path / "nameless-0.1.0.dist-info" / "METADATA").unlink()
    with pytest.warns(PluginWarning, match=r"^the package in .*nameless-0\.1\.0\.dist-info adds"):
        assert "ngram" not in plugins.added(plugins.MODELS, ["ngram"])


BROKEN = {
    "ends": ("import sys\nsys.exit()", "SystemExit"),
    "ends_with_words": ("raise SystemExit('bye\\nbye')", "SystemExit: bye bye"),
    "stops": ("raise GeneratorExit", "GeneratorExit"),
    "base": ("class Odd(BaseException): ...\nraise Odd('\\x1b[31m')", r"Odd: \?\[31m"),
    "mute": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "Mute",
    ),
    "endless": ("raise ValueError('x' * 10_000)", r"ValueError: x{50,300} \.\.\. x+\.\.\."),
    "missing": ("", "AttributeError: .*load.*"),
    "number": ("load = 7", "number:load is a int, not a function"),
    "late": ("def load(*a):\n    raise SystemExit(3)", "SystemExit: 3"),
    "wrong": ("def load(*a):\n    return 1 / 0", "ZeroDivisionError: division by zero"),
}


def module_of(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> EntryPoint:
    """The row of a package that is broken in this way."""
    folder.mkdir(exist_ok=True)
    (folder / f"{kind}.py").write_text(BROKEN[kind][0])
    rows = {plugins.MODELS: {"odd": f"{kind}:load"}}
    monkeypatch.syspath_prepend(installed(folder, "odd-package", rows))
    (entry,) = (e for e in entry_points(group=plugins.MODELS) if e.name == "odd")
    return entry


@pytest.mark.parametrize("kind", BROKEN)
def test_whatever_a_package_does_is_one_line(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = module_of(kind, tmp_path, monkeypatch)
    reason = BROKEN[kind][1]
    with pytest.raises(
        SolfaError,
        match=rf"^'odd' of the package odd-package (cannot be loaded|failed) \({reason}\); mend",
    ) as raised:
        plugins.load(entry)()
    assert str(raised.value).isprintable()


def test_an_error_of_the_family_and_an_interrupt_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code, kind in (("ReadError('why')", ReadError), ("KeyboardInterrupt", KeyboardInterrupt)):
        name = f"passes_{kind.__name__.lower()}"
        text = f"from solfa.errors import ReadError\ndef load():\n    raise {code}"
        monkeypatch.setitem(BROKEN, name, (text, ""))
        entry = module_of(name, tmp_path / name, monkeypatch)
        with pytest.raises(kind):
            plugins.load(entry)()
    monkeypatch.setitem(BROKEN, "interrupted", ("raise KeyboardInterrupt", ""))
    entry = module_of("interrupted", tmp_path / "last", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        plugins.load(entry)


def test_what_is_no_model_is_one_line() -> None:
    entry = EntryPoint("odd", "builtins:dict", plugins.MODELS)
    with pytest.raises(SolfaError, match=r"'odd' of .* \(it gives a dict, which has no name\)"):
        runtime._added(entry)()


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


@pytest.mark.slow
def test_a_broken_package_harms_nothing_else(tmp_path: Path) -> None:
    """All ways at once: the program ends, metadata cannot be read, names are odd or taken."""
    folder = broken_metadata(tmp_path / "site", "unreadable", b"[solfa.models]\nno equals sign\n")
    (folder / "ends_the_program.py").write_text("import sys\nsys.exit(0)")
    rows = {plugins.MODELS: {"broken": "ends_the_program:load", "two words": "nowhere:load"}}
    rows |= {plugins.READERS: {".broken": "no colon", ".abc": "nowhere:read"}}
    installed(folder, "broken-package", rows)
    told = [
        "solfa: what the package unreadable adds cannot be read",
        "solfa: the package broken-package adds 'two words' to solfa.models",
        "solfa: the package broken-package adds '.abc' to solfa.readers",
    ]

    (tmp_path / "tune.broken").touch()
    words = {"_SOLFA_COMPLETE": "complete_bash", "COMP_CWORD": "3"}
    out = ["--bars", "2", "--out", str(tmp_path / "out")]
    offering: list[tuple[list[str], dict[str, str]]] = [
        (["--help"], {}),
        ([], {**words, "COMP_WORDS": "solfa compose --model "}),
    ]
    using: list[tuple[list[str], dict[str, str]]] = [
        (["compose", "--model", "stacked_bilstm", *out], {}),
        (["compose", "--model", "broken", *out], {}),
        (["show", str(tmp_path / "tune.broken")], {}),
    ]

    def all_of(commands: list[tuple[list[str], dict[str, str]]]) -> list[Any]:
        """Exit code, output and lines of errors of each, one after the other in one process."""
        (folder / "all_commands.py").write_text(
            "import json; from typer.testing import CliRunner; from solfa import cli\n"
            "run = lambda ws, env: CliRunner().invoke(cli.app, ws, env=env, prog_name='solfa')\n"
            f"done = [run(*command) for command in {commands}]\n"
            "print(json.dumps([(d.exit_code, d.stdout, d.stderr.splitlines()) for d in done]))\n"
        )
        done = run(folder, "all_commands")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    helped, offered = all_of(offering)
    composed, with_broken, shown = all_of(using)
    assert (helped[0], helped[2]) == (0, [])
    assert "Usage" in helped[1]
    assert (offered[0], offered[2]) == (0, [])
    assert {"melody_lstm", "ngram", "broken", "sound"} <= set(offered[1].splitlines())
    assert composed[0] == 0
    for line in told:
        assert sum(one.startswith(line) and one.endswith("passed over") for one in composed[2]) == 1
    assert with_broken[0] == shown[0] == 1
    assert with_broken[2] == [
        "solfa: 'broken' of the package broken-package cannot be loaded (SystemExit: 0);"
        " mend or uninstall it"
    ]
    (line,) = shown[2]
    assert line.startswith("solfa: '.broken' of the package broken-package cannot be loaded (")
