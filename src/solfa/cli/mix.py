"""`solfa mix`: how much the network and the n-gram's views are worth beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import option
from solfa.errors import SolfaError


@app.command()
def mix(
    out: Annotated[Path, option("Folder for the weights.")] = Path("runs/melody_mix"),
) -> None:
    """Learn the weights of melody_mix on the validation songs of all repertoires.

    Wanted after melody_lstm was trained anew; the bundled weights are used without.
    """
    try:
        from solfa.training.mixing import mix as learn
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"mixing needs {error.name}, which is missing; {remedy}") from error
    import json

    from solfa import corpora
    from solfa.files import write_atomically
    from solfa.models.ngram import load_ngram
    from solfa.runtime import WEIGHTS
    from solfa.runtime.notes import NoteModel

    network, ngram = NoteModel(WEIGHTS / "melody_lstm"), load_ngram()
    songs = corpora.load(*corpora.REPERTOIRES).split("valid").tunes
    weights, gain = learn(network, ngram, songs)
    card = {
        "model": "melody_mix",
        "network": network.hash,
        "learned on": f"{len(songs)} validation songs of all repertoires",
        "valid/bits_per_note": {"network": gain.alone, "mixed, by halves": gain.mixed},
        "terms": network.card["data"]["terms"],
        "weights": {str(field): rows.tolist() for field, rows in weights.items()},
    }
    write_atomically(out / "card.json", (json.dumps(card, indent=1) + "\n").encode())
    typer.echo(f"{gain.alone:.3f} bits a note alone, {gain.mixed:.3f} mixed; written to {out}")
