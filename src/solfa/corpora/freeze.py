"""Writes the lists of the split: ``python -m solfa.corpora.freeze``.

Tunes that are listed keep their part, so that published figures stay comparable; tunes that a
better reader has won are added. To start over, remove the lists first.
"""

from collections import defaultdict
from pathlib import Path

from solfa.corpora import splits
from solfa.corpora.corpus import load
from solfa.corpora.repertoires import REPERTOIRES
from solfa.files import write_atomically


def freeze(folder: Path = splits.FOLDER) -> None:
    """One list of (id, part) for each built-in repertoire, families taken across all of them."""
    tunes = load(*REPERTOIRES).tunes
    rows = defaultdict(list)
    for tune, part in zip(
        tunes, splits.family_parts(tunes, splits.frozen_parts(tunes)), strict=True
    ):
        rows[tune.metadata.style].append(f"{tune.metadata.id},{part}\n")
    for style, lines in rows.items():
        write_atomically(folder / f"{style}.csv", "".join(sorted(lines)).encode())


if __name__ == "__main__":
    freeze()
