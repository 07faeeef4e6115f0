"""The registry of encodings: each by its name, made from the tunes that it must encode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from solfa import plugins
from solfa.choices import choose
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding
from solfa.melody import Melody

Maker: TypeAlias = "Callable[[Sequence[Melody]], Encoding]"

_OWN: dict[str, Maker] = {"notes": NoteEncoding.of, "grid": GridEncoding.of}
_ADDED = plugins.added(plugins.ENCODINGS, _OWN)

ENCODINGS = (*_OWN, *_ADDED)
"""The names of all encodings."""


def encoding_of(name: str, melodies: Sequence[Melody]) -> Encoding:
    """The encoding of that name, with the vocabulary of some tunes; `SolfaError` if unknown."""
    name = choose("encoding", name, ENCODINGS)
    maker: Maker = _OWN[name] if name in _OWN else plugins.load(_ADDED[name])
    return maker(melodies)
