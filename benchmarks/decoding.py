"""Composing with every bundled model, and with the report's networks as the report runs them.

    python benchmarks/decoding.py [--quick] [--models NAME ...] [--write docs/benchmarks.md]

Composed are tunes of so many sixteenths, all rules kept, 1, 16 and 64 at once; beside it the same
models without rules. The report runs its networks in torch, one tune at a time: for each symbol a
window is made one-hot and encoded anew, both ways. Windows are encoded anew by us too, what comes
next in one changes all of it; ours are batched, and run by ONNX Runtime. One thread everywhere; of
several runs the best counts. What the weights are does not matter for speed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from page import write_section
from solfa.composing.compose import compose_request
from solfa.composing.constraints.problem import compile_request
from solfa.composing.request.ask import ask
from solfa.errors import ModelError
from solfa.markdown import table
from solfa.melody import Note
from solfa.models.protocol import Model
from solfa.runtime import MODELS, load_model
from solfa.runtime.windows import WindowModel
from solfa.training.networks import build

BATCHES = (1, 16, 64)
HEADS = (
    "model",
    "at once",
    "tunes a second",
    "ms a symbol",
    "without rules",
    "first note, ms",
    "the report's way",
    "times faster",
)


class Run(NamedTuple):
    """How long it took, and how many symbols it made, over all tunes."""

    seconds: float
    symbols: int

    @property
    def each(self) -> float:
        """Milliseconds a symbol."""
        return 1000 * self.seconds / self.symbols


def best(work: Callable[[], int], seconds: float, runs: int = 5) -> Run:
    """The best of some runs of ``work``, which says how many symbols it made.

    One run at least, and no other once so many seconds are over.
    """
    done: list[Run] = []
    while len(done) < runs and (not done or sum(run.seconds for run in done) < seconds):
        start = time.perf_counter()
        symbols = work()
        done.append(Run(time.perf_counter() - start, symbols))
    return min(done)


def composed(model: Model, at_once: int, steps: int) -> Callable[[], int]:
    """Composes tunes as a person gets them; symbols count over all tunes."""
    request = ask(key="G", meter="4/4", steps=steps, count=at_once, seed=1)
    conditions = compile_request(request, model.encoding).conditions

    def work() -> int:
        tunes = compose_request(request, model)
        return sum(len(model.encoding.encode(tune.melody, conditions)) for tune in tunes)

    return work


class FirstNoteError(Exception):
    """Raised by who has heard enough."""


def first_note(model: Model) -> Callable[[], int]:
    """Composes until the first note is told, which is when a person hears something."""
    request = ask(key="G", meter="4/4", steps=64, seed=1)

    def stop(index: int, note: Note) -> None:
        raise FirstNoteError

    def work() -> int:
        with suppress(FirstNoteError):
            compose_request(request, model, stop)
        return 1

    return work


def unruled(model: Model, at_once: int, symbols: int) -> Callable[[], int]:
    """Draws symbols from the model alone, any but the end."""
    request = ask(key="G", meter="4/4", steps=64, pickup=0, seed=1)
    conditions = compile_request(request, model.encoding).conditions

    def work() -> int:
        random = np.random.default_rng(1)
        session = model.begin([conditions] * at_once)
        for _ in range(symbols):
            weights = session.probabilities()
            weights[:, model.encoding.end] = 0
            reach = np.cumsum(weights, 1)
            drawn = random.random((at_once, 1)) * reach[:, -1:]
            session.push((reach <= drawn).sum(1))
        return at_once * symbols

    return work


def reports(model: WindowModel, symbols: int) -> Callable[[], int]:
    """The same network in torch, as the report decodes: one tune, a window for each symbol."""
    network = build(model.name, **model.card["config"]).eval()

    def work() -> int:
        random = np.random.default_rng(1)
        said = [model.encoding.end] * model.steps
        with torch.no_grad():
            for _ in range(symbols):
                window = torch.tensor([said[-model.steps :]])  # made one-hot by the network
                weights = network(window).softmax(1)[0].double().numpy()
                said.append(int(random.choice(len(weights), p=weights / weights.sum())))
        return symbols

    return work


def rows(
    name: str, batches: Sequence[int], steps: int, symbols: int, seconds: float
) -> list[list[str]]:
    """A line of the table for each batch; none where the model is not bundled."""
    try:
        model = load_model(name)
    except ModelError as error:
        print(f"left out: {error}")
        return []
    composed(model, 1, 16)()  # what is made once is not counted
    theirs = best(reports(model, symbols), seconds) if isinstance(model, WindowModel) else None
    waited = best(first_note(model), seconds)
    lines = []
    for at_once in batches:
        ours = best(composed(model, at_once, steps), seconds)
        alone = best(unruled(model, at_once, symbols), seconds)
        lines.append(
            [
                f"`{name}`",
                str(at_once),
                f"{at_once / ours.seconds:.2f}",
                f"{ours.each:.2f}",
                f"{alone.each:.2f}",
                f"{1000 * waited.seconds:.0f}" if at_once == 1 else "",
                f"{theirs.each:.2f}" if theirs else "",
                f"{theirs.each / ours.each:.1f}" if theirs else "",
            ]
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument(
        "--quick", action="store_true", help="short tunes, one run, 1 and 4 at once"
    )
    parser.add_argument("--write", type=Path, help="the page to write the section into")
    options = parser.parse_args()
    torch.set_num_threads(1)
    quick = options.quick
    steps, symbols, seconds = (16, 4, 0.0) if quick else (32, 8, 2.0)
    lines = [
        line
        for name in options.models
        for line in rows(name, (1, 4) if quick else BATCHES, steps, symbols, seconds)
    ]
    text = f"""\
## Composing

Tunes of {steps} sixteenths in G major and 4/4, all rules kept, so many at once: tunes a second, and
milliseconds a symbol of one tune; without rules, of the model alone; how long until the first note
of a single tune is told (`listen`), while the rest is still being composed; and the report's way
(the same network in torch, one tune at a time, a window made one-hot and encoded for each symbol).
One thread each. `melody_lstm` and `ngram` say two or three symbols a note, the others one a
sixteenth.

{table(HEADS, lines)}"""
    print(text)
    if options.write:
        write_section(options.write, "decoding", text)


if __name__ == "__main__":
    main()
