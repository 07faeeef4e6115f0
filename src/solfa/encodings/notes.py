"""The note encoding: a few tokens a note, pitches relative to the tonic.

A tune is its pickup, then for each note its duration, its pitch given the duration, and
whether a phrase ends there; an end symbol among the durations closes it. Pitches are
semitones from the tonic, so that a tune is the same in every key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import PITCHES, REST_SYMBOL, SPAN, FeatureExtractor
from solfa.encodings.protocol import Constraint
from solfa.encodings.rows import Rows
from solfa.encodings.sentinels import NO_PITCH, REST
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import TICKS, to_quarters, to_ticks
from solfa.errors import SolfaError
from solfa.melody import Melody, Meter, Note


class Field(IntEnum):
    """The kinds of symbols, by what they encode."""

    PICKUP = 0
    DURATION = 1
    PITCH = 2
    PHRASE = 3


@dataclass(frozen=True)
class NoteEncoding:
    """A vocabulary of durations and pickups (ticks), and of what conditions can be known.

    Symbols are numbered duration by duration, the end, pitch by pitch from -23 to +23, the
    rest, phrase goes on, phrase ends, pickup by pickup.
    """

    durations: tuple[int, ...]
    pickups: tuple[int, ...]
    meters: tuple[str, ...]
    styles: tuple[str, ...]
    name: ClassVar[str] = "notes"
    knows_mode: ClassVar[bool] = True
    step_ticks: ClassVar[int | None] = None
    hold: ClassVar[int] = -1
    field_names: ClassVar[tuple[str, ...]] = tuple(f.name.lower() for f in Field)

    @classmethod
    def of(cls, melodies: Sequence[Melody], *, rarest: int = 2) -> NoteEncoding:
        """The vocabulary of a corpus; what fewer than ``rarest`` tunes use is left out."""

        def common(values: Sequence[set[Any]]) -> list[Any]:
            counts: dict[Any, int] = {}
            for value in (v for tune in values for v in tune):
                counts[value] = counts.get(value, 0) + 1
            return sorted(v for v, count in counts.items() if count >= rarest)

        whole = [m for m in melodies if all((TICKS * n.duration).denominator == 1 for n in m.notes)]
        meters = common([{str(m.meter)} for m in melodies if m.meter])
        return cls(
            durations=tuple(common([{to_ticks(n.duration) for n in m.notes} for m in whole])),
            pickups=tuple(sorted({0, *common([{to_ticks(m.pickup)} for m in whole])})),
            meters=tuple(sorted(meters, key=lambda text: (Meter.parse(text).bar, text))),
            styles=tuple(common([{m.metadata.style} for m in melodies if m.metadata.style])),
        )

    def to_json(self) -> dict[str, Any]:
        """The vocabulary as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> NoteEncoding:
        """The inverse of `to_json`."""
        for part in ("durations", "pickups"):
            values = data[part]
            if values != sorted({*values}) or not all(type(v) is int and v >= 0 for v in values):
                raise ValueError(part)
        parts = ("durations", "pickups", "meters", "styles")
        return cls(**{part: tuple(data[part]) for part in parts})

    @property
    def end(self) -> int:
        """The symbol that closes a tune."""
        return len(self.durations)

    @cached_property
    def first(self) -> dict[Field, int]:
        """The first symbol of each field."""
        pitch = len(self.durations) + 1
        phrase = pitch + PITCHES
        return {
            Field.DURATION: 0,
            Field.PITCH: pitch,
            Field.PHRASE: phrase,
            Field.PICKUP: phrase + 2,
        }

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return self.first[Field.PICKUP] + len(self.pickups)

    @cached_property
    def fields(self) -> np.ndarray:
        """The `Field` of every symbol, shape (size,)."""
        return np.repeat(
            [Field.DURATION, Field.PITCH, Field.PHRASE, Field.PICKUP],
            [len(self.durations) + 1, PITCHES, 2, len(self.pickups)],
        )

    @cached_property
    def ticks(self) -> np.ndarray:
        """The ticks (size,) of each symbol that is a duration; 0 for the others."""
        return np.array([*self.durations, *[0] * (self.size - len(self.durations))], np.int32)

    @cached_property
    def symbol_of_ticks(self) -> np.ndarray:
        """The symbol of each duration (ticks) up to the longest; `end` where there is none."""
        symbols = np.full(1 + max(self.durations), self.end, np.int32)
        symbols[list(self.durations)] = range(len(self.durations))
        return symbols

    @cached_property
    def melodic(self) -> np.ndarray:
        """Whether each symbol is a pitch or a rest: booleans (size,)."""
        return np.asarray(self.fields == Field.PITCH)

    @cached_property
    def _duration_of(self) -> dict[int, int]:
        return {ticks: symbol for symbol, ticks in enumerate(self.durations)}

    def pitches(self, conditions: Conditions) -> tuple[int, ...]:
        """The MIDI pitches within `SPAN` of the conditions' tonic."""
        return tuple(range(max(conditions.tonic - SPAN, 0), min(conditions.tonic + SPAN, 127) + 1))

    def notes(self, symbols: np.ndarray) -> np.ndarray:
        """The index of the note that each symbol of a tune (S,) belongs to.

        The pickup belongs to the first note, the end to the last.
        """
        begins = (self.fields[symbols] == Field.DURATION) & (symbols != self.end)
        return np.asarray(np.maximum(np.cumsum(begins) - 1, 0))

    def encode(self, melody: Melody, conditions: Conditions) -> np.ndarray:
        """The symbols of a tune, shape (S,); `SolfaError` for what the vocabulary lacks."""
        pitch0, phrase0 = self.first[Field.PITCH], self.first[Field.PHRASE]
        pickup = to_ticks(melody.pickup)
        if pickup not in self.pickups:
            raise SolfaError(f"pickup of {melody.pickup} quarters is not in the model's vocabulary")
        symbols = [self.first[Field.PICKUP] + self.pickups.index(pickup)]
        ends = set(melody.phrase_ends)
        for index, note in enumerate(melody.notes):
            symbol = self._duration_of.get(to_ticks(note.duration))
            if symbol is None:
                raise SolfaError(f"duration {note.duration} is not in the model's vocabulary")
            degree = SPAN + 1 if note.pitch is None else note.pitch - conditions.tonic
            if abs(degree) > SPAN and note.pitch is not None:
                raise SolfaError(
                    f"pitch {note.pitch} is more than {SPAN} semitones from tonic"
                    f" {conditions.tonic}"
                )
            symbols += [symbol, pitch0 + SPAN + degree]
            if conditions.phrases:
                symbols.append(phrase0 + (index in ends))
        return np.array([*symbols, self.end], np.int32)

    def decode(self, symbols: Sequence[int] | np.ndarray, conditions: Conditions) -> Melody:
        """The tune of the symbols, with or without the end; an unfinished note is left out."""
        pickup, notes, ends = Fraction(0), [], []
        duration = Fraction(0)
        for symbol in symbols:
            kind = Field(self.fields[symbol])
            value = int(symbol) - self.first[kind]
            if kind is Field.PICKUP:
                pickup = to_quarters(self.pickups[value])
            elif symbol == self.end:
                break
            elif kind is Field.DURATION:
                duration = to_quarters(self.durations[value])
            elif kind is Field.PITCH:
                degree = value - SPAN
                notes.append(Note(None if degree > SPAN else conditions.tonic + degree, duration))
            elif value:
                ends.append(len(notes) - 1)
        return Melody(
            tuple(notes),
            conditions.key,
            conditions.meter,
            pickup,
            tuple(ends),
            conditions.meter_changes,
            key_changes=conditions.key_changes,
        )

    def read(self, all_conditions: Sequence[Conditions]) -> NoteState:
        """Begins to follow a batch of tunes, symbol by symbol."""
        return NoteState(self, all_conditions)


class NoteState(Rows):
    """A batch of tunes followed symbol by symbol; all rows stand at the same `Field`.

    ``music`` is their musical state after the last whole note; ``duration`` and ``pitch``
    (symbols less the first of their field, (B,)) are the newest note's, as far as it is encoded.
    """

    def __init__(self, encoding: NoteEncoding, all_conditions: Sequence[Conditions]) -> None:
        self.encoding = encoding
        self.music = MusicalState(all_conditions)
        self.field = Field.PICKUP
        phrases = {conditions.phrases for conditions in all_conditions}
        if len(phrases) > 1:
            raise ValueError("a batch must agree on whether phrase ends are tokens")
        self.phrases = phrases.pop()
        B = len(all_conditions)
        self.duration = np.full(B, encoding.end, np.int32)
        self.pitch = np.full(B, PITCHES, np.int32)
        self._allowed_notes: np.ndarray | None = None
        self.extractor = FeatureExtractor(encoding, all_conditions)

    def __len__(self) -> int:
        return len(self.duration)

    def features(self) -> np.ndarray:
        """The features before the next note, (B, F); see `solfa.encodings.features`."""
        return self.extractor.features(self.music, self.duration, self.pitch)

    def push(self, symbols: np.ndarray) -> None:
        """Adds a symbol (B,) of the field at hand to every row; a closed row must be dropped."""
        encoding = self.encoding
        value = np.asarray(symbols, np.int32) - encoding.first[self.field]
        if self.field is Field.PICKUP:
            self.music.set_pickup(np.array(encoding.pickups, np.int32)[value])
            self.field = Field.DURATION
        elif self.field is Field.DURATION:
            self.duration = value
            self.field = Field.PITCH
        elif self.field is Field.PITCH:
            self.pitch = value
            self.field = Field.PHRASE
            if not self.phrases:
                self._advance(np.zeros(len(self), bool))
        else:
            self._advance(value == 1)

    def _advance(self, phrase_end: np.ndarray) -> None:
        self.extractor.remember(self.music, self.duration, self.pitch)
        self.music.advance(self.encoding.ticks[self.duration], self._midi(self.pitch), phrase_end)
        self.field = Field.DURATION

    def allowed(self, constraint: Constraint) -> np.ndarray:
        """The mask (B, size) of the symbols that ``constraint`` allows next."""
        encoding, first = self.encoding, self.encoding.first
        allowed = np.zeros((len(self), encoding.size), bool)
        if self.field is Field.PICKUP:
            allowed[:, first[Field.PICKUP] :] = constraint.pickups(self.music, encoding.pickups)
        elif self.field is Field.DURATION:
            pitches = self._midi(np.tile(np.arange(PITCHES), (len(self), 1)))
            self._allowed_notes = constraint.notes(
                self.music, np.array(encoding.durations), pitches
            )
            allowed[:, : encoding.end] = self._allowed_notes.any(2)
            allowed[:, encoding.end] = constraint.end(self.music)
        elif self.field is Field.PITCH:
            if self._allowed_notes is None:
                raise ValueError("ask what durations are allowed before asking for pitches")
            pitches = self._allowed_notes[np.arange(len(self)), self.duration]
            allowed[:, first[Field.PITCH] : first[Field.PHRASE]] = pitches
        else:
            phrases = constraint.phrases(self.music, self.encoding.ticks[self.duration])
            allowed[:, first[Field.PHRASE] : first[Field.PICKUP]] = phrases
        return allowed

    def _midi(self, index: np.ndarray) -> np.ndarray:
        tonic = self.extractor.tonic
        tonic = tonic if index.ndim == 1 else tonic[:, None]
        midi = tonic + index - SPAN
        return np.where(
            index == REST_SYMBOL, REST, np.where((midi < 0) | (midi > 127), NO_PITCH, midi)
        )
