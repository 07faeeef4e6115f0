"""The notes and words in the tracks of a MIDI file, and the choice of one voice among them.

A key struck again before it is let go ends its own note, and what never ends lasts as long as its
track. Pedals and controllers are passed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from solfa.errors import ReadError
from solfa.formats.comments import passed_over
from solfa.formats.midi.events import LYRIC, TEXT, Track
from solfa.formats.read_options import ReadOptions, counted
from solfa.formats.voices import Event, skyline, voice

DRUMS = 10
"""The channel of the drums, from 1."""

Parts = dict[tuple[int, int], list[Event]]
"""Notes by track and channel, both from 1."""


def one_voice(
    tracks: Sequence[Track], options: ReadOptions, comments: list[str] | None = None
) -> list[Event]:
    """The notes of the voice that is asked for, or of the only one; drums are passed over.

    ``comments`` gets what else was passed over. Raises `ReadError` where there is none, and where
    there are more: it names them all.
    """
    comments = [] if comments is None else comments
    parts = _parts(tracks, comments)
    names = {number: track.name for number, track in enumerate(tracks, 1)}
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
    if len(pitched) < len(asked):
        comments.append(passed_over("drums"))
    if options.top:
        together = options.step / 2 if options.step else Fraction(0)
        return skyline((event for events in pitched.values() for event in events), together)
    pitched = _without_doubles(pitched, comments)
    if len({track for track, _ in pitched}) > 1:
        listed = _tracks(pitched, names)
        raise ReadError(f"several tracks with notes: {listed}; choose one by track=N (--track N)")
    if len(pitched) > 1:
        raise ReadError(
            f"several channels with notes: {_channels(pitched)}; choose one by voice=N (--voice N)"
        )
    (events,) = pitched.values()
    return voice(events)


def _without_doubles(parts: Parts, comments: list[str]) -> Parts:
    """The parts but those that play the very notes of one before."""
    kept: Parts = {}
    for key, events in parts.items():
        if events not in kept.values():
            kept[key] = events
    if len(kept) < len(parts):
        comments.append(passed_over("a part that doubles another", len(parts) - len(kept)))
    return kept


def _parts(tracks: Iterable[Track], comments: list[str]) -> Parts:
    """The notes of each part in order; of those struck twice at once the one that lasts longer."""
    parts: Parts = {}
    empty = 0
    for number, track in enumerate(tracks, 1):
        keys: dict[tuple[int, int], list[tuple[Fraction, bool]]] = {}
        for at, channel, pitch, struck in track.notes:
            keys.setdefault((channel, pitch), []).append((at, struck))
        for (channel, pitch), moves in keys.items():
            longest = {event.onset: event for event in sorted(_events(pitch, moves, track.end))}
            lasting = [event for event in longest.values() if event.end > event.onset]
            empty += len(longest) - len(lasting)
            if lasting:
                parts.setdefault((number, channel), []).extend(lasting)
    if empty:
        comments.append(passed_over("notes without length", empty))
    return {key: sorted(parts[key]) for key in sorted(parts)}


def _events(pitch: int, moves: list[tuple[Fraction, bool]], stop: Fraction) -> Iterator[Event]:
    """The notes of one key that is struck (True) and let go; the track ends at ``stop``.

    Where it is let go as often as it is struck, the first struck ends first, as in legato.
    """
    legato = 2 * sum(struck for _, struck in moves) == len(moves)
    begun: deque[Fraction] = deque()
    for at, struck in moves:
        if begun and (not struck or not legato):
            yield Event(begun.popleft(), at, pitch)
        if struck:
            begun.append(at)
    for onset in begun:
        if onset >= stop:
            raise ReadError("a note never ends; export it again")
        yield Event(onset, stop, pitch)


def _tracks(parts: Parts, names: dict[int, str]) -> str:
    """``2 'Melody' (64 notes), 3 'Bass' (32)``."""
    counts: dict[int, int] = {}
    for (track, _), events in parts.items():
        counts[track] = counts.get(track, 0) + len(events)
    return counted([(f"{n} {names[n]!r}" if names[n] else f"{n}", c) for n, c in counts.items()])


def _channels(parts: Parts) -> str:
    return counted([(str(channel), len(events)) for (_, channel), events in parts.items()])


def words(tracks: Sequence[Track]) -> list[tuple[Fraction, str]]:
    """The syllables sung and when, as `Melody.lyrics` writes them.

    They are lyric events, or the text events of a karaoke file (``@K``). A hyphen at the end
    says that the word goes on; where spaces part the words, so does their lack.
    """
    metas = [meta for track in tracks for meta in track.metas]
    karaoke = any(meta.kind == TEXT and meta.data.startswith(b"@K") for meta in metas)
    kind = TEXT if karaoke else LYRIC
    events = [
        (meta.at, meta.text)
        for meta in metas
        if meta.kind == kind and not meta.data.startswith(b"@")
    ]
    lines = [i for i, (_, text) in enumerate(events) if text[:1] in ("/", "\\")]
    events = events[lines[0] :] if karaoke and lines else events  # no song before
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
