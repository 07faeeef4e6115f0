"""Whether a finished melody keeps what was asked: judged from its notes alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from solfa.analysis.cadences import endings
from solfa.composing.request.form import written
from solfa.composing.request.parsing import spans
from solfa.composing.request.request import Request
from solfa.encodings.conditions import FixedNote
from solfa.melody import Melody


class Check(NamedTuple):
    """One guarantee in words, and whether it was kept."""

    guarantee: str
    kept: bool


def verify(melody: Melody, request: Request) -> tuple[Check, ...]:
    """Every guarantee of ``request``, held against ``melody`` without asking any rule.

    What is kept of a tune in which bars are written anew, and what repeats it note for note, need
    not be as asked.
    """
    notes = [
        FixedNote(onset, note.pitch, note.duration)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    ]
    beyond = _beyond(request) if request.infills else frozenset()
    return (
        Check(f"in {request.key}", melody.key == request.key),
        _length(melody, request),
        *_final(notes, request, beyond),
        *_pitches(notes, request, beyond),
        *_form(melody, notes, request),
        *_cadences(notes, request, beyond),
        *_kept(melody, notes, request),
    )


def _beyond(request: Request) -> frozenset[FixedNote]:
    """The kept notes, and those that repeat them note for note."""
    beyond = set(request.kept)
    for start, end, other in _repeats(request):
        length = end - start
        for note in request.kept:
            if start <= note.onset < end:
                beyond.add(note._replace(onset=note.onset - start + other))
            if other <= note.onset < other + length:
                beyond.add(note._replace(onset=note.onset - other + start))
    return frozenset(beyond)


def _repeats(request: Request) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """Where a phrase begins and ends, and where it comes again note for note, pair by pair."""
    lines = list(accumulate(request.phrase_lengths, initial=Fraction(0)))
    same: dict[int, list[int]] = {}
    for index, phrase in enumerate(request.plan):
        if phrase.like is not None and phrase.likeness == 1:
            for earlier in same.setdefault(phrase.like, [phrase.like]):
                yield lines[earlier], lines[earlier + 1], lines[index]
            same[phrase.like].append(index)


def _length(melody: Melody, request: Request) -> Check:
    meter = request.meter
    # a melody has no gaps: in one metre, all its bars are full but the last
    bars = len(melody.bar_lines()) - (melody.pickup > 0)
    exact = melody.duration == request.length and request.bars in (None, bars)
    if request.infills:
        name = f"as long as the tune, in {meter}"
    elif request.bars is not None:
        name = f"{request.bars} full bars of {meter}"
    else:
        full = (request.length - melody.pickup) % meter.bar == 0
        name = f"{request.steps} steps in {meter}, all bars full{'' if full else ' but the last'}"
    return Check(name, melody.meter == meter and not melody.meter_changes and exact)


def _final(
    notes: list[FixedNote], request: Request, beyond: frozenset[FixedNote]
) -> Iterator[Check]:
    last = notes[-1] if notes else None
    if last not in beyond:
        on_tonic = last is not None and last.pitch in _of({0}, request)
        yield Check(f"ends on {request.key.tonic}", on_tonic)


def _of(degrees: Collection[int], request: Request) -> list[int]:
    """Every MIDI pitch that is so many semitones above a tonic."""
    return [p for p in range(128) if (p - request.key.pitch_class) % 12 in degrees]


def _pitches(
    notes: list[FixedNote], request: Request, beyond: frozenset[FixedNote]
) -> Iterator[Check]:
    sounding = [(note.pitch, note in beyond) for note in notes if note.pitch is not None]
    pitches = {pitch for pitch, stands in sounding if not stands}
    if request.scale:
        kind = "degrees" if request.scale[-1].isdigit() else "scale"
        inside = {pitch % 12 for pitch in pitches} <= request.pitch_classes
        yield Check(f"{kind} {request.scale}", inside)
    if request.range:
        low, high = request.range
        inside = all(low <= pitch <= high for pitch in pitches)
        yield Check(f"range {request.key.spell(low)}-{request.key.spell(high)}", inside)
    if request.largest_leap is not None:
        leaps = [
            abs(pitch - before)
            for (before, stood), (pitch, stands) in pairwise(sounding)
            if not (stood and stands)
        ]
        near = max(leaps, default=0) <= request.largest_leap
        yield Check(f"no leap beyond {request.largest_leap} semitones", near)


def _form(melody: Melody, notes: list[FixedNote], request: Request) -> Iterator[Check]:
    if not request.form:
        return
    lengths = request.phrase_lengths
    ends = list(accumulate(lengths))
    marked = [notes[index].onset + notes[index].duration for index in melody.phrase_ends]
    if request.form[0].letter:
        name = f"form {written(request.form)}"
    else:
        name = f"phrases of {', '.join(str(length / request.meter.bar) for length in lengths)} bars"
    yield Check(name, set(ends) <= set(marked))
    repeats = list(_repeats(request))
    if repeats:
        same = all(
            _within(notes, start, end) == _within(notes, other, other + end - start)
            for start, end, other in repeats
        )
        letters = dict.fromkeys(
            phrase.letter
            for phrase, planned in zip(request.form, request.plan, strict=True)
            if planned.likeness == 1
        )
        yield Check(f"every {', '.join(letters)} the same", same)


def _within(notes: list[FixedNote], start: Fraction, end: Fraction) -> list[FixedNote]:
    """The notes that begin in part of a tune, as they would from its start on."""
    return [note._replace(onset=note.onset - start) for note in notes if start <= note.onset < end]


def _cadences(
    notes: list[FixedNote], request: Request, beyond: frozenset[FixedNote]
) -> Iterator[Check]:
    lines = list(accumulate(request.phrase_lengths, initial=Fraction(0)))
    for index, cadence in enumerate(request.phrase_cadences[:-1]):
        if cadence == "free":
            continue
        start, end = lines[index : index + 2]
        sounding = [n for n in notes if start <= n.onset < end and n.pitch is not None]
        if sounding and sounding[-1] in beyond:
            continue
        allowed = _of(endings(cadence, request.key.mode), request)
        closes = bool(sounding) and sounding[-1].pitch in allowed
        yield Check(f"phrase {index + 1} ends {cadence}", closes)


def _kept(melody: Melody, notes: list[FixedNote], request: Request) -> Iterator[Check]:
    prompt = request.prompt
    if request.pickup is not None:
        name = f"pickup {request.pickup}" if request.pickup else "no pickup"
        yield Check(name, melody.pickup == request.pickup)
    if prompt and not request.infills:
        yield Check("prompt kept", melody.notes[: len(prompt.notes)] == prompt.notes)
    elif prompt:
        phrases = range(1, len(prompt.phrases()) + 1)
        others = [
            f"{name} {spans([n for n in all_ if n not in anew])}"
            for name, all_, anew in (
                ("bars", prompt.bar_numbers, request.rewrite),
                ("phrases", phrases, request.rewrite_phrases),
            )
            if anew
        ]
        yield Check(f"{' of '.join(others)} kept", set(request.kept) <= set(notes))
