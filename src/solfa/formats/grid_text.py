"""The report's symbols: ``67 _ 67 _ r _``, one for each step of a sixteenth note.

A number 0..127 begins a note of that MIDI pitch, ``r`` begins a rest, ``_`` holds either for
one more step; ``/`` parts the tunes of a file. Only notes are written: reading finds key, metre and
pickup from them, as comments say, and keeps neither phrases nor metadata.
"""

from collections.abc import Iterable
from fractions import Fraction

from solfa.analysis.keys import find_key
from solfa.analysis.metre import find_meter
from solfa.errors import ReadError, SolfaError
from solfa.formats.comments import found_by_analysis
from solfa.formats.limits import check_extent
from solfa.formats.read_options import ReadOptions
from solfa.formats.text import text_of
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note, total

STEP = Fraction(1, 4)
"""Quarters that a symbol lasts."""

HOLD, REST, DELIMITER = "_", "r", "/"
_PITCHES: dict[str, int | None] = {**{str(pitch): pitch for pitch in range(128)}, REST: None}


def to_symbols(notes: Iterable[Note], step: Fraction = STEP) -> list[str]:
    """The symbols of ``notes``; `SolfaError` for a duration that is no multiple of ``step``."""
    symbols: list[str] = []
    for number, note in enumerate(notes, 1):
        steps = note.duration / step
        if steps.denominator != 1:
            raise SolfaError(
                f"note {number} lasts {note.duration} quarters, no multiple of the step of {step};"
                " quantise it, or write another format"
            )
        symbols.append(REST if note.pitch is None else str(note.pitch))
        symbols += [HOLD] * (int(steps) - 1)
    return symbols


def from_symbols(symbols: Iterable[str], step: Fraction = STEP) -> list[Note]:
    """The notes that ``symbols`` say: the inverse of `to_symbols`.

    Raises `SolfaError` naming a wrong symbol, its position (from 1) and what is allowed.
    """
    steps: list[tuple[int | None, int]] = []
    for position, symbol in enumerate(symbols, 1):
        if symbol in _PITCHES:
            steps.append((_PITCHES[symbol], 1))
        elif symbol != HOLD:
            shown = symbol if len(symbol) <= 12 else symbol[:12] + "..."
            raise SolfaError(
                f"symbol {position} is {shown!r}; write MIDI pitches 0..127, r (rest) or _ (hold)"
            )
        elif not steps:
            raise SolfaError("symbol 1 is '_', with nothing to hold; begin with a pitch or r")
        else:
            pitch, held = steps[-1]
            steps[-1] = (pitch, held + 1)
    return [Note(pitch, count * step) for pitch, count in steps]


def parse(text: str, step: Fraction = STEP) -> list[Note]:
    """The notes of symbols parted by white space; `SolfaError` as for `from_symbols`."""
    return from_symbols(text.split(), step)


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """Every tune of the file, or why it is refused."""
    try:
        text = text_of(data)
    except ReadError as error:
        return [ReadError.of(error, source)]
    tunes = [tune for tune in text.split(DELIMITER) if tune.strip()]
    return [_read(tune, source) for tune in tunes] or [
        ReadError("no notes; give a file with a tune", source)
    ]


def _read(text: str, source: str) -> Melody | ReadError:
    try:
        notes = parse(text)
        check_extent(len(notes), total([note.duration for note in notes]))
        return barred(notes)
    except SolfaError as error:
        return ReadError(str(error), source)


def barred(
    notes: Iterable[Note],
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = True,
) -> Melody:
    """The melody that bare notes are: what is not given is found by analysis, as comments say.

    A ``whole`` tune is trusted to end like one. Raises `SolfaError` for a pickup that fills a bar.
    """
    tune = tuple(notes)
    asked = {"key": key, "metre": meter, "pickup": pickup}
    found = tuple(found_by_analysis(name) for name, value in asked.items() if value is None)
    if key is None:
        key = find_key(tune, whole=whole)
    meter, pickup = find_meter(tune, meter, pickup, whole=whole)
    return Melody(tune, key, meter, pickup, metadata=Metadata(comments=found))


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody's symbols on one line; `SolfaError` as for `to_symbols`."""
    return (" ".join(to_symbols(melody.notes)) + "\n").encode()
