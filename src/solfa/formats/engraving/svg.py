"""Scores as pictures: SVG engraved by verovio, PNG drawn from SVG by resvg.

Notes and signs are outlines inside the file; headings, words and bar numbers are text, in
whatever serif font is at hand. The page is as high as its tunes need.
`solfa.formats.engraving.pdf` lays the same systems on paper.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from textwrap import shorten, wrap
from typing import NamedTuple

from solfa.errors import SolfaError
from solfa.formats import notation
from solfa.formats.engraving import line_breaking
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.musicxml import writer as musicxml
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody, Metadata

SVG = "http://www.w3.org/2000/svg"
NUMBER = re.compile(r"-?[\d.]+(?:e-?\d+)?")
"""A number in an attribute of SVG."""
SERIF = ("STIXGeneral", "DejaVu Sans")
"""The fonts of PNG and PDF, which come with matplotlib: as wide as verovio takes text to be."""
WIDTH, MARGIN = 840, 20
"""Of the picture, in pixels: about six bars of 6/8."""

_FONT = "'Times New Roman', Times, STIXGeneral, serif"
_TITLE_SIZE, _SMALL_SIZE = 22, 15  # pixels
_BETWEEN = 24  # pixels between tunes
_ENGRAVING = {
    "scale": 40,
    "pageWidth": 2100,
    "pageHeight": 60000,
    "adjustPageHeight": True,
    "breaks": "encoded",
    "minLastJustification": 0.5,
    "header": "none",
    "footer": "none",
    "smuflTextFont": "none",
    "xmlIdSeed": 1,  # the same tune is the same file
}
_SIGNS = dict(
    zip("\uea63\uea64\uea65\uea66\uea67", ("♭♭", "♭", "♮", "♯", "♯♯"), strict=True)
)  # SMuFL


class Text(NamedTuple):
    """A line of a heading: its base line's place and size in pixels, and its anchor as in SVG."""

    text: str
    x: float
    y: float
    size: float
    anchor: str


def write_svg(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score as one SVG picture; `SolfaError` if a duration cannot be written in a score."""
    return write_svg_of([melody], options)


def write_svg_of(melodies: Sequence[Melody], options: WriteOptions = WriteOptions()) -> bytes:
    """Scores one under the other as one SVG picture; errors as for `write_svg`."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    picture = ET.Element(f"{{{SVG}}}svg", {"width": str(WIDTH)})
    y = 0
    for melody in melodies:
        y += _BETWEEN if y else 0
        texts, height = heading(melody, options)
        for text in texts:
            _write_text(picture, text, y)
        y += height
        for page in engrave(melody, options):
            page.set("y", str(y))
            picture.append(page)
            y += int(page.get("height", "").removesuffix("px"))
    picture.set("height", str(y))
    picture.set("viewBox", f"0 0 {WIDTH} {y}")
    data: bytes = ET.tostring(picture, encoding="UTF-8", xml_declaration=True)
    return data


def engrave(melody: Melody, options: WriteOptions) -> list[ET.Element]:
    """Each page of music as verovio draws it, without its heading; errors as for `write_svg`."""
    bare = melody.replace(metadata=Metadata())  # the heading says title and tempo
    pages = [ET.fromstring(page) for page in _engrave(bare, melody.lyrics, options)]
    for page in pages:
        for parent in list(page.iter()):
            for tip in parent.findall(f"{{{SVG}}}title"):
                parent.remove(tip)
        for span in page.iter(f"{{{SVG}}}tspan"):  # chord symbols in a font that few have
            if span.get("font-family") and span.text in _SIGNS:
                del span.attrib["font-family"]
                span.set("font-size", "405px")
                span.text = _SIGNS[span.text]
    return pages


@lru_cache(maxsize=4)  # a picture is often wanted as SVG, as PNG and as PDF
def _engrave(
    melody: Melody, lyrics: tuple[tuple[str, ...], ...], options: WriteOptions
) -> tuple[str, ...]:
    """The ``lyrics`` are the melody's, given separately since equal melodies may have others."""
    import verovio

    paper = notation.on_paper(melody)
    tree = musicxml.score(paper, options)
    tree.find("part-list/score-part/part-name").set("print-object", "no")  # type: ignore[union-attr]
    verovio.enableLog(verovio.LOG_OFF)
    # verovio gives the place of its fonts to the thread that imports it, and to no other
    verovio.setDefaultResourcePath(str(files("verovio") / "data"))
    (strip,) = _drawn(tree, {**_ENGRAVING, "breaks": "none"})
    measures = tree.findall("part/measure")
    for first in line_breaking.firsts(ET.fromstring(strip), paper, 25 * (WIDTH - 2 * MARGIN)):
        measures[first].insert(0, ET.Element("print", {"new-system": "yes"}))
    return tuple(_drawn(tree, _ENGRAVING))


def _drawn(tree: ET.Element, options: dict[str, object]) -> list[str]:
    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions(options)
    toolkit.setInputFrom("xml")
    if not toolkit.loadData(ET.tostring(tree, encoding="unicode")):
        raise SolfaError("verovio cannot engrave this tune; write MusicXML instead")
    return [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]


def heading(melody: Melody, options: WriteOptions) -> tuple[list[Text], int]:
    """What stands above the music, and its height in pixels: the title in the middle, instrument
    and tempo on the left, where the tune comes from on the right.
    """
    data, y, texts = melody.metadata, 0, []
    for line in wrap(data.title, width=int(WIDTH / _TITLE_SIZE * 1.7)):
        y += _TITLE_SIZE + 8
        texts.append(Text(line, WIDTH / 2, y, _TITLE_SIZE, "middle"))
    left = [] if options.instrument == "piano" else [INSTRUMENTS[options.instrument].title]
    left += [_tempo(melody)] if data.tempo is not None else []
    right = [shorten(data.source, 60, placeholder=" …")] if data.source else []
    for at_left, at_right in zip_longest(left, right):
        y += _SMALL_SIZE + 10
        if at_left:
            texts.append(Text(at_left, MARGIN, y, _SMALL_SIZE, "start"))
        if at_right:
            texts.append(Text(at_right, WIDTH - MARGIN, y, _SMALL_SIZE, "end"))
    return texts, y


def _tempo(melody: Melody) -> str:
    """The beats of a minute where they are whole, else the quarters."""
    quarters = melody.metadata.tempo or 0
    beat = melody.meter.beat if melody.meter else Fraction(1)
    beats = quarters / beat
    if beat == Fraction(3, 2) and beats.denominator == 1:
        return f"♩. = {beats}"
    return f"♩ = {quarters}"


def _write_text(picture: ET.Element, text: Text, down: int) -> None:
    place = {"x": f"{text.x:g}", "y": f"{text.y + down:g}", "text-anchor": text.anchor}
    font = {"font-family": _FONT, "font-size": str(text.size)}
    ET.SubElement(picture, f"{{{SVG}}}text", {**place, **font}).text = text.text


def write_png(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score as a picture of 1,680 pixels' width on white; errors as for `write_svg`."""
    return write_png_of([melody], options)


def write_png_of(melodies: Sequence[Melody], options: WriteOptions = WriteOptions()) -> bytes:
    """Scores one under the other as one picture; errors as for `write_svg`."""
    return rasterise(write_svg_of(melodies, options))


def rasterise(svg: bytes) -> bytes:
    """An SVG picture as PNG on white, twice as large."""
    import resvg_py

    serif, sans = SERIF
    return resvg_py.svg_to_bytes(
        svg_string=svg.decode(),
        background="white",
        zoom=2,
        skip_system_fonts=True,  # the same picture on every machine
        font_dirs=[str(_fonts())],
        font_family=serif,
        serif_family=serif,
        sans_serif_family=sans,
    )


def _fonts() -> Path:
    """The folder of the fonts that come with matplotlib, which is not imported."""
    matplotlib = find_spec("matplotlib")
    folder = Path(matplotlib.origin or "").parent / "mpl-data/fonts/ttf" if matplotlib else None
    if not folder or not folder.is_dir():
        raise SolfaError("matplotlib's fonts are missing; pip install matplotlib")
    return folder
