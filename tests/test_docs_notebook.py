"""The notebook in docs/ runs from top to bottom, and shows what it says."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot

NOTEBOOK = json.loads((Path(__file__).parents[1] / "docs" / "notebook.ipynb").read_text("utf-8"))
CODE = {
    cell["id"]: "".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"
}


def run(source: str, names: dict[str, Any]) -> Any:
    """What a notebook would show of a cell: the value of its last line, unless a semicolon ends it."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    return None if source.endswith(";") else shown


@pytest.fixture(scope="module")
def shown() -> Iterator[dict[str, Any]]:
    """Each cell by its id, run in order, with what it shows."""
    pyplot.switch_backend("agg")
    pyplot.close("all")
    names: dict[str, Any] = {}
    yield {cell: run(source, names) for cell, source in CODE.items()}
    pyplot.close("all")


def test_nothing_that_was_shown_is_kept_in_the_file() -> None:
    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_a_tune_is_seen_and_heard(shown: dict[str, Any]) -> None:
    html = shown["compose"]._repr_html_()
    assert "<img" in html
    assert "<audio" in html
    assert shown["all"]._repr_html_().count("<img") == 2


@pytest.mark.slow
def test_the_plots_are_drawn(shown: dict[str, Any]) -> None:
    first, second = (pyplot.figure(number) for number in pyplot.get_fignums())
    assert [len(figure.axes) for figure in (first, second)] == [2, 3]  # a bar of colours too
    assert shown["plots"] is shown["compare"] is None


@pytest.mark.slow
def test_the_tables_hold_the_tunes(shown: dict[str, Any]) -> None:
    assert len(shown["notes"]) == 8
    assert list(shown["corpus"].index) == ["lorraine", "luxembourg"]
    assert (shown["corpus"] > 4).all(axis=None)


@pytest.mark.slow
def test_the_batch_holds_the_tunes(shown: dict[str, Any]) -> None:
    (rows, _), same = shown["torch"]
    assert rows == 2
    assert same
