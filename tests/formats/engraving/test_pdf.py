"""PDF: drawn and read again by pdfium."""

from fractions import Fraction
from io import BytesIO

import matplotlib.image
import numpy as np
import pypdfium2 as pdfium
import pytest

from solfa.errors import SolfaError
from solfa.formats import render, render_all
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note

A4 = (595.28, 841.89)
LONG = "Wenn alle Brünnlein fließen " * 8
NOTES = tuple(Note(p, Fraction(1, 2)) for p in (62, 67, 69, 71, 72, 74) * 8)
TUNE = Melody(
    NOTES,
    Key("G"),
    Meter(6, 8),
    metadata=Metadata(title="Grüße $x_5$ <&>", tempo=96, source="Eigen"),
)


def pages(pdf: bytes) -> list[pdfium.PdfPage]:
    return list(pdfium.PdfDocument(BytesIO(pdf)))


def words(page: pdfium.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_range().split())


def drawn(page: pdfium.PdfPage) -> np.ndarray:
    """Brightness at 72 dots an inch, shape (height, width)."""
    return np.asarray(page.render(grayscale=True).to_numpy(), float).squeeze() / 255


def test_a_sheet_is_a4_within_margins_and_its_text_is_text() -> None:
    [page] = pages(render(TUNE, ".pdf"))
    assert page.get_size() == pytest.approx(A4, abs=0.1)
    assert words(page).startswith("Grüße $x_5$ <&> ♩. = 64 Eigen")
    rows, columns = np.nonzero(drawn(page) < 0.5)
    assert rows.min() > 30
    assert columns.min() == pytest.approx(42, abs=4)  # 15 mm
    assert columns.max() == pytest.approx(A4[0] - 42, abs=4)


def test_the_picture_and_the_sheet_draw_the_same_music() -> None:
    """As much ink on the sheet as in the picture, when both are as large."""
    tune = TUNE.replace(metadata=Metadata())
    picture = matplotlib.image.imread(BytesIO(render(tune, ".png")), format="png")[..., :3].mean(-1)
    [page] = pages(render(tune, ".pdf"))
    scale = 1680 / ((210 - 30) / 25.4 * 72 * 840 / 800)
    sheet = np.asarray(page.render(scale=scale, grayscale=True).to_numpy(), float) / 255
    ink = (1 - sheet).sum() / (1 - picture).sum()
    assert ink == pytest.approx(1, abs=0.08)


def test_long_titles_are_wrapped_never_clipped() -> None:
    [page] = pages(render(TUNE.replace(metadata=Metadata(title=LONG)), ".pdf"))
    assert words(page).count("Brünnlein") == 8
    columns = np.nonzero(drawn(page) < 0.5)[1]
    assert columns.min() > 35
    assert columns.max() < A4[0] - 35


@pytest.mark.slow
def test_no_staff_is_cut_and_later_sheets_are_numbered() -> None:
    found = pages(render(TUNE.replace(notes=NOTES * 40), ".pdf"))
    assert len(found) > 2
    assert [words(page).split()[-1] for page in found[1:]] == [
        str(n) for n in range(2, len(found) + 1)
    ]
    for page in found:
        rows = np.nonzero((drawn(page) < 0.5).any(axis=1))[0]
        assert rows.max() < A4[1] - 20
    numbers = [int(n) for page in found for n in words(page).split() if n.isdecimal()]
    assert len(numbers) > 20  # the bars that begin lines


@pytest.mark.slow
def test_tunes_stand_one_under_another_and_are_not_cut() -> None:
    tunes = [TUNE.replace(metadata=Metadata(title=f"Tune {name}")) for name in "ABCDEFGHIJ"]
    found = pages(render_all([tune.replace(notes=NOTES * 3) for tune in tunes], ".pdf"))
    titles = [[w for w in words(page).split() if len(w) == 1 and w.isalpha()] for page in found]
    assert [name for on_page in titles for name in on_page] == list("ABCDEFGHIJ")
    assert 1 < len(found) < 10
    for page in found:  # each sheet begins with a title: no tune goes on from the one before
        assert words(page).startswith("Tune")


@pytest.mark.slow
@pytest.mark.parametrize("title", ["", "曲", "\U0001f3b5", "$\\frac{1"])
def test_any_title_is_drawn(title: str) -> None:
    assert len(pages(render(TUNE.replace(metadata=Metadata(title=title)), ".pdf"))) == 1


def test_parts_have_chords_syllables_and_their_instrument() -> None:
    options = WriteOptions(instrument="clarinet", chords=True, syllables="do")
    [page] = pages(
        render(
            TUNE.replace(
                key=Key("Ab"), notes=tuple(Note(n.pitch + 1, n.duration) for n in NOTES if n.pitch)
            ),
            ".pdf",
            options,
        )
    )
    told = words(page)
    assert "Clarinet in B♭" in told
    assert "B♭" in told.replace("Clarinet in B♭", "")  # A flat sounds
    assert "so do re mi fa so" in told


def test_what_takes_one_tune_says_so() -> None:
    with pytest.raises(SolfaError, match=r"\.mid takes one tune; several go into \.abc, \.svg"):
        render_all([TUNE, TUNE], ".mid")
    with pytest.raises(SolfaError, match="no tunes to write"):
        render_all([], ".pdf")
    with pytest.raises(SolfaError, match="musescore draws one tune a file"):
        render_all([TUNE], ".pdf", WriteOptions("musescore"))
