"""Figures of a latent space against one whose every answer is known."""

import numpy as np
import pytest

from experiments.results.latent_space import WALK, measure, windows_of
from solfa.encodings.grid import GridEncoding
from solfa.melody import Melody, Note
from solfa.runtime.autoencoder import LatentModel

GRID = GridEncoding.over(range(60, 66))
T, V = 8, GRID.size


class Mirror(LatentModel):
    """A latent space as large as a window is long: a unit holds a step's symbol, without doubt."""

    def __init__(self, doubt: float) -> None:
        self.name, self.encoding, self.steps = "mirror", GRID, T
        self.card = {"latent": {"active_units": T, "units": T}}
        self.doubt = doubt

    def encode(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return windows.astype(float), np.full(windows.shape, -30.0)

    def decode(self, z: np.ndarray) -> np.ndarray:
        right = np.rint(z)[:, :, None] == np.arange(V)
        return np.where(right, 1 - self.doubt, self.doubt / (V - 1))


SONGS = [Melody([Note(60 + (i + n) % 6, "1/4") for i in range(6)]) for n in range(6)]


def test_songs_are_cut_into_windows_and_filled_up() -> None:
    song = Melody([Note(60, "1/2")] * 4)  # eight steps and the end
    windows = windows_of(Mirror(0.1), song)
    assert windows.shape == (2, T)
    assert (windows[1] == GRID.end).all()
    hold = GRID.symbols.index("_")
    assert windows[0].tolist() == [0, hold] * 4


@pytest.mark.parametrize("doubt", [0.1, 0.5])
def test_the_bound_is_what_it_must_be(doubt: float) -> None:
    found = measure(Mirror(doubt), SONGS, draws=2, pairs=3)
    steps, notes = 6 * T, 6 * 6
    windows = np.concatenate([windows_of(Mirror(doubt), song) for song in SONGS])
    kl = 0.5 * (windows**2 + np.exp(-30.0) - 1 + 30).sum()
    assert found.kl == pytest.approx(kl / np.log(2) / notes)
    assert found.bound == pytest.approx(found.kl - steps * np.log2(1 - doubt) / notes)
    assert (found.steps_right, found.onsets_right, found.windows_right) == (1, 1, 1)
    assert (found.songs, found.windows, found.ends) == (6, 6, 1)


def test_a_straight_walk_never_leads_back() -> None:
    found = measure(Mirror(0.1), SONGS, pairs=3)
    assert found.walks == 3
    assert found.nearer == 1  # symbol numbers rise or fall steadily on the way
    assert 0 < found.changed <= found.largest <= 1
    assert (WALK - 1) * found.changed >= found.crossfade
