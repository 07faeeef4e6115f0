"""The fields of further wishes, folded away; an empty field asks for nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from solfa.analysis.cadences import CADENCES
from solfa.composing.request.request import WISHES
from solfa.composing.request.scales import SCALE_NAMES
from solfa.corpora.repertoires import REPERTOIRES
from solfa.studio.fields import choice, number, slider, text

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
    asked |= _others(set(asked))
    return {name: value for name, value in asked.items() if value not in (None, "")}


def _style() -> dict[str, Any]:
    left, right = st.columns(2)
    style = choice(left, "Style", "style", list(REPERTOIRES), "any", new=False)
    strength = slider(right, "Strength", "style_strength", 0.5, format="%.1f", disabled=not style)
    return {"style": style, "style_strength": strength if style else None}


def _phrases() -> dict[str, Any]:
    left, right = st.columns(2)
    form = choice(left, "Form", "form", FORMS, "free")
    bars = text(right, "Bars a phrase", "phrase_bars", "4 or 4,4,8,4")
    left, right = st.columns(2)
    phrased = bool(form or bars)
    cadences = choice(left, "Phrases end", "cadences", CADENCES, "free", disabled=not phrased)
    likeness = slider(right, "Likeness", "likeness", 0.05, disabled=not form)
    return {
        "form": form,
        "phrase_bars": bars,
        "cadences": cadences if phrased else None,
        "likeness": likeness if form else None,
    }


def _pitches() -> dict[str, Any]:
    scale = choice(st, "Scale", "scale", SCALE_NAMES, "the key's own")
    left, right = st.columns(2)
    range = text(left, "Range", "range", "C4-G5")
    leap = number(right, "Largest leap", "largest_leap", 1, placeholder="any")
    return {"scale": scale, "range": range, "largest_leap": leap}


def _rhythm() -> dict[str, Any]:
    left, right = st.columns(2)
    pickup = choice(left, "Pickup", "pickup", PICKUPS, "any")
    density = number(right, "Notes a quarter", "density", 0.25, placeholder="any")
    return {"pickup": pickup, "density": density}


def _others(drawn: set[str]) -> dict[str, Any]:
    """A switch for every further wish that is yes or no, so that none is missing here."""
    return {
        name: st.checkbox(name.replace("_", " ").capitalize(), row.default, help=row.help)
        for name, row in WISHES.items()
        if row.shared and row.kind is bool and name not in drawn
    }


def _tunes() -> dict[str, Any]:
    left, right = st.columns(2)
    count = left.number_input("How many", 1, MOST_TUNES, WISHES["count"].default)
    tempo = number(right, "Tempo", "tempo", 1, placeholder="100")
    loops = slider(st, "Loop penalty", "loop_penalty", 0.5, format="%.1f")
    left, right = st.columns(2)
    top_p = number(left, "Top-p", "top_p", 0.05, format="%g")
    min_p = number(right, "Min-p", "min_p", 0.01, format="%g")
    return {"count": count, "tempo": tempo, "loop_penalty": loops, "top_p": top_p, "min_p": min_p}
