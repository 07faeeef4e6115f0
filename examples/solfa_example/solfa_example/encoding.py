"""An encoding: the report's grid, of thirty-second notes. A new one fills in the whole Protocol."""

from collections.abc import Sequence
from fractions import Fraction

from solfa.encodings.grid import GridEncoding
from solfa.melody import Melody


def of(melodies: Sequence[Melody]) -> GridEncoding:
    """The encoding that can say these melodies."""
    return GridEncoding.of(melodies, Fraction(1, 8))
