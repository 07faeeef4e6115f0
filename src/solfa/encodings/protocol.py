"""The protocols of encodings: what models, evaluation and composing use of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.state import MusicalState
from solfa.melody import Melody


class Constraint(Protocol):
    """Which notes may come next; each encoding turns this into a mask of its symbols."""

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        """Which pickups (N ticks) a tune may begin with: (B, N) booleans."""

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """Which notes may come next: (B, D, P) for D durations in ticks, (B, P) MIDI pitches."""

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        """Whether a phrase may go on or end after a next note of (B,) ticks: (B, 2) booleans."""

    def end(self, music: MusicalState) -> np.ndarray:
        """Whether the tune may end here: (B,) booleans."""


class SequenceState(Protocol):
    """A batch of B tunes followed symbol by symbol, whoever reads or writes them."""

    @property
    def music(self) -> MusicalState:
        """The musical state after the last whole note."""

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""

    def allowed(self, constraint: Constraint) -> np.ndarray:
        """The mask (B, V) of the symbols that ``constraint`` allows next."""


class Encoding(Protocol):
    """Melody to integers and back; ``decode(encode(m, c), c)`` is m, but for what is not encoded.

    ``fields`` (size,) is the kind of each symbol, as an index into ``field_names``; ``end`` is the
    symbol that closes a tune; ``melodic`` (size,) is whether a symbol is a pitch or a rest.
    ``durations`` and ``pickups`` are in ticks; ``pickups`` and ``styles`` are empty where they are
    not encoded. ``knows_mode``: models with this encoding are given the mode. Either every symbol
    is a step of ``step_ticks``, and ``hold`` continues a note; or (``step_ticks`` None) some are
    durations, ``ticks`` (size,) being how long, 0 for the others, each followed by its pitch.
    """

    @property
    def name(self) -> str: ...
    @property
    def field_names(self) -> tuple[str, ...]: ...
    @property
    def size(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def fields(self) -> np.ndarray: ...
    @property
    def melodic(self) -> np.ndarray: ...
    @property
    def durations(self) -> tuple[int, ...]: ...
    @property
    def pickups(self) -> tuple[int, ...]: ...
    @property
    def styles(self) -> tuple[str, ...]: ...
    @property
    def knows_mode(self) -> bool: ...
    @property
    def step_ticks(self) -> int | None: ...
    @property
    def hold(self) -> int: ...
    @property
    def ticks(self) -> np.ndarray: ...

    def pitches(self, conditions: Conditions) -> tuple[int, ...]:
        """Every MIDI pitch that a tune in ``conditions`` can have."""

    def notes(self, symbols: np.ndarray) -> np.ndarray:
        """For each symbol of a tune (S,), the index of the note that it belongs to."""

    def encode(self, melody: Melody, conditions: Conditions) -> np.ndarray: ...
    def decode(self, symbols: Sequence[int] | np.ndarray, conditions: Conditions) -> Melody: ...
    def read(self, all_conditions: Sequence[Conditions]) -> SequenceState: ...
    def to_json(self) -> dict[str, Any]: ...
