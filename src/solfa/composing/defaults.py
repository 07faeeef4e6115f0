"""Defaults that depend on the model; every way of composing goes through `resolve`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solfa.composing.decoding.rerank import candidates_for
from solfa.composing.request.request import Request
from solfa.composing.request.scales import semitones
from solfa.encodings.protocol import Encoding
from solfa.melody import Key, Melody
from solfa.models.protocol import Model

_MINOR = "melodic minor"


def resolve(request: Request, model: Model) -> Request:
    """The request with what it leaves open settled as ``model`` needs it.

    Asked twice, the second time changes nothing.
    """
    candidates = request.candidates
    if candidates is None:
        candidates = candidates_for(request, model)
    return replace(in_scale(request, model.encoding), candidates=candidates)


def in_scale(request: Request, encoding: Encoding) -> Request:
    """The request with a scale, if its key and the encoding want one and none is asked for."""
    if request.scale is not None:
        return request
    prompt = [request.prompt] if request.prompt else []
    return replace(request, scale=scale_of(request.key, encoding, prompt))


def scale_of(key: Key, encoding: Encoding, tunes: Iterable[Melody]) -> str | None:
    """The scale of a tune of which none is asked; None leaves every pitch free.

    In minor its scales, where the model is not given the mode: a grid says pitches only, and seven
    of eight songs that taught its models are in major; left free, they sing major thirds in F#
    minor. ``tunes`` that are given, in the same key, and go beyond them set it free.
    """
    if key.mode != "minor" or encoding.knows_mode:
        return None
    allowed = {(key.pitch_class + step) % 12 for step in semitones(_MINOR, key.mode)}
    given = {pitch % 12 for tune in tunes for pitch in tune.pitches}
    return _MINOR if given <= allowed else None
