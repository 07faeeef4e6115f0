"""The form of a tune, found from its notes: which phrases are repeated, varied or new.

What was asked of a tune is not used: only notes and phrase marks are read, as any file has them.
Phrases are compared by an edit distance (after Mongeau and Sankoff, Comparison of musical
sequences, 1990), which notes that are inserted or left out do not upset;
`solfa.analysis.note_overlap`, which models are given, counts equal notes at equal times only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from string import ascii_uppercase
from typing import NamedTuple

from solfa.melody import Melody, MelodyLike, Note, as_melody, note_onsets

VARIED = 0.66
"""Phrases at least this similar are one varied from the other: what parts phrases of training songs
best from others of their length, when up to six of ten notes are altered (docs/control.md)."""

_PITCH, _TIME, _LENGTH, _NOTE = 1.0, 0.5, 0.25, 1.0
_SHORTEST, _LONGEST = 2, 8  # bars of a phrase
_FEWEST, _USUAL = 3, 4  # phrases of a tune


class FoundPhrase(NamedTuple):
    """A phrase of the form that was found: the same letter and primes are the same notes.

    With other primes it is a variation.

    ``similarity`` is to the most similar earlier phrase, ``like`` that phrase's index; None if the
    phrase is new.
    """

    letter: str
    primes: int
    like: int | None
    similarity: float

    def __str__(self) -> str:
        return self.letter + "'" * self.primes


def find_form(melody: MelodyLike) -> tuple[FoundPhrase, ...]:
    """The phrases of the tune by name, ``"".join(map(str, found))`` being like ``AA'BA``.

    They are taken to be equally long: of as many bars (2 to 8) as can be, so that one of them comes
    again, the same or varied; a tune has three phrases or more. Where the tune marks phrases, each
    must end with a mark; if no equal ones do, they are as marked.
    """
    return name_phrases(segment(as_melody(melody)))


def name_phrases(phrases: Sequence[Sequence[Note]]) -> tuple[FoundPhrase, ...]:
    """Names phrases in order, each by the most similar one before it."""
    found: list[FoundPhrase] = []
    letters = 0
    variants: dict[str, int] = {}
    for index, phrase in enumerate(phrases):
        alike = [edit_similarity(earlier, phrase) for earlier in phrases[:index]]
        most = max(alike, default=0.0)
        like = alike.index(most) if most >= VARIED else None
        if like is None:
            letter, primes = _letter(letters), 0
            letters += 1
        elif most == 1:
            letter, primes = found[like].letter, found[like].primes
        else:
            letter = found[like].letter
            primes = variants[letter] = variants.get(letter, 0) + 1
        found.append(FoundPhrase(letter, primes, like, most))
    return tuple(found)


def edit_similarity(one: Sequence[Note], other: Sequence[Note]) -> float:
    """How similar two phrases are, 0..1: 1 less what it costs to turn one into the other.

    A note more or less costs 1, another pitch 1, another time in the phrase 1/2, another duration
    1/4, of as much as all notes of both.
    """
    first, second = _placed(one), _placed(other)
    if not first or not second:
        return float(not first and not second)
    row = [_NOTE * place for place in range(len(second) + 1)]
    for onset, pitch, duration in first:
        before, row = row, [row[0] + _NOTE]
        for place, (time, height, length) in enumerate(second):
            cost = _PITCH * (pitch != height) + _TIME * (onset != time)
            cost += _LENGTH * (duration != length)
            row.append(min(before[place] + cost, before[place + 1] + _NOTE, row[place] + _NOTE))
    return 1 - row[-1] / (_NOTE * (len(first) + len(second)))


def segment(melody: Melody) -> tuple[tuple[Note, ...], ...]:
    """The phrases of the tune that `find_form` names."""
    cuts = _cuts(melody)
    for phrases in cuts:
        if any(phrase.like is not None for phrase in name_phrases(phrases)):
            return phrases
    if melody.phrase_ends or not cuts:
        return melody.phrases()
    return min(cuts, key=lambda phrases: abs(len(phrases) - _USUAL))


def _cuts(melody: Melody) -> list[tuple[tuple[Note, ...], ...]]:
    """The tune in equal phrases, the longest first; where it marks phrases, at marks only."""
    if melody.meter is None or melody.meter_changes:
        return []
    bars = ceil(melody.duration / melody.meter.bar)
    ends = melody.ends()
    marks = {ends[index] for index in melody.phrase_ends}
    lengths = [
        length * melody.meter.bar
        for length in range(_LONGEST, _SHORTEST - 1, -1)
        if bars % length == 0 and bars // length >= _FEWEST
    ]
    return [
        _cut(melody, length)
        for length in lengths
        if not marks or marks >= {n * length for n in range(1, ceil(melody.duration / length))}
    ]


def _placed(notes: Sequence[Note]) -> list[tuple[float, int | None, float]]:
    """Onset, pitch and duration of each note."""
    return [
        (float(onset), note.pitch, float(note.duration))
        for onset, note in zip(note_onsets(notes), notes, strict=True)
    ]


def _letter(number: int) -> str:
    """A to Z, then AA, BB and so on."""
    rounds, place = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[place] * (rounds + 1)


def _cut(melody: Melody, length: Fraction) -> tuple[tuple[Note, ...], ...]:
    """The tune in pieces of so many quarters; a note held over a cut is in both pieces."""
    phrases: list[list[Note]] = []
    onset = Fraction(0)
    for note in melody.notes:
        end = onset + note.duration
        while onset < end:
            piece = int(onset // length)
            stop = min(end, (piece + 1) * length)
            while len(phrases) <= piece:
                phrases.append([])
            phrases[piece].append(Note(note.pitch, stop - onset))
            onset = stop
    return tuple(map(tuple, phrases))
