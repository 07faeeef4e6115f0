"""An ensemble of networks trained apart says the mean of what they say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solfa.encodings.conditions import Conditions
from solfa.errors import ModelError
from solfa.melody import Key, Melody, Meter, Note
from solfa.runtime.notes import NoteModel
from solfa.training.export import export
from solfa.training.joining import join
from solfa.training.loop import fit
from solfa.training.recipe import Recipe

RECIPE = Recipe(sizes={"width": 16, "layers": 1}, epochs=1, batch=4)


def tunes(count: int = 8) -> list[Melody]:
    """Scales that rise by one note more each."""
    return [
        Melody(tuple(Note(67 + i, 1) for i in range(4 + number)), Key("G"), Meter(2, 4))
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Runs that differ in their seed alone."""
    folders = [tmp_path_factory.mktemp(f"seed{seed}") for seed in (1, 2)]
    for seed, folder in enumerate(folders, start=1):
        fit("melody_lstm", tunes(), tunes(4), folder, replace(RECIPE, seed=seed), progress=False)
    return folders


def said(folder: Path) -> np.ndarray:
    """What an exported model says of the next symbol, all along a tune: (S, V)."""
    model = NoteModel(folder)
    conditions = Conditions.of(tunes()[5])
    session, rows = model.begin([conditions]), []
    for symbol in model.encoding.encode(tunes()[5], conditions):
        rows.append(session.probabilities()[0])
        if symbol != model.encoding.end:
            session.push(np.array([symbol]))
    return np.array(rows)


@pytest.mark.slow
def test_the_ensemble_says_the_mean_of_its_members(runs: list[Path], tmp_path: Path) -> None:
    apart = [said(export(run / "best", run / "exported").parent) for run in runs]
    assert np.abs(apart[0] - apart[1]).max() > 0.01
    card = export(join(runs, tmp_path), tmp_path / "exported")
    together = said(card.parent)
    np.testing.assert_allclose(together, np.mean(apart, 0), atol=1e-6)
    twice = export(join([tmp_path], tmp_path / "again"), tmp_path / "again" / "exported")
    np.testing.assert_array_equal(said(twice.parent), together)


def test_what_cannot_be_joined(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has the seed of another run"):
        join([runs[0], runs[0]], tmp_path / "joined")
    with pytest.raises(ModelError, match="cannot read checkpoint"):
        join([tmp_path], tmp_path / "joined")
    wider = replace(RECIPE, sizes={"width": 24, "layers": 1}, seed=3)
    fit("melody_lstm", tunes(), tunes(4), tmp_path / "wider", wider, progress=False)
    with pytest.raises(ModelError, match=r"differs from .* in its sizes"):
        join([runs[0], tmp_path / "wider"], tmp_path / "joined")
    fit("melody_lstm", tunes(6), tunes(4), tmp_path / "fewer", RECIPE, progress=False)
    with pytest.raises(ModelError, match=r"differs from .* in its"):
        join([runs[0], tmp_path / "fewer"], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()
