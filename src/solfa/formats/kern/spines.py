"""The spines of a Humdrum text: what stands in each of them, line by line."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from solfa.errors import ReadError

_PATHS = {"*^", "*v", "*x", "*+", "*-"}


class Cell(NamedTuple):
    """A token, and the number of the spine that it stands in: two where the spine is split."""

    spine: int
    token: str


class Row(NamedTuple):
    """A line of the table, by its number in the file."""

    number: int
    cells: tuple[Cell, ...]


class Spines:
    """The table that lines make, each spine with its kind (``**kern``) and name."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.names: list[str] = []
        self.rows: list[Row] = []
        self._columns: list[int] = []  # the spine of each, as the next line has them
        self._spaced = False  # whether blanks stand for tabs

    def take(self, number: int, line: str) -> None:
        """Takes a line that is no global comment. Raises `ReadError` without a place."""
        if not self._columns:
            if self.kinds:
                raise ReadError("music after the end of the spine (*-)")
            if not line.startswith("**"):
                raise ReadError("text before **kern")
            self._spaced = "\t" not in line
            self._columns = [self._add(kind) for kind in line.split()]
            return
        fields = self._fields(line)
        if fields is None:
            raise ReadError("a line with more or fewer spines than there are")
        cells = tuple(map(Cell, self._columns, fields))
        if line[0] == "*" and not self._interpret(cells):
            return
        self.rows.append(Row(number, cells))

    def _add(self, kind: str) -> int:
        self.kinds.append(kind)
        self.names.append("")
        return len(self.kinds) - 1

    def _fields(self, line: str) -> list[str] | None:
        """The tokens of a line, one a column; None where that cannot be."""
        if len(self._columns) == 1 and "\t" not in line:
            return [line]
        fields = line.split() if self._spaced else [field.strip() for field in line.split("\t")]
        if len(fields) != len(self._columns):
            fields = list(filter(None, fields))
        if line.startswith("**") and len(fields) == self.kinds.count(""):  # those just added
            named = iter(fields)
            fields = ["*" if self.kinds[spine] else next(named) for spine in self._columns]
        return [field or "." for field in fields] if len(fields) == len(self._columns) else None

    def _interpret(self, cells: tuple[Cell, ...]) -> bool:
        """Whether the row says more than how spines go on."""
        for spine, token in cells:
            if token.startswith("**"):
                self.kinds[spine] = token
            elif token.startswith('*I"'):
                self.names[spine] = token[3:]
            elif token.startswith("*I") and token[2:3].islower() and not self.names[spine]:
                self.names[spine] = token[2:]
        if any(token in _PATHS for _, token in cells):
            self._columns = self._moved(cells)
            return False
        return True

    def _moved(self, cells: tuple[Cell, ...]) -> list[int]:
        """The columns behind a line that splits, joins, adds, exchanges or ends some."""
        moved: list[int] = []
        for token, group in groupby(cells, key=lambda cell: cell.token):
            spines = [cell.spine for cell in group]
            if token == "*v":
                parts = [list(part) for _, part in groupby(spines)]
                joined = spines[:1] if min(map(len, parts)) == 1 else [part[0] for part in parts]
                moved += joined
            elif token == "*x":
                moved += reversed(spines)
            elif token == "*^":
                moved += (spine for spine in spines for _ in range(2))
            elif token == "*+":
                for spine in spines:
                    moved += [spine, self._add("")]
            elif token != "*-":
                moved += spines
        return moved
