"""Provenance: the record in a file of how its tune was made, so that it can be replayed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from solfa.errors import ReadError
from solfa.melody import RECORD, Key, KeyChange, Melody, Meter, MeterChange

_NAME = re.compile(r"[\w.+!-]{1,64}")
"""What names of a version, a model or a hash may be: they come from a file, and are displayed."""


@dataclass(frozen=True)
class Provenance:
    """The tune ``index`` of those that ``request`` asked of a model.

    ``request`` is plain data: `Request.to_json`, or, where ``latent`` names a function of
    `solfa.composing.latent`, its arguments. ``solfa`` is the version that composed, ``hash`` that
    of the weights, ``digest`` that of the tune as it was composed (`digest`), by which an edited
    file is recognised.
    """

    solfa: str
    model: str
    hash: str
    index: int
    digest: str
    request: dict[str, Any]
    latent: str = ""

    def comment(self) -> str:
        """The record as one line of JSON."""
        return json.dumps({name: value for name, value in vars(self).items() if value != ""})

    @classmethod
    def of(cls, melody: Melody, source: str) -> Provenance:
        """The record among the melody's comments; `ReadError` if there is none, or a broken one."""
        text = next((c for c in melody.metadata.comments if c.startswith(RECORD)), None)
        if text is None:
            raise ReadError(
                "carries no request: solfa did not compose it, or another program dropped it",
                source,
            )
        try:
            record = cls(**json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise ReadError("its request is broken, or of a newer solfa", source) from error
        named = (record.solfa, record.model, record.hash, record.digest)
        if not (
            all(isinstance(name, str) and _NAME.fullmatch(name) for name in named)
            and isinstance(record.request, dict)
            and isinstance(record.index, int)
            and isinstance(record.latent, str)
        ):
            raise ReadError("its request is broken, or of a newer solfa", source)
        return record


class Fingerprint(NamedTuple):
    """The parts of a melody that every format with a provenance keeps; rests are left implicit.

    ``sounds`` are (onset, pitch, duration), ``phrase_ends`` times; all in quarters.
    """

    key: Key
    meter: Meter | None
    pickup: Fraction
    meter_changes: tuple[MeterChange, ...]
    duration: Fraction
    sounds: tuple[tuple[Fraction, int, Fraction], ...]
    phrase_ends: tuple[Fraction, ...]
    key_changes: tuple[KeyChange, ...]


def fingerprint(melody: Melody) -> Fingerprint:
    """The fingerprint of ``melody``."""
    notes = list(zip(melody.onsets(), melody.notes, strict=True))
    return Fingerprint(
        melody.key,
        melody.meter,
        melody.pickup,
        melody.meter_changes,
        melody.duration,
        tuple((onset, n.pitch, n.duration) for onset, n in notes if n.pitch is not None),
        tuple(notes[end][0] + notes[end][1].duration for end in melody.phrase_ends),
        melody.key_changes,
    )


def digest(melody: Melody) -> str:
    """Twelve hexadecimal digits: a hash of the melody's fingerprint."""
    parts = tuple(fingerprint(melody))
    if not melody.key_changes:
        parts = parts[:-1]  # as in files of versions that knew none
    return sha256(repr(parts).encode()).hexdigest()[:12]
