"""What other packages add, named by their entry points: models, encodings, formats.

    [project.entry-points."solfa.models"]
    pulse = "solfa_example.model:load"

A row that is added stands in the same table as solfa's own, and inherits every test and every page.
What is broken harms nothing else. A package whose metadata cannot be read, and a row whose name is
taken or no name, are passed over with a `PluginWarning`; a row that cannot be imported or called is
a `SolfaError` where it is used, and nowhere else.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions, entry_points
from typing import Any

from solfa.errors import PluginWarning, SolfaError

MODELS = "solfa.models"
"""Functions without arguments that give a `solfa.models.protocol.Model`, by its name."""
ENCODINGS = "solfa.encodings"
"""Functions that give an encoding which can say some melodies, by its name."""
READERS = "solfa.readers"
"""Readers of formats by suffix, ``.toy``; see `solfa.formats`."""
WRITERS = "solfa.writers"
"""Writers of formats by suffix."""

_NAME, _SUFFIX = re.compile(r"\w[\w.+-]*"), re.compile(r"\.[\w+-]+")
_LONGEST = 300  # characters of a reason, which another package words


def added(group: str, own: Collection[str]) -> dict[str, EntryPoint]:
    """The rows of a table that other packages add to the ``own`` names."""
    rows: dict[str, EntryPoint] = {}
    for entry in _entries(group):
        if entry.name in own or entry.name in rows:
            _warn(f"{_package(entry)} adds {entry.name!r} to {group}, where it is taken")
        elif not _fits(entry.name, group):
            allowed = (
                "a suffix is a dot and lower-case letters, digits, '_', '+', '-'"
                if group in (READERS, WRITERS)
                else "a name is of letters, digits, '_', '.', '+', '-'"
            )
            _warn(f"{_package(entry)} adds {entry.name!r} to {group}, where {allowed}")
        else:
            rows[entry.name] = entry
    return rows


def load(entry: EntryPoint) -> Callable[..., Any]:
    """The function that an entry point names; `SolfaError` where it cannot be imported.

    Whatever it raises when it is called, but for `SolfaError`, becomes one too.
    """
    try:
        function = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever another package's import raises, SystemExit too
        raise broken(entry, "cannot be loaded", _reason(error)) from error
    if not callable(function):
        kind = type(function).__name__
        raise broken(entry, "cannot be loaded", f"{entry.value} is a {kind}, not a function")

    def call(*arguments: Any, **choices: Any) -> Any:
        try:
            return function(*arguments, **choices)
        except (SolfaError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise broken(entry, "failed", _reason(error)) from error

    return call


def broken(entry: EntryPoint, how: str, reason: str) -> SolfaError:
    """The error to raise where an entry point does not give what its table asks for."""
    return SolfaError(f"{entry.name!r} of {_package(entry)} {how} ({reason}); mend or uninstall it")


def _reason(error: BaseException) -> str:
    words = type(error).__name__
    with suppress(Exception):  # an error of another package may not even have words
        words = f"{words}: {error}"
    words = _printable(words).rstrip(": ")
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."


def _entries(group: str) -> list[EntryPoint]:
    """What installed packages add to a group."""
    try:
        return list(entry_points(group=group))
    except Exception:  # the metadata of one package, of whatever kind, hides all others
        readable = _readable(tuple(sys.path))
        return [entry for entries in readable for entry in entries.select(group=group)]


@lru_cache(maxsize=1)
def _readable(path: tuple[str, ...]) -> list[EntryPoints]:
    """The entry points of every package on the ``path`` of which they can be read."""
    found: dict[str, EntryPoints] = {}
    for distribution in distributions(path=list(path)):
        name = _name(distribution)
        if name not in found:  # the first of a name is the one that is imported
            found[name] = EntryPoints(())
            try:
                found[name] = distribution.entry_points
            except Exception as error:
                _warn(f"what {name} adds cannot be read ({_reason(error)})")
    return list(found.values())


def _fits(name: str, group: str) -> bool:
    if group in (READERS, WRITERS):
        return _SUFFIX.fullmatch(name) is not None and name == name.lower()
    return _NAME.fullmatch(name) is not None


def _package(entry: EntryPoint) -> str:
    return _name(entry.dist) if entry.dist else f"the package of {entry.value}"


def _name(distribution: Distribution) -> str:
    """A package by its name, or by its folder where even that cannot be read."""
    with suppress(Exception):
        if name := distribution.metadata["Name"]:
            return f"the package {_printable(name)}"
    folder = getattr(distribution, "_path", None)  # as those have that the standard library finds
    return f"the package in {_printable(str(folder))}" if folder else "a package without a name"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _warn(message: str) -> None:
    warnings.warn(f"{message}; passed over", PluginWarning, stacklevel=3)
