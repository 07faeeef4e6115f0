"""What the page does, run by Streamlit's own `AppTest`, without a browser."""

from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="needs the extra: pip install 'solfa[studio]'")

import streamlit as st
from streamlit.testing.v1 import AppTest

import solfa
from solfa import runtime
from solfa.formats import WRITERS, render
from solfa.formats.symbols import parse
from solfa.studio.form import EXAMPLE
from solfa.studio.tune import DOWNLOADS

PAGE = Path(solfa.__file__).parent / "studio" / "page.py"
KERN = b"**kern\n*k[f#]\n*G:\n*M3/4\n=1\n4g\n4a\n4b\n=2\n2.dd\n=3\n*-\n"


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setitem(WRITERS, ".wav", "symbols:write")  # the browser hears the real one
    st.cache_resource.clear()
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    assert not page.exception
    return page


def compose(page):
    page.button[0].click().run()
    assert not page.exception
    return page


def field(page, label):
    fields = [*page.selectbox, *page.number_input, *page.slider, *page.text_area]
    return next(field for field in fields if field.label == label)


def symbols(page):
    (code,) = page.code
    return code.value


def told(page):
    """What the page says of key and metre."""
    return page.caption[0].value.replace("\\", "")


def html(page):
    return "".join(element.value for element in page.get("html"))


def upload(page, name, data):
    page.segmented_control[0].set_value("File").run()
    page.file_uploader[0].set_value((name, data, "")).run()
    return page


def test_the_reports_prompt_stands_there_engraved_and_understood(page):
    assert field(page, "Symbols").value == EXAMPLE
    facts, found = told(page).split("  \n")
    assert facts == "C major, 2/4, no pickup"
    assert found == "found from the notes: key, metre, pickup"
    assert 'alt="Score of the first notes"' in html(page)
    assert not page.code


def test_it_composes_what_the_library_would(page):
    field(page, "Length").set_value(4)
    field(page, "Temperature").set_value(0.3)
    field(page, "Seed").set_value(11)
    compose(page)
    (tune,) = solfa.compose(prompt=EXAMPLE, bars=4, temperature=0.3, seed=11)
    assert tuple(parse(symbols(page))) == tune.melody.notes
    assert symbols(page).startswith(EXAMPLE)
    assert [button.label for button in page.download_button] == list(DOWNLOADS)
    assert page.session_state["tune"].files[".abc"] == render(tune.melody, ".abc")
    assert len(page.get("audio")) == 1
    assert "data:image/svg+xml;base64," in html(page)
    for check in tune.checks:
        assert f'<li class="kept">{check.guarantee}</li>' in html(page)
    assert f"{tune.model} {tune.model_hash}, seed 11, temperature 0.3" in html(page)


def test_a_length_can_be_counted_in_grid_steps(page):
    field(page, "Unit of length").set_value("steps").run()
    assert field(page, "Length").value == 500
    field(page, "Length").set_value(70)
    assert len(symbols(compose(page)).split()) == 70


def test_the_same_seed_gives_the_same_tune_and_another_another(page):
    first = symbols(compose(page))
    assert symbols(compose(page)) == first
    field(page, "Seed").set_value(8)
    assert symbols(compose(page)) != first


def test_key_and_metre_can_be_set(page):
    field(page, "Key").set_value("G major")
    field(page, "Metre").set_value("3/4").run()
    assert told(page).startswith("G major, 3/4")
    assert "in G major</li>" in html(compose(page))
    assert "16 full bars of 3/4</li>" in html(page)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ("67 _ 128 _", "symbol 3 is '128'; write MIDI pitches 0..127, r (rest) or _ (hold)"),
        ("_ 67", "symbol 1 is '_', with nothing to hold; begin with a pitch or r"),
        ("/etc/passwd", "symbol 1 is '/etc/passwd'"),
        ("tune.abc", "symbol 1 is 'tune.abc'"),
        ("X:1\nK:C\nCDEF|", "symbol 1 is 'X:1'"),
    ],
)
def test_a_wrong_symbol_is_one_friendly_line(page, wrong, line):
    compose(page)
    field(page, "Symbols").set_value(wrong)
    compose(page)
    (error,) = page.error
    assert error.value.replace("\\", "").startswith(line)
    field(page, "Symbols").set_value(EXAMPLE).run()
    assert not page.error
    assert not page.code  # the tune before is not taken for the answer


def test_what_cannot_be_had_is_said_too(page):
    field(page, "Length").set_value(1)
    field(page, "Symbols").set_value("67 " * 17)
    compose(page)
    assert "leaves no room in 1 bars" in page.error[0].value.replace("\\", "")


def test_a_first_rest_and_no_first_notes_compose_too(page):
    field(page, "Symbols").set_value("r _ _ _ 67 _ _ _")
    assert symbols(compose(page)).startswith("r _ _ _ 67 _ _ _")
    field(page, "Symbols").set_value(" ")
    assert symbols(compose(page))


@pytest.mark.parametrize("suffix", [".krn", ".abc", ".musicxml", ".mid"])
def test_a_file_is_continued_in_its_own_key_and_metre(page, suffix):
    melody = solfa.formats.read_bytes(KERN, "tune.krn")
    upload(page, f"tune{suffix}", render(melody, suffix))
    assert told(page).startswith("G major, 3/4")
    compose(page)
    composed = page.session_state["tune"].composition.melody
    assert composed.notes[: len(melody.notes)] == melody.notes


def test_a_file_of_symbols_is_as_symbols_typed(page):
    typed = symbols(compose(page))
    upload(page, "prompt.txt", EXAMPLE.encode())
    assert symbols(compose(page)) == typed


def test_a_wrong_file_is_one_friendly_line(page):
    upload(page, "tune.krn", b"**kern\n4x\n*-\n")
    (error,) = page.error
    assert error.value.replace("\\", "").startswith("tune.krn, line 2: ")


def test_every_model_of_the_table_can_be_chosen(page):
    assert field(page, "Model").options == list(runtime.MODELS)


def test_a_model_is_loaded_once(page, monkeypatch):
    loaded = []
    monkeypatch.setitem(
        runtime.MODELS,
        "melody_lstm",
        lambda load=runtime.MODELS["melody_lstm"]: loaded.append(1) or load(),
    )
    compose(page)
    compose(page)
    assert loaded == [1]


def test_every_download_is_a_format_solfa_writes():
    assert {suffix for suffix, _ in DOWNLOADS.values()} <= set(WRITERS)
