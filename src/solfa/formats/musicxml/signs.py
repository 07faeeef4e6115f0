"""Signs that hold from where they stand on: key signatures, metres, transpositions, tempi."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from solfa.errors import ReadError
from solfa.formats.musicxml.numbers import decimal, whole
from solfa.melody import MODES, Key, Meter

_MODES = {"ionian": "major", "aeolian": "minor"}
_MOST_SHARPS = 13  # B sharp lydian has as many
_TEMPI = range(1, 1001)  # quarters a minute

BEATS = {
    name: Fraction(16, 1 << power)
    for power, name in enumerate(
        ("long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
    )
}
"""Quarters of each note type."""


class KeySign(NamedTuple):
    """A key signature: its sharps, None where it is that of no key; its mode, None if not given."""

    sharps: int | None
    mode: str | None


class Transposition(NamedTuple):
    """From written to sounding pitch: semitones, and diatonic steps, both with whole octaves."""

    semitones: int = 0
    steps: int = 0

    def key(self, sign: KeySign) -> KeySign:
        """The key signature as it sounds, respelled where a score could not write it."""
        if sign.sharps is None:
            return sign
        sharps = sign.sharps + 7 * self.semitones - 12 * self.steps
        if abs(sharps) > _MOST_SHARPS:
            sharps -= 12 * round(sharps / 12)
        return sign._replace(sharps=sharps)


def transposition(element: ET.Element) -> Transposition:
    """What a ``transpose`` says; `ReadError` for a microtone. Doubling adds no other melody."""
    chromatic = whole(element.findtext("chromatic"), "transposition")
    octaves = whole(element.findtext("octave-change") or "0", "transposition")
    written = element.findtext("diatonic")
    steps = round(7 * chromatic / 12) if written is None else whole(written, "transposition")
    return Transposition(chromatic + 12 * octaves, steps + 7 * octaves)


def key_sign(element: ET.Element) -> KeySign:
    """What a ``key`` says; signs one by one are the signature that has them."""
    mode = (element.findtext("mode") or "").strip().lower()
    mode = _MODES.get(mode, mode)
    known = mode if mode in MODES else None
    if element.find("key-step") is not None:
        return KeySign(_usual_sharps(element), None)
    sharps = whole(element.findtext("fifths"), "key signature")
    if abs(sharps) > _MOST_SHARPS:
        allowed = f"-{_MOST_SHARPS}..{_MOST_SHARPS}"
        raise ReadError(f"a key signature of {sharps} sharps is outside {allowed}; respell it")
    return KeySign(sharps, known)


def _usual_sharps(element: ET.Element) -> int | None:
    """The signature whose signs are those of a ``key-step`` list, None if there is none."""
    steps = [(step.text or "").strip() for step in element.findall("key-step")]
    alters = [decimal(alter.text, "alteration") for alter in element.findall("key-alter")]
    signs = {step: alter for step, alter in zip(steps, alters, strict=False) if alter}
    usual = (n for n in range(-7, 8) if Key.of_signature(n).accidentals == signs)
    return next(usual, None)


def metre(element: ET.Element) -> Meter | None:
    """What a ``time`` says, summed where it adds; None for ``senza-misura``.

    Raises `SolfaError` for what is no metre.
    """
    if element.find("senza-misura") is not None:
        return None
    beats = [text.text or "" for text in element.findall("beats")]
    units = [whole(text.text, "metre unit") for text in element.findall("beat-type")]
    if not beats or len(beats) != len(units) or len(beats) > 16:
        raise ReadError("a metre without beats and their unit; export it again")
    counts = [sum(whole(part, "number of beats") for part in text.split("+", 16)) for text in beats]
    meters = [Meter(count, unit) for count, unit in zip(counts, units, strict=True)]
    finest = max(units)
    return Meter(sum(m.beats * (finest // m.unit) for m in meters), finest)


def tempi(element: ET.Element) -> Iterator[int]:
    """What a direction or a sound says of the tempo, in whole quarters a minute."""
    for sound in element.iter("sound"):
        yield from _tempo(sound.get("tempo"), Fraction(1))
    for mark in element.iter("metronome"):
        units = mark.findall("beat-unit")
        beat = BEATS.get((units[0].text or "").strip()) if len(units) == 1 else None
        if beat:
            dots = min(len(mark.findall("beat-unit-dot")), 3)
            yield from _tempo(mark.findtext("per-minute"), beat * (2 - Fraction(1, 2**dots)))


def _tempo(text: str | None, beat: Fraction) -> Iterator[int]:
    if number := re.search(r"\d{1,5}(\.\d{1,9})?", text or ""):
        tempo = round(Fraction(number[0]) * beat)
        if tempo in _TEMPI:
            yield tempo


def written_length(note: ET.Element) -> Fraction | None:
    """The quarters of a note by its type, dots and tuplet, None where it has no type."""
    length = BEATS.get((note.findtext("type") or "").strip())
    if length is None:
        return None
    dots = min(len(note.findall("dot")), 3)
    ratio = note.find("time-modification")
    if ratio is not None:
        actual = whole(ratio.findtext("actual-notes"), "tuplet")
        normal = whole(ratio.findtext("normal-notes"), "tuplet")
        if not (1 <= actual <= 64 and 1 <= normal <= 64):
            raise ReadError(f"a tuplet of {actual} to {normal} is outside 1..64; write it out")
        length *= Fraction(normal, actual)
    return length * (2 - Fraction(1, 2**dots))
