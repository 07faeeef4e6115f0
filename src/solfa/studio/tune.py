"""The right column: tunes to see, to hear and to keep."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import NamedTuple

import streamlit as st

from solfa.composing.composition import Composition
from solfa.errors import SolfaError
from solfa.formats import render
from solfa.formats.grid_text import to_symbols
from solfa.melody import Melody

DOWNLOADS = {
    "MIDI": (".mid", "audio/midi"),
    "MusicXML": (".musicxml", "application/vnd.recordare.musicxml+xml"),
    "ABC": (".abc", "text/vnd.abc"),
    "PDF": (".pdf", "application/pdf"),
    "WAV": (".wav", "audio/wav"),
    "MP3": (".mp3", "audio/mpeg"),
}
"""What each button gives: the suffix and the media type."""

_LATER = (".pdf", ".mp3")
"""What takes too long to make before it is asked for."""


class Tune(NamedTuple):
    """A composition with its score and its files by suffix, made once; `_LATER` are not."""

    composition: Composition
    score: bytes
    files: dict[str, bytes]

    @classmethod
    def of(cls, composition: Composition) -> Tune:
        """Draws and writes all that the page shows; `SolfaError` for what cannot be."""
        melody = composition.melody
        at_once = (suffix for suffix, _ in DOWNLOADS.values() if suffix not in _LATER)
        files = {suffix: render(melody, suffix) for suffix in at_once}
        return cls(composition, render(melody, ".svg"), files)


def show_tunes(tunes: Sequence[Tune]) -> None:
    """The tunes, each on a tab of its own if there are several."""
    if len(tunes) == 1:
        show_tune(tunes[0])
        return
    names = [f"Tune {number}" for number in range(1, len(tunes) + 1)]
    for tab, tune in zip(st.tabs(names), tunes, strict=True):
        with tab:
            show_tune(tune)


def show_tune(tune: Tune) -> None:
    """The score, the player, the downloads, the symbols, what was checked, and who made it."""
    composition = tune.composition
    show_score(tune.score, f"Score of the tune: {composition.request.key}")
    st.audio(tune.files[".wav"], format="audio/wav")
    name = f"{composition.model}-seed{composition.seed}-{composition.index + 1}"
    with st.container(horizontal=True):
        for label, (suffix, kind) in DOWNLOADS.items():
            st.download_button(
                label,
                tune.files.get(suffix) or partial(render, composition.melody, suffix),
                f"{name}{suffix}",
                kind,
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
    _show_checks(composition)
    _show_symbols(composition.melody)


def show_score(svg: bytes, words: str) -> None:
    """An engraved score on its sheet of paper; ``words`` for those who cannot see it."""
    data = b64encode(svg).decode()
    picture = f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'
    st.html(f'<div class="solfa-score">{picture}</div>')


def _show_symbols(melody: Melody) -> None:
    try:
        st.code(" ".join(to_symbols(melody.notes)), language=None, wrap_lines=True)
    except SolfaError:
        st.caption("The tune has notes that are not on the grid of sixteenths.")


def _show_checks(composition: Composition) -> None:
    marks = "".join(
        f'<li class="{"kept" if check.kept else "broken"}">{escape(check.guarantee)}</li>'
        for check in composition.checks
    )
    made_by = (
        f"{composition.model} {composition.model_hash}, seed {composition.seed},"
        f" temperature {composition.request.temperature:g}"
    )
    st.html(f'<ul class="solfa-checks">{marks}</ul><p class="solfa-maker">{escape(made_by)}</p>')
