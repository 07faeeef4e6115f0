"""Standard MIDI files, exact to the tick.

MIDI says notes, key signature (as major or minor), time signatures and tempo. What it cannot
say (mode, pickup, phrase ends, rests one by one, metadata) travels in one text event,
``solfa {...}``, which is believed as long as it tells the same notes as the file: so a file of
ours reads back as the very melody, and one edited elsewhere as what it sounds, with its metadata.
The bar lines show a pickup as a short first bar, and are read back so.

Other files: one voice in one track is read; notes that overlap, several tracks or channels
with notes, and drums are refused, and so are ticks that no score could say, as a performance
has. Where a program only lets go of its notes early, each lasts until the next, or is made whole
again where it is one tick that is missing. Metre is 4/4
where none is said, and without a key signature the key is found from the notes, as a comment
says; silence after the last note is dropped.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from math import ceil, lcm
from typing import Any, NamedTuple

import mido

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import Barring, DrawnBar, barring
from solfa.formats.edition import Edition
from solfa.formats.notation import written_value
from solfa.formats.reading import Reading
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note

TEMPO = 100
"""Quarters a minute for a melody that does not say."""

_TICKS = 480  # a quarter
_VELOCITY = 80
_MARK = "solfa "
_DRUMS = 9
_PERFORMED = "times are as performed, not as notated; quantise it in the program that made it"
_FINEST = 32  # parts of a quarter: a 128th note; performances have finer times
_GRID = Fraction(1, 48)  # holds 64th notes and triplets of them


def write(melody: Melody, edition: Edition = Edition()) -> bytes:
    """The melody as one track; `SolfaError` if MIDI has no ticks fine enough."""
    ticks = lcm(_TICKS, *(note.duration.denominator for note in melody.notes))
    if ticks > 32767:
        raise SolfaError(f"MIDI cannot divide a quarter into {ticks} ticks; quantise")
    title, tempo = melody.metadata.title, melody.metadata.tempo or TEMPO
    if not 4 <= tempo <= 1000:
        raise SolfaError(f"tempo {tempo} is outside 4..1000 quarters a minute")
    events = [
        (Fraction(0), mido.MetaMessage("track_name", name=title)),
        (Fraction(0), mido.MetaMessage("text", text=_MARK + _to_json(melody))),
        (Fraction(0), mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))),
        (Fraction(0), mido.MetaMessage("key_signature", key=_key_name(melody.key))),
        *((onset, _time_signature(meter)) for onset, meter in _shown_meters(melody)),
    ]
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        if note.pitch is not None:
            tone = {"note": note.pitch, "velocity": _VELOCITY}
            events.append((onset, mido.Message("note_on", **tone)))
            events.append((onset + note.duration, mido.Message("note_off", **tone)))
    events.append((melody.duration, mido.MetaMessage("end_of_track")))
    track, now = mido.MidiTrack(), Fraction(0)
    for onset, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=int((onset - now) * ticks)))
        now = onset
    file = mido.MidiFile(type=0, ticks_per_beat=ticks, charset="utf-8", tracks=[track])
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


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


def _to_json(melody: Melody) -> str:
    """All of the melody; times are ticks, so that no reader must parse fractions."""
    changes = [(onset, meter.beats, meter.unit) for onset, meter in melody.meter_changes]
    times = [melody.pickup, *(n.duration for n in melody.notes), *(c[0] for c in changes)]
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
            "metadata": asdict(melody.metadata),
        }
    )


def _from_json(text: str) -> Melody | None:
    """The melody that `_to_json` told, or None if the text tells none."""
    try:
        told = json.loads(text)
        ticks = told["ticks"]
        metadata = told["metadata"]
        tempo, comments = metadata.pop("tempo"), metadata.pop("comments")
        return Melody(
            tuple(Note(pitch, Fraction(time, ticks)) for pitch, time in told["notes"]),
            Key(*told["key"]),
            told["meter"] and Meter(*told["meter"]),
            Fraction(told["pickup"], ticks),
            tuple(told["phrase_ends"]),
            tuple(
                MeterChange(Fraction(onset, ticks), Meter(beats, unit))
                for onset, beats, unit in told["meter_changes"]
            ),
            Metadata(
                **{name: str(value) for name, value in metadata.items()},
                comments=tuple(map(str, comments)),
                tempo=tempo and int(tempo),
            ),
        )
    except (SolfaError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


class _Sound(NamedTuple):
    """One sounding note; times in quarters from the start."""

    onset: Fraction
    pitch: int
    duration: Fraction


def _sounds(melody: Melody) -> list[_Sound]:
    return [
        _Sound(onset, note.pitch, note.duration)
        for note, onset in zip(melody.notes, melody.onsets(), strict=True)
        if note.pitch is not None
    ]


def read(data: bytes, source: str, reading: Reading = Reading()) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [_read(data)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def _read(data: bytes) -> Melody:
    try:
        file = mido.MidiFile(file=BytesIO(data))
    except Exception as error:  # mido raises whatever strange bytes lead it to
        raise ReadError("is no whole MIDI file; export it again") from error
    if file.ticks_per_beat <= 0 or file.type == 2:
        raise ReadError("counts frames, or several pieces; export it in beats")
    tracks = [list(_events(track, file.ticks_per_beat)) for track in file.tracks]
    metas = sorted(
        ((at, message) for track in tracks for at, message in track if message.is_meta),
        key=lambda event: event[0],
    )
    tempos = [round(6e7 / m.tempo) for _, m in metas if m.type == "set_tempo" and m.tempo]
    tempo = tempos[0] if tempos else None
    sounds = _sounds_of(tracks)

    known = Metadata(tempo=tempo)
    for _, message in metas:
        if message.type == "text" and message.text.startswith(_MARK):
            own = _from_json(message.text.removeprefix(_MARK))
            if own:
                kept = own.metadata.tempo
                known = replace(own.metadata, tempo=kept if tempo == (kept or TEMPO) else tempo)
                if _sounds(own) == sounds:
                    return own.replace(metadata=known)

    sounds = _held(_whole(sounds))
    notes = _notes(sounds)
    titles = [_text(m.name) for _, m in metas if m.type == "track_name" and m.name.strip()]
    keys = [m.key for _, m in metas if m.type == "key_signature"]
    comments = list(known.comments) if keys else [*known.comments, "key: found by analysis"]
    if not any(at == 0 and m.type == "time_signature" for at, m in metas):
        comments.append("metre: taken as 4/4")
    return Melody(
        notes,
        _key(keys[0]) if keys else find_key(notes),
        **_barring(metas, sounds[-1].onset + sounds[-1].duration)._asdict(),
        metadata=replace(known, title=titles[0] if titles else "", comments=tuple(comments)),
    )


def _events(track: mido.MidiTrack, ticks: int) -> Iterator[tuple[Fraction, Any]]:
    """The messages of a track with their times in quarters from the start."""
    now = 0
    for message in track:
        now += message.time
        yield Fraction(now, ticks), message


def _sounds_of(tracks: list[list[tuple[Fraction, Any]]]) -> list[_Sound]:
    """The notes of the one voice in ``tracks``; refused if there are more, or none."""
    voices: dict[tuple[int, int], list[tuple[Fraction, bool, int]]] = {}
    for number, track in enumerate(tracks):
        for at, message in track:
            if message.type in ("note_on", "note_off"):
                starts = message.type == "note_on" and message.velocity > 0
                voice = voices.setdefault((number, message.channel), [])
                voice.append((at, starts, message.note))
    if len(voices) != 1:
        raise ReadError(
            "several tracks or channels with notes"
            if voices
            else "no notes; give a file with a tune"
        )
    (((_, channel), events),) = voices.items()
    if channel == _DRUMS:
        raise ReadError("drums have no melody")
    sounds: list[_Sound] = []
    begun: tuple[Fraction, int] | None = None
    for at, starts, pitch in sorted(events, key=lambda event: event[:2]):  # ends come first
        if starts and begun:
            raise ReadError("notes overlap; keep one voice, without legato")
        if starts:
            begun = at, pitch
        elif begun and begun[1] == pitch:
            sounds.append(_Sound(begun[0], pitch, at - begun[0]))
            begun = None
    if begun:
        raise ReadError("a note never ends")
    if not sounds:
        raise ReadError("no notes; give a file with a tune")
    if sounds[-1].onset + sounds[-1].duration > 16384:
        raise ReadError("longer than 16384 quarters")
    return sounds


def _whole(sounds: list[_Sound]) -> list[_Sound]:
    """The notes as notated, where a program ends them one tick early, also before rests.

    MuseScore does, that a note of the same pitch may follow.
    """
    follow = [*(sound.onset for sound in sounds[1:]), Fraction(16384)]

    def missing(sound: _Sound, following: Fraction) -> Fraction:
        end = sound.onset + sound.duration
        short = -end % _GRID
        return short if short <= Fraction(1, _TICKS) and end + short <= following else Fraction(0)

    return [
        sound._replace(duration=sound.duration + missing(sound, following))
        for sound, following in zip(sounds, follow, strict=True)
    ]


def _held(sounds: list[_Sound]) -> list[_Sound]:
    """The notes as notated, where a program let go of them early (by less than a sixteenth).

    Such a gap is too short for a rest, or puts the end alone off the grid. The last note is held
    to the next sixteenth, or third of a quarter where other notes begin on thirds.
    """

    def parts(sound: _Sound, following: Fraction) -> bool:
        gap = following - sound.onset - sound.duration
        off = not (sound.onset % _GRID or following % _GRID) and sound.duration % _GRID
        return gap < Fraction(1, 8) or bool(off and gap < Fraction(1, 4))

    held = [
        sound._replace(duration=after.onset - sound.onset) if parts(sound, after.onset) else sound
        for sound, after in pairwise(sounds)
    ]
    last = sounds[-1]
    early = held != sounds[:-1]
    if early and any(s.duration % _GRID and not s.onset % _GRID for s in held):
        raise ReadError(_PERFORMED)
    odd = last.duration % _GRID and not (last.onset % _GRID or written_value(last.duration))
    end = last.onset + last.duration
    if odd or (early and end % Fraction(1, 8) and end % Fraction(1, 6)):
        thirds = any(sound.onset.denominator == 3 for sound in sounds)
        steps = [Fraction(1, 4), Fraction(1, 3)] if thirds else [Fraction(1, 4)]
        last = last._replace(duration=min(ceil(end / step) * step for step in steps) - last.onset)
    return [*held, last]


def _notes(sounds: list[_Sound]) -> tuple[Note, ...]:
    """The notes with the rests between them, if a score could say their times."""
    notes: list[Note] = []
    now = Fraction(0)
    for onset, pitch, duration in sounds:
        if onset > now:
            notes.append(Note(None, onset - now))
        notes.append(Note(pitch, duration))
        now = onset + duration
    if any(note.duration.denominator > _FINEST for note in notes):
        raise ReadError(_PERFORMED)
    return tuple(notes)


def _barring(metas: list[tuple[Fraction, Any]], end: Fraction) -> Barring:
    """The bar lines that the time signatures draw."""
    signs = {Fraction(0): Meter(4, 4)}
    for at, message in metas:
        if message.type == "time_signature" and at < end:
            signs[at] = Meter(message.numerator, message.denominator)
    bars: list[DrawnBar] = []
    for (onset, meter), stop in zip(signs.items(), [*list(signs)[1:], end], strict=True):
        while onset < stop:
            bars.append(DrawnBar(min(meter.bar, stop - onset), meter))
            onset += meter.bar
    # One short bar before a longer metre is how MIDI says a pickup.
    if len(bars) > 1 and (longer := bars[1].meter) and bars[0].length < longer.bar:
        bars[0] = bars[0]._replace(meter=longer)
    return barring(bars)


def _key(name: str) -> Key:
    return Key(name.removesuffix("m"), "minor" if name.endswith("m") else "major")


def _text(raw: str) -> str:
    """Text that mido took for Latin-1, as most programs write UTF-8."""
    try:
        return raw.encode("latin-1").decode()
    except UnicodeDecodeError:
        return raw
