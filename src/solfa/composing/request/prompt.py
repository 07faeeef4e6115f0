"""What the file of a prompt does not tell: taken as asked, else found from the notes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from solfa.analysis.keys import find_key
from solfa.formats.symbols import barred
from solfa.melody import Key, Melody, Meter


def complete(
    tune: Melody,
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = False,
) -> Melody:
    """The tune with a metre, and with a key and mode that are told, asked for or found.

    Readers say in comments what a file does not tell; a tune in free metre tells no metre. What is
    found is found as of part of a tune, unless it is ``whole``, and comments say so. Raises
    `SolfaError` for a pickup that fills a bar.
    """
    if (key, meter, pickup) == (tune.key, tune.meter, tune.pickup):
        return tune
    untold = {text.partition(":")[0] for text in tune.metadata.found}
    if tune.meter is None:
        untold.add("metre")
    if not untold & {"key", "mode", "metre"}:
        return tune
    found: tuple[str, ...] = ()
    if "mode" in untold and key is None:
        relatives = [Key.of_signature(tune.key.signature, mode) for mode in ("major", "minor")]
        key, found = find_key(tune.notes, relatives, whole=whole), ("mode: found by analysis",)
    elif not untold & {"key", "mode"}:
        key = tune.key
    if "metre" not in untold:
        meter, pickup = tune.meter, tune.pickup
    bare = barred(tune.notes, key, meter, pickup, whole=whole)
    anew = [text for text in tune.metadata.found if not text.startswith("notes: ")]
    others = [text for text in tune.metadata.comments if text not in anew]
    return tune.replace(
        key=bare.key,
        meter=bare.meter,
        pickup=bare.pickup,
        meter_changes=() if "metre" in untold else tune.meter_changes,
        metadata=replace(tune.metadata, comments=(*others, *found, *bare.metadata.comments)),
    )
