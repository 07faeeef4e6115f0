"""The prompt: read from a melody, a file or text; key and metre are found where not given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from solfa.analysis.keys import find_key
from solfa.composing.request.request import MOST_COMPOSED
from solfa.errors import SolfaError, shown
from solfa.formats import read
from solfa.formats.abc.line import is_line, read_line
from solfa.formats.abc.reader import read as read_abc
from solfa.formats.comments import found_by_analysis
from solfa.formats.grid_text import barred, parse
from solfa.formats.read_options import ReadOptions
from solfa.formats.tonic_solfa.reader import are_notes, is_solfa
from solfa.formats.tonic_solfa.reader import read as read_solfa
from solfa.melody import Key, Melody, MelodyLike, Meter, Note, as_melody, total

Prompt: TypeAlias = "MelodyLike | str | PathLike[str]"
"""A melody or a composition, the path of a file, or text: symbols (``"67 _ 67 _ r"``), sol-fa,
degrees, letters, or ABC, a bare line of it too."""

_LONGEST = 200_000
"""Letters of a prompt: twenty for each sixteenth of the longest tune."""

_FEWEST = Meter(4, 4)
"""The metre of notes that do not fill a bar of it, from which none can be found."""


def complete(
    tune: Melody,
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = False,
) -> Melody:
    """The tune with key, mode and metre: its own, else those given here, else found from its notes.

    What a file lacks is read from the comments of its reader (``key: ...``); a tune in free metre
    lacks a metre. What is found is added to the comments. The notes are taken for part of a tune,
    whose last bar need not be full, unless it is ``whole``. Raises `SolfaError` for a pickup that
    fills a bar.
    """
    if (key, meter, pickup) == (tune.key, tune.meter, tune.pickup):
        return tune
    missing = {text.partition(":")[0] for text in tune.metadata.found}
    if tune.meter is None:
        missing.add("metre")
    if not missing & {"key", "mode", "metre"}:
        return tune
    found: tuple[str, ...] = ()
    if "mode" in missing and key is None:
        relatives = [Key.of_signature(tune.key.signature, mode) for mode in ("major", "minor")]
        key, found = find_key(tune.notes, relatives, whole=whole), (found_by_analysis("mode"),)
    elif not missing & {"key", "mode"}:
        key = tune.key
    if "metre" not in missing:
        meter, pickup = tune.meter, tune.pickup
    bare = _begun(tune.notes, key, meter, pickup, whole=whole)
    replaced = [text for text in tune.metadata.found if not text.startswith("notes: ")]
    others = [text for text in tune.metadata.comments if text not in replaced]
    return tune.replace(
        key=bare.key,
        meter=bare.meter,
        pickup=bare.pickup,
        meter_changes=() if "metre" in missing else tune.meter_changes,
        metadata=replace(tune.metadata, comments=(*others, *found, *bare.metadata.comments)),
    )


def read_prompt(
    prompt: Prompt,
    key: Key | None = None,
    meter: Meter | None = None,
    pickup: Fraction | None = None,
    *,
    whole: bool = False,
) -> Melody:
    """The melody of a prompt; ``key``, ``meter`` and ``pickup`` are used where it has none.

    Sol-fa (``"do re mi"``) and degrees (``"5 6 7 1'"``, none above 7) are read in the ``key``, or
    in C. A text is the first of these that it can be: ABC that begins with a field, sol-fa or
    degrees, letters, a bare line of ABC, symbols, the name of a file. Without bar lines it begins
    on the downbeat. ``whole`` and the rest are as for `complete`. Raises `SolfaError` for what
    cannot be read and for more than `MOST_COMPOSED` quarters.
    """
    completed = partial(complete, key=key, meter=meter, pickup=pickup, whole=whole)
    if not isinstance(prompt, str | PathLike):
        if not isinstance(getattr(prompt, "melody", prompt), Melody):
            raise SolfaError(
                f"{shown(prompt)} is no melody; give a file, symbols like '67 _ r', or a Melody"
            )
        return completed(_bounded(as_melody(prompt)))
    if isinstance(prompt, str) and len(prompt) > _LONGEST:
        raise SolfaError(f"it has more than {_LONGEST} letters; give the file of one tune")
    if isinstance(prompt, str) and (written := _written(prompt, key, meter)):
        return completed(_bounded(written))
    if isinstance(prompt, str) and not _is_path(prompt):
        bare = Melody(tuple(parse(prompt)))
    else:
        path = _file(prompt)
        bare = read(path, key=key)
        if path.suffix.lower() != ".txt":
            return completed(_bounded(bare))
    return _begun(_bounded(bare).notes, key, meter, pickup, whole=whole)


def with_comment(prompt: Melody, comment: str) -> Melody:
    """The prompt with a ``comment`` on what was found of it."""
    known = prompt.metadata
    return prompt.replace(metadata=replace(known, comments=(*known.comments, comment)))


def is_written(prompt: str) -> bool:
    """Whether a text is ABC, sol-fa, degrees or letters, not symbols or the name of a file."""
    return _is_abc(prompt) or _is_line(prompt) or is_solfa(prompt)


def _written(prompt: str, key: Key | None, meter: Meter | None) -> Melody | None:
    """The melody of a text that `is_written`; None for another."""
    if not is_written(prompt):
        return None
    if not _is_abc(prompt) and _is_line(prompt):
        return read_line(prompt, key, meter)
    reader = read_abc if _is_abc(prompt) else read_solfa
    (tune, *others) = reader(prompt.encode(errors="replace"), "prompt", ReadOptions(key=key))
    if others:
        raise SolfaError(f"it holds {1 + len(others)} tunes; give one")
    if isinstance(tune, SolfaError):
        raise tune
    return tune


def _is_abc(prompt: str) -> bool:
    """Whether a text is a tune in ABC, which begins with a field."""
    return re.match(r"\s*(?:%abc|[H-Z]:)", prompt) is not None


def _is_line(prompt: str) -> bool:
    return is_line(prompt) and not are_notes(prompt)


def _begun(
    notes: Sequence[Note],
    key: Key | None,
    meter: Meter | None,
    pickup: Fraction | None,
    *,
    whole: bool,
) -> Melody:
    """Notes without bar lines as a prompt: they begin on the downbeat if no pickup is given.

    Fewer than fill a bar of 4/4 are in that metre, if none is given. Of a ``whole`` tune the
    pickup is found.
    """
    if whole:
        return barred(notes, key, meter, pickup, whole=True)
    short = meter is None and total([note.duration for note in notes]) < _FEWEST.bar
    tune = barred(notes, key, _FEWEST if short else meter, pickup or Fraction(0), whole=False)
    return with_comment(tune, f"metre: {_FEWEST}, as the notes are few") if short else tune


def _bounded(tune: Melody) -> Melody:
    if tune.duration > MOST_COMPOSED:
        raise SolfaError(f"it lasts more than {MOST_COMPOSED} quarters; cut it")
    return tune


def _is_path(prompt: str) -> bool:
    """Whether a prompt is meant as a file: it names one, or looks like no symbols."""
    if re.fullmatch(r"[\s\d_r]*", prompt):
        return False
    return len(prompt.split()) == 1 or bool(re.search(r"\.[a-z]\w*\s*$", prompt)) or _there(prompt)


def _there(path: str | PathLike[str]) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long, or with letters that no path has
        return False


def _file(prompt: str | PathLike[str]) -> Path:
    there, name = _there(prompt), "".join(c if c.isprintable() else "?" for c in str(prompt))
    name = name if len(name) <= 100 else f"{name[:100]}..."
    if not there or Path(prompt).is_dir():
        what = f"{name} is a folder" if there else f"there is no file {name}"
        raise SolfaError(f"{what}; give a tune's file, or notes like '67 _ r' or 'do re mi'")
    return Path(prompt)
