"""The grid encoding of the report: one symbol a time step; MIDI numbers, ``_`` holds, ``r`` rests.

Vocabularies are the report's ``mapping.json``: every symbol with its number, ``/`` (the
delimiter between songs) among them. Phrase ends, key and metre are not in the symbols. With a
``home``, pitches are relative to the tonic: a tune is transposed there when it is encoded and back
when it is decoded, so that one key is learned and every key can be asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.protocol import Constraint
from solfa.encodings.rows import Rows
from solfa.encodings.sentinels import NO_PITCH, REST
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import to_ticks
from solfa.errors import SolfaError
from solfa.formats.grid_text import DELIMITER, HOLD, from_symbols, to_symbols
from solfa.formats.grid_text import REST as REST_SYMBOL
from solfa.melody import Melody, Note

HOME = 65
"""The MIDI pitch that tonics are transposed to; folk tunes centre five semitones above theirs."""
LONGEST = Fraction(8)
"""Composed notes last at most this many quarters."""


@dataclass(frozen=True)
class GridEncoding:
    """``symbols[i]`` is written i; ``step`` is the time of one symbol in quarters.

    ``home`` is the MIDI pitch that every tonic is transposed to; None leaves pitches as they are.
    """

    symbols: tuple[str, ...]
    step: Fraction = Fraction(1, 4)
    home: int | None = None
    name: ClassVar[str] = "grid"
    knows_mode: ClassVar[bool] = False
    field_names: ClassVar[tuple[str, ...]] = ("step",)
    pickups: ClassVar[tuple[int, ...]] = ()
    styles: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def of(
        cls, melodies: Iterable[Melody], step: Fraction = Fraction(1, 4), home: int | None = None
    ) -> GridEncoding:
        """The vocabulary of a corpus: its pitches in order, then ``r``, ``_`` and ``/``."""
        pitches: set[int] = set()
        for melody in melodies:
            shift = 0 if home is None else home - Conditions.of(melody).tonic
            pitches.update(pitch + shift for pitch in melody.pitches)
        return cls.over(pitches, step, home)

    @classmethod
    def over(
        cls, pitches: Iterable[int], step: Fraction = Fraction(1, 4), home: int | None = None
    ) -> GridEncoding:
        """The vocabulary of some MIDI pitches, those beyond MIDI left out."""
        known = sorted({pitch for pitch in pitches if 0 <= pitch <= 127})
        return cls((*map(str, known), REST_SYMBOL, HOLD, DELIMITER), step, home)

    @classmethod
    def from_mapping(cls, text: str, step: Fraction = Fraction(1, 4)) -> GridEncoding:
        """Reads a ``mapping.json``, ours or another's; `SolfaError` if it is not one.

        A mapping needs ``_`` and ``/``; one of songs without rests may lack ``r``.
        """
        try:
            mapping = dict(json.loads(text).items())
            symbols = sorted(mapping, key=mapping.__getitem__)
            numbers = [mapping[symbol] for symbol in symbols]
        except (ValueError, TypeError, AttributeError) as error:
            raise SolfaError("a mapping is a JSON object from symbols to numbers") from error
        if numbers != list(range(len(numbers))):
            raise SolfaError(f"a mapping numbers its symbols 0..{len(numbers) - 1} without gaps")
        if missing := {HOLD, DELIMITER} - set(symbols):
            raise SolfaError(f"the mapping lacks {', '.join(sorted(missing))}")
        for symbol in set(symbols) - {HOLD, DELIMITER, REST_SYMBOL}:
            if not (symbol.isdigit() and int(symbol) <= 127):
                raise SolfaError(f"symbol {symbol!r} of the mapping is not a MIDI number 0..127")
        return cls(tuple(symbols), step)

    def to_mapping(self) -> str:
        """The text of ``mapping.json``."""
        return json.dumps({symbol: number for number, symbol in enumerate(self.symbols)}, indent=4)

    def to_json(self) -> dict[str, Any]:
        """The vocabulary as plain data."""
        return {"symbols": list(self.symbols), "step": str(self.step), "home": self.home}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> GridEncoding:
        """The inverse of `to_json`."""
        step, home = Fraction(data["step"]), data.get("home")
        if not 0 < step <= 4 or not (home is None or (type(home) is int and 21 <= home <= 108)):
            raise ValueError("grid")
        return cls(tuple(data["symbols"]), step, home)

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols)

    @property
    def end(self) -> int:
        """The delimiter's number."""
        return self._number[DELIMITER]

    @property
    def fields(self) -> np.ndarray:
        """The only field is the step: zeros (size,)."""
        return np.zeros(self.size, int)

    @property
    def durations(self) -> tuple[int, ...]:
        """The ticks of every duration that can be composed."""
        step = to_ticks(self.step)
        return tuple(range(step, to_ticks(LONGEST) + 1, step))

    @property
    def step_ticks(self) -> int:
        """The ticks of a symbol."""
        return to_ticks(self.step)

    @property
    def hold(self) -> int:
        """The symbol that holds a note."""
        return self._number[HOLD]

    @cached_property
    def ticks(self) -> np.ndarray:
        """No symbol is a duration: zeros (size,)."""
        return np.zeros(self.size, np.int32)

    @cached_property
    def _number(self) -> dict[str, int]:
        return {symbol: number for number, symbol in enumerate(self.symbols)}

    @cached_property
    def midi(self) -> np.ndarray:
        """The MIDI pitch of each symbol that begins a note; `REST` for ``r``, else `NO_PITCH`."""
        special = {HOLD: NO_PITCH, DELIMITER: NO_PITCH, REST_SYMBOL: REST}
        return np.array([special[s] if s in special else int(s) for s in self.symbols])

    @cached_property
    def melodic(self) -> np.ndarray:
        """Whether each symbol begins a note or a rest: booleans (size,)."""
        return np.asarray(self.midi != NO_PITCH)

    def shift(self, conditions: Conditions) -> int:
        """Semitones by which a tune of ``conditions`` is transposed to ``home``."""
        return 0 if self.home is None else self.home - conditions.tonic

    def midi_in(self, conditions: Conditions) -> np.ndarray:
        """`midi` (size,) transposed to the key of ``conditions``; `NO_PITCH` beyond MIDI."""
        moved = self.midi - self.shift(conditions)
        moved[(moved < 0) | (moved > 127)] = NO_PITCH
        return np.where(self.midi < 0, self.midi, moved)

    def pitches(self, conditions: Conditions) -> tuple[int, ...]:
        """The MIDI pitches of the vocabulary, transposed to the key of ``conditions``."""
        return tuple(int(pitch) for pitch in self.midi_in(conditions) if pitch >= 0)

    def notes(self, symbols: np.ndarray) -> np.ndarray:
        """The index of the note that each symbol of a tune (S,) begins, holds or closes."""
        return np.asarray(np.cumsum(self.midi[symbols] != NO_PITCH) - 1)

    def encode(self, melody: Melody, conditions: Conditions | None = None) -> np.ndarray:
        """The numbers of a tune's steps and of the delimiter, shape (S,).

        Raises `SolfaError` for a duration off the grid or a pitch outside the vocabulary.
        """
        shift = 0 if self.home is None else self.shift(conditions or Conditions.of(melody))
        notes = melody.notes if shift == 0 else melody.transpose(shift).notes
        symbols = [*to_symbols(notes, self.step), DELIMITER]
        if missing := set(symbols) - set(self.symbols):
            theirs = [str(int(s) - shift) if s.isdigit() else s for s in missing]
            known = [int(s) - shift for s in self.symbols if s.isdigit()]
            reach = f"pitches {min(known)}..{max(known)}" if known else "no pitch"
            raise SolfaError(
                f"{', '.join(sorted(theirs))} not in the vocabulary, which has {reach} in this key;"
                " move the tune, or train on more"
            )
        return np.array([self._number[symbol] for symbol in symbols], np.int32)

    def decode(self, symbols: Sequence[int] | np.ndarray, conditions: Conditions) -> Melody:
        """The tune up to the first delimiter, in the key and metre of ``conditions``."""
        words = [self.symbols[number] for number in symbols]
        if DELIMITER in words:
            words = words[: words.index(DELIMITER)]
        pickup = conditions.pickup or Fraction(0)
        shift = self.shift(conditions)
        notes = tuple(
            note if note.pitch is None else Note(note.pitch - shift, note.duration)
            for note in from_symbols(words, self.step)
        )
        return Melody(
            notes,
            conditions.key,
            conditions.meter,
            pickup,
            meter_changes=conditions.meter_changes,
            key_changes=conditions.key_changes,
        )

    def read(self, all_conditions: Sequence[Conditions]) -> GridState:
        """Begins to follow a batch of tunes, step by step."""
        return GridState(self, all_conditions)


class GridState(Rows):
    """A batch of tunes followed step by step.

    ``music`` is the musical state where the sounding note began; ``pitch`` (B,) is that note's
    (`NO_PITCH` before the first), ``steps`` (B,) how many steps it has lasted.
    """

    def __init__(self, encoding: GridEncoding, all_conditions: Sequence[Conditions]) -> None:
        self.encoding = encoding
        self.music = MusicalState(all_conditions)
        self.pitch = np.full(len(all_conditions), NO_PITCH)
        self.steps = np.zeros(len(all_conditions), np.int32)
        self._midi = np.stack(
            [encoding.midi_in(conditions) for conditions in all_conditions]
        )  # (B, V)

    def __len__(self) -> int:
        return len(self.pitch)

    def push(self, symbols: np.ndarray) -> None:
        """Adds a step (B,) to every row; a closed row must be dropped."""
        midi = self._midi[np.arange(len(self)), symbols]
        begins = midi != NO_PITCH
        self._end_notes(self.music, begins)
        self.pitch = np.where(begins, midi, self.pitch)
        self.steps = np.where(begins, 1, self.steps + 1)

    def _end_notes(self, music: MusicalState, rows: np.ndarray) -> None:
        """Lets the notes that sound in ``rows`` (B,) end where they are."""
        sounding = rows & (self.pitch != NO_PITCH)
        if sounding.any():
            phrase_end = np.zeros(len(self), bool)
            music.advance(self.steps * self.encoding.step_ticks, self.pitch, phrase_end, sounding)

    def allowed(self, constraint: Constraint) -> np.ndarray:
        """The mask (B, size) of the symbols that ``constraint`` allows next.

        The constraint is on whole notes: one may be held if some longer duration is allowed, and
        may end if its present one is; a pitch may begin if some duration of it is allowed then.
        """
        encoding, rows = self.encoding, np.arange(len(self))
        begin = np.flatnonzero(encoding.midi != NO_PITCH)
        pitches = self._midi[:, begin]
        durations = np.array(encoding.durations)
        sounding = self.pitch != NO_PITCH
        now = np.argmax(pitches == self.pitch[:, None], 1)
        allowed_notes = constraint.notes(self.music, durations, pitches)[rows, :, now]  # (B, D)
        longer = np.arange(len(durations)) >= self.steps[:, None]
        may_hold = sounding & (allowed_notes & longer).any(1)
        may_end = ~sounding | allowed_notes[rows, np.clip(self.steps, 1, len(durations)) - 1]
        after = deepcopy(self.music)
        self._end_notes(after, may_end)
        allowed = np.zeros((len(self), encoding.size), bool)
        fresh = constraint.notes(after, durations, pitches).any(1)
        allowed[:, begin] = fresh & may_end[:, None] & (pitches != NO_PITCH)
        allowed[:, encoding.hold] = may_hold
        allowed[:, encoding.end] = may_end & constraint.end(after)
        return allowed
