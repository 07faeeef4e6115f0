"""Ten tunes of every style, as they come, and how a hundred of them compare with real songs.

`python benchmarks/tunes.py` writes docs/tunes.md. Nothing is picked: seeds 1 to 10, in the metre,
key and length that the style's training songs have most often.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.results.generated_tunes import section
from solfa import corpora
from solfa.analysis.bars import bars_of
from solfa.composing.compose import compose
from solfa.evaluation.set_metrics import Row, measure
from solfa.files import write_atomically
from solfa.formats import render
from solfa.melody import Key, Melody, Meter
from solfa.models.protocol import Model
from solfa.runtime import load_model

PAGE = Path("docs/tunes.md")
SEEDS = range(1, 11)
COUNT = 100


def usual(songs: Sequence[Melody]) -> tuple[Key, Meter, int]:
    """The commonest metre, and among its songs the commonest key and length in bars."""
    meters = [song.meter for song in songs if song.meter and not song.meter_changes]
    meter = Counter(meters).most_common(1)[0][0]
    among = [song for song in songs if song.meter == meter and not song.meter_changes]
    key = Counter(song.key for song in among).most_common(1)[0][0]
    bars = Counter(bars_of(song) for song in among)
    return key, meter, bars.most_common(1)[0][0]


def tunes(model: Model, style: str, songs: Sequence[Melody]) -> str:
    """The tunes of a style as ABC, and the command that makes each again."""
    key, meter, bars = usual(songs)
    text = []
    for seed in SEEDS:
        asked: dict[str, Any] = {
            "style": style,
            "key": str(key),
            "meter": str(meter),
            "bars": bars,
            "seed": seed,
        }
        tune = compose(model=model, **asked)[0].melody
        named = replace(tune.metadata, title=f"{style} {seed}", comments=())
        tune = tune.replace(metadata=named)
        text.append(render(tune, ".abc").decode().strip())
    command = f'solfa compose --style {style} --key "{key}" --meter {meter} --bars {bars} --seed 1'
    tunes = "\n\n".join(text)
    return f"### {style.capitalize()}\n\n`{command}`, and seeds 2 to 10.\n\n```abc\n{tunes}\n```\n"


def figures(model: Model, style: str) -> list[Row]:
    """The figures of a style: test songs, training songs, the n-gram's tunes, the model's."""
    corpus = corpora.load(style)
    test, train = corpus.split("test").tunes, corpus.split("train").tunes
    rows = measure([load_model("ngram"), model], test, train, COUNT, temperature=1.0)
    return [row for row in rows if row.how != "as they come"]


def main() -> None:
    model = load_model("melody_lstm")
    styles = list(corpora.REPERTOIRES)
    parts = [_HEAD.format(command=f"python benchmarks/{' '.join([Path(sys.argv[0]).name])}")]
    for style in styles:
        print(style, flush=True)
        parts.append(tunes(model, style, corpora.load(style).split("train").tunes))
    for number, style in enumerate(styles):
        print(f"{style}, figures", flush=True)
        introduction, tables = section(figures(model, style)).split("\nForm: ")
        if number == 0:
            parts.append(introduction.replace("## Generated tunes", "## Beside real songs"))
        parts.append(f"### {style.capitalize()}, in figures\n\nForm: {tables}")
    write_atomically(PAGE, "\n".join(parts).encode())


_HEAD = """\
# Tunes

Written by `{command}`; do not edit.

Ten tunes of every style, seeds 1 to 10, none left out, in the key, metre and length that its songs
have most often; every setting is the default. Below them, figures of a hundred tunes beside real
songs.
"""

if __name__ == "__main__":
    main()
