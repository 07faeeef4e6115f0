"""Writes ABC 2.1: one phrase a line, beamed by the beat; `solfa.formats.abc.reader` reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import NamedTuple

from solfa.analysis.harmony import harmonise
from solfa.analysis.solmization import syllables
from solfa.formats.abc import words
from solfa.formats.abc.text import ABC_MODES, ALTER, GOES_ON, TEXT_FIELDS, escape
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.notation import cut_at, dotted, odd_part
from solfa.formats.write_options import WriteOptions
from solfa.melody import Bar, Key, Melody, Piece, total

_TEXT_FIELD = re.compile(rf"[{TEXT_FIELDS}]: .+")
_MODE_NAMES = {mode: name for name, mode in reversed(ABC_MODES.items())}


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """ABC 2.1 in UTF-8; `read` gives back the melody and its metadata, but for empty comments.

    One phrase a line, or four bars a line where phrases are unknown. What ABC has no field for
    stands in directives of our own, ``%%solfa id A0001``, which other programs pass over, as they
    do the decoration of a rest that continues the one before it, ``z2|!goes-on!z``.
    """
    return write_book([melody], options)


def write_book(melodies: Sequence[Melody], options: WriteOptions = WriteOptions()) -> bytes:
    """Tunes numbered from ``X:1``, each as `write` has it."""
    tunes = ["\n".join(_tune(m, options, number)) for number, m in enumerate(melodies, 1)]
    return ("%abc-2.1\n" + "\n\n".join(tunes) + "\n").encode()


def _tune(melody: Melody, options: WriteOptions, number: int) -> list[str]:
    named = options.syllables if not melody.lyrics else None
    if named:
        melody = melody.replace(lyrics=([name or "" for name in syllables(melody, named)],))
    onsets = melody.onsets()
    chords = {c.onset: f'"{c}"' for c in harmonise(melody)} if options.chords else {}
    cuts = sorted({*chords, *(change.onset for change in melody.key_changes)})
    bars = [(bar, list(_groups(cut_at(bar, cuts), melody, onsets))) for bar in melody.bars()]
    lengths = (value.length for _, groups in bars for group in groups for value in group.values)
    unit = Fraction(1, 2) if all((2 * x).denominator == 1 for x in lengths) else Fraction(1, 4)
    head = [f"X:{number}", *_header(melody), f"M:{melody.meter or 'none'}", f"L:1/{4 / unit}"]
    if melody.metadata.tempo is not None:
        head.append(f"Q:1/4={melody.metadata.tempo}")
    if program := INSTRUMENTS[options.instrument].program:
        head.append(f"%%MIDI program {program}")
    if named:
        head.append(f"%%solfa syllables {named}")
    clef = f" clef={options.clef}" if options.clef else ""
    clef = clef.replace("8vb", "-8 octave=1")  # which sounds an octave lower than it is written
    head.append(f"K:{_name(melody.key)}{clef}")
    return [*head, *_body(melody, bars, unit, chords)]


def _name(key: Key) -> str:
    return f"{key.tonic}{_MODE_NAMES[key.mode]}"


def _header(melody: Melody) -> Iterator[str]:
    data = melody.metadata
    letters = {comment[0] for comment in data.comments if _TEXT_FIELD.fullmatch(comment)}
    facts = data.title, data.composer, data.region, data.genre, data.source
    for letter, text in zip("TCORS", facts, strict=True):
        # An empty field keeps the reader from taking a comment in its place.
        if text or letter in letters or (letter == "S" and letters & {"B", "D"}):
            yield f"{letter}: {escape(text)}"
    for comment in filter(None, data.comments):
        mark = "" if _TEXT_FIELD.fullmatch(comment) else "% "
        yield mark + escape(comment)
    yield f"%%solfa id {escape(data.id)}".rstrip()
    if data.style:
        yield f"%%solfa style {escape(data.style)}"
    if melody.phrase_ends:
        closed = melody.phrase_ends[-1] == len(melody.notes) - 1
        yield f"%%solfa phrases {'lines' if closed else 'lines open'}"


class _Value(NamedTuple):
    """A written note or rest; ``back`` and ``on`` say that its sound began before, goes on."""

    pitch: int | None
    length: Fraction  # in quarters, as written
    back: bool
    on: bool
    note: int  # its index in the melody
    onset: Fraction | None  # None where it goes on from one beside it


class _Group(NamedTuple):
    """What is written together: a note with what it is tied to, or a tuplet."""

    onset: Fraction
    tuplet: str
    values: list[_Value]
    ends_phrase: bool


def _groups(bar: Bar, melody: Melody, onsets: tuple[Fraction, ...]) -> Iterator[_Group]:
    """A tuplet goes on until its notes fill a plain length, the bar or the phrase."""
    pieces: list[Piece] = []
    for piece in bar.pieces:
        pieces.append(piece)
        note_end = onsets[piece.note] + melody.notes[piece.note].duration
        on = piece.onset + piece.duration < note_end
        ends_phrase = piece.note in melody.phrase_ends and not on
        filled = total([p.duration for p in pieces])
        if odd_part(filled) > 1 and not ends_phrase and piece is not bar.pieces[-1]:
            continue
        odd = lcm(*(odd_part(p.duration) for p in pieces))
        even = 1 << (odd.bit_length() - 1)
        if odd > 9:  # tuplets end at nine; ABC takes any fraction as a length
            odd = even = 1
        values = []
        for p in pieces:
            parts = list(_values(p.duration * odd / even))
            for i, length in enumerate(parts):
                first, last = i == 0, i == len(parts) - 1
                back = p.onset > onsets[p.note] or not first
                goes_on = not last or (on and p is piece)
                onset = p.onset if first else None
                values.append(_Value(p.pitch, length, back, goes_on, p.note, onset))
        tuplet = ""
        if odd > 1:
            tuplet = "(3" if odd == len(values) == 3 else f"({odd}:{even}:{len(values)}"
        yield _Group(pieces[0].onset, tuplet, values, ends_phrase)
        pieces = []


def _values(length: Fraction) -> Iterator[Fraction]:
    """The lengths of single notes, with up to two dots, that add up to one; longest first."""
    for plain, dots in dotted(length.numerator):
        yield Fraction(2 * plain - (plain >> dots), length.denominator)


def _body(
    melody: Melody,
    bars: list[tuple[Bar, list[_Group]]],
    unit: Fraction,
    chords: Mapping[Fraction, str],
) -> list[str]:
    """The lines of music, each with its words below it."""
    meter, known = melody.meter, bool(melody.phrase_ends)
    key, keys = melody.key, dict(melody.key_changes)
    values: list[_Value] = []
    ends: list[int] = []  # how many values are written where a line ends
    # A bar line before a single short bar, which would be read as a pickup without.
    text = "|" if meter and not melody.pickup and melody.duration < meter.bar else ""
    for number, (bar, groups) in enumerate(bars, 1):
        altered: dict[str, int] = {}
        if bar.meter != meter:
            meter = bar.meter
            text += f"[M:{meter}]"
        beat, missing = (
            (meter.beat, meter.bar - bar.length) if meter else (Fraction(1), Fraction(0))
        )
        for count, group in enumerate(groups, 1):
            at = group.onset - bar.onset
            text += " " * (count == 1 or (at + missing) % beat == 0) + group.tuplet
            for value in group.values:
                if value.onset is not None and value.onset in keys:
                    key, altered = keys[value.onset], {}
                    text += f"[K:{_name(key)}]"
                above = "" if value.onset is None else chords.get(value.onset, "")
                text += above + _note(value, key, altered, unit)
            values += group.values
            if group.ends_phrase or not (known or meter or count % 16):
                text += "\n"
                ends.append(len(values))
        text += " |" * bool(meter)
        if not known and number % 4 == 0:
            text += "\n"
            ends.append(len(values))
    lines = [line.strip() for line in text.replace("\n |", " |\n").split("\n")]
    *lines, last = filter(None, lines)
    lines.append(last.removesuffix("|").rstrip() + " |]")
    if not melody.lyrics:
        return lines
    spans = pairwise(sorted({0, *ends, len(values)}))
    return [
        text
        for line, (start, stop) in zip(lines, spans, strict=True)
        for text in (line, *_words(values[start:stop], melody.lyrics))
    ]


def _words(values: list[_Value], lyrics: tuple[tuple[str, ...], ...]) -> list[str]:
    """The ``w:`` lines below one line of music: one, or up to the last verse that has words.

    A line of music without any would be read as going on with the next.
    """
    lines: list[str] = []
    for verse in lyrics:
        sung = [v for v in values if v.pitch is not None]
        syllables = ["_" if v.back and verse[v.note] else verse[v.note] for v in sung]
        lines.append(f"w: {words.line(syllables)}")
    while len(lines) > 1 and lines[-1] == "w: *":
        lines.pop()
    return lines


def _note(value: _Value, key: Key, altered: dict[str, int], unit: Fraction) -> str:
    """One note; ``altered`` holds the bar's accidentals, by step and by step and octave.

    Programs differ in whether an accidental holds in other octaves too, so it is written where
    either reading would need it.
    """
    times = value.length / unit
    length = "" if times == 1 else str(times).removeprefix("1" * (times.numerator == 1))
    if value.pitch is None:
        return f"{GOES_ON * value.back}z{length}"
    spelling = key.spell(value.pitch)
    if abs(spelling.alter) > 2:  # ABC has no triple sharps
        spelling = Key("C").spell(value.pitch)
    step, alter, octave = spelling
    here, plain = f"{step}{octave}", key.accidentals.get(step, 0)
    sign = ""
    if {altered.get(step, plain), altered.get(here, plain)} != {alter}:
        altered[step] = altered[here] = alter
        sign = next(sign for sign, shift in ALTER.items() if shift == alter)
    name = step.lower() + "'" * (octave - 5) if octave > 4 else step + "," * (4 - octave)
    return f"{sign}{name}{length}{'-' * value.on}"
