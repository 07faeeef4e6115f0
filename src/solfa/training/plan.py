"""What a run is to be, decided before any tune is read, and read back from the run to resume it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from solfa.choices import choose
from solfa.composing.request.parsing import text, whole
from solfa.corpora import REPERTOIRES
from solfa.errors import SolfaError, shown
from solfa.formats.read_options import ReadOptions
from solfa.models import registry
from solfa.training.checkpoint import load_facts
from solfa.training.loop import check_folder
from solfa.training.recipe import Feed, Recipe, recipe_of


@dataclass(frozen=True)
class Asked:
    """What a person chose of a run, None where it was left open; see `solfa.training.train`."""

    corpora: tuple[str, ...] | None = None
    valid: str | None = None
    split: str | None = None
    recipe: str | None = None
    start: str | None = None
    keys: str | None = None
    sizes: Mapping[str, Any] = field(default_factory=dict)
    budget: str | None = None
    epochs: int | None = None
    seed: int | None = None
    reading: ReadOptions | None = None

    def __post_init__(self) -> None:
        """Raises `SolfaError` for what is not even of the right kind."""
        set_ = object.__setattr__
        for name in ("recipe", "keys", "budget"):
            if isinstance(value := getattr(self, name), int) and name != "recipe":
                set_(self, name, str(value))
            elif value is not None:
                text(name)(value)
        if self.split is not None:
            set_(self, "split", choose("split", self.split, ("family", "random")))
        for name in ("epochs", "seed"):
            if (value := getattr(self, name)) is not None:
                set_(self, name, whole(name)(value))
        if not isinstance(self.sizes, Mapping) or not all(isinstance(s, str) for s in self.sizes):
            sizes = shown(self.sizes)
            raise SolfaError(f"sizes {sizes} are none by name; write {{'dropout': 0.2}}")


@dataclass(frozen=True)
class Plan:
    """A run: its recipe, its tunes, its start.

    ``names`` are the corpora as they were asked for; ``corpora`` and ``valid`` are repertoires or
    absolute folders, as ``start`` is ``bundled`` or one. ``recipe_name`` is that of a recipe of the
    model, or an absolute path.
    """

    model: str
    names: tuple[str, ...]
    corpora: tuple[str, ...]
    valid: str
    split: str
    recipe_name: str
    recipe: Recipe
    start: str | None
    reading: ReadOptions = ReadOptions()

    @classmethod
    def of(cls, model: str, asked: Asked) -> Plan:
        """What a new run is to be; `SolfaError` for choices that cannot be."""
        name = asked.recipe or ("finetune" if asked.start else "default")
        recipe = recipe_of(model, name)
        recipe = replace(
            recipe,
            seed=1 if asked.seed is None else asked.seed,
            sizes={**recipe.sizes, **asked.sizes},
        )
        if asked.budget is not None:
            recipe = recipe.budgeted(asked.budget)
        if asked.epochs is not None:
            recipe = replace(recipe, epochs=asked.epochs)
        if asked.keys is not None:
            if not isinstance(recipe.feed, Feed):
                raise SolfaError(f"{model} hears every tune from its tonic; leave keys out")
            if asked.start:
                raise SolfaError("the given model has its keys; leave keys out")
            recipe = replace(recipe, feed=replace(recipe.feed, keys=asked.keys))
        if asked.start and not asked.corpora:
            raise SolfaError("name the tunes to fine-tune on: --corpus, a folder or a repertoire")
        names = asked.corpora or registry.trained_row(model).corpora or tuple(REPERTOIRES)
        return cls(
            model,
            names,
            tuple(map(_corpus, names)),
            _corpus(asked.valid or names[0]),
            asked.split or "family",
            _recipe(name),
            recipe,
            _start(asked.start),
            asked.reading or ReadOptions(),
        )

    @classmethod
    def of_run(cls, folder: Path, model: str, asked: Asked) -> Plan:
        """The plan of the run in ``folder``, read from its last checkpoint.

        Raises `SolfaError` if there is no run, if it is one of another model, or if what is
        ``asked`` contradicts it.
        """
        check_folder(folder, resume=True)
        facts = load_facts(folder / "last")
        if facts["model"] != model:
            raise SolfaError(
                f"{folder} was begun on {facts['model']}, not {model}; choose another folder"
            )
        known = facts.get("asked")
        if known is None:
            raise SolfaError(f"{folder} does not say on which corpora it was begun; train anew")
        plan = cls(
            model,
            tuple(facts["data"]["train"]),
            tuple(known["corpora"]),
            known["valid"],
            known["split"],
            known["recipe"],
            Recipe.from_json(facts["recipe"]),
            known["start"],
            ReadOptions.of(**known.get("reading", {})),
        )
        for name, theirs, ours in plan._compared(asked):
            if theirs != ours:
                raise SolfaError(
                    f"{folder} was begun with {name} {_shown(theirs)}, not {_shown(ours)};"
                    " leave it out, or choose another folder"
                )
        return plan

    def to_json(self) -> dict[str, Any]:
        """What `of_run` needs besides the model, the recipe and the facts of the tunes."""
        return {
            "corpora": list(self.corpora),
            "valid": self.valid,
            "split": self.split,
            "recipe": self.recipe_name,
            "start": self.start,
            "reading": self.reading.to_json(),
        }

    def _compared(self, asked: Asked) -> list[tuple[str, Any, Any]]:
        """Each choice that is made again: its name, what the run has, what is asked."""
        recipe = self.recipe
        found: list[tuple[str, Any, Any]] = []
        if asked.corpora is not None:
            found.append(("corpora", self.corpora, tuple(map(_corpus, asked.corpora))))
        if asked.valid is not None:
            found.append(("valid", self.valid, _corpus(asked.valid)))
        if asked.split is not None:
            found.append(("split", self.split, asked.split))
        if asked.recipe is not None:
            found.append(("recipe", self.recipe_name, _recipe(asked.recipe)))
        if asked.start is not None:
            found.append(("start", self.start, _start(asked.start)))
        if asked.reading not in (None, ReadOptions()):
            found.append(("reading", self.reading, asked.reading))
        if asked.keys is not None:
            found.append(("keys", getattr(recipe.feed, "keys", None), asked.keys))
        for name, size in Recipe(sizes=dict(asked.sizes)).sizes.items():
            found.append((name, recipe.sizes.get(name), size))
        if asked.budget is not None:
            budget = Recipe().budgeted(asked.budget)
            found.append(("minutes", recipe.minutes, budget.minutes))
            found.append(("steps", recipe.steps, budget.steps))
        if asked.epochs is not None:
            found.append(("epochs", recipe.epochs, asked.epochs))
        if asked.seed is not None:
            found.append(("seed", recipe.seed, asked.seed))
        return found


def run_folder(model: str, asked: Asked, out: str | os.PathLike[str] | None) -> Path:
    """Where a run lies if no place is chosen: ``runs/MODEL``, fine-tuned ``runs/MODEL-CORPUS``."""
    if out is not None:
        return Path(out)
    if asked.start and asked.corpora:
        return Path("runs") / f"{model}-{Path(asked.corpora[0]).resolve().name}"
    return Path("runs") / model


def _corpus(name: str) -> str:
    return name if name in REPERTOIRES else str(Path(name).resolve())


def _recipe(name: str) -> str:
    return str(Path(name).resolve()) if name.endswith(".json") else name


def _start(source: str | None) -> str | None:
    return source if source in (None, "bundled") else str(Path(source).resolve())


def _shown(value: Any) -> str:
    if isinstance(value, ReadOptions):
        return str(value.to_json())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
