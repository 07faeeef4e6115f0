"""Continuation: phrases of the prompt's lengths for the bars that follow it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise

from solfa.analysis.phrase_lengths import PhraseLengths, find_phrase_lengths
from solfa.composing.constraints.problem import Problem
from solfa.composing.request.form import MOST_PHRASES, Phrase
from solfa.composing.request.prompt import with_comment
from solfa.composing.request.request import Request
from solfa.composing.validation.validate import validate
from solfa.encodings.protocol import Encoding
from solfa.errors import RequestError
from solfa.melody import Melody


def continue_phrases(request: Request, encoding: Encoding, *, open_end: bool) -> Problem:
    """The validated problem, with phrases planned in the pattern of lengths of the prompt's.

    The phrase in which the prompt breaks off is completed. With an ``open_end`` the tune is
    lengthened to the end of a phrase, else the last phrase has the bars that are left. No phrases
    are planned where the prompt's lengths have no regular pattern, where it contradicts the
    request, or where a form or steps are asked for. What was found is added to the prompt's
    comments. Raises `RequestError` with every reason why the request cannot be met.
    """
    prompt, bars = request.prompt, request.bars
    if prompt is None or bars is None or request.form or not prompt.notes:
        return validate(request, encoding)
    lengths = find_phrase_lengths(prompt)
    if lengths.bars and 1 <= bars <= MOST_PHRASES * min(lengths.bars):
        whole = lengths.borders(Fraction(bars))[-1] if open_end else bars
        lines = _lines(prompt, lengths, whole)
        form = tuple(Phrase(bars=end - start) for start, end in pairwise((0, *lines)))
        formed = replace(request, bars=whole, form=form, prompt=_closed(prompt, lines))
        how = "as marked" if lengths.marked else "found by analysis"
        with suppress(RequestError):
            return validate(_noted(formed, f"of {_words(lengths.bars)} bars, {how}"), encoding)
    why = "irregular, left to the model" if lengths.marked else "left to the model"
    return validate(_noted(request, why), encoding)


def _lines(prompt: Melody, lengths: PhraseLengths, whole: int) -> list[int]:
    """After how many bars each phrase ends, up to ``whole``.

    Within the prompt a phrase may end only at one of its phrase marks, or, if it has none, where a
    note ends. One bar that is left at the end lengthens the last phrase; more make a shorter one.
    """
    assert prompt.meter
    *lines, end = lengths.borders(Fraction(whole))
    if lines and end > whole == lines[-1] + 1:
        lines.pop()
    over = list(accumulate(note.duration for note in prompt.notes))
    ends = {over[index] for index in prompt.phrase_ends} if lengths.marked else set(over)
    bar = prompt.meter.bar
    return [line for line in lines if line * bar >= over[-1] or line * bar in ends] + [whole]


def _closed(prompt: Melody, lines: list[int]) -> Melody:
    """The prompt; if it marks phrases, its last note is marked only if a phrase ends there."""
    if not prompt.phrase_ends or not prompt.meter:
        return prompt
    last = len(prompt.notes) - 1
    ends = [index for index in prompt.phrase_ends if index != last]
    closed = prompt.duration / prompt.meter.bar in lines
    return prompt.replace(phrase_ends=[*ends, *([last] if closed else [])])


def _noted(request: Request, found: str) -> Request:
    """The request, with the comment ``phrases: {found}`` added to its prompt."""
    assert request.prompt
    return replace(request, prompt=with_comment(request.prompt, f"phrases: {found}"))


def _words(bars: tuple[int, ...]) -> str:
    """The numbers as a list in words: ``4``, ``2 and 3``, ``2, 2 and 4``."""
    *others, last = map(str, bars)
    return f"{', '.join(others)} and {last}" if others else last
