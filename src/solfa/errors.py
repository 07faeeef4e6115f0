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


def _line(text: str, longest: int) -> str:
    if len(text) > longest:
        begin, end = longest // 2, longest - longest // 2 - len(_CUT)
        text = f"{text[:begin]}{_CUT}{text[-end:]}"
    if not text.isprintable():
        plain = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
        return _line("".join(plain), longest)
    return text


_CUT = " ... "


class SolfaError(Exception):
    r"""Base of every error that a person can cause or mend; its text is one short line.

    What a file or a person wrote may stand in it: a line end or another control character is
    escaped, and of a text longer than ``longest`` the middle is left out, since an error begins
    with its place and ends with its remedy.

    >>> str(SolfaError("no tune in\nit"))
    'no tune in\\nit'
    """

    longest = 300

    def __init__(self, text: str = "") -> None:
        super().__init__(_line(text, self.longest))


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

    longest = 1200  # of several contradictions, each a short text


class ModelError(SolfaError):
    """A model that is unknown, damaged, or does not fit what is asked of it."""


class PluginWarning(RuntimeWarning):
    """A package, or a row that it adds to a table, is passed over; the text is one line."""
