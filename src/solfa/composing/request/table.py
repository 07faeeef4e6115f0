"""The table of wishes: one row for each thing that can be asked of a composition.

A row has the reader of a value, its bounds, default, help text and JSON form. Python's signatures,
the command line, the page, validation and replay use the rows; they stand beside the fields of
`solfa.composing.request.request.Request`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any

from solfa.choices import remedy
from solfa.composing.request.bounds import Bounds
from solfa.errors import RequestError, shown

_ROW = "wish"


@dataclass(frozen=True)
class Wish:
    """One row of the table.

    ``read`` turns what people write into the value, or raises `SolfaError`; ``given`` is the type
    of what callers may pass, as source code. ``default`` is the default that callers see; None
    often means that the prompt or the model decides. ``help`` is one line for the
    command line, the page and editors; ``kind`` the type of the command line's option, ``names``
    the kind of names that it completes. A row that is not ``shared`` is a parameter of its own of
    the functions and commands that take it. ``plain`` makes JSON of a value. ``part_of`` names the
    field that takes the value in, where there is no field of that name.
    """

    read: Callable[[Any], Any]
    help: str
    given: str
    kind: type = str
    default: Any = None
    bounds: Bounds | None = None
    names: str | None = None
    shared: bool = True
    plain: Callable[[Any], Any] = lambda value: value
    part_of: str = ""


def wish(row: Wish, default: Any = MISSING) -> Any:
    """A field of `Request` with its row; ``default`` is its own where callers see another."""
    return field(default=row.default if default is MISSING else default, metadata={_ROW: row})


def rows_of(request: type) -> dict[str, Wish]:
    """The rows of a request's class, by name, in the order in which they stand there."""
    fields = request.__dataclass_fields__  # type: ignore[attr-defined]
    found: dict[str, Wish] = {}
    for name in request.__annotations__:
        row = fields[name].metadata.get(_ROW) if name in fields else None
        row = row or vars(request).get(name)
        if isinstance(row, Wish):
            found[name] = row
    return found


def refuse_unknown(names: set[str], known: set[str]) -> None:
    """Raises `RequestError` for the first name that is no wish, with the nearest that is."""
    for name in sorted(names - known):
        raise RequestError(f"{shown(name)} cannot be asked for; {remedy(name, sorted(known))}")


def listed(wishes: Mapping[str, Wish]) -> str:
    """The shared wishes as text, a line each, for the help of functions that take them."""
    rows = [f"    {name}: {row.help}" for name, row in wishes.items() if row.shared]
    return "\n".join(["Wishes:", *rows])
