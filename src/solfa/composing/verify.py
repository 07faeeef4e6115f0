"""Verification: whether a finished melody keeps what was asked, judged from its notes alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from solfa.composing.constraints.problem import Problem
from solfa.composing.request.form import written
from solfa.composing.request.kept import same_key
from solfa.composing.request.parsing import spans
from solfa.encodings.conditions import FixedNote, notes_in_ticks
from solfa.encodings.sentinels import REST
from solfa.encodings.ticks import to_quarters
from solfa.melody import Melody


class Check(NamedTuple):
    """One guarantee in words, and whether it was kept."""

    guarantee: str
    kept: bool


Notes = tuple[FixedNote, ...]

_PITCH_CLASSES = 12


def verify(melody: Melody, problem: Problem) -> tuple[Check, ...]:
    """Checks of every guarantee of the ``problem`` on ``melody``, computed without the rules.

    Where bars of a tune are rewritten, the kept notes and exact repeats of them are exempt.
    """
    notes = notes_in_ticks(melody)
    return (
        *_scale(melody, notes, problem),
        _length(melody, problem),
        *_final(notes, problem),
        *_pitches(notes, problem),
        *_rests(melody, notes, problem),
        *_form(melody, notes, problem),
        *_cadences(notes, problem),
        *_kept(melody, notes, problem),
    )


def _scale(melody: Melody, notes: Notes, problem: Problem) -> Iterator[Check]:
    """Whether the notes are in the scale; nothing is said of the key where every pitch is free."""
    request, key = problem.request, problem.request.key
    if len(request.pitch_classes) == _PITCH_CLASSES:
        return
    prompt = request.prompt
    exempt = problem.standing if prompt and (request.infills or prompt.key_changes) else frozenset()
    scale = request.scale or ""
    if scale == "key":
        name = f"the scale of {key}"
    elif scale[-1].isdigit():
        name = f"degrees {scale} of {key}"
    else:
        name = f"the {scale} scale on {key.tonic}"
    pitches = {n.pitch % 12 for n in notes if _sounds(n) and n not in exempt}
    keys = (melody.key, *(change.key for change in melody.key_changes))
    named = any(same_key(key, other) for other in keys)
    inside = pitches <= request.pitch_classes
    yield Check(f"every {'new ' if exempt else ''}note in {name}", named and inside)


def _length(melody: Melody, problem: Problem) -> Check:
    request = problem.request
    meter = request.meter
    # a melody has no gaps: in one metre, all its bars are full but the last
    bars = len(melody.bar_lines()) - (melody.pickup > 0)
    exact = melody.duration == to_quarters(problem.length) and request.bars in (None, bars)
    if request.infills:
        name = f"as long as the tune, in {meter}"
    elif request.bars is not None:
        name = f"{request.bars} full bars of {meter}"
    else:
        full = (melody.duration - melody.pickup) % meter.bar == 0
        name = f"{request.steps} steps in {meter}, all bars full{'' if full else ' but the last'}"
    return Check(name, melody.meter == meter and not melody.meter_changes and exact)


def _final(notes: Notes, problem: Problem) -> Iterator[Check]:
    last = notes[-1] if notes else None
    if last not in problem.beyond:
        key = problem.request.key
        on_tonic = last is not None and _sounds(last) and last.pitch % 12 == key.pitch_class
        yield Check(f"ends on the tonic {key.tonic}", on_tonic)


def _sounds(note: FixedNote) -> bool:
    return note.pitch != REST


def _pitches(notes: Notes, problem: Problem) -> Iterator[Check]:
    request = problem.request
    sounding = [(note.pitch, note in problem.beyond) for note in notes if _sounds(note)]
    pitches = {pitch for pitch, stands in sounding if not stands}
    if request.range:
        low, high = request.range
        inside = all(low <= pitch <= high for pitch in pitches)
        yield Check(f"range {request.key.spell(low)} to {request.key.spell(high)}", inside)
    if problem.largest_leap is not None:
        leaps = [
            abs(pitch - before)
            for (before, stood), (pitch, stands) in pairwise(sounding)
            if not (stood and stands)
        ]
        near = max(leaps, default=0) <= problem.largest_leap
        yield Check(f"no leap beyond {problem.largest_leap} semitones", near)


def _rests(melody: Melody, notes: Notes, problem: Problem) -> Iterator[Check]:
    if problem.rest_free:
        ends = {notes[index].end for index in melody.phrase_ends}
        rests = [n for n in notes if not _sounds(n) and n not in problem.standing]
        between = all(rest.onset > 0 and {rest.onset, rest.end} & ends for rest in rests)
        yield Check("no rests but between phrases", between)


def _form(melody: Melody, notes: Notes, problem: Problem) -> Iterator[Check]:
    request, phrases = problem.request, problem.phrases
    if not phrases:
        return
    marked = {notes[index].end for index in melody.phrase_ends}
    if request.form[0].letter:
        name = f"form {written(request.form)}"
    else:
        bars = ", ".join(str(phrase.length // problem.bar) for phrase in phrases)
        name = f"phrases of {bars} bars"
    yield Check(name, {phrase.end for phrase in phrases} <= marked)
    if problem.repeats:
        same = all(
            _within(notes, start, end) == _within(notes, other, other + end - start)
            for start, end, other in problem.repeats
        )
        letters = dict.fromkeys(
            named.letter
            for named, phrase in zip(request.form, phrases, strict=True)
            if phrase.likeness == 1
        )
        yield Check(f"every {', '.join(letters)} the same", same)


def _within(notes: Notes, start: int, end: int) -> list[FixedNote]:
    """The notes that begin in part of a tune, as they would from its start on."""
    return [note._replace(onset=note.onset - start) for note in notes if start <= note.onset < end]


def _cadences(notes: Notes, problem: Problem) -> Iterator[Check]:
    for number, phrase in enumerate(problem.phrases[:-1], 1):
        if phrase.cadence == "free":
            continue
        sounding = [n for n in notes if phrase.start <= n.onset < phrase.end and _sounds(n)]
        if sounding and sounding[-1] in problem.beyond:
            continue
        closes = bool(sounding) and sounding[-1].pitch % 12 in phrase.endings
        yield Check(f"phrase {number} ends {phrase.cadence}", closes)


def _kept(melody: Melody, notes: Notes, problem: Problem) -> Iterator[Check]:
    request, prompt = problem.request, problem.request.prompt
    if request.pickup is not None:
        name = f"pickup {request.pickup}" if request.pickup else "no pickup"
        yield Check(name, melody.pickup == request.pickup)
    if prompt and not request.infills:
        yield Check("prompt kept", melody.notes[: len(prompt.notes)] == prompt.notes)
    elif prompt:
        phrases = range(1, len(prompt.phrases()) + 1)
        others = [
            f"{name} {spans([n for n in all_ if n not in rewritten])}"
            for name, all_, rewritten in (
                ("bars", prompt.bar_numbers, request.rewrite),
                ("phrases", phrases, request.rewrite_phrases),
            )
            if rewritten
        ]
        yield Check(f"{' of '.join(others)} kept", set(problem.fixed) <= set(notes))
