"""What is wrong with a tune, judged from its notes alone: the guarantees told a second time.

Nothing here asks the rules, or looks ahead. Times are ticks.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from solfa.analysis.cadences import endings
from solfa.composing.request.request import Request
from solfa.encodings.ticks import to_ticks
from solfa.melody import Melody


class Placed(NamedTuple):
    """A note in its place; pitch None is a rest."""

    onset: int
    duration: int
    pitch: int | None

    @property
    def end(self) -> int:
        return self.onset + self.duration

    def moved(self, by: int) -> Placed:
        return self._replace(onset=self.onset + by)


Tune = tuple[Placed, ...]


def placed(melody: Melody) -> Tune:
    onsets = melody.onsets()
    return tuple(
        Placed(to_ticks(onset), to_ticks(note.duration), note.pitch)
        for onset, note in zip(onsets, melody.notes, strict=True)
    )


def kept_of(request: Request) -> Tune:
    """The notes of the prompt that stand, rewritten bars and phrases left out."""
    prompt = request.prompt
    if prompt is None:
        return ()
    spans = [
        (onset, onset + length)
        for number, (onset, length, _) in zip(prompt.bar_numbers, prompt.bar_lines(), strict=True)
        if number in request.rewrite
    ]
    starts = [0, *(index + 1 for index in prompt.phrase_ends)]
    for number, (first, last) in enumerate(zip(starts, prompt.phrase_ends, strict=False), 1):
        if number in request.rewrite_phrases:
            onsets = prompt.onsets()
            spans.append((onsets[first], onsets[last] + prompt.notes[last].duration))
    return tuple(
        note
        for note in placed(prompt)
        if not any(to_ticks(start) <= note.onset < to_ticks(end) for start, end in spans)
    )


def lengths_of(request: Request) -> list[Fraction]:
    """The phrases in quarters: as many bars as they say, or an equal share of what is left."""
    bars = request.length / request.meter.bar
    left = bars - sum(phrase.bars or 0 for phrase in request.form)
    sharing = [phrase for phrase in request.form if phrase.bars is None]
    return [
        (left / len(sharing) if phrase.bars is None else phrase.bars) * request.meter.bar
        for phrase in request.form
    ]


def cadences_of(request: Request) -> list[str]:
    """How every phrase ends; one word is for all but the last, which ends on the tonic."""
    count = len(request.form)
    asked = list(request.cadences) or ["free"]
    asked = asked * count if len(asked) == 1 else asked
    return [*asked[: count - 1], "full"][:count]


def exact_likes(request: Request) -> list[int | None]:
    """For every phrase the first with its letter, if it is the same note for note."""
    letters = [phrase.letter for phrase in request.form]
    return [
        letters.index(phrase.letter)
        if phrase.letter in letters[:index]
        and request.likeness == 1
        and phrase.letter
        and not phrase.primes
        else None
        for index, phrase in enumerate(request.form)
    ]


def borders_of(request: Request) -> list[int]:
    """Where phrases begin and the last ends; none without a form."""
    lengths = [to_ticks(length) for length in lengths_of(request)]
    return list(accumulate(lengths, initial=0)) if lengths else []


def repeats_of(request: Request) -> list[tuple[int, int, int]]:
    """(start, end, shift) of every phrase that is, so much later, said again note for note."""
    borders = borders_of(request)
    return [
        (borders[like], borders[like + 1], borders[index] - borders[like])
        for index, like in enumerate(exact_likes(request))
        if like is not None
    ]


def beyond_rules(request: Request) -> set[Placed]:
    """The kept notes, and those of other phrases that must be the same."""
    beyond = set(kept_of(request))
    for _ in range(2):  # to the first phrase, and from there to all others
        for start, end, shift in repeats_of(request):
            beyond |= {n.moved(shift) for n in beyond if start <= n.onset < end}
            beyond |= {n.moved(-shift) for n in beyond if start <= n.onset - shift < end}
    return beyond


def faults(request: Request, tune: Tune, pickup: int) -> Iterator[str]:
    """Every guarantee that the whole ``tune`` breaks."""
    kept, beyond = set(kept_of(request)), beyond_rules(request)
    composed = [note for note in tune if note not in beyond]
    length, bar = to_ticks(request.length), to_ticks(request.meter.bar)
    beat, tonic = to_ticks(request.meter.beat), request.key.pitch_class
    if tune[-1].end != length:
        yield "length"
    if not kept <= set(tune):
        yield "kept notes"
    low, high = request.range or (0, 127)
    for note in composed:
        position = (note.onset - pickup) % bar
        if position % 12 and position % beat + note.duration > beat:
            yield f"{note} is unsteady"
        if note.pitch is not None and not (
            low <= note.pitch <= high and note.pitch % 12 in request.pitch_classes
        ):
            yield f"{note} is outside range or scale"
    ends_kept = tune[-1] in beyond
    for one, other in pairwise(tune):
        if one.pitch is other.pitch is None and not {one, other} <= beyond:
            yield f"{other} is a rest after a rest"
    if not ends_kept:
        if tune[-1].pitch is None or tune[-1].pitch % 12 != tonic:
            yield "no final tonic"
        if any(note.pitch is None and note.end > length - bar for note in composed):
            yield "a rest in the last bar"
    yield from _leaps(request, tune, kept, beyond)
    yield from _phrases(request, tune, beyond)


def _leaps(request: Request, tune: Tune, kept: set[Placed], beyond: set[Placed]) -> Iterator[str]:
    before, settled = None, True
    for note in tune:
        if note.pitch is None:
            settled &= note in beyond
            continue
        free = before in kept and note in kept and settled
        if before and not free and request.largest_leap is not None:
            leap = abs(note.pitch - before.pitch)
            if leap > request.largest_leap:
                yield f"a leap of {leap} to {note}"
        before, settled = note, True


def _phrases(request: Request, tune: Tune, beyond: set[Placed]) -> Iterator[str]:
    borders, key = borders_of(request), request.key
    repeats = repeats_of(request)
    for note in tune:
        if any(note.onset < border < note.end for border in borders):
            yield f"{note} is held over the end of a phrase"
        if repeats and note.pitch is None and note.onset in borders and note not in beyond:
            yield "a phrase begins with a rest"
    for (start, end), cadence in zip(pairwise(borders), cadences_of(request), strict=True):
        inside = [note for note in tune if start <= note.onset < end]
        if cadence == "free" or set(inside) <= beyond:
            continue
        sounding = [note for note in inside if note.pitch is not None]
        if not sounding:
            yield f"the phrase at {start} is silent"
        elif sounding[-1] in beyond and all(
            note in beyond for note in inside if note.onset > sounding[-1].onset
        ):
            continue
        elif (sounding[-1].pitch - key.pitch_class) % 12 not in endings(cadence, key.mode):
            yield f"the phrase at {start} does not end {cadence}"
    for start, end, shift in repeats:
        first = [note.moved(shift) for note in tune if start <= note.onset < end]
        again = [note for note in tune if start + shift <= note.onset < end + shift]
        if first != again:
            yield f"the phrase at {start + shift} is no repeat"


def strictness(request: Request, tune: Tune, pickup: int) -> int:
    """How well the final note is placed: 0 best, 2 anyhow."""
    bar, beat = to_ticks(request.meter.bar), to_ticks(request.meter.beat)
    final, length = tune[-1], tune[-1].end
    line = max(range(pickup - bar, length, bar))
    if 3 * (length - line) < 2 * beat and line - bar >= pickup:
        line -= bar
    if tune[-1] in beyond_rules(request):
        return 0
    if final.onset < line or (final.onset - line) % beat:
        return 2
    return 0 if 3 * final.duration >= 2 * beat else 1
