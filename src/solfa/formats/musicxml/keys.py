"""From key signatures to the keys of a melody; what is not given is found by analysis."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from solfa.analysis.keys import find_key
from solfa.formats.comments import found_by_analysis
from solfa.formats.musicxml.signs import KeySign
from solfa.formats.signatures import key_of_signature
from solfa.melody import Key, KeyChange, Note, note_onsets, total


class Keys(NamedTuple):
    """The fields of a `Melody`, and comments on what the file does not tell of them."""

    first: Key
    changes: list[KeyChange]
    comments: list[str]


def keys_of(signatures: Iterable[tuple[Fraction, KeySign]], notes: Sequence[Note]) -> Keys:
    """The keys of the notes; the first signature holds from the start, wherever it stands.

    Without a mode a key is the likelier of major and minor, by the notes until the next.
    """
    signs = _changes(signatures, total([note.duration for note in notes]))
    if not signs:
        return Keys(find_key(notes), [], [_FOUND["key"]])
    onsets = note_onsets(notes)
    cuts = [0, *(bisect_left(onsets, at) for at, _ in signs[1:]), len(notes)]
    keys = [
        _key(sign, notes[start:stop])
        for (_, sign), (start, stop) in zip(signs, pairwise(cuts), strict=True)
    ]
    changes = [KeyChange(at, key) for (at, _), key in zip(signs[1:], keys[1:], strict=True)]
    unknown = ["key" if sign.sharps is None else "mode" for _, sign in signs if sign.mode is None]
    return Keys(keys[0], changes, [_FOUND[what] for what in sorted({*unknown})])


_FOUND = {what: found_by_analysis(what) for what in ("key", "mode")}


def _changes(
    signatures: Iterable[tuple[Fraction, KeySign]], end: Fraction
) -> list[tuple[Fraction, KeySign]]:
    """The signatures that differ from the one before; of several at one time the last."""
    latest = {at: sign for at, sign in signatures if at < end}
    found: list[tuple[Fraction, KeySign]] = []
    for at, sign in latest.items():
        if not found or sign != found[-1][1]:
            found.append((at, sign))
    return found


def _key(sign: KeySign, notes: Sequence[Note]) -> Key:
    if sign.sharps is None:
        return find_key(notes)
    if sign.mode is None:
        return find_key(notes, [key_of_signature(sign.sharps, mode) for mode in ("major", "minor")])
    return key_of_signature(sign.sharps, sign.mode)
