"""`python -m experiments.hybrid`: what the latent of melody_vae holds, on German songs."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from experiments import console
from experiments.hybrid.measure import measure
from experiments.hybrid.page import page
from experiments.hybrid.requests import PhraseAutoencoder
from solfa import corpora
from solfa.errors import ModelError
from solfa.runtime import load_model


def main(arguments: Sequence[str]) -> None:
    """Measures what the latent of a hybrid model holds; writes the page of figures."""
    asked = _parser().parse_args(arguments)
    console.usable(asked.report)
    hybrid, windows, peer = (load_model(name) for name in (asked.model, "vae", asked.peer))
    if not isinstance(hybrid, PhraseAutoencoder):
        raise ModelError(f"{hybrid.name} has no latents of phrases; choose melody_vae")
    judges = [load_model(name) for name in asked.judge or ["ngram"]]
    if not asked.judge:
        judges.append(peer)
    german = corpora.load("german")
    parts = [
        measure(
            hybrid,
            part,
            german.split("train").tunes,
            german.split(part).tunes,
            peer=peer,
            windows=windows,
            judges=judges,
            draws=asked.draws,
            songs=asked.songs,
            tunes=asked.tunes,
            progress=console.progress,
        )
        for part in asked.split or ["valid", "test"]
    ]
    command = console.command("hybrid", arguments)
    console.write(asked.report, page(parts, f"`{hybrid.name}` {hybrid.hash}", command))


def _parser() -> ArgumentParser:
    parser = console.parser(
        "hybrid", "Measure what the latent of melody_vae holds, on German songs; write the page."
    )
    add = parser.add_argument
    add("--report", type=Path, default=Path("hybrid.md"), help="the page to write")
    add("--split", action="append", help="valid, test; may be repeated; both if left out")
    add("--model", default="melody_vae", help="melody_vae, or a folder of its kind")
    add("--peer", default="melody_lstm", help="the model without a latent")
    add("--judge", action="append", help="who says what tunes cost; ngram and the peer if left out")
    add("--songs", type=int, help="at most so many of a part")
    add("--draws", type=int, default=8, help="of the latents of a song, for the bound")
    add("--tunes", type=int, default=48, help="so many are walked between, varied and moved")
    return parser


if __name__ == "__main__":
    console.run(main)
