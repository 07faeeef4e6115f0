"""`lstm_attention`: deep bidirectional LSTMs, a convolution, and multi-head attention.

The report's third model: 8 bidirectional LSTM layers of 256 units -> convolution of 256 filters
over 3 steps, ReLU, dropout -> y = x + LayerNorm(x) -> multi-head attention (Vaswani et al. 2017),
8 heads -> linear, dropout, output. The report's figure would add the LSTM's 512 numbers to the
convolution's 256; its equation adds x to its own norm, and read so the widths agree: x is what
leaves the convolution. The attention's query for the next symbol is the last step of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from solfa.models.initialise import scale_up
from solfa.models.one_hot import one_hot


@dataclass(frozen=True)
class Config:
    """Sizes; ``symbols`` counts the vocabulary, ``steps`` the window."""

    symbols: int
    steps: int = 64
    width: int = 256  # of the LSTM, each way (report)
    layers: int = 8  # (report)
    filters: int = 256  # (report)
    kernel: int = 3  # (report)
    heads: int = 8  # (report)
    dropout: float = 0.5  # (report)
    gain: float | None = None  # of the first weights; None: PyTorch's own


class LSTMAttention(nn.Module):
    """The network; logits of the next symbol, softmax outside."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width, dropout = config.filters, config.dropout
        self.lstm = nn.LSTM(
            config.symbols,
            config.width,
            config.layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if config.layers > 1 else 0.0,
        )
        self.convolution = nn.Conv1d(
            2 * config.width, width, config.kernel, padding=config.kernel // 2
        )
        self.drop = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, config.heads, dropout, batch_first=True)
        self.linear = nn.Linear(width, width)
        self.out = nn.Linear(width, config.symbols)
        if config.gain is not None:
            scale_up(self.lstm, config.gain)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (B, V) of what follows ``window``: symbols (B, T), or one-hot (B, T, V)."""
        return self.head(self.body(window))

    def body(self, window: Tensor) -> Tensor:
        """The output of LSTM and convolution at every step of the window, (B, T, F)."""
        x, _ = self.lstm(one_hot(window, self.config.symbols))  # (B, T, 2W)
        x = self.convolution(x.transpose(1, 2)).transpose(1, 2)  # (B, T, F)
        x = self.drop(functional.relu(x))
        return x + self.norm(x)  # type: ignore[no-any-return]

    def head(self, x: Tensor) -> Tensor:
        """Returns the logits (B, V) of the next symbol, from the body output.

        The last step is the query of the attention.
        """
        x, _ = self.attention(x[:, -1:], x, x, need_weights=False)  # (B, 1, F)
        return self.out(self.drop(self.linear(x[:, 0])))  # type: ignore[no-any-return]

    def losses(self, window: Tensor, target: Tensor) -> dict[str, Tensor]:
        """The mean cross-entropy of the targets (B,) given the windows (B, T), in nats."""
        return {"loss": functional.cross_entropy(self(window).float(), target)}
