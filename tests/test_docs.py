"""What the pages in docs/ say of the code is what the code says."""

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from solfa.models.melody_lstm import Config as NoteConfig
from solfa.models.melody_vae import Config as Hybrid
from solfa.models.registry import MODELS
from solfa.runtime import WEIGHTS
from solfa.training.networks import build
from solfa.training.recipe import RECIPES, Feed, Recipe

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
FIXED = {"pitches", "ignored_features", "members"}
"""Sizes of ours that follow from the encoding, or are the default for one run."""
every_model = pytest.mark.parametrize(
    "model", [name for name, row in MODELS.items() if "report" in row.recipes]
)


def network(model: str, recipe: Recipe, symbols: int) -> nn.Module:
    """One without numbers in it, made at once."""
    with torch.device("meta"):
        return build(model, symbols=symbols, **recipe.sizes)


def rows(model: str) -> dict[str, tuple[str, str]]:
    """The cells of ``report`` and ``default`` in the model's table, by the name of the value."""
    section = PAGE.split(f"## `{model}`\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["value", "report", "source", "default"]
    return {name: (report, default) for name, report, _, default in cells[2:]}


def values(model: str, recipe: Recipe) -> dict[str, Any]:
    """All that a recipe decides, by the name of its field; a budget and a seed are the run's."""
    assert isinstance(recipe.feed, Feed)
    config: Any = network(model, recipe, 3).config
    own = {"sizes", "feed", "minutes", "steps", "seed"}
    return {
        **{f.name: getattr(recipe, f.name) for f in fields(recipe) if f.name not in own},
        **{f.name: getattr(recipe.feed, f.name) for f in fields(recipe.feed)},
        **{f.name: getattr(config, f.name) for f in fields(config) if f.name != "symbols"},
    }


def written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else f"{value:g}"


@every_model
def test_the_page_of_models_has_every_value_of_the_recipes(model: str) -> None:
    told = {
        name[1]: cells for row, cells in rows(model).items() if (name := re.match(r"`(\w+)`", row))
    }
    report, default = (values(model, RECIPES[model][name]) for name in ("report", "default"))
    expected = {name: (written(report[name]), written(default[name])) for name in report}
    assert told.keys() == expected.keys()
    assert {name: cells for name, cells in expected.items() if told[name] != cells} == {}


@pytest.mark.parametrize(("model", "Config"), [("melody_lstm", NoteConfig), ("melody_vae", Hybrid)])
def test_the_page_of_models_has_every_value_of_ours(model: str, Config: Any) -> None:
    section = PAGE.split(f"## `{model}`")[1].split("\n## ")[0]
    told = dict(re.findall(r"\| `(\w+)`[^|]*\| (\S+) \|", section))
    recipe = RECIPES[model]["default"]
    own = {"sizes", "feed", "minutes", "steps", "seed"}
    values = {f.name: getattr(recipe, f.name) for f in fields(recipe) if f.name not in own}
    sizes = {f.name: f.default for f in fields(Config) if f.default is not MISSING}
    values |= {name: value for name, value in sizes.items() if name not in FIXED}
    assert recipe.sizes == {}
    assert told == {name: written(value) for name, value in values.items()}


@every_model
def test_the_page_of_models_counts_their_weights(model: str) -> None:
    (row, counts), *others = (
        (row, cells) for row, cells in rows(model).items() if row.startswith("weights")
    )
    assert not others
    symbols = [int(number) for number in re.findall(r"\d+", row)]
    for count, V, name in zip(counts, symbols, ("report", "default"), strict=True):
        parameters = network(model, RECIPES[model][name], V).parameters()
        assert count == f"{sum(p.numel() for p in parameters):,}"


def test_weights_are_small_and_no_pickles() -> None:
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".onnx", ".json", ".txt"}  # their licence
    sizes = {path: path.stat().st_size for path in files}
    assert sum(sizes.values()) < 60e6
    assert sum(size for path, size in sizes.items() if path.parent.name == "melody_lstm") < 12e6
