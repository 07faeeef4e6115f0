"""A whole melody as the text event ``solfa {...}`` of a MIDI file."""

import json
from dataclasses import asdict
from fractions import Fraction
from math import lcm

from solfa.errors import SolfaError
from solfa.melody import Key, KeyChange, Melody, Metadata, Meter, MeterChange, Note

MARK = "solfa "
"""What the text begins with, before its JSON."""


def to_json(melody: Melody) -> str:
    """All of the melody; times are ticks, so that no reader must parse fractions."""
    changes = [(onset, meter.beats, meter.unit) for onset, meter in melody.meter_changes]
    keys = [(onset, key.tonic, key.mode) for onset, key in melody.key_changes]
    times = [melody.pickup, *(n.duration for n in melody.notes), *(c[0] for c in (*changes, *keys))]
    ticks = lcm(*(time.denominator for time in times))
    return json.dumps(
        {
            "ticks": ticks,
            "notes": [(note.pitch, int(note.duration * ticks)) for note in melody.notes],
            "key": (melody.key.tonic, melody.key.mode),
            "meter": melody.meter and (melody.meter.beats, melody.meter.unit),
            "pickup": int(melody.pickup * ticks),
            "phrase_ends": melody.phrase_ends,
            "meter_changes": [(int(onset * ticks), *meter) for onset, *meter in changes],
            "key_changes": [(int(onset * ticks), *key) for onset, *key in keys],
            "metadata": asdict(melody.metadata),
            "lyrics": melody.lyrics,
        }
    )


def from_json(text: str) -> Melody | None:
    """The melody that `to_json` wrote, or None if the text holds none."""
    try:
        fields = json.loads(text)
        ticks = fields["ticks"]
        metadata = fields["metadata"]
        tempo, comments = metadata.pop("tempo"), metadata.pop("comments")
        return Melody(
            tuple(Note(pitch, Fraction(time, ticks)) for pitch, time in fields["notes"]),
            Key(*fields["key"]),
            fields["meter"] and Meter(*fields["meter"]),
            Fraction(fields["pickup"], ticks),
            tuple(fields["phrase_ends"]),
            tuple(
                MeterChange(Fraction(onset, ticks), Meter(beats, unit))
                for onset, beats, unit in fields["meter_changes"]
            ),
            Metadata(
                **{name: str(value) for name, value in metadata.items()},
                comments=tuple(map(str, comments)),
                tempo=tempo and int(tempo),
            ),
            fields.get("lyrics", ()),
            tuple(
                KeyChange(Fraction(onset, ticks), Key(tonic, mode))
                for onset, tonic, mode in fields.get("key_changes", ())
            ),
        )
    except (
        SolfaError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
    ):
        return None
