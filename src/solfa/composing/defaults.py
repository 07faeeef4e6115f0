"""Defaults: the values of a request that depend on the model; all composing calls `resolve`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solfa.analysis.solmization import degree_name
from solfa.choices import match
from solfa.composing.decoding.rerank import candidates_for
from solfa.composing.request.kept import notes_in_key
from solfa.composing.request.prompt import with_comment
from solfa.composing.request.request import Request
from solfa.encodings.protocol import Encoding
from solfa.melody import Key, Note
from solfa.models.protocol import Model

_LEADING_NOTE = 11  # semitones above the tonic


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
    """The request with the default scale of its key and the encoding, if none is asked for.

    What the prompt has outside its key is said in a comment of the prompt.
    """
    if request.scale is not None:
        return request
    key, prompt = request.key, request.prompt
    given = notes_in_key(prompt, key) if prompt else ()
    outside = sorted(
        {n.pitch for n in given if n.pitch is not None and n.pitch % 12 not in key.scale}
    )
    if prompt and outside:
        names = ", ".join(str(key.spell(pitch)) for pitch in outside)
        prompt = with_comment(prompt, f"scale: {names} outside {key}'s")
    return replace(request, prompt=prompt, scale=scale_of(key, encoding, given))


def scale_of(key: Key, encoding: Encoding, given: Iterable[Note]) -> str:
    """The default scale of a tune in ``key``: the key's own, with the pitches of ``given`` notes.

    So a tune is heard in the key that was asked for: unconstrained, models that are not given the
    mode compose major thirds in minor, and all of them leave modes that few training tunes have.
    In minor the leading note is allowed too where the model is given the mode; others, seven of
    eight of whose training songs are in major, take it for a note of the parallel major.
    """
    allowed = set(key.scale) | {n.pitch % 12 for n in given if n.pitch is not None}
    if key.mode == "minor" and encoding.knows_mode:
        allowed.add((key.pitch_class + _LEADING_NOTE) % 12)
    if allowed == key.scale:
        return "key"
    rising = sorted(allowed, key=lambda pitch: (pitch - key.pitch_class) % 12)
    return " ".join(degree_name(pitch, key) for pitch in rising)
