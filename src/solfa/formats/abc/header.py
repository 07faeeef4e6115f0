"""The text fields of an ABC tune, comments and our own directives: its metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from solfa.formats.abc.text import unescape
from solfa.melody import Metadata

_ESAC_NUMBER = re.compile(r"[A-Z]{1,2}\d{3,4}[A-Za-z\d]?")
_OURS = re.compile(r"%%\s*solfa\s+(\w+)(.*)")


class Header:
    """What a tune says of itself in text, and whether its lines are phrases.

    ``lines_are_phrases`` overrides the rule for that, which `solfa.formats.abc.reader` explains.
    """

    def __init__(self, lines_are_phrases: bool | None) -> None:
        self.lines_are_phrases = lines_are_phrases
        self.texts: list[tuple[str, str]] = []  # text fields and, under "%", comments
        self.ours: dict[str, str] = {}  # directives of our writer, %%solfa name value
        self.number = self.tempo = ""

    def take_ours(self, line: str) -> bool:
        """Takes a line if it is a directive of ours, and says whether it is."""
        match = _OURS.match(line)
        if match:
            self.ours[match[1]] = unescape(match[2].strip())
        return bool(match)

    def add(self, letter: str, value: str) -> None:
        self.texts.append((letter, unescape(value)))

    def go_on(self, value: str) -> None:
        """Lengthens the last field."""
        letter, text = self.texts.pop()
        self.texts.append((letter, f"{text} {unescape(value)}"))

    @cached_property
    def esac_number(self) -> str:
        if "id" in self.ours:
            return ""
        note = next((text for letter, text in self.texts if letter == "N"), "")
        return note if _ESAC_NUMBER.fullmatch(note) else ""

    @cached_property
    def phrase_lines(self) -> bool:
        if self.lines_are_phrases is None:
            return "phrases" in self.ours or bool(self.esac_number)
        return self.lines_are_phrases

    def metadata(self, source: str, more: Iterable[str]) -> Metadata:
        """The metadata of a tune in the file ``source``, with ``more`` comments."""
        found: dict[str, str] = {}
        comments = []
        origin = next((f for f in "SBD" if any(letter == f for letter, _ in self.texts)), "S")
        for letter, text in self.texts:
            name = {
                "T": "title",
                "C": "composer",
                "O": "region",
                "R": "genre",
                origin: "source",
            }.get(letter)
            if letter == "N" and self.esac_number and "id" not in found:
                name = "id"
            if name and name not in found:
                found[name] = text
            elif text:
                comments.append(text if letter == "%" else f"{letter}: {text}")
        comments += more
        number = f"{Path(source).stem}:{self.number}" if self.number else ""
        found.setdefault("id", number)
        found.update((name, text) for name, text in self.ours.items() if name in ("id", "style"))
        return Metadata(**found, comments=tuple(comments), tempo=_tempo(self.tempo))


def _tempo(text: str) -> int | None:
    """Quarters a minute of ``1/4=120``, ``3/8 3/8=40`` or an old bare ``120``."""
    text = re.sub('"[^"]*"', "", text).strip()
    if match := re.fullmatch(r"((?:\d{1,3}/[1-9]\d{0,2}\s*)+)=\s*(\d{1,6})", text):
        return round(4 * sum(map(Fraction, match[1].split())) * int(match[2]))
    return int(text) if re.fullmatch(r"\d{1,6}", text) else None
