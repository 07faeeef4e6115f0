"""How a melody is set for those who read and hear it: instrument, clef, signs about the notes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a melody, which it does not change; formats pass over what they cannot show.

    ``engraver`` draws the pictures. ``instrument`` names whose part it is: its sound, its clef
    and its transposition on paper. ``clef`` stands instead of the instrument's. ``chords`` writes
    chord symbols above the notes, ``syllables`` names the notes below them: ``"do"`` (tonic
    sol-fa, minor from do), ``"la"`` (minor from la) or ``"degrees"``. ``count_in`` ticks the
    beats of a bar before the sound begins.
    """

    engraver: str = "verovio"
    instrument: str = "piano"
    clef: str | None = None
    chords: bool = False
    syllables: str | None = None
    count_in: bool = False
