"""Scores drawn by MuseScore, where it is installed: SVG, PNG and PDF.

MuseScore is a program of its own, so it is run on the tune's MusicXML in a folder that is removed
afterwards. It fills sheets of paper. The PDF keeps them; the picture is the music alone, sheet
under sheet, staves in line.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from textwrap import fill

from solfa.errors import SolfaError
from solfa.formats import notation
from solfa.formats.engraving.svg import NUMBER, SVG, rasterise
from solfa.formats.musicxml import writer as musicxml
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody

PROGRAMS = (
    *(
        "mscore3",
        "musescore3",
        "mscore",
        "musescore",
        "mscore4portable",
        "MuseScore4",
        "MuseScore3",
    ),
    "/Applications/MuseScore 4.app/Contents/MacOS/mscore",
    "/Applications/MuseScore 3.app/Contents/MacOS/mscore",
    "C:/Program Files/MuseScore 4/bin/MuseScore4.exe",
    "C:/Program Files/MuseScore 3/bin/MuseScore3.exe",
)
"""Names and places of the program, in the order they are tried."""

PATIENCE = 120  # seconds
_TITLE = 40  # letters that fit in a line; two lines stand clear of the music
_MARGIN = 60  # around the music, in MuseScore's units of 1/360 inch
_SCALE = 0.3  # pixels a unit: staves as large as verovio's
_CREATED = re.compile(rb"(?<=/CreationDate \(D:)\d{14}")


def program() -> str:
    """The path of MuseScore: ``$SOLFA_MUSESCORE``, or the first of `PROGRAMS` that is there.

    Raises `SolfaError` where there is none.
    """
    named = os.environ.get("SOLFA_MUSESCORE")
    path = which(named) if named else next(filter(None, map(which, PROGRAMS)), None)
    if path is None:
        missing = f"no program at SOLFA_MUSESCORE={named}" if named else "MuseScore is not found"
        raise SolfaError(
            f"{missing}; install it (Debian, Ubuntu: apt install musescore3; others: musescore.org)"
            " or name it in SOLFA_MUSESCORE"
        )
    return os.path.abspath(path)


def write_pdf(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score on sheets of paper; `SolfaError` without MuseScore, or if it fails."""
    (document,) = convert(_page(melody), ".pdf", options)
    return _CREATED.sub(b"20000101000000", document)  # the same tune is the same file


def write_svg(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The score as one picture; errors as for `write_pdf`."""
    ET.register_namespace("", SVG)
    sheets = [ET.fromstring(sheet) for sheet in convert(_page(melody), ".svg", options)]
    for sheet in sheets:
        for child in [child for child in sheet if _besides(child)]:
            sheet.remove(child)
    corners = [_corners(sheet) for sheet in sheets]
    left = min(x for x, *_ in corners) - _MARGIN
    width = max(x for *_, x, _ in corners) + _MARGIN - left
    picture, height = ET.Element(f"{{{SVG}}}svg"), 0.0
    for sheet, (_, top, _, bottom) in zip(sheets, corners, strict=True):
        high = bottom - top + 2 * _MARGIN
        sheet.set("viewBox", f"{left:g} {top - _MARGIN:g} {width:g} {high:g}")
        sheet.set("y", f"{height:g}")
        sheet.set("width", f"{width:g}")
        sheet.set("height", f"{high:g}")
        picture.append(sheet)
        height += high
    picture.set("width", f"{width * _SCALE:.0f}")
    picture.set("height", f"{height * _SCALE:.0f}")
    picture.set("viewBox", f"0 0 {width:g} {height:g}")
    data: bytes = ET.tostring(picture, encoding="UTF-8", xml_declaration=True)
    return data


def _besides(child: ET.Element) -> bool:
    """Whether it is no music: what the sheet is called, and its number."""
    return child.tag in (f"{{{SVG}}}title", f"{{{SVG}}}desc") or child.get("class") == "Page"


def _corners(sheet: ET.Element) -> tuple[float, float, float, float]:
    """The ink's left, top, right and bottom. (MuseScore 3.2 cuts off notes when asked to trim.)"""
    points = []
    for sign in sheet.iter():
        a, b, c, d, e, f = map(float, NUMBER.findall(sign.get("transform", "1 0 0 1 0 0")))
        numbers = map(float, NUMBER.findall(sign.get("d", "") + sign.get("points", "")))
        points += [
            (a * x + c * y + e, b * x + d * y + f) for x, y in zip(numbers, numbers, strict=False)
        ]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def write_png(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The picture of `write_svg`, some 1,700 pixels wide, on white."""
    return rasterise(write_svg(melody, options))


def _page(melody: Melody) -> Melody:
    """The melody as it stands on paper; MuseScore breaks no title into lines."""
    title = fill(melody.metadata.title, _TITLE, max_lines=2, placeholder=" …")
    return notation.on_paper(melody.replace(metadata=replace(melody.metadata, title=title)))


def convert(melody: Melody, suffix: str, options: WriteOptions = WriteOptions()) -> list[bytes]:
    """What MuseScore makes of the melody in the format of ``suffix``: one file, or one a sheet.

    Raises `SolfaError` without MuseScore, and if it fails or takes more than `PATIENCE` seconds.
    """
    music = musicxml.write(melody, options)
    try:
        with TemporaryDirectory(prefix="solfa-") as name:
            folder = Path(name)
            (folder / "score.musicxml").write_bytes(music)
            _run(["-o", f"drawn{suffix}", "score.musicxml"], folder)
            files = folder.glob(f"drawn*{suffix}")  # drawn.pdf; drawn-1.svg, drawn-2.svg ...
            made = [
                path.read_bytes() for path in sorted(files, key=lambda p: (len(p.name), p.name))
            ]
    except OSError as error:
        raise SolfaError(
            f"MuseScore cannot be run: {error.strerror}; mend {program()} or the temporary folder"
        ) from error
    if not made:
        raise SolfaError(f"MuseScore wrote no {suffix[1:]}; write MusicXML and open it there")
    return made


def _run(arguments: list[str], folder: Path) -> None:
    """Runs MuseScore without a screen, and without a trace in the user's own settings."""
    settings = {f"XDG_{kind}_HOME": str(folder) for kind in ("CONFIG", "DATA", "CACHE")}
    settings |= {"XDG_RUNTIME_DIR": str(folder), "QT_HASH_SEED": "0"}  # fonts in one order
    if sys.platform == "linux":
        settings["QT_QPA_PLATFORM"] = "offscreen"
    log = folder / "said.txt"
    with log.open("wb") as messages:
        try:
            done = subprocess.run(
                [program(), *arguments],
                cwd=folder,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise SolfaError(
                f"MuseScore took more than {PATIENCE} seconds; try a shorter tune, or verovio"
            ) from error
    if done.returncode:
        lines = log.read_text(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")
        raise SolfaError(f"MuseScore failed ({done.returncode}): {last}; install it again")
