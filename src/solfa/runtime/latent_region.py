"""The region of a latent space in which the latents of training lie."""

from __future__ import annotations

from typing import Any

import numpy as np


class LatentRegion:
    """The region of a latent space that holds 99 % of the latents of training.

    ``center``, ``spread`` (Z,) and ``radius``, a root mean square distance in units of the spread,
    are read from the card of an exported model.
    """

    center: np.ndarray
    spread: np.ndarray
    radius: float

    def _read_region(self, card: dict[str, Any]) -> None:
        mass = card["latent"]
        self.center, self.spread = np.array(mass["center"]), np.array(mass["spread"])
        self.radius = float(mass["radius"])
        shape = (len(self.center),)
        if not (
            self.center.shape == self.spread.shape == shape
            and np.isfinite([*self.center, *self.spread, self.radius]).all()
            and min(*self.spread, self.radius) > 0
        ):
            raise ValueError("latent")

    def _check_encoder(self, mean: np.ndarray) -> None:
        """`ValueError` if an encoder's latents (1, Z) are of another size than the region's."""
        if mean.shape != (1, len(self.center)):
            raise ValueError("latent")

    def distance(self, z: np.ndarray) -> np.ndarray:
        """How far (B,) points (B, Z) lie from the middle of training's, in its own spread."""
        return np.asarray(np.sqrt((((z - self.center) / self.spread) ** 2).mean(1)))

    def within(self, z: np.ndarray) -> np.ndarray:
        """The points (B, Z), those beyond the ``radius`` of training moved straight onto it."""
        share = np.minimum(1.0, self.radius / np.maximum(self.distance(z), 1e-12))
        return np.asarray(self.center + (z - self.center) * share[:, None])
