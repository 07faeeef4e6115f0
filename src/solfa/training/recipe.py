"""How each model is trained: the report's own settings, and ours beside them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from solfa.choices import choose
from solfa.errors import SolfaError
from solfa.models import registry
from solfa.training.songs import Unknown
from solfa.training.windows import STEPS, transpositions

SCHEDULES = ("cosine", "constant", "tenths")
OPTIMIZERS = ("adam", "adamw")


@dataclass(frozen=True)
class Feed:
    """How windows are fed: in which ``keys``, and which of them.

    ``closing``: those that ask for delimiters after delimiters too, as the report has it.
    ``growth``: training is parted in as many stages, with windows of so many steps in each; a
    recurrent network learns short windows sooner, and reads longer ones later.
    """

    keys: str = "tonic"
    closing: bool = False
    growth: tuple[int, ...] = (STEPS,)

    def __post_init__(self) -> None:
        transpositions(self.keys)
        object.__setattr__(self, "growth", tuple(self.growth))
        if not all(1 <= steps <= STEPS for steps in self.growth) or not self.growth:
            raise SolfaError(f"windows of {self.growth} steps are outside 1..{STEPS}")

    def steps(self, progress: float) -> int:
        """Steps of a window when this share of training is over."""
        return self.growth[min(int(progress * len(self.growth)), len(self.growth) - 1)]


@dataclass(frozen=True)
class Recipe:
    """How to train: everything that the result depends on, besides the tunes.

    ``sizes`` are what the network's `Config` is to have instead of its defaults. A budget
    (``minutes``, or ``steps``: batches) scales the whole recipe, schedule included: the epochs
    share it. ``schedule``: the learning rate falls as a cosine to 0, is constant, or is a tenth
    after every 10 epochs. Raises `SolfaError` for what cannot be.
    """

    sizes: dict[str, Any] = field(default_factory=dict)
    feed: Unknown | Feed = field(default_factory=Unknown)
    epochs: int = 16
    minutes: float | None = None
    steps: int | None = None
    batch: int = 32  # tunes, or windows
    optimizer: str = "adamw"
    learning_rate: float = 2.5e-3
    schedule: str = "cosine"
    warm_up: int = 100  # steps, a tenth of all at most
    weight_decay: float = 0.05
    clip: float | None = 1.0
    patience: int | None = 4  # epochs without improvement before stopping
    seed: int = 1

    def __post_init__(self) -> None:
        sizes = {k: tuple(v) if isinstance(v, list) else v for k, v in self.sizes.items()}
        object.__setattr__(self, "sizes", sizes)  # as JSON would have it, equal all the same
        if not 1 <= self.epochs <= 100_000:
            raise SolfaError(f"epochs {self.epochs} is outside 1..100000")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise SolfaError(f"minutes {self.minutes} is not above 0; leave it out for no budget")
        if self.steps is not None and self.steps < 1:
            raise SolfaError(f"steps {self.steps} is not above 0; leave it out for no budget")
        if not 1 <= self.batch <= 100_000:
            raise SolfaError(f"batch {self.batch} is outside 1..100000")
        if not 0 < self.learning_rate < 1:
            raise SolfaError(f"learning rate {self.learning_rate} is not between 0 and 1")
        choose("schedule", self.schedule, SCHEDULES)
        choose("optimizer", self.optimizer, OPTIMIZERS)
        if not 0 <= self.seed < 2**32:
            raise SolfaError(f"seed {self.seed} is outside 0..{2**32 - 1}")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recipe:
        """The recipe that a checkpoint carries."""
        feed = data["feed"]
        return cls(**{**data, "feed": (Feed if "keys" in feed else Unknown)(**feed)})

    def budgeted(self, budget: str) -> Recipe:
        """The recipe within a budget: ``"20m"`` (minutes), ``"1.5h"``, or ``"5000"`` (steps).

        At most ten epochs share it, so that validation does not eat it up. Raises `SolfaError`
        for another text.
        """
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(m|min|h|)\s*", budget)
        if not match or (not match[2] and "." in match[1]):
            raise SolfaError(f"cannot read budget {budget!r}; write '5000' (steps), '20m' or '2h'")
        epochs = min(self.epochs, 10)
        if not match[2]:
            return replace(self, epochs=epochs, steps=int(match[1]))
        return replace(
            self, epochs=epochs, minutes=float(match[1]) * (60 if match[2] == "h" else 1)
        )

    def sized(self, values: Sequence[str]) -> Recipe:
        """The recipe with some of the network's sizes set, each written ``beta=0.2``.

        Raises `SolfaError` for what cannot be read; what the network does not have is refused when
        it is built.
        """
        return replace(self, sizes={**self.sizes, **read_sizes(values)})

    def rate(self, progress: float, step: int, total: int) -> float:
        """The learning rate of a step, at this share of training, of ``total`` steps about."""
        warm = min(1.0, (step + 1) / min(self.warm_up, total / 10)) if self.warm_up else 1.0
        fall = {
            "cosine": 0.5 * (1 + math.cos(math.pi * progress)),
            "constant": 1.0,
            "tenths": 0.1 ** (int(progress * self.epochs) // 10),
        }[self.schedule]
        return self.learning_rate * warm * fall


def read_sizes(values: Sequence[str]) -> dict[str, Any]:
    """Sizes of a network by name, each written ``beta=0.2``; `SolfaError` for another text."""
    sizes: dict[str, Any] = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise SolfaError(f"cannot read {text!r}; write one like beta=0.2")
        try:
            sizes[name.strip()] = json.loads(value)
        except ValueError:
            sizes[name.strip()] = value.strip()  # a word, as in loss=squared_error
    return sizes


def _report(feed: Feed, **values: Any) -> Recipe:
    """What the report's four recipes have in common: plain Adam, every window, every epoch."""
    return Recipe(
        feed=feed,
        optimizer="adam",
        warm_up=0,
        weight_decay=0.0,
        clip=None,
        patience=None,
        **{"schedule": "constant", **values},
    )


_ALL_KEYS = Feed("24", closing=True)
_FINETUNE = Recipe(epochs=12, batch=8, learning_rate=3e-4, warm_up=20, patience=3)
_FINETUNE_WINDOWS = replace(
    _FINETUNE, feed=Feed(), epochs=4, batch=64, learning_rate=2e-4, weight_decay=0.01, patience=1
)

RECIPES: Mapping[str, Mapping[str, Recipe]] = {
    "melody_lstm": {"default": Recipe(epochs=14), "finetune": _FINETUNE},
    "melody_vae": {
        "default": Recipe(
            feed=Unknown(phrases=0.7), epochs=8, batch=16, learning_rate=2e-3, patience=None
        ),
    },
    "gru_attention": {
        "report": _report(_ALL_KEYS, epochs=8, batch=100, learning_rate=5e-4),
        "default": Recipe(
            sizes={"dropout": 0.1, "dense_dropout": 0.1},
            feed=Feed(growth=(16, 32, 64)),
            epochs=6,
            batch=64,
            learning_rate=2e-3,
            weight_decay=0.01,
        ),
        "finetune": _FINETUNE_WINDOWS,
    },
    "vae": {
        "report": _report(_ALL_KEYS, epochs=10, batch=32, learning_rate=5e-3, schedule="tenths"),
        "default": Recipe(
            sizes={
                "dropout": 0.0,
                "unknown": 0.5,
                "categorical": True,
                "beta": 0.05,
                "annealed": 0.3,
            },
            feed=Feed(),
            epochs=20,
            batch=128,
            learning_rate=2e-3,
            weight_decay=0.01,
        ),
        "finetune": _FINETUNE_WINDOWS,
    },
    "lstm_attention": {
        "report": _report(_ALL_KEYS, epochs=20, batch=100, learning_rate=1e-4),
        "default": Recipe(
            sizes={"dropout": 0.0, "gain": 2.0},
            feed=Feed(growth=(8, 16, 16, 32, 64)),
            epochs=5,
            batch=64,
            learning_rate=1e-3,
            weight_decay=0.01,
        ),
        "finetune": _FINETUNE_WINDOWS,
    },
    "stacked_bilstm": {
        "report": _report(Feed("1", closing=True), epochs=100, batch=64, learning_rate=5e-4),
        "default": Recipe(
            sizes={"dropout": 0.1, "gain": 2.0},
            feed=Feed(growth=(16, 32, 64)),
            epochs=6,
            batch=64,
            learning_rate=2e-3,
            weight_decay=0.01,
        ),
        "finetune": _FINETUNE_WINDOWS,
    },
}
"""The recipes of each model by name; docs/models.md has the sources of the report's values."""


def recipe_of(model: str, name: str = "default") -> Recipe:
    """A recipe by model and name, or from a file; `SolfaError` for one that is not there.

    A file (``.json``) holds ``model`` and ``recipe``: a sweep's best, or a checkpoint's facts.
    """
    model = registry.trained_row(model).name
    if name.endswith(".json"):
        return _read(Path(name), model)
    return RECIPES[model][choose(f"recipe of {model}", name, RECIPES[model])]


def _read(path: Path, model: str) -> Recipe:
    try:
        facts = json.loads(path.read_bytes())
        theirs, recipe = facts["model"], Recipe.from_json(facts["recipe"])
    except OSError as error:
        raise SolfaError(f"cannot read recipe {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SolfaError(f"{path} is not a recipe; a sweep writes one as recipe.json") from error
    if theirs != model:
        raise SolfaError(f"{path} is a recipe of {theirs}, not of {model}")
    return recipe
