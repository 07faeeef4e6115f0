"""Folders of models that were tampered with are refused in one line, whatever was done to them."""

import json
import random
import shutil
import sys
from pathlib import Path

import pytest

from solfa.errors import ModelError
from solfa.models.registry import trained
from solfa.runtime import WEIGHTS, load_model
from solfa.runtime.graph import HASHES, hashes

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from tampering import HARMLESS, KINDS, outcome

SMALL = ("melody_vae", "vae", "gru_attention")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_refused(kind: str) -> None:
    by = random.Random(kind)
    assert {outcome(name, KINDS[kind], by) for name in SMALL} == {"refused"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HARMLESS)
def test_what_may_run_composes_or_is_refused(kind: str) -> None:
    by = random.Random(kind)
    allowed = {"refused", "request refused", "composed"}
    assert {outcome(name, HARMLESS[kind], by) for name in SMALL * 3} <= allowed


@pytest.mark.parametrize("name", trained())
def test_bundled_cards_hold_the_hashes_of_their_graphs(name: str) -> None:
    card = json.loads((WEIGHTS / name / "card.json").read_text())
    assert card[HASHES] == hashes(card, (WEIGHTS / name).glob("*.onnx"))


@pytest.mark.parametrize(
    ("entry", "value"),
    [("members", 10**9), ("layers", 0), ("width", True), ("width", 1.5), ("members", "2")],
)
def test_sizes_beyond_reason_are_refused_before_weights_are_read(tmp_path: Path, entry, value):
    folder = shutil.copytree(WEIGHTS / "melody_vae", tmp_path / "model")
    for graph in folder.glob("*.onnx"):
        graph.unlink()
    card = json.loads((folder / "card.json").read_text())
    card["config"][entry] = value
    card[HASHES] = hashes(card, [])
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="holds no exported model"):
        load_model(folder)


@pytest.mark.parametrize(("entry", "value"), [("step", 2**31), ("step", -1), ("home", 0)])
def test_a_grid_that_no_tune_has_is_refused(tmp_path: Path, entry, value):
    folder = shutil.copytree(WEIGHTS / "stacked_bilstm", tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    card["encoding"][entry] = value
    card[HASHES] = hashes(card, folder.glob("*.onnx"))
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="holds no exported model"):
        load_model(folder)
