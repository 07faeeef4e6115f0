"""Help with examples that parse, completion, and neither of them loading what weighs."""

import shlex
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import solfa
from solfa import cli, runtime
from solfa.cli.names import NAMES, complete
from solfa.composing.latent import COMMANDS
from solfa.composing.request.scales import SCALE_NAMES
from solfa.corpora import REPERTOIRES
from solfa.formats import READERS, WRITERS
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key

ROOT = typer.main.get_command(cli.app)
HEAVY = {"numpy", "torch", "music21", "verovio", "onnxruntime", "mido", "streamlit"}


def commands(group=ROOT, path=()):
    """Every command that help names, with its path; groups are left out."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())


def examples(command):
    return [line for line in (command.epilog or "").split("\n\n") if line.startswith("solfa ")]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_ends_with_examples_that_parse(path):
    shown = examples(ALL[path])
    assert 2 <= len(shown) <= 4
    for line in shown:
        words = shlex.split(line)
        begin = words.index(path[0])
        assert tuple(words[begin : begin + len(path)]) == path
        ALL[path].make_context(path[-1], words[begin + len(path) :])  # raises for wrong usage
        ROOT.make_context("solfa", words[1:])


def test_the_first_page_says_precedence_and_exit_codes():
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    assert "Exit codes: 0 done, 1 refused" in shown
    assert "SOLFA_COMPOSE_KEY" in shown
    assert "--install-completion" in shown


@pytest.mark.parametrize("kind", NAMES)
def test_names_complete(kind):
    names = list(NAMES[kind]())
    assert names
    assert complete(kind)("") == names
    first = names[0]
    assert first in complete(kind)(first[:1].upper())
    assert f"x,{first}" in complete(kind)(f"x,{first[:2]}")
    assert complete(kind)("~") == []


def test_the_names_offered_are_those_there_are():
    assert set(NAMES["style"]()) == set(REPERTOIRES)
    assert set(NAMES["model"]()) == set(runtime.MODELS)
    assert {f".{name}" for name in NAMES["read"]()} == set(READERS)
    assert {f".{name}" for name in NAMES["written"]()} >= set(WRITERS)
    assert {name.replace("-", " ") for name in NAMES["scale"]()} == set(SCALE_NAMES)
    assert all(str(Key.parse(name)) == name for name in NAMES["key"]())
    for field in ("engraver", "instrument", "clef", "syllables"):
        for name in NAMES[field]():
            WriteOptions(**{field: name})
    assert set(COMMANDS) < {path[1] for path in ALL if path[0] == "latent"}


def completed(words, shell="bash"):
    env = {"_SOLFA_COMPLETE": f"complete_{shell}", "COMP_WORDS": words}
    env["COMP_CWORD"] = str(len(words.split(" ")) - 1)
    return CliRunner().invoke(cli.app, [], env=env, prog_name="solfa").output.split("\n")


def test_the_shell_is_offered_names():
    assert "irish" in completed("solfa compose --style ir")
    assert "clarinet" in completed("solfa convert a.abc b.svg --for cla")
    assert "mid,musicxml" in completed("solfa compose --format mid,musicx")
    assert "convert" in completed("solfa conv")


def light(code, cwd):
    """What a program prints, which must have loaded nothing heavy when it is through."""
    code += f"\nimport sys\nprint('heavy:', *sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd
    )
    assert done.stdout.endswith("heavy:\n")
    return done.stdout


@pytest.mark.slow
def test_help_and_completion_need_nothing_heavy(tmp_path):
    asked = (["--version"], ["--help"], ["compose", "--help"], ["infill", "--help"])
    asked += (["convert", "--help"], ["train", "--help"], ["config"])
    told = light(
        "from solfa.cli import app\n"
        f"for arguments in {asked}:\n"
        "    try: app(arguments)\n"
        "    except SystemExit as done: assert not done.code, arguments\n"
        "from solfa.cli.names import NAMES\n"
        "for tell in NAMES.values(): list(tell())\n",
        tmp_path,
    )
    assert told.startswith(f"solfa {solfa.__version__}\n")
    for shown in ("--largest-leap", "--candidates", "--from", "--epochs", "(not there)"):
        assert shown in told


def test_importing_solfa_imports_nothing_heavy(tmp_path):
    light("import solfa", tmp_path)
