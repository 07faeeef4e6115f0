"""The XML of a score, read in one pass: its header, and the measures of each part.

Each element of a measure goes to the `PartReader` of its part and is forgotten, so that a score
costs memory for its notes alone. Partwise and timewise scores are read alike.
"""

import codecs
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.parsers import expat

from solfa.errors import ReadError
from solfa.formats.limits import LONGEST_LINE
from solfa.formats.musicxml.part_reader import Part, PartReader

MOST_ELEMENTS = 10_000
"""Elements within one note or another child of a measure, and fields of the header."""

MOST_NESTED = 100
"""Elements within each other."""

MOST_WRITTEN = 500_000
"""Measures and what stands in them, in all parts."""

_ROOTS = {"score-partwise": "part", "score-timewise": "measure"}
_HEADER = {"work", "movement-title", "identification", "part-list", "credit"}
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_TEXT_ENCODINGS = re.compile(
    r"ascii|utf-(8|16|32)(-[lb]e)?|iso8859-\d+|koi8-[rtu]|mac-\w+|cp\d+|gb\w+|big5\w*|"
    r"shift_jis\w*|euc_\w+"
)


@dataclass
class Document:
    """A score: the elements of its header, and its parts by their ids."""

    header: list[ET.Element] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)


def read_document(data: bytes) -> Document:
    """The score of a MusicXML file; `ReadError` with the line where it is none."""
    if not data.strip():
        raise ReadError("is empty; give a file with a tune")
    text, skipped = _decoded(data)
    reading = _Reading(skipped)
    try:
        reading.parser.Parse(text, True)
    except expat.ExpatError as error:
        line = error.lineno + skipped
        raise ReadError("is no well-formed XML; export it again", line=line) from error
    except ReadError as error:
        raise ReadError.of(error, "", reading.line) from error
    return reading.document


def tree(data: bytes) -> ET.Element:
    """The whole of a small XML file, such as an archive's container. Raises `ReadError`."""
    capture = _Capture()
    parser = _parser()
    parser.StartElementHandler = capture.start
    parser.EndElementHandler = capture.end
    parser.CharacterDataHandler = capture.text
    try:
        parser.Parse(_decoded(data)[0], True)
    except expat.ExpatError as error:
        raise ReadError("is no well-formed XML; export it again", line=error.lineno) from error
    return capture.builder.close()


def _decoded(data: bytes) -> tuple[bytes, int]:
    """The text as UTF-8, and how many line ends before it were left out.

    What the bytes are decides before what they say they are. Raises `ReadError`.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif data[:4].count(0) == 2:
        name = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    else:
        declared = _ENCODING.search(data[:1000])
        name = declared[1].decode() if declared else "utf-8"
        name = "utf-8" if name.lower().startswith("utf-16") else name
    try:
        name = codecs.lookup(name).name
        if not _TEXT_ENCODINGS.fullmatch(name):
            raise LookupError(name)
        if name != "utf-8":
            data = data.decode(name).encode()
    except (LookupError, ValueError) as error:
        raise ReadError("is in an unknown character encoding; export it as UTF-8") from error
    data = data.removeprefix(codecs.BOM_UTF8)
    stripped = data.lstrip(b" \t\r\n")
    return stripped, data[: len(data) - len(stripped)].count(b"\n")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ReadError("declares XML entities; MusicXML needs none")

    parser.EntityDeclHandler = refuse
    return parser


def _check_nesting(depth: int) -> None:
    if depth > MOST_NESTED:
        raise ReadError(f"elements nested over {MOST_NESTED} deep; export it again")


class _Capture:
    """One element with all that is in it, as a tree."""

    def __init__(self) -> None:
        self.builder = ET.TreeBuilder()
        self.depth = self.elements = self.characters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        _check_nesting(self.depth)
        if self.elements > MOST_ELEMENTS:
            raise ReadError(f"more than {MOST_ELEMENTS} elements in one; export it again")
        self.builder.start(tag, attributes)

    def text(self, text: str) -> None:
        self.characters += len(text)
        if self.characters > LONGEST_LINE:
            raise ReadError(f"a text of over {LONGEST_LINE} characters; export it again")
        self.builder.data(text)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.builder.end(tag)


class _Reading:
    """The state of the pass: which elements are open, and the part that is read."""

    def __init__(self, skipped: int) -> None:
        self.document = Document()
        self.readers: dict[str, PartReader] = {}
        self.skipped = skipped  # line ends before the document
        self.path: list[tuple[str, dict[str, str], int]] = []  # root, part and measure
        self.passing = 0  # how deep in an element that is passed over
        self.capture: _Capture | None = None
        self.begun = 0  # the line of what is captured
        self.written = 0
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.skipped

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.capture:
            self.capture.start(tag, attributes)
        elif self.passing:
            self.passing += 1
            _check_nesting(self.passing)
        elif self.opens(tag):
            self.path.append((tag, attributes, self.line))
            if tag == "part":
                self.begin_part(attributes.get("id", ""))
            if len(self.path) == 3:
                self.begin_measure()
        elif len(self.path) == 3 and tag in PartReader.READS:
            self.count()
            self.begin_capture(tag, attributes)
        elif len(self.path) == 1 and tag in _HEADER:
            if len(self.document.header) == MOST_ELEMENTS:
                raise ReadError(f"more than {MOST_ELEMENTS} titles and names; export it again")
            self.begin_capture(tag, attributes)
        else:
            self.passing = 1

    def opens(self, tag: str) -> bool:
        """Whether the element is the root, a part or a measure."""
        if not self.path:
            if tag not in _ROOTS:
                raise ReadError("is no MusicXML score; export it again")
            return True
        first = _ROOTS[self.path[0][0]]
        second = "part" if first == "measure" else "measure"
        return len(self.path) < 3 and tag == (first, second)[len(self.path) - 1]

    def begin_capture(self, tag: str, attributes: dict[str, str]) -> None:
        self.capture, self.begun = _Capture(), self.line
        self.capture.start(tag, attributes)

    def begin_part(self, name: str) -> None:
        if name not in self.readers:
            self.count()
            self.readers[name] = PartReader()
            self.document.parts[name] = self.readers[name].part
        self.now = self.readers[name]

    def begin_measure(self) -> None:
        self.count()
        attributes, line = next((found, at) for tag, found, at in self.path if tag == "measure")
        self.now.begin(attributes, line)

    def count(self) -> None:
        self.written += 1
        if self.written > MOST_WRITTEN:
            raise ReadError(f"holds more than {MOST_WRITTEN} measures, notes and signs; cut it")

    def text(self, text: str) -> None:
        if self.capture:
            self.capture.text(text)

    def end(self, tag: str) -> None:
        if self.passing:
            self.passing -= 1
        elif self.capture:
            self.capture.end(tag)
            if not self.capture.depth:
                self.close()
        else:
            if len(self.path) == 3:
                self.now.end()
            self.path.pop()

    def close(self) -> None:
        assert self.capture
        element = self.capture.builder.close()
        self.capture = None
        if len(self.path) == 1:
            self.document.header.append(element)
        else:
            self.now.take(element, self.begun)
