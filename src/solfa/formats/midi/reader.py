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

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

from solfa.analysis.keys import find_key
from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import Barring, DrawnBar, barring
from solfa.formats.comments import found_by_analysis
from solfa.formats.limits import check_extent
from solfa.formats.midi import BEGINS, TEMPO
from solfa.formats.midi.events import MARKER, NAME, TEXT, MetaEvent, Track, parse
from solfa.formats.midi.quantise import quantised
from solfa.formats.midi.signs import Signs
from solfa.formats.midi.text_event import MARK, from_json
from solfa.formats.midi.tracks import one_voice, words
from solfa.formats.notation import written_value
from solfa.formats.read_options import ReadOptions
from solfa.formats.voices import Event
from solfa.melody import Melody, Metadata, Meter, Note

_PERFORMED = (
    "times are as performed, not as notated; give a step to bring them to, such as step='1/4'"
    " for sixteenths (--step 1/4)"
)
_TICK = Fraction(1, 480)  # a quarter's, in most programs
_FINEST = 32  # parts of a quarter: a 128th note; performances have finer times
_GRID = Fraction(1, 48)  # holds 64th notes and triplets of them
_TUPLETS = (24, 20)  # parts of a quarter that tuplets begin at: thirds, sixths and so on; fifths


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
    file = parse(data)
    tracks = _from_the_tune_on(file.tracks)
    comments = list(file.comments)
    metas = sorted((m for track in tracks for m in track.metas), key=lambda meta: meta.at)
    sounds = one_voice(tracks, options, comments)
    check_extent(len(sounds), sounds[-1].end)
    signs = Signs.of(metas, comments)
    known = Metadata(tempo=signs.tempo)
    for own in _own(metas):
        kept = own.metadata.tempo
        same = signs.tempo == (kept or TEMPO)
        known = replace(own.metadata, tempo=kept if same else signs.tempo)
        if _sounds(own) == sounds:
            return own.replace(metadata=known)

    verse = _verse(words(tracks), sounds)
    sounds = _notated(sounds, options, Fraction(1, file.division), signs)
    notes, verse = _notes(sounds, verse)
    if options.step is None and any(note.duration.denominator > _FINEST for note in notes):
        raise ReadError(_PERFORMED)
    if not signs.keys:
        comments.append(found_by_analysis("key"))
    if Fraction(0) not in signs.meters:
        comments.append("metre: taken as 4/4")
    titles = [m.text for m in metas if m.kind == NAME and m.text.strip()]
    first, *changes = signs.keys.items() or [(Fraction(0), find_key(notes))]
    return Melody(
        notes,
        first[1],
        **_barring(signs.meters, sounds[-1].end)._asdict(),
        metadata=replace(
            known, title=titles[0] if titles else "", comments=(*known.comments, *comments)
        ),
        lyrics=(tuple(verse),),
        key_changes=changes,
    )


def _from_the_tune_on(tracks: list[Track]) -> list[Track]:
    """The tracks with times counted from the mark that ends a count-in, if there is one."""
    marks = [
        meta.at
        for track in tracks
        for meta in track.metas
        if meta.kind == MARKER and meta.text == BEGINS
    ]
    if not (begins := min(marks, default=Fraction(0))):
        return tracks
    none = Fraction(0)
    return [
        Track(
            [note._replace(at=max(note.at - begins, none)) for note in track.notes],
            [meta._replace(at=max(meta.at - begins, none)) for meta in track.metas],
            max(track.end - begins, none),
        )
        for track in tracks
    ]


def _own(metas: Iterable[MetaEvent]) -> Iterator[Melody]:
    """The melodies in text events of our own."""
    for meta in metas:
        ours = meta.kind == TEXT and meta.data.startswith(MARK.encode())
        if ours and (own := from_json(meta.text.removeprefix(MARK))):
            yield own


def _notated(
    sounds: list[Event], options: ReadOptions, tick: Fraction, signs: Signs
) -> list[Event]:
    """The notes at the times that a score would say."""
    if options.step is None:
        return _held(_whole(_punctual(_nearest(sounds, tick))))
    return quantised(
        sounds,
        options.step,
        triplets=options.triplets,
        swing=options.swing,
        beat=_barring(signs.meters, sounds[-1].end).pickup if options.swing else Fraction(0),
    )


def _nearest(sounds: list[Event], tick: Fraction) -> list[Event]:
    """The notes with times that lie within a tick of a tuplet's, which ticks cannot divide, there.

    A quarter of 1,024 ticks has its triplet eighths at 341 and 683.
    """
    fine = [parts for parts in _TUPLETS if 4 * parts * tick <= 1]

    def nearest(time: Fraction) -> Fraction:
        if not (time % Fraction(1, _FINEST) and time % _GRID):
            return time
        points = [Fraction(round(time * parts), parts) for parts in fine]
        point = min(points, key=lambda point: abs(point - time), default=time)
        return point if abs(point - time) <= tick else time

    placed = [Event(nearest(onset), nearest(end), pitch) for onset, end, pitch in sounds]
    return [new if new.end > new.onset else old for old, new in zip(sounds, placed, strict=True)]


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


def _barring(meters: dict[Fraction, Meter], end: Fraction) -> Barring:
    """The bar lines that the time signatures draw."""
    signs = {Fraction(0): Meter(4, 4)} | {at: meter for at, meter in meters.items() if at < end}
    bars: list[DrawnBar] = []
    for (onset, meter), stop in zip(signs.items(), [*list(signs)[1:], end], strict=True):
        while onset < stop:
            bars.append(DrawnBar(min(meter.bar, stop - onset), meter))
            onset += meter.bar
    # One short bar before a longer metre is how MIDI says a pickup.
    if len(bars) > 1 and (longer := bars[1].meter) and bars[0].length < longer.bar:
        bars[0] = bars[0]._replace(meter=longer)
    return barring(bars)
