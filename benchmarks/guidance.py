"""Whether tunes of a style sound more like it the greater the style strength that is asked for.

    python benchmarks/guidance.py --seed 1 --write docs/sampling.md

A classifier learns the styles from training songs and is shown tunes composed for every style, at
every strength, from the same requests: keys, metres, pickups and lengths of validation songs, so
that nothing but the melody can betray the style. Nothing here sees the test split.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import solfa
from experiments.style_classifier import StyleClassifier
from page import write_section
from solfa.corpora.repertoires import REPERTOIRES
from solfa.evaluation.distance import DISTRIBUTIONS
from solfa.evaluation.sampling import as_composed, requests
from solfa.evaluation.statistics import divergence, rank_correlation
from solfa.markdown import table
from solfa.melody import Melody
from solfa.runtime import load_model

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


def of_style(songs: Sequence[Melody], style: str) -> list[Melody]:
    return [song for song in songs if song.metadata.style == style]


def grams(melodies: Sequence[Melody]) -> Counter[object]:
    return sum(map(DISTRIBUTIONS["2-grams"], melodies), Counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="melody_lstm")
    parser.add_argument("--count", type=int, default=20, help="tunes of a style and strength")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="page to write the section into")
    arguments = parser.parse_args()
    model, corpus = load_model(arguments.model), solfa.corpora.load(*REPERTOIRES)
    began = time.process_time()
    train, valid = corpus.split("train").tunes, corpus.split("valid").tunes
    classifier = StyleClassifier(train)
    styles = [style for style in model.encoding.styles if style in classifier.styles]
    asked = requests(valid, model.encoding, arguments.count, arguments.seed)
    real = {style: of_style(valid, style) for style in styles}

    rows: list[list[str]] = []
    shares: list[float] = []

    def add(name: str, tunes: dict[str, Sequence[Melody]], likeness: bool) -> float:
        told = [classifier.recognised(tunes[s], [s] * len(tunes[s])).mean() for s in styles]
        apart = [divergence(grams(tunes[s]), grams(real[s])) for s in styles] if likeness else []
        last = f"{np.mean(apart):.3f}" if likeness else ""
        rows.append([name, f"{np.mean(told):.2f}", *(f"{share:.2f}" for share in told), last])
        return float(np.mean(told))

    add("real songs", {**real}, likeness=False)
    for strength in STRENGTHS:
        print("composing at strength", strength, flush=True)
        tunes = {}
        for style in styles:
            leant = [replace(one, style=style, style_strength=strength) for one in asked]
            tunes[style] = as_composed(model, leant)
        shares.append(add(f"{strength:g}", {**tunes}, likeness=True))
    text = _TEXT.format(
        name=model.name, hash=model.hash, count=arguments.count, chance=1 / len(classifier.styles),
        table=table(["strength", "all", *styles, "2-grams"], rows),
        agreement=rank_correlation(STRENGTHS, shares),
    )  # fmt: skip
    print(text, f"\n{time.process_time() - began:.0f} s of one core")
    if arguments.write:
        write_section(arguments.write, "guidance", text)


_TEXT = """\
## Style strength

`{name}` (weights {hash}): the share of {count} tunes of each style, composed at temperature 1, that
a classifier takes for what they were asked to be. It learned from training songs alone, by shares
of intervals, degrees of the key, ratios of durations and pairs of these; a guess would be right
{chance:.2f} of the time; the real songs are validation songs. All styles and strengths had the
same requests, so that key, metre and length tell nothing. Strength and share agree by a rank
correlation of {agreement:.2f}. The last column is how far the tunes' 2-grams of (interval, ratio of
durations) diverge from those of the style's validation songs, in bits, on average over the
styles.

{table}"""


if __name__ == "__main__":
    main()
