"""`gru_attention`: bidirectional GRUs over a window, read by additive attention.

The report's first model: 4 bidirectional GRU layers of 128 units -> additive attention, one score
a time step (Bahdanau et al. 2015) -> batch normalisation -> three dense layers. The report's text
names a score for each feature; its equation and its code give one score a step, and so do we.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.choices import choose
from solfa.models.one_hot import one_hot, squared_error


@dataclass(frozen=True)
class Config:
    """Sizes; ``symbols`` counts the vocabulary, ``steps`` the window."""

    symbols: int
    steps: int = 64
    width: int = 128  # of the GRU, each way (report)
    layers: int = 4  # (report)
    attention: int = 128  # (its code)
    dense: tuple[int, int] = (128, 64)  # (its code)
    dropout: float = 0.5  # between GRU layers (report)
    dense_dropout: float = 0.6  # after the first dense layer (report)
    loss: str = "cross_entropy"  # or squared_error (report)

    def __post_init__(self) -> None:
        loss = choose("loss", self.loss, ("cross_entropy", "squared_error"))
        object.__setattr__(self, "loss", loss)


class GRUAttention(nn.Module):
    """The network; logits of the next symbol, softmax outside."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        both = 2 * config.width
        first, second = config.dense
        self.gru = nn.GRU(
            config.symbols,
            config.width,
            config.layers,
            batch_first=True,
            bidirectional=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )
        self.attention_fc = nn.Linear(both, config.attention)
        self.value_fc = nn.Linear(both, config.attention)
        self.query_fc = nn.Linear(config.attention, 1)
        self.norm = nn.BatchNorm1d(both)
        self.dense1 = nn.Linear(both, first)
        self.drop = nn.Dropout(config.dense_dropout)
        self.dense2 = nn.Linear(first, second)
        self.dense3 = nn.Linear(second, config.symbols)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                nn.init.kaiming_normal_(parameter, nonlinearity="relu")  # He (report)
            elif "bias" in name:
                nn.init.zeros_(parameter)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (B, V) of what follows ``window``: symbols (B, T), or one-hot (B, T, V)."""
        return self.head(self.body(window))

    def body(self, window: Tensor) -> Tensor:
        """The output of the GRU at every step of the window, (B, T, 2W)."""
        x, _ = self.gru(one_hot(window, self.config.symbols))
        return x  # type: ignore[no-any-return]

    def head(self, x: Tensor) -> Tensor:
        """Returns the logits (B, V) of the next symbol, from the body output."""
        score = self.query_fc(torch.tanh(self.attention_fc(x) + self.value_fc(x)))  # (B, T, 1)
        x = (score.softmax(1) * x).sum(1)  # (B, 2W)
        x = self.drop(functional.relu(self.dense1(self.norm(x))))
        x = functional.relu(self.dense2(x))
        return self.dense3(x)  # type: ignore[no-any-return]

    def losses(self, window: Tensor, target: Tensor) -> dict[str, Tensor]:
        """The mean loss, as the config names it, of the targets (B,) given the windows (B, T)."""
        logits = self(window).float()
        if self.config.loss == "squared_error":
            return {"loss": squared_error(logits, target)}
        return {"loss": functional.cross_entropy(logits, target)}
