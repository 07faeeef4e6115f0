"""Inputs for a reader guided by which lines of it they reach: needs `pip install atheris`.

    python benchmarks/fuzz_coverage.py abc -runs=100000 -max_len=4096 -rss_limit_mb=2048 CORPUS

What follows the reader is libFuzzer's; `CORPUS` is a folder for inputs that reached something new,
filled with the seeds of `benchmarks/fuzz.py` if it is empty. It stops at the first fault, whose
input it writes into a file; faults are those of `benchmarks/fuzz.py`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Hands over to libFuzzer."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["solfa"]):
        fuzz = import_module("fuzz")
    program, name, *rest = sys.argv
    for folder in (Path(word) for word in rest if not word.startswith("-")):
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            for number, seed in enumerate(fuzz.seeds(name)):
                (folder / f"seed{number}").write_bytes(seed)

    def one(data: bytes) -> None:
        _, fault = fuzz.done_by(name, data)
        if fault:
            raise AssertionError(fault)

    atheris.Setup([program, *rest], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
