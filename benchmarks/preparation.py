"""Preparing songs in all keys: the report's way beside ours, on the same kern songs.

    python benchmarks/preparation.py DIR [--sample 40]

The report parses each score with music21, transposes the score to 14 tonics and walks each
version to symbols. Ours reads the song once and gives 24 keys, the 12 tonics in both modes (the
parallel one by scale degree), by one table look-up on the encoded integers. Both times are of
the processor, of one process, from bytes to symbols; imports do not count. The report's way is
timed on a sample, ours on every song.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np
from music21 import converter, interval, key, note, pitch, stream

from solfa.corpora import refusal
from solfa.encodings.grid import GridEncoding
from solfa.formats.kern import reader as kern
from solfa.melody import MODES, Melody

# With every pitch in the vocabulary a symbol's number is its MIDI number.
GRID = GridEncoding((*map(str, range(128)), "r", "_", "/"))
STEPS_A_QUARTER = 4
REPORT_TONICS = ["C", "D", "E", "F", "G", "A", "B", "C#", "E-", "F#", "A-", "B-", "D-", "G-"]


def all_keys(melody: Melody) -> np.ndarray:
    """The symbols of a tune in 24 keys, shape (24, S): major on C to B, then minor."""
    mode = "minor" if melody.key.mode == "minor" else "major"
    return TABLES[mode, melody.key.pitch_class][:, GRID.encode(melody)]


def _table(mode: str, tonic: int) -> np.ndarray:
    """What each symbol (V,) of a tune becomes in each of the keys, shape (24, V)."""
    table = np.tile(np.arange(GRID.size, dtype=np.int16), (24, 1))
    pitches = np.arange(128)
    for row, (target, wanted) in enumerate((t, m) for m in ("major", "minor") for t in range(12)):
        degrees = np.arange(12)
        degrees[list(MODES[mode])] = MODES[wanted]
        chroma = (pitches - tonic) % 12
        shift = (target - tonic + 6) % 12 - 6  # to the nearest such tonic
        table[row, :128] = np.clip(pitches + shift + degrees[chroma] - chroma, 0, 127)
    return table


TABLES = {(mode, tonic): _table(mode, tonic) for mode in ("major", "minor") for tonic in range(12)}


def ours(paths: Sequence[Path]) -> tuple[float, int, int]:
    """CPU seconds, songs accepted and symbols made, all songs read."""
    accepted = symbols = 0
    began = process_time()
    for path in paths:
        for tune in kern.read(path.read_bytes(), str(path)):
            if isinstance(tune, Melody) and refusal(tune) is None:
                symbols += all_keys(tune).size
                accepted += 1
    return process_time() - began, accepted, symbols


def reports(paths: Sequence[Path]) -> tuple[float, int]:
    """CPU seconds and symbols made, the report's way."""
    symbols = 0
    began = process_time()
    for path in paths:
        score = converter.parse(path, forceSource=True)
        keys = list(score.recurse().getElementsByClass(key.Key))
        tonic = keys[0].tonic if keys else score.analyze("key").tonic
        for target in REPORT_TONICS:
            moved = score.transpose(interval.Interval(tonic, pitch.Pitch(target)))
            symbols += len(_symbols(moved))
    return process_time() - began, symbols


def _symbols(score: stream.Stream) -> list[str]:
    symbols = []
    for event in score.flatten().notesAndRests:
        symbols.append(str(event.pitch.midi) if isinstance(event, note.Note) else "r")
        symbols += ["_"] * (int(event.quarterLength * STEPS_A_QUARTER) - 1)
    return symbols


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=40, help="songs for the report's way")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.krn"))
    taken = [
        path
        for path in paths
        for tune in kern.read(path.read_bytes(), str(path))
        if isinstance(tune, Melody) and refusal(tune) is None
    ]
    sample = taken[:: max(1, len(taken) // options.sample)][: options.sample]
    reports(sample[:1])  # what music21 makes once is not counted
    our_time, accepted, our_symbols = ours(paths)
    their_time, their_symbols = reports(sample)
    our_each, their_each = our_time / len(paths), their_time / len(sample)
    print("|  | songs | keys | symbols | CPU s | CPU ms a song |")
    print("|---|---|---|---|---|---|")
    print(
        f"| the report's way | {len(sample)} | {len(REPORT_TONICS)} | {their_symbols:,}"
        f" | {their_time:.1f} | {1000 * their_each:.0f} |"
    )
    print(
        f"| solfa | {len(paths):,}, {accepted:,} accepted | 24 | {our_symbols:,}"
        f" | {our_time:.1f} | {1000 * our_each:.2f} |"
    )
    print(f"\nsolfa takes {their_each / our_each:.0f} times less CPU time a song.")


if __name__ == "__main__":
    main()
