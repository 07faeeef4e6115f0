import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from io import BytesIO

import matplotlib.image
import numpy as np
import pytest

from solfa.errors import SolfaError
from solfa.formats.engraving import svg as engraver
from solfa.formats.engraving.svg import write_png, write_svg
from solfa.melody import Key, Melody, Metadata, Meter, Note

TITLE = 'Über allen Wipfeln ist Ruh <& "sehr leise">'
NOTES = tuple(Note(p, Fraction(1, 2)) for p in (62, 67, 69, 71, 72, 74) * 4)
TUNE = Melody(NOTES, Key("G"), Meter(6, 8), metadata=Metadata(title=TITLE, tempo=96))


def texts(svg: bytes) -> list[str]:
    return ["".join(text.itertext()).strip() for text in ET.fromstring(svg).findall(".//{*}text")]


def size(svg: bytes) -> tuple[int, int]:
    root = ET.fromstring(svg)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    return int(root.get("width", "")), int(root.get("height", ""))


def pixels(png: bytes) -> np.ndarray:
    """Brightness, shape (height, width)."""
    return matplotlib.image.imread(BytesIO(png), format="png")[..., :3].mean(axis=-1)


def test_title_and_tempo_stand_in_the_score() -> None:
    found = texts(write_svg(TUNE))
    assert found[:2] == [TITLE, "♩. = 64"]
    slow = TUNE.replace(metadata=Metadata(tempo=97))
    assert texts(write_svg(slow))[0] == "♩ = 97"  # no whole number of dotted quarters


def test_every_note_is_engraved() -> None:
    groups = ET.fromstring(write_svg(TUNE)).findall(".//{*}g")
    assert sum(group.get("class") == "note" for group in groups) == len(NOTES)


def test_every_thread_can_engrave() -> None:
    tunes = [TUNE.transpose(semitones) for semitones in range(8)]
    with ThreadPoolExecutor(4) as threads:
        scores = list(threads.map(write_svg, tunes))
    assert scores == [write_svg(tune) for tune in tunes]


def test_the_same_notes_under_another_title() -> None:
    other = TUNE.replace(metadata=Metadata(title="Andere"))
    assert [texts(write_svg(tune))[0] for tune in (TUNE, other)] == [TITLE, "Andere"]


def test_a_long_title_is_wrapped_not_clipped() -> None:
    tune = TUNE.replace(metadata=Metadata(title="Wenn alle Brünnlein fließen " * 8))
    assert len(texts(write_svg(tune))) == 4
    image = pixels(write_png(tune))
    assert image[:, :8].min() == image[:, -8:].min() == 1  # no ink at the edges


def test_the_page_grows_with_the_tune() -> None:
    plain = TUNE.replace(metadata=Metadata())
    width, height = size(write_svg(plain))
    longer = plain.replace(notes=NOTES * 20)
    assert size(write_svg(longer))[0] == width
    assert size(write_svg(longer))[1] > 5 * height


def test_a_picture_has_ink_on_white_within_its_margins() -> None:
    png = write_png(TUNE)
    image = pixels(png)
    width, height = size(write_svg(TUNE))
    assert image.shape == (2 * height, 2 * width)
    assert 0.01 < (image < 0.5).mean() < 0.2
    edges = (image[:4], image[-4:], image[:, :4], image[:, -4:])
    assert all(edge.min() == 1 for edge in edges)
    heading = image[: 2 * 30]
    assert (heading < 0.5).any()  # the title is drawn, not dropped


def test_a_change_of_key_is_drawn_where_it_is() -> None:
    keys = [(2, Key("E")), (4, Key("F", "dorian"))]
    tune = Melody([Note(60, 1), Note(62, 1), Note(64, 2), Note(66, 4)], key_changes=keys)
    drawn = re.findall(r'class="(keyAccid|note)"', write_svg(tune).decode())
    places = "".join({"keyAccid": "#", "note": "n"}[name] for name in drawn)
    assert places == "nn####n###n"


def test_free_metre_breaks_its_lines() -> None:
    tune = Melody(NOTES * 4, meter=None)
    assert size(write_svg(tune))[1] > 1.5 * size(write_svg(Melody(NOTES, meter=None)))[1]


def test_missing_fonts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engraver, "find_spec", lambda _: None)
    with pytest.raises(SolfaError, match="pip install matplotlib"):
        write_png(TUNE)


def test_the_words_of_an_equal_melody_are_not_taken_for_its_own():
    """Pictures are kept for a while, and equality does not ask for words."""
    bare = Melody([Note(60, 1)] * 4)
    sung = bare.replace(lyrics=(("la", "le", "lu", "lo"),))
    assert b">la<" not in write_svg(bare)
    assert b">la<" in write_svg(sung)
    assert b">la<" not in write_svg(bare)
