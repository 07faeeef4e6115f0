"""Whole tunes as arrays for note models, and batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from solfa.analysis.note_overlap import phrase_plan_of
from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, PHRASES, PLAN, SIDES, SIXTEENTHS, cap
from solfa.encodings.notes import Field, NoteEncoding
from solfa.encodings.state import BARS_AGO
from solfa.encodings.ticks import SIXTEENTH, TICKS
from solfa.errors import SolfaError
from solfa.melody import Melody

_PHRASE_COLUMNS = [FEATURES.index(name) for name in PHRASES]
_SIDE_COLUMNS = [FEATURES.index(name) for name in SIDES]
_POSITION = FEATURES.index("position")
_GAPS = (1, 2, 4, 8)
"""Lengths in bars of a gap, whose notes are predicted given the notes after it."""
_PARTS = 4
"""Bars of the parts that may stand for phrases."""


class Song(NamedTuple):
    """A tune of T notes: features (T+1, F); the last duration is the end; -1 is no target.

    ``onset`` and ``bar``, the length of a bar there, are in ticks.
    """

    features: np.ndarray
    pickup: int
    duration: np.ndarray  # (T+1,)
    pitch: np.ndarray  # (T+1,)
    phrase: np.ndarray  # (T+1,)
    onset: np.ndarray  # (T+1,)
    bar: np.ndarray  # (T+1,)


class Batch(NamedTuple):
    """B tunes padded to T steps: features (B, T, F), pickup (B,), the others (B, T)."""

    features: Tensor
    pickup: Tensor
    duration: Tensor
    pitch: Tensor
    phrase: Tensor


@dataclass(frozen=True)
class Unknown:
    """How often each condition is hidden from the model in training, so that it may be unknown."""

    phrases: float = 0.5
    plan: float = 0.5
    cadences: float = 0.5
    sides: float = 0.65
    bars_left: float = 0.5
    mode: float = 0.05
    metre: float = 0.05
    style: float = 0.2
    density: float = 0.7
    range: float = 0.7


def prepare(melodies: Sequence[Melody], encoding: NoteEncoding) -> tuple[list[Song], list[str]]:
    """Songs with everything known, and the reason for each tune that the vocabulary refuses.

    In one song of three the plan is by parts, as in those that mark no phrases.

    The features come from the same cursor that composing uses, followed in batches of tunes
    of like length; the order of the songs is not kept.
    """
    tunes: dict[bool, list[tuple[Conditions, np.ndarray]]] = {True: [], False: []}
    refused = []
    for number, melody in enumerate(melodies):
        conditions = whole_conditions(melody, by_parts=number % 3 == 0)
        try:
            tunes[conditions.phrases].append((conditions, encoding.encode(melody, conditions)))
        except SolfaError as error:
            refused.append(str(error))
    songs: list[Song] = []
    for group in tunes.values():
        group.sort(key=lambda tune: len(tune[1]))
        for start in range(0, len(group), 512):
            songs += _follow(encoding, group[start : start + 512])
    return songs, refused


def whole_conditions(melody: Melody, *, by_parts: bool = False) -> Conditions:
    """The conditions of a tune with everything known, its plan too.

    The plan is as phrases are marked. Where none is, or ``by_parts``, parts of four bars stand for
    them, if the tune keeps to one metre.
    """
    conditions = Conditions.of(melody, whole=True)
    parts = None
    if melody.meter and not melody.meter_changes and (by_parts or not melody.phrase_ends):
        parts = _PARTS * melody.meter.bar
    return replace(conditions, plan=phrase_plan_of(melody, parts))


def _follow(encoding: NoteEncoding, tunes: list[tuple[Conditions, np.ndarray]]) -> list[Song]:
    """Songs of one chunk, sorted by length: shorter rows are dropped as they close."""
    state = encoding.read([conditions for conditions, _ in tunes])
    symbols = [symbols for _, symbols in tunes]
    step = 3 if state.phrases else 2
    steps: list[np.ndarray] = []
    times: list[np.ndarray] = []
    state.push(np.array([s[0] for s in symbols]))
    first = 0  # rows before it have closed
    position = 1
    while first < len(tunes):
        steps.append(np.concatenate([np.zeros((first, len(FEATURES)), int), state.features()]))
        time = np.stack([state.music.onset, state.music.bar], 1)
        times.append(np.concatenate([np.zeros((first, 2), int), time]))
        closed = sum(len(s) == position + 1 for s in symbols[first:])
        if closed:
            state.select(np.arange(closed, len(state)))
            first += closed
        if first < len(tunes):
            for offset in range(step):
                state.push(np.array([s[position + offset] for s in symbols[first:]]))
        position += step
    features = np.stack(steps, 1).astype(np.int16)  # (B, T, F)
    time = np.stack(times, 1).astype(np.int32)  # (B, T, 2)
    return [_song(encoding, features[row], time[row], s, step) for row, s in enumerate(symbols)]


def _song(
    encoding: NoteEncoding, features: np.ndarray, time: np.ndarray, symbols: np.ndarray, step: int
) -> Song:
    first = encoding.first
    body = symbols[1:]
    pitch = np.append(body[1::step] - first[Field.PITCH], -1)
    none = np.full(len(pitch), -1)
    phrase = np.append(body[2::step] - first[Field.PHRASE], -1) if step == 3 else none
    pickup = int(symbols[0]) - first[Field.PICKUP]
    onset, bar = time[: len(pitch)].T
    return Song(features[: len(pitch)], pickup, body[::step], pitch, phrase, onset, bar)


def collate(songs: Sequence[Song]) -> Batch:
    """Pads songs into a batch; features with 0, targets with -1.

    To a multiple of 16 steps: each new length costs a CPU's kernels a preparation and memory.
    """
    B, T = len(songs), -(-max(len(song.duration) for song in songs) // 16) * 16
    features = np.zeros((B, T, len(FEATURES)), np.int64)
    targets = np.full((3, B, T), -1, np.int64)
    for row, song in enumerate(songs):
        length = len(song.duration)
        features[row, :length] = song.features
        for target, values in zip(targets, song[2:5], strict=True):
            target[row, :length] = values
    pickup = torch.tensor([song.pickup for song in songs])
    return Batch(torch.from_numpy(features), pickup, *map(torch.from_numpy, targets))


def hide(song: Song, *, phrases: bool = False, columns: Sequence[str] = ()) -> Song:
    """The song with some features unknown; hidden phrases are no targets either."""
    features = song.features.copy()
    features[:, [FEATURES.index(name) for name in columns]] = 0
    if not phrases:
        return song._replace(features=features)
    features[:, _PHRASE_COLUMNS] = 0
    return song._replace(features=features, phrase=np.full_like(song.phrase, -1))


def gapped(song: Song, first: int, last: int) -> Song:
    """The song whose notes ``first`` to before ``last`` have features of those from ``last`` on.

    As `solfa.encodings.features.FeatureExtractor` has it, the notes from ``last`` on being kept.
    """
    inside, end = slice(first, last), song.onset[last]
    onset, bar = song.onset[inside, None], song.bar[inside, None]
    at = onset + bar * np.array(BARS_AGO)
    beyond = (at >= end) & (at < song.onset[-1]) & (bar > 0)
    place = np.searchsorted(song.onset[:-1], at, "right") - 1
    begins = beyond & (song.onset[place] == at)
    duration = np.where(begins, song.duration[place] + 1, 0)
    pitch = np.where(beyond, song.pitch[place] + 1, 0)
    features = song.features.copy()
    features[inside, _SIDE_COLUMNS[0]] = cap((end - onset[:, 0]) // SIXTEENTH, SIXTEENTHS)
    # the end is no note: its pitch, -1, counts as none
    features[inside, _SIDE_COLUMNS[1:4]] = 1 + np.array(
        [song.duration[last], *song.pitch[last : last + 2]]
    )
    features[inside, _SIDE_COLUMNS[4:]] = np.stack([duration, pitch], 2).reshape(last - first, -1)
    return song._replace(features=features)


def _gap(song: Song, random: np.random.Generator) -> Song:
    """The song with a gap of some bars, most often from a bar line on."""
    notes = len(song.duration) - 1
    if notes < 3:
        return song
    lines = np.flatnonzero(song.features[: notes - 1, _POSITION] == 1)
    aligned = len(lines) > 0 and random.random() < 0.75
    first = int(random.choice(lines)) if aligned else int(random.integers(notes - 1))
    reach = song.onset[first] + random.choice(_GAPS) * (song.bar[first] or 4 * TICKS)
    last = int(np.searchsorted(song.onset, reach))
    return gapped(song, first, min(max(last, first + 1), notes - 1))


def batches(
    songs: Sequence[Song], size: int, seed: int, epoch: int, unknown: Unknown
) -> Iterator[Batch]:
    """One epoch of shuffled batches of like length, conditions hidden at random.

    The same seed and epoch give the same batches.
    """
    random = np.random.default_rng([seed, epoch])
    lengths = np.array([len(song.duration) for song in songs])
    order = np.argsort(lengths * random.uniform(0.9, 1.1, len(songs)))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    for group in (groups[i] for i in random.permutation(len(groups))):
        yield collate([_hide_some(songs[i], random, unknown) for i in group])


def _hide_some(song: Song, random: np.random.Generator, unknown: Unknown) -> Song:
    chances = {
        "bars left": unknown.bars_left,
        "mode": unknown.mode,
        "metre": unknown.metre,
        "style": unknown.style,
        "density": unknown.density,
        "range": unknown.range,
        "cadence": unknown.cadences,
    }
    columns = [name for name, chance in chances.items() if random.random() < chance]
    if random.random() < unknown.plan:
        columns += PLAN
    song = song if random.random() < unknown.sides else _gap(song, random)
    return hide(song, phrases=random.random() < unknown.phrases, columns=columns)
