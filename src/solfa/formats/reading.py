"""What a person may say of how a file is to be read, where the file alone leaves a choice."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Reading:
    """Choices for a reader; those that mean nothing to a format are passed over by it.

    ``track`` (from 1) chooses one of several tracks, parts or spines, ``voice`` (from 1) one of
    several voices or channels in it; ``top`` takes the highest note where several sound.
    ``step``, in quarters, is the grid that performed times are brought to; with ``swing`` long
    and short eighths are even ones. ``unfold`` writes repeats and endings out as they are played.
    """

    track: int | None = None
    voice: int | None = None
    top: bool = False
    step: Fraction | None = None
    swing: bool = False
    unfold: bool = False
