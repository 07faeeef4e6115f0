"""The text that the bytes of a file stand for, whatever program saved it."""

import codecs
import re

from solfa.errors import ReadError
from solfa.formats.limits import LONGEST_LINE, MOST_BYTES

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins with the mark of UTF-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SAMPLE = 1024  # bytes that show whether zeros stand at every second place

_HIGH = bytes(range(0x80, 0x100))
_ESCAPED = 0xDC00  # a byte that is no UTF-8 is decoded as the surrogate this much above it


def _code_page(name: str) -> dict[int, str]:
    characters = _HIGH.decode(name, "replace").replace("\xa0", " ")
    return {_ESCAPED + byte: text for byte, text in zip(_HIGH, characters, strict=True)}


_DOS, _WINDOWS = _code_page("cp437"), _code_page("cp1252")

_UNLIKELY = re.compile(
    r"""
      [\ufffd\u0370-\u03ff\u2190-\u25ff]                     # undefined, Greek, boxes
    | (?<=[^\W\d_])[‘„“”†‡ˆ‰‹›•˜€¢£¥₧ƒªº¿¡«»](?=[^\W\d_])    # signs within a word
    | [”™](?=[^\W\d_])
    | (?<=[a-zß-ÿ])[À-ÖØ-Þ] | (?<=[^\W\d_])Æ                # capitals within a word
    | \b[à-ÿ](?=[A-Z]) | \bô                                # small before a capital
    | (?<!\w)[ûù](?!\w)
    | (?<=[aeiouäöü])á(?=[te]|\b) | (?<![aeiouäöü])ß | ß(?![te]|\b)
    """,
    re.VERBOSE,
)
"""What shows that bytes were read by the wrong code page."""


def text_of(data: bytes) -> str:
    r"""The text of a file, each of its lines ended by ``\n``.

    It is UTF-8, or UTF-16 as its byte order mark or its zeros tell. Single bytes that are neither
    are Windows-1252 or the DOS code page 437, as looks likelier; so are C1 controls, which no text
    has: DOS files taken for Latin-1 and saved as UTF-8. Raises `ReadError` for what is empty, or
    beyond the limits.

    >>> text_of("O’Neill’s café".encode("cp1252")), text_of("Grün, König".encode("cp437"))
    ('O’Neill’s café', 'Grün, König')
    """
    if len(data) > MOST_BYTES:
        raise ReadError(f"is larger than {MOST_BYTES >> 20} MiB; part it into smaller files")
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ReadError("is empty; give a file with a tune")
    if len(data) > LONGEST_LINE and max(map(len, text.split("\n"))) > LONGEST_LINE:
        raise ReadError(f"has a line of more than {LONGEST_LINE} characters; break it")
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    high, low = (data[place:_SAMPLE:2].count(0) for place in (0, 1))
    if max(high, low) > 4 * min(high, low) + min(len(data), _SAMPLE) // 4:
        return data.decode("utf-16-be" if high > low else "utf-16-le", "replace")
    return _single_bytes(data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape"))


def _single_bytes(text: str) -> str:
    """The text with bytes that are no UTF-8, which ``text`` has as surrogates, read."""
    controls = re.search("[\x80-\x9f]", text)
    if controls:
        text = re.sub("[\x80-\xff]", lambda match: chr(_ESCAPED + ord(match[0])), text)
    if not re.search("[\udc80-\udcff]", text):
        return text
    dos = controls or re.search("[\udc80-\udc9f]", text)
    pages = (_DOS, _WINDOWS) if dos else (_WINDOWS, _DOS)
    readings = (text.translate(page) for page in pages)
    return min(readings, key=lambda reading: len(_UNLIKELY.findall(reading)))
