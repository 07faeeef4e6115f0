"""The search for better hyper-parameters: trials by Optuna, judged by validation bits per note.

Each trial is a run of its own within the same budget, by the default recipe with some values
changed; trial 0 changes none. After every epoch a trial that is behind the others at that epoch
is pruned. What was tried stands in one SQLite file, so that a sweep goes on where it was left.
"""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from solfa.errors import SolfaError
from solfa.files import write_atomically
from solfa.melody import Melody
from solfa.training import findings
from solfa.training.loop import fit
from solfa.training.networks import config_class
from solfa.training.recipe import Feed, Recipe, recipe_of

STARTUP = 5
"""Trials at random (the default recipe among them) before the search learns from them."""
JUDGES = 4
"""Finished trials that there must be before one is pruned."""

Space = Mapping[str, BaseDistribution]


def _optimizing(slowest: float, fastest: float, batches: Sequence[int]) -> Space:
    """What is searched for every model: bounds of the learning rate, and sizes of a batch."""
    return {
        "learning_rate": FloatDistribution(slowest, fastest, log=True),
        "weight_decay": FloatDistribution(1e-4, 0.3, log=True),
        "batch": CategoricalDistribution(batches),
        "dropout": FloatDistribution(0.0, 0.5),
    }


_KEYS = CategoricalDistribution(["tonic", "12", "24"])

SPACES: Mapping[str, Space] = {
    "melody_lstm": {
        **_optimizing(5e-4, 1e-2, (16, 32, 64)),
        "width": IntDistribution(128, 512, step=128),
        "layers": IntDistribution(1, 3),
    },
    "melody_vae": {
        **_optimizing(5e-4, 1e-2, (16, 32)),
        "beta": FloatDistribution(0.02, 1.0, log=True),
        "annealed": FloatDistribution(0.0, 0.8),
        "hidden": FloatDistribution(0.2, 1.0),
        "unknown": FloatDistribution(0.1, 0.9),
        "latent": IntDistribution(16, 96, step=16),
    },
    "gru_attention": {
        **_optimizing(3e-4, 1e-2, (32, 64, 128)),
        "dense_dropout": FloatDistribution(0.0, 0.6),
        "width": IntDistribution(64, 192, step=64),
        "layers": IntDistribution(1, 4),
        "keys": _KEYS,
    },
    "vae": {
        **_optimizing(3e-4, 1e-2, (32, 64, 128, 256)),
        "beta": FloatDistribution(0.01, 1.0, log=True),
        "annealed": FloatDistribution(0.0, 0.8),
        "unknown": FloatDistribution(0.1, 0.9),
        "hidden": IntDistribution(128, 1024, step=128),
        "latent": IntDistribution(8, 64),
        "keys": _KEYS,
    },
    "lstm_attention": {
        **_optimizing(1e-4, 5e-3, (32, 64, 128)),
        "width": IntDistribution(64, 256, step=64),
        "layers": IntDistribution(1, 8),
        "filters": IntDistribution(64, 256, step=64),
        "heads": CategoricalDistribution([2, 4, 8]),
        "keys": _KEYS,
    },
    "stacked_bilstm": {
        **_optimizing(3e-4, 1e-2, (32, 64, 128)),
        "widths": IntDistribution(64, 384, step=64),
        "keys": _KEYS,
    },
}
"""What may be changed in each model's recipe: fields of `Recipe`, ``keys``, sizes of the network.

Bounds hold the default recipe of every model and, but for dropout, the report's.
"""

_FIELDS = {field.name for field in fields(Recipe)}


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with the values of a trial, each put where it belongs."""
    feed, sizes = recipe.feed, dict(recipe.sizes)
    for name, value in values.items():
        if name == "keys":
            assert isinstance(feed, Feed)
            feed = replace(feed, keys=value)
        elif name not in _FIELDS:
            sizes[name] = (value, value) if name == "widths" else value  # of layers that are alike
    ours = {name: value for name, value in values.items() if name in _FIELDS}
    return replace(recipe, feed=feed, sizes=sizes, **ours)


def standing(model: str, recipe: Recipe) -> dict[str, Any]:
    """The values that a recipe has already: `changed` by them, the network stays as it is."""
    config = config_class(model)
    values: dict[str, Any] = {}
    for name in SPACES[model]:
        if name == "keys":
            assert isinstance(recipe.feed, Feed)
            values[name] = recipe.feed.keys
        elif name in _FIELDS:
            values[name] = getattr(recipe, name)
        else:
            value = recipe.sizes.get(name, getattr(config, name))
            values[name] = value[0] if isinstance(value, tuple) else value
    return values


def sweep(
    model: str,
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    folder: Path,
    *,
    trials: int = 20,
    budget: str = "500",
    seed: int = 1,
    data: dict[str, Any] | None = None,
    tell: Callable[[str], None] = print,
) -> optuna.Study:
    """Searches until so many ``trials`` are done, those of earlier calls on ``folder`` included.

    Every trial has the same ``budget`` (steps or minutes) and the same ``seed``, which also draws
    the values to try: within a budget of steps, an interrupted sweep ends as if never interrupted.
    ``table.md``, ``importance.png`` and ``recipe.json`` (the best) are written after each trial;
    only the best trial keeps its weights. Raises `SolfaError` for what cannot be searched, or if
    the folder holds another sweep.
    """
    if trials < 1:
        raise SolfaError(f"trials {trials} is not above 0")
    whole = replace(recipe_of(model), seed=seed)
    recipe = whole.budgeted(budget)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with _alone(folder):
        study = _study(folder, _facts(model, recipe, budget, data or {"songs": len(tunes)}))
        _settle(folder, study, whole)
        while (done := len(findings.ranked(study))) < trials:
            trial = _ask(study, model, recipe, done)
            _run(trial, model, tunes, valid, folder, changed(recipe, trial.params), data)
            _settle(folder, study, whole)
            tell(findings.sentence(study, trial.number))
    return study


def _run(
    trial: optuna.Trial,
    model: str,
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    folder: Path,
    recipe: Recipe,
    data: dict[str, Any] | None,
) -> None:
    """Trains one trial to its end, or until it is pruned, and records its value in the study."""

    def watch(past: dict[str, Any]) -> None:
        bits = past["valid/bits_per_note"]
        if not math.isfinite(bits):
            raise optuna.TrialPruned
        trial.report(bits, past["epoch"])
        if past["epoch"] < recipe.epochs and trial.should_prune():
            raise optuna.TrialPruned

    study, run = trial.study, folder / f"trial-{trial.number}"
    try:
        result = fit(model, tunes, valid, run, recipe, data=data, progress=False, watch=watch)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except BaseException as error:
        blameless = isinstance(error, KeyboardInterrupt | SolfaError)
        trial.set_user_attr("interrupted", blameless)
        study.tell(trial, state=TrialState.FAIL)
        shutil.rmtree(run, ignore_errors=True)
        raise
    else:
        study.tell(trial, result.bits_per_note)


def _ask(study: optuna.Study, model: str, recipe: Recipe, done: int) -> optuna.Trial:
    """The next trial; what it tries depends on the seed and on what is known, on nothing else.

    After an interruption the same is tried again; after a crash, which the values themselves may
    have caused, something else.
    """
    crashed = sum(
        trial.state == TrialState.FAIL and not trial.user_attrs.get("interrupted")
        for trial in study.get_trials(deepcopy=False)
    )
    state = np.random.SeedSequence([recipe.seed, done, crashed]).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP, seed=int(state[0]))
    study.pruner = optuna.pruners.MedianPruner(JUDGES, n_warmup_steps=max(recipe.epochs // 3, 1))
    if done + crashed == 0:
        study.enqueue_trial(standing(model, recipe), skip_if_exists=False)
    return study.ask(dict(SPACES[model]))


def _facts(model: str, recipe: Recipe, budget: str, data: dict[str, Any]) -> dict[str, Any]:
    """What a sweep is of: values can be compared only where all of this is equal."""
    space = {name: repr(distribution) for name, distribution in SPACES[model].items()}
    search = json.dumps([asdict(recipe), space])
    return {
        "model": model,
        "data": data,
        "budget": budget,
        "seed": recipe.seed,
        "search space": sha256(search.encode()).hexdigest()[:8],
    }


def _study(folder: Path, facts: dict[str, Any]) -> optuna.Study:
    """The folder's study, begun if there is none; a trial that a crash left running has failed."""
    path = folder / "trials.db"
    if not path.exists() and any(folder.glob("trial-*")):
        raise SolfaError(f"{folder} holds trials but no trials.db; choose another folder")
    try:
        storage = optuna.storages.RDBStorage(
            "sqlite://",  # a path may hold what would mean something else in an address
            engine_kwargs={"creator": lambda: sqlite3.connect(path)},
        )
        study = optuna.create_study(storage=storage, study_name="sweep", load_if_exists=True)
    except SQLAlchemyError as error:
        raise SolfaError(f"{path} is not the file of a sweep; choose another folder") from error
    if not findings.ranked(study):
        for name, value in facts.items():
            study.set_user_attr(name, value)
    for name, ours in facts.items():
        theirs = study.user_attrs.get(name)
        if theirs != ours:
            raise SolfaError(
                f"{folder} holds a sweep with {name} {theirs}, not {ours}; choose another folder"
            )
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other processes from the folder; the lock ends with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / ".lock", timeout=0)
    except (OSError, sqlite3.OperationalError) as error:
        raise SolfaError(f"cannot write to {folder}; choose another folder") from error
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise SolfaError(
                f"another process sweeps in {folder}; wait for it, or choose another folder"
            ) from error
        yield


def _settle(folder: Path, study: optuna.Study, whole: Recipe) -> None:
    """Writes what is known; keeps the curves of trials that count, the weights of the best alone.

    The best recipe is written without the budget of a trial.
    """
    if not findings.ranked(study):
        return
    best = findings.best(study)
    if best:
        facts = {"model": study.user_attrs["model"], "recipe": asdict(changed(whole, best.params))}
        text = json.dumps(facts, indent=1)
        write_atomically(folder / "recipe.json", (text + "\n").encode())
    write_atomically(folder / "table.md", findings.page(study).encode())
    write_atomically(folder / "importance.png", findings.draw(study))
    for trial in study.get_trials(deepcopy=False):
        run = folder / f"trial-{trial.number}"
        if trial.state == TrialState.FAIL:
            shutil.rmtree(run, ignore_errors=True)
        for weights in run.glob("*.safetensors"):
            if weights.stem != "best" or not best or trial.number != best.number:
                weights.unlink()
