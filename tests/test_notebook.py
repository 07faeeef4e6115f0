"""What a notebook shows of a tune: the score and its sound, whole, and nothing from elsewhere."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings

import solfa
from solfa.errors import SolfaError
from solfa.formats import audio
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.notebook import SHOWN
from strategies import melodies

TUNE = Melody(
    tuple(Note(p, 1) for p in (62, 67, 69, 71, 72, 71, 67)),
    Key("G"),
    Meter(3, 4),
    pickup=1,
    metadata=Metadata(title='Mine & <i>yours</i> "too"', tempo=120),
)
VOID = {"img"}


class Page(HTMLParser):
    """A parsed piece of HTML: its elements with their attributes, its text; fails if not well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def content(self, tag: str) -> list[bytes]:
        """The data inside each ``src``."""
        sources = [
            re.fullmatch(r"data:\w+/[\w+]+;base64,(.+)", a["src"] or "") for a in self.all(tag)
        ]
        return [b64decode(source[1]) for source in sources if source]


def shown(tune: object) -> Page:
    return Page(tune._repr_html_())  # type: ignore[attr-defined]


def test_the_heading_says_what_it_is_and_escapes() -> None:
    page = shown(TUNE)
    assert 'Mine & <i>yours</i> "too"' in page.text
    assert "G major · 3/4 · 2 bars and a pickup" in page.text
    assert {tag for tag, _ in page.elements} == {"div", "b", "span", "img", "audio"}


def test_the_score_has_every_note_and_the_title_once() -> None:
    (svg,) = shown(TUNE).content("img")
    root = ET.fromstring(svg)
    groups = root.findall(".//{*}g")
    assert sum(group.get("class") == "note" for group in groups) == len(TUNE.notes)
    assert "Mine" not in "".join(root.itertext())


def test_the_sound_is_the_tune_and_small() -> None:
    (data,) = shown(TUNE).content("audio")
    sound, rate = soundfile.read(BytesIO(data))
    assert np.abs(sound).max() > 0.3
    assert len(sound) / rate == pytest.approx(7 * 0.5 + 1, abs=0.1)
    assert len(data) < 40_000 * len(sound) / rate  # bytes a second


def test_the_sound_has_the_pitch_of_the_note() -> None:
    (data,) = shown(Melody([Note(69, 4)])).content("audio")
    sound, rate = soundfile.read(BytesIO(data), always_2d=True)
    spectrum = np.abs(np.fft.rfft(sound[:rate, 0] * np.hanning(rate)))  # a bin is 1 Hz
    partials = spectrum[430:451].max(), spectrum[600:850].max()
    assert partials[0] > 10 * partials[1]


def test_nothing_comes_from_elsewhere() -> None:
    html = TUNE._repr_html_()
    page = Page(html)
    assert all((a["src"] or "").startswith("data:") for _, a in page.elements if "src" in a)
    assert not re.search(
        r"https?:|//|url\(|@import|<script|<link", re.sub('base64,[^"]*', "", html)
    )
    references = re.findall(rb'(?:href|src)="([^"]*)"', page.content("img")[0])
    assert references
    assert all(reference.startswith(b"#") for reference in references)


def test_two_scores_on_a_page_share_no_ids_and_no_styles() -> None:
    page = Page(TUNE._repr_html_() + TUNE.transpose(2)._repr_html_())
    assert len(page.all("img")) == 2
    assert not any("id" in attributes or "class" in attributes for _, attributes in page.elements)
    assert not page.all("style")


def test_the_sheet_is_white_whatever_the_theme() -> None:
    style = shown(TUNE).all("div")[0]["style"] or ""
    assert "background:#fff" in style
    assert "color:#222" in style


def test_without_a_soundfont_the_score_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "find_spec", lambda _: None)
    page = shown(TUNE)
    assert len(page.content("img")) == 1
    assert page.all("audio") == []
    assert "no sound: the soundfont TimGM6mb.sf2 is missing; pip install pretty_midi" in page.text


@pytest.mark.parametrize("error", [SolfaError("no"), RuntimeError("broken"), ImportError("gone")])
def test_what_cannot_be_engraved_can_be_heard(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr("solfa.formats.engraving.svg.write_svg", fail)
    page = shown(TUNE)
    assert f"no score: {error}" in page.text
    assert page.all("img") == []
    assert len(page.content("audio")) == 1


@pytest.mark.slow
@given(melodies(max_size=4))
@settings(max_examples=10, deadline=None)
def test_whatever_the_melody_its_page_is_well_formed(melody: Melody) -> None:
    page = shown(melody)
    told = len(page.all("img")) + len(page.all("audio")) + page.text.count("no score: ")
    assert told + page.text.count("no sound: ") >= 2
    assert str(melody.key) in page.text


@pytest.mark.parametrize("notes", [(), (Note(None, 4),)])
def test_silence_is_shown_too(notes: tuple[Note, ...]) -> None:
    assert "C major · 4/4" in shown(Melody(notes)).text


def test_the_plain_repr_can_still_be_pasted() -> None:
    assert eval(repr(TUNE), vars(solfa.melody)) == TUNE


@pytest.mark.slow
@pytest.mark.parametrize(("count", "said"), [(2, ""), (SHOWN + 3, "and 3 more")])
def test_a_list_of_compositions_shows_each(count: int, said: str) -> None:
    tunes = solfa.compose(count=count, bars=2, seed=1)
    page = shown(tunes)
    assert len(page.content("img")) == len(page.content("audio")) == min(SHOWN, len(tunes))
    assert page.text.count("seed 1, tune ") == min(SHOWN, len(tunes))
    assert "tune 2: " in page.text
    assert re.search(r"(\d+) of \1 guarantees kept", page.text)
    assert page.text.endswith(said)
    assert ("more" in page.text) == bool(said)
