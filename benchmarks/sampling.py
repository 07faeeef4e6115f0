"""How near composed tunes come to real songs, setting by setting; what stops droning.

    python benchmarks/sampling.py --seed 1 --write docs/sampling.md
    python benchmarks/sampling.py --loops

Every setting composes for the same requests: the keys, metres, pickups, lengths and styles of
validation songs. The first table takes every temperature with every cut; the second every loop
penalty at a careful temperature, where it has something to do; the best mean rank of each is
proposed. The third is about long tunes at a low temperature, where tunes drone. `--loops` counts
what `solfa.composing.decoding.repetition_penalty.LONGEST` says of the training songs instead.
Nothing here sees the test split.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

import solfa
from page import write_section
from solfa.composing.compose import BATCH
from solfa.composing.decoding.repetition_penalty import LONGEST
from solfa.composing.request.request import Request
from solfa.corpora.repertoires import REPERTOIRES
from solfa.evaluation.distance import (
    Profile,
    Songs,
    mean_ranks,
    profiles,
    repetitions,
    runs,
)
from solfa.evaluation.sampling import as_composed, requests
from solfa.evaluation.statistics import rank_correlation
from solfa.evaluation.tune_metrics import repeats
from solfa.markdown import table
from solfa.melody import Melody
from solfa.models.protocol import Model
from solfa.runtime import load_model

TEMPERATURES = (0.8, 0.9, 1.0, 1.1)
CUTS = ((1.0, 0.0), (0.95, 0.0), (0.9, 0.0), (1.0, 0.02), (1.0, 0.05), (1.0, 0.1))
"""Top-p and min-p; both cut the tail, so one at a time."""
PENALTIES = (0.0, 0.5, 1.0, 2.0, 4.0)
CAREFUL, COLD = 0.5, 0.3
"""The temperatures at which the penalties are compared, and at which long tunes drone."""
LONG, DRONES = 64, 32
DRAWS = 5
"""How often as many training songs are drawn, to know what a sample of real songs shows."""


class Setting(NamedTuple):
    temperature: float
    top_p: float = 1.0
    min_p: float = 0.0
    loop_penalty: float = 1.0

    def cells(self, names: Sequence[str]) -> list[str]:
        """As told in a table; a cut that cuts nothing is left out."""
        idle = {"top_p": 1.0, "min_p": 0.0}
        asked = self._asdict()
        return ["" if asked[n] == idle.get(n) else f"{asked[n]:g}" for n in names]


def composed(model: Model, asked: Sequence[Request], setting: Setting) -> list[Profile]:
    """The profiles of the tunes of all requests."""
    print("composing with", *setting, flush=True)
    return profiles(as_composed(model, [replace(one, **setting._asdict()) for one in asked]))


class Compared(NamedTuple):
    """The table, the nearest setting, and how far the halves of the tunes agree on the ranks."""

    table: str
    nearest: Setting
    agreement: float


def compare(songs: Songs, sets: dict[Setting, list[Profile]], names: Sequence[str]) -> Compared:
    """Ranks the sets; ``names`` are the parts of the setting that vary."""

    def ranks(part: slice) -> list[float]:
        return mean_ranks([songs.distances(songs.figures(told[part])) for told in sets.values()])

    rank = dict(zip(sets, ranks(slice(None)), strict=True))
    nearest = min(rank, key=lambda setting: rank[setting])
    rows = [["real songs", *[""] * len(names), *values(songs.ideal)]]
    for setting, told in sets.items():
        mark = "**" if setting == nearest else ""
        own = f"{mark}{rank[setting]:.1f}{mark}"
        rows.append([*setting.cells(names), own, *values(songs.figures(told))])
    heads = [*map(spoken, names), "mean rank"]
    halves = ranks(slice(0, None, 2)), ranks(slice(1, None, 2))
    return Compared(table([*heads, *songs.ideal], rows), nearest, rank_correlation(*halves))


def spoken(name: str) -> str:
    """``top-p``, ``loop penalty``."""
    return name.replace("_", "-" if name.endswith("_p") else " ")


def values(figures: dict[str, float]) -> list[str]:
    return [
        f"{value:.1f}" if name == "range" else f"{value:.3f}" for name, value in figures.items()
    ]


def droning(model: Model, real: Sequence[Melody], seed: int) -> str:
    """Long tunes at a low temperature, the styles in turn, by loop penalty."""
    styles = model.encoding.styles or (None,)
    rows = [["real songs", *drone(real)]]
    for penalty in PENALTIES:
        tunes = [
            tune.melody
            for style in styles
            for tune in solfa.compose(
                style=style,
                bars=LONG,
                count=DRONES // len(styles),
                seed=seed,
                temperature=COLD,
                loop_penalty=penalty,
                model=model,
            )
        ]
        rows.append([f"{penalty:g}", *drone(tunes)])
    heads = ["loop penalty", "one pitch", "1 to 4 notes", "5 to 16 notes", "beyond real songs"]
    return table([*heads, "repeated bars"], rows)


def drone(melodies: Sequence[Melody]) -> list[str]:
    longest = repetitions(melodies)
    means = [longest[:, cells].max(1).mean() for cells in (slice(1), slice(4), slice(4, None))]
    beyond = sum((now > np.array(LONGEST)).any(1).sum() for now in runs(melodies))
    share = beyond / sum(len(melody.notes) for melody in melodies)
    repeated = np.nanmean([repeats(melody).exactly for melody in melodies])
    return [*(f"{mean:.1f}" for mean in means), f"{share:.3f}", f"{repeated:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="melody_lstm")
    parser.add_argument("--count", type=int, default=2 * BATCH, help="tunes a setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="page to write the section into")
    parser.add_argument("--loops", action="store_true", help="count the training songs' loops")
    arguments = parser.parse_args()
    corpus = solfa.corpora.load(*REPERTOIRES)
    train = corpus.split("train").tunes
    if arguments.loops:
        print(tuple(np.quantile(repetitions(train), 0.99, axis=0).astype(int).tolist()))
        return
    began = time.process_time()
    valid, model, count = corpus.split("valid").tunes, load_model(arguments.model), arguments.count
    order = np.random.default_rng(arguments.seed).permutation(len(train))
    drawn = profiles([train[index] for index in order[: DRAWS * count]])
    songs = Songs(profiles(valid), [drawn[start::DRAWS] for start in range(DRAWS)])
    asked = requests(valid, model.encoding, count, arguments.seed)

    settings = [Setting(t, *cuts) for t, cuts in product(TEMPERATURES, CUTS)]
    sets = {setting: composed(model, asked, setting) for setting in settings}
    tail = compare(songs, sets, ("temperature", "top_p", "min_p"))
    careful = [Setting(CAREFUL, loop_penalty=penalty) for penalty in PENALTIES]
    sets = {setting: composed(model, asked, setting) for setting in careful}
    loops = compare(songs, sets, ("loop_penalty",))
    chosen = tail.nearest._replace(loop_penalty=loops.nearest.loop_penalty)
    text = _TEXT.format(
        name=model.name, hash=model.hash, count=count, songs=len(valid), draws=DRAWS,
        tail=tail.table, agreement=tail.agreement, careful=CAREFUL, loops=loops.table,
        chosen=", ".join(f"{spoken(n)} {v:g}" for n, v in chosen._asdict().items()),
        long=LONG, cold=COLD, drone=droning(model, valid, arguments.seed),
    )  # fmt: skip
    print(text, f"\n{time.process_time() - began:.0f} s of one core")
    if arguments.write:
        write_section(arguments.write, "sampling", text)


_TEXT = """\
## Choosing temperature, cuts and penalty

`{name}` (weights {hash}) composed {count} tunes with every setting, for the same requests: key,
metre, pickup, length and style of validation songs. 2-grams and 3-grams of (interval, ratio of
durations), intervals, degrees of the key and lengths of phrases are Jensen-Shannon divergences, in
bits, from those of all {songs:,} validation songs. The others are means: share of bars that repeat
an earlier bar, semitones from the lowest note to the highest, notes outside the scale, bits of a
tune's own pitches, and the most notes in a row that repeat a cell of one to four notes at once.
The row of real songs has the means of the validation songs, and the divergences of {draws} draws of
{count} training songs: a small set diverges from a large one, however real, and tunes that diverge
less than real ones are commonplace. The mean rank is over all ten figures, by distance from that
row. The halves of the tunes, ranked apart, agree by a rank correlation of {agreement:.2f}; ranks
that are near each other are nearly chance.

{tail}

Loop penalties at temperature {careful:g}, where they have something to do:

{loops}

Nearest: {chosen}.

## Droning

Tunes of {long} bars at temperature {cold:g}, the styles in turn. The most notes in a row that
repeat at once one pitch, a cell of one to four notes, one of five to sixteen, on average; the share
of all notes that go on repeating for longer than 99 % of the training songs ever do, which is where
the penalty begins; and the share of bars that repeat an earlier one.

{drone}"""


if __name__ == "__main__":
    main()
