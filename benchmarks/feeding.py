"""Feeding windows to a network: the report's one-hot array beside ours, on the same songs.

    python benchmarks/feeding.py [--songs 12] [--quick] [--write docs/benchmarks.md]

The report cuts the symbols of all songs in all keys into a list of windows and makes all of them
one-hot at once. We keep each song once, in bytes, look windows and keys up when a batch is made,
and make that batch one-hot. Both feed shuffled batches of 100 windows, on one thread; memory is
measured in a fresh process each (on Linux, from /proc). The whole corpus does not fit into memory
the report's way: there its array is computed from its shape, and ours is measured.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from page import write_section
from preparation import REPORT_TONICS
from preparation import reports as prepare_reports
from solfa import corpora
from solfa.markdown import table
from solfa.melody import Melody
from solfa.models.one_hot import one_hot
from solfa.training.networks import build
from solfa.training.windows import STEPS, Windows, grid_of

BATCH = 100  # as the report has it
KEYS = "24"
MODEL = "gru_attention"
FLOAT = 4  # bytes
T = TypeVar("T")
Batch = tuple[Tensor, Tensor]
"""One-hot windows (B, T, V) and the numbers of what follows (B,)."""


class Memory(NamedTuple):
    """Bytes: what feeding adds at its peak, and the peak of the whole process."""

    rise: int
    whole: int


def part(songs: int | None) -> tuple[Melody, ...]:
    """So many German songs, evenly taken from those that the report accepts; all for None."""
    tunes = corpora.load("german", durations=corpora.REPORT_DURATIONS).tunes
    return tunes if songs is None else tunes[:: len(tunes) // songs][:songs]


def windows_of(tunes: Sequence[Melody]) -> Windows:
    """Our way, before the first batch."""
    return Windows(tunes, grid_of(tunes, KEYS), KEYS, closing=True)


def ours(windows: Windows, number: int = 0) -> Iterator[Batch]:
    """A pass over all windows in all keys."""
    for window, target in windows.epoch(BATCH, 1, number):
        yield one_hot(window, windows.encoding.size), target


def symbols_of(windows: Windows) -> list[int]:
    """All songs in all keys and the delimiters between them, as one list of integers."""
    places = np.arange(windows.places)
    stream: list[int] = []
    for key in range(len(windows.keys)):
        window, target = windows.take(places, np.full(len(places), key))
        stream += [*window[0].tolist(), *target.tolist()]
    return stream


def materialised(symbols: list[int], size: int) -> Batch:
    """The report's way: every window as a list, then all of them one-hot at once."""
    count = len(symbols) - STEPS
    rows = np.array([symbols[place : place + STEPS] for place in range(count)])
    hot = torch.zeros(count, STEPS, size)
    hot.scatter_(2, torch.from_numpy(rows)[:, :, None], 1.0)
    return hot, torch.tensor(symbols[STEPS:])


def theirs(hot: Tensor, target: Tensor) -> Iterator[Batch]:
    """A pass over all windows; shuffled, which the report does not do."""
    order = torch.randperm(len(target))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        yield hot[rows], target[rows]


def _status(field: str) -> int:
    """Bytes that Linux knows of this process: VmRSS at present, VmHWM at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def memory(work: Callable[[], object]) -> Memory:
    """What ``work`` needs."""
    gc.collect()
    before, peak = _status("VmRSS"), _status("VmHWM")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    work()
    after = _status("VmHWM")
    return Memory(after - before, max(peak, after))


def our_memory(songs: int | None, batches: int) -> tuple[Memory, int, int]:
    """Of preparing and of so many batches; how many windows there are, and symbols."""
    torch.set_num_threads(1)
    tunes = part(songs)
    made: list[Windows] = []

    def work() -> None:
        made.append(windows_of(tunes))
        exhaust(islice(ours(made[0]), batches))

    return memory(work), len(made[0]), made[0].encoding.size


def their_memory(songs: int, batches: int) -> tuple[Memory, int, int]:
    """The same the report's way."""
    torch.set_num_threads(1)
    windows = windows_of(part(songs))
    symbols, size = symbols_of(windows), windows.encoding.size

    def work() -> None:
        exhaust(islice(theirs(*materialised(symbols, size)), batches))

    return memory(work), len(symbols) - STEPS, size


def alone(function: Callable[..., T], *arguments: object) -> T:
    """The answer of a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def exhaust(batches: Iterable[Batch]) -> int:
    """How many windows came."""
    return sum(len(target) for _, target in batches)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came of them."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def rate(work: Callable[[Iterable[Batch]], int], batches: Iterable[Batch]) -> float:
    """Windows a second."""
    seconds, windows = timed(lambda: work(batches))
    return windows / seconds


class Speed(NamedTuple):
    """Seconds before the first batch, and windows a second: fed, and learned from."""

    prepared: float
    fed: float
    learned: float

    def first(self, windows: int) -> float:
        """Windows a second of the first pass, preparation counted in."""
        return windows / (self.prepared + windows / self.fed)


def speeds(tunes: Sequence[Melody], steps: int, repeats: int) -> tuple[Speed, Speed, int]:
    """Theirs, ours, and the windows of a pass, the best of some repeats taken in turn."""
    windows = windows_of(tunes)
    size, symbols = windows.encoding.size, symbols_of(windows)
    network = build(MODEL, symbols=size)
    optimizer = torch.optim.Adam(network.parameters(), 5e-4)

    def learn(batches: Iterable[Batch]) -> int:
        count = 0
        for hot, target in islice(batches, steps):
            optimizer.zero_grad()
            network.losses(hot, target)["loss"].backward()  # type: ignore[operator]
            optimizer.step()
            count += len(target)
        return count

    their_time, array = timed(lambda: materialised(symbols, size))
    our_time, windows = timed(lambda: windows_of(tunes))
    feeds: list[Callable[[], Iterator[Batch]]] = [partial(theirs, *array), partial(ours, windows)]
    fed, learned = [0.0, 0.0], [0.0, 0.0]
    for _ in range(repeats):
        for side, feed in enumerate(feeds):
            fed[side] = max(fed[side], rate(exhaust, feed()))
            learned[side] = max(learned[side], rate(learn, feed()))
    prepared = (their_time, our_time)
    their, our = (Speed(*row) for row in zip(prepared, fed, learned, strict=True))
    return their, our, len(windows)


def preparation(tunes: Sequence[Melody]) -> tuple[float, float]:
    """CPU milliseconds a song to its symbols in all keys: theirs of some tunes, ours of all."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [tune.write(Path(folder) / f"{i}.krn") for i, tune in enumerate(tunes)]
        prepare_reports(paths[:1])  # what music21 makes once is not counted
        their_seconds, _ = prepare_reports(paths)
    everything = part(None)
    began = time.process_time()
    windows_of(everything)
    return 1000 * their_seconds / len(paths), 1000 * (time.process_time() - began) / len(everything)


def section(songs: int, steps: int, repeats: int, batches: int) -> str:
    """The benchmark in Markdown."""
    tunes = part(songs)
    their_memory_, their_windows, size = alone(their_memory, songs, batches)
    our_memory_, _, _ = alone(our_memory, songs, batches)
    corpus, corpus_windows, corpus_size = alone(our_memory, None, batches)
    their, our, count = speeds(tunes, steps, repeats)
    their_song, our_song = preparation(tunes)
    array = their_windows * STEPS * size * FLOAT
    computed = corpus_windows * STEPS * corpus_size * FLOAT
    heads = ["", "prepared, s", "first pass", "later passes", "trained", "memory added, MB"]
    ratios = [
        our.first(count) / their.first(count),
        our.fed / their.fed,
        our.learned / their.learned,
    ]
    on_part = [
        _row("all one-hot, the report's way", their, their_memory_, count),
        _row("solfa", our, our_memory_, count),
        [
            "solfa to the report",
            "",
            *(f"× {ratio:.2f}" for ratio in ratios),
            f"{their_memory_.rise / our_memory_.rise:.0f} times less",
        ],
    ]
    on_corpus = [
        ["all one-hot, computed", f"{corpus_windows:,}", f"{computed / 1e9:,.0f} GB", ""],
        [
            "solfa, measured",
            f"{corpus_windows:,}",
            f"{corpus.rise / 1e6:,.0f} MB",
            f"{corpus.whole / 1e6:,.0f} MB",
        ],
        ["times less", "", f"{computed / corpus.rise:,.0f}", f"{computed / corpus.whole:,.0f}"],
    ]
    return f"""\
## Feeding windows

{len(tunes)} German songs in {KEYS} keys: {count:,} windows of {STEPS} steps by {size} symbols, in
shuffled batches of {BATCH}, one thread. Windows a second: in the first pass, preparation counted
in; in later passes; and with a training step of `{MODEL}` on each batch.

{table(heads, on_part)}

The report's array of these songs takes {array / 1e6:,.0f} MB by its shape (windows × {STEPS} ×
{size} × {FLOAT} bytes); {their_memory_.rise / 1e6:,.0f} MB were measured, the list of windows among
them. The whole corpus in all keys, by shape and measured over {batches:,} batches:

{table(["", "windows", "memory added", "whole process"], on_corpus)}

The whole process holds Python, torch and the corpus as melodies too.

From a song to its symbols in all keys, CPU time: {their_song:.0f} ms the report's way (music21
reads and transposes the score to {len(REPORT_TONICS)} tonics; {len(tunes)} songs), {our_song:.2f}
ms ours ({KEYS} keys by table, from melodies; all songs), {their_song / our_song:,.0f} times less.
`benchmarks/preparation.py` counts our reading of the files too."""


def _row(name: str, speed: Speed, memory: Memory, windows: int) -> list[str]:
    rates = (speed.first(windows), speed.fed, speed.learned)
    return [
        name,
        f"{speed.prepared:.2f}",
        *(f"{rate:,.0f}" for rate in rates),
        f"{memory.rise / 1e6:,.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=12, help="for what does not fit otherwise")
    parser.add_argument("--quick", action="store_true", help="fewer songs and repeats")
    parser.add_argument("--write", type=Path, help="the page to write the section into")
    options = parser.parse_args()
    torch.set_num_threads(1)
    quick = options.quick
    text = section(
        songs=3 if quick else options.songs,
        steps=2 if quick else 10,
        repeats=1 if quick else 3,
        batches=100 if quick else 13_000,  # more than a pass over the corpus in one key
    )
    print(text)
    if options.write:
        write_section(options.write, "feeding", text)


if __name__ == "__main__":
    main()
