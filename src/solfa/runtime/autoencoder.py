"""The autoencoder: windows to points of a latent space and back, besides what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from solfa.runtime.graph import Graph, not_exported, softmax
from solfa.runtime.latent_region import LatentRegion
from solfa.runtime.windows import WindowModel


class LatentModel(LatentRegion, WindowModel):
    """A variational autoencoder over windows of T steps, in two graphs.

    The next symbol is predicted by encoding the last T - 1 steps and an unknown one, and decoding.
    """

    latents_of: ClassVar[str] = "windows"

    def _open(self, folder: Path) -> None:
        self._encoder = Graph(folder / "encode.onnx", self.card)
        self._decoder = Graph(folder / "decode.onnx", self.card)
        with not_exported(folder):
            self._read_region(self.card)
            self._check_encoder(self.encode(np.full((1, self.steps), -1, np.int64))[0])

    def encode(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log variance (B, Z) of windows of symbols (B, T); -1 is an unknown step."""
        mean, log_variance = self._encoder(window=windows)
        return mean, log_variance

    def decode(self, z: np.ndarray) -> np.ndarray:
        """The distribution of the symbols at every step, (B, T, V) float64, of points (B, Z)."""
        logits = self._decoder(z=z.astype(np.float32))[0]
        return softmax(logits.reshape(-1, logits.shape[-1])).reshape(logits.shape)

    def next(self, windows: np.ndarray) -> np.ndarray:
        """Logits (B, V) of what follows each window: symbols (B, T), of which one is let go."""
        unknown = np.full((len(windows), 1), -1, np.int64)
        mean, _ = self.encode(np.concatenate([windows[:, 1:], unknown], 1))
        return self._decoder(z=mean)[0][:, -1]
