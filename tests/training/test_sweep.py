"""Sweeps: what is tried, what stands after an interruption, what a person gets to see."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState
from typer.testing import CliRunner

from solfa import cli, corpora
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Meter, Note
from solfa.training import findings, loop, sweep
from solfa.training.loop import Result, fit
from solfa.training.recipe import RECIPES, Recipe, recipe_of

torch.set_num_threads(1)  # these networks are small: more threads only wait for each other

every_model = pytest.mark.parametrize("model", list(sweep.SPACES))
Tell = Callable[[str], None]


def tunes(count: int = 8) -> list[Melody]:
    """Self-made songs: scales up and down."""
    return [
        Melody(
            tuple(Note(67 + abs(step - 4), Fraction(1, 2)) for step in range(8 + size)),
            Key("G"),
            Meter(2, 4),
        )
        for size in range(count)
    ]


def search(folder: Path, trials: int, tell: Tell = lambda line: None, **asked: Any) -> optuna.Study:
    """A sweep of the smallest trainings."""
    asked = {"model": "vae", "budget": "4", "seed": 3, **asked}
    return sweep.sweep(
        asked.pop("model"), tunes(), tunes(2), folder, trials=trials, tell=tell, **asked
    )


def tried(study: optuna.Study) -> list[tuple[TrialState, dict[str, Any], float | None]]:
    return [
        (trial.state, trial.params, trial.value)
        for trial in study.trials
        if trial.state != TrialState.FAIL
    ]


@pytest.fixture(autouse=True, scope="module")
def miniature() -> Iterator[None]:
    """Four epochs a trial, and no curves drawn."""
    with pytest.MonkeyPatch.context() as patch:
        brief = replace(recipe_of("vae"), epochs=4)
        patch.setitem(RECIPES, "vae", {**RECIPES["vae"], "default": brief})  # type: ignore[index]
        patch.setattr(loop, "draw", lambda model, history: b"curves")
        yield


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Recipe, int], float]], None]:
    """Puts figures in the place of training, bits a note by recipe and epoch; draws nothing."""

    def put(figures: Callable[[Recipe, int], float]) -> None:
        def trained(
            model: str, tunes: Any, valid: Any, folder: Path, recipe: Recipe, **asked: Any
        ) -> Result:
            folder.mkdir(parents=True)
            for name in ("best", "last"):
                (folder / f"{name}.safetensors").write_bytes(b"weights")
            (folder / "curves.png").write_bytes(b"curves")
            for epoch in range(1, recipe.epochs + 1):
                past = {"valid/bits_per_note": figures(recipe, epoch), "epoch": epoch}
                asked["watch"](past)
            return Result(folder / "best.safetensors", figures(recipe, recipe.epochs), epoch)

        monkeypatch.setattr(sweep, "fit", trained)
        monkeypatch.setattr(findings, "draw", lambda study: b"picture")

    return put


def sloped(recipe: Recipe, epoch: int) -> float:
    """Better with every epoch, and the more weights decay the worse."""
    return 3 + recipe.weight_decay - 0.01 * epoch


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, optuna.Study]:
    """Three real trials at a stretch."""
    folder = tmp_path_factory.mktemp("swept")
    return folder, search(folder, 3)


@every_model
def test_the_first_trial_is_the_default_recipe(model: str) -> None:
    recipe = RECIPES[model]["default"]
    values = sweep.standing(model, recipe)
    config = import_module(f"solfa.models.{model}").Config
    sizes = {field.name: field.default for field in fields(config)} | recipe.sizes
    changed = sweep.changed(recipe, values)
    assert {**sizes, **changed.sizes} == sizes
    assert changed == replace(recipe, sizes=changed.sizes)
    for name, distribution in sweep.SPACES[model].items():
        assert distribution._contains(distribution.to_internal_repr(values[name])), name


@every_model
def test_every_value_of_a_space_has_its_place(model: str) -> None:
    recipe = RECIPES[model]["default"]
    config = import_module(f"solfa.models.{model}").Config
    for name, distribution in sweep.SPACES[model].items():
        edges = (
            distribution.choices
            if isinstance(distribution, CategoricalDistribution)
            else (distribution.low, distribution.high)
        )
        made = {repr(sweep.changed(recipe, {name: edge})) for edge in edges}
        assert len(made) == len(edges)
        sizes = sweep.changed(recipe, {name: edges[0]}).sizes
        assert set(sizes) <= {field.name for field in fields(config)}


@pytest.mark.parametrize("heads", [2, 4, 8])
def test_filters_part_into_heads(heads: int) -> None:
    filters = sweep.SPACES["lstm_attention"]["filters"]
    assert filters.low % heads == 0
    assert filters.step % heads == 0


@pytest.mark.slow
def test_a_sweep_goes_on_as_if_never_interrupted(
    swept: tuple[Path, optuna.Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = swept
    monkeypatch.setattr(findings, "draw", lambda study: b"picture")
    assert len(tried(search(tmp_path, 1))) == 1

    def interrupted(*asked: Any, **named: Any) -> Result:
        fit(*asked, **named, stop_after=1)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path, 3)
    assert not (tmp_path / "trial-1").exists()
    lines: list[str] = []
    study = search(tmp_path, 3, lines.append)
    assert tried(study) == tried(whole)
    assert [trial.state for trial in study.trials].count(TrialState.FAIL) == 1
    assert len({json.dumps(params) for _, params, _ in tried(study)}) == 3
    assert len(lines) == 2
    assert lines[0].startswith("trial 2: ")
    assert search(tmp_path, 2, lines.append).trials[-1].number == 3
    assert len(lines) == 2


@pytest.mark.slow
def test_only_the_best_trial_keeps_weights(swept: tuple[Path, optuna.Study]) -> None:
    folder, study = swept
    best = study.best_trial.number
    assert [*folder.rglob("*.safetensors")] == [folder / f"trial-{best}" / "best.safetensors"]
    assert len([*folder.glob("trial-*/curves.png")]) == 3


@pytest.mark.slow
def test_what_was_found_can_be_seen_and_trained(swept: tuple[Path, optuna.Study]) -> None:
    folder, study = swept
    assert study.trials[0].params == sweep.standing("vae", recipe_of("vae"))
    header, rows = findings.rows(study)
    assert set(header[4:]) == {name.replace("_", " ") for name in sweep.SPACES["vae"]}
    assert [row[0] for row in rows] == [
        str(trial.number) for trial in sorted(study.trials, key=lambda trial: trial.value or 0)
    ]
    page = (folder / "table.md").read_text()
    assert page.startswith("# Sweep of vae\n")
    for row in [header, *rows]:
        assert "| " + " | ".join(row) + " |" in page
    assert "What sets the best quarter apart" in page
    assert (folder / "importance.png").read_bytes().startswith(b"\x89PNG")
    recipe = recipe_of("vae", str(folder / "recipe.json"))
    default = recipe_of("vae")
    assert (recipe.steps, recipe.minutes, recipe.epochs) == (None, None, default.epochs)
    asked = sweep.changed(replace(default, seed=3), study.best_params)
    assert recipe == asked
    with pytest.raises(SolfaError, match="is a recipe of vae, not of melody_lstm"):
        recipe_of("melody_lstm", str(folder / "recipe.json"))


def test_a_crash_costs_one_trial_and_its_values_are_not_tried_again(
    tmp_path: Path, pretend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(sloped)
    search(tmp_path, 2)
    with sqlite3.connect(tmp_path / "trials.db") as storage:  # as if killed during trial 1
        storage.execute("update trials set state = 'RUNNING' where number = 1")
    study = search(tmp_path, 2)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]
    assert study.trials[1].params != study.trials[2].params
    assert sorted(path.name for path in tmp_path.glob("trial-*")) == ["trial-0", "trial-2"]


def test_a_trial_that_breaks_ends_the_sweep_and_is_not_counted(
    tmp_path: Path, pretend: Any
) -> None:
    def broken(recipe: Recipe, epoch: int) -> float:
        raise RuntimeError("out of memory")

    pretend(broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        search(tmp_path, 2)
    pretend(sloped)
    study = search(tmp_path, 2)
    assert len(tried(study)) == 2
    assert study.trials[0].state == TrialState.FAIL


@pytest.mark.slow
def test_a_bad_trial_is_pruned_and_a_diverging_one_too(tmp_path: Path, pretend: Any) -> None:
    kinds = ["good"] * 4 + ["bad", "diverging", "good"]
    begun: list[str] = []

    def figures(recipe: Recipe, epoch: int) -> float:
        if epoch == 1:
            begun.append(kinds[len(begun)])
        good = 3 + 0.1 * len(begun) - 0.01 * epoch
        return {"good": good, "bad": 9.0, "diverging": float("nan")}[begun[-1]]

    pretend(figures)
    lines: list[str] = []
    study = search(tmp_path, 6, lines.append)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE] * 4 + [TrialState.PRUNED] * 2
    assert study.trials[4].last_step == 1
    assert "trial 4: 9.000 bits a note, pruned at 1" in lines[4]
    assert "trial 5: none bits a note, diverged" in lines[5]
    rows = findings.rows(study)[1]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4", "5"]
    assert [row[2] for row in rows[-2:]] == ["pruned at 1", "diverged"]


@pytest.mark.slow
def test_a_real_training_is_pruned_cleanly(
    tmp_path: Path, pretend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(lambda recipe, epoch: 0.5)  # better than any training
    search(tmp_path, 4)
    monkeypatch.setattr(sweep, "fit", fit)
    study = search(tmp_path, 5)
    assert study.trials[4].state == TrialState.PRUNED
    assert study.trials[4].last_step == 1
    assert (tmp_path / "trial-4" / "curves.png").exists()
    assert not [*(tmp_path / "trial-4").glob("*.safetensors")]


@pytest.mark.slow
def test_what_mattered_is_what_made_the_difference(
    tmp_path: Path, pretend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {
        name: FloatDistribution(1e-4, 0.3, log=True) for name in ("weight_decay", "learning_rate")
    }
    monkeypatch.setitem(sweep.SPACES, "vae", space)  # type: ignore[index]
    pretend(sloped)
    study = search(tmp_path, 20)
    shares = findings.importance(study)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["weight_decay"] > 0.6
    assert study.best_params["weight_decay"] < recipe_of("vae").weight_decay


@pytest.mark.slow
def test_one_trial_or_equal_trials_are_shown_all_the_same(tmp_path: Path, pretend: Any) -> None:
    drawn = findings.draw
    pretend(lambda recipe, epoch: 3.0)
    study = search(tmp_path, 1)
    assert "when two trials have gone to their end" in (tmp_path / "table.md").read_text()
    assert drawn(study).startswith(b"\x89PNG")
    assert drawn(search(tmp_path, 3)).startswith(b"\x89PNG")
    assert "3 trials" in (tmp_path / "table.md").read_text()


def test_only_diverging_trials_leave_no_recipe(tmp_path: Path, pretend: Any) -> None:
    pretend(lambda recipe, epoch: float("nan"))
    study = search(tmp_path, 2)
    assert findings.best(study) is None
    assert not (tmp_path / "recipe.json").exists()
    assert (tmp_path / "table.md").read_text().count("diverged") == 2


def test_wrong_input_is_one_line(tmp_path: Path, pretend: Any) -> None:
    pretend(sloped)
    with pytest.raises(SolfaError, match="trials 0 is not above 0"):
        search(tmp_path / "a", 0)
    with pytest.raises(SolfaError, match="'gru' cannot be trained; choose from melody_lstm"):
        search(tmp_path / "a", 1, model="gru")
    with pytest.raises(SolfaError, match="cannot read budget 'soon'"):
        search(tmp_path / "a", 1, budget="soon")
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("X:1")
    with pytest.raises(SolfaError, match=r"cannot write to .*file; choose another"):
        search(tmp_path / "file", 1)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "trials.db").write_text("neither a database nor a sweep" * 99)
    with pytest.raises(SolfaError, match=r"trials\.db is not the file of a sweep"):
        search(tmp_path / "b", 1)
    (tmp_path / "c" / "trial-0").mkdir(parents=True)
    with pytest.raises(SolfaError, match=r"holds trials but no trials\.db"):
        search(tmp_path / "c", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"model": "stacked_bilstm"}, "a sweep with model vae, not stacked_bilstm"),
        ({"budget": "5"}, "a sweep with budget 4, not 5"),
        ({"seed": 4}, "a sweep with seed 3, not 4"),
        ({"data": {"train": ["irish"]}}, r"a sweep with data .*songs.*, not .*irish"),
    ],
)
def test_a_folder_holds_one_sweep(
    other: dict[str, Any], why: str, tmp_path: Path, pretend: Any
) -> None:
    pretend(sloped)
    search(tmp_path, 1)
    with pytest.raises(SolfaError, match=why):
        search(tmp_path, 2, **other)


def test_two_processes_do_not_sweep_in_one_folder(tmp_path: Path, pretend: Any) -> None:
    pretend(sloped)
    lock = sqlite3.connect(tmp_path / ".lock")
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SolfaError, match="another process sweeps in"):
        search(tmp_path, 1)
    lock.close()
    odd = tmp_path / "what? 100% #1"
    assert len(tried(search(odd, 1))) == 1
    assert (odd / "trials.db").exists()


def test_the_command(tmp_path: Path, pretend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(sloped)

    class Few:
        def split(self, part: str) -> Any:
            return type("Part", (), {"tunes": tunes(4)})

    monkeypatch.setattr(corpora, "load", lambda *names: Few())

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli.app, ["sweep", *arguments, "--out", str(tmp_path / "s")])

    done = run("vae", "--trials", "2", "--budget", "4", "--corpus", "german")
    assert done.exit_code == 0, done.output
    assert done.output.count("bits a note, complete") == 2
    flat = done.output.replace("\n", "")
    assert f"solfa train vae --corpus german --recipe {tmp_path}/s/recipe.json" in flat
    refused = run("vae", "--trials", "3", "--budget", "5")
    assert refused.exit_code == 1
    assert "holds a sweep with budget 4, not 5" in refused.output
    assert run("gru").output.startswith("solfa: 'gru' cannot be trained")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot read recipe"),
        ("{", "is not a recipe"),
        ('{"model": "vae"}', "is not a recipe"),
        ('{"model": "vae", "recipe": {"feed": {}, "bath": 3}}', "is not a recipe"),
        ('{"model": "vae", "recipe": {"feed": {}, "batch": 0}}', "batch 0 is outside"),
    ],
)
def test_a_file_that_is_no_recipe(text: str | None, why: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SolfaError, match=why):
        recipe_of("vae", str(path))
