"""Windows of a whole corpus in all keys, as views on one array of small integers.

The report's data: every song on the grid, in up to 24 keys, a delimiter of T symbols between
songs; a window of T steps slides by one, and what follows it is the target (report, section on
data). Windows are never stored: a song is kept once, a key is a table from symbols to symbols,
and both are looked up when a batch is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from solfa.choices import choose
from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import HOME, GridEncoding
from solfa.errors import SolfaError
from solfa.melody import MODES, Melody

KEYS = ("24", "12", "1", "tonic")
"""All tonics in both modes; all tonics; as written; every tune transposed to one tonic."""
STEPS = 64
"""Steps of a window (its code)."""
_PARALLEL = {mode: "minor" if 4 in scale else "major" for mode, scale in MODES.items()}


class Window(NamedTuple):
    """B windows of T steps and what follows each: symbols (B, T) and (B,)."""

    window: Tensor
    target: Tensor


@dataclass(frozen=True)
class Transposition:
    """A transposition of a song: semitones up, and whether to the parallel mode, by degree.

    There, pitches of the scale move to the same degree of the parallel scale (C E G becomes
    C Eb G); what is outside the scale stays.
    """

    semitones: int
    parallel: bool = False

    def __call__(self, pitch: int, tonic: int, mode: str) -> int:
        """Where a MIDI pitch of a song in ``mode`` on pitch class ``tonic`` goes."""
        if self.parallel and (degree := (pitch - tonic) % 12) in MODES[mode]:
            place = MODES[mode].index(degree)
            pitch += MODES[_PARALLEL[mode]][place] - degree
        return pitch + self.semitones


def transpositions(keys: str) -> tuple[Transposition, ...]:
    """The transpositions of each song, by a name of `KEYS`; `SolfaError` for another."""
    keys = choose("keys", keys, KEYS)
    if keys in ("1", "tonic"):
        return (Transposition(0),)
    modes = (False, True) if keys == "24" else (False,)
    return tuple(Transposition(up, parallel) for parallel in modes for up in range(-6, 6))


class Windows:
    """The windows of some songs in some keys; ``len`` counts (window, key) pairs.

    ``refused`` lists why songs are left out. With ``closing`` the windows are all that the report
    has, those whose target is a delimiter after a delimiter among them; without, each target is a
    step of a song or its end, as in composing.
    """

    def __init__(
        self, melodies: Sequence[Melody], encoding: GridEncoding, keys: str, *, closing: bool
    ) -> None:
        self.encoding = encoding
        self.keys = transpositions(keys)
        self.notes = 0
        self.refused: list[str] = []
        songs: list[np.ndarray] = []
        kinds: dict[tuple[int, str], int] = {}  # tonic and mode, which a key's table depends on
        kind_of: list[int] = []
        for melody in melodies:
            conditions = Conditions.of(melody)
            try:
                songs.append(encoding.encode(melody, conditions))
            except SolfaError as error:
                self.refused.append(str(error))
                continue
            tonic = (melody.key.pitch_class + encoding.shift(conditions)) % 12
            kind_of.append(kinds.setdefault((tonic, melody.key.mode), len(kinds)))
            self.notes += len(melody.notes)
        gap = np.full(STEPS, encoding.end)
        parts = [part for song in songs for part in (gap, song[:-1])]
        lengths = [len(song) for song in songs]
        # After the last song a whole delimiter, as after every other.
        self._stream = np.concatenate([*parts, gap]).astype(np.uint8)
        self._views = (
            np.lib.stride_tricks.sliding_window_view(self._stream, STEPS + 1)
            if songs
            else np.zeros((0, STEPS + 1), np.uint8)
        )
        starts = np.cumsum([0, *(n - 1 + STEPS for n in lengths)])[:-1]
        self._starts = starts.astype(np.int64)  # of each song's windows
        self._kind_of = np.array(kind_of, np.int32)
        if closing:
            self._places = np.arange(len(self._views), dtype=np.int32)
        else:
            ranges = [start + np.arange(n) for start, n in zip(starts, lengths, strict=True)]
            self._places = np.concatenate([np.zeros(0, int), *ranges]).astype(np.int32)
        self._tables = np.stack([self._table(*kind) for kind in kinds] or [np.zeros((1, 1))])

    def _table(self, tonic: int, mode: str) -> np.ndarray:
        """The symbol (K, V) that each symbol becomes in each key."""
        encoding = self.encoding
        number = {symbol: i for i, symbol in enumerate(encoding.symbols)}
        rows = [
            [
                # what no song of this kind has may have no place either, and stays
                number.get(str(key(int(midi), tonic, mode)), symbol) if midi >= 0 else symbol
                for symbol, midi in enumerate(encoding.midi)
            ]
            for key in self.keys
        ]
        return np.array(rows, np.uint8)

    @property
    def places(self) -> int:
        """How many windows there are in one key."""
        return len(self._places)

    def __len__(self) -> int:
        return self.places * len(self.keys)

    def take(self, places: np.ndarray, keys: np.ndarray, steps: int = STEPS) -> Window:
        """The windows numbered ``places`` (B,) in ``keys`` (B,), their last ``steps`` steps."""
        at = self._places[places]
        song = np.searchsorted(self._starts, at, side="right") - 1
        tables = self._tables[self._kind_of[np.maximum(song, 0)], keys]  # (B, V)
        symbols = np.take_along_axis(tables, self._views[at, -1 - steps :].astype(np.intp), 1)
        both = torch.from_numpy(symbols.astype(np.int64))
        return Window(both[:, :-1], both[:, -1])

    def epoch(
        self, size: int, seed: int, number: int, steps: Callable[[], int] = lambda: STEPS
    ) -> Iterator[Window]:
        """Batches of ``size`` until every window was drawn in every key, in random order.

        Wherever it is left off, windows and keys were drawn without bias: the epoch passes over
        all windows, each time in another order and each window in another key, until all keys had
        their turn. The same seed and number give the same batches; ``steps`` gives the length of
        the next windows.
        """
        K = len(self.keys)
        turn = np.random.default_rng([seed, number]).integers(K, size=self.places, dtype=np.uint8)
        for a_pass in range(K):
            order = np.random.default_rng([seed, number, a_pass + 1]).permutation(self.places)
            starts = list(range(0, self.places, size))
            if len(starts) > 1 and self.places - starts[-1] == 1:
                starts.pop()  # a batch of one has no spread to normalise by: it joins the last
            for places in np.split(order, starts[1:]):
                yield self.take(places, (turn[places].astype(int) + a_pass) % K, steps())

    def sample(self, size: int, seed: int = 0) -> Window:
        """At most ``size`` windows drawn at random, each in the song's first key."""
        random = np.random.default_rng(seed)
        places = random.permutation(self.places)[:size]
        return self.take(places, np.zeros(len(places), int))


def grid_of(melodies: Sequence[Melody], keys: str, step: Fraction = Fraction(1, 4)) -> GridEncoding:
    """The vocabulary of some songs in all of the ``keys``."""
    if keys == "tonic":
        return GridEncoding.of(melodies, step, HOME)
    moves = transpositions(keys)
    pitches = {
        move(pitch, melody.key.pitch_class, melody.key.mode)
        for melody in melodies
        for pitch in set(melody.pitches)
        for move in moves
    }
    return GridEncoding.over(pitches, step)
