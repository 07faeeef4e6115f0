"""Composing with our own model: how fast, in how much memory, and how near to the physical limit.

    python benchmarks/composing.py [--quick] [--model NAME_OR_FOLDER] [--write docs/benchmarks.md]

Tunes of 16 bars of 4/4, one at a time and 64 at once, as a person gets them, and what of that the
network, the rules and following the tune take; beside them, in turns: the same network in torch,
with its memory and without (the whole tune read anew for each note), the network of folk-rnn in
numpy, and the report's way. One thread each, processor time, the medians of several rounds; of
ratios too, each taken within a round. Sizes are read from the card and the graphs. Peers that need
torch are left out where it is missing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from functools import cache
from importlib.util import find_spec
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import patch

import numpy as np

from page import write_section
from solfa.composing.compose import compose_request
from solfa.composing.constraints.problem import compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.constraints.tables import tables_of
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.encodings.notes import NoteState
from solfa.encodings.protocol import Constraint
from solfa.markdown import table
from solfa.melody import Melody
from solfa.models import registry
from solfa.runtime import WEIGHTS, load_model
from solfa.runtime.graph import Graph, read_card
from solfa.runtime.notes import NoteModel

AT_ONCE = (1, 64)
REPORTS = "gru_attention"  # the report's network that decodes soonest for its likelihood
SIXTEENTHS = 16  # of a bar, each a symbol of the report
TOKENS, UNITS, LAYERS = 137, 512, 3  # of folk-rnn
FLOAT = 4  # bytes

OURS = "`solfa.compose`"
NETWORK = "of it, its network"
RULES = "of it, its rules"
FOLLOWING = "of it, following the tune"
EAGER = "network in torch, eager"
AGAIN = "network in torch, no memory"
FOLK = "folk-rnn's network, numpy"
REPORT = "the report's way"
MUCH = {
    "form": "AABA",
    "cadences": "full full half full",
    "largest_leap": 9,
    "range": "D4-G5",
    "scale": "key",
}
RULED: dict[str, dict[str, Any]] = {
    "pickup given": {},
    "pickup left to the model": {"pickup": None},
    "form AABA, half cadence of B, largest leap 9, range D4-G5, scale": MUCH,
}
"""What is asked for where the rules' share is measured."""
SCORE = "`solfa compose`, mid, musicxml, svg"
LIMIT_HEADS = [
    "at once",
    "moving the weights, ms",
    "multiplying, ms",
    "reached by its network alone",
    "by all",
]


class Run(NamedTuple):
    """How long it took to make so many notes: processor time, on one thread."""

    seconds: float
    notes: float

    @property
    def each(self) -> float:
        """Milliseconds a note."""
        return 1000 * self.seconds / self.notes


class Setting(NamedTuple):
    """What is composed, by which model; ``few`` is how often short work is repeated.

    ``notes`` are those of a tune, ``tokens`` folk-rnn's for a note of it, on average.
    """

    model: str
    bars: int
    few: int
    notes: float = 0.0
    tokens: float = 0.0

    def request(self, count: int, seed: int, **more: Any) -> Request:
        asked = {"key": "G", "meter": "4/4", "bars": self.bars, "pickup": 0, **more}
        return ask(**asked, count=count, seed=seed)


Contestant: TypeAlias = Callable[[Setting, int, int], Run]
"""Told the setting, how many tunes at once, and the number of the round."""


def folder_of(name: str) -> Path:
    return WEIGHTS / name if name in registry.trained() else Path(name)


@cache
def model_of(name: str) -> NoteModel:
    """Loaded once in each process."""
    model = load_model(name)
    if not isinstance(model, NoteModel):
        raise SystemExit(f"{name} is no note-level network")
    return model


def counted(setting: Setting) -> Setting:
    """The setting with the notes and tokens of some tunes, which are not timed."""
    made = compose_request(setting.request(16, seed=0), model_of(setting.model))
    tunes = [tune.melody for tune in made]
    notes = sum(len(tune.notes) for tune in tunes)
    tokens = sum(map(_tokens, tunes))
    return setting._replace(notes=notes / len(tunes), tokens=tokens / notes)


def _tokens(tune: Melody) -> int:
    """Of folk-rnn's ABC: metre, key, start, end, bar lines, pitches, and durations but eighths."""
    return 4 + len(tune.bars()) + sum(1 + (2 * note.duration != 1) for note in tune.notes)


def ours(setting: Setting, at_once: int, number: int) -> Run:
    """As a person gets them: rules, checks, score and all; one after the other if one at once."""
    model, made, seconds = model_of(setting.model), 0, 0.0
    for part in range(setting.few if at_once == 1 else 1):
        request = setting.request(at_once, seed=100 * number + part)
        began = time.process_time()
        tunes = compose_request(request, model)
        seconds += time.process_time() - began
        made += sum(len(tune.melody.notes) for tune in tunes)
    return Run(seconds, made)


def within(*methods: tuple[type, str]) -> Contestant:
    """What of `ours` is spent in some methods, none of which calls another."""

    def contestant(setting: Setting, at_once: int, number: int) -> Run:
        spent = 0.0

        def watched(method: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal spent
                began = time.process_time()
                answer = method(*arguments, **named)
                spent += time.process_time() - began
                return answer

            return call

        with ExitStack() as stack:
            for owner, name in methods:
                stack.enter_context(patch.object(owner, name, watched(getattr(owner, name))))
            run = ours(setting, at_once, number)
        return Run(spent, run.notes)

    return contestant


def rules_share(setting: Setting, at_once: int, number: int, more: dict[str, Any]) -> list[float]:
    """Milliseconds to make what rules look up, and the share of rules, that too, in all time."""
    model, request = model_of(setting.model), setting.request(at_once, number, **more)
    tables_of.cache_clear()
    began = time.process_time()
    _ = Rules(compile_request(request, model.encoding)).possible
    table = time.process_time() - began
    spent = table

    def watched(state: NoteState, constraint: Constraint) -> np.ndarray:
        nonlocal spent
        began = time.process_time()
        answer = allowed(state, constraint)
        spent += time.process_time() - began
        return answer

    allowed = NoteState.allowed
    with patch.object(NoteState, "allowed", watched):
        compose_request(request, model)
    return [1000 * table, spent / (time.process_time() - began)]


def rules_rows(setting: Setting, rounds: int) -> list[list[str]]:
    rows = []
    for title, more in RULED.items():
        for at_once in AT_ONCE:
            runs = [rules_share(setting, at_once, number, more) for number in range(rounds)]
            table, share = (median(run[i] for run in runs) for i in range(2))
            rows.append([title, str(at_once), f"{table:.1f}", f"{share:.0%}"])
    return rows


@cache
def in_torch(name: str) -> Any:
    """The network as it was trained, with first weights."""
    import torch

    from solfa.models.melody_lstm import Config, MelodyLSTM

    torch.set_num_threads(1)
    sizes = read_card(folder_of(name))["config"].items()
    config: Any = {key: tuple(v) if isinstance(v, list) else v for key, v in sizes}
    return MelodyLSTM(Config(**config)).eval()


def _told(net: Any, features: Any, state: Any) -> Any:
    """A note of every tune: its duration, its pitch, its phrase; the memory after it."""
    heard, state = net.body(features, state)
    heard = heard[:, -1]
    duration = net.duration(heard).softmax(-1).numpy().argmax(-1)
    duration = features.new_tensor(duration)
    pitch = features.new_tensor(net.pitch(heard, duration).softmax(-1).numpy().argmax(-1))
    net.phrase(heard, duration, pitch).softmax(-1).numpy()
    return state


def eager(setting: Setting, at_once: int, number: int) -> Run:
    import torch

    net, steps = in_torch(setting.model), 8 * setting.few if at_once == 1 else setting.few
    features = torch.zeros(at_once, 1, len(net.config.limits), dtype=torch.long)
    with torch.no_grad():
        state = _told(net, features, net.empty(at_once))
        began = time.process_time()
        for _ in range(steps):
            state = _told(net, features, state)
    return Run(time.process_time() - began, at_once * steps)


def again(setting: Setting, at_once: int, number: int) -> Run:
    """Each note costs a pass over all before it; some lengths stand for all up to a tune's."""
    import torch

    net, whole = in_torch(setting.model), round(setting.notes)
    lengths = np.linspace(1, whole, setting.few).round().astype(int).tolist()
    features = torch.zeros(at_once, whole, len(net.config.limits), dtype=torch.long)
    with torch.no_grad():
        began = time.process_time()
        for length in lengths:
            _told(net, features[:, :length], net.empty(at_once))
    return Run(time.process_time() - began, at_once * len(lengths))


@cache
def folk_weights() -> list[tuple[np.ndarray, ...]]:
    """Of each layer, what comes in and the memory to all four gates; at last what comes out."""
    random = np.random.default_rng(1)

    def weights(rows: int, columns: int) -> Any:
        return np.float32(random.standard_normal((rows, columns)) / rows**0.5)

    sizes = [TOKENS, *[UNITS] * (LAYERS - 1)]
    layers = [(weights(size, 4 * UNITS), weights(UNITS, 4 * UNITS)) for size in sizes]
    return [*layers, (weights(UNITS, TOKENS),)]


def folk(setting: Setting, at_once: int, number: int) -> Run:
    """A token at a time; kinder than theirs: a product for all gates, a row for a one-hot token."""
    *layers, (out,) = folk_weights()
    random = np.random.default_rng(number)
    tokens = np.zeros(at_once, int)
    hidden, cell = np.zeros((2, LAYERS, at_once, UNITS), np.float32)
    steps = 16 * setting.few if at_once == 1 else setting.few
    began = time.process_time()
    for _ in range(steps):
        for i, (enter, recur) in enumerate(layers):
            entering = hidden[i - 1] @ enter if i else enter[tokens]
            gates = entering + hidden[i] @ recur
            gate, new = 1 / (1 + np.exp(-gates[:, UNITS:])), np.tanh(gates[:, :UNITS])
            put, forget, show = np.split(gate, 3, 1)
            cell[i] = forget * cell[i] + put * new
            hidden[i] = show * np.tanh(cell[i])
        reach = np.cumsum(np.exp((hidden[-1] @ out).astype(float)), 1)
        tokens = (reach < random.random((at_once, 1)) * reach[:, -1:]).sum(1)
    return Run(time.process_time() - began, at_once * steps / setting.tokens)


def report(setting: Setting, at_once: int, number: int) -> Run:
    from decoding import reports
    from solfa.runtime.windows import WindowModel

    model = load_model(REPORTS)
    assert isinstance(model, WindowModel)
    work = reports(model, 2 * setting.few)
    began = time.process_time()
    symbols = work()
    seconds = time.process_time() - began
    return Run(seconds, symbols * setting.notes / (SIXTEENTHS * setting.bars))


CONTESTANTS: dict[str, Contestant] = {
    OURS: ours,
    NETWORK: within((Graph, "__call__")),
    RULES: within((NoteState, "allowed")),
    FOLLOWING: within((NoteState, "features"), (NoteState, "push")),
    EAGER: eager,
    AGAIN: again,
    FOLK: folk,
    REPORT: report,
}
IN_TORCH = (EAGER, AGAIN, REPORT)
ONE_BY_ONE = (REPORT,)


def present() -> list[tuple[str, int]]:
    """The contestants that can run here, and how many tunes at once."""
    able = find_spec("torch") is not None
    if not able:
        print(f"left out, torch is missing: {', '.join(IN_TORCH)}")
    return [
        (name, at_once)
        for at_once in AT_ONCE
        for name in CONTESTANTS
        if (able or name not in IN_TORCH) and (at_once == 1 or name not in ONE_BY_ONE)
    ]


class Machine(NamedTuple):
    """Multiply-adds a second of one thread, and bytes a second of memory as large as asked."""

    peak: float
    bandwidth: float


def machine(size: int) -> Machine:
    """By a product of matrices; by what is sooner, copying so many bytes or reading them once."""
    side = 1024
    square = np.ones((side, side), np.float32)
    weights = np.ones((size // FLOAT // side, side), np.float32)
    into, vector = np.empty_like(weights), np.ones(side, np.float32)

    def soonest(work: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        return min(times)

    copying = 2 * weights.nbytes / soonest(lambda: np.copyto(into, weights))
    state = weights.nbytes / soonest(lambda: weights @ vector)
    return Machine(side**3 / soonest(lambda: square @ square), max(copying, state))


def weights_a_note(model: str) -> int:
    """How many weights are multiplied for a note: of every graph but the start, no tables."""
    import onnx

    return sum(
        _multiplied(onnx.load(path).graph)
        for path in folder_of(model).glob("*.onnx")
        if "start" not in path.stem
    )


def _multiplied(graph: Any) -> int:
    """The elements of all matrices that some node multiplies by."""
    sizes = {w.name: int(np.prod(w.dims)) for w in graph.initializer if _is_matrix(w.dims)}
    for node in graph.node:
        if node.op_type in ("Cast", "Mul", "Transpose", "Identity") and node.input[0] in sizes:
            sizes[node.output[0]] = sizes[node.input[0]]
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm", "LSTM", "GRU")]
    return sum(sizes.get(name, 0) for node in products for name in node.input)


def _is_matrix(dims: Any) -> bool:
    return int(np.sum(np.array(dims) > 1)) > 1


Measured: TypeAlias = "dict[tuple[str, int], list[float]]"
"""Milliseconds a note of each contestant and size of batch, round by round."""


def contest(setting: Setting, rounds: int, size: int) -> tuple[Measured, Machine]:
    """All contestants in turns, and what the machine can do, measured among them."""
    lines = present()
    for name, at_once in lines:  # what is made once is not counted
        CONTESTANTS[name](setting, at_once, 0)
    measured: Measured = {line: [] for line in lines}
    machines = []
    for number in range(1, rounds + 1):
        machines.append(machine(size))
        for name, at_once in lines:
            measured[name, at_once].append(CONTESTANTS[name](setting, at_once, number).each)
    peaks, bandwidths = zip(*machines, strict=True)
    return measured, Machine(median(peaks), median(bandwidths))


def ratio(measured: Measured, name: str, to: str, at_once: int) -> str:
    """How many times as long as ``to`` at the same size of batch; the median of the rounds."""
    if (name, at_once) not in measured:
        return ""
    pairs = zip(measured[name, at_once], measured[to, at_once], strict=True)
    return f"{median(a / b for a, b in pairs):.2f}"


def speed_rows(setting: Setting, measured: Measured) -> list[list[str]]:
    notes = setting.notes
    return [
        [
            name,
            str(at_once),
            f"{median(each):.3f}",
            f"{notes * median(each):.1f}",
            f"{1000 / (notes * median(each)):.1f}",
            ratio(measured, name, OURS, at_once),
            ratio(measured, name, NETWORK, at_once),
        ]
        for (name, at_once), each in measured.items()
    ]


def limit_rows(measured: Measured, machine: Machine, weights: int) -> list[list[str]]:
    rows = []
    for at_once in AT_ONCE:
        moving = 1000 * FLOAT * weights / machine.bandwidth / at_once
        multiplying = 1000 * weights / machine.peak
        limit = max(moving, multiplying)
        shares = [f"{limit / median(measured[name, at_once]):.0%}" for name in (NETWORK, OURS)]
        rows.append([str(at_once), f"{moving:.4f}", f"{multiplying:.4f}", *shares])
    return rows


def warm(setting: Setting) -> None:
    """Makes a worker ready."""
    ours(setting._replace(few=1), 1, 0)


def compose_many(setting: Setting, count: int, seed: int) -> int:
    return len(compose_request(setting.request(count, seed), model_of(setting.model)))


def tunes_a_minute(setting: Setting, count: int, rounds: int) -> tuple[float, float]:
    """Of one worker process and of two, in turns, each composing ``count`` tunes."""
    alone: list[float] = []
    both: list[float] = []
    with fresh() as one, fresh() as other:
        for pool in (one, other):
            pool.submit(warm, setting).result()
        for seed in range(rounds):
            for pools, rates in (((one,), alone), ((one, other), both)):
                began = time.perf_counter()
                work = [
                    pool.submit(compose_many, setting, count, 2 * seed + i)
                    for i, pool in enumerate(pools)
                ]
                made = sum(job.result() for job in work)
                rates.append(60 * made / (time.perf_counter() - began))
    return median(alone), median(both)


@contextmanager
def fresh() -> Iterator[ProcessPoolExecutor]:
    """A fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


def peak_memory(setting: Setting, name: str, at_once: int, command: Sequence[str] = ()) -> float:
    """Megabytes of this process at their peak, once it has run a contestant or a command.

    Linux; `getrusage` would count what the parent held when it started this process.
    """
    if name:
        CONTESTANTS[name](setting._replace(few=2), at_once, 1)
    elif command:
        from solfa.cli import main

        sys.argv = list(command)
        with redirect_stdout(StringIO()), suppress(SystemExit):
            main()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def memory_rows(setting: Setting, command: Sequence[str]) -> list[list[str]]:
    """Each in a process of its own; peers there run alone, without our model."""
    able = present()
    wanted = [(OURS, 1), (OURS, 64), (EAGER, 1), (FOLK, 1), (REPORT, 1)]
    processes = {
        "numpy and solfa imported": ("", 1, ()),
        **{f"{name}, {n} at once": (name, n, ()) for name, n in wanted if (name, n) in able},
        SCORE: ("", 1, command),
    }
    rows = []
    for title, work in processes.items():
        with fresh() as pool:
            rows.append([title, f"{pool.submit(peak_memory, setting, *work).result():.0f}"])
    return rows


def cold_rows(commands: dict[str, Sequence[str]], rounds: int) -> list[list[str]]:
    """Seconds from the start of a process to its end, in turns: the median and the longest."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    return [[name, f"{median(each):.2f}", f"{max(each):.2f}"] for name, each in times.items()]


def commands_of(setting: Setting, out: str) -> dict[str, Sequence[str]]:
    """What is started cold, by the name it has in the table."""
    solfa = str(Path(sys.executable).with_name("solfa"))
    asked = f"--key G --meter 4/4 --bars {setting.bars} --seed 7 --style german".split()
    compose = [solfa, "compose", *asked, "--model", setting.model, "--out", out]
    commands: dict[str, Sequence[str]] = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`solfa --help`": [solfa, "--help"],
        SCORE: [*compose, "--format", "mid,musicxml,svg"],
        "`solfa compose`, all formats": compose,
    }
    if find_spec("torch"):
        commands["`python -c 'import torch'`"] = [sys.executable, "-c", "import torch"]
    return commands


def section(setting: Setting, rounds: int, many: int) -> str:
    """The benchmark in Markdown."""
    setting = counted(setting)
    weights = weights_a_note(setting.model)
    measured, able = contest(setting, rounds, FLOAT * weights)
    ruled = rules_rows(setting, rounds)
    one, two = tunes_a_minute(setting, many, min(rounds, 2))
    with TemporaryDirectory() as out:
        commands = commands_of(setting, out)
        cold = cold_rows(commands, rounds)
        memory = memory_rows(setting, commands[SCORE])
    name, bars, sizes = setting.model, setting.bars, read_card(folder_of(setting.model))["config"]
    shape = ", ".join(
        f"{sizes[part]} {part if sizes[part] > 1 else part.rstrip('s')}"
        for part in ("members", "layers")
        if part in sizes
    )
    heads = ["", "at once", "ms a note", "ms a tune", "tunes a second"]
    return f"""\
## The speed of our own model

`{name}` ({shape} of {sizes["width"]} units) composes tunes of {bars} bars of 4/4,
{setting.notes:.0f} notes each on average: as a person gets them, with rules, checks and score; and
what of that time is spent in the network (ONNX Runtime), in the rules, and in following the tune
from note to note. Then the same network in torch, of the same sizes: with its memory kept from note
to note, and with the whole tune read anew for each note. Then folk-rnn's network ({LAYERS} layers
of {UNITS} units, {TOKENS} tokens) in numpy, {setting.tokens:.2f} tokens for a note of these tunes;
and the report's way (`{REPORTS}` in torch: a window encoded anew, both ways, for each of
{SIXTEENTHS * bars} sixteenths, one tune at a time). What is called a network only draws: it follows
no metre and keeps no rules. Processor time of one thread each, medians of {rounds} rounds in
turns; ratios are of times, the more the slower.

{table([*heads, f"to {OURS}", "to its network"], speed_rows(setting, measured))}

What rules take of all the time, the table counted that they look up, which is made once a request:

{table(["asked for", "at once", "making the table, ms", "share of rules"], ruled)}

Two worker processes compose {two:,.0f} tunes a minute,
{many} each and 64 at once; one composes {one:,.0f} beside none.

How near is the limit? A note multiplies by {weights:,} weights once. One thread of this machine
makes {able.peak / 1e9:.1f} thousand million float32 multiply-adds a second in a product of
matrices, and moves {able.bandwidth / 1e9:.1f} GB a second of memory as large as the weights
({FLOAT * weights / 1e6:.1f} MB, read once for all tunes at once). No note takes less than the
greater of the two:

{table(LIMIT_HEADS, limit_rows(measured, able, weights))}

Peak memory of a fresh process each:

{table(["process", "MB"], memory)}

From a cold shell, seconds to the end of the command, medians of {rounds}:

{table(["command", "seconds", "longest"], cold)}"""


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":  # must be said before numpy is imported
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | one)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="melody_lstm", help="or the folder of an exported one")
    parser.add_argument("--quick", action="store_true", help="short tunes, one round")
    parser.add_argument("--write", type=Path, help="the page to write the section into")
    options = parser.parse_args()
    quick = options.quick
    setting = Setting(options.model, bars=4 if quick else 16, few=2 if quick else 4)
    text = section(setting, rounds=1 if quick else 5, many=64 if quick else 128)
    print(text)
    if options.write:
        write_section(options.write, "composing", text)


if __name__ == "__main__":
    main()
