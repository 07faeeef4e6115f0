"""The LSTM from tunes to a model that composes, in miniature, and the laws on the way."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from solfa.encodings.frame import Frame
from solfa.encodings.notes import NoteEncoding, NoteReading
from solfa.errors import ModelError, SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models.melody_lstm import Config, MelodyLSTM
from solfa.runtime import NoteModel, load_model
from solfa.training.checkpoint import load_checkpoint
from solfa.training.export import export, load_network
from solfa.training.loop import Recipe, train
from solfa.training.songs import Song, Unknown, batches, collate, hide, prepare

torch.set_num_threads(1)  # these networks are small: more threads only wait for each other

RECIPE = Recipe(width=16, layers=2, dropout=0.1, epochs=2, batch=4, warm_up=2, patience=9)


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
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(tunes(), tunes(4), folder, RECIPE, progress=False)
    return folder


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
    for melody in tunes():
        frame = Frame.of(melody, length=True)
        reading, rows = NoteReading(encoding, [frame]), []
        for symbol in encoding.encode(melody, frame):
            if reading.field.name == "DURATION":
                rows.append(reading.features()[0])
            if symbol != encoding.end:
                reading.push(np.array([symbol]))
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
    assert (hidden.features[:, 9:12] == 0).all()
    assert (hidden.features[:, :9] == song.features[:, :9]).all()


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


def test_training_leaves_a_checkpoint_that_says_all(trained: Path) -> None:
    tensors, facts = load_checkpoint(trained / "best")
    assert facts["model"] == "melody_lstm"
    assert facts["recipe"]["seed"] == RECIPE.seed
    assert [past["epoch"] for past in load_checkpoint(trained / "last")[1]["history"]] == [1, 2]
    assert json.loads((trained / "best.json").read_text()) == facts
    assert any(name.startswith("model.lstm") for name in tensors)
    assert list((trained / "tensorboard").iterdir())


def test_resuming_is_as_if_never_interrupted(trained: Path, tmp_path: Path) -> None:
    # the schedule looks at the whole budget, so the interrupted run must know it too
    stopping = replace(RECIPE, epochs=2)
    train(tunes(), tunes(4), tmp_path, stopping, progress=False, stop_after=1)
    assert load_checkpoint(tmp_path / "last")[1]["epoch"] == 1
    train(tunes(), tunes(4), tmp_path, stopping, progress=False, resume=True)
    whole, resumed = (load_checkpoint(folder / "last") for folder in (trained, tmp_path))
    assert resumed[1]["history"] == whole[1]["history"]
    for name, tensor in whole[0].items():
        torch.testing.assert_close(resumed[0][name], tensor, rtol=0, atol=0)


def test_a_run_is_neither_overwritten_nor_made_up(trained: Path, tmp_path: Path) -> None:
    before = (trained / "last.safetensors").read_bytes()
    with pytest.raises(SolfaError, match="holds a run already; resume it"):
        train(tunes(), tunes(4), trained, RECIPE, progress=False)
    assert (trained / "last.safetensors").read_bytes() == before
    with pytest.raises(SolfaError, match="holds no run to resume"):
        train(tunes(), tunes(4), tmp_path, RECIPE, progress=False, resume=True)


def test_a_run_goes_on_with_its_own_tunes_and_recipe(tmp_path: Path) -> None:
    mine = {"train": ["mine"]}
    train(tunes(), tunes(4), tmp_path, RECIPE, data=mine, progress=False, stop_after=1)
    other = {"train": ["german"]}
    with pytest.raises(SolfaError, match=r"was begun on .*mine.*, not .*german"):
        train(tunes(), tunes(4), tmp_path, RECIPE, data=other, progress=False, resume=True)
    longer = replace(RECIPE, epochs=9)
    train(tunes(), tunes(4), tmp_path, longer, data=mine, progress=False, resume=True)
    facts = load_checkpoint(tmp_path / "last")[1]
    assert (facts["epoch"], facts["data"]) == (2, mine)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"epochs": 0}, r"epochs 0 is outside 1\.\.100000"),
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
        train(tunes(), tunes(4), tmp_path / "tune.abc", RECIPE, progress=False)
    assert (tmp_path / "tune.abc").read_text() == "X:1"


def test_no_tune_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SolfaError, match="0 tunes to train on and 4 to validate"):
        train([], tunes(4), tmp_path, RECIPE, progress=False)


def test_exported_equals_torch(trained: Path, exported: NoteModel) -> None:
    net, _ = load_network(trained / "best")
    encoding = exported.encoding
    for parameter in net.parameters():
        parameter.data = parameter.data.half().float()
    for melody in tunes():
        frame = Frame.of(melody, length=True)
        (song,), _ = prepare([melody], encoding)
        with torch.no_grad():
            losses = net.losses(*collate([song]))
        nats = sum(float(part.sum()) for part in losses)
        session, told = exported.begin([frame]), 0.0
        for symbol in encoding.encode(melody, frame):
            probabilities = session.probabilities()
            np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-12)
            told -= np.log(probabilities[0, symbol])
            if symbol != encoding.end:
                session.push(np.array([symbol]))
        assert told == pytest.approx(nats, rel=1e-4)


def test_a_batch_is_its_rows_one_by_one(exported: NoteModel) -> None:
    """Bit for bit, so that a tune does not depend on how many are made with it."""
    encoding = exported.encoding
    frames = [Frame(Key("G"), 67, Meter(3, 4), length=Fraction(n)) for n in (12, 24, 48, 96, 6)]
    together = exported.begin(frames)
    alone = [exported.begin([frame]) for frame in frames]
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
    together.keep(kept)
    for row, which in enumerate(kept):
        assert (together.probabilities()[row] == alone[which].probabilities()[0]).all()


def test_unasked_probabilities_change_nothing(exported: NoteModel) -> None:
    melody = tunes()[1]
    frame = Frame.of(melody)
    asked, pushed = exported.begin([frame]), exported.begin([frame])
    for symbol in exported.encoding.encode(melody, frame)[:-1]:
        asked.probabilities()
        asked.push(np.array([symbol]))
        pushed.push(np.array([symbol]))
    assert (asked.probabilities() == pushed.probabilities()).all()


def test_weights_have_a_name_of_their_own(exported: NoteModel, trained: Path) -> None:
    assert load_model(trained / "exported").hash == exported.hash
    assert len(exported.hash) == 12
    assert exported.card["made"] == "in a test"


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
    with pytest.raises(ModelError, match="unknown model 'gru'; choose from melody_lstm, ngram"):
        load_model("gru")
    with pytest.raises(ModelError, match="holds no exported model"):
        load_model(tmp_path)


def test_a_damaged_graph_is_refused(trained: Path, exported: NoteModel, tmp_path: Path) -> None:
    for path in (trained / "exported").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:200])
    (tmp_path / "card.json").write_bytes((trained / "exported" / "card.json").read_bytes())
    with pytest.raises(ModelError, match=r"start\.onnx is damaged"):
        load_model(tmp_path)
