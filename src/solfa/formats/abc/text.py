"""The words and marks of ABC that its reader and its writer share."""

import re
import unicodedata
from html import unescape as from_html

from solfa.melody import MODES

TEXT_FIELDS = "ABCDFGHNORSTWZ"
"""Letters of the fields that hold plain text."""

ABC_MODES = {
    "": "major",
    "maj": "major",
    "ion": "major",
    "m": "minor",
    "min": "minor",
    "aeo": "minor",
    **{mode[:3]: mode for mode in MODES},
}
"""Modes by their short names in ``K:``."""

ALTER = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
"""Semitones by which the accidentals alter a step."""

GOES_ON = "!goes-on!"
"""Our decoration of a rest that continues the rest before it."""

_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308"}


def unescape(text: str) -> str:
    r"""The text that ABC writes with ``\u00fc``, ``\"u``, ``&uuml;``, ``\%``."""

    def character(match: re.Match[str]) -> str:
        code, accent, letter, plain = match.groups()
        if code:
            return chr(int(code, 16))
        return plain or unicodedata.normalize("NFC", letter + _ACCENTS[accent])

    text = re.sub(r"(?<!\\)&[A-Za-z]+;", lambda match: from_html(match[0]), text)
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|([`'^~\"])([A-Za-z])|([\\%&]))", character, text)


def escape(text: str) -> str:
    """The reverse of `unescape`: what ABC would take for a mark, a line end or a margin."""

    def code(match: re.Match[str]) -> str:
        return f"\\u{ord(match[0]):04x}"

    text = re.sub(r"[\\%&]", r"\\\g<0>", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|^\s|\s$", code, text)
