"""Defaults: the values of a request that depend on the model; all composing calls `resolve`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solfa.choices import match
from solfa.composing.decoding.rerank import candidates_for
from solfa.composing.request.request import Request
from solfa.composing.request.scales import semitones
from solfa.encodings.protocol import Encoding
from solfa.melody import Key, Melody
from solfa.models.protocol import Model

_MINOR = "melodic minor"


def resolve(request: Request, model: Model) -> Request:
    """The request with the defaults of ``model`` for what it leaves open.

    Idempotent: resolving a resolved request changes nothing.
    """
    candidates = request.candidates
    if candidates is None:
        candidates = candidates_for(request, model)
    style = request.style and (match(request.style, model.encoding.styles) or request.style)
    return replace(in_scale(request, model.encoding), candidates=candidates, style=style)


def in_scale(request: Request, encoding: Encoding) -> Request:
    """The request with the default scale of its key and the encoding, if none is asked for."""
    if request.scale is not None:
        return request
    prompt = [request.prompt] if request.prompt else []
    return replace(request, scale=scale_of(request.key, encoding, prompt))


def scale_of(key: Key, encoding: Encoding, tunes: Iterable[Melody]) -> str | None:
    """The default scale of a tune in ``key``; None allows every pitch.

    Melodic minor in minor keys where the model is not given the mode: a grid has pitches only, and
    seven of eight training songs of its models are in major; unconstrained, they compose major
    thirds in F# minor. None if one of the given ``tunes``, in the same key, has other pitches.
    """
    if key.mode != "minor" or encoding.knows_mode:
        return None
    allowed = {(key.pitch_class + step) % 12 for step in semitones(_MINOR, key.mode)}
    given = {pitch % 12 for tune in tunes for pitch in tune.pitches}
    return _MINOR if given <= allowed else None
