"""Phrase marks: where the phrases of a finished tune end, as planned, as kept, or as composed."""

from __future__ import annotations

from solfa.composing.constraints.problem import Problem
from solfa.encodings.conditions import notes_in_ticks
from solfa.melody import Melody


def mark_phrases(melody: Melody, problem: Problem) -> Melody:
    """The tune with phrase marks at the ends of its form's phrases, and with those that are kept.

    A phrase that is kept begins and ends where it did; where the prompt marks phrases, no fixed
    note ends a phrase that it did not end. A tune without phrase marks has none after bars of it
    are rewritten.
    """
    over = [note.end for note in notes_in_ticks(melody)]
    given = problem.phrase_ends
    ends = set() if problem.unmarked else {over[index] for index in melody.phrase_ends}
    if given is not None:
        closed = {note.end for note in problem.fixed}
        kept = closed | {note.onset for note in problem.fixed} | {problem.length}
        ends = {end for end in ends if end not in closed} | (given & kept)
    ends |= {phrase.end for phrase in problem.phrases}
    return melody.replace(phrase_ends=[index for index, end in enumerate(over) if end in ends])
