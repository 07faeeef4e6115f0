"""The problem: a request compiled for one encoding, in ticks, settled before the first token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from solfa.composing.constraints.phrase_plan import (
    PhraseSpan,
    as_conditions,
    exact_repeats,
    phrase_spans,
)
from solfa.composing.request.kept import kept_notes
from solfa.composing.request.request import Request
from solfa.encodings.conditions import Conditions, FixedNote, notes_in_ticks, register
from solfa.encodings.protocol import Encoding
from solfa.encodings.ticks import to_ticks
from solfa.melody import Melody

_WIDEST = 21  # semitones; one song in twenty spans more


class Repeat(NamedTuple):
    """The notes from ``start`` to ``end`` (ticks) are repeated exactly from ``other`` on."""

    start: int
    end: int
    other: int


@dataclass(frozen=True)
class Problem:
    """All that a tune must satisfy, in ticks and MIDI pitches. Made by `compile_request` only.

    ``durations`` and ``pickups`` are those that can occur, ``pitches`` those that may be composed,
    ``tonic`` is where degrees are counted from, and the final. ``fixed`` notes stand, beyond all
    rules; ``phrase_ends`` are the ends of those that end phrases, None where none is marked.
    ``phrases`` part the whole, or there are none. ``rest_free``: rests are composed between phrases
    only. ``conditions`` are what the model is given. Two problems are equal where the same tunes
    answer them.
    """

    bar: int
    beat: int
    length: int
    durations: tuple[int, ...]
    pickups: tuple[int, ...]
    pitches: frozenset[int]
    tonic: int
    largest_leap: int | None
    fixed: tuple[FixedNote, ...]
    phrase_ends: frozenset[int] | None
    phrases: tuple[PhraseSpan, ...]
    rest_free: bool
    request: Request = field(compare=False)
    conditions: Conditions = field(compare=False)

    @cached_property
    def exact_repeats(self) -> dict[int, list[int]]:
        """The phrases that are the same note for note, under the index of the first of them."""
        return exact_repeats(self.phrases)

    @cached_property
    def repeats(self) -> tuple[Repeat, ...]:
        """Every pair of phrases that are the same note for note, the earlier one first."""
        return tuple(
            Repeat(*self.phrases[earlier][:2], self.phrases[later].start)
            for same in self.exact_repeats.values()
            for place, later in enumerate(same)
            for earlier in same[:place]
        )

    @property
    def unmarked(self) -> bool:
        """Whether the tune marks no phrases: part of one that marks none is rewritten."""
        return self.request.infills and self.phrase_ends is None

    @cached_property
    def beyond(self) -> frozenset[FixedNote]:
        """The notes that need not be as asked, where part of a tune is rewritten."""
        return self.standing if self.request.infills else frozenset()

    @cached_property
    def standing(self) -> frozenset[FixedNote]:
        """The notes that are fixed, and those that repeat them note for note."""
        found = set(self.fixed)
        for start, end, other in self.repeats:
            for note in self.fixed:
                if start <= note.onset < end:
                    found.add(note._replace(onset=note.onset - start + other))
                if other <= note.onset < other + end - start:
                    found.add(note._replace(onset=note.onset - other + start))
        return frozenset(found)


def compile_request(request: Request, encoding: Encoding) -> Problem:
    """The problem that a request sets for models of an encoding.

    The request's values must be possible and its form must part its bars
    (`solfa.composing.validation`). Raises `SolfaError` for a prompt whose times are no whole number
    of ticks.
    """
    notes = notes_in_ticks(request.prompt) if request.prompt else ()
    fixed, phrases = tuple(notes[index] for index in kept_notes(request)), phrase_spans(request)
    low, high = request.range or (0, 127)
    conditions = _conditions(request, fixed, phrases)
    encodable, allowed = encoding.pitches(conditions), request.pitch_classes
    return Problem(
        to_ticks(request.meter.bar),
        to_ticks(request.meter.beat),
        to_ticks(request.length),
        encoding.durations,
        (encoding.pickups or (0,)) if request.pickup is None else (to_ticks(request.pickup),),
        frozenset(p for p in encodable if low <= p <= high and p % 12 in allowed),
        conditions.tonic,
        request.largest_leap,
        fixed,
        _phrase_ends(request.prompt, notes),
        phrases,
        request.rest_free,
        request,
        conditions,
    )


def _phrase_ends(prompt: Melody | None, notes: Sequence[FixedNote]) -> frozenset[int] | None:
    """When the ``notes`` of the prompt end its phrases; None if it marks none."""
    if prompt is None or not prompt.phrase_ends:
        return None
    return frozenset(notes[index].end for index in prompt.phrase_ends)


def _conditions(
    request: Request, fixed: tuple[FixedNote, ...], phrases: tuple[PhraseSpan, ...]
) -> Conditions:
    """The conditions of the model. The tonic's register follows the prompt or the range.

    A range bounds the compass of a tune; it is given to the model as the compass itself, unless it
    is wider than songs are.
    """
    pitches = request.prompt.pitches if request.prompt else request.range or ()
    span = request.range[1] - request.range[0] if request.range else _WIDEST + 1
    own = register(pitches, request.key.pitch_class)
    return Conditions(
        request.key,
        own if request.tonic is None else request.tonic,
        request.meter,
        pickup=request.pickup,
        style=request.style,
        length=request.length,
        density=request.density,
        span=span if span <= _WIDEST else None,
        plan=as_conditions(phrases),
        fixed=fixed,
    )
