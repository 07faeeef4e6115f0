"""What few ask for, folded away: each field left alone asks for nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from solfa.analysis.cadences import CADENCES
from solfa.composing.request.request import Request
from solfa.composing.request.scales import SCALE_NAMES
from solfa.corpora.repertoires import REPERTOIRES

FORMS = ["AABA", "AABB", "ABAC", "ABAB", "AA'BB'", "ABA"]
PICKUPS = ["0", "1/2", "1", "3/2", "2"]
"""Proposed, in quarters."""

PHRASED = ("form", "phrase_bars")
"""What parts a tune into phrases, as `ask` names it."""

MOST_TUNES = 12
"""More would be long in coming."""


def show_more() -> dict[str, Any]:
    """Draws the fields, group by group; what they ask, as `ask` takes it."""
    asked: dict[str, Any] = {}
    for name, group in (
        ("Repertoire", _style),
        ("Phrases", _phrases),
        ("Pitches", _pitches),
        ("Rhythm", _rhythm),
        ("Tunes", _tunes),
    ):
        st.markdown(f"**{name}**")
        asked |= group()
    return {name: value for name, value in asked.items() if value not in (None, "")}


def _style() -> dict[str, Any]:
    left, right = st.columns(2)
    style = left.selectbox("Style", list(REPERTOIRES), index=None, placeholder="any")
    strength = right.slider(
        "Strength",
        *(0.0, 4.0, Request.style_strength, 0.5),
        format="%.1f",
        disabled=style is None,
        help="0 ignores the style, 1 is as learned, more exaggerates it.",
    )
    return {"style": style, "style_strength": strength if style else None}


def _phrases() -> dict[str, Any]:
    left, right = st.columns(2)
    form = left.selectbox(
        "Form",
        FORMS,
        index=None,
        placeholder="free",
        accept_new_options=True,
        help="A letter for each phrase; the same letter comes again, with a prime it is varied."
        " Numbers are bars: A4A4B8A4.",
    )
    bars = right.text_input(
        "Bars a phrase",
        placeholder="4 or 4,4,8,4",
        help="One number, or one for each phrase of the form.",
    )
    left, right = st.columns(2)
    cadences = left.selectbox(
        "Phrases end",
        CADENCES,
        index=None,
        placeholder="free",
        accept_new_options=True,
        disabled=not (form or bars),
        help="All but the last, which ends on the tonic: half on the 2nd, 5th or 7th degree,"
        " full on the tonic. Or one word for each phrase: half full half full.",
    )
    likeness = right.slider(
        "Likeness",
        *(0.0, 1.0, Request.likeness, 0.05),
        disabled=not form,
        help="Of phrases with the same letter; 1 is note for note.",
    )
    return {
        "form": form,
        "phrase_bars": bars,
        "cadences": cadences if form or bars else None,
        "likeness": likeness if form else None,
    }


def _pitches() -> dict[str, Any]:
    scale = st.selectbox(
        "Scale",
        SCALE_NAMES,
        index=None,
        placeholder="free",
        accept_new_options=True,
        help="Only these pitches: key is the mode's own. Or degrees of the key: 1 2 b3 5.",
    )
    left, right = st.columns(2)
    range = left.text_input("Range", placeholder="C4-G5", help="The lowest and highest pitch.")
    leap = right.number_input(
        "Largest leap",
        value=None,
        step=1,
        placeholder="any",
        help="In semitones; an octave has 12.",
    )
    return {"scale": scale, "range": range, "largest_leap": leap}


def _rhythm() -> dict[str, Any]:
    left, right = st.columns(2)
    pickup = left.selectbox(
        "Pickup",
        PICKUPS,
        index=None,
        placeholder="any",
        accept_new_options=True,
        help="Quarters before bar 1: 1, 1/2; 0 is none.",
    )
    density = right.number_input(
        "Notes a quarter",
        value=None,
        step=0.25,
        placeholder="any",
        help="Leaned on by solfa's own model, not kept exactly. Most songs have 1 to 2.",
    )
    return {"pickup": pickup, "density": density}


def _tunes() -> dict[str, Any]:
    left, right = st.columns(2)
    count = left.number_input("How many", 1, MOST_TUNES, Request.count)
    tempo = right.number_input(
        "Tempo", value=None, step=1, placeholder="100", help="Quarters a minute."
    )
    loops = st.slider(
        "Loop penalty",
        *(0.0, 10.0, Request.loop_penalty, 0.5),
        format="%.1f",
        help="How strongly one note or figure over and over is stopped; 0 never.",
    )
    left, right = st.columns(2)
    top_p = left.number_input(
        "Top-p",
        value=Request.top_p,
        step=0.05,
        format="%g",
        help="Leave out what is less likely than the rest, above this share; 1 nothing.",
    )
    min_p = right.number_input(
        "Min-p",
        value=Request.min_p,
        step=0.01,
        format="%g",
        help="Leave out what is less likely than so many times the likeliest; 0 nothing.",
    )
    return {"count": count, "tempo": tempo, "loop_penalty": loops, "top_p": top_p, "min_p": min_p}
