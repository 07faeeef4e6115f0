"""What of a prompt stands, and the key of what is new."""

from __future__ import annotations

from fractions import Fraction

from solfa.composing.request.request import Request
from solfa.melody import Key, Melody, Note, total


def kept_notes(request: Request) -> tuple[int, ...]:
    """The indices of the prompt's notes that stand: all, or those that are not rewritten."""
    if request.prompt is None:
        return ()
    spans = _rewritten(request, request.prompt) if request.infills else []
    onsets = enumerate(request.prompt.onsets())
    return tuple(i for i, at in onsets if not any(start <= at < end for start, end in spans))


def keys_of_new_notes(request: Request) -> tuple[Key, ...]:
    """The keys of the prompt that hold where notes are composed: at its end, or in rewritten bars.

    There is one, unless bars in several keys are rewritten.
    """
    prompt = request.prompt
    if prompt is None or not request.infills:
        return (prompt.key_at(prompt.duration),) if prompt else ()
    found: list[Key] = []
    for start, end in _rewritten(request, prompt):
        found.append(prompt.key_at(start))
        found += [change.key for change in prompt.key_changes if start < change.onset < end]
    return tuple(dict.fromkeys(found))


def notes_in_key(prompt: Melody, key: Key) -> tuple[Note, ...]:
    """The notes of the prompt that begin where it is in this key, however it is spelled."""
    if not prompt.key_changes:
        return prompt.notes
    return tuple(
        note
        for note, onset in zip(prompt.notes, prompt.onsets(), strict=True)
        if same_key(prompt.key_at(onset), key)
    )


def same_key(one: Key, other: Key) -> bool:
    """Whether two keys are the same but for their spelling."""
    return (one.pitch_class, one.mode) == (other.pitch_class, other.mode)


def _rewritten(request: Request, prompt: Melody) -> list[tuple[Fraction, Fraction]]:
    """The spans (quarters) of the prompt that are rewritten."""
    spans = [
        (onset, onset + length)
        for number, (onset, length, _) in zip(prompt.bar_numbers, prompt.bar_lines(), strict=True)
        if number in request.rewrite
    ]
    onset = Fraction(0)
    for number, phrase in enumerate(prompt.phrases(), 1):
        length = total([note.duration for note in phrase])
        if number in request.rewrite_phrases:
            spans.append((onset, onset + length))
        onset += length
    return spans
