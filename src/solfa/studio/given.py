"""The fields for the tune that a person gives, and for what to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from solfa.composing.request.prompt import is_written
from solfa.composing.request.request import Request
from solfa.formats import READERS, read_bytes
from solfa.formats.comments import found_by_analysis
from solfa.formats.grid_text import parse, to_symbols
from solfa.melody import Melody

EXAMPLE = "67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _"
"""The report's prompt."""

ONWARD, REWRITE, AGAIN = "Go on", "Write bars anew", "Make it again"
"""What to do with the tune; only a file can be made again, by its provenance."""


class Given(NamedTuple):
    """A tune's notes or file; what to do with it; the parts to ``rewrite``, as `infill` takes them.

    ``wish`` is one of `ONWARD`, `REWRITE` and `AGAIN`.
    """

    tune: str | UploadedFile | None
    wish: str
    rewrite: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's."""
        return "" if isinstance(self.tune, str | None) else self.tune.name

    def read(self) -> str | Melody | None:
        """The tune as `ask` takes it; what is typed is notes and never the name of a file."""
        given = self.tune
        if not given:
            return None
        if not isinstance(given, str):
            melody = read_bytes(given.getvalue(), given.name)
            if Path(given.name).suffix.lower() != ".txt":
                return melody
            given = " ".join(to_symbols(melody.notes))
        return given if is_written(given) or parse(given) else None


def show_given() -> Given:
    """Draws the tune's fields."""
    how = st.segmented_control(
        "The first notes",
        ["Notes", "File"],
        default="Notes",
        required=True,
        help="As symbols, a sixteenth note each: a MIDI pitch (60 is middle C) begins a note,"
        " r a rest, _ holds it on. Or as sol-fa or degrees in the key, a quarter note each:"
        " do re mi:1/2 fa:1/2 so - la, 5 6 7 1'. A file is one tune of one voice.",
    )
    given: str | UploadedFile | None
    if how == "File":
        suffixes = [suffix.removeprefix(".") for suffix in READERS]
        given = st.file_uploader("A tune's file", suffixes, label_visibility="collapsed")
    else:
        given = st.text_area(
            "Notes",
            EXAMPLE,
            key="notes",
            height=80,
            placeholder="do re mi fa so",
            label_visibility="collapsed",
        ).strip()
    wish = _wish(how) if given else ONWARD
    return Given(given, wish, _rewrite() if wish == REWRITE else {})


def _wish(how: str) -> str:
    return st.segmented_control(
        "What to do with it",
        [ONWARD, REWRITE, AGAIN] if how == "File" else [ONWARD, REWRITE],
        default=ONWARD,
        required=True,
        key=f"what to do with {how}",
        label_visibility="collapsed",
    )


def _rewrite() -> dict[str, Any]:
    left, middle, right = st.columns(3)
    bars = left.text_input(
        "Bars",
        key="bars anew",
        placeholder="5-8, 13",
        help="The first full bar is 1, a pickup is 0. Every note that begins elsewhere stays.",
    )
    phrases = middle.text_input(
        "or phrases", key="phrases anew", placeholder="3", help="Where the file marks them."
    )
    candidates = right.number_input(
        "Best of",
        value=None,
        step=1,
        placeholder="auto",
        help="So many are drawn, and the one is taken that leads on best to what is kept.",
    )
    return {"bars": bars or None, "phrases": phrases or None, "candidates": candidates}


def facts(request: Request, given: Given) -> str:
    """``C major, 4/4, no pickup``, what of it was found, and what may be named."""
    prompt = request.prompt
    if prompt is None:
        return f"{request.key}, {request.meter}"
    pickup = f"pickup of {prompt.pickup} quarters" if prompt.pickup else "no pickup"
    lines = [f"{prompt.key}, {prompt.meter or 'free metre'}, {pickup}"]
    if given.wish == REWRITE and prompt.meter:
        bars = prompt.bar_numbers
        lines[0] += f", bars {bars[0]}-{bars[-1]}"
        if prompt.phrase_ends:
            lines[0] += f", phrases 1-{len(prompt.phrases())}"
    comments = prompt.metadata.comments
    names = [n for n in ("key", "metre", "pickup") if found_by_analysis(n) in comments]
    if names:
        lines.append(f"found from the notes: {', '.join(names)}")
    lines += [text.removeprefix("notes: ") for text in comments if text.startswith("notes: ")]
    return "  \n".join(lines)
