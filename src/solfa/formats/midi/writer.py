"""Writes a melody as one MIDI track; its bar lines show a pickup as a short first bar."""

from fractions import Fraction
from io import BytesIO
from math import ceil, lcm
from typing import Any

import mido

from solfa.errors import SolfaError
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.midi import BEGINS, TEMPO
from solfa.formats.midi.text_event import MARK, to_json
from solfa.formats.midi.tracks import DRUMS
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Meter

_TICKS = 480  # a quarter
_VELOCITY = 80
_DOWN, _UP = 76, 77  # wood blocks, high for the first beat of a bar


def write(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as one track; `SolfaError` if MIDI has no ticks fine enough.

    With a count-in the beats of a bar are ticked on the drums before the tune, and before a pickup
    those of its bar too.
    """
    ticks = lcm(_TICKS, *(note.duration.denominator for note in melody.notes))
    if ticks > 32767:
        raise SolfaError(f"MIDI cannot divide a quarter into {ticks} ticks; quantise")
    title, tempo = melody.metadata.title, melody.metadata.tempo or TEMPO
    if not 4 <= tempo <= 1000:
        raise SolfaError(f"tempo {tempo} is outside 4..1000 quarters a minute")
    events = [
        (Fraction(0), mido.MetaMessage("track_name", name=title)),
        (Fraction(0), mido.MetaMessage("text", text=MARK + to_json(melody))),
        (Fraction(0), mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))),
    ]
    begins = Fraction(0)
    if options.count_in:
        begins, counted = _count_in(melody)
        events += [*counted, (begins, mido.MetaMessage("marker", text=BEGINS))]
    if program := INSTRUMENTS[options.instrument].program:
        events.append((Fraction(0), mido.Message("program_change", program=program)))
    shown = _shown_meters(melody)
    events += [(begins + onset, _time_signature(meter)) for onset, meter in shown]
    events += [
        (begins + onset if onset else onset, mido.MetaMessage("key_signature", key=_key_name(key)))
        for onset, key in [(Fraction(0), melody.key), *melody.key_changes]
    ]
    verse = melody.lyrics[0] if melody.lyrics else ("",) * len(melody.notes)
    onsets = (begins + onset for onset in melody.onsets())
    for note, onset, syllable in zip(melody.notes, onsets, verse, strict=True):
        if syllable not in ("", "_"):
            sung = syllable if syllable.endswith("-") else f"{syllable} "
            events.append((onset, mido.MetaMessage("lyrics", text=sung)))
        if note.pitch is not None:
            tone = {"note": note.pitch, "velocity": _VELOCITY}
            events.append((onset, mido.Message("note_on", **tone)))
            events.append((onset + note.duration, mido.Message("note_off", **tone)))
    events.append((begins + melody.duration, mido.MetaMessage("end_of_track")))
    track, now = mido.MidiTrack(), Fraction(0)
    for onset, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=int((onset - now) * ticks)))
        now = onset
    file = mido.MidiFile(type=0, ticks_per_beat=ticks, charset="utf-8", tracks=[track])
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _count_in(melody: Melody) -> tuple[Fraction, list[tuple[Fraction, Any]]]:
    """Where the tune begins, and what sounds and is drawn before: the beats of a bar or two."""
    meter = melody.meter or Meter(4, 4)
    bars = [meter.bar, *([meter.bar - melody.pickup] if melody.pickup else [])]
    events: list[tuple[Fraction, Any]] = []
    begins = Fraction(0)
    for length in bars:
        if melody.meter and (drawn := Meter.of(length)):
            events.append((begins, _time_signature(meter if length == meter.bar else drawn)))
        for beat in range(ceil(length / meter.beat)):
            block = {"channel": DRUMS - 1, "note": _UP if beat else _DOWN}
            at = begins + beat * meter.beat
            end = at + min(meter.beat / 2, length - beat * meter.beat)
            events.append((at, mido.Message("note_on", velocity=_VELOCITY, **block)))
            events.append((end, mido.Message("note_off", **block)))
        begins += length
    return begins, events


def _key_name(key: Key) -> str:
    """The signature as MIDI names it; more than seven accidentals are respelled."""
    sharps = (key.signature + 6) % 12 - 6 if abs(key.signature) > 7 else key.signature
    minor = key.mode == "minor"
    return Key.of_signature(sharps, "minor" if minor else "major").tonic + "m" * minor


def _shown_meters(melody: Melody) -> list[tuple[Fraction, Meter]]:
    """The time signatures that put MIDI's bar lines where the melody has them."""
    if melody.meter is None:
        return []
    shown = [(melody.pickup, melody.meter), *melody.meter_changes]
    short = Meter.of(melody.pickup)
    return [(Fraction(0), short), *shown] if short else [(Fraction(0), melody.meter), *shown]


def _time_signature(meter: Meter) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit)
