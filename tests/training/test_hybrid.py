"""The hybrid in miniature: its units, its laws, and that the latent is used."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.ticks import TICKS
from solfa.encodings.units import cut
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Meter, Note
from solfa.models.melody_vae import Config, MelodyVAE, events
from solfa.runtime import load_model
from solfa.runtime.hybrid import HybridModel
from solfa.training.export import export, load_network
from solfa.training.loop import fit
from solfa.training.packing import round_off
from solfa.training.recipe import Recipe
from solfa.training.songs import Batch, collate, prepare, whole_conditions
from solfa.training.units import units_of

torch.set_num_threads(1)  # these networks are small: more threads only wait for each other

SIZES = {"width": 16, "encoder": 8, "latent": 4, "queries": 2, "dropout": 0.0}
RECIPE = Recipe(sizes=SIZES, epochs=2, batch=4, warm_up=2, patience=None)


def tunes(count: int = 6) -> list[Melody]:
    """Self-made songs of two to eleven bars: random steps in two metres, half with a pickup."""
    random = np.random.default_rng(5)
    melodies = []
    for number in range(count):
        meter = Meter(3, 4) if number % 2 else Meter(2, 4)
        pickup = Fraction(number % 2)
        bars = 2 + 3 * (number % 4)
        pitches = 67 + np.cumsum(random.integers(-2, 3, int(bars * meter.bar)))
        notes = tuple(Note(int(pitch), Fraction(1)) for pitch in pitches)
        ends = (len(notes) - 1,) if number % 3 else ()
        melodies.append(Melody(notes, Key("G"), meter, pickup, ends))
    return melodies


ENCODING = NoteEncoding.of(tunes())


def batch() -> Batch:
    return collate(prepare(tunes(), ENCODING)[0])


def network(**sizes: float) -> MelodyVAE:
    torch.manual_seed(1)
    return MelodyVAE(Config.of(ENCODING, **{**SIZES, **sizes})).eval()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("melody_vae")
    fit("melody_vae", tunes(), tunes(4), folder, RECIPE, progress=False)
    export(folder / "best", folder / "exported")
    return folder


@pytest.fixture(scope="module")
def exported(run: Path) -> HybridModel:
    found = load_model(run / "exported")
    assert isinstance(found, HybridModel)
    return found


# Units


@given(st.integers(0, 10**5), st.sampled_from([6, 8, 12, 16]))
def test_a_unit_and_a_place_say_the_sixteenth(onset: int, quarters: int) -> None:
    unit, place = cut(np.array(onset), np.array(quarters * TICKS))
    assert unit * quarters * 4 + place - 1 == onset // (TICKS // 4)


def test_a_batch_is_cut_by_the_bars_of_its_tunes() -> None:
    songs = batch()
    units = units_of(songs, ENCODING)
    (B, T), seen = songs.duration.shape, set()
    for number, steps in enumerate(units.steps.numpy()):
        steps = steps[steps >= 0]
        rows = set(steps // T)
        assert len(rows) == 1
        assert (units.unit.flatten()[steps] == number).all()
        places = units.place.flatten()[steps]
        assert (np.diff(places) > 0).all()
        seen |= set(steps.tolist())
    assert seen == set(np.flatnonzero(songs.duration.flatten() >= 0).tolist())
    assert (units.place[songs.duration < 0] == 0).all()
    for row in range(B):  # each note is a quarter; the metre says how many make a unit
        metre = int(songs.features[row, 0, FEATURES.index("metre")])
        quarters = 4 * int(Meter.parse(ENCODING.meters[metre - 1]).bar)
        inside = songs.duration[row] >= 0
        within = units.unit[row][inside] - units.unit[row, 0]
        assert within.tolist() == [step // quarters for step in range(len(within))]


# The network


def test_what_stands_beside_a_unit_changes_nothing() -> None:
    net, songs = network(), batch()
    heard = events(*songs[:1], *songs[2:4], units_of(songs, ENCODING))
    mean, log_variance = net.encode(heard)
    for row, unit in enumerate(heard):
        alone = net.encode(unit[unit[:, -1] > 0][None])
        torch.testing.assert_close(alone[0][0], mean[row], atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(alone[1][0], log_variance[row], atol=1e-6, rtol=1e-5)


def test_the_order_of_notes_is_heard_both_ways() -> None:
    net = network()
    unit = torch.ones(1, 4, 5, dtype=torch.long)
    unit[0, :, 1] = torch.tensor([20, 22, 24, 25])
    heard: list[torch.Tensor] = []
    for way in (net.encode.forth, net.encode.back):
        way.register_forward_hook(lambda *call: heard.append(call[2][0]))
    for changed in (0, 3):
        other = unit.clone()
        other[0, changed, 1] = 30
        assert not torch.equal(net.encode(unit)[0], net.encode(other)[0])
        forth, back, forth_other, back_other = heard
        # what is heard first of the tune by one is heard last by the other
        assert torch.equal(forth[0, 0], forth_other[0, 0]) is (changed == 3)
        assert torch.equal(back[0, 0], back_other[0, 0]) is (changed == 0)
        heard.clear()


def test_the_future_changes_nothing_given_the_latents() -> None:
    net, songs = network(), batch()
    B, T = songs.duration.shape
    z, place = torch.randn(B, T, 4), torch.ones(B, T, dtype=torch.long)
    before, _ = net.body(songs.features, net.empty(B), net.lead(z, place))
    features, later = songs.features.clone(), z.clone()
    features[:, 4:, 0] = 0
    later[:, 4:] = 0
    after, _ = net.body(features, net.empty(B), net.lead(later, place))
    torch.testing.assert_close(before[:, :4], after[:, :4], rtol=0, atol=0)
    assert not torch.equal(before[:, 4:], after[:, 4:])


def test_another_latent_is_another_tune_unless_it_is_unknown() -> None:
    net, songs = network(), batch()
    B, T = songs.duration.shape
    one, other = torch.randn(2, B, T, 4)
    for place, same in ((1, False), (0, True)):
        places = torch.full((B, T), place)
        heard = [
            net.body(songs.features, net.empty(B), net.lead(z, places))[0] for z in (one, other)
        ]
        assert torch.equal(*heard) is same


def test_a_hidden_past_leaves_place_and_conditions() -> None:
    net, songs = network(), batch()
    B, T = songs.duration.shape
    nothing, told = torch.zeros(B, T, 4), torch.zeros(B, T, dtype=torch.long)
    for name, heard in (("pitch", False), ("match", False), ("position", True), ("metre", True)):
        features = songs.features.clone()
        features[..., FEATURES.index(name)] = 1
        outs = [
            net.body(f, net.empty(B), net.lead(nothing, told), torch.zeros(B, T))[0]
            for f in (songs.features, features)
        ]
        assert torch.equal(*outs) is not heard


def test_divergence_and_its_weight_by_hand() -> None:
    songs = batch()
    units = units_of(songs, ENCODING)
    net = network(beta=0.5, free=0.1, annealed=0.5)
    with torch.no_grad():
        for parameter in net.encode.out.parameters():
            parameter.zero_()
        net.encode.out.bias[:4] = torch.tensor([0.0, 1.0, 2.0, 0.0])  # means
        net.encode.out.bias[7] = 2.0  # the last log variance
    known = torch.ones(len(songs.pickup), dtype=torch.bool)
    told = net.losses(*songs, units, known).divergence
    expected = torch.tensor([0.0, 0.5, 2.0, 0.5 * (np.exp(2) - 1 - 2)], dtype=torch.float32)
    torch.testing.assert_close(told, expected.expand(len(units.steps), 4))
    whole = 0.5 * (0.1 + expected[1:].sum()) * len(told)  # 0.1 nats cost nothing to lower
    torch.testing.assert_close(net.weight(told, 1.0), whole)
    torch.testing.assert_close(net.weight(told, 0.25), whole / 2)
    none = net.losses(*songs, units, ~known).divergence
    assert none.shape == (0, 4)
    assert net.weight(none, 1.0) == 0


@pytest.mark.slow
def test_it_learns_one_batch_by_heart_through_the_latent() -> None:
    """With its past hidden nothing but z tells one tune from another."""
    net = network(width=48, encoder=32, latent=16).train()
    songs = batch()
    units, known = units_of(songs, ENCODING), torch.ones(6, dtype=torch.bool)
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(200):
        symbols = net.losses(*songs, units, known).symbols
        loss = sum(part.sum() for part in symbols) / (songs.pitch >= 0).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    units = units_of(songs, ENCODING)
    costs = []
    for order in (torch.arange(6), torch.arange(6).roll(1)):
        z, _ = net.encode(events(*songs[:1], *songs[2:4], units))
        z = z[units.unit][order]  # each tune's own latents, or another's
        silent = torch.zeros(units.place.shape)
        heard, _ = net.body(songs.features, net.empty(6), net.lead(z, units.place), silent)
        logits = net.decoder.pitch(heard, songs.duration.clamp(min=0)).flatten(0, 1)
        pitch = torch.nn.functional.cross_entropy(logits, songs.pitch.flatten(), ignore_index=-1)
        costs.append(pitch.item())
    assert costs[0] < 0.3
    assert costs[1] > 1


# From the loop to the runtime


@pytest.mark.slow
def test_exported_equals_torch_told_and_untold(run: Path, exported: HybridModel) -> None:
    net, _ = load_network(run / "best")
    round_off(net)
    for melody in tunes():
        songs = collate(prepare([melody], exported.encoding)[0])
        units = units_of(songs, exported.encoding)
        with torch.no_grad():
            mean, log_variance = net.encode(events(*songs[:1], *songs[2:4], units))
        ours = exported.encode(melody)
        np.testing.assert_allclose(ours[0], mean.numpy(), atol=2e-5)
        np.testing.assert_allclose(ours[1], log_variance.numpy(), atol=2e-5)
        conditions = whole_conditions(melody, by_parts=True)
        for model, known in ((exported.with_latents([ours[0]], "told"), True), (exported, False)):
            place = units.place * known
            z = mean[units.unit]
            with torch.no_grad():
                heard, _ = net.body(songs.features, net.empty(1), net.lead(z, place))
                d, p = songs.duration.clamp(min=0), songs.pitch.clamp(min=0)
                said = (
                    net.decoder.duration(heard).log_softmax(-1),
                    net.decoder.pitch(heard, d).log_softmax(-1),
                    net.decoder.phrase(heard, d, p).log_softmax(-1),
                )
            nats = 0.0
            for logs, target in zip(said, songs[2:], strict=True):
                own = logs.gather(-1, target.clamp(min=0)[..., None])[..., 0]
                nats -= float((own * (target >= 0)).sum())
            session, told = model.begin([conditions]), 0.0
            for index, symbol in enumerate(exported.encoding.encode(melody, conditions)):
                if index:  # the pickup is said before any note
                    told -= np.log(session.probabilities()[0, symbol])
                if symbol != exported.encoding.end:
                    session.push(np.array([symbol]))
            assert told == pytest.approx(nats, rel=1e-4)


def test_a_batch_is_its_rows_one_by_one(exported: HybridModel) -> None:
    """Bit for bit, each row with latents of its own; they come again when they are over."""
    encoding, random = exported.encoding, np.random.default_rng(3)
    all_conditions = [
        Conditions(Key("G"), 67, Meter(3, 4), length=Fraction(n)) for n in (12, 24, 48, 96)
    ]
    latents = [random.standard_normal((1 + row, 4)) for row in range(4)]
    together = exported.with_latents(latents, "all").begin(all_conditions)
    alone = [
        exported.with_latents([z], "one").begin([conditions])
        for z, conditions in zip(latents, all_conditions, strict=True)
    ]
    for _ in range(60):
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


def test_latents_lead_their_own_unit(exported: HybridModel) -> None:
    """Two tunes differ in the latent of their second unit alone, and part there."""
    random = np.random.default_rng(4)
    one = random.standard_normal((2, 4))
    other = np.stack([one[0], one[1] + 5])
    conditions = Conditions(Key("G"), 67, Meter(2, 4), pickup=Fraction(0), phrases=False)
    pair = exported.with_latents([one, other], "two").begin([conditions] * 2)
    quarter = exported.encoding.durations.index(TICKS)
    pair.push(np.full(2, exported.encoding.first[0]))
    for note in range(9):
        first, second = pair.probabilities()
        assert np.array_equal(first, second) is (note < 8)
        pair.push(np.full(2, quarter))
        pair.push(np.full(2, exported.encoding.first[2] + 25))


def test_resuming_is_as_if_never_interrupted(run: Path, tmp_path: Path) -> None:
    from solfa.training.checkpoint import load_checkpoint

    ask = ("melody_vae", tunes(), tunes(4), tmp_path, RECIPE)
    fit(*ask, progress=False, stop_after=1)
    fit(*ask, progress=False, resume=True)
    whole, resumed = (load_checkpoint(folder / "last") for folder in (run, tmp_path))
    assert resumed[1]["history"] == whole[1]["history"]
    for name, tensor in whole[0].items():
        torch.testing.assert_close(resumed[0][name], tensor, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ("hidden=2", r"hidden 2 is outside 0\.\.1"),
        ("beta=-0.1", "beta -0.1 is below 0"),
        ("members=2", "members 2 is not 1"),
        ("colour=2", "the network has no 'colour'"),
    ],
)
def test_impossible_sizes(size: str, why: str, tmp_path: Path) -> None:
    recipe = replace(RECIPE, sizes=SIZES).sized([size])
    with pytest.raises(SolfaError, match=why):
        fit("melody_vae", tunes(), tunes(4), tmp_path, recipe, progress=False)
