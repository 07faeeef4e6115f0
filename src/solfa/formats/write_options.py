"""How a melody is set for those who read and hear it: instrument, clef, signs about the notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from solfa.analysis.solmization import SYSTEMS
from solfa.choices import check_flag, check_names, choose
from solfa.formats.instruments import CLEFS, INSTRUMENTS

ENGRAVERS: dict[str, dict[str, str]] = {
    "verovio": {
        ".svg": "engraving.svg:write_svg",
        ".png": "engraving.svg:write_png",
        ".pdf": "engraving.pdf:write_pdf",
    },
    "musescore": {
        ".svg": "engraving.musescore:write_svg",
        ".png": "engraving.musescore:write_png",
        ".pdf": "engraving.musescore:write_pdf",
    },
}
"""What each engraver draws, by suffix: module and function. MuseScore must be installed."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """One edition of a melody, which it does not change; formats pass over what they cannot show.

    ``engraver`` draws the pictures. ``instrument`` names whose part it is: its sound, its clef
    and its transposition on paper. ``clef`` stands instead of the instrument's. ``chords`` writes
    chord symbols above the notes, ``syllables`` names the notes below them: ``"do"`` (tonic
    sol-fa, minor from do), ``"la"`` (minor from la) or ``"degrees"``. ``count_in`` ticks the
    beats of a bar before the sound begins. Raises `SolfaError` for a name that it does not know.
    """

    engraver: str = "verovio"
    instrument: str = "piano"
    clef: str | None = None
    chords: bool = False
    syllables: str | None = None
    count_in: bool = False

    @classmethod
    def of(cls, **choices: Any) -> WriteOptions:
        """The options of ``choices`` by name; `SolfaError` for a name that there is not."""
        check_names("choice of writing", choices, cls.__dataclass_fields__)
        return cls(**choices)

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value is not None or name in ("engraver", "instrument"):
                object.__setattr__(self, name, choose(name, value, choices))
        for name in ("chords", "count_in"):
            check_flag(name, getattr(self, name))


_CHOICES: dict[str, Iterable[str]] = {
    "engraver": ENGRAVERS,
    "instrument": INSTRUMENTS,
    "clef": CLEFS,
    "syllables": SYSTEMS,
}
