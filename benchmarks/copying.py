"""Whether tunes are copied: the longest run that each shares with any training song.

    python benchmarks/copying.py --seed 1 --write docs/sampling.md

A run is of (interval, ratio of durations) from note to note: it counts in any key and tempo.
Beside composed tunes the test songs, which share with training songs what songs of a tradition do.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import solfa
from page import write_section
from solfa.corpora.repertoires import REPERTOIRES
from solfa.evaluation.distance import steps
from solfa.evaluation.sampling import as_composed, requests
from solfa.markdown import table
from solfa.melody import Melody
from solfa.runtime import load_model

MANY = 16
"""So many notes in a row are a copy."""
_LONGEST = 40
_PRIME = np.uint64(1_000_003)


def hashes(tune: np.ndarray, length: int) -> np.ndarray:
    """A number for each run of so many steps."""
    if len(tune) < length:
        return np.zeros(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(tune, length)
    powers = np.cumprod(np.full(length, _PRIME))
    return np.asarray((windows * powers).sum(1))


def numbered(melodies: Sequence[Melody]) -> list[np.ndarray]:
    """Each tune's steps as numbers."""
    return [
        np.array([hash(step) & 0x7FFFFFFFFFFF for step in steps(melody)], np.uint64)
        for melody in melodies
    ]


def longest(tunes: Sequence[np.ndarray], songs: Sequence[np.ndarray]) -> np.ndarray:
    """Notes (N,) of the longest run that each tune shares with any song."""
    found = np.zeros(len(tunes), int)
    for length in range(1, _LONGEST):
        known = np.unique(np.concatenate([hashes(song, length) for song in songs]))
        going = [row for row in range(len(tunes)) if found[row] == max(length - 1, 0)]
        for row in going:
            runs = hashes(tunes[row], length)
            place = np.minimum(np.searchsorted(known, runs), len(known) - 1)
            if (known[place] == runs).any():
                found[row] = length
        if not (found == length).any():
            break
    return found + 1  # notes, not steps


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="melody_lstm")
    parser.add_argument("--count", type=int, default=300, help="tunes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="page to write the section into")
    arguments = parser.parse_args()
    corpus, model = solfa.corpora.load(*REPERTOIRES), load_model(arguments.model)
    train, test = numbered(corpus.split("train").tunes), corpus.split("test").tunes
    asked = requests(test, model.encoding, arguments.count, arguments.seed)
    rows = []
    for name, tunes in (
        ("test songs", test),
        (f"{arguments.count} of `{model.name}`", as_composed(model, asked)),
    ):
        shared = longest(numbered(tunes), train)
        middle, high = np.quantile(shared, [0.5, 0.95])
        rows.append([name, f"{middle:.0f}", f"{high:.0f}", f"{100 * np.mean(shared >= MANY):.1f}"])
    heads = ["tunes", "median", "95 % share at most", f"{MANY} or more, %"]
    text = _TEXT.format(name=model.name, hash=model.hash, table=table(heads, rows))
    print(text)
    if arguments.write:
        write_section(arguments.write, "copying", text)


_TEXT = """\
## Copying

`{name}` (weights {hash}), composed as test songs would be asked for, beside these songs: notes of
the longest run of (interval, ratio of durations) that a tune shares with any training song.

{table}"""


if __name__ == "__main__":
    main()
