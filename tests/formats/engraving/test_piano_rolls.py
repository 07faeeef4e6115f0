from io import BytesIO

import matplotlib.image
import pytest

from solfa.errors import SolfaError
from solfa.formats.engraving.piano_rolls import draw
from solfa.melody import Melody, Note

TUNE = Melody([Note(60, 1), Note(None, 1), Note(67, 2)])


def ink(*melodies: Melody) -> tuple[int, float]:
    """Height of the picture, and how much of it is as blue as notes are."""
    pixels = matplotlib.image.imread(BytesIO(draw(melodies, ["one"])), format="png")
    blue = (pixels[..., 2] - pixels[..., 0] > 0.15).sum()
    return pixels.shape[0], float(blue)


def test_every_melody_has_its_row() -> None:
    (one, blue), (three, more) = ink(TUNE), ink(TUNE, TUNE, TUNE)
    assert three > 2 * one
    assert more == pytest.approx(3 * blue, rel=0.1)


def test_rests_are_empty() -> None:
    held = Melody([Note(60, 2), Note(67, 2)])
    assert ink(held)[1] == pytest.approx(ink(TUNE)[1] * 4 / 3, rel=0.1)


def test_silence_cannot_be_drawn() -> None:
    with pytest.raises(SolfaError, match="no melody sounds a note"):
        draw([Melody([Note(None, 4)])])
