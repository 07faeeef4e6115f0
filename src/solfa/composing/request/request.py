"""What a person asks of a composition; `solfa.composing.request.validate` says what of it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from solfa.analysis.cadences import endings
from solfa.analysis.note_overlap import PhrasePlan
from solfa.composing.constraints.layout import PhraseSpan, Problem, TickNote
from solfa.composing.constraints.rules import Rules
from solfa.composing.request.form import Form, written
from solfa.composing.request.scales import semitones
from solfa.encodings.conditions import Conditions, FixedNote, register, to_ticks
from solfa.encodings.protocol import Encoding
from solfa.encodings.state import REST
from solfa.formats import render
from solfa.formats.symbols import STEP
from solfa.melody import Key, Melody, Metadata, Meter, total

_KEY, _METER = Key("C"), Meter(4, 4)  # unless asked otherwise
_WIDEST = 21  # semitones; one song in twenty spans more
MOST_QUARTERS = 2048
"""No tune lasts longer."""
VARIED = 0.7
"""How alike a phrase with a prime is, where repeats are exact."""


@dataclass(frozen=True)
class Request:
    """What is asked for, possible or not.

    A tune of ``bars`` bars has them after its ``pickup`` (quarters; None: the model chooses), and
    the last is shortened by the pickup. A tune of ``steps`` sixteenths, pickup included, has full
    bars and a last one that ends with the steps. One of the two is None. ``scale`` is a name or
    degrees (`solfa.composing.request.scales.semitones`) on the key's tonic, None is free; ``range`` are
    MIDI pitches, both included.
    ``density``, in notes a quarter, is leaned on, not kept; None leaves it to the model.
    ``prompt`` is how the tune begins, note for note, in the same key and metre. Where some of it
    is to be written anew (bars in ``rewrite``, 0 being the pickup; phrases in ``rewrite_phrases``,
    from 1), it is the whole tune, neither bars nor steps are asked for, and the notes that begin in
    its other bars and phrases are kept, beyond all rules.
    ``form`` are the phrases, parting the bars from the tune's beginning on; a letter that comes
    again is as like its first as ``likeness`` says, 1 being note for note, and one with a prime is
    varied. ``cadences``, of `solfa.analysis.cadences.CADENCES`, say how each phrase ends, or one
    how all but the last end; the last ends on the tonic. ``largest_leap`` is in semitones.
    Of ``candidates`` tunes drawn for each that is asked for, the one is taken that makes what
    follows the new bars likeliest.
    ``style_strength`` 0 ignores the style, 1 is as learned, more exaggerates it
    (`solfa.composing.decoding.style_guidance`). ``temperature``, ``top_p`` and ``min_p`` say how daring the draw
    is, ``loop_penalty`` how soon droning stops (`solfa.composing.decoding.repetition_penalty`; 0 never). ``seed`` and a
    tune's index decide it; ``tempo`` is in quarters a minute.
    """

    style: str | None = None
    style_strength: float = 1.0
    key: Key = _KEY
    meter: Meter = _METER
    bars: int | None = 16
    steps: int | None = None
    pickup: Fraction | None = None
    scale: str | None = None
    range: tuple[int, int] | None = None
    density: float | None = None
    prompt: Melody | None = None
    rewrite: tuple[int, ...] = ()
    rewrite_phrases: tuple[int, ...] = ()
    form: Form = ()
    likeness: float = 1.0
    cadences: tuple[str, ...] = ()
    largest_leap: int | None = None
    candidates: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.02
    loop_penalty: float = 4.0
    count: int = 1
    seed: int = 0
    tempo: int | None = None

    @property
    def infills(self) -> bool:
        """Whether part of the prompt is written anew."""
        return self.prompt is not None and bool(self.rewrite or self.rewrite_phrases)

    @property
    def length(self) -> Fraction:
        """The whole tune in quarters, pickup included."""
        if self.prompt and self.infills:
            return self.prompt.duration
        return self.bars * self.meter.bar if self.bars is not None else (self.steps or 0) * STEP

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0..11 that the scale allows."""
        allowed = semitones(self.scale or "chromatic", self.key.mode)
        return frozenset((self.key.pitch_class + step) % 12 for step in allowed)

    @cached_property
    def kept(self) -> tuple[FixedNote, ...]:
        """The notes of the prompt that stand: all, or those that are not written anew."""
        if self.prompt is None:
            return ()
        notes = zip(self.prompt.onsets(), self.prompt.notes, strict=True)
        anew = self._anew(self.prompt) if self.infills else []
        return tuple(
            FixedNote(onset, note.pitch, note.duration)
            for onset, note in notes
            if not any(start <= onset < end for start, end in anew)
        )

    def _anew(self, prompt: Melody) -> list[tuple[Fraction, Fraction]]:
        """From when to when (quarters) the prompt is written anew."""
        spans = [
            (onset, onset + length)
            for number, (onset, length, _) in zip(
                prompt.bar_numbers, prompt.bar_lines(), strict=True
            )
            if number in self.rewrite
        ]
        onset = Fraction(0)
        for number, phrase in enumerate(prompt.phrases(), 1):
            length = total([note.duration for note in phrase])
            if number in self.rewrite_phrases:
                spans.append((onset, onset + length))
            onset += length
        return spans

    @property
    def phrase_lengths(self) -> tuple[Fraction, ...]:
        """The phrases of the form in quarters; those without bars share what the others leave."""
        given = sum(phrase.bars or 0 for phrase in self.form) * self.meter.bar
        sharing = sum(phrase.bars is None for phrase in self.form)
        share = (self.length - given) / sharing if sharing else Fraction(0)
        return tuple(
            share if phrase.bars is None else phrase.bars * self.meter.bar for phrase in self.form
        )

    @cached_property
    def plan(self) -> tuple[PhrasePlan, ...]:
        """The form as the model is told it."""
        ends = self.phrase_cadences
        first: dict[str, int] = {}
        plan = []
        for index, (phrase, length) in enumerate(zip(self.form, self.phrase_lengths, strict=True)):
            like = first.setdefault(phrase.letter, index) if phrase.letter else index
            closed = {"half": False, "full": True, "free": None}[ends[index]]
            if like == index:
                plan.append(PhrasePlan(length, None, 0.0 if phrase.letter else None, closed))
                continue
            varied = phrase.primes > 0 and self.likeness == 1
            plan.append(PhrasePlan(length, like, VARIED if varied else self.likeness, closed))
        return tuple(plan)

    @property
    def phrase_cadences(self) -> tuple[str, ...]:
        """How each phrase of the form ends; the last on the tonic."""
        asked = self.cadences or ("free",)
        inner = asked * (len(self.form) - 1) if len(asked) == 1 else asked[: len(self.form) - 1]
        return (*inner, "full")[: len(self.form)]

    def conditions(self) -> Conditions:
        """What the model is told. The tonic's register follows the prompt or the range.

        A range is what a tune may span, and told as what it will where songs span as much.
        """
        pitches = self.prompt.pitches if self.prompt else self.range or ()
        span = self.range[1] - self.range[0] if self.range else _WIDEST + 1
        return Conditions(
            self.key,
            register(pitches, self.key.pitch_class),
            self.meter,
            pickup=self.pickup,
            style=self.style,
            length=self.length,
            density=self.density,
            span=span if span <= _WIDEST else None,
            plan=self.plan,
            kept=self.kept,
        )

    def rules(self, encoding: Encoding) -> Rules:
        """What the tunes keep, as a judge of what ``encoding`` can say."""
        conditions, (low, high) = self.conditions(), self.range or (0, 127)
        sayable = encoding.pitches(conditions)
        kept = [
            TickNote(to_ticks(n.onset), to_ticks(n.duration), REST if n.pitch is None else n.pitch)
            for n in self.kept
        ]
        phrases = [
            PhraseSpan(
                to_ticks(phrase.length),
                phrase.like if phrase.likeness == 1 else None,
                frozenset(
                    (self.key.pitch_class + step) % 12 for step in endings(cadence, self.key.mode)
                ),
            )
            for phrase, cadence in zip(self.plan, self.phrase_cadences, strict=True)
        ]
        return Rules(
            Problem(
                to_ticks(self.meter.bar),
                to_ticks(self.meter.beat),
                to_ticks(self.length),
                encoding.durations,
                (encoding.pickups or (0,)) if self.pickup is None else (to_ticks(self.pickup),),
                frozenset(p for p in sayable if low <= p <= high and p % 12 in self.pitch_classes),
                conditions.tonic,
                self.largest_leap,
                tuple(kept),
                self._marked,
                tuple(phrases),
            )
        )

    def fillable(self, encoding: Encoding) -> bool:
        """Whether some tune keeps all that is asked; see `Rules.possible` for how exact that is.

        `SolfaError` for what lasts no whole number of ticks.
        """
        return self.rules(encoding).possible

    @property
    def _marked(self) -> frozenset[int] | None:
        """Where (ticks) notes of the prompt end its phrases; None if it marks none."""
        if not (self.prompt and self.prompt.phrase_ends):
            return None
        onsets, notes = self.prompt.onsets(), self.prompt.notes
        return frozenset(to_ticks(onsets[i] + notes[i].duration) for i in self.prompt.phrase_ends)

    def to_json(self) -> dict[str, Any]:
        """What was asked as plain data; ``compose(**data)`` asks the same again."""
        data: dict[str, Any] = {
            "key": str(self.key),
            "meter": str(self.meter),
            "bars": self.bars,
            "steps": self.steps,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "min_p": self.min_p,
            "loop_penalty": self.loop_penalty,
            "count": self.count,
            "seed": self.seed,
            "style": self.style,
            "style_strength": self.style_strength,
            "scale": self.scale,
            "density": self.density,
            "tempo": self.tempo,
            "largest_leap": self.largest_leap,
            "likeness": self.likeness,
            "candidates": self.candidates,
        }
        if self.pickup is not None:
            data["pickup"] = str(self.pickup)
        for name in ("range", "rewrite", "rewrite_phrases", "cadences"):
            if value := getattr(self, name):
                data[name] = list(value)
        if any(phrase.letter for phrase in self.form):
            data["form"] = written(self.form)
        elif self.form:
            data["phrase_bars"] = [phrase.bars for phrase in self.form]
        if self.prompt:
            known = self.prompt.metadata
            plain = Metadata(title=known.title, comments=known.found, tempo=known.tempo)
            data["prompt"] = render(self.prompt.replace(metadata=plain), ".abc").decode()
        return {name: value for name, value in data.items() if value is not None}
