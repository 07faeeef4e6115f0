"""How a melody is set for those who read and hear it: instrument, clef, signs about the notes."""

from collections.abc import Iterable
from dataclasses import dataclass

from solfa.analysis.solmization import SYSTEMS
from solfa.errors import SolfaError
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

    def __post_init__(self) -> None:
        known("engraver", self.engraver, ENGRAVERS)
        known("instrument", self.instrument, INSTRUMENTS)
        if self.clef is not None:
            known("clef", self.clef, CLEFS)
        if self.syllables is not None:
            known("syllables", self.syllables, SYSTEMS)


def known(field: str, value: str, choices: Iterable[str]) -> None:
    """Raises `SolfaError` for a value that is none of the choices."""
    if value not in (names := list(choices)):
        raise SolfaError(f"unknown {field} {value!r}; choose from {', '.join(names)}")
