"""The wishes as editors and type checkers see them: what `compose` and its like take.

Written by `python -m solfa.composing.request.signatures` from the table of wishes; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypedDict

from solfa.composing.request.parsing import Numbers
from solfa.melody import Key, Meter


class Wishes(TypedDict, total=False):
    """All that can be asked of every composition; what is left out, or None, asks for nothing."""

    key: Key | str | None
    """G, 'F# minor', 'D dorian'; the prompt's, as given or found, or C, if left out."""
    mode: str | None
    """major, minor, dorian, phrygian, lydian, mixolydian or locrian."""
    meter: Meter | str | None
    """2/4, 3/4, 6/8 ...; the prompt's, as given or found, or 4/4, if left out."""
    pickup: Fraction | str | float | None
    """Quarters before bar 1: 1, 1/2, 0; the prompt's, or the model's choice, if left out."""
    style: str | None
    """Repertoire to sound like; one that the model knows."""
    style_strength: float
    """0 ignores the style, 1 is as learned, up to 4 exaggerates it."""
    form: str | None
    """Phrases by letter, as AABA, with their bars, as A4A4B8A4: the same letter is the same
    again, one with a prime (AA'BB') is varied."""
    phrase_bars: Numbers | None
    """Bars of every phrase, as 4, or one by one, as 4,4,8,4."""
    likeness: float
    """How alike phrases of the same letter are, 0 to 1; 1 is note for note."""
    cadences: str | Sequence[str] | None
    """How phrases end, half, full or free: one word for all but the last, which is full, or a
    word for each."""
    scale: str | Sequence[int | str] | None
    """Only these pitches: key (the mode's own, if left out), chromatic (all), pentatonic,
    harmonic-minor, dorian, ..., or degrees of the key, as '1 2 b3 5'."""
    range: Sequence[int | str] | str | None
    """Lowest and highest pitch, as C4-G5 or 60-79."""
    largest_leap: int | None
    """No leap is larger than so many semitones, 1 to 24; an octave is 12."""
    rest_free: bool
    """No rests but between phrases."""
    density: float | None
    """Notes a quarter, 0.25 to 4, leaned on by solfa's own model."""
    temperature: float
    """Above 1 more daring, below 1 more careful."""
    top_p: float
    """Leave out what is less likely than the rest, above this share."""
    min_p: float
    """Leave out what is less likely than so many times the likeliest, 0 to 1."""
    loop_penalty: float
    """How strongly one note or cell over and over is stopped, 0 to 10; 0 never."""
    count: int
    """How many tunes."""
    seed: int | None
    """Makes the same tunes again; a new one, printed, if left out."""
    tempo: int | None
    """Quarters a minute."""
