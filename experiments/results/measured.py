"""Keeps what was measured, so that a page of results that was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from solfa.corpora.prepare import cache_folder
from solfa.errors import SolfaError
from solfa.files import write_atomically
from solfa.melody import Melody

METHOD = 2
"""Raised whenever a figure is measured otherwise, so that older ones are not taken for it."""


def measured(key: dict[str, Any], songs: Sequence[Melody], measure: Callable[[], Any]) -> Any:
    """What ``measure`` says, as JSON holds it, from the cache if it was asked of the same before.

    The same are ``key`` (the model's hash in it), the songs and `METHOD`.
    """
    named = sha256(json.dumps([METHOD, key], sort_keys=True).encode())
    for song in songs:
        named.update(f"{song.metadata.id} {song!r}".encode())
    path = cache_folder().parent / "measured" / f"{named.hexdigest()[:24]}.json"
    with suppress(OSError, ValueError):
        return json.loads(path.read_bytes())
    found = json.loads(json.dumps(measure()))
    with suppress(SolfaError):
        write_atomically(path, json.dumps(found).encode())
    return found
