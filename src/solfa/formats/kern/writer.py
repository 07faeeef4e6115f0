"""Writes ``**kern`` in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from solfa.formats.kern.keys import designation, signature, signs
from solfa.formats.kern.records import RESTS_GO_ON, written_records
from solfa.formats.notation import cut_at, dotted
from solfa.formats.write_options import WriteOptions
from solfa.melody import Bar, Key, Melody, Spelling

_BREVES = {Fraction(1, 2): "0", Fraction(1, 4): "00", Fraction(1, 8): "000"}
_NO_WORD = re.compile(r"[.*!=\\|-]")  # what a word cannot begin with, but behind a backslash


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as a whole kern file in UTF-8, with its metadata as records.

    Reading it gives the melody and its metadata back, but for line breaks and outer spaces in
    texts. A note over a bar line, or of a duration that no single note has, is tied; a rest is
    continued by the signifier ``N``, which the file then defines.
    """
    meter = melody.meter
    music = ["**kern", "*clefG2", signature(melody.key), designation(melody.key)]
    music.append(f"*M{meter}" if meter else "*MX")
    if melody.metadata.tempo:
        music.append(f"*MM{melody.metadata.tempo}")
    keys: dict[Fraction | None, Key] = dict(melody.key_changes)
    ends, spelled = set(melody.phrase_ends), melody.spelling()
    heads: dict[int, int] = {}
    number, note_before = None, -1
    parts = list(_parts(melody))
    for part, after in zip(parts, [*parts[1:], None], strict=False):
        bar, onset, note, recip = part
        if bar.number != number and meter:
            number = bar.number
            if number:
                music.append(f"={number}")
            if bar.meter != meter:
                meter = bar.meter
                music.append(f"*M{meter}")
        if key := keys.pop(onset, None):
            music += [signature(key), designation(key)]
        first, last = note != note_before, not after or note != after.note
        opens = first and note <= max(ends, default=-1) and note - 1 in {-1, *ends}
        closes = last and note in ends
        if first:
            heads[len(music)] = note
        music.append("{" * opens + _token(spelled[note], recip, first, last) + "}" * closes)
        note_before = note
    rests_go_on = any(token.rstrip("}").endswith("N") for token in music)
    records = [*written_records(melody.metadata), *([RESTS_GO_ON] if rests_go_on else [])]
    music += ["==", "*-"]
    spines = [music, *(_text_spine(music, heads, verse) for verse in melody.lyrics)]
    return "\n".join([*records, *map("\t".join, zip(*spines, strict=True)), ""]).encode(
        errors="replace"
    )


class _Part(NamedTuple):
    """A written value of a note, by its index; of several the first ``onset`` alone is told."""

    bar: Bar
    onset: Fraction | None
    note: int
    recip: str


def _parts(melody: Melody) -> Iterator[_Part]:
    """The notes in single values, cut at bar lines and where the key changes."""
    changes = [change.onset for change in melody.key_changes]
    for bar in melody.bars():
        for piece in cut_at(bar, changes).pieces:
            onset: Fraction | None = piece.onset
            for recip in _recips(piece.duration / 4):
                yield _Part(bar, onset, piece.note, recip)
                onset = None


def _text_spine(music: list[str], heads: dict[int, int], verse: tuple[str, ...]) -> list[str]:
    """The ``**text`` beside ``music``; ``heads`` are its lines where notes begin, with their
    indices. A syllable within a word bears a hyphen at its beginning too, as usual.
    """
    spine: list[str] = []
    goes_on = False
    for line, token in enumerate(music):
        if token.startswith("*"):
            spine.append({"**kern": "**text", "*-": "*-"}.get(token, "*"))
        elif token.startswith("="):
            spine.append(token)
        elif line not in heads or verse[heads[line]] in ("", "_"):
            spine.append("." if line not in heads else verse[heads[line]] or ".")
        else:
            word = verse[heads[line]]
            escaped = f"\\{word}" if _NO_WORD.match(word) or word in ("_", "|") else word
            spine.append("-" * goes_on + escaped)
            goes_on = word.endswith("-")
    return spine


def _token(spelling: Spelling | None, recip: str, first: bool, last: bool) -> str:
    """One token; ``first`` and ``last`` of the tokens that are tied into one note."""
    if spelling is None:
        return f"{recip}r{'' if first else 'N'}"
    step, alter, octave = spelling
    letters = step.lower() * (octave - 3) if octave > 3 else step * (4 - octave)
    tie_on, tie_back = {
        (True, True): ("", ""),
        (True, False): ("[", ""),
        (False, False): ("", "_"),
        (False, True): ("", "]"),
    }[first, last]
    return f"{tie_on}{recip}{letters}{signs(alter)}{tie_back}"


def _recips(wholes: Fraction) -> Iterator[str]:
    """The durations, each with up to two dots, that make up a number of whole notes.

    Longest first; ``3%2`` stands for two thirds of a whole note.
    """
    parts, per_whole = wholes.as_integer_ratio()
    for plain, dots in dotted(parts):
        recip = Fraction(per_whole, plain)
        yield _BREVES.get(recip, str(recip).replace("/", "%")) + "." * dots
