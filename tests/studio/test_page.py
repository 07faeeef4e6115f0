"""What the page does, run by Streamlit's own `AppTest`, without a browser."""

from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="needs the extra: pip install 'solfa[studio]'")

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

import solfa
from solfa import SolfaError, runtime
from solfa.composing.request.ask import ask
from solfa.formats import WRITERS, render
from solfa.formats.grid_text import parse
from solfa.studio.given import AGAIN, EXAMPLE, REWRITE
from solfa.studio.tune import DOWNLOADS

PAGE = Path(solfa.__file__).parent / "studio" / "page.py"
PATIENCE = 600
"""Seconds until a run of the page counts as hung: machines may be busy."""
SONG = b"X:1\nM:3/4\nL:1/4\nK:G\nD|GAB|d2B|AGF|GFE|DEF|G2|]\n"
KERN = b"**kern\n*k[f#]\n*G:\n*M3/4\n=1\n4g\n4a\n4b\n=2\n2.dd\n=3\n*-\n"


@pytest.fixture(autouse=True, scope="module")
def without_components():
    """Streamlit would read the metadata of every installed package, for every page."""
    scanner = "streamlit.components.v2.manifest_scanner.scan_component_manifests"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner, lambda *_: [], raising=False)
        yield


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setitem(WRITERS, ".wav", "grid_text:write")  # the browser hears the real one
    monkeypatch.setattr(Selectbox, "_widget_state", property(as_typed))
    page = AppTest.from_file(str(PAGE), default_timeout=PATIENCE).run()
    assert not page.exception
    return page


def as_typed(box):
    """What a browser says of a select box; AppTest knows of no options but those proposed."""
    typed = {} if box.value is None else {"string_value": str(box.format_func(box.value))}
    return WidgetState(id=box.id, **typed)


def compose(page):
    page.button[0].click().run()
    assert not page.exception
    return page


def field(page, label):
    kinds = (page.selectbox, page.number_input, page.slider, page.text_area, page.text_input)
    return next(field for kind in kinds for field in kind if field.label == label)


def choose(page, wish):
    """What to do with the tune that is given."""
    return page.segmented_control[1].set_value(wish).run()


def compositions(page):
    return [tune.composition for tune in page.session_state["tunes"]]


def error(page):
    (line,) = page.error
    return line.value.replace("\\", "")


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
    assert field(page, "Notes").value == EXAMPLE
    facts, found = told(page).split("  \n")
    assert facts == "C major, 4/4, no pickup"
    assert found == "found from the notes: key"
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
    assert page.session_state["tunes"][0].files[".abc"] == render(tune.melody, ".abc")
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
    assert "every note in degrees 1 2 3 4 5 6 b7 7 of G major</li>" in html(compose(page))
    assert "16 full bars of 3/4</li>" in html(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ("67 _ 128 _", "symbol 3 is '128'; write MIDI pitches 0..127, r (rest) or _ (hold)"),
        ("_ 67", "symbol 1 is '_', with nothing to hold; begin with a pitch or r"),
        ("/etc/passwd", "symbol 1 is '/etc/passwd'"),
        ("tune.abc", "symbol 1 is 'tune.abc'"),
        ("67 X:1", "symbol 2 is 'X:1'"),
    ],
)
def test_a_wrong_symbol_is_one_friendly_line(page, wrong, line):
    compose(page)
    field(page, "Notes").set_value(wrong)
    compose(page)
    assert error(page).startswith(line)
    field(page, "Notes").set_value(EXAMPLE).run()
    assert not page.error
    assert not page.code  # the tune before is not taken for the answer


def test_sol_fa_and_degrees_can_be_typed_too(page):
    field(page, "Notes").set_value("so, | do mi so | do' - so").run()
    facts, heard = told(page).split("  \n")
    assert facts == "C major, 3/4, pickup of 1 quarters"
    assert heard == "read as sol-fa, in C major"
    field(page, "Key").set_value("G major").run()
    assert told(page).endswith("in G major")
    assert symbols(compose(page)).startswith("62 _ _ _ 67 _ _ _ 71 _ _ _ 74 _ _ _ 79 _ _ _ _")
    field(page, "Notes").set_value("5 - xo").run()
    assert "'xo' (word 3) is no sol-fa" in error(page)


def test_what_cannot_be_had_is_said_too(page):
    field(page, "Length").set_value(1)
    field(page, "Notes").set_value("67 " * 17)
    compose(page)
    assert "leaves no room in 1 bars" in error(page)


def test_a_first_rest_and_no_first_notes_compose_too(page):
    field(page, "Notes").set_value("r _ _ _ 67 _ _ _")
    assert symbols(compose(page)).startswith("r _ _ _ 67 _ _ _")
    field(page, "Notes").set_value(" ")
    assert symbols(compose(page))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".krn", ".abc", ".musicxml", ".mid"])
def test_a_file_is_continued_in_its_own_key_and_metre(page, suffix):
    melody = solfa.formats.read_bytes(KERN, "tune.krn")
    upload(page, f"tune{suffix}", render(melody, suffix))
    assert told(page).startswith("G major, 3/4")
    compose(page)
    composed = compositions(page)[0].melody
    assert composed.notes[: len(melody.notes)] == melody.notes


def test_a_file_of_symbols_is_as_symbols_typed(page):
    typed = symbols(compose(page))
    upload(page, "prompt.txt", EXAMPLE.encode())
    assert symbols(compose(page)) == typed


def test_a_wrong_file_is_one_friendly_line(page):
    upload(page, "tune.krn", b"**kern\n4x\n*-\n")
    assert error(page).startswith("tune.krn, line 2: ")


def test_what_is_left_alone_asks_for_nothing(page):
    (composition,) = compositions(compose(page))
    assert composition.request == ask(prompt=EXAMPLE, bars=16, scale="key", seed=7)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wishes", "asked"),
    [
        ({"Style": "irish", "Strength": 2.0}, {"style": "irish", "style_strength": 2.0}),
        (
            {"Form": "AA'BA", "Bars a phrase": "2", "Phrases end": "half", "Likeness": 0.8},
            {"form": "AA'BA", "phrase_bars": "2", "cadences": "half", "likeness": 0.8},
        ),
        (
            {"Scale": "1 2 3 4 5 b7", "Range": "C4-G5", "Largest leap": 7},
            {"scale": "1 2 3 4 5 b7", "range": "C4-G5", "largest_leap": 7},
        ),
        (
            {"Notes": "", "Pickup": "1/2", "Notes a quarter": 1.5},
            {"prompt": None, "pickup": "1/2", "density": 1.5},
        ),
        (
            {"How many": 2, "Tempo": 90, "Loop penalty": 1.0, "Top-p": 0.9, "Min-p": 0.05},
            {"count": 2, "tempo": 90, "loop_penalty": 1.0, "top_p": 0.9, "min_p": 0.05},
        ),
    ],
    ids=lambda row: "-".join(row),
)
def test_every_further_wish_is_asked_for(page, wishes, asked):
    for label, value in wishes.items():
        field(page, label).set_value(value).run()
    if "phrase_bars" not in asked:
        field(page, "Length").set_value(4)
        asked = {"bars": 4, **asked}
    request = ask(**{"prompt": EXAMPLE, "seed": 7, "scale": "key", **asked})
    for composition in compositions(compose(page)):
        assert composition.request == request


def test_wishes_that_depend_on_another_wait_for_it(page):
    waiting = ["Strength", "Likeness", "Phrases end"]
    assert all(field(page, label).disabled for label in waiting)
    field(page, "Style").set_value("german").run()
    field(page, "Form").set_value("AABA").run()
    assert not any(field(page, label).disabled for label in waiting)
    field(page, "Likeness").set_value(0.5).run()
    field(page, "Form").set_value(None).run()  # a likeness of nothing is not asked for
    assert not page.error
    assert compositions(compose(page))[0].request.likeness == 1


def test_phrases_say_how_long_the_tune_is_unless_bars_are_asked_for(page):
    field(page, "Bars a phrase").set_value("3").run()
    assert field(page, "Length").value is None
    assert compositions(compose(page))[0].request.bars == 18
    field(page, "Length").set_value(6)
    assert compositions(compose(page))[0].request.bars == 6
    field(page, "Bars a phrase").set_value("").run()
    assert field(page, "Length").value == 16


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wishes", "asked"),
    [
        ({"Range": "C4"}, {"range": "C4"}),
        ({"Range": "D4-E4"}, {"range": "D4-E4"}),
        ({"Form": "AABAX'"}, {"form": "AABAX'"}),
        ({"Form": "ABABA", "Length": 16}, {"form": "ABABA", "bars": 16}),
        ({"Scale": "2 3 5", "Largest leap": 99}, {"scale": "2 3 5", "largest_leap": 99}),
        ({"Style": "german", "Model": "vae"}, {"style": "german", "model": "vae"}),
    ],
    ids=lambda row: " ".join(f"{name} {value}" for name, value in row.items()),
)
def test_a_contradiction_is_the_one_line_that_the_library_says(page, wishes, asked):
    for label, value in wishes.items():
        field(page, label).set_value(value).run()
    compose(page)
    with pytest.raises(SolfaError) as said:
        solfa.compose(**{"prompt": EXAMPLE, "bars": 16, **asked})
    assert "\n" not in error(page)
    assert error(page) == str(said.value)
    assert not page.code


def test_several_tunes_are_each_on_a_tab(page):
    field(page, "How many").set_value(3)
    field(page, "Length").set_value(4)
    tunes = solfa.compose(prompt=EXAMPLE, bars=4, seed=7, count=3)
    assert compositions(compose(page)) == tunes
    assert [tab.label for tab in page.tabs] == ["Tune 1", "Tune 2", "Tune 3"]
    for tab, tune in zip(page.tabs, tunes, strict=True):
        (code,) = tab.code
        assert tuple(parse(code.value)) == tune.melody.notes
        assert len(tab.download_button) == len(DOWNLOADS)


def test_bars_are_written_anew_and_the_others_kept(page):
    upload(page, "song.abc", SONG)
    choose(page, REWRITE)
    assert told(page) == "G major, 3/4, pickup of 1 quarters, bars 0-6"
    field(page, "Bars").set_value("2-3, 5")
    (composition,) = compositions(compose(page))
    (tune,) = solfa.infill(solfa.formats.read_bytes(SONG, "song.abc"), "2-3, 5", seed=7)
    assert composition == tune
    song = solfa.formats.read_bytes(SONG, "song.abc")
    assert kept(tune.melody, [0, 1, 4, 6]) == kept(song, [0, 1, 4, 6])
    assert all(kept(tune.melody, [bar]) != kept(song, [bar]) for bar in (2, 3, 5))


def kept(melody, bars):
    """The notes that begin in these bars; 0 is the pickup."""
    notes = zip(melody.onsets(), melody.notes, strict=True)
    return [(at, note) for at, note in notes if (at + 2) // 3 in bars]


def test_typed_symbols_can_be_written_anew_too(page):
    typed = f"{EXAMPLE} _ {EXAMPLE} _"
    field(page, "Notes").set_value(typed)
    field(page, "Metre").set_value("2/4").run()
    choose(page, REWRITE)
    field(page, "Bars").set_value("3")
    composed, typed = symbols(compose(page)).split(), typed.split()
    assert len(composed) == len(typed)
    assert composed != typed
    assert composed[:16] + composed[24:] == typed[:16] + typed[24:]


def test_phrases_and_candidates_reach_infill(page):
    song = solfa.compose(key="G", meter="3/4", phrase_bars="4", bars=8, seed=7)[0].melody
    upload(page, "song.abc", render(song, ".abc"))
    choose(page, REWRITE)
    assert told(page).endswith("phrases 1-2")
    field(page, "or phrases").set_value("1")
    field(page, "Best of").set_value(2)
    request = compositions(compose(page))[0].request
    assert (request.rewrite, request.rewrite_phrases, request.candidates) == ((), (1,), 2)


def test_bars_that_are_not_named_are_asked_for(page):
    upload(page, "song.abc", SONG)
    choose(page, REWRITE)
    assert not page.error
    assert error(compose(page)).startswith("nothing is to be written anew; give bars")


def test_without_a_tune_there_is_nothing_to_do_with_it(page):
    field(page, "Notes").set_value("").run()
    assert len(page.segmented_control) == 1


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc", ".krn"])
def test_a_file_that_solfa_wrote_is_made_again(page, suffix):
    asked = {"style": "irish", "key": "D", "meter": "6/8", "bars": 8, "count": 2, "seed": 4}
    tune = solfa.compose(**asked)[1]
    upload(page, f"tune{suffix}", render(tune.melody, suffix))
    choose(page, AGAIN)
    assert f"{tune.model} {tune.model_hash}" in told(page)
    (again,) = compositions(compose(page))
    assert again.melody == tune.melody
    assert f'<li class="kept">the same as tune{suffix}</li>' in html(page)


def test_a_file_of_another_hand_is_one_line(page):
    upload(page, "song.abc", SONG)
    choose(page, AGAIN)
    assert error(page).startswith("song.abc: carries no request: solfa did not compose it")


def test_a_model_that_is_not_at_hand_is_one_line(page):
    tune = solfa.compose(bars=2, seed=4)[0]
    told_otherwise = render(tune.melody, ".abc").replace(b"melody_lstm", b"somebodys_own")
    upload(page, "tune.abc", told_otherwise)
    choose(page, AGAIN)
    assert "which is not bundled; give its folder" in error(compose(page))


def test_every_model_of_the_table_can_be_chosen(page):
    assert field(page, "Model").options == list(runtime.MODELS)


def test_a_model_is_loaded_once(page, monkeypatch):
    loaded = []
    st.cache_resource.clear()
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
