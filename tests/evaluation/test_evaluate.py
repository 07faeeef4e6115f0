"""`solfa.evaluate` gives what held-out songs cost, and the command prints the same."""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import solfa
from solfa import cli, corpora
from solfa.errors import SolfaError
from solfa.evaluation import evaluate as module
from solfa.evaluation.likelihood import bits
from solfa.melody import Key, Melody, Meter, Note

sys.path.insert(0, str(Path(__file__).parents[1] / "composing"))
from hand_made_models import UNIFORM

SONGS = tuple(
    Melody(tuple(Note(60 + n, Fraction(1)) for n in range(size)), Key("C"), Meter(2, 4))
    for size in (4, 6)
)


@pytest.fixture(autouse=True)
def two_songs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two songs to validate on, none to test on, and models made by hand."""

    class Two:
        name = "two"

        def split(self, part: str, by: str) -> Any:
            return type("Part", (), {"tunes": SONGS if part == "valid" else ()})

    monkeypatch.setattr(corpora, "load", lambda name, options: Two())
    monkeypatch.setattr(module, "load_model", lambda name: UNIFORM[str(name)])


def test_models_by_name_and_as_they_are() -> None:
    seen: list[Any] = []
    found = solfa.evaluate(["notes", UNIFORM["grid"]], ["german", "irish"], watch=seen.append)
    assert seen == found
    assert [each.model for each in found] == ["notes"] * 2 + [UNIFORM["grid"].name] * 2
    expected = bits(UNIFORM["notes"], SONGS, phrases=False, style=False)
    assert found[0].likelihood.total == expected.total
    (alone,) = solfa.evaluate(UNIFORM["notes"])
    assert alone.likelihood.to_json() == expected.to_json()


def test_the_command_prints_the_same() -> None:
    (found,) = solfa.evaluate("notes")
    done = CliRunner().invoke(cli.app, ["evaluate", "notes", "--json"])
    assert json.loads(done.output) == json.loads(json.dumps(found.to_json()))
    done = CliRunner().invoke(cli.app, ["evaluate", "notes"])
    assert done.output.startswith("notes on two valid: ")


def test_no_song_is_one_line() -> None:
    with pytest.raises(SolfaError, match="two has no test tunes; name a larger corpus"):
        solfa.evaluate("notes", split="test")
