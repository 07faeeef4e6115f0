"""docs/reliability.md: what was tried on solfa, each section by a command of its own.

    python benchmarks/reliability.py corpora [DIR...]   the repertoires, and folders of tunes

Other sections: `fuzz.py`, `tampering.py`, `kills.py` and `guarantees.py` of this folder. A section
that is written anew leaves the others.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from page import replace_section
from solfa import corpora
from solfa.melody import Melody

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_HEAD = """\
# Reliability

What was tried to make solfa fail, and what came of it. Each section is written by the command that
it names; do not edit. Composed tunes are judged in [benchmarks.md](benchmarks.md#guarantees).
"""
_REASONS = 12
_WIDE = 17  # semitones


def write_section(page: Path, name: str, text: str) -> None:
    """Puts a section, which names its command itself, in the place of the one of its name."""
    replace_section(page, name, f"{text}\n\n{date.today():%B %Y}.", _HEAD)


def general(reason: str) -> str:
    """A reason of refusal without the numbers and names that are of one file."""
    reason = reason.partition(";")[0].partition(" as ")[0]
    return re.sub(r"'[^']*'", "...", re.sub(r"\d+(/\d+)?", "N", reason))


def leaps_widely(tune: Melody) -> bool:
    """Whether a leap is so wide that an octave may be misread."""
    return any(abs(b - a) > _WIDE for a, b in pairwise(tune.pitches))


def corpora_section(names: list[str]) -> str:
    """How many tunes of every corpus are read, and why the others are not."""
    table = [
        "| corpus | read | refused | share read | leap more than 17 semitones |",
        "|---|---|---|---|---|",
    ]
    reasons: Counter[str] = Counter()
    for name in names:
        corpus = corpora.load(name)
        read, refused = len(corpus), len(corpus.refused)
        share, wide = read / (read + refused), sum(map(leaps_widely, corpus))
        table.append(f"| {corpus.name} | {read:,} | {refused:,} | {share:.1%} | {wide:,} |")
        reasons.update(general(refusal.reason) for refusal in corpus.refused)
    why = ["| reason | tunes |", "|---|---|"]
    why += [f"| {reason} | {count:,} |" for reason, count in reasons.most_common(_REASONS)]
    if (others := len(reasons) - _REASONS) > 0:
        rest = sum(count for _, count in reasons.most_common()[_REASONS:])
        why.append(f"| {others} others | {rest:,} |")
    text = fill(
        "`python benchmarks/reliability.py corpora`: every tune is read as one melody or refused"
        " with its file, its line and a reason; none is passed over in silence. The two widest"
        " leaps of Irish tunes (31 and 24 semitones) stand so in their sources.",
        100,
    )
    return "\n\n".join(["## Corpora", text, "\n".join(table), "\n".join(why)])


def main() -> None:
    """Writes the section that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("section", choices=("corpora",))
    parser.add_argument("folders", nargs="*")
    asked = parser.parse_args()
    write_section(PAGE, "corpora", corpora_section([*corpora.REPERTOIRES, *asked.folders]))


if __name__ == "__main__":
    main()
