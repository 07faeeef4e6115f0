"""Writes sol-fa and scale degrees; `solfa.formats.tonic_solfa` describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solfa.analysis.solmization import degree, home, syllable, syllables
from solfa.formats.abc.text import escape
from solfa.formats.notation import cut_at
from solfa.formats.tonic_solfa import MIDDLE_C, TEXTS
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Piece


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody in UTF-8, in the system of ``options.syllables`` (do, if there is none).

    One phrase a line, or four bars a line where phrases are unknown. Raises `SolfaError` for an
    unknown system.
    """
    system = options.syllables or "do"
    names = syllables(melody, system)
    bars = melody.bars()
    meter, known = melody.meter, bool(melody.phrase_ends)
    keys, now = dict(melody.key_changes), melody.note_keys()
    text, before = "", -1
    cut = [cut_at(bar, list(keys)) for bar in bars]
    firsts = [bar.pieces[0].note for bar in cut[1:]]
    for number, (bar, first) in enumerate(zip(cut, [*firsts, None], strict=True), 1):
        if bar.meter != meter:
            meter = bar.meter
            text += f" [{meter}]"
        following = [*(piece.note for piece in bar.pieces[1:]), first]
        for place, (piece, after) in enumerate(zip(bar.pieces, following, strict=True), 1):
            if key := keys.get(piece.onset):
                text += f" [{key}]"
            note = piece.note
            text += f" {_word(piece, names[note], now[note], system, held=note == before)}"
            before = note
            if note in melody.phrase_ends and after != note:
                text += " /\n"
            elif not (known or meter or place % 16):
                text += "\n"
        text += " |" * bool(meter) + "\n" * (not known and number % 4 == 0)
    lines = (line.strip() for line in text.replace("\n |", " |\n").split("\n"))
    return "\n".join([*_written_header(melody, system), *filter(None, lines), ""]).encode()


def _word(piece: Piece, name: str | None, key: Key, system: str, *, held: bool) -> str:
    lasts = "" if piece.duration == 1 else f":{piece.duration}"
    if held:
        return f"-{lasts}"
    if name is None or piece.pitch is None:
        return f"r{lasts}"
    above = degree(name, key.mode) if system == "degrees" else syllable(name)
    octaves = (piece.pitch - above - home(key, system) - MIDDLE_C) // 12
    return name + "'" * octaves + "," * -octaves + lasts


def _written_header(melody: Melody, system: str) -> Iterator[str]:
    yield f"key: {melody.key}"
    yield f"meter: {melody.meter or 'none'}"
    if melody.pickup:
        yield f"pickup: {melody.pickup}"
    yield f"system: {system}"
    data = melody.metadata
    if data.tempo is not None:
        yield f"tempo: {data.tempo}"
    for name in TEXTS:
        if text := getattr(data, name):
            yield f"{name}: {escape(text)}"
    for comment in data.comments:
        yield f"comment: {escape(comment)}".rstrip()
    for verse in melody.lyrics:
        sung = (w for w, note in zip(verse, melody.notes, strict=True) if note.pitch is not None)
        yield f"words: {' '.join(map(_sung, sung))}"


def _sung(word: str) -> str:
    """A syllable without white space, as ABC has it: ``*`` is none, ``~`` a space."""
    marked = re.sub(r"[~*]", lambda mark: f"\\u{ord(mark[0]):04x}", escape(word))
    return marked.replace(" ", "~") or "*"
