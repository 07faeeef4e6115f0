"""Cadences: how a phrase ends, on the tonic (full), on the dominant (half), or elsewhere."""

from solfa.melody import MODES, Key

CADENCES = ("half", "full", "free")
"""How a phrase may end: on a note of the dominant (2nd, 5th, 7th degree), on the tonic, freely."""


def endings(cadence: str, mode: str) -> frozenset[int]:
    """The pitches on which a phrase with this cadence may end, in semitones above the tonic.

    In minor the 7th degree is the lowered or the raised one.
    """
    scale = MODES[mode]
    half = {scale[1], scale[4], scale[6], *({11} if mode == "minor" else ())}
    return frozenset({"half": half, "full": {0}, "free": range(12)}[cadence])


def cadence_on(pitch: int, key: Key) -> str:
    """The cadence of a phrase that ends on ``pitch``: ``free`` if neither half nor full."""
    degree = (pitch - key.pitch_class) % 12
    return next(name for name in ("full", "half", "free") if degree in endings(name, key.mode))
