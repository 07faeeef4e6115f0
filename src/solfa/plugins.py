"""What other packages add, named by their entry points: models, encodings, formats.

    [project.entry-points."solfa.models"]
    pulse = "solfa_example.model:load"

A row that is added stands in the same table as solfa's own, and inherits every test and every page.
A package that adds a name which is taken is passed over with a warning; one that cannot be imported
is told of where its row is used, and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from solfa.errors import SolfaError

MODELS = "solfa.models"
"""Functions without arguments that give a `solfa.models.protocol.Model`, by its name."""
ENCODINGS = "solfa.encodings"
"""Functions that give an encoding which can say some melodies, by its name."""
READERS = "solfa.readers"
"""Readers of formats by suffix, ``.toy``; see `solfa.formats`."""
WRITERS = "solfa.writers"
"""Writers of formats by suffix."""


def added(group: str, own: Collection[str]) -> dict[str, EntryPoint]:
    """The rows of a table that other packages add to the ``own`` names."""
    rows: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        if entry.name in own or entry.name in rows:
            warnings.warn(
                f"{_package(entry)} adds {entry.name!r} to {group}, where it is taken; passed over",
                RuntimeWarning,
                stacklevel=2,
            )
        else:
            rows[entry.name] = entry
    return rows


def load(entry: EntryPoint) -> Any:
    """What an entry point names; `SolfaError` where it cannot be imported."""
    try:
        return entry.load()
    except Exception as error:  # whatever another package's import raises
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise SolfaError(
            f"{entry.name!r} of {_package(entry)} cannot be loaded ({reason}); mend or uninstall it"
        ) from error


def _package(entry: EntryPoint) -> str:
    return f"the package {entry.dist.name}" if entry.dist else f"the package of {entry.value}"
