"""What solfa raises, one family that the command line and the page catch once, and its warning."""

from reprlib import Repr
from typing import Any

_short = Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60
_short.maxlist = _short.maxtuple = 8


def shown(value: Any) -> str:
    """A value as one line for an error's text, cut where it is long."""
    try:
        return " ".join(_short.repr(value).split())
    except ValueError:  # an int beyond what Python writes out
        return f"a far too long {type(value).__name__}"


class SolfaError(Exception):
    """Base of every error that a person can cause or mend; its text is one line."""


class ReadError(SolfaError):
    """A file that cannot be read as one melody: where, and why.

    ``reason`` alone is stable across files, so that a corpus can count refusals by it.
    """

    def __init__(self, reason: str, source: str = "", line: int | None = None) -> None:
        where = source if line is None else f"{source or 'text'}, line {line}"
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.source = source
        self.line = line

    @classmethod
    def of(cls, error: SolfaError, source: str, line: int | None = None) -> "ReadError":
        """``error`` with its place; a line that it knows already is kept."""
        if isinstance(error, ReadError):
            return cls(error.reason, source, error.line or line)
        return cls(str(error), source, line)


class RequestError(SolfaError):
    """A composition that cannot be made as asked; names every contradiction at once."""


class ModelError(SolfaError):
    """A model that is unknown, damaged, or does not fit what is asked of it."""


class PluginWarning(RuntimeWarning):
    """A package, or a row that it adds to a table, is passed over; the text is one line."""
