"""`stacked_bilstm`: two bidirectional LSTM layers, one after the other.

The report's fourth model: two bidirectional LSTM layers in sequence, dropout after each, and a
linear layer on the final hidden state: the last step's of the way forward and the first step's of
the way back (Graves and Schmidhuber 2005). The report trains it on songs as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.models.initialise import scale_up
from solfa.models.one_hot import one_hot


@dataclass(frozen=True)
class Config:
    """Sizes; ``symbols`` counts the vocabulary, ``steps`` the window."""

    symbols: int
    steps: int = 64
    widths: tuple[int, int] = (256, 256)  # of the two layers, each way (its code)
    dropout: float = 0.2  # (its code)
    gain: float | None = None  # of the first weights; None: PyTorch's own


class StackedBiLSTM(nn.Module):
    """The network; logits of the next symbol, softmax outside."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        first, second = config.widths
        self.lstm1 = nn.LSTM(config.symbols, first, batch_first=True, bidirectional=True)
        self.lstm2 = nn.LSTM(2 * first, second, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(2 * second, config.symbols)
        if config.gain is not None:
            scale_up(self.lstm1, config.gain)
            scale_up(self.lstm2, config.gain)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (B, V) of what follows ``window``: symbols (B, T), or one-hot (B, T, V)."""
        return self.head(self.body(window))

    def body(self, window: Tensor) -> Tensor:
        """The final hidden states of both ways, (B, 2W)."""
        x, _ = self.lstm1(one_hot(window, self.config.symbols))  # (B, T, 2W)
        _, (final, _) = self.lstm2(self.drop(x))  # (2, B, W): forward, backward
        return torch.cat([final[0], final[1]], 1)

    def head(self, x: Tensor) -> Tensor:
        """Returns the logits (B, V) of the next symbol, from the body output."""
        return self.out(self.drop(x))  # type: ignore[no-any-return]

    def losses(self, window: Tensor, target: Tensor) -> dict[str, Tensor]:
        """The mean cross-entropy of the targets (B,) given the windows (B, T), in nats."""
        return {"loss": functional.cross_entropy(self(window).float(), target)}
