"""Kills, full disks and races as counted rounds: what is written is whole, and blocks nobody after.

    python benchmarks/kills.py [--rounds 20] [--page docs/reliability.md]

Prints for each signal, for a disk that takes no more, and for two writers at once, how many rounds
were tried and how many left part of a set, a hidden file, or lost a tune.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from textwrap import fill

from reliability import write_section

FORMATS = ("abc", "krn", "mid")
COMMAND = (
    *(sys.executable, "-m", "solfa", "-q", "compose", "--bars", "2", "--count", "40"),
    *("--format", ",".join(FORMATS), "--out"),
)


def whole(folder: Path) -> bool:
    """Whether every tune in a folder has all of its files."""
    suffixes = Counter(path.stem for path in folder.glob("[!.]*"))
    return all(count == len(FORMATS) for count in suffixes.values())


def killed(number: int, seconds: float) -> bool:
    """Whether sets are whole after a kill and a next run, which must succeed."""
    with tempfile.TemporaryDirectory() as place:
        with subprocess.Popen([*COMMAND, place, "--seed", "1"], stdout=-3, stderr=-3) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
        after = subprocess.run([*COMMAND, place, "--seed", "2"], capture_output=True)
        left = list(Path(place).glob(".*"))
        return after.returncode == 0 and whole(Path(place)) and not left


def filled(size: int) -> bool:
    """Whether sets are whole, and the error a line, where no file may be longer than ``size``."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [*COMMAND, place, "--seed", "1"],
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        )
        said = done.stderr.count("\n") == 1 and done.stderr.startswith("solfa: cannot write")
        left = list(Path(place).glob(".*"))
        return (done.returncode == 0 or said) and whole(Path(place)) and not left


def raced() -> bool:
    """Whether two that write the same names at once lose no tune and mix no set."""
    with tempfile.TemporaryDirectory() as place:
        scales = ("key", "pentatonic")
        asked = [[*COMMAND, place, "--seed", "1", "--scale", scale] for scale in scales]
        both = [subprocess.Popen(command, stdout=-3, stderr=-3) for command in asked]
        codes = [process.wait() for process in both]
        tunes = len({*Path(place).glob("*.abc")})
        return codes == [0, 0] and whole(Path(place)) and tunes == 80


def counts(rounds: int, seed: int = 1) -> dict[str, list[bool]]:
    """Of each kind, whether each round went well."""
    by = random.Random(seed)
    signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
    found = {
        f"killed by {number.name} after 0.05 to 4 seconds": [
            killed(number, by.uniform(0.05, 4)) for _ in range(rounds)
        ]
        for number in signals
    }
    found["disk full"] = [filled(by.randrange(50, 2000)) for _ in range(rounds)]
    found["two processes that write the same names"] = [raced() for _ in range(3 * rounds)]
    return found


def _section(found: dict[str, list[bool]]) -> str:
    """The section of the page."""
    text = fill(
        "`python benchmarks/kills.py`: `solfa compose --count 40`, each tune in"
        f" {len(FORMATS)} formats, is killed at a random moment from its start on, meets a disk"
        " that takes no more, or runs twice at once. A round fails if a tune has some of its files"
        " only, if a tune of two is lost, if a hidden file stays, if the next run fails, or if a"
        " full disk is not told in one line.",
        100,
    )
    table = ["| what happens | rounds | failed |", "|---|---|---|"]
    table += [f"| {kind} | {len(went)} | {went.count(False)} |" for kind, went in found.items()]
    return "## Kills, full disks, races\n\n" + text + "\n\n" + "\n".join(table)


def main() -> None:
    """Runs what the command line asks for; exit code 1 if a round failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="of each kind; of races three times")
    parser.add_argument("--page", type=Path, help="write the section of this page")
    asked = parser.parse_args()
    found = counts(asked.rounds)
    print(section := _section(found))
    if asked.page:
        write_section(asked.page, "kills", section)
    raise SystemExit(not all(all(went) for went in found.values()))


if __name__ == "__main__":
    main()
