"""Reads MIDI files.

Our text event is believed as long as it has the same notes as the file: so a file of ours reads
back as the very melody, and one edited elsewhere as what it sounds, with its metadata.

Other files: one voice is read, of several the one that `ReadOptions` names, or their top line;
drums are passed over. Ticks that no score could say, as a performance has, are refused unless a
step is given to bring them to (`quantise`). Where a program only lets go of its notes early, each
lasts until the next, or is made whole again where it is one tick that is missing. A short first
bar is a pickup. Metre is 4/4 where no sign gives one, and without a key signature the key is found
from the notes, as a comment says; silence after the last note is dropped. Lyric events are the
first verse; the others are in the text event.
"""

from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from math import ceil
from typing import Any

import mido

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import Barring, DrawnBar, barring
from solfa.formats.midi import BEGINS, TEMPO
from solfa.formats.midi.quantise import quantised
from solfa.formats.midi.text_event import MARK, from_json
from solfa.formats.midi.tracks import one_voice, plain, timed, words
from solfa.formats.notation import written_value
from solfa.formats.read_options import ReadOptions
from solfa.formats.voices import Event
from solfa.melody import Key, Melody, Metadata, Meter, Note

_PERFORMED = (
    "times are as performed, not as notated; give a step to bring them to, such as step='1/4'"
    " for sixteenths (--step 1/4)"
)
_TICK = Fraction(1, 480)  # a quarter's, in most programs
_FINEST = 32  # parts of a quarter: a 128th note; performances have finer times
_GRID = Fraction(1, 48)  # holds 64th notes and triplets of them


def _sounds(melody: Melody) -> list[Event]:
    return [
        Event(onset, onset + note.duration, note.pitch)
        for note, onset in zip(melody.notes, melody.onsets(), strict=True)
        if note.pitch is not None
    ]


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The one tune of the file, or why it is refused."""
    try:
        return [_read(data, options)]
    except SolfaError as error:
        return [ReadError.of(error, source)]


def _read(data: bytes, options: ReadOptions) -> Melody:
    try:
        file = mido.MidiFile(file=BytesIO(data))
    except Exception as error:  # mido raises whatever strange bytes lead it to
        raise ReadError("is no whole MIDI file; export it again") from error
    if file.ticks_per_beat <= 0 or file.type == 2:
        raise ReadError("counts frames, or several pieces; export it in beats")
    tracks = [list(timed(track, file.ticks_per_beat)) for track in file.tracks]
    marks = [at for track in tracks for at, m in track if m.type == "marker" and m.text == BEGINS]
    begins = min(marks, default=Fraction(0))
    tracks = [[(max(at - begins, Fraction(0)), m) for at, m in track] for track in tracks]
    metas = sorted(
        ((at, message) for track in tracks for at, message in track if message.is_meta),
        key=lambda event: event[0],
    )
    tempos = [round(6e7 / m.tempo) for _, m in metas if m.type == "set_tempo" and m.tempo]
    tempo = tempos[0] if tempos else None
    sounds = one_voice(tracks, options)
    if sounds[-1].end > 16384:
        raise ReadError("longer than 16384 quarters")

    known = Metadata(tempo=tempo)
    for _, message in metas:
        if message.type == "text" and message.text.startswith(MARK):
            own = from_json(message.text.removeprefix(MARK))
            if own:
                kept = own.metadata.tempo
                known = replace(own.metadata, tempo=kept if tempo == (kept or TEMPO) else tempo)
                if _sounds(own) == sounds:
                    return own.replace(metadata=known)

    verse = _verse(words(tracks), sounds)
    if options.step is None:
        sounds = _held(_whole(_punctual(sounds)))
    else:
        sounds = quantised(
            sounds,
            options.step,
            triplets=options.triplets,
            swing=options.swing,
            beat=_barring(metas, sounds[-1].end).pickup if options.swing else Fraction(0),
        )
    notes, verse = _notes(sounds, verse)
    if options.step is None and any(note.duration.denominator > _FINEST for note in notes):
        raise ReadError(_PERFORMED)
    titles = [plain(m.name) for _, m in metas if m.type == "track_name" and m.name.strip()]
    keys = [m.key for _, m in metas if m.type == "key_signature"]
    comments = list(known.comments) if keys else [*known.comments, "key: found by analysis"]
    if not any(at == 0 and m.type == "time_signature" for at, m in metas):
        comments.append("metre: taken as 4/4")
    return Melody(
        notes,
        _key(keys[0]) if keys else find_key(notes),
        **_barring(metas, sounds[-1].end)._asdict(),
        metadata=replace(known, title=titles[0] if titles else "", comments=tuple(comments)),
        lyrics=(tuple(verse),),
    )


def _verse(sung: list[tuple[Fraction, str]], sounds: list[Event]) -> list[str]:
    """Each note's syllable: what is sung nearest to its onset."""
    onsets = [sound.onset for sound in sounds]
    verse = [""] * len(sounds)
    for at, syllable in sung:
        place = bisect_left(onsets, at)
        near = [i for i in (place - 1, place) if 0 <= i < len(onsets)]
        note = min(near, key=lambda i: abs(onsets[i] - at))
        verse[note] = f"{verse[note]} {syllable}".strip()
    return verse


def _punctual(sounds: list[Event]) -> list[Event]:
    """The notes as notated, where a program begins the first and all others a tick late.

    abc2midi does in songs with words.
    """
    late = sounds[0].onset
    if late > _TICK or any((s.onset - late) % _GRID for s in sounds):
        return sounds
    return [Event(onset - late, end - late, pitch) for onset, end, pitch in sounds]


def _whole(sounds: list[Event]) -> list[Event]:
    """The notes as notated, where a program ends them one tick early, also before rests.

    MuseScore does, that a note of the same pitch may follow.
    """
    follow = [*(sound.onset for sound in sounds[1:]), Fraction(16384)]

    def missing(end: Fraction, following: Fraction) -> Fraction:
        short = -end % _GRID
        return short if short <= _TICK and end + short <= following else Fraction(0)

    return [
        sound._replace(end=sound.end + missing(sound.end, following))
        for sound, following in zip(sounds, follow, strict=True)
    ]


def _held(sounds: list[Event]) -> list[Event]:
    """The notes as notated, where a program let go of them early (by less than a sixteenth).

    Such a gap is too short for a rest, or puts the end alone off the grid. The last note is held
    to the next sixteenth, or third of a quarter where other notes begin on thirds.
    """

    def parts(sound: Event, following: Fraction) -> bool:
        gap = following - sound.end
        off = not (sound.onset % _GRID or following % _GRID) and sound.end % _GRID
        return gap < Fraction(1, 8) or bool(off and gap < Fraction(1, 4))

    held = [
        sound._replace(end=after.onset) if parts(sound, after.onset) else sound
        for sound, after in pairwise(sounds)
    ]
    last = sounds[-1]
    early = held != sounds[:-1]
    if early and any(s.end % _GRID and not s.onset % _GRID for s in held):
        raise ReadError(_PERFORMED)
    length = last.end - last.onset
    odd = length % _GRID and not (last.onset % _GRID or written_value(length))
    if odd or (early and last.end % Fraction(1, 8) and last.end % Fraction(1, 6)):
        thirds = any(sound.onset.denominator == 3 for sound in sounds)
        steps = [Fraction(1, 4), Fraction(1, 3)] if thirds else [Fraction(1, 4)]
        last = last._replace(end=min(ceil(last.end / step) * step for step in steps))
    return [*held, last]


def _notes(sounds: list[Event], verse: list[str]) -> tuple[tuple[Note, ...], list[str]]:
    """The notes with the rests between them, and the syllables of both."""
    notes: list[Note] = []
    syllables: list[str] = []
    now = Fraction(0)
    for (onset, end, pitch), syllable in zip(sounds, verse, strict=True):
        if onset > now:
            notes.append(Note(None, onset - now))
            syllables.append("")
        notes.append(Note(pitch, end - onset))
        syllables.append(syllable)
        now = end
    return tuple(notes), syllables


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
