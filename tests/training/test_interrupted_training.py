"""A run that is interrupted at any moment goes on as if it never had been, to the last bit."""

import os
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from solfa.melody import Key, Melody, Meter, Note
from solfa.models import registry
from solfa.training import loop
from solfa.training.checkpoint import load_checkpoint
from solfa.training.finetuning import start_of
from solfa.training.interrupts import Interrupts
from solfa.training.loop import fit
from solfa.training.recipe import Feed, Recipe, recipe_of

torch.set_num_threads(1)  # these networks are small: more threads only wait for each other

SMALL: dict[str, dict[str, Any]] = {
    "melody_lstm": {"width": 8, "layers": 2, "dropout": 0.1},
    "melody_vae": {"width": 8, "latent": 3, "encoder": 4, "queries": 2},
    "gru_attention": {"width": 8, "layers": 2, "attention": 4, "dense": (8, 4)},
    "vae": {"hidden": 16, "latent": 3, "unknown": 0.5},
    "lstm_attention": {"width": 8, "layers": 2, "filters": 8, "heads": 2},
    "stacked_bilstm": {"widths": (8, 8)},
}
every_model = pytest.mark.parametrize("model", registry.trained())


def recipe(model: str) -> Recipe:
    """Two epochs of some steps, in which dropout, growing windows and all keys take part."""
    ours = Recipe(sizes=SMALL[model], epochs=2, batch=3, warm_up=2)
    if "report" not in registry.MODELS[model].recipes:
        return ours
    feed = Feed("12", growth=(64,) if model == "vae" else (16, 64))
    return replace(ours, feed=feed, batch=16, steps=12)


def tunes(count: int = 12) -> list[Melody]:
    """Scales up and down."""
    random = np.random.default_rng(7)
    made = []
    for number in range(count):
        size = int(random.integers(6, 14))
        degrees = np.abs(np.arange(size) - size // 2)
        notes = tuple(Note(60 + int(2 * d), Fraction(1, 1 + number % 2)) for d in degrees)
        made.append(Melody(notes, Key("C"), Meter(2, 4), phrase_ends=(size - 1,)))
    return made


def run(model: str, folder: Path, **asked: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last checkpoint of a run: its tensors, and its facts but for the time that it took."""
    fit(model, tunes(), tunes(3), folder, recipe(model), progress=False, **asked)
    tensors, facts = load_checkpoint(folder / "last")
    return tensors, {name: fact for name, fact in facts.items() if name != "seconds"}


def assert_same(one: Any, other: Any) -> None:
    assert one[1] == other[1]
    assert one[0].keys() == other[0].keys()
    for name, tensor in one[0].items():
        assert torch.equal(tensor, other[0][name]), name


def interrupting(
    monkeypatch: pytest.MonkeyPatch, method: str, calls: set[int], number: signal.Signals
) -> None:
    """Sends the signal in the midst of some calls of a task's method, counted from 1."""
    real, made = loop.task_of, [0]

    def task_of(*arguments: Any) -> Any:
        task = real(*arguments)
        whole = getattr(task, method)

        def called(*given: Any) -> Any:
            made[0] += 1
            if made[0] in calls:
                os.kill(os.getpid(), number)
            return whole(*given)

        monkeypatch.setattr(task, method, called)
        return task

    monkeypatch.setattr(loop, "task_of", task_of)


@pytest.mark.slow
@every_model
def test_a_run_interrupted_within_epochs_ends_as_if_it_were_not(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(model, tmp_path / "whole")
    last = tmp_path / "parts" / "last"
    assert whole[1]["step"] >= 6
    interrupting(monkeypatch, "losses", {2, 3, 5}, signal.SIGINT)
    for step in (2, 3, 5):
        with pytest.raises(
            KeyboardInterrupt, match=r"--resume goes on where it stopped, in .*part"
        ):
            run(model, tmp_path / "parts", resume=last.with_suffix(".safetensors").exists())
        facts = load_checkpoint(last)[1]
        assert facts["step"] == step
        assert facts["batch"] == step - sum(p["step"] for p in facts["history"])
    assert_same(run(model, tmp_path / "parts", resume=True), whole)


@pytest.mark.slow
def test_a_validation_is_interrupted_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("melody_lstm", tmp_path / "whole")
    interrupting(monkeypatch, "cost", {1}, signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        run("melody_lstm", tmp_path / "parts")
    assert load_checkpoint(tmp_path / "parts" / "last")[1]["history"] == []
    assert_same(run("melody_lstm", tmp_path / "parts", resume=True), whole)


@pytest.mark.slow
def test_fine_tuning_interrupted_goes_on_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("melody_lstm", tmp_path / "given")
    start = start_of("melody_lstm", str(tmp_path / "given"))
    tuning = replace(recipe_of("melody_lstm", "finetune"), epochs=2, batch=3)

    def tuned(folder: Path, **asked: Any) -> Any:
        fit("melody_lstm", tunes(), tunes(3), folder, tuning, start=start, progress=False, **asked)
        tensors, facts = load_checkpoint(folder / "last")
        return tensors, {name: fact for name, fact in facts.items() if name != "seconds"}

    whole = tuned(tmp_path / "whole")
    assert [past["epoch"] for past in whole[1]["history"]] == [0, 1, 2]
    with monkeypatch.context() as patch:
        interrupting(patch, "cost", {1}, signal.SIGINT)  # what was given is being judged
        with pytest.raises(KeyboardInterrupt):
            tuned(tmp_path / "parts")
    with monkeypatch.context() as patch:
        interrupting(patch, "losses", {2}, signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            tuned(tmp_path / "parts", resume=True)
    assert_same(tuned(tmp_path / "parts", resume=True), whole)


@pytest.mark.slow
def test_a_run_that_is_killed_keeps_its_last_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints are written as time goes by: here at every step, until the power fails."""
    whole = run("melody_lstm", tmp_path / "whole")
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "task_of", failing(3))
        with pytest.raises(OSError, match="power"):
            run("melody_lstm", tmp_path / "parts")
    facts = load_checkpoint(tmp_path / "parts" / "last")[1]
    assert (facts["epoch"], facts["batch"], facts["step"]) == (0, 2, 2)
    assert_same(run("melody_lstm", tmp_path / "parts", resume=True), whole)


def failing(at: int) -> Any:
    """`task_of`, with a loss that cannot be had at one of the steps."""
    real, made = loop.task_of, [0]

    def task_of(*arguments: Any) -> Any:
        task: Any = real(*arguments)
        whole = task.losses

        def losses(*given: Any) -> Any:
            made[0] += 1
            if made[0] == at:
                raise OSError("power")
            return whole(*given)

        task.losses = losses
        return task

    return task_of


def test_the_second_signal_is_not_waited_for() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert interrupts.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is before
