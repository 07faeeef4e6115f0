"""A format: melodies as JSON. Times are fractions of quarters, as text."""

import json
from dataclasses import asdict

from solfa.errors import ReadError, SolfaError
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as JSON; no edition changes it."""
    told = {
        "notes": [(note.pitch, str(note.duration)) for note in melody.notes],
        "key": str(melody.key),
        "meter": melody.meter and str(melody.meter),
        "pickup": str(melody.pickup),
        "phrase_ends": melody.phrase_ends,
        "meter_changes": [(str(onset), str(meter)) for onset, meter in melody.meter_changes],
        "metadata": asdict(melody.metadata),
        "lyrics": melody.lyrics,
        "key_changes": [(str(onset), str(key)) for onset, key in melody.key_changes],
    }
    return json.dumps(told).encode()


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        told = json.loads(data)
        metadata = told["metadata"] | {"comments": tuple(told["metadata"]["comments"])}
        melody = Melody(
            [Note(pitch, duration) for pitch, duration in told["notes"]],
            Key.parse(told["key"]),
            told["meter"] and Meter.parse(told["meter"]),
            told["pickup"],
            told["phrase_ends"],
            [(onset, Meter.parse(meter)) for onset, meter in told["meter_changes"]],
            Metadata(**metadata),
            told["lyrics"],
            [(onset, Key.parse(key)) for onset, key in told["key_changes"]],
        )
    except SolfaError as error:
        return [ReadError.of(error, source)]
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return [ReadError("is no melody in JSON; write it again", source)]
    if not melody.notes:
        return [ReadError("no notes; give a file with a tune", source)]
    return [melody]
