"""`solfa.train` and its skin: a run is resumed from its folder alone, and refused before any work."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

import solfa
from solfa import cli, corpora, runtime
from solfa.corpora import Refusal
from solfa.errors import SolfaError
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.runtime.graph import hash_of, read_card
from solfa.training import loop
from solfa.training.checkpoint import load_checkpoint
from solfa.training.loop import fit
from solfa.training.recipe import Recipe
from solfa.training.train import Trained

torch.set_num_threads(1)

SIZES: dict[str, Any] = {"width": 8, "layers": 1, "dropout": 0.1}


def tunes(count: int, first: int) -> list[Melody]:
    """Scales up and down, each from another seed."""
    random = np.random.default_rng([first, count])
    made = []
    for number in range(count):
        steps = np.abs(np.arange(int(random.integers(6, 14))) - int(random.integers(1, 5)))
        notes = tuple(Note(60 + int(2 * s), Fraction(1, 1 + number % 2)) for s in steps)
        known = Metadata(id=f"mine:{first}:{number}", style="mine")
        made.append(Melody(notes, Key("C"), Meter(2, 4), metadata=known))
    return made


class Tiny:
    """A corpus of few tunes, split already."""

    name = "tiny"
    refused = (Refusal("odd.abc", None, "no tune"),)

    def split(self, part: str, by: str = "family") -> Any:
        found = {"train": tunes(12, 0), "valid": tunes(5, 50), "test": tunes(6, 90)}[part]
        return type("Part", (), {"tunes": tuple(found)})


READ: list[tuple[str, ...]] = []
"""The names of the corpora that were read."""


@pytest.fixture(autouse=True, scope="module")
def tiny() -> Iterator[None]:
    """The tiny corpus in the place of every other, and no curves drawn."""

    def load(*names: str, durations: Any = None, options: Any = None) -> Tiny:
        READ.append(names)
        return Tiny()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpora, "load", load)
        patch.setattr(loop, "draw", lambda model, history: b"curves")
        yield


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every test stands in a folder of its own, and has read nothing yet."""
    monkeypatch.chdir(tmp_path)
    READ.clear()


def train(model: str = "melody_lstm", **asked: Any) -> Trained:
    told: list[str] = []
    return solfa.train(model, **{"tell": told.append, "watch": told.append, **asked})


def interrupted_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ctrl-C is pressed during that step."""
    real = loop.task_of

    def task_of(*arguments: Any) -> Any:
        task: Any = real(*arguments)
        whole, made = task.losses, [0]

        def losses(*given: Any) -> Any:
            made[0] += 1
            if made[0] == step:
                os.kill(os.getpid(), signal.SIGINT)
            return whole(*given)

        task.losses = losses
        return task

    monkeypatch.setattr(loop, "task_of", task_of)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / "last")[0]


def examples(command: str) -> list[list[str]]:
    """The examples at the end of a command's help, as words."""
    (found,) = (each for each in cli.app.registered_commands if each.callback.__name__ == command)
    return [shlex.split(line) for line in str(found.epilog).split("\n\n")[1:]]


def test_the_helps_own_example_resumes_a_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = {"corpora": "my-tunes/", "sizes": SIZES, "epochs": 2, "budget": "6", "seed": 4}
    whole = train(out="whole", **asked)
    with monkeypatch.context() as patch:
        interrupted_at(patch, 2)
        words = ["train", "melody_lstm", "--corpus", "my-tunes/", "--out", "runs/mine"]
        words += ["--seed", "4", "--budget", "6", "--epochs", "2"]
        words += [word for name, size in SIZES.items() for word in ("--set", f"{name}={size}")]
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 130
        assert "interrupted; --resume goes on where it stopped, in runs/mine" in done.output
    (line,) = (words for words in examples("train") if "--resume" in words)
    assert line == shlex.split("solfa train melody_lstm --out runs/mine --resume")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, line[1:])
    assert done.exit_code == 0, done.output
    assert "compose with --model runs/mine/exported" in done.output
    assert READ[-2:] == [(str(tmp_path / "my-tunes"),)] * 2
    for name, tensor in weights(whole.folder).items():
        assert torch.equal(weights(Path("runs/mine"))[name], tensor), name
    assert hash_of(Path("runs/mine/exported")) == hash_of(whole.exported)
    assert read_card(Path("runs/mine/exported"))["data"]["train"] == ["my-tunes/"]


@pytest.mark.slow
def test_a_fine_tuning_is_resumed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    given = train(corpora="german", sizes=SIZES, epochs=1, out="given")
    asked = {"start": given.folder, "corpora": ["mine"], "epochs": 2, "budget": "4"}
    whole = train(out="whole", **asked)
    assert whole.finetuned is not None
    assert whole.finetuned.songs == 6
    assert str(whole.finetuned).endswith("on 6 held-out tunes that neither taught nor chose")
    card = read_card(whole.exported)
    assert (card["recipe_name"], card["finetuned"]["after"]) == ("finetune", whole.finetuned.after)
    with monkeypatch.context() as patch:
        interrupted_at(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            train(**asked)
    folder = Path("runs/melody_lstm-mine")
    assert train(out=folder, resume=True).finetuned == whole.finetuned
    assert hash_of(folder / "exported") == hash_of(whole.exported)
    assert train(out=folder, resume=True, **asked).epoch == whole.epoch  # which is over


CHOSEN: dict[str, Any] = {
    "sizes": {"widths": (8, 8)},
    "keys": "12",
    "budget": "2",
    "seed": 2,
    "epochs": 2,
}


@pytest.fixture(scope="module")
def begun(tiny: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a window model, which is over."""
    folder = tmp_path_factory.mktemp("begun")
    return train("stacked_bilstm", corpora=["german"], out=folder, **CHOSEN).folder


@pytest.mark.parametrize(
    ("model", "asked", "why"),
    [
        ("stacked_bilstm", {"out": "none"}, "none holds no run to resume"),
        ("vae", {}, "was begun on stacked_bilstm, not vae"),
        ("stacked_bilstm", {"corpora": ["irish"]}, "with corpora german, not irish; leave it out"),
        ("stacked_bilstm", {"valid": "irish"}, "with valid german, not irish"),
        ("stacked_bilstm", {"split": "random"}, "with split family, not random"),
        ("stacked_bilstm", {"recipe": "report"}, "with recipe default, not report"),
        ("stacked_bilstm", {"start": "bundled"}, "with start None, not bundled"),
        ("stacked_bilstm", {"keys": "24"}, "with keys 12, not 24"),
        ("stacked_bilstm", {"sizes": {"widths": [8, 16]}}, "with widths 8, 8, not 8, 16"),
        ("stacked_bilstm", {"budget": "5"}, "with steps 2, not 5"),
        ("stacked_bilstm", {"budget": "2h"}, "with minutes None, not 120"),
        ("stacked_bilstm", {"epochs": 3}, "with epochs 2, not 3"),
        ("stacked_bilstm", {"seed": 1}, "with seed 2, not 1"),
        (
            "stacked_bilstm",
            {"reading": ReadOptions(unfold=True, step="1/4")},  # type: ignore[arg-type]
            "with reading {}, not {'step': '1/4', 'unfold': True}",
        ),
    ],
)
def test_what_contradicts_a_run_is_refused_before_tunes_are_read(
    model: str,
    asked: dict[str, Any],
    why: str,
    begun: Path,
) -> None:
    with pytest.raises(SolfaError, match=why):
        train(model, **{"out": begun, "resume": True, **asked})
    assert READ == []


def test_choices_may_be_made_again(begun: Path) -> None:
    again = {"valid": "german", "split": "family", "recipe": "default", **CHOSEN}
    train("stacked_bilstm", corpora="german", out=begun, resume=True, **again)
    assert READ == [("german",), ("german",)]


def test_a_run_that_does_not_say_its_tunes_is_one_line(tmp_path: Path) -> None:
    recipe = Recipe(sizes=SIZES, epochs=1)
    fit("melody_lstm", tunes(8, 1), tunes(3, 2), tmp_path, recipe, progress=False)
    with pytest.raises(SolfaError, match="does not say on which corpora it was begun"):
        train(out=tmp_path, resume=True)


def test_a_folder_with_a_run_is_refused_before_tunes_are_read(begun: Path) -> None:
    with pytest.raises(SolfaError, match="holds a run already; resume it"):
        train("stacked_bilstm", out=begun)
    assert READ == []


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "solfa.training.export", None)
    with pytest.raises(SolfaError, match=r"training needs .*; run: pip install 'solfa\[train\]'"):
        train()


READERS_OWN = "my-tunes/"
"""The folder of whoever reads the help."""


def named(words: list[str]) -> tuple[set[str], str | None]:
    """The places that an example takes for granted, and the one that it makes."""
    whole: Any = typer.main.get_command(cli.app)
    context = whole.commands[words[1]].make_context(words[1], words[2:])
    asked = context.params
    taken = {asked.get("from_"), *(asked.get("corpus") or []), *(asked.get("models") or [])}
    taken |= {asked.get("valid"), asked.get("recipe"), *map(str, asked.get("runs") or [])}
    if words[1] in ("train", "sweep"):
        taken.add(asked["model"])
    made = asked.get("out")
    if words[1] == "train":
        if asked["resume"]:
            taken.add(str(made))
        made = made or Path("runs") / asked["model"]
    return {place for place in taken if place is not None}, made and str(made)


def test_what_the_examples_name_exists_or_is_made_by_one_before() -> None:
    known = {*solfa.corpora.REPERTOIRES, "bundled", "report", "default", "finetune", READERS_OWN}
    known |= set(runtime.MODELS)
    for command in ("train", "sweep", "join", "evaluate"):
        assert len(examples(command)) >= 2
        for words in examples(command):
            taken, made = named(words)
            for place in taken:
                # seeds are alike: what is made with the first is made with the others
                seed = "".join("1" if letter.isdigit() else letter for letter in place)
                run = place.removesuffix("/exported")
                assert {place, seed, run} & known, f"{' '.join(words)}: there is no {place}"
            known |= {made} if made else set()
