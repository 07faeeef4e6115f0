"""The page in real Chromium: compose, hear, keep, read again."""

import os
import wave
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="needs the extra: pip install 'solfa[studio]'")
pytest.importorskip("playwright", reason="needs playwright: pip install 'solfa[dev]'")

from browser import CHROMIUM, chromium, compose, opened, studio
from playwright.sync_api import Browser, Page, expect

import solfa
from solfa.formats.grid_text import parse
from solfa.studio.given import EXAMPLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ, reason="needs Chromium: apt install chromium"
    ),
]
TUNE = b"X:1\nM:3/4\nL:1/4\nK:G\nGAB|d3|\n"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with studio() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, freshly opened; it may ask nothing of any other machine."""
    page = opened(browser, accept_downloads=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.get_by_alt_text("Score of the first notes").wait_for()
    yield page
    page.close()
    elsewhere = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not elsewhere


@pytest.mark.slow
def test_a_tune_is_seen_heard_kept_and_read_again(page: Page, tmp_path) -> None:
    symbols = compose(page)
    assert symbols.startswith(EXAMPLE)
    notes = tuple(parse(symbols))
    assert page.get_by_alt_text("Score of the tune").evaluate("image => image.naturalWidth") > 500

    sound = page.locator("audio")
    heard = sound.evaluate(
        """async audio => {
            await audio.play();
            while (!audio.error && audio.currentTime < 0.5) {
                await new Promise(done => setTimeout(done, 50));
            }
            return {at: audio.currentTime, of: audio.duration, error: audio.error, src: audio.src};
        }"""
    )
    assert heard["error"] is None
    assert 0.5 <= heard["at"] < heard["of"]
    seconds = float(sum(note.duration for note in notes)) * 60 / 100
    assert abs(heard["of"] - seconds - 1) < 1  # the last note rings out
    wav = page.request.get(heard["src"]).body()
    with wave.open(BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert np.sqrt((samples**2).mean()) > 500

    for label, suffix in [("MIDI", "mid"), ("MusicXML", "musicxml"), ("ABC", "abc")]:
        melody = solfa.read(download(page, label, tmp_path))
        assert melody.notes == notes, suffix
        expect(page.get_by_text(f"{melody.key}, {melody.meter}, no pickup")).to_be_visible()
    assert download(page, "WAV", tmp_path).read_bytes() == wav
    assert {path.suffix for path in tmp_path.iterdir()} == {".mid", ".musicxml", ".abc", ".wav"}


def download(page: Page, label: str, folder):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=False).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.mark.slow
def test_the_same_seed_gives_the_same_tune(page: Page) -> None:
    first = compose(page, seed=7)
    assert compose(page, seed=8) != first
    assert compose(page, seed=7) == first


@pytest.mark.slow
def test_a_wrong_symbol_is_one_line_and_can_be_mended(page: Page) -> None:
    field = page.get_by_role("textbox", name="Notes", exact=True)
    button = page.get_by_role("button", name="Compose")
    stood = button.bounding_box()
    field.fill("67 _ *200* _")
    button.click()
    line = page.get_by_role("alert")
    expect(line).to_have_text(
        "symbol 3 is '*200*'; write MIDI pitches 0..127, r (rest) or _ (hold)"
    )
    assert button.bounding_box() == stood  # it never slips away from under the hand
    field.fill("67 _ 69 _")  # and the button is pressed while the page still takes this in
    assert compose(page).startswith("67 _ 69 _")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_a_key_that_is_none_is_one_line(page: Page) -> None:
    field = page.get_by_role("combobox", name="Key")
    field.fill("H major")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("'H major'")


@pytest.mark.slow
def test_a_file_is_continued(page: Page) -> None:
    page.get_by_role("radio", name="File").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "tune.abc", "mimeType": "text/vnd.abc", "buffer": TUNE}
    )
    page.get_by_text("G major, 3/4, no pickup").wait_for()
    assert compose(page).startswith("67 _ _ _ 69 _ _ _ 71 _ _ _ 74 _ _ _ _ _ _ _ _ _ _ _")


@pytest.mark.slow
def test_more_wishes_wait_folded_and_stay_as_they_were_left(page: Page) -> None:
    range_ = page.get_by_role("textbox", name="Range")
    expect(range_).to_be_hidden()
    page.get_by_text("More wishes").click()
    range_.fill("C4-C5")
    form = page.get_by_role("combobox", name="Form", exact=True)
    form.fill("A2B2A2")  # none of those proposed
    form.press("Enter")
    page.get_by_placeholder("as the phrases").wait_for()
    page.get_by_text("Write bars anew").click()
    page.get_by_role("textbox", name="Bars", exact=True).wait_for()
    expect(range_).to_be_visible()
    page.get_by_text("Go on", exact=True).click()
    page.get_by_text("More wishes").click()
    compose(page)
    for guarantee in ("range C4 to C5", "form A2B2A2", "6 full bars of 4/4", "every A the same"):
        expect(page.locator(".solfa-checks .kept", has_text=guarantee)).to_be_visible()


@pytest.mark.slow
def test_what_is_wrong_is_in_sight_however_far_down_the_hand_is(page: Page) -> None:
    page.get_by_text("More wishes").click()
    page.get_by_role("textbox", name="Range").fill("C4-")
    page.get_by_role("button", name="Compose").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    page.get_by_role("textbox", name="Range").fill("")
    compose(page)
    expect(page.locator("audio")).to_be_in_viewport()
    main = "document.querySelector('[data-testid=stMain]')"
    page.wait_for_function(f"{main}.scrollTop > 300")  # it glides there


@pytest.mark.slow
def test_each_of_several_tunes_is_kept_in_its_own_file_and_made_again(page: Page, tmp_path) -> None:
    page.get_by_text("More wishes").click()
    page.get_by_role("spinbutton", name="How many").fill("2")
    first = compose(page)
    page.get_by_role("tab", name="Tune 2").click()
    second = page.get_by_test_id("stCode").nth(1).inner_text().strip()
    assert second != first
    tune = download(page, "MIDI", tmp_path)
    assert solfa.read(tune).notes == tuple(parse(second))

    page.get_by_role("radio", name="File").click()
    page.locator("input[type=file]").set_input_files(tune)
    page.get_by_text("Make it again").click()
    page.get_by_text("as the file says").wait_for()
    page.get_by_role("button", name="Compose").click()
    page.locator(".solfa-checks .kept", has_text=f"the same as {tune.name}").wait_for()
    expect(page.get_by_test_id("stCode")).to_have_text(second)


@pytest.mark.slow
def test_nothing_sticks_out(page: Page) -> None:
    """At every width, the answer beside the wishes where there is room for both."""
    page.set_viewport_size({"width": 400, "height": 900})
    page.get_by_text("More wishes").click()
    page.get_by_role("spinbutton", name="How many").fill("12")
    page.get_by_role("spinbutton", name="Length").fill("3")
    compose(page)
    for width in (400, 1024, 1025, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """width => {
                const main = document.querySelector("[data-testid=stMain]");
                const [wishes, answer] = ["wishes", "answer"].map(
                    name => document.querySelector(`.st-key-${name}`).getBoundingClientRect()
                );
                const beside = answer.x >= wishes.x + wishes.width;
                return innerWidth == width && main.scrollWidth <= main.clientWidth
                    && beside == (width > 1024);
            }""",
            arg=width,
        )
