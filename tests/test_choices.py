"""Choices by name: any case, blanks and hyphens alike, the nearest where none is meant."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import solfa
from solfa.analysis.solmization import SYSTEMS
from solfa.choices import choose, match, remedy
from solfa.composing.request.scales import SCALE_NAMES
from solfa.errors import SolfaError
from solfa.formats.instruments import CLEFS, INSTRUMENTS
from solfa.formats.write_options import ENGRAVERS, WriteOptions
from solfa.models.registry import trained, trained_row

TABLES: list[Iterable[str]] = [INSTRUMENTS, CLEFS, ENGRAVERS, SYSTEMS, SCALE_NAMES, trained()]


@pytest.mark.parametrize("names", TABLES)
def test_case_blanks_and_hyphens_tell_no_names_apart(names: Iterable[str]) -> None:
    for name in names:
        for written in (name.upper(), name.title(), name.replace(" ", "-"), f" {name}  "):
            assert choose("name", written, names) == name


@given(st.lists(st.text("abAB-_ ", min_size=1, max_size=4), unique=True), st.text(max_size=4))
def test_what_is_chosen_is_one_of_the_names_or_refused_in_a_line(
    names: list[str], name: str
) -> None:
    assert all(match(each, names) == each for each in names)
    if (meant := match(name, names)) is not None:
        assert choose("name", name, names) == meant
        assert meant in names
    else:
        with pytest.raises(SolfaError, match=r"\Aunknown name .*\Z"):
            choose("name", name, names)


@given(st.lists(st.text(max_size=400), max_size=200), st.text(max_size=400))
def test_a_remedy_is_short(names: list[str], name: str) -> None:
    known = [f"name{number}" for number, _ in enumerate(names)]
    assert len(remedy(name, known)) <= 240


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        (lambda: WriteOptions(instrument="clarinett"), "unknown instrument 'clarinett'; did you"),
        (lambda: WriteOptions(clef="basss"), "unknown clef 'basss'; did you mean 'bass'? choose"),
        (lambda: WriteOptions(chords="yes"), "chords 'yes' is neither True nor False"),
        (lambda: WriteOptions(instrument=7), "unknown instrument 7; choose from piano"),
        (lambda: WriteOptions(engraver=None), "unknown engraver None; choose from verovio"),
        (lambda: trained_row("melody_lst"), "'melody_lst' cannot be trained; did you mean"),
        (lambda: solfa.corpora.load("germen"), "no folder or repertoire 'germen'; did you mean"),
        (lambda: solfa.parse("K:C\nC", "abd"), "cannot read '.abd'; did you mean '.abc'"),
        (lambda: solfa.compose(style="germn"), "style 'germn' is unknown to the model; did you"),
        (lambda: solfa.compose(scale="dorain"), "unknown scale 'dorain'; did you mean 'dorian'?"),
        (lambda: solfa.compose(model="ngrm"), "unknown model 'ngrm'; did you mean 'ngram'?"),
        (
            lambda: solfa.compose(form="AB", cadences="haf"),
            "unknown cadence 'haf'; did you mean 'half'? choose from half, full, free",
        ),
    ],
)
def test_a_near_miss_is_answered_with_the_nearest(chosen: Callable[[], Any], why: str) -> None:
    with pytest.raises(SolfaError) as error:
        chosen()
    assert str(error.value).startswith(why)
    assert len(str(error.value)) <= 300


def test_a_style_a_model_and_a_repertoire_are_known_in_any_case() -> None:
    asked: dict[str, Any] = {"bars": 4, "seed": 1}
    one = solfa.compose(style="GERMAN", model="Melody-LSTM", **asked)[0]
    assert one.melody == solfa.compose(style="german", **asked)[0].melody
    assert one.request.style == "german"
    assert len(solfa.corpora.load("German").split("Valid", "Family")) > 0
