"""Inputs made at random for every reader of files and of what a person types; faults are told.

    python benchmarks/fuzz.py --count 20000 --seed 1               all readers in turn
    python benchmarks/fuzz.py --reader abc --from 4711 --count 1   one input again
    python benchmarks/fuzz.py --count 20000 --page docs/reliability.md

An input is a seed (a self-written tune in the notation of the reader, `SEEDS`) changed in one to
eight places: bytes turned, cut, doubled, moved; numbers made extreme; words of the notation put in
(`WORDS`). It follows from the seed, the reader and its number alone. Inputs that do what none did
before (another reason, another kind of melody) are changed further within a batch.

A fault is anything but melodies and `SolfaError`; more than `SECONDS` of a core; more memory than
`MEGABYTES`, or the end of the process; an error that is not one line of at most 300 characters; a
melody that does not come back from its own notation. Each batch runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from textwrap import fill
from typing import Any, NamedTuple

from reliability import write_section
from solfa.composing.request.prompt import read_prompt
from solfa.errors import ReadError, SolfaError
from solfa.formats import reader, render
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Meter

SECONDS = 5
MEGABYTES = 1024  # beyond what the process had before
BATCH = 250
LARGEST = 4096  # bytes of an input
SHORT = 512  # of one that is changed further
LONGEST = SolfaError.longest

FILES = ("abc", "krn", "musicxml", "mxl", "mid", "esac", "sol", "txt")
TYPED: dict[str, Callable[[str], Any]] = {
    "prompt": read_prompt,
    "key": Key.parse,
    "meter": Meter.parse,
}
FAITHFUL = ("abc", "krn", "musicxml")
"""Notations from which every melody comes back; the others round, or say less."""

ABC = """X:1
T:Seed
C:Nobody
M:3/4
L:1/8
Q:1/4=90
K:G
"G"D2|:G2 (3ABc d>e|[1 f4- f2:|[2 g3 z/2^f/2 z2|[K:D]!trill!d2 {e}f2 a2|w:one two three
"""
SEEDS: dict[str, tuple[str, ...]] = {
    "abc": (ABC, "X:1\nK:C\nCDEF|GABc|\nX:2\nM:6/8\nK:Dm\nV:1\nDEF A3|V:2\nz6|\n"),
    "krn": (
        "**kern\t**text\n*M3/4\n*k[f#]\n*G:\n4d\tone\n=1\n{4g\ttwo\n8a\t.\n8.b-\t.\n16cc}\t.\n"
        "=2\n[2d\t.\n4r\t.\n=3\n4d]\t.\n*-\t*-\n",
        "**kern\t**kern\n*^\t*\n4c\t4e\t4g\n*v\t*v\t*\n*>A\t*>A\n6d\t2f\n=\t=\n*-\t*-\n",
    ),
    "esac": ("CUT[Seed]\nREG[Europa]\nKEY[A0001 08 G 3/4]\nMEL[1_2_3_ 5__.\n-5_6_ 1__ 0_ //]\n",),
    "sol": ("do re mi | fa sol:2 la", "Key: G\nMeter: 3/4\n| d :r :m | f :- :s |\n"),
    "txt": ("67 _ 69 _ r 71 _ _ / 60 _", "67 69 r _"),
    "prompt": ("do re mi", "67 _ 69 _", "C4 D4 E4", "1 2 3 5", "M:3/4\nK:G\nGAB|", "CDE FGA"),
    "key": ("A minor", "F# dorian", "fis-Moll", "la mineur", "B flat", "Cm"),
    "meter": ("3/4", "C|", "2+3/8"),
}
WORDS: dict[str, str] = {
    "abc": "K: M: L: X: V: P: w: [K: |: :| [1 [2 (3 (5:4:3 > << z99 Z4 x ^^ __ , ' - & !f! {g} ! % "
    '\\ " ` ~ $ 3/2 C| none clef=bass octave=-9 transpose= %%begintext %%endtext 9999999 /////',
    "krn": "**kern *M *k[ *^ *v *- *+ *x *>A *>[A,B] ! !! !!! = =: =:|! =|!: . r q ; [ ] _ { } 0 "
    "00 3%2 4.. 8 17 999999 *met( *I *staff1 *ITr *clefG2",
    "musicxml": "<note> </note> <rest/> <chord/> <grace/> <cue/> <tie type='start'/> <backup> "
    "<forward> <duration>0</duration> <duration>-1</duration> <divisions>0</divisions> 99999999999 "
    "1e9 NaN <fifths>99</fifths> <beats>0</beats> &amp; &x; <!-- --> ]]> <repeat/> <ending/>",
    "esac": "MEL[ KEY[ CUT[ ] // FREI 0 1 7 # b + - _ . ( ) ^ 3/4 FREE 08 99",
    "sol": "do re ti' la, di ra : - . , | || r x1 :2 :1/3 Key: Meter: # b d s l:999999 ",
    "txt": "r _ / 0 127 128 -1 999999999999 . R | 67.5",
    "prompt": "do la, r _ / 67 C4 Bb 5' 1/2 : | K:C M:9/8 .mid ../ ~ / \\ ♯ ♭ é 十 :16384",
    "key": "major minor dorian # b ♯ ♭ sharp flat moll dur -Dur is es bemol mineur m M 十",
    "meter": "/ + 0 4 128 99999999 C C| -1 ½ x",
}
NUMBERS = ("0", "-1", "1", "7", "127", "128", "65536", "4294967296", "9" * 30, "1/0", "0.1")


class Fault(NamedTuple):
    """What an input did that it must not, and the input as hexadecimal digits."""

    reader: str
    number: int
    kind: str
    what: str
    data: str


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """The inputs that all others of a reader are made from; of binary ones, what we write."""
    if name in SEEDS:
        return tuple(text.encode() for text in SEEDS[name])
    tunes = (tune for text in SEEDS["abc"] for tune in reader(".abc")(text.encode(), ""))
    return tuple(render(tune, f".{name}") for tune in tunes if isinstance(tune, Melody))


def changed(data: bytes, words: list[bytes], random: Random, others: list[bytes]) -> bytes:
    """The input with one thing done to it."""
    a, b = sorted(random.randrange(len(data) + 1) for _ in "ab")
    b = min(b, a + random.choice((1, 1, 4, 32, 4096)))
    numbers = list(re.finditer(rb"\d+", data))
    match random.randrange(9 if numbers else 8):
        case 0:
            return data[:a] + data[b:]
        case 1:
            return data[:b] + data[a:b] * random.choice((1, 1, 2, 50)) + data[b:]
        case 2:
            return data[:a] + random.randbytes(b - a) + data[b:]
        case 3:
            return data[:a] + data[a:b][::-1] + data[b:]
        case 4:
            other = random.choice(others)
            c = random.randrange(len(other) + 1)
            return data[:a] + other[c : c + random.choice((4, 64, 999))] + data[b:]
        case 5 if data:
            place = random.randrange(len(data))
            return (
                data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]
            )
        case 8:
            number = random.choice(numbers)
            return data[: number.start()] + random.choice(NUMBERS).encode() + data[number.end() :]
        case _:
            word = random.choice(words) if words else random.randbytes(2)
            return data[:a] + random.choice((b"", b" ", b"\n", b"\t")) + word + data[a:]


def inputs(
    name: str, seed: int, first: int, count: int
) -> Iterator[tuple[int, bytes, list[bytes]]]:
    """Numbered inputs; the list takes those that are to be changed further."""
    words = [word.encode() for word in WORDS.get(name, "").split(" ")]
    pool = list(seeds(name))
    for number in range(first, first + count):
        random = Random(f"{seed} {name} {number}")
        data = random.choice(pool)
        for _ in range(random.choice((1, 1, 2, 3, 8))):
            data = changed(data, words, random, pool)
        yield number, data[:LARGEST], pool


def sounding(tune: Melody) -> list[tuple[Fraction, int, Fraction]]:
    """When each note sounds, which, and how long."""
    notes = zip(tune.onsets(), tune.notes, strict=True)
    return [(onset, note.pitch, note.duration) for onset, note in notes if note.pitch is not None]


def done_by(name: str, data: bytes) -> tuple[str, str]:
    """What an input does: a kind of behaviour, and the fault, if it is one."""
    if name in TYPED:
        try:
            TYPED[name](data.decode(errors="replace"))
        except SolfaError as error:
            return _judged(error)
        return "read", ""
    behaviour, fault = "", ""
    for tune in reader(f".{name}")(data, f"x.{name}", ReadOptions()):
        if isinstance(tune, ReadError):
            kind, wrong = _judged(tune)
        else:
            kind = f"{len(tune.notes).bit_length()} {tune.meter} {len(tune.key_changes)}"
            kind += re.sub(r"\d+", "", " ".join(tune.metadata.comments))[:60]
            wrong = _lost(name, tune) if name in FAITHFUL else ""
        behaviour, fault = f"{behaviour};{kind}"[:200], fault or wrong
    return behaviour, fault


def _judged(error: SolfaError) -> tuple[str, str]:
    text = str(error)
    good = len(text) <= LONGEST and len(text.splitlines()) == 1 and text.isprintable()
    return re.sub(r"\d+|'.*?'", "", text)[
        :80
    ], "" if good else f"an error of several lines or too long: {text!r}"


def _lost(name: str, tune: Melody) -> str:
    """What of a melody does not come back from its own notation; empty if it cannot be written."""
    try:
        written = render(tune, f".{name}")
    except SolfaError:
        return ""
    again = reader(f".{name}")(written, "again", ReadOptions())
    if len(again) != 1 or isinstance(again[0], ReadError):
        return f"is not read again: {again[0]}"[:200]
    if sounding(again[0]) != sounding(tune):
        return "comes back with other notes"
    return "" if again[0].meter == tune.meter else "comes back in another metre"


class _TooLongError(BaseException):
    """Raised by the alarm; no `Exception`, lest a reader catch it."""


def _batch(name: str, seed: int, first: int, count: int, tell: Any) -> None:
    """What a process does: it tells each number before it begins, and each fault."""

    def ring(*_: object) -> None:
        raise _TooLongError

    signal.signal(signal.SIGPROF, ring)
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = in_use + (MEGABYTES << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    seen: set[str] = set()
    for number, data, pool in inputs(name, seed, first, count):
        tell.send(("at", number))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            behaviour, wrong = done_by(name, data)
            kind = "melody or line" if wrong else ""
        except _TooLongError:
            behaviour, kind, wrong = "", "time", f"more than {SECONDS} s"
        except MemoryError:
            behaviour, kind, wrong = "", "memory", f"more than {MEGABYTES} MB"
        except Exception as error:
            behaviour, kind, wrong = "", "foreign exception", f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if kind:
            tell.send(("fault", Fault(name, number, kind, wrong[:300], data[:4096].hex())))
        elif behaviour not in seen and len(data) <= SHORT:
            seen.add(behaviour)
            pool.append(data)
    tell.send(("end", len(seen)))


def fuzz(name: str, seed: int, first: int, count: int) -> list[Fault]:
    """Faults among so many inputs of a reader, from one number on."""
    context = multiprocessing.get_context("fork")
    faults: list[Fault] = []
    while count > 0:
        now = min(BATCH, count)
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_batch, args=(name, seed, first, now, theirs))
        process.start()
        theirs.close()
        at, ended = first, False
        try:
            while ours.poll(4 * SECONDS):
                kind, value = ours.recv()
                at = value if kind == "at" else at
                faults += [value] if kind == "fault" else []
                ended = ended or kind == "end"
        except EOFError:
            pass
        if process.is_alive() and not ended:
            process.kill()
        process.join()
        if not ended:  # killed, or stuck where no alarm reaches
            faults.append(Fault(name, at, "the process ended", f"exit {process.exitcode}", ""))
        done = now if ended else at + 1 - first
        first, count = first + done, count - done
    return faults


def main() -> None:
    """Runs what the command line asks for; exit code 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first")
    parser.add_argument("--reader", choices=(*FILES, *TYPED), action="append")
    parser.add_argument("--found", type=Path, help="write faults to this file, as JSON")
    parser.add_argument("--page", type=Path, help="write the section of this page")
    asked = parser.parse_args()
    names = asked.reader or (*FILES, *TYPED)
    each = -(-asked.count // len(names))
    rows, faults = [], []
    for name in names:
        begun = time.monotonic()
        found = fuzz(name, asked.seed, asked.first, each)
        rows.append((name, each, len(found), time.monotonic() - begun))
        print(f"{name}: {each:,} inputs, {len(found):,} faults, {rows[-1][3]:.0f} s", flush=True)
        for (kind, what), count in Counter((f.kind, f.what[:90]) for f in found).most_common(8):
            number = next(f.number for f in found if (f.kind, f.what[:90]) == (kind, what))
            print(f"    {count} x {kind}: {what}  (--from {number})", flush=True)
        faults += found
    if asked.found:
        asked.found.write_text(json.dumps([fault._asdict() for fault in faults], indent=1))
    if asked.page:
        write_section(asked.page, "fuzz", _section(rows, faults))
    raise SystemExit(bool(faults))


def _section(rows: list[tuple[str, int, int, float]], faults: list[Fault]) -> str:
    """The section of the page."""
    table = ["| reader | inputs | faults | what |", "|---|---|---|---|"]
    for name, count, wrong, _ in rows:
        kinds = Counter(fault.kind for fault in faults if fault.reader == name)
        what = ", ".join(f"{kind} ({times})" for kind, times in kinds.most_common())
        table.append(f"| {name} | {count:,} | {wrong:,} | {what} |")
    total = sum(count for _, count, _, _ in rows)
    text = fill(
        f"`python benchmarks/fuzz.py`: {total:,} inputs, each a self-written tune changed at random"
        f" in one to eight places, within {SECONDS} seconds and {MEGABYTES} MB. A fault is a"
        " foreign exception, a limit passed, an error of several lines or over"
        f" {LONGEST} characters, and, of {', '.join(FAITHFUL)}, a melody that does not come back"
        " from its own notation.",
        100,
    )
    return "## Inputs at random\n\n" + text + "\n\n" + "\n".join(table)


if __name__ == "__main__":
    main()
