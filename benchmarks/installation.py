"""How large solfa is once installed, by package, and how long it takes to be of use.

    python benchmarks/installation.py [--write docs/benchmarks.md]

The wheel is built and installed in an empty environment, at the versions of ``constraints.txt``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from page import write_section
from solfa.markdown import table

ROOT = Path(__file__).parents[1]
SHOWN = 12
EMPTY = {"pip", "setuptools", "pkg_resources", "_distutils_hack"}
"""What is installed in an empty environment."""


def timed(*command: str | Path) -> float:
    """Seconds that a program takes; it must succeed."""
    start = perf_counter()
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return perf_counter() - start


def sizes(packages: Path) -> Counter[str]:
    """Megabytes by folder of site-packages, without what an empty environment has."""
    found: Counter[str] = Counter()
    for path in packages.rglob("*"):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(packages).parts[0].removesuffix(".libs")
            name = name.split("-")[0] if name.endswith((".dist-info", ".data")) else name
            found[name.lower()] += path.stat().st_size
    return Counter({name: round(size / 1e6) for name, size in found.items() if name not in EMPTY})


def main() -> None:
    """Prints the section, and writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a page to write into")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        timed(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ROOT)
        (wheel,) = folder.glob("*.whl")
        timed(sys.executable, "-m", "venv", folder / "venv")
        python, solfa = (folder / "venv" / "bin" / program for program in ("python", "solfa"))
        pinned = ("--constraint", ROOT / "constraints.txt")
        installing = timed(python, "-m", "pip", "install", *pinned, wheel)
        (packages,) = (folder / "venv" / "lib").glob("*/site-packages")
        found = sizes(packages)
        size = wheel.stat().st_size / 1e6
        first, again = (timed(solfa, "compose", "--out", folder / "tunes") for _ in range(2))
        asking = timed(solfa, "--help")
        timed(python, "-m", "pip", "install", *pinned, f"{wheel}[corpora]")
        corpora = sum(sizes(packages).values()) - sum(found.values())
    rows = [[f"`{package}`", str(mb)] for package, mb in found.most_common(SHOWN)]
    rows.append(["the rest", str(sum(found.values()) - sum(int(row[1]) for row in rows))])
    rows.append(["**all**", f"**{sum(found.values())}**"])
    shown = (
        "## Installation\n\n"
        f"The wheel of {size:.0f} MB, installed in an empty environment: {installing:.0f} seconds,"
        " the packages at hand. Nothing else is needed to compose, to draw and to sound, and to"
        " read and write every notation; `pretty_midi` gives its soundfont and nothing else. The"
        f" built-in repertoires come with music21 (`solfa[corpora]`): {corpora} MB more.\n\n"
        f"{table(('package', 'MB'), rows)}\n\n"
        f"The first `solfa compose`, all its files written: {first:.1f} seconds; the next:"
        f" {again:.1f}. `solfa --help`: {asking:.2f}."
    )
    print(shown)
    if arguments.write:
        write_section(arguments.write, "installation", shown)


if __name__ == "__main__":
    main()
