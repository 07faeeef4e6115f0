"""Writes `solfa.composing.request.signature` from the table of wishes.

`python -m solfa.composing.request.signatures` after a row has changed; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from solfa.composing.request.request import WISHES
from solfa.files import write_atomically

PLACE = Path(__file__).with_name("signature.py")
_HEAD = '''"""The wishes as editors and type checkers see them: what `compose` and its like take.

Written by `python -m solfa.composing.request.signatures` from the table of wishes; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypedDict

from solfa.composing.request.parsing import Numbers
from solfa.melody import Key, Meter


class Wishes(TypedDict, total=False):
    """All that can be asked of every composition; what is left out, or None, asks for nothing."""
'''


def signature() -> str:
    """The source of the module."""
    rows = [
        f"    {name}: {row.given}\n"
        + fill(f'"""{row.help}"""', 96, initial_indent="    ", subsequent_indent="    ")
        for name, row in WISHES.items()
        if row.shared
    ]
    return "\n".join([_HEAD, *rows]) + "\n"


if __name__ == "__main__":
    write_atomically(PLACE, signature().encode())
