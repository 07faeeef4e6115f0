"""The left column: what a person asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from solfa.composing.compose import compose, infill
from solfa.composing.composition import Composition
from solfa.composing.provenance import Provenance
from solfa.composing.replay import compose_again
from solfa.composing.request.ask import ask
from solfa.composing.request.request import WISHES
from solfa.melody import Key, Melody
from solfa.models import registry
from solfa.models.protocol import Model
from solfa.runtime import MODELS
from solfa.studio.given import AGAIN, REWRITE, Given, facts, show_given
from solfa.studio.more import PHRASED, show_more

KEYS = [str(Key.of(pitch, mode)) for mode in ("major", "minor") for pitch in range(12)]
METERS = ["4/4", "3/4", "2/4", "6/8", "2/2", "3/8", "9/8", "12/8"]
LENGTHS = {"bars": 16, "steps": 500}
"""The units of length, as `solfa.compose` names them, and how many are proposed."""


class Wishes(NamedTuple):
    """What the page asks for: ``compose`` takes the model, whose name is ``model``.

    ``given`` is the tune given, if one is, ``wish`` what to do with it, and ``pressed`` whether to
    compose now.
    """

    compose: Callable[..., list[Composition]]
    model: str
    given: Melody | None
    wish: str
    pressed: bool


def show_wishes() -> Wishes:
    """Draws every field, then reads them; `SolfaError` for what cannot be read."""
    given = show_given()
    if given.wish == AGAIN:
        return _show_again(given)
    key, meter = _key_and_meter()
    found = st.empty()
    model, seed = _model_and_seed()
    temperature = st.slider(
        "Temperature",
        *(0.1, 2.0, registry.temperature(model), 0.1),
        key=f"temperature of {model}",
        format="%.1f",
        help=WISHES["temperature"].help,
    )
    before = st.container()
    with st.expander("More wishes", key="more"):
        more = show_more()
    with before:
        length = {} if given.wish == REWRITE else _length(not more.keys().isdisjoint(PHRASED))
    pressed = _button()

    found.caption("Key and metre are not known yet.")
    tune: Any = given.read()
    asked = {"key": key, "meter": meter, "temperature": temperature, "seed": seed, **more, **length}
    request = ask(prompt=tune, **asked)
    found.caption(plain(facts(request, given)))
    composing = (
        partial(infill, tune, **given.rewrite, **asked)
        if given.wish == REWRITE
        else partial(compose, prompt=tune, **asked)
    )
    return Wishes(composing, model, request.prompt, given.wish, pressed)


def _show_again(given: Given) -> Wishes:
    """No wishes but those that the file carries."""
    found = st.empty()
    pressed = _button()
    found.caption("How the tune was made is not known.")
    tune: Any = given.read()
    record = Provenance.of(tune, given.name)
    maker = f"solfa {record.solfa}, {record.model} {record.hash}"
    found.caption(plain(f"Made by {maker}, as the file says."))
    return Wishes(partial(_again, tune, given.name), record.model, tune, AGAIN, pressed)


def _again(tune: Melody, name: str, model: Model | None) -> list[Composition]:
    return [compose_again(tune, name, model)]


def _key_and_meter() -> tuple[str | None, str | None]:
    left, right = st.columns(2)
    key, meter = (
        place.selectbox(
            label, choices, index=None, placeholder="from the notes", accept_new_options=True
        )
        for place, label, choices in ((left, "Key", KEYS), (right, "Metre", METERS))
    )
    return key, meter


def _model_and_seed() -> tuple[str, int]:
    left, right = st.columns(2)
    model = left.selectbox("Model", list(MODELS))
    seed = right.number_input("Seed", 0, 10**6, 7, key="seed", help=WISHES["seed"].help)
    return model, seed


def _length(phrased: bool) -> dict[str, Any]:
    """So many bars or steps; where phrases are asked for, as many as these make, if left open."""
    left, right = st.columns(2, vertical_alignment="bottom")
    unit = right.selectbox(
        "Unit of length",
        list(LENGTHS),
        format_func={"bars": "bars", "steps": "grid steps"}.__getitem__,
        label_visibility="collapsed",
    )
    number = left.number_input(
        "Length",
        1,
        10_000,
        None if phrased else LENGTHS[unit],
        key=f"length in {unit}{' of phrases' if phrased else ''}",
        placeholder="as the phrases",
        help="Of the whole tune, first notes included. A grid step is a sixteenth note.",
    )
    return {unit: number}


def _button() -> bool:
    return st.button("Compose", type="primary", width="stretch", on_click=_forget)


def _forget() -> None:
    """Takes away the last tunes, so that they are never taken for the answer to a new question."""
    st.session_state.pop("tunes", None)


def plain(text: str) -> str:
    """``text`` for Streamlit, which would take an underscore for emphasis."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", text)
