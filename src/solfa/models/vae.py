"""`vae`: a variational autoencoder of whole windows (Kingma and Welling 2014).

The report's second model: T steps by V symbols go through two dense layers to a mean and a log
variance; z = mean + sigma * epsilon comes back through three to the probability of every symbol at
every step. Loss = binary cross-entropy + beta * KL, both summed over a window and averaged over
windows, so that beta is the weight of KL. (The report's code encodes single steps, sums one term
and averages the other.) Decoded probabilities are normalised over the symbols of a step.

A melody is continued by encoding its last T - 1 steps and one unknown step, and decoding that
step; windows whose last step is unknown are part of training where ``unknown`` is above 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.errors import SolfaError
from solfa.models.one_hot import one_hot


@dataclass(frozen=True)
class Config:
    """Sizes; ``symbols`` counts the vocabulary, ``steps`` the window."""

    symbols: int
    steps: int = 64
    hidden: int = 256  # (its code)
    latent: int = 50  # (its code)
    dropout: float = 0.5  # (its code)
    beta: float = 0.5  # of KL (its code)
    annealed: float = 0.0  # share of training over which beta rises from 0
    unknown: float = 0.0  # share of windows whose last step is hidden in training
    categorical: bool = False  # cross-entropy over the symbols of a step instead of binary

    def __post_init__(self) -> None:
        if not self.beta >= 0:
            raise SolfaError(f"beta {self.beta} is below 0; 0.5 is the report's")
        for name in ("annealed", "unknown"):
            if not 0 <= getattr(self, name) <= 1:
                raise SolfaError(f"{name} {getattr(self, name)} is outside 0..1, shares of all")


class VAE(nn.Module):
    """The network; decoding gives log-odds of every symbol at every step."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        window = config.steps * config.symbols
        self.fc1 = nn.Linear(window, config.hidden)
        self.fc2 = nn.Linear(config.hidden, config.hidden)
        self.fc21 = nn.Linear(config.hidden, config.latent)
        self.fc22 = nn.Linear(config.hidden, config.latent)
        self.fc3 = nn.Linear(config.latent, config.hidden)
        self.fc4 = nn.Linear(config.hidden, config.hidden)
        self.fc5 = nn.Linear(config.hidden, window)
        self.drop = nn.Dropout(config.dropout)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)  # (report)

    def encode(self, window: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, Z) of windows (B, T); -1 is an unknown step."""
        x = one_hot(window, self.config.symbols).flatten(1)
        x = functional.relu(self.fc2(self.drop(functional.relu(self.fc1(x)))))
        return self.fc21(x), self.fc22(x)

    def decode(self, z: Tensor) -> Tensor:
        """Log-odds (B, T, V) of every symbol at every step; sigmoid makes them probabilities."""
        x = functional.relu(self.fc4(functional.relu(self.fc3(z))))
        odds: Tensor = self.fc5(self.drop(x))
        return odds.view(-1, self.config.steps, self.config.symbols)

    def logits(self, odds: Tensor) -> Tensor:
        """What a softmax over symbols turns into the decoded probabilities, normalised."""
        return odds if self.config.categorical else functional.logsigmoid(odds)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (B, V) of what follows ``window``, symbols (B, T); its first step is dropped."""
        known = torch.cat([window[:, 1:], torch.full_like(window[:, :1], -1)], 1)
        mean, _ = self.encode(known)
        return self.logits(self.decode(mean)[:, -1].float())

    def elbo(self, window: Tensor, given: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Nats (B,) of reconstructing a window (B, T) from one draw of z, and of KL.

        ``given`` is the encoder's input, the window itself if None.
        """
        mean, log_variance = (x.float() for x in self.encode(window if given is None else given))
        log_variance = log_variance.clamp(-20, 20)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        odds = self.decode(z).float()
        if self.config.categorical:
            nats = functional.cross_entropy(odds.transpose(1, 2), window, reduction="none")
        else:
            whole = one_hot(window, self.config.symbols)
            nats = functional.binary_cross_entropy_with_logits(odds, whole, reduction="none")
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
        return nats.flatten(1).sum(1), kl

    def losses(self, window: Tensor, target: Tensor, progress: float = 1.0) -> dict[str, Tensor]:
        """Mean nats a window that ends with the target (B,): ``reconstruction`` and ``kl``.

        ``progress`` is the share of training that is over: beta rises with it while annealed.
        """
        window = torch.cat([window[:, 1:], target[:, None]], 1)
        reconstruction, kl = (x.mean() for x in self.elbo(window, self._with_unknown(window)))
        annealed = self.config.annealed
        beta = self.config.beta * (min(1.0, progress / annealed) if annealed else 1.0)
        return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}

    def _with_unknown(self, window: Tensor) -> Tensor:
        """The windows, the last step of some of them hidden."""
        if not self.config.unknown:
            return window
        hidden = torch.rand(len(window), device=window.device) < self.config.unknown
        window = window.clone()
        window[hidden, -1] = -1
        return window
