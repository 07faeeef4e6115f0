"""What the pages in docs/ say of the code is what the code says."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from solfa.training.recipe import RECIPES, Feed, Recipe
from solfa.training.tasks import NETWORKS, build

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
every_model = pytest.mark.parametrize("model", list(NETWORKS))


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
