"""Requests from real songs: the request that a song would answer, and parts of songs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solfa.analysis.bars import bars_of
from solfa.composing.defaults import in_scale
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.composing.validation.validate import validate
from solfa.encodings.protocol import Encoding
from solfa.errors import RequestError
from solfa.melody import Melody, Note

_LENGTHS = {"bars", "steps", "form", "phrase_bars", "prompt"}


def asked_like(song: Melody, encoding: Encoding, **asked: Any) -> Request:
    """A request in the song's key, metre, pickup and style, with what else is ``asked``.

    The tune has as many bars, unless a length is ``asked``. A style that the encoding lacks
    is left out, and defaults are those of composing with a model of this encoding. Raises
    `RequestError` for what cannot be read; whether the rest can be had is not judged.
    """
    own = {name: getattr(song, name) for name in ("key", "meter", "pickup")}
    style = song.metadata.style
    own["style"] = style if style in encoding.styles else None
    if not asked.keys() & _LENGTHS:
        own["bars"] = bars_of(song)
    return in_scale(ask(**{**own, "seed": 0, **asked}), encoding)


def request_like(song: Melody, encoding: Encoding, **asked: Any) -> Request | None:
    """The request that the song would answer; None where a model of this encoding cannot have it.

    The rest is as for `asked_like`. Songs in free or changing metre and silent ones cannot be asked
    for.
    """
    if song.meter is None or song.meter_changes or not song.pitches:
        return None
    try:
        request = asked_like(song, encoding, **asked)
        validate(request, encoding)
    except RequestError:
        return None
    return request


def notes_within(melody: Melody, begin: Fraction, end: Fraction) -> tuple[Note, ...]:
    """The notes that sound from ``begin`` to ``end`` (quarters), cut at both."""
    cut = []
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        lasts = min(onset + note.duration, end) - max(onset, begin)
        if lasts > 0:
            cut.append(Note(note.pitch, lasts))
    return tuple(cut)
