"""Interpretations that hold until the next of their kind: metres and keys."""

from collections.abc import Container, Sequence

from solfa.formats.kern.keys import is_designation
from solfa.formats.kern.spines import Row


def kind_of(token: str) -> str:
    """``metre``, ``signature`` or ``designation`` (of a key), or nothing."""
    if token.startswith("*M") and token[2:3] not in ("", "M", "e"):  # *met is a mensuration
        return "metre"
    if token.startswith("*k["):
        return "signature"
    return "designation" if is_designation(token) else ""


def held(rows: Sequence[Row], spine: int, places: Container[int]) -> dict[int, dict[str, str]]:
    """What is in force of each kind in a spine where the rows at some places begin."""
    in_force: dict[str, str] = {}
    found: dict[int, dict[str, str]] = {}
    for place, row in enumerate(rows):
        if place in places:
            found[place] = dict(in_force)
        for cell in row.cells:
            if cell.spine == spine and (kind := kind_of(cell.token)):
                in_force[kind] = cell.token
                if kind == "signature":
                    in_force.pop("designation", None)
    return found
