"""What fine-tuning brings, on tunes that the bundled model has not heard.

    python benchmarks/finetuning.py [--model bundled] [--write docs/benchmarks.md]

music21 comes with two books that are in none of the repertoires. The command is run on
each and on both, from the bundled model, and on both once from scratch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

from page import write_section
from solfa.corpora.repertoires import corpus_folder
from solfa.markdown import table

BOOKS = {
    "Northumbrian Minstrelsy": "northumbrianminstrelsyopus.abc",
    "American fife tunes": "americanfifeopus.abc",
}
HEADS = ("tunes", "taught", "judge", "best epoch", "before", "after", "minutes")


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--model", default="bundled", help="where to begin")
    parser.add_argument("--write", type=Path, help="page to write the section to")
    asked = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        corpora = {name: _books(folder / f"{i}", name) for i, name in enumerate(BOOKS)}
        corpora["both"] = _books(folder / "both", *BOOKS)
        rows = [
            _row(name, _train(corpus, folder / f"run {name}", "--from", asked.model))
            for name, corpus in corpora.items()
        ]
        scratch = _train(corpora["both"], folder / "scratch")
        alone = _evaluated(folder / "scratch" / "exported", corpora["both"])
    text = _text(rows, alone, scratch)
    print(text)
    if asked.write:
        write_section(asked.write, "finetuning", text)


def _books(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        copy(corpus_folder() / "miscFolk" / BOOKS[name], folder)
    return folder


def _solfa(*arguments: str) -> str:
    one = {"OMP_NUM_THREADS": "1"}
    command = [str(Path(sys.executable).with_name("solfa")), *arguments]
    return subprocess.run(command, env=os.environ | one, check=True, text=True, stdout=-1).stdout


def _train(corpus: Path, out: Path, *start: str) -> dict[str, Any]:
    """The card of the model that the command made, and the minutes that it took."""
    began = time.monotonic()
    _solfa("train", "melody_lstm", *start, "--corpus", str(corpus), "--out", str(out))
    card: dict[str, Any] = json.loads((out / "exported" / "card.json").read_bytes())
    return {**card, "minutes": (time.monotonic() - began) / 60}


def _evaluated(model: Path, corpus: Path) -> dict[str, Any]:
    said = _solfa("evaluate", str(model), "--corpus", str(corpus), "--split", "test", "--json")
    facts: dict[str, Any] = json.loads(said)
    return facts


def _row(name: str, card: dict[str, Any]) -> list[str]:
    found = card["finetuned"]
    figures = (f"{value:.3f}" for value in (found["before"], found["after"]))
    counts = (card["data"]["songs"], found["songs"], card["epoch"])
    return [name, *map(str, counts), *figures, f"{card['minutes']:.1f}"]


def _text(rows: list[list[str]], alone: dict[str, Any], scratch: dict[str, Any]) -> str:
    bits = alone["bits_per_note"]["total"]
    refused = sum(alone["refused"].values())
    return f"""\
## Fine-tuning

`solfa train melody_lstm --from bundled --corpus FOLDER`, start to end, on one thread: two
books that come with music21, which the bundled model has not heard. Bits a note of held-out tunes
that neither taught nor chose the epoch; key and metre given; epoch 0 is the model as given.

{table(HEADS, rows)}

Both books from scratch, by the default recipe: {bits:.3f} bits a note on {alone["songs"]} of
the same tunes ({refused} cannot be said), in {scratch["minutes"]:.1f} minutes."""


if __name__ == "__main__":
    main()
