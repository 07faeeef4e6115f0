"""The report's four networks: layers and sizes as it gives them, and what each may read."""

import pytest
import torch
from torch import Tensor, nn

from solfa.models import gru_attention, lstm_attention, stacked_bilstm, vae
from solfa.models.one_hot import one_hot
from solfa.models.registry import MODELS
from solfa.training.networks import build

torch.set_num_threads(1)
V, T = 45, 64
every_network = pytest.mark.parametrize(
    "name", [name for name, row in MODELS.items() if "report" in row.recipes]
)


def linear(inside: int, outside: int) -> int:
    return inside * outside + outside


def recurrent(gates: int, inside: int, width: int) -> int:
    """Both ways of one layer: weights of input and memory, and two biases a gate."""
    return 2 * gates * width * (inside + width + 2)


PARAMETERS = {
    "gru_attention": recurrent(3, V, 128)
    + 3 * recurrent(3, 256, 128)
    + 2 * linear(256, 128)  # attention, value
    + linear(128, 1)  # query
    + 2 * 256  # batch norm
    + linear(256, 128)
    + linear(128, 64)
    + linear(64, V),
    "vae": linear(T * V, 256)
    + linear(256, 256)
    + 2 * linear(256, 50)
    + linear(50, 256)
    + linear(256, 256)
    + linear(256, T * V),
    "lstm_attention": recurrent(4, V, 256)
    + 7 * recurrent(4, 512, 256)
    + (512 * 3 * 256 + 256)  # convolution
    + 2 * 256  # layer norm
    + 3 * linear(256, 256)  # queries, keys, values
    + linear(256, 256)  # out of the heads
    + linear(256, 256)
    + linear(256, V),
    "stacked_bilstm": recurrent(4, V, 256) + recurrent(4, 512, 256) + linear(512, V),
}

LAYERS = {
    "gru_attention": {
        "gru": (
            nn.GRU,
            {"hidden_size": 128, "num_layers": 4, "bidirectional": True, "dropout": 0.5},
        ),
        "attention_fc": (nn.Linear, {"in_features": 256, "out_features": 128}),
        "value_fc": (nn.Linear, {"in_features": 256, "out_features": 128}),
        "query_fc": (nn.Linear, {"in_features": 128, "out_features": 1}),
        "norm": (nn.BatchNorm1d, {"num_features": 256}),
        "dense1": (nn.Linear, {"in_features": 256, "out_features": 128}),
        "drop": (nn.Dropout, {"p": 0.6}),
        "dense2": (nn.Linear, {"in_features": 128, "out_features": 64}),
        "dense3": (nn.Linear, {"in_features": 64, "out_features": V}),
    },
    "vae": {
        "fc1": (nn.Linear, {"in_features": T * V, "out_features": 256}),
        "fc2": (nn.Linear, {"in_features": 256, "out_features": 256}),
        "fc21": (nn.Linear, {"in_features": 256, "out_features": 50}),
        "fc22": (nn.Linear, {"in_features": 256, "out_features": 50}),
        "fc3": (nn.Linear, {"in_features": 50, "out_features": 256}),
        "fc4": (nn.Linear, {"in_features": 256, "out_features": 256}),
        "fc5": (nn.Linear, {"in_features": 256, "out_features": T * V}),
        "drop": (nn.Dropout, {"p": 0.5}),
    },
    "lstm_attention": {
        "lstm": (
            nn.LSTM,
            {"hidden_size": 256, "num_layers": 8, "bidirectional": True, "dropout": 0.5},
        ),
        "convolution": (nn.Conv1d, {"in_channels": 512, "out_channels": 256, "kernel_size": (3,)}),
        "drop": (nn.Dropout, {"p": 0.5}),
        "norm": (nn.LayerNorm, {"normalized_shape": (256,)}),
        "attention": (nn.MultiheadAttention, {"embed_dim": 256, "num_heads": 8, "dropout": 0.5}),
        "linear": (nn.Linear, {"in_features": 256, "out_features": 256}),
        "out": (nn.Linear, {"in_features": 256, "out_features": V}),
    },
    "stacked_bilstm": {
        "lstm1": (nn.LSTM, {"input_size": V, "hidden_size": 256, "bidirectional": True}),
        "lstm2": (nn.LSTM, {"input_size": 512, "hidden_size": 256, "bidirectional": True}),
        "drop": (nn.Dropout, {"p": 0.2}),
        "out": (nn.Linear, {"in_features": 512, "out_features": V}),
    },
}


def network(name: str, **sizes: object) -> nn.Module:
    torch.manual_seed(3)
    return build(name, symbols=V, **sizes)


def windows(count: int = 8) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    symbols = torch.randint(0, V, (count, T + 1), generator=generator)
    return symbols[:, :-1], symbols[:, -1]


@every_network
def test_parameters_are_as_many_as_by_hand(name: str) -> None:
    assert sum(p.numel() for p in network(name).parameters()) == PARAMETERS[name]


@every_network
def test_layers_are_the_reports(name: str) -> None:
    layers = dict(network(name).named_children())
    assert list(layers) == list(LAYERS[name])
    for layer, (kind, sizes) in LAYERS[name].items():
        assert type(layers[layer]) is kind
        for size, value in sizes.items():
            assert getattr(layers[layer], size) == value, (layer, size)


@every_network
def test_symbols_feed_as_one_hot_does(name: str) -> None:
    """Symbols are looked up; the arithmetic is that of the report's stored one-hot windows."""
    net, (window, target) = network(name).eval(), windows()
    hot = nn.functional.one_hot(window, V).float()
    assert torch.equal(one_hot(window, V), hot)
    if isinstance(net, vae.VAE):
        for fed, stored in zip(net.encode(window), net.encode(hot), strict=True):
            assert torch.equal(fed, stored)
        return
    torch.testing.assert_close(net(window), net(hot), rtol=0, atol=0)
    logits = net(window)
    one_by_one = -(nn.functional.one_hot(target, V) * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(net.losses(window, target)["loss"], one_by_one)


@pytest.mark.slow
@every_network
def test_each_learns_one_batch_by_heart(name: str) -> None:
    small = {
        "gru_attention": {"width": 32, "layers": 2, "dropout": 0.0, "dense_dropout": 0.0},
        "vae": {"dropout": 0.0, "beta": 0.0, "unknown": 1.0, "categorical": True},
        "lstm_attention": {"width": 32, "layers": 2, "filters": 32, "dropout": 0.0},
        "stacked_bilstm": {"widths": (48, 48), "dropout": 0.0},
    }[name]
    net, (window, target) = network(name, **small), windows()
    optimizer = torch.optim.Adam(net.parameters(), 0.01 if name != "vae" else 0.002)
    for step in range(120):
        if step % 10 == 0 and (net.eval()(window).argmax(1) == target).all():
            break
        loss = net.train().losses(window, target)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (net.eval()(window).argmax(1) == target).all()


@every_network
def test_the_whole_window_counts(name: str) -> None:
    """A change of any step changes the answer: nothing of the window is thrown away."""
    net, (window, _) = network(name, dropout=0.0).eval(), windows(1)
    first = 1 if name == "vae" else 0  # the autoencoder lets the first step go for an unknown one
    for step in (first, 20, T - 1):
        changed = window.clone()
        changed[0, step] = (changed[0, step] + 1) % V
        assert not torch.equal(net(window), net(changed))


@every_network
def test_every_weight_is_used(name: str) -> None:
    """No layer is built and never called, no direction is read and thrown away."""
    net, (window, target) = network(name).eval(), windows()
    net.losses(window, target)["loss"].backward()
    for weight, parameter in net.named_parameters():
        assert parameter.grad is not None, weight
        assert parameter.grad.abs().max() > 0, weight


def test_the_residual_adds_x_to_its_own_norm() -> None:
    net, (window, _) = network("lstm_attention").eval(), windows(2)
    x, _ = net.lstm(one_hot(window, V))
    x = net.convolution(x.transpose(1, 2)).transpose(1, 2).relu()
    mean, variance = x.mean(2, keepdim=True), x.var(2, keepdim=True, correction=0)
    torch.testing.assert_close(net.body(window), x + (x - mean) / (variance + 1e-5).sqrt())


def test_attention_is_softmax_of_scaled_products() -> None:
    """By hand, from the last step: 8 heads of softmax(QK^T / sqrt(d_k)) V."""
    net = network("lstm_attention").eval()
    x = torch.randn(3, T, 256, generator=torch.Generator().manual_seed(2))
    weights, bias = net.attention.in_proj_weight.chunk(3), net.attention.in_proj_bias.chunk(3)
    q, k, v = (
        (x @ w.T + b).view(3, T, 8, 32).transpose(1, 2)  # (B, heads, T, d_k)
        for w, b in zip(weights, bias, strict=True)
    )
    score = (q[:, :, -1:] @ k.transpose(2, 3) / 32**0.5).softmax(3)
    heard = net.attention.out_proj((score @ v).transpose(1, 2).reshape(3, 256))
    torch.testing.assert_close(net.head(x), net.out(net.linear(heard)), rtol=1e-4, atol=1e-5)


def test_additive_attention_weighs_steps() -> None:
    net = network("gru_attention").eval()
    x = torch.randn(3, T, 256, generator=torch.Generator().manual_seed(2))
    score = net.query_fc(torch.tanh(net.attention_fc(x) + net.value_fc(x)))[:, :, 0]
    a = score.exp() / score.exp().sum(1, keepdim=True)
    whole = torch.einsum("bt,btw->bw", a, x)
    dense = net.dense2(net.dense1(net.norm(whole)).relu()).relu()
    torch.testing.assert_close(net.head(x), net.dense3(dense))


def test_squared_error_is_of_the_softmax() -> None:
    net = network("gru_attention", loss="squared_error").eval()
    window, target = windows()
    by_hand = ((net(window).softmax(1) - nn.functional.one_hot(target, V)) ** 2).mean()
    torch.testing.assert_close(net.losses(window, target)["loss"], by_hand)


def test_initialisation() -> None:
    gru = network("gru_attention")
    weights = gru.gru.weight_ih_l1  # He: variance 2 / fan in
    assert weights.std().item() == pytest.approx((2 / 256) ** 0.5, rel=0.05)
    fc1 = network("vae").fc1.weight  # Xavier: uniform within sqrt(6 / (in + out))
    bound = (6 / (T * V + 256)) ** 0.5
    assert 0.99 * bound < fc1.abs().max().item() <= bound


def test_the_loss_of_the_autoencoder_is_on_one_scale() -> None:
    """Both terms are sums over a window, averaged over windows: beta is what it says."""
    net = network("vae", dropout=0.0, beta=0.7).eval()
    window, target = windows()
    whole = torch.cat([window[:, 1:], target[:, None]], 1)
    torch.manual_seed(5)
    losses = net.losses(window, target)
    mean, log_variance = net.encode(whole)
    torch.manual_seed(5)
    odds = net.decode(mean + torch.randn_like(mean) * (0.5 * log_variance).exp())
    p, x = odds.sigmoid(), nn.functional.one_hot(whole, V)
    reconstruction = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2)).mean()
    normal = torch.distributions.Normal
    kl = torch.distributions.kl_divergence(normal(mean, (0.5 * log_variance).exp()), normal(0, 1))
    torch.testing.assert_close(losses["reconstruction"], reconstruction, rtol=1e-4, atol=0)
    torch.testing.assert_close(losses["kl"], kl.sum(1).mean(), rtol=1e-4, atol=0)
    torch.testing.assert_close(
        losses["loss"], reconstruction + 0.7 * kl.sum(1).mean(), rtol=1e-4, atol=0
    )


def test_beta_rises_while_annealed() -> None:
    net = network("vae", beta=0.8, annealed=0.5).eval()
    window, target = windows()
    weights = []
    for progress in (0.0, 0.25, 0.5, 1.0):
        torch.manual_seed(0)
        losses = net.losses(window, target, progress)
        weights.append(((losses["loss"] - losses["reconstruction"]) / losses["kl"]).item())
    assert weights == pytest.approx([0, 0.4, 0.8, 0.8], rel=1e-3, abs=1e-4)


def test_what_is_decoded_is_normalised_over_symbols() -> None:
    window, _ = windows()
    for categorical in (False, True):
        net = network("vae", categorical=categorical).eval()
        known = torch.cat([window[:, 1:], torch.full((len(window), 1), -1)], 1)
        odds = net.decode(net.encode(known)[0])[:, -1]
        weights = odds.exp() if categorical else odds.sigmoid()
        expected = weights / weights.sum(1, keepdim=True)
        torch.testing.assert_close(net(window).softmax(1), expected)


def test_configs_say_where_their_defaults_come_from() -> None:
    for module in (gru_attention, vae, lstm_attention, stacked_bilstm):
        assert module.Config(V).steps == T
