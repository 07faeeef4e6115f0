"""What readers say, in a melody's comments, of how it was read; `Metadata.found` gathers it."""

from solfa.melody import PASSED_OVER


def found_by_analysis(name: str) -> str:
    """The comment on what a file does not give, such as ``"key"``, ``"mode"`` or ``"metre"``.

    >>> found_by_analysis("key")
    'key: found by analysis'
    """
    return f"{name}: found by analysis"


def passed_over(what: str, count: int = 1, line: int | None = None) -> str:
    """The comment of a melody on what was left out of it, or made no sense; ``line`` the first.

    >>> passed_over("cue notes", 2, line=7)
    'passed over: 2 cue notes (line 7)'
    >>> passed_over("music after a blank line")
    'passed over: music after a blank line'
    """
    number = f"{count} " if count > 1 else ""
    return f"{PASSED_OVER}{number}{what}" + (f" (line {line})" if line is not None else "")
