"""Scores as pictures: SVG engraved by verovio, PNG drawn from SVG by resvg.

Notes and signs are outlines inside the file; only the title, the tempo and the bar numbers are
text, in whatever serif font is at hand. The page is as high as the tune needs.
"""

import xml.etree.ElementTree as ET
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from textwrap import wrap

from solfa.errors import SolfaError
from solfa.formats import musicxml, notation
from solfa.formats.edition import Edition
from solfa.melody import Melody, Metadata

SVG = "http://www.w3.org/2000/svg"
_FONT = "'DejaVu Serif', 'Times New Roman', serif"
_TITLE_SIZE, _TEMPO_SIZE, _MARGIN = 20, 14, 20  # pixels
_ENGRAVING = {
    "scale": 40,
    "pageWidth": 2100,  # 840 pixels at this scale: about six bars of 6/8
    "pageHeight": 60000,
    "adjustPageHeight": True,
    "header": "none",
    "footer": "none",
    "smuflTextFont": "none",
    "xmlIdSeed": 1,  # the same tune is the same file
}


def write_svg(melody: Melody, edition: Edition = Edition()) -> bytes:
    """The score as one SVG picture; `SolfaError` if a duration cannot be written in a score."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    # the heading says title and tempo
    pages = [ET.fromstring(page) for page in _engrave(melody.replace(metadata=Metadata()))]
    width = int(pages[0].get("width", "").removesuffix("px"))
    heights = [int(page.get("height", "").removesuffix("px")) for page in pages]
    picture = ET.Element(f"{{{SVG}}}svg", {"width": str(width)})
    top = _write_heading(picture, melody.metadata, width)
    bottoms = list(accumulate(heights, initial=top))
    for page, y in zip(pages, bottoms, strict=False):
        page.set("y", str(y))
        picture.append(page)
    picture.set("height", str(bottoms[-1]))
    picture.set("viewBox", f"0 0 {width} {bottoms[-1]}")
    data: bytes = ET.tostring(picture, encoding="UTF-8", xml_declaration=True)
    return data


@lru_cache(maxsize=1)  # a picture is often wanted as SVG and as PNG
def _engrave(melody: Melody) -> tuple[str, ...]:
    """Each page of music as verovio draws it, without its heading."""
    import verovio

    music = musicxml.write(notation.on_paper(melody))
    verovio.enableLog(verovio.LOG_OFF)
    # verovio tells the place of its fonts to the thread that imports it, and to no other
    verovio.setDefaultResourcePath(str(files("verovio") / "data"))
    toolkit = verovio.toolkit()
    toolkit.setOptions(_ENGRAVING)
    toolkit.setInputFrom("xml")
    if not toolkit.loadData(music.decode()):
        raise SolfaError("verovio cannot engrave this tune; write MusicXML instead")
    return tuple(toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1))


def _write_heading(picture: ET.Element, metadata: Metadata, width: int) -> int:
    """Writes title and tempo; the music begins where it returns, in pixels from the top."""
    y = 0
    for line in wrap(metadata.title, width=int(width / _TITLE_SIZE * 1.6)):
        y += _TITLE_SIZE + 8
        _write_text(picture, line, width / 2, y, _TITLE_SIZE, "middle")
    if metadata.tempo is not None:
        y += _TEMPO_SIZE + 12
        _write_text(picture, f"♩ = {metadata.tempo}", _MARGIN, y, _TEMPO_SIZE, "start")
    return y


def _write_text(picture: ET.Element, text: str, x: float, y: float, size: int, anchor: str) -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}
    font = {"font-family": _FONT, "font-size": str(size)}
    ET.SubElement(picture, f"{{{SVG}}}text", {**place, **font}).text = text


def write_png(melody: Melody, edition: Edition = Edition()) -> bytes:
    """The score as a picture of 1,680 pixels' width on white; errors as for `write_svg`."""
    return rasterise(write_svg(melody, edition))


def rasterise(svg: bytes) -> bytes:
    """An SVG picture as PNG on white, twice as large."""
    import resvg_py

    serif, sans = "DejaVu Serif", "DejaVu Sans"
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
    """The folder of the DejaVu fonts that come with matplotlib, which is not imported."""
    matplotlib = find_spec("matplotlib")
    folder = Path(matplotlib.origin or "").parent / "mpl-data/fonts/ttf" if matplotlib else None
    if not folder or not folder.is_dir():
        raise SolfaError("matplotlib's fonts are missing; pip install matplotlib")
    return folder
