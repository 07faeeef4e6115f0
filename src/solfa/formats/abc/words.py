r"""The words of songs in ABC, the lines ``w:``, as `Melody.lyrics` has them.

``-`` parts the syllables of a word, ``_`` holds one for a note more, ``*`` is a note without a
syllable, ``~`` a space within one and ``\-`` a hyphen; ``|`` goes on to the next bar (ABC 2.1,
section 5.1).
"""

from __future__ import annotations

import re
from bisect import bisect_left

from solfa.formats.abc.music import Music
from solfa.formats.abc.text import escape, unescape
from solfa.formats.bars import Cut

_TOKEN = re.compile(r"(?P<syllable>(?:\\.|[^\s\-_*|\\])+)(?P<on>-?)|(?P<mark>[-_*|])|[\s\\]")
_MARKS = {"-": "_", "_": "_", "*": "", "|": None}


def sung(text: str) -> list[str | None]:
    """The syllables of a line of words, and `None` where it goes on to the next bar."""
    return [
        _MARKS[token["mark"]] if token["mark"] else _plain(token["syllable"]) + token["on"]
        for token in _TOKEN.finditer(text)
        if token["mark"] or token["syllable"]
    ]


class Underlay:
    """Text underlay: which notes the lines of words are sung to."""

    def __init__(self, music: Music) -> None:
        self.music = music
        self.start = self.stop = self.next = 0  # the notes of a line of words, and the next to sing
        self.verse = -1  # the one that was last read

    @property
    def going_on(self) -> bool:
        """Whether no note has come since the last line of words."""
        return self.verse >= 0 and self.stop == len(self.music.notes)

    def read(self, text: str) -> None:
        """One more verse below the same notes, or the first below those since the last words."""
        if self.going_on:
            self.verse += 1
        else:
            self.start, self.stop, self.verse = self.stop, len(self.music.notes), 0
        self.next = self.start
        self.align(text)

    def align(self, text: str) -> None:
        """Gives the syllables to the next notes; those without a note are passed over."""
        places = range(self.start, self.stop)
        cuts = self.music.cuts
        bars = [at for at in places if cuts.get(at, Cut.LINE) is not Cut.LINE]
        notes = [i for i in places if self.music.notes[i].pitch is not None]
        for syllable in sung(text):
            if syllable is None:
                place = bisect_left(bars, self.next)
                self.next = bars[place] if place < len(bars) else self.stop
                continue
            place = bisect_left(notes, self.next)
            if place == len(notes):
                return
            at = notes[place]
            words = self.music.notes[at].words
            words += [""] * (self.verse - len(words))
            words.append(syllable)
            self.next = at + 1


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
