"""The keys that signatures name, those with many signs too."""

from solfa.errors import SolfaError
from solfa.melody import Key


def key_of_signature(sharps: int, mode: str) -> Key:
    """The key with so many sharps, respelled where its tonic would bear more than one sign."""
    try:
        return Key.of_signature(sharps, mode)
    except SolfaError:
        return Key.of_signature(sharps - 12 if sharps > 0 else sharps + 12, mode)
