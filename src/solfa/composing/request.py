"""What a person asks of a composition; `solfa.composing.refusals` says what of it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from solfa.analysis.likeness import PlannedPhrase
from solfa.composing.form import Form, written
from solfa.composing.rules import Bars, FinalTonic, Kept, Range, Rests, Rule, Rules, Scale
from solfa.encodings.frame import Frame, KeptNote, register, to_ticks
from solfa.encodings.protocol import Encoding
from solfa.formats import render
from solfa.formats.symbols import STEP
from solfa.melody import MODES, Key, Melody, Metadata, Meter

SCALES: dict[str, tuple[int, ...]] = {
    **MODES,
    "natural minor": MODES["minor"],
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # as it rises and as it falls
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "chromatic": tuple(range(12)),
}
"""Semitones above the tonic of every scale; ``key`` and ``pentatonic`` follow the mode."""

SCALE_NAMES = ("key", "pentatonic", *SCALES)

_KEY, _METER = Key("C"), Meter(4, 4)  # unless asked otherwise
_WIDEST = 21  # semitones; one song in twenty spans more
VARIED = 0.7
"""How alike a phrase with a prime is, where repeats are exact."""


@dataclass(frozen=True)
class Request:
    """What is asked for, possible or not.

    A tune of ``bars`` bars has them after its ``pickup`` (quarters; None: the model chooses), and
    the last is shortened by the pickup. A tune of ``steps`` sixteenths, pickup included, has full
    bars and a last one that ends with the steps. One of the two is None. ``scale`` is one of
    `SCALE_NAMES` on the key's tonic, None is free; ``range`` are MIDI pitches, both included.
    ``density``, in notes a quarter, is leaned on, not kept; None leaves it to the model.
    ``prompt`` is how the tune begins, note for note, in the same key and metre. Where bars of it
    are to be written anew (``rewrite``; 0 is the pickup), it is the whole tune, neither bars nor
    steps are asked for, and what begins in its other bars is kept.
    ``form`` are the phrases, parting the bars from the tune's beginning on; a letter that comes
    again is as like its first as ``likeness`` says, 1 being note for note, and one with a prime is
    varied. ``cadences``, of `solfa.composing.form.CADENCES`, say how each phrase ends, or one how
    all but the last end; the last ends on the tonic. ``largest_leap`` is in semitones.
    Of ``candidates`` tunes drawn for each that is asked for, the one is taken that makes what
    follows the new bars likeliest.
    ``style_strength`` 0 ignores the style, 1 is as learned, more exaggerates it
    (`solfa.composing.guidance`). ``temperature``, ``top_p`` and ``min_p`` say how daring the draw
    is, ``loop_penalty`` how soon droning stops (`solfa.composing.loops`; 0 never). ``seed`` and a
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
    def length(self) -> Fraction:
        """The whole tune in quarters, pickup included."""
        if self.rewrite and self.prompt:
            return self.prompt.duration
        return self.bars * self.meter.bar if self.bars is not None else (self.steps or 0) * STEP

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0..11 that the scale allows."""
        name = self.scale or "chromatic"
        if name == "key":
            name = self.key.mode
        if name == "pentatonic":
            name = "major pentatonic" if 4 in MODES[self.key.mode] else "minor pentatonic"
        return frozenset((self.key.pitch_class + step) % 12 for step in SCALES[name])

    @property
    def kept(self) -> tuple[KeptNote, ...]:
        """The notes of the prompt that stand: all, or those that begin in no bar of ``rewrite``."""
        if self.prompt is None:
            return ()
        notes = zip(self.prompt.onsets(), self.prompt.notes, strict=True)
        kept = [KeptNote(onset, note.pitch, note.duration) for onset, note in notes]
        first = 0 if self.prompt.pickup else 1
        anew = [
            (onset, onset + length)
            for number, (onset, length, _) in enumerate(self.prompt.bar_lines(), first)
            if number in self.rewrite
        ]
        return tuple(n for n in kept if not any(a <= n.onset < b for a, b in anew))

    @property
    def phrase_lengths(self) -> tuple[Fraction, ...]:
        """The phrases of the form in quarters; those without bars share what the others leave."""
        given = sum(phrase.bars or 0 for phrase in self.form) * self.meter.bar
        sharing = sum(phrase.bars is None for phrase in self.form)
        share = (self.length - given) / sharing if sharing else Fraction(0)
        return tuple(
            share if phrase.bars is None else phrase.bars * self.meter.bar for phrase in self.form
        )

    @property
    def plan(self) -> tuple[PlannedPhrase, ...]:
        """The form as the model is told it."""
        ends = self.phrase_cadences
        first: dict[str, int] = {}
        plan = []
        for index, (phrase, length) in enumerate(zip(self.form, self.phrase_lengths, strict=True)):
            like = first.setdefault(phrase.letter, index) if phrase.letter else index
            closed = {"half": False, "full": True, "free": None}[ends[index]]
            if like == index:
                plan.append(PlannedPhrase(length, None, 0.0 if phrase.letter else None, closed))
                continue
            varied = phrase.primes > 0 and self.likeness == 1
            plan.append(PlannedPhrase(length, like, VARIED if varied else self.likeness, closed))
        return tuple(plan)

    @property
    def phrase_cadences(self) -> tuple[str, ...]:
        """How each phrase of the form ends; the last on the tonic."""
        asked = self.cadences or ("free",)
        inner = asked * (len(self.form) - 1) if len(asked) == 1 else asked[: len(self.form) - 1]
        return (*inner, "full")[: len(self.form)]

    def frame(self) -> Frame:
        """What the model is told. The tonic's register follows the prompt or the range.

        A range is what a tune may span, and told as what it will where songs span as much.
        """
        pitches = self.prompt.pitches if self.prompt else self.range or ()
        span = self.range[1] - self.range[0] if self.range else _WIDEST + 1
        return Frame(
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
        bars, range = self._bars(encoding), self.range or (0, 127)
        others: list[Rule] = [
            Range(*range),
            Rests(bars.length, bars.bar),
            FinalTonic(self.key.pitch_class, bars.length, *range),
        ]
        if self.scale:
            others.append(Scale(self.pitch_classes))
        return Rules(bars, tuple(others), Kept(self.prompt) if self.prompt else None)

    def _bars(self, encoding: Encoding) -> Bars:
        pickups = encoding.pickups or (0,) if self.pickup is None else (to_ticks(self.pickup),)
        return Bars(self.meter, to_ticks(self.length), encoding.durations, pickups, self._begun)

    def fillable(self, encoding: Encoding) -> bool:
        """Whether the model's durations can fill the bars, from the prompt's end on."""
        bars = self._bars(encoding)
        return bool(bars.fits(np.array(self._begun), np.array(bars.pickups)).any())

    @property
    def _begun(self) -> int:
        """Ticks of the prompt."""
        return to_ticks(self.prompt.duration) if self.prompt else 0

    def forced(self, encoding: Encoding) -> np.ndarray:
        """The prompt as symbols (S,), -1 for what it leaves open; `SolfaError` if it has none.

        The rules settle the pickup; phrases are open where the prompt marks none.
        """
        if self.prompt is None:
            return np.zeros(0, int)
        symbols = encoding.encode(self.prompt.replace(pickup=Fraction(0)), self.frame())[:-1]
        open_ = {"pickup"} if self.prompt.phrase_ends else {"pickup", "phrase"}
        fields = np.array(encoding.field_names)[encoding.fields[symbols]]
        return np.where(np.isin(fields, list(open_)), -1, symbols)

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
        }
        if self.pickup is not None:
            data["pickup"] = str(self.pickup)
        if self.range:
            data["range"] = list(self.range)
        if self.rewrite:
            data["rewrite"] = list(self.rewrite)
            data["candidates"] = self.candidates
        if self.form:
            data["form"] = written(self.form)
            data["likeness"] = self.likeness
            data["cadences"] = list(self.cadences)
        if self.prompt:
            data["prompt"] = render(self.prompt.replace(metadata=Metadata()), ".abc").decode()
        return {name: value for name, value in data.items() if value is not None}
