r"""The words of songs in ABC, the lines ``w:``, as `Melody.lyrics` has them.

``-`` parts the syllables of a word, ``_`` holds one for a note more, ``*`` is a note without a
syllable, ``~`` a space within one and ``\-`` a hyphen; ``|`` goes on to the next bar (ABC 2.1,
section 5.1).
"""

import re

from solfa.formats.abc.text import escape, unescape

_TOKEN = re.compile(r"(?P<syllable>(?:\\.|[^\s\-_*|\\])+)(?P<on>-?)|(?P<mark>[-_*|])|[\s\\]")
_MARKS = {"-": "_", "_": "_", "*": "", "|": "|"}


def sung(text: str) -> list[str]:
    """The syllables of a line of words, and ``"|"`` where it goes on to the next bar."""
    return [
        _MARKS[token["mark"]] if token["mark"] else _plain(token["syllable"]) + token["on"]
        for token in _TOKEN.finditer(text)
        if token["mark"] or token["syllable"]
    ]


def _plain(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        return {"~": " ", "\\-": "-"}.get(match[0], match[0])

    plain = unescape(re.sub(r"\\.|~", character, text))
    return " ".join(plain.split())


def line(syllables: list[str]) -> str:
    """The line of words that `sung` reads as these syllables."""
    text = ""
    for syllable in syllables:
        if syllable in ("", "_"):
            text += " " + (syllable or "*")
            continue
        joined = text.endswith("-")
        word = syllable.removesuffix("-")
        text += "" if joined else " "
        text += re.sub(r"[ \-~_*|]", _code, escape(word)) + syllable[len(word) :]
    return text.rstrip("* ").strip() or "*"


def _code(match: re.Match[str]) -> str:
    return {" ": "~", "-": "\\-"}.get(match[0], f"\\u{ord(match[0]):04x}")
