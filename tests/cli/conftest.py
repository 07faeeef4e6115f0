"""The commands called in process, composing with a model made by hand."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from solfa import cli
from solfa.composing import compose as composing

sys.path.insert(0, str(Path(__file__).parents[1] / "composing"))
from hand_made_models import UNIFORM


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs a command in an empty folder, with no config of a person's own."""
    monkeypatch.setattr(composing, "as_model", lambda name: UNIFORM["notes"])
    monkeypatch.setattr("platformdirs.user_config_path", lambda *a, **k: tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **how: CliRunner().invoke(cli.app, list(arguments), **how)
