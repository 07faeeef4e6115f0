"""The rows of the registry agree with the code and the weights that they name."""

import subprocess
import sys

import pytest

from solfa import runtime
from solfa.corpora import REPERTOIRES
from solfa.errors import SolfaError
from solfa.models import registry
from solfa.runtime.graph import read_card
from solfa.training.networks import config_class, network_class
from solfa.training.recipe import RECIPES
from solfa.training.sweep import SPACES

ROWS = registry.MODELS
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
every_trained = pytest.mark.parametrize("model", registry.trained())


def test_every_table_has_the_same_models() -> None:
    assert list(runtime.MODELS)[: len(ROWS)] == list(ROWS)
    assert list(RECIPES) == list(SPACES) == list(registry.trained())
    folders = {folder.name for folder in runtime.WEIGHTS.iterdir() if folder.is_dir()}
    assert folders == set(registry.trained())


@every_row
def test_a_row_names_what_there_is(row: registry.Row) -> None:
    runs = registry.named(row.runtime)
    assert ROWS[row.name] is row
    assert row.summary
    assert 0.1 <= row.temperature <= 2
    assert set(row.corpora or ()) <= set(REPERTOIRES)
    assert row.latent == hasattr(runs, "encode")
    assert row.recipes == tuple(RECIPES.get(row.name, ()))
    assert (row.network is None) == (row.task is None) == (not row.trained)


@every_trained
def test_what_is_trained_can_be_built_and_run(model: str) -> None:
    assert read_card(runtime.WEIGHTS / model)["model"] == model
    assert network_class(model).__module__ == config_class(model).__module__
    task = registry.named(str(ROWS[model].task))
    for method in ("epoch", "losses", "held_out", "cost", "figures", "facts"):
        assert callable(getattr(task, method))


def test_other_names_are_one_line() -> None:
    with pytest.raises(SolfaError, match="'ngram' cannot be trained; choose from melody_lstm, "):
        registry.trained_row("ngram")
    assert registry.temperature("of another package") == 1.0


def test_reading_a_row_loads_nothing() -> None:
    code = "import sys; from solfa.models import registry; registry.MODELS['vae']\n"
    code += "print({'numpy', 'torch', 'onnxruntime'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
