"""Which of the ``**kern`` spines is read, and which words belong to it."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile

from solfa.errors import ReadError
from solfa.formats.kern.spines import Spines
from solfa.formats.kern.tokens import is_sounding
from solfa.formats.read_options import ReadOptions, counted

_WORDS = ("**text", "**silbe", "**lyrics")


def chosen(spines: Spines, options: ReadOptions) -> list[int]:
    """The spines to read: one, or those of which the top is taken. Raises `ReadError`.

    Of several it is the one that sounds, or that is asked for by its number from the left, or by
    the name that ``*I"Violin`` or ``*Iviolin`` gives it.
    """
    parts = [spine for spine, kind in enumerate(spines.kinds) if kind == "**kern"]
    if not parts:
        raise ReadError("no **kern spine; give a file with one")
    if len(parts) == 1:
        return parts
    notes = _notes(spines)
    sounding = [spine for spine in parts if notes[spine]] or parts[:1]
    asked = options.track
    if asked is None and len(sounding) > 1 and not options.top:
        asked = options.voice
    if asked is not None:
        if isinstance(asked, int):
            named = parts[asked - 1 : asked]
        else:
            named = [s for s in parts if spines.names[s].casefold() == asked.casefold()]
        if len(named) == 1:
            return named
        raise ReadError(f"no **kern spine {asked!r}; there are {_listed(spines, parts, notes)}")
    if len(sounding) > 1 and not options.top:
        raise ReadError(
            f"several **kern spines: {_listed(spines, parts, notes)}; choose one by track=N"
            " (--track N), or take the top with top=True (--top)"
        )
    return sounding


def _notes(spines: Spines) -> Counter[int]:
    """How many notes each spine has."""
    return Counter(
        spine
        for row in spines.rows
        for spine, token in row.cells
        if spines.kinds[spine] == "**kern" and is_sounding(token)
    )


def _listed(spines: Spines, parts: list[int], notes: Counter[int]) -> str:
    names = (f" {spines.names[spine]!r}" if spines.names[spine] else "" for spine in parts)
    return counted(
        [
            (f"{number}{name}", notes[spine])
            for number, (spine, name) in enumerate(zip(parts, names, strict=True), 1)
        ]
    )


def words_of(spines: Spines, part: int) -> list[int]:
    """The spines of words: those behind a part, of an only part all."""
    beside = list(enumerate(spines.kinds))
    if spines.kinds.count("**kern") > 1:
        beside = list(takewhile(lambda spine: spine[1] != "**kern", beside[part + 1 :]))
    return [spine for spine, kind in beside if kind in _WORDS]


def split_voice(spines: Spines, options: ReadOptions) -> int | None:
    """The voice that is asked for where the part is split, unless its number was the part's."""
    only = spines.kinds.count("**kern") == 1
    return options.voice if only or options.track is not None else None
