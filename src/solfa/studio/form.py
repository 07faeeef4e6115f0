"""The left column: what a person asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from solfa.composing.ask import ask
from solfa.composing.request import Request
from solfa.formats import READERS, read_bytes
from solfa.formats.symbols import parse, to_symbols
from solfa.melody import Key, Melody
from solfa.runtime import MODELS

EXAMPLE = "67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _"
"""The report's prompt."""

KEYS = [str(Key.of(pitch, mode)) for mode in ("major", "minor") for pitch in range(12)]
METERS = ["4/4", "3/4", "2/4", "6/8", "2/2", "3/8", "9/8", "12/8"]
LENGTHS = {"bars": 16, "steps": 500}
"""The units of length, as `solfa.compose` names them, and how many are proposed."""

_OURS = 1.0
_REPORTS = {"gru_attention": 0.3, "vae": 0.3, "lstm_attention": 0.3, "stacked_bilstm": 0.5}
"""The temperatures proposed."""


class Form(NamedTuple):
    """The request, the name of the model to ask, and whether to compose now."""

    request: Request
    model: str
    pressed: bool


def show_form() -> Form:
    """Draws every field, then reads them; `SolfaError` says what of it cannot be understood."""
    given = _prompt()
    key, meter = _key_and_meter()
    found = st.empty()
    model, seed = _model_and_seed()
    temperature = st.slider(
        "Temperature",
        *(0.1, 2.0, _REPORTS.get(model, _OURS), 0.1),
        key=f"temperature of {model}",
        format="%.1f",
        help="Low is careful and repeats itself, high is daring.",
    )
    length = _length()
    pressed = st.button("Compose", type="primary", width="stretch", on_click=_forget)

    found.caption("Key and metre are not known yet.")
    request = ask(
        prompt=_read(given),
        key=key,
        meter=meter,
        temperature=temperature,
        seed=seed,
        **length,
    )
    found.caption(plain(_facts(request)))
    return Form(request, model, pressed)


def _prompt() -> str | UploadedFile | None:
    how = st.segmented_control(
        "The first notes",
        ["Symbols", "File"],
        default="Symbols",
        required=True,
        help="Symbols last a sixteenth note each: a MIDI pitch (60 is middle C) begins a note,"
        " r a rest, _ holds it on. A file is one tune of one voice.",
    )
    if how == "File":
        return st.file_uploader(
            "A tune's file",
            [suffix.removeprefix(".") for suffix in READERS],
            label_visibility="collapsed",
        )
    return st.text_area(
        "Symbols",
        EXAMPLE,
        key="symbols",
        height=100,
        label_visibility="collapsed",
    )


def _key_and_meter() -> tuple[str | None, str | None]:
    left, right = st.columns([3, 2])
    key, meter = (
        place.selectbox(
            label, choices, index=None, placeholder="from the notes", accept_new_options=True
        )
        for place, label, choices in ((left, "Key", KEYS), (right, "Metre", METERS))
    )
    return key, meter


def _model_and_seed() -> tuple[str, int]:
    left, right = st.columns([3, 2])
    model = left.selectbox("Model", list(MODELS))
    seed = right.number_input(
        "Seed", 0, 10**6, 7, key="seed", help="The same seed makes the same tune again."
    )
    return model, seed


def _length() -> dict[str, Any]:
    left, right = st.columns(2, vertical_alignment="bottom")
    unit = right.selectbox(
        "Unit of length",
        list(LENGTHS),
        format_func={"bars": "bars", "steps": "grid steps"}.__getitem__,
        label_visibility="collapsed",
    )
    number = left.number_input(
        "Length",
        *(1, 10_000, LENGTHS[unit]),
        key=f"length in {unit}",
        help="Of the whole tune, first notes included. A grid step is a sixteenth note.",
    )
    return {unit: number}


def _forget() -> None:
    """Takes away the last tune, so that it is never taken for the answer to a new question."""
    st.session_state.pop("tune", None)


def _read(given: str | UploadedFile | None) -> str | Melody | None:
    """The prompt for `ask`; what is typed is symbols and never the name of a file."""
    if given is None:
        return None
    if not isinstance(given, str):
        melody = read_bytes(given.getvalue(), given.name)
        if Path(given.name).suffix.lower() != ".txt":
            return melody
        given = " ".join(to_symbols(melody.notes))
    return given if parse(given) else None


def _facts(request: Request) -> str:
    """``C major, 4/4, no pickup``, and what of it was found."""
    prompt = request.prompt
    if prompt is None:
        return f"{request.key}, {request.meter}"
    pickup = f"pickup of {prompt.pickup} quarters" if prompt.pickup else "no pickup"
    facts = f"{prompt.key}, {prompt.meter or 'free metre'}, {pickup}"
    comments = prompt.metadata.comments
    names = [n for n in ("key", "metre", "pickup") if f"{n}: found by analysis" in comments]
    return f"{facts}  \nfound from the notes: {', '.join(names)}" if names else facts


def plain(text: str) -> str:
    """``text`` for Streamlit, which would take an underscore for emphasis."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", text)
