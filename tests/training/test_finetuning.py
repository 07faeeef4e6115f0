"""From exported graphs back to weights, and on from there, never to something worse."""

import json
from collections import Counter
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from solfa import cli
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models.registry import MODELS
from solfa.runtime.graph import hash_of, read_card
from solfa.training import finetuning
from solfa.training.checkpoint import load_checkpoint, model_tensors, save_checkpoint
from solfa.training.export import export
from solfa.training.finetuning import Parts, Start, start_of, weights_of
from solfa.training.loop import fit
from solfa.training.packing import round_off
from solfa.training.recipe import Feed, Recipe, recipe_of
from solfa.training.tasks import task_of

torch.set_num_threads(1)

SMALL: dict[str, dict[str, Any]] = {
    "melody_lstm": {"width": 16, "layers": 2, "dropout": 0.1},
    "gru_attention": {"width": 8, "layers": 2, "attention": 4, "dense": (8, 4)},
    "melody_vae": {"width": 8, "latent": 3, "encoder": 4, "queries": 2},
    "vae": {"hidden": 16, "latent": 3},
    "lstm_attention": {"width": 8, "layers": 2, "filters": 8, "heads": 2},
    "stacked_bilstm": {"widths": (8, 8)},
}
RECIPE = Recipe(sizes=SMALL["melody_lstm"], epochs=3, batch=1, learning_rate=0.02)
TUNING = replace(recipe_of("melody_lstm", "finetune"), epochs=4, learning_rate=0.01)


def scales(count: int, first: int = 0, style: str = "german", longest: int = 12) -> list[Melody]:
    """Self-made songs: scales up and down, each from a pitch and as long as no other."""
    random = np.random.default_rng([first, count])
    made = []
    for number in range(first, first + count):
        size = int(random.integers(4, longest))
        steps = np.abs(np.arange(size) - int(random.integers(1, size)))
        notes = tuple(Note(67 + int(2 * s), Fraction(1 + number % 2)) for s in steps)
        ends = (size - 1,) if number % 3 else ()
        known = Metadata(id=f"{style}:{number}", style=style)
        made.append(Melody(notes, Key("G"), Meter(3, 4), phrase_ends=ends, metadata=known))
    return made


def leaps(count: int) -> list[Melody]:
    """Songs of another kind, in a style that the model does not know."""
    return [
        tune.replace(
            notes=tuple(Note(67 + 7 * (i % 2), n.duration) for i, n in enumerate(tune.notes)),
            metadata=Metadata(id=f"mine:{number}", style="mine"),
        )
        for number, tune in enumerate(scales(count, 100))
    ]


def untrained(model: str, folder: Path, sizes: dict[str, Any]) -> Path:
    """The checkpoint of a network with weights of its own in every place."""
    recipe = (
        Recipe(sizes=sizes, feed=Feed())
        if "report" in MODELS[model].recipes
        else Recipe(sizes=sizes)
    )
    task = task_of(model, scales(12), scales(3), recipe)
    torch.manual_seed(3)
    for weight in task.network.state_dict().values():
        if weight.is_floating_point():
            weight.copy_(torch.rand_like(weight))
    round_off(task.network)
    facts = {
        "model": model,
        "config": asdict(task.network.config),  # type: ignore[call-overload]
        "encoding": task.encoding.to_json(),
        "recipe": asdict(recipe),
        "data": {},
        "history": [],
        **task.facts(),
    }
    facts |= {"epoch": 0, "step": 0, "seconds": 0.0}
    # Weights at random may have no finite latents, and a card holds none but numbers.
    facts = json.loads(json.dumps(facts), parse_constant=lambda _: 0.0)
    weights = {f"model.{name}": weight for name, weight in task.network.state_dict().items()}
    save_checkpoint(folder / "best", weights, facts)
    return folder / "best"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "sizes"),
    [
        *SMALL.items(),
        ("melody_lstm", {"width": 8, "layers": 1}),
        ("melody_lstm", {"width": 8, "layers": 3, "members": 2}),
    ],
)
def test_weights_come_back_as_they_went(model: str, sizes: dict[str, Any], tmp_path: Path) -> None:
    checkpoint = untrained(model, tmp_path, sizes)
    export(checkpoint, tmp_path / "first")
    back = weights_of(tmp_path / "first")
    tensors, facts = load_checkpoint(checkpoint)
    gone = model_tensors(tensors)
    assert back.keys() == gone.keys()
    for name, weight in gone.items():
        if weight.is_floating_point():
            assert torch.equal(back[name], weight), name
    save_checkpoint(tmp_path / "again", {f"model.{n}": w for n, w in back.items()}, facts)
    export(tmp_path / "again", tmp_path / "second")
    assert hash_of(tmp_path / "second") == hash_of(tmp_path / "first")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    fit("melody_lstm", scales(12), scales(4), folder, RECIPE, progress=False)
    return folder


@pytest.fixture(scope="module")
def start(run: Path) -> Start:
    return start_of("melody_lstm", str(run))


def history(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load_checkpoint(folder / "last")[1]["history"]
    return found


@pytest.mark.slow
def test_it_learns_what_it_is_given_and_keeps_its_words(start: Start, tmp_path: Path) -> None:
    mine = leaps(16)
    result = fit("melody_lstm", mine[:12], mine[12:], tmp_path, TUNING, start=start, progress=False)
    before, *after = (past["valid/bits_per_note"] for past in history(tmp_path))
    assert [past["epoch"] for past in history(tmp_path)] == [0, 1, 2, 3, 4]
    assert result.bits_per_note == min(after) < before - 0.5
    facts = load_checkpoint(result.checkpoint)[1]
    assert facts["encoding"] == start.encoding
    assert facts["config"] == start.card["config"]
    assert Recipe.from_json(facts["recipe"]).learning_rate == TUNING.learning_rate


@pytest.mark.slow
def test_it_cannot_get_worse(start: Start, tmp_path: Path) -> None:
    wild = replace(TUNING, learning_rate=0.9, warm_up=0, epochs=9, schedule="constant")
    result = fit("melody_lstm", scales(12), scales(4), tmp_path, wild, start=start, progress=False)
    assert result.epoch == 0
    assert len(history(tmp_path)) == 1 + TUNING.patience  # and it stops early
    export(result.checkpoint, tmp_path / "exported")
    assert hash_of(tmp_path / "exported") == start.model.hash


@pytest.mark.slow
def test_epoch_0_is_what_the_given_model_costs(run: Path, start: Start, tmp_path: Path) -> None:
    one = replace(TUNING, epochs=1)
    fit("melody_lstm", scales(12), scales(4), tmp_path, one, start=start, progress=False)
    best = load_checkpoint(run / "best")[1]["history"][-1]
    assert history(tmp_path)[0]["valid/bits_per_note"] == pytest.approx(
        best["valid/bits_per_note"], rel=1e-3
    )


@pytest.mark.slow
def test_resuming_is_as_if_never_interrupted(start: Start, tmp_path: Path) -> None:
    mine = leaps(16)
    ask: Any = ("melody_lstm", mine[:12], mine[12:])
    one = replace(TUNING, epochs=2)
    fit(*ask, tmp_path / "whole", one, start=start, progress=False)
    fit(*ask, tmp_path / "parts", one, start=start, progress=False, stop_after=1)
    assert [past["epoch"] for past in history(tmp_path / "parts")] == [0, 1]
    fit(*ask, tmp_path / "parts", one, start=start, progress=False, resume=True)
    assert history(tmp_path / "parts") == history(tmp_path / "whole")
    whole, parts = (load_checkpoint(tmp_path / f / "last")[0] for f in ("whole", "parts"))
    for name, tensor in whole.items():
        torch.testing.assert_close(parts[name], tensor, rtol=0, atol=0)


@pytest.mark.slow
def test_models_of_windows_go_on_too(tmp_path: Path) -> None:
    export(untrained("stacked_bilstm", tmp_path, SMALL["stacked_bilstm"]), tmp_path / "given")
    start = start_of("stacked_bilstm", str(tmp_path / "given"))
    recipe = replace(recipe_of("stacked_bilstm", "finetune"), epochs=1, steps=8)
    mine = scales(12)
    fit("stacked_bilstm", mine, mine[:3], tmp_path / "run", recipe, start=start, progress=False)
    before, after = (past["valid/bits_per_note"] for past in history(tmp_path / "run"))
    assert after < before
    assert read_card(tmp_path / "given")["encoding"] == start.encoding


def test_an_interrupted_run_is_exported_first(run: Path, start: Start, tmp_path: Path) -> None:
    for suffix in ("safetensors", "json"):
        (tmp_path / f"best.{suffix}").write_bytes((run / f"best.{suffix}").read_bytes())
    assert start_of("melody_lstm", str(tmp_path)).model.hash == start.model.hash


def test_other_starts_are_one_line(start: Start, run: Path, tmp_path: Path) -> None:
    for source, why in (
        (tmp_path / "none", "no folder .*none'; begin from bundled"),
        (tmp_path, "holds no exported model"),
    ):
        with pytest.raises(SolfaError, match=why):
            start_of("melody_lstm", str(source))
    with pytest.raises(SolfaError, match="holds melody_lstm, not vae; write: solfa train melody_l"):
        start_of("vae", str(run))
    wide = replace(TUNING, sizes={"width": 32})
    with pytest.raises(SolfaError, match="do not fit the network; leave sizes out"):
        fit("melody_lstm", scales(12), scales(4), tmp_path, wide, start=start, progress=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sizes", [{"layers": 3}, {"width": 8}, {"depth": 2}])
def test_a_graph_of_other_sizes_is_refused(
    sizes: dict[str, int], run: Path, start: Start, tmp_path: Path
) -> None:
    for path in (run / "exported").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = read_card(tmp_path)
    card["config"] |= sizes
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(SolfaError, match="was exported by another version"):
        weights_of(tmp_path)


def test_what_the_vocabulary_lacks_is_counted(start: Start) -> None:
    odd = scales(2, 50)
    odd = [t.replace(notes=(Note(67, Fraction(1, 5)), *t.notes), phrase_ends=()) for t in odd]
    parts = Parts.of(start, scales(12) + odd, scales(6, 20), scales(5, 40))
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (12, 6, 5)
    assert parts.disjoint
    (reason,) = parts.refused
    assert "1/5" in reason
    assert parts.refused == Counter({reason: 2})


def test_few_held_out_tunes_choose_and_judge(start: Start) -> None:
    parts = Parts.of(start, scales(12), scales(2, 20), scales(3, 40))
    assert not parts.disjoint
    assert parts.valid == parts.test == scales(2, 20) + scales(3, 40)
    for train_, valid in ((scales(9), scales(5, 20)), (scales(12), scales(2, 20))):
        with pytest.raises(SolfaError, match=r"are too few \(needed: 10 and 3; .* give 40 or more"):
            Parts.of(start, train_, valid, [])
    assert finetuning.ENOUGH > finetuning.LEAST_HELD_OUT


def command(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli.app, ["train", *arguments])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("melody_lstm", "--from", "bundled"), "name the tunes to fine-tune on: --corpus"),
        (("melody_lstm", "--from", "none", "--corpus", "german"), "no folder 'none'"),
        (("vae", "--from", "bundled", "--keys", "1"), "the given model has its keys; leave keys"),
        (("ngram", "--from", "bundled"), "'ngram' cannot be trained"),
    ],
)
def test_what_fine_tuning_lacks_is_one_line(arguments: tuple[str, ...], why: str) -> None:
    said = command(*arguments, code=1)
    assert said.startswith("solfa: ")
    assert len(said.splitlines()) == 1
    assert why in said


@pytest.mark.slow
def test_a_folder_of_tunes_changes_a_model(
    run: Path, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command, sixty tunes of random notes, each a family of its own."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(1)
    for number in range(60):
        notes = [Note(int(pitch), Fraction(1)) for pitch in random.integers(60, 76, 15)]
        Melody((*notes, Note(60, Fraction(1)))).write(tmp_path / f"mine/{number}.krn")
    Melody((Note(60, Fraction(1, 3)),)).write(tmp_path / "mine/odd.krn")
    (tmp_path / "mine/none.krn").write_text("no tune")
    ask = ("melody_lstm", "--from", str(run), "--corpus", "mine", "--epochs", "2")
    said = command(*ask)
    assert "choose the epoch" in said
    assert "duration 1/3 is not in the model's vocabulary (1), unreadable (1)" in said
    assert "\nepoch 0: " in said
    assert "before, " in said
    folder = tmp_path / "runs" / "melody_lstm-mine"
    card = read_card(folder / "exported")
    assert card["data"]["finetuned_from"] == start.model.hash
    base = start.card["data"]
    assert {*base.get("terms", [])} <= {*card["data"]["terms"]}
    assert card["data"]["bases"][0]["hash"] == start.model.hash
    assert card["data"]["bases"][0].get("train") == base.get("train")
    assert card["data"]["bases"][1:] == base.get("bases", [])
    assert card["finetuned"]["after"] < card["finetuned"]["before"]
    assert hash_of(folder / "exported") != start.model.hash
    assert said.splitlines()[-1] == command(*ask, "--resume").splitlines()[-1]
    idle = command(*ask, "--out", "idle", "--recipe", str(_idle(tmp_path)))
    assert "no epoch was better: the given weights are kept" in idle
    assert hash_of(tmp_path / "idle" / "exported") == start.model.hash


def _idle(folder: Path) -> Path:
    """A recipe that changes nothing."""
    recipe = asdict(replace(TUNING, learning_rate=1e-30))
    path = folder / "idle.json"
    path.write_text(json.dumps({"model": "melody_lstm", "recipe": recipe}))
    return path
