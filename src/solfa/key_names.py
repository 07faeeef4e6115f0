"""Modes, and names of keys as people write them: ``Am``, ``A flat``, ``fis-Moll``, ``la mineur``.

A hyphen parts words (``a-minor``); at the end of the tonic's name it is kern's flat (``A-``, ``B-
minor``). A tonic alone says nothing of the mode, in upper case or lower. German names end on -is
and -es; B and H are German only beside Dur and Moll, where B is B flat. Names of Romance languages
(do, re ... si) need a mode beside them.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from solfa.choices import choose
from solfa.errors import SolfaError, shown

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""Each mode's scale, in semitones above its tonic."""

_MODES_BY_NAME = {
    **{mode: mode for mode in MODES},
    "m": "minor",
    **dict.fromkeys(("aeolian", "natural minor"), "minor"),
    **dict.fromkeys(("moll", "mineur", "minore", "menor"), "minor"),
    "ionian": "major",
    **dict.fromkeys(("dur", "majeur", "maggiore", "mayor", "maior"), "major"),
}
"""The modes by all their names, of which three letters are enough."""

_ROMANCE = {
    "do": "C",
    "ut": "C",
    "re": "D",
    "mi": "E",
    "fa": "F",
    "sol": "G",
    "la": "A",
    "si": "B",
}
_SIGNS = {
    "": "",
    "natural": "",
    **dict.fromkeys(("#", "is", "sharp", "diese", "diesis", "sostenido", "sustenido"), "#"),
    **dict.fromkeys(("b", "-", "s", "es", "flat", "bemolle", "bemol"), "b"),
}

_NAME = re.compile(
    rf"""(?:
        (?P<romance>{"|".join(_ROMANCE)}) (?=b?(?![a-z]))
        (?:[\s-]* (?P<altered>\#|b(?![a-z])|diese|diesis|sostenido|sustenido|bemolle|bemol))?
        |
        (?P<step>[a-h])
        (?: (?P<sign>[#b] | -(?=\s|$) | (?:is|es|(?<=[ae])s)(?=dur|moll|[^a-z]|$))
          | [\s-]* (?P<word>sharp|flat|natural(?![\s-]*minor)) )?
    )
    [\s-]* (?P<mode>.*)""",
    re.VERBOSE,
)
_TYPED = str.maketrans(
    {"♯": "#", "♭": "b", "♮": " natural", "_": "-"} | dict.fromkeys("‐‑–—−", "-")
)
_LONGEST = 60


def read_key(text: object) -> tuple[str, str | None]:
    """Tonic (``"F#"``, ``"Bb"``) and mode of a key's name; the mode is None where none is named.

    Raises `SolfaError` for what is no name of a key.

    >>> read_key("a-minor"), read_key("As-Dur"), read_key("B-")
    (('A', 'minor'), ('Ab', 'major'), ('Bb', None))
    """
    remedy = "write one like 'G', 'F# minor', 'D dorian'"
    if not isinstance(text, str):
        raise SolfaError(f"cannot read key {shown(text)}; {remedy}")
    name = _folded(text)
    found = _NAME.fullmatch(name.lower()) if len(text) <= _LONGEST else None
    if not found:
        raise SolfaError(f"cannot read key {shown(text)}; {remedy}")
    start = len(name) - len(found["mode"])
    word = name[start:].removesuffix(".")
    if " " in word and not name[:start].endswith((" ", "-")):  # "dorian D"
        raise SolfaError(f"cannot read key {shown(text)}; {remedy}")
    if word == "M":
        raise SolfaError(f"key {shown(text)} is major or minor; write out which")
    german = re.fullmatch("dur|moll", word.lower()) is not None
    if found["romance"] and not word:
        raise SolfaError(f"key {shown(text)} has no mode; {remedy}, or 'la minor'")
    if found["step"] == "h" and not german:
        raise SolfaError(f"cannot read key {shown(text)}; write B, or 'H-Dur' and 'H-Moll'")
    tonic, sign = _tonic(found, german=german)
    return tonic + sign, read_mode(word) if word else None


def _tonic(found: re.Match[str], *, german: bool) -> tuple[str, str]:
    """Step and sign of the tonic."""
    sign = _SIGNS[found["altered"] or found["sign"] or found["word"] or ""]
    if found["romance"]:
        return _ROMANCE[found["romance"]], sign
    if found["step"] == "h":
        return "B", sign
    if found["step"] == "b" and german and not (found["sign"] or found["word"]):
        return "B", "b"
    return found["step"].upper(), sign


def read_mode(text: object) -> str:
    """A mode by one of its names, ``Minor``, ``moll``, ``mix``; `SolfaError` for what is none."""
    word = _folded(text).lower() if isinstance(text, str) else ""
    begun = [mode for name, mode in _MODES_BY_NAME.items() if name.startswith(word)]
    found = _MODES_BY_NAME.get(word) or (begun[0] if begun and len(word) >= 3 else None)
    return found or choose("mode", text, MODES)


def _folded(text: str) -> str:
    """The text without accents, its signs and hyphens as they are on every keyboard."""
    parts = normalize("NFD", " ".join(text[:_LONGEST].split())).translate(_TYPED)
    return " ".join("".join(part for part in parts if not combining(part)).split())
