"""Kills and races as counted rounds: what is written is whole, and blocks nobody after.

`python benchmarks/kills.py [ROUNDS]` prints, as JSON, for each signal and for two writers at once,
how many rounds were tried and how many left part of a set, a hidden file, or lost a tune.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

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


def raced() -> bool:
    """Whether two that write the same names at once lose no tune and mix no set."""
    with tempfile.TemporaryDirectory() as place:
        scales = ("key", "pentatonic")
        asked = [[*COMMAND, place, "--seed", "1", "--scale", scale] for scale in scales]
        both = [subprocess.Popen(command, stdout=-3, stderr=-3) for command in asked]
        codes = [process.wait() for process in both]
        tunes = len({*Path(place).glob("*.abc")})
        return codes == [0, 0] and whole(Path(place)) and tunes == 80


def counts(rounds: int, seed: int = 1) -> dict[str, dict[str, int]]:
    """Rounds tried and failed, of each kind."""
    by = random.Random(seed)
    found = {}
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        done = [killed(number, by.uniform(0.05, 4)) for _ in range(rounds)]
        found[number.name] = {"tried": rounds, "failed": done.count(False)}
    races = [raced() for _ in range(rounds)]
    return {**found, "races": {"tried": rounds, "failed": races.count(False)}}


if __name__ == "__main__":
    print(json.dumps(counts(int(sys.argv[1]) if sys.argv[1:] else 5), indent=1))
