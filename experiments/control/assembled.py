"""Whole tunes put together from phrases of real songs, so that their form is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from experiments.control.phrases import Sung, altered, over, sung, unlike
from solfa.analysis.form import find_form
from solfa.errors import SolfaError
from solfa.evaluation.statistics import Share
from solfa.melody import Melody, Meter

_SHORTEST, _LONGEST = 2, 8  # bars of a phrase


def assembled(
    songs: Sequence[Melody], form: str, share: float, count: int, seed: int = 0
) -> list[Melody]:
    """Tunes put together from real phrases, equally long and whole bars: ``form`` are letters.

    A letter that comes again is altered by this share, or the same at 0. Phrases are marked.
    Raises `SolfaError` where the songs have not enough phrases.
    """
    random = np.random.default_rng(seed)
    as_long: dict[tuple[Meter, Fraction], list[Sung]] = defaultdict(list)
    for one in sung(songs):
        bars = one.length / one.meter.bar
        if bars.denominator == 1 and _SHORTEST <= bars <= _LONGEST:
            as_long[one.meter, one.length].append(one)
    usable = [one for phrases in as_long.values() for one in phrases]
    tunes: list[Melody] = []
    for place in over(len(usable), count, random):
        theme = usable[place]
        found: dict[str, Sung] = {}
        for letter in sorted(set(form)):
            notes = (
                unlike(list(found.values()), as_long[theme.meter, theme.length], random)
                if found
                else theme.notes
            )
            if notes:
                found[letter] = theme._replace(notes=notes)
        if len(found) == len(set(form)):
            tunes.append(_joined(form, found, share, random))
        if len(tunes) == count:
            return tunes
    raise SolfaError(f"{len(usable)} phrases are too few for tunes {form}; give more songs")


def _joined(form: str, found: dict[str, Sung], share: float, random: np.random.Generator) -> Melody:
    phrases = [
        altered(found[letter], share, random)
        if share and letter in form[:place]
        else found[letter].notes
        for place, letter in enumerate(form)
    ]
    theme = found[form[0]]
    ends = np.cumsum([len(phrase) for phrase in phrases]) - 1
    notes = tuple(note for phrase in phrases for note in phrase)
    return Melody(notes, theme.key, theme.meter, phrase_ends=tuple(ends.tolist()))


def found_again(tunes: Sequence[Melody], form: str) -> Share:
    """How often the letters of tunes of one form are found again."""
    return Share.true(
        "".join(phrase.letter for phrase in find_form(tune)) == form for tune in tunes
    )
