"""Which voice of an ABC tune is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from solfa.errors import ReadError
from solfa.formats.abc.lines import FIELD, Line

_VOICE = re.compile(r"(?:^|\[)V:\s*([^\s\]]+)")
_CHANGE = re.compile(r"\[V:\s*([^\s\]]+)[^\[\]]*\]")
_NO_NOTES = re.compile(r'"[^"]*"|![^!\s]*!|\[[A-Za-z]:[^\[\]]*\]|%.*')


class Voice:
    """Whose notes are read, where a tune has several voices."""

    def __init__(self) -> None:
        self.now = ""  # whose notes follow
        self.wanted = ""

    @property
    def wrong(self) -> bool:
        return bool(self.wanted) and self.wanted != self.now

    def choose(self, lines: list[Line], asked: int | str | None) -> None:
        """Takes the one that is asked for, else the only one that sounds.

        Raises `ReadError` where several leave a choice.
        """
        found = (_VOICE.findall(line.text) for line in lines)
        voices = list(dict.fromkeys(name for names in found for name in names))
        if len(voices) < 2:
            return
        self.now = voices[0]
        listed = ", ".join(f"{i} {name!r}" for i, name in enumerate(voices, 1))
        if asked is None:
            sounding = _sounding(lines, voices[0])
            if len(sounding) > 1:
                raise ReadError(f"several voices: {listed}; choose one by voice=N (--voice N)")
            self.wanted = min(sounding, default=voices[0])
        elif isinstance(asked, int) and asked <= len(voices):
            self.wanted = voices[asked - 1]
        elif asked in voices:
            self.wanted = str(asked)
        else:
            raise ReadError(f"no voice {asked!r}; there are {listed}")


def _sounding(lines: Iterable[Line], first: str) -> set[str]:
    """The voices that have notes."""
    found, now, begun = set(), first, False
    for _, text in lines:
        if field := FIELD.match(text):
            begun = begun or field[1] == "K"
            if begun and field[1] == "V" and field[2].strip():
                now = field[2].split()[0]
        elif begun:
            parts = _CHANGE.split(text)
            for name, music in zip([now, *parts[1::2]], parts[::2], strict=True):
                now = name
                if re.search("[A-Ga-g]", _NO_NOTES.sub("", music)):
                    found.add(name)
    return found
