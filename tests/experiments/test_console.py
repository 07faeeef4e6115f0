"""What the commands of experiments share: errors in one line, the command as pages name it."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from experiments import console
from experiments.pages import fill
from solfa.errors import SolfaError


def failing(error: BaseException) -> Callable[[Sequence[str]], None]:
    def main(arguments: Sequence[str]) -> None:
        assert arguments == ["--songs", "3"]
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (SolfaError("no songs; give some"), 1, "solfa: no songs; give some\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["control", "--songs", "3"])
    with pytest.raises(SystemExit) as ended:
        console.run(failing(error))
    assert ended.value.code == code
    assert capsys.readouterr().err == line


def test_a_page_names_the_command_that_can_be_pasted() -> None:
    named = console.command("results", ["my model", "--tunes", "3"])
    assert named == "python -m experiments.results 'my model' --tunes 3"


def test_defaults_are_shown_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    parser = console.parser("control", "Measures.")
    parser.add_argument("--gaps", default=120, help="gaps of each length")
    parser.add_argument("--model", help="a name")
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    shown = capsys.readouterr().out
    assert "usage: python -m experiments.control" in shown
    assert "gaps of each length (default: 120)" in shown
    assert "a name\n" in shown


def test_a_page_needs_a_folder_that_can_be_written(tmp_path: Path) -> None:
    console.usable(tmp_path / "new" / "page.md")
    assert (tmp_path / "new").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(SolfaError, match="cannot write to"):
        console.usable(tmp_path / "file" / "page.md")


def test_what_a_page_does_not_get_is_an_error() -> None:
    with pytest.raises(KeyError, match="rows"):
        fill("results_latent")
