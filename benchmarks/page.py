"""The page of benchmarks: each writes the section between its own markers."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import fill

from solfa.files import write_atomically

_HEAD = """\
# Benchmarks

Speed and memory, each section written by the command that it names; do not edit. What counts are
the ratios: both sides of one were measured in the same run.
"""


def write_section(page: Path, name: str, text: str) -> None:
    """Puts a section into the page in place of what stood under its name, or at its end."""
    cores = os.cpu_count() or 1
    machine = (
        f"{platform.machine()}, {cores} cores, Python {platform.python_version()},"
        f" torch {_version('torch')}, ONNX Runtime {_version('onnxruntime')}"
    )
    command = f"python benchmarks/{name}.py {' '.join(sys.argv[1:])}".strip()
    note = f"`{command}`\n{date.today():%B %Y}, on {machine}."
    replace_section(page, name, f"{_filled(text)}\n\n{note}", _HEAD)


def replace_section(page: Path, name: str, text: str, head: str) -> None:
    """Puts a section between its markers; a page that is not there yet begins with ``head``."""
    section = f"<!-- {name} -->\n{text}\n<!-- end of {name} -->\n"
    old = page.read_text(encoding="utf-8") if page.exists() else head
    place = re.compile(f"<!-- {name} -->.*?<!-- end of {name} -->\n", re.DOTALL)
    new = place.sub(lambda _: section, old) if place.search(old) else f"{old}\n{section}"
    write_atomically(page, new.encode())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _filled(text: str) -> str:
    """The text with its paragraphs broken anew; tables and headings stay."""
    parts = text.split("\n\n")
    return "\n\n".join(part if part[0] in "|#" else fill(part, 100) for part in parts)
