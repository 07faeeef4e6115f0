"""The notes and words in the tracks of a MIDI file, and the choice of one voice among them.

A key struck again before it is let go ends its own note, and what never ends lasts as long as its
track. Pedals and controllers are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import mido

from solfa.errors import ReadError
from solfa.formats.read_options import ReadOptions, counted
from solfa.formats.voices import Event, skyline, voice

DRUMS = 10
"""The channel of the drums, from 1."""

Messages: TypeAlias = list[tuple[Fraction, Any]]
"""The messages of a track with their times in quarters from the start."""


def timed(track: mido.MidiTrack, ticks: int) -> Iterator[tuple[Fraction, Any]]:
    """The messages with their times; ``ticks`` are those of a quarter."""
    now = 0
    for message in track:
        now += message.time
        yield Fraction(now, ticks), message


def one_voice(tracks: Sequence[Messages], options: ReadOptions) -> list[Event]:
    """The notes of the voice that is asked for, or of the only one; drums are passed over.

    Raises `ReadError` where there is none, and where there are more: it names them all.
    """
    parts = _parts(tracks)
    names = {number: _name(track) for number, track in enumerate(tracks, 1)}
    if not parts:
        raise ReadError("no notes; give a file with a tune")
    asked = parts
    if options.track is not None:
        asked = {key: v for key, v in asked.items() if options.track in (key[0], names[key[0]])}
        if not asked:
            raise ReadError(
                f"no track {options.track!r} with notes; there are {_tracks(parts, names)}"
            )
    if options.voice is not None:
        among = asked
        asked = {key: v for key, v in asked.items() if key[1] == options.voice}
        if not asked:
            raise ReadError(f"no channel {options.voice} with notes; there are {_channels(among)}")
    pitched = {key: v for key, v in asked.items() if key[1] != DRUMS}
    if not pitched:
        raise ReadError("drums have no melody")
    if options.top:
        together = options.step / 2 if options.step else Fraction(0)
        return skyline((event for events in pitched.values() for event in events), together)
    if len({track for track, _ in pitched}) > 1:
        listed = _tracks(pitched, names)
        raise ReadError(f"several tracks with notes: {listed}; choose one by track=N (--track N)")
    if len(pitched) > 1:
        raise ReadError(
            f"several channels with notes: {_channels(pitched)}; choose one by voice=N (--voice N)"
        )
    (events,) = pitched.values()
    return voice(events)


def _parts(tracks: Sequence[Messages]) -> dict[tuple[int, int], list[Event]]:
    """The notes by track and channel, both from 1."""
    parts: dict[tuple[int, int], list[Event]] = {}
    for number, track in enumerate(tracks, 1):
        keys: dict[tuple[int, int], list[tuple[Fraction, bool]]] = {}
        for at, m in track:
            if m.type in ("note_on", "note_off"):
                struck = m.type == "note_on" and m.velocity > 0
                keys.setdefault((m.channel + 1, m.note), []).append((at, struck))
        for (channel, pitch), moves in keys.items():
            if events := list(_events(pitch, moves, track[-1][0])):
                parts.setdefault((number, channel), []).extend(events)
    return dict(sorted(parts.items()))


def _events(pitch: int, moves: list[tuple[Fraction, bool]], stop: Fraction) -> Iterator[Event]:
    """The notes of one key that is struck (True) and let go; the track ends at ``stop``.

    Where it is let go as often as it is struck, the first struck ends first, as in legato.
    """
    legato = 2 * sum(struck for _, struck in moves) == len(moves)
    begun: list[Fraction] = []
    for at, struck in moves:
        if begun and (not struck or not legato):
            yield Event(begun.pop(0), at, pitch)
        if struck:
            begun.append(at)
    for onset in begun:
        if onset >= stop:
            raise ReadError("a note never ends")
        yield Event(onset, stop, pitch)


def _name(track: Messages) -> str:
    return next((plain(m.name).strip() for _, m in track if m.type == "track_name"), "")


def plain(raw: str) -> str:
    """Text that mido took for Latin-1, as most programs write UTF-8."""
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError:
        return raw


def _tracks(parts: dict[tuple[int, int], list[Event]], names: dict[int, str]) -> str:
    """``2 'Melody' (64 notes), 3 'Bass' (32)``."""
    counts: dict[int, int] = {}
    for (track, _), events in parts.items():
        counts[track] = counts.get(track, 0) + len(events)
    return counted([(f"{n} {names[n]!r}" if names[n] else f"{n}", c) for n, c in counts.items()])


def _channels(parts: dict[tuple[int, int], list[Event]]) -> str:
    return counted([(str(channel), len(events)) for (_, channel), events in parts.items()])


def words(tracks: Sequence[Messages]) -> list[tuple[Fraction, str]]:
    """The syllables sung and when, as `Melody.lyrics` writes them.

    They are lyric events, or the text events of a karaoke file (``@K``). A hyphen at the end
    says that the word goes on; where spaces part the words, so does their lack.
    """
    kind = "lyrics"
    texts = [m.text for track in tracks for _, m in track if m.type == "text"]
    if any(text.startswith("@K") for text in texts):
        kind = "text"
    events = [
        (at, plain(message.text))
        for track in tracks
        for at, message in track
        if message.type == kind and not message.text.startswith("@")
    ]
    lines = [i for i, (_, text) in enumerate(events) if text[:1] in ("/", "\\")]
    events = events[lines[0] :] if kind == "text" and lines else events  # no song before
    spaced = any(text != text.strip() for _, text in events)
    sung: list[tuple[Fraction, str]] = []
    after = [*(text for _, text in events[1:]), " "]
    for (at, text), following in zip(events, after, strict=False):
        syllable = " ".join(text.strip("/\\\r\n\t ").split())
        parted = text[-1:] in " \r\n" or following[:1] in " /\\\r\n"
        if syllable and spaced and not parted and not syllable.endswith("-"):
            syllable += "-"
        if syllable:
            sung.append((at, syllable))
    return sung
