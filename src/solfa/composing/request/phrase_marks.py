"""Where the phrases of a finished tune end: as planned, as kept, as the model says."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from solfa.composing.request.request import Request
from solfa.melody import Melody


def mark_phrases(melody: Melody, request: Request) -> Melody:
    """The tune with the ends of the phrases of its form, and with those that are kept.

    A phrase that is kept begins and ends where it did; where the tune marks phrases, no kept note
    ends a phrase that it did not end. A tune that marks none does not when bars are written anew.
    """
    unmarked = request.infills and request.prompt and not request.prompt.phrase_ends
    ends = set() if unmarked else _ends(melody)
    if request.prompt and request.prompt.phrase_ends:
        theirs = _ends(request.prompt)
        closed = {note.onset + note.duration for note in request.kept}
        kept = closed | {note.onset for note in request.kept} | {request.length}
        ends = {end for end in ends if end not in closed} | (theirs & kept)
    ends |= set(accumulate(request.phrase_lengths))
    over = accumulate(note.duration for note in melody.notes)
    return melody.replace(phrase_ends=[index for index, end in enumerate(over) if end in ends])


def _ends(melody: Melody) -> set[Fraction]:
    """When the phrases of a tune end, in quarters."""
    over = list(accumulate(note.duration for note in melody.notes))
    return {over[index] for index in melody.phrase_ends}
