"""Scores on sheets of A4: PDF from verovio's drawing, by the PDF writer of matplotlib.

No other program takes part. The systems that `solfa.formats.engraving.svg` engraves are set one
under the other, no system cut, and no tune that fits on a sheet. Notes and signs are outlines, text
is text.
"""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from solfa.formats.engraving.svg import MARGIN, NUMBER, SERIF, WIDTH, Text, engrave, heading
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody

if TYPE_CHECKING:
    from matplotlib.path import Path

_MM = 72 / 25.4  # points
_SHEET = (210 * _MM, 297 * _MM)
_SIDE, _TOP, _BOTTOM = 15 * _MM, 15 * _MM, 20 * _MM
_SCALE = (_SHEET[0] - 2 * _SIDE) / (WIDTH - 2 * MARGIN)  # points a pixel: staves of 6.5 mm
_SYSTEMS, _TUNES, _HEADING = 14, 30, 8  # points between two systems, two tunes, title and music
_NUMBER = 9  # the size of a page number, in points
_HREF = "{http://www.w3.org/1999/xlink}href"
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}


class _Shape(NamedTuple):
    """An outline, in pixels of the engraved page, drawn with a line so wide."""

    path: Path
    line: float
    filled: bool


class _Words(NamedTuple):
    text: Text
    style: str


class _Block:
    """What stays together on a sheet: a heading or a system. Places are pixels."""

    def __init__(self, shapes: Sequence[_Shape], words: Sequence[_Words]) -> None:
        self.shapes, self.words = shapes, words
        corners = [shape.path.get_extents().extents for shape in shapes]
        tops = [word.text.y - 0.8 * word.text.size for word in words]
        bottoms = [word.text.y + 0.25 * word.text.size for word in words]
        self.top = min([*(corner[1] for corner in corners), *tops], default=0.0)
        bottom = max([*(corner[3] for corner in corners), *bottoms], default=0.0)
        self.height = (bottom - self.top) * _SCALE  # in points


def write_pdf(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score as PDF; `SolfaError` if a duration cannot be written in a score."""
    return write_pdf_of([melody], options)


def write_pdf_of(melodies: Sequence[Melody], options: WriteOptions = WriteOptions()) -> bytes:
    """Scores one after the other as one PDF; errors as for `write_pdf`."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    tunes = [list(_blocks(melody, options)) for melody in melodies]
    title = next((melody.metadata.title for melody in melodies if melody.metadata.title), None)
    properties = {"Title": title, "Creator": "solfa", "Producer": None, "CreationDate": None}
    buffer = BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that no font has
        with PdfPages(buffer, metadata=properties) as document:
            for number, sheet in enumerate(_sheets(tunes), 1):
                document.savefig(_draw(sheet, number))
    return buffer.getvalue()


def _blocks(melody: Melody, options: WriteOptions) -> Iterator[_Block]:
    texts, _ = heading(melody, options)
    yield _Block([], [_Words(text, "normal") for text in texts])
    for page in engrave(melody, options):
        yield from _systems(page)


def _sheets(tunes: Sequence[Sequence[_Block]]) -> Iterator[list[tuple[float, _Block]]]:
    """The blocks of each sheet with the place of their tops, in points from the sheet's."""
    end = _SHEET[1] - _BOTTOM
    sheet: list[tuple[float, _Block]] = []
    y = _TOP
    for title, *systems in tunes:
        head = title.height + _HEADING if title.words else 0.0
        whole = head + sum(system.height + _SYSTEMS for system in systems) - _SYSTEMS
        if sheet:
            y += _TUNES
        # A tune that fits on one sheet is not cut; a longer one begins where its first line fits.
        if sheet and y + (whole if whole <= end - _TOP else head + systems[0].height) > end:
            yield sheet
            sheet, y = [], _TOP
        sheet.append((y, title))
        y += head
        for place, system in enumerate(systems):
            if place and y + system.height > end:
                yield sheet
                sheet, y = [], _TOP
            sheet.append((y, system))
            y += system.height + _SYSTEMS
        y -= _SYSTEMS
    yield sheet


def _draw(sheet: list[tuple[float, _Block]], number: int) -> Any:
    """The sheet as a matplotlib figure of one point a unit; its number from the second on."""
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    width, height = _SHEET
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)

    def write(text: str, x: float, y: float, size: float, anchor: str, style: str) -> None:
        place: dict[str, Any] = {"ha": _ANCHORS[anchor], "va": "baseline", "parse_math": False}
        font: dict[str, Any] = {"family": list(SERIF), "fontsize": size, "style": style}
        figure.text(x / width, 1 - y / height, text, **font, **place)

    for top, block in sheet:
        down = top - block.top * _SCALE
        paper = Affine2D().translate(-MARGIN, 0).scale(_SCALE).translate(_SIDE, down)
        paper = paper.scale(1, -1).translate(0, height)  # matplotlib counts from below
        shapes = PathCollection(
            [shape.path.transformed(paper) for shape in block.shapes],
            facecolors=["black" if shape.filled else "none" for shape in block.shapes],
            edgecolors="black",
            linewidths=[shape.line * _SCALE for shape in block.shapes],
            transform=Affine2D(),
        )
        figure.add_artist(shapes)
        for (text, x, y, size, anchor), style in block.words:
            write(
                text, _SIDE + (x - MARGIN) * _SCALE, down + y * _SCALE, size * _SCALE, anchor, style
            )
    if number > 1:
        write(str(number), width / 2, height - _BOTTOM / 2, _NUMBER, "middle", "normal")
    return figure


def _systems(page: ET.Element) -> Iterator[_Block]:
    """The systems of a page as verovio draws it, in pixels."""
    from matplotlib.transforms import Affine2D

    signs = {"#" + sign.get("id", ""): sign for sign in page.iterfind("{*}defs/*")}
    (inner,) = page.iterfind("{*}svg")
    _, _, units, _ = map(float, inner.get("viewBox", "").split())
    scale = float(page.get("width", "").removesuffix("px")) / units
    for system in inner.iterfind(".//*[@class='system']"):
        margin = inner.find("*[@class='page-margin']")
        assert margin is not None
        place = _transform(margin) + Affine2D().scale(scale)
        drawn = list(_drawn(system, place, signs, "normal"))
        yield _Block(
            [found for found in drawn if isinstance(found, _Shape)],
            [found for found in drawn if isinstance(found, _Words)],
        )


def _drawn(
    element: ET.Element, place: Any, signs: dict[str, ET.Element], style: str
) -> Iterator[_Shape | _Words]:
    """What the element draws; ``place`` maps its units to the page's pixels."""
    kind = element.tag.rpartition("}")[2]
    classes = element.get("class", "").split()
    if "placeholder" in classes:
        return
    style = "italic" if "mNum" in classes else style
    place = _transform(element) + place
    if kind == "text":
        yield from _words(element, place, style)
    elif kind in _OUTLINES:
        path = place.transform_path(_OUTLINES[kind](element))
        line = float(element.get("stroke-width", 0)) * _size(place)
        yield _Shape(path, line, element.get("fill") != "none")
    elif kind == "use":
        yield from _drawn(signs[element.get(_HREF, "")], place, signs, style)
    else:
        for child in element:
            yield from _drawn(child, place, signs, style)


def _transform(element: ET.Element) -> Any:
    """The element's ``transform`` attribute: translate and scale, applied from the last on."""
    from matplotlib.transforms import Affine2D

    whole = Affine2D()
    for name, values in reversed(re.findall(r"(\w+)\(([^)]*)\)", element.get("transform", ""))):
        x, *rest = map(float, NUMBER.findall(values))
        y = rest[0] if rest else (x if name == "scale" else 0.0)
        whole = whole.scale(x, y) if name == "scale" else whole.translate(x, y)
    return whole


def _size(place: Any) -> float:
    return abs(float(place.get_matrix()[0, 0]))


def _words(element: ET.Element, place: Any, style: str) -> Iterator[_Words]:
    text = "".join(span.text or "" for span in element.iter() if not len(span))
    if text.strip():
        sizes = [float(s.get("font-size", "0").removesuffix("px")) for s in element.iter()]
        x, y = place.transform((float(element.get("x", 0)), float(element.get("y", 0))))
        anchor = element.get("text-anchor", "start")
        yield _Words(Text(text, x, y, max(sizes) * _size(place), anchor), style)


def _outline(element: ET.Element) -> Path:
    from fontTools.svgLib.path import parse_path

    pen = _Pen()
    parse_path(element.get("d", ""), pen)
    return pen.path()


def _polygon(element: ET.Element) -> Path:
    from matplotlib.path import Path

    points = _points(element)
    return Path([*points, points[0]], closed=True)


def _polyline(element: ET.Element) -> Path:
    from matplotlib.path import Path

    return Path(_points(element))


def _points(element: ET.Element) -> list[tuple[float, float]]:
    numbers = [float(number) for number in NUMBER.findall(element.get("points", ""))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _rectangle(element: ET.Element) -> Path:
    from matplotlib.path import Path

    x, y, width, height = (float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Path(
        [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)], closed=True
    )


def _ellipse(element: ET.Element) -> Path:
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    x, y, rx, ry = (float(element.get(name, 0)) for name in ("cx", "cy", "rx", "ry"))
    return Affine2D().scale(rx, ry).translate(x, y).transform_path(Path.unit_circle())


_OUTLINES = {
    "path": _outline,
    "polygon": _polygon,
    "polyline": _polyline,
    "rect": _rectangle,
    "ellipse": _ellipse,
}


class _Pen:
    """A path as fontTools draws it, kept as a path of matplotlib."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.codes: list[int] = []

    def _add(self, code: int, *points: tuple[float, float]) -> None:
        self.points += points
        self.codes += [code] * len(points)

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802, fontTools' name
        self._add(1, point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add(2, point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add(4, *points)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add(3, *points)

    def closePath(self) -> None:  # noqa: N802
        self._add(79, self.points[-1])

    def endPath(self) -> None:  # noqa: N802
        pass

    def path(self) -> Path:
        from matplotlib.path import Path

        return Path(self.points, self.codes)
