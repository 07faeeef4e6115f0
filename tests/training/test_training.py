"""From tunes to models that compose, in miniature, and the laws on the way."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, PHRASES
from solfa.encodings.notes import NoteEncoding, NoteState
from solfa.errors import ModelError, SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models import registry
from solfa.models.melody_lstm import Config, MelodyLSTM
from solfa.runtime import load_model
from solfa.runtime.autoencoder import LatentModel
from solfa.runtime.notes import NoteModel
from solfa.runtime.windows import WindowModel
from solfa.training.checkpoint import load_checkpoint
from solfa.training.export import export, load_network
from solfa.training.loop import fit
from solfa.training.packing import round_off
from solfa.training.recipe import RECIPES, Feed, Recipe, recipe_of
from solfa.training.songs import Song, Unknown, batches, collate, hide, prepare, whole_conditions

torch.set_num_threads(1)  # these networks are small: more threads only wait for each other

RECIPE = Recipe(
    sizes={"members": 2, "width": 16, "layers": 2, "dropout": 0.1},
    epochs=2,
    batch=4,
    warm_up=2,
    patience=9,
)
SMALL = {
    "gru_attention": {"width": 8, "layers": 2, "attention": 4, "dense": (8, 4)},
    "vae": {"hidden": 16, "latent": 3, "unknown": 0.5},
    "lstm_attention": {"width": 8, "layers": 2, "filters": 8, "heads": 2},
    "stacked_bilstm": {"widths": (8, 8)},
}
NETWORKS = [name for name, row in registry.MODELS.items() if "report" in row.recipes]
MODELS = ["melody_lstm", *NETWORKS]
every_model = pytest.mark.parametrize("model", MODELS)
every_window_model = pytest.mark.parametrize("model", list(NETWORKS))


def recipe(model: str) -> Recipe:
    """A few steps of a small network."""
    if model == "melody_lstm":
        return RECIPE
    feed = Feed("12" if model == "gru_attention" else "tonic", growth=(16, 64))
    if model == "vae":
        feed = Feed()
    return replace(RECIPE, sizes=SMALL[model], feed=feed, steps=12, batch=16)


def tunes(count: int = 12) -> list[Melody]:
    """Self-made songs: a scale up and down, in two metres, with and without phrase marks."""
    random = np.random.default_rng(5)
    melodies = []
    for number in range(count):
        size = int(random.integers(4, 12))
        degrees = np.abs(np.arange(size) - size // 2)
        notes = [Note(67 + int(2 * d), Fraction(1 + number % 2)) for d in degrees]
        ends = (size // 2, size - 1) if number % 3 else ()
        meter = Meter(3, 4) if number % 2 else Meter(2, 4)
        pickup = Fraction(number % 2)
        made = Metadata(style="irish" if number % 2 else "german")
        melodies.append(Melody(tuple(notes), Key("G"), meter, pickup, ends, metadata=made))
    return melodies


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of every model."""
    folders = {model: tmp_path_factory.mktemp(model) for model in MODELS}
    for model, folder in folders.items():
        fit(model, tunes(), tunes(4), folder, recipe(model), progress=False)
    return folders


@pytest.fixture(scope="module")
def trained(runs: dict[str, Path]) -> Path:
    return runs["melody_lstm"]


@pytest.fixture(scope="module")
def exported(trained: Path) -> NoteModel:
    export(trained / "best", trained / "exported", {"made": "in a test"})
    return NoteModel(trained / "exported")


def songs() -> list[Song]:
    return prepare(tunes(), NoteEncoding.of(tunes()))[0]


def network(width: int = 16) -> MelodyLSTM:
    torch.manual_seed(1)
    config = Config.of(NoteEncoding.of(tunes()), width=width, dropout=0.0)
    return MelodyLSTM(config).eval()


def test_features_in_training_are_those_in_composing() -> None:
    encoding = NoteEncoding.of(tunes())
    prepared = {s.features.tobytes() for s in prepare(tunes(), encoding)[0]}
    for number, melody in enumerate(tunes()):
        conditions = whole_conditions(melody, by_parts=number % 3 == 0)
        state, rows = NoteState(encoding, [conditions]), []
        for symbol in encoding.encode(melody, conditions):
            if state.field.name == "DURATION":
                rows.append(state.features()[0])
            if symbol != encoding.end:
                state.push(np.array([symbol]))
        assert np.array(rows, np.int16).tobytes() in prepared


def test_targets_spell_the_tune() -> None:
    encoding = NoteEncoding.of(tunes())
    by_length = {len(s.pitch) - 1: s for s in songs()}
    for melody in tunes():
        song = by_length[len(melody.notes)]
        assert song.duration[-1] == encoding.end
        assert (song.duration[:-1] < encoding.end).all()
        assert song.pitch[-1] == -1
        assert (song.pitch[:-1] >= 0).all()


def test_hidden_phrases_are_neither_told_nor_asked() -> None:
    song = next(s for s in songs() if (s.phrase >= 0).any())
    hidden = hide(song, phrases=True, columns=["bars left"])
    assert (hidden.phrase == -1).all()
    unknown = [FEATURES.index(name) for name in (*PHRASES, "bars left")]
    assert (hidden.features[:, unknown] == 0).all()
    told = np.delete(np.arange(len(FEATURES)), unknown)
    assert (hidden.features[:, told] == song.features[:, told]).all()


def test_the_same_seed_gives_the_same_batches() -> None:
    def drawn(seed: int, epoch: int) -> list[bytes]:
        drawing = batches(songs(), 4, seed, epoch, Unknown())
        return [batch.features.numpy().tobytes() for batch in drawing]

    assert drawn(1, 0) == drawn(1, 0)
    assert drawn(1, 0) != drawn(1, 1)
    assert drawn(1, 0) != drawn(2, 0)


def test_the_future_changes_nothing() -> None:
    batch = collate(songs()[:3])
    net = network()
    heard, _ = net.body(batch.features, net.empty(3))
    changed = batch.features.clone()
    changed[:, 4:, 0] = 0
    changed[:, 4:, 1] = 1
    other, _ = net.body(changed, net.empty(3))
    torch.testing.assert_close(heard[:, :4], other[:, :4], rtol=0, atol=0)
    assert not torch.equal(heard[:, 4:], other[:, 4:])


@pytest.mark.parametrize("skip", [True, False])
def test_a_skip_leads_around_the_lstm(skip: bool) -> None:
    net = MelodyLSTM(Config.of(NoteEncoding.of(tunes()), width=16, dropout=0.0, skip=skip)).eval()
    for name, weight in net.named_parameters():
        if "lstm" in name:
            weight.data.zero_()  # it says the same whatever it hears
    heard, _ = net.body(collate(songs()[:3]).features, net.empty(3))
    assert torch.equal(heard[0, 0], heard[0, 3]) is not skip


def test_a_batch_costs_what_its_songs_cost() -> None:
    chosen = songs()[:5]
    net = network()
    whole = net.losses(*collate(chosen))
    for row, song in enumerate(chosen):
        alone = net.losses(*collate([song]))
        for together, single in zip(whole, alone, strict=True):
            torch.testing.assert_close(together[row].sum(), single.sum(), rtol=1e-5, atol=1e-5)


def test_it_learns_one_batch_by_heart() -> None:
    net = network(64).train()
    batch = collate(songs()[:4])
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(150):
        loss = sum(part.sum() for part in net.losses(*batch)) / (batch.pitch >= 0).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # four songs: which one it is must be said once, and costs about two bits in all
    assert loss.item() < 0.3


@pytest.mark.slow
@every_model
def test_training_leaves_a_checkpoint_that_says_all(model: str, runs: dict[str, Path]) -> None:
    folder = runs[model]
    tensors, facts = load_checkpoint(folder / "best")
    assert facts["model"] == model
    assert Recipe.from_json(json.loads(json.dumps(facts["recipe"]))) == recipe(model)
    assert [past["epoch"] for past in load_checkpoint(folder / "last")[1]["history"]] == [1, 2]
    assert json.loads((folder / "best.json").read_text()) == facts
    assert any(name.startswith("model.") for name in tensors)
    if model != "melody_lstm":  # a budget in steps is kept to the step
        assert load_checkpoint(folder / "last")[1]["step"] == recipe(model).steps
    assert list((folder / "tensorboard").iterdir())
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@every_model
def test_resuming_is_as_if_never_interrupted(
    model: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    # the schedule looks at the whole budget, so the interrupted run must know it too
    ask = (model, tunes(), tunes(4), tmp_path, recipe(model))
    fit(*ask, progress=False, stop_after=1)
    assert load_checkpoint(tmp_path / "last")[1]["epoch"] == 1
    fit(*ask, progress=False, resume=True)
    whole, resumed = (load_checkpoint(folder / "last") for folder in (runs[model], tmp_path))
    assert resumed[1]["history"] == whole[1]["history"]
    for name, tensor in whole[0].items():
        torch.testing.assert_close(resumed[0][name], tensor, rtol=0, atol=0)


def test_a_run_is_neither_overwritten_nor_made_up(trained: Path, tmp_path: Path) -> None:
    before = (trained / "last.safetensors").read_bytes()
    with pytest.raises(SolfaError, match="holds a run already; resume it"):
        fit("melody_lstm", tunes(), tunes(4), trained, RECIPE, progress=False)
    assert (trained / "last.safetensors").read_bytes() == before
    with pytest.raises(SolfaError, match="holds no run to resume"):
        fit("melody_lstm", tunes(), tunes(4), tmp_path, RECIPE, progress=False, resume=True)


def test_a_run_goes_on_with_its_own_tunes_and_recipe(tmp_path: Path) -> None:
    mine = {"train": ["mine"]}
    fit("melody_lstm", tunes(), tunes(4), tmp_path, RECIPE, data=mine, progress=False, stop_after=1)
    other = {"train": ["german"]}
    with pytest.raises(SolfaError, match="was begun on melody_lstm, not vae"):
        fit("vae", tunes(), tunes(4), tmp_path, data=mine, progress=False, resume=True)
    with pytest.raises(SolfaError, match=r"was begun on .*mine.*, not .*german"):
        fit(
            "melody_lstm",
            tunes(),
            tunes(4),
            tmp_path,
            RECIPE,
            data=other,
            progress=False,
            resume=True,
        )
    longer = replace(RECIPE, epochs=9)
    fit("melody_lstm", tunes(), tunes(4), tmp_path, longer, data=mine, progress=False, resume=True)
    facts = load_checkpoint(tmp_path / "last")[1]
    assert (facts["epoch"], facts["data"]) == (2, mine)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"epochs": 0}, r"epochs 0 is outside 1\.\.100000"),
        ({"steps": 0}, "steps 0 is not above 0"),
        ({"batch": 0}, r"batch 0 is outside 1\.\."),
        ({"learning_rate": 2.0}, "learning rate 2.0 is not between 0 and 1"),
        ({"schedule": "steep"}, "unknown schedule 'steep'; choose from cosine"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd'; choose from adam"),
        ({"minutes": -1.0}, "minutes -1.0 is not above 0"),
        ({"minutes": float("nan")}, "minutes nan is not above 0"),
        ({"seed": -5}, r"seed -5 is outside 0\.\."),
    ],
)
def test_impossible_recipes(wrong: dict[str, float], why: str) -> None:
    with pytest.raises(SolfaError, match=why):
        Recipe(**wrong)


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text("X:1")
    with pytest.raises(SolfaError, match="cannot write"):
        fit("melody_lstm", tunes(), tunes(4), tmp_path / "tune.abc", RECIPE, progress=False)
    assert (tmp_path / "tune.abc").read_text() == "X:1"


def test_no_tune_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SolfaError, match="0 tunes to train on and 4 to validate"):
        fit("melody_lstm", [], tunes(4), tmp_path, RECIPE, progress=False)


def test_exported_equals_torch(trained: Path, exported: NoteModel) -> None:
    net, _ = load_network(trained / "best")
    encoding = exported.encoding
    round_off(net)
    for melody in tunes():
        conditions = whole_conditions(
            melody, by_parts=True
        )  # as the first of those that are prepared
        (song,), _ = prepare([melody], encoding)
        with torch.no_grad():
            losses = net.losses(*collate([song]))
        nats = sum(float(part.sum()) for part in losses)
        session, told = exported.begin([conditions]), 0.0
        for symbol in encoding.encode(melody, conditions):
            probabilities = session.probabilities()
            np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-12)
            told -= np.log(probabilities[0, symbol])
            if symbol != encoding.end:
                session.push(np.array([symbol]))
        assert told == pytest.approx(nats, rel=1e-4)


@pytest.fixture(scope="module")
def window_models(runs: dict[str, Path]) -> dict[str, WindowModel]:
    """The report's models as the runtime sees them, by torch's own weights rounded as exported."""
    for model in NETWORKS:
        export(runs[model] / "best", runs[model] / "exported")
    return {model: load_model(runs[model] / "exported") for model in NETWORKS}


@every_window_model
def test_an_exported_window_is_torchs(
    model: str, runs: dict[str, Path], window_models: dict[str, WindowModel]
) -> None:
    net, _ = load_network(runs[model] / "best")
    round_off(net)
    exported = window_models[model]
    windows = np.random.default_rng(1).integers(0, exported.encoding.size, (5, exported.steps))
    with torch.no_grad():
        expected = net(torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(exported.next(windows), expected, atol=2e-5)


@every_window_model
def test_a_window_model_reads_its_window_and_nothing_before(
    model: str, window_models: dict[str, WindowModel]
) -> None:
    exported = window_models[model]
    steps, reads = exported.steps, exported.steps - (model == "vae")
    random = np.random.default_rng(2)
    pitches = np.flatnonzero(exported.encoding.midi >= 0)
    told = random.choice(pitches, (2, 2 * steps))
    told[1, steps:] = told[0, steps:]
    pair = exported.begin([Conditions(Key("G"), 67)] * 2)
    for symbols in told.T[:-1]:
        pair.push(symbols)
    if reads == steps:  # the oldest step that is read still differs
        assert not np.array_equal(*pair.probabilities())
    pair.push(told[:, -1])
    first, second = pair.probabilities()
    assert (first == second).all()


def test_a_latent_model_says_where_training_lies(window_models: dict[str, WindowModel]) -> None:
    model = window_models["vae"]
    assert isinstance(model, LatentModel)
    random = np.random.default_rng(4)
    windows = random.integers(0, model.encoding.size, (6, model.steps))
    mean, log_variance = model.encode(windows)
    assert mean.shape == log_variance.shape == (6, 3)
    assert model.decode(mean).sum(2) == pytest.approx(np.ones((6, model.steps)))
    far = model.center + 50 * random.standard_normal((6, 3)) * model.spread
    pulled = model.within(far)
    assert model.distance(pulled) == pytest.approx(np.full(6, model.radius))
    near = model.center + 0.1 * model.radius * model.spread * np.ones((1, 3))
    assert model.within(near) == pytest.approx(near)
    assert 0 <= model.card["latent"]["active_units"] <= 3


def test_a_batch_is_its_rows_one_by_one(exported: NoteModel) -> None:
    """Bit for bit, so that a tune does not depend on how many are made with it."""
    encoding = exported.encoding
    all_conditions = [
        Conditions(Key("G"), 67, Meter(3, 4), length=Fraction(n)) for n in (12, 24, 48, 96, 6)
    ]
    together = exported.begin(all_conditions)
    alone = [exported.begin([conditions]) for conditions in all_conditions]
    random = np.random.default_rng(3)
    for _ in range(40):
        rows = together.probabilities()
        for row, session in enumerate(alone):
            assert (rows[row] == session.probabilities()[0]).all()
        open_ = np.where(np.arange(encoding.size) == encoding.end, 0, rows)
        symbols = np.array([random.choice(len(p), p=p / p.sum()) for p in open_])
        together.push(symbols)
        for symbol, session in zip(symbols, alone, strict=True):
            session.push(np.array([symbol]))
    kept = np.array([3, 1])
    together.select(kept)
    for row, which in enumerate(kept):
        assert (together.probabilities()[row] == alone[which].probabilities()[0]).all()


def test_unasked_probabilities_change_nothing(exported: NoteModel) -> None:
    melody = tunes()[1]
    conditions = Conditions.of(melody)
    asked, pushed = exported.begin([conditions]), exported.begin([conditions])
    for symbol in exported.encoding.encode(melody, conditions)[:-1]:
        asked.probabilities()
        asked.push(np.array([symbol]))
        pushed.push(np.array([symbol]))
    assert (asked.probabilities() == pushed.probabilities()).all()


def test_weights_have_a_name_of_their_own(exported: NoteModel, trained: Path) -> None:
    assert load_model(trained / "exported").hash == exported.hash
    assert len(exported.hash) == 12
    assert exported.card["made"] == "in a test"


def test_budgets() -> None:
    assert recipe_of("vae").budgeted("20m").minutes == 20
    assert recipe_of("vae").budgeted("1.5h").minutes == 90
    assert recipe_of("vae").budgeted("5000").steps == 5000
    assert recipe_of("stacked_bilstm", "report").budgeted("5000").epochs == 10
    for wrong in ("", "soon", "1.5", "-3m", "3 days"):
        with pytest.raises(SolfaError, match=r"cannot read budget .*; write '5000'"):
            recipe_of("vae").budgeted(wrong)
    with pytest.raises(SolfaError, match="steps 0 is not above 0"):
        recipe_of("vae").budgeted("0")


def test_sizes_are_set_by_name() -> None:
    recipe = recipe_of("vae").sized(["beta=0.2", "categorical=false", "latent = 7"])
    assert (recipe.sizes["beta"], recipe.sizes["categorical"], recipe.sizes["latent"]) == (
        0.2,
        False,
        7,
    )
    assert recipe_of("gru_attention").sized(["loss=squared_error", "dense=[8, 4]"]).sizes[
        "dense"
    ] == (8, 4)
    for wrong in ("beta", "=2", "beta="):
        with pytest.raises(SolfaError, match=r"cannot read '.*'; write one like beta=0\.2"):
            recipe_of("vae").sized([wrong])


@every_model
def test_a_size_that_a_network_lacks_is_one_line(model: str, tmp_path: Path) -> None:
    strange = recipe(model).sized(["colour=3"])
    with pytest.raises(SolfaError, match=r"the network has no 'colour'; choose from .*dropout"):
        fit(model, tunes(), tunes(4), tmp_path, strange, progress=False)


@pytest.mark.parametrize(
    ("model", "size", "why"),
    [
        ("vae", "beta=-1", "beta -1 is below 0"),
        ("vae", "hidden=0.5", "no network can have the sizes .*'hidden': 0.5"),
        ("vae", "steps=32", "steps follow from the data"),
        ("gru_attention", "loss=foo", "unknown loss 'foo'; choose from cross_entropy"),
        ("lstm_attention", "dropout=1.5", "no network can have the sizes"),
    ],
)
def test_impossible_sizes(model: str, size: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SolfaError, match=why):
        fit(model, tunes(), tunes(4), tmp_path, recipe(model).sized([size]), progress=False)


@every_model
def test_no_tune_to_validate_on_is_one_line(model: str, tmp_path: Path) -> None:
    with pytest.raises(SolfaError, match="12 tunes to train on and 0 to validate"):
        fit(model, tunes(), [], tmp_path, recipe(model), progress=False)


def test_a_run_that_is_over_is_not_gone_on_with(runs: dict[str, Path]) -> None:
    before = load_checkpoint(runs["vae"] / "last")[1]
    data = before["data"]
    again = {"data": data, "progress": False, "resume": True}
    found = fit("vae", tunes(), tunes(4), runs["vae"], **again)
    assert load_checkpoint(runs["vae"] / "last")[1] == before
    assert found.checkpoint == runs["vae"] / "best.safetensors"


def test_schedules() -> None:
    tenths = replace(RECIPE, schedule="tenths", warm_up=0, learning_rate=0.1, epochs=30)
    rates = [tenths.rate(epoch / 30, 99, 100) for epoch in (0, 9.9, 10.1, 20.1)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001])
    constant = replace(tenths, schedule="constant")
    assert {constant.rate(p, 0, 100) for p in (0.0, 0.5, 1.0)} == {0.1}
    cosine = replace(tenths, schedule="cosine", warm_up=4)
    rates = [cosine.rate(step / 100, step, 100) for step in (0, 1, 3, 50, 100)]
    assert rates == pytest.approx([0.025, 0.05, 0.1, 0.05, 0], abs=2e-3)


def test_the_reports_recipes_say_what_it_says() -> None:
    told = {
        "gru_attention": (8, 100, 0.0005, "24"),
        "vae": (10, 32, 0.005, "24"),
        "lstm_attention": (20, 100, 0.0001, "24"),
        "stacked_bilstm": (100, 64, 0.0005, "1"),
    }
    for model, facts in told.items():
        recipe = RECIPES[model]["report"]
        assert (recipe.epochs, recipe.batch, recipe.learning_rate, recipe.feed.keys) == facts
        assert recipe.optimizer == "adam"
        assert recipe.sizes == {}
    assert RECIPES["vae"]["report"].schedule == "tenths"


def test_recipes_that_are_not_there() -> None:
    with pytest.raises(SolfaError, match="'gru' cannot be trained; choose from melody_lstm"):
        recipe_of("gru")
    with pytest.raises(
        SolfaError, match="unknown recipe of vae 'best'; choose from report, default"
    ):
        recipe_of("vae", "best")


@pytest.mark.parametrize("damage", ["truncated", "pickle", "empty", "json"])
def test_a_checkpoint_from_elsewhere_is_refused(damage: str, trained: Path, tmp_path: Path) -> None:
    whole = (trained / "best.safetensors").read_bytes()
    data = {
        "truncated": whole[: len(whole) // 2],
        "pickle": b"\x80\x04\x95" + whole[:50],
        "empty": b"",
        "json": b"{}",
    }[damage]
    (tmp_path / "bad.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="is not a checkpoint of solfa"):
        load_network(tmp_path / "bad")


def test_models_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match="unknown model 'gru'; choose from melody_lstm, melody_vae"
    ):
        load_model("gru")
    with pytest.raises(ModelError, match="holds no exported model"):
        load_model(tmp_path)


def test_a_damaged_graph_is_refused(trained: Path, exported: NoteModel, tmp_path: Path) -> None:
    for path in (trained / "exported").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:200])
    (tmp_path / "card.json").write_bytes((trained / "exported" / "card.json").read_bytes())
    with pytest.raises(ModelError, match=r"start\.onnx is damaged"):
        load_model(tmp_path)
