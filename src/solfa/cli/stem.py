"""The name of a tune's files: what was asked, who composed it, and which of the tunes it is."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solfa.composing.composition import Composition
    from solfa.composing.provenance import Provenance

_SPELLED_OUT = {"style", "key", "meter", "bars", "steps", "seed", "count"}
"""The wishes that the name spells out."""


def stem_of(composition: Composition) -> str:
    """``german-g-major-3-4-16-bars-melody-lstm-seed7-1``, of several ``...-seed7-1-of-4``.

    Six hexadecimal digits before the number of the tune stand for all else that was asked, and for
    weights that are not the bundled ones, where there is any.
    """
    from solfa.composing.provenance import Provenance

    record = Provenance.of(composition.melody, "the tune")
    request = composition.request
    key = str(request.key).replace("#", "-sharp").replace("b ", "-flat ")
    parts = [
        request.style or "tune",
        key,
        f"{request.meter.beats}-{request.meter.unit}",
        *_length(record.request.get("steps"), request.bars),
        composition.model,
        f"seed{request.seed}",
        *_rest(record),
        f"{composition.index + 1}" + (f" of {request.count}" if request.count > 1 else ""),
    ]
    return re.sub(r"[^\w.+]+|_", "-", "-".join(parts)).lower()


def _length(steps: int | None, bars: int | None) -> list[str]:
    """How long a tune was asked to be; nothing where that is as long as the tune that was given."""
    return [f"{count} {unit}" for count, unit in ((steps, "steps"), (bars, "bars")) if count][:1]


def _rest(record: Provenance) -> list[str]:
    """A hash of what the name does not spell out; nothing if that is as solfa proposes it."""
    from solfa.composing.request.request import Request

    plain = {"scale": "key"}  # what is proposed where a key alone is asked for
    rest = {
        name: value
        for name, value in record.request.items()
        if name not in _SPELLED_OUT and value != plain.get(name, getattr(Request, name, None))
    }
    if record.latent:
        rest["latent"] = record.latent
    if not _bundled(record.model, record.hash):
        rest["hash"] = record.hash
    text = json.dumps(rest, sort_keys=True)
    return [sha256(text.encode()).hexdigest()[:6]] if rest else []


@cache
def _bundled(model: str, weights: str) -> bool:
    """Whether these are the weights that come with solfa, or the model has none in a folder.

    Asked for every tune; the weights are read once.
    """
    from solfa.runtime import WEIGHTS
    from solfa.runtime.graph import hash_of

    folder = WEIGHTS / model
    return not folder.is_dir() or hash_of(folder) == weights
