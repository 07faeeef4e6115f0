"""The lines of an ABC file, tune by tune, and which of them are prose and no music."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import dropwhile, takewhile
from typing import NamedTuple

FIELD = re.compile(r"(?![A-Ga-gz]:[|:])([A-Za-z+]):(.*)")
DECORATION = r"""!(?:[^!|\[\]:\s]*|(?:D\.\s?[CS]\.|[Dd]a\ [Cc]apo|[Dd]al\ [Ss]egno)[^!|]*)!"""
"""A ``!`` that meets a blank or a bar line before the next one is a line break (ABC 2.1, 12.2)."""

BLOCK = re.compile(r"%%\s*begin(\w+)")
_HEADERS = re.compile(r"([XML]:\s*\S+)[ \t]+(?=[XMLK]:)|(K:\s*\S+)[ \t]+(?=[^%\n]*\|)")
_NO_LETTERS = re.compile(
    rf'"[^"]*"|{DECORATION}|\{{[^{{}}]*\}}|\[[A-Za-z]:[^\[\]]*\]|\+[^+]*\+', re.X
)
_NO_NOTES, _NO_CAPITALS = "hijklmnopqrstw", "IJKNQRUVW"  # nor decorations
_SENTENCE = re.compile(r"[A-Za-z]+(?:,? [A-Za-z]+)+[.?!]?")
_RUN = re.compile(r"[A-Za-z]{2,}")
_APART = re.compile(
    r"""
      (?<=[A-Ga-gz,'/\d])[ ]+(?=[\d/]+(?:[ ]|$) | [,']) # pitch, octave and length of a note
    | (?<=[\^_=])[ ]+(?=[A-Ga-g^_])
    | (?<=[|:])[ ]+(?=[|:]) | (?<=\|)[ ]+(?=\])
    """,
    re.VERBOSE,
)
_SPACED = re.compile(r"(?:[A-Ga-gz][,']*|[\^_=])[ ]+(?:[\d/,']|(?:[\^_=]+[ ]*)?[A-Ga-g][ ]+\d)")


class Line(NamedTuple):
    number: int
    text: str


class TuneLines(NamedTuple):
    """The lines of a tune; ``left`` is the first line of music behind the blank that ended it."""

    lines: list[Line]
    left: int | None = None


def tunes(text: str) -> tuple[list[Line], list[TuneLines]]:
    """The file header and the tunes; a tune ends at an empty line or at the next ``X:``.

    Without any ``X:``, what stands behind an empty line is a tune of its own where it has a key.
    """
    lines = list(_lines(text))
    starts = [i for i, line in enumerate(lines) if line.text.startswith("X:")]
    if not starts:
        return [], [TuneLines(block) for block in _unnumbered(lines)]
    header = [line for line in lines[: starts[0]] if re.match("[A-Z]:|%%", line.text)]
    blocks = (lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True))
    return header, [_ended(block) for block in blocks]


def _lines(text: str) -> Iterator[Line]:
    """The lines outside blocks of text, PostScript or SVG; headers on one line are parted.

    Of a block without its end the first line is given.
    """
    block, opening = "", Line(0, "")
    for number, line in enumerate(text.split("\n"), 1):
        if block and not line.startswith("X:"):
            block = "" if re.match(rf"%%\s*end{block}\b", line) else block
        elif begun := BLOCK.match(line):
            block, opening = begun[1], Line(number, line)
        else:
            if block:
                yield opening
            block = ""
            while match := _HEADERS.match(line):
                yield Line(number, match[1] or match[2])
                line = line[match.end() :]
            yield Line(number, line)
    if block:
        yield opening


def _ended(block: list[Line]) -> TuneLines:
    lines = list(takewhile(lambda line: line.text.strip(), block))
    left = next((line.number for line in block[len(lines) :] if _is_music(line.text)), None)
    return TuneLines(lines, left)


def _unnumbered(lines: list[Line]) -> list[list[Line]]:
    found: list[list[Line]] = []
    rest = lines
    while rest := list(dropwhile(lambda line: not line.text.strip(), rest)):
        block = list(takewhile(lambda line: line.text.strip(), rest))
        rest = rest[len(block) :]
        if found and not any(line.text.startswith("K:") for line in block):
            found[-1] += block
        else:
            found.append(block)
    return found


def _is_music(text: str) -> bool:
    return "|" in text and not text.startswith("%") and not FIELD.match(text) and not prose(text)


def prose(text: str, symbols: Container[str] = "") -> str:
    """A word in a line of music that is neither notes nor ``symbols``, or nothing.

    Letters that ABC gives no meaning make a word. A single one of them among
    notes is a decoration of somebody's own, but not in a line of words alone: ``by a lad``.
    """
    sentence = bool(_SENTENCE.fullmatch(text.strip()))
    for word in _RUN.findall(_NO_LETTERS.sub(" ", text)):
        letters = _NO_NOTES if "|" in text or not word.isupper() else _NO_NOTES + _NO_CAPITALS
        odd = {letter for letter in word if letter in letters and letter not in symbols}
        if odd and (sentence or len(odd) > 1 or word.istitle()):
            return str(word)
    return ""


def closed_up(text: str) -> str:
    """The line with its tokens closed up where blanks part pitch and length: ``G 2`` as ``G2``.

    So samplers write that were trained on tokens.
    """
    return _APART.sub("", text) if _SPACED.search(text) else text


def without_comment(text: str) -> str:
    """The music before a ``%`` that stands in no string."""
    match = re.match(r'(?:"[^"]*"|\\.?|[^%\\])*', text)
    return match[0].strip() if match else ""
