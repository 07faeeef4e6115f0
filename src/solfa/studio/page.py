"""The page: the form on the left, the tune on the right."""

from pathlib import Path

import streamlit as st

from solfa.composing.composition import compose_request
from solfa.errors import SolfaError
from solfa.formats import render
from solfa.models.protocol import Model
from solfa.runtime import load_model
from solfa.studio.form import Form, plain, show_form
from solfa.studio.tune import Tune, show_score, show_tune


def page() -> None:
    """Draws everything, and composes when asked."""
    st.set_page_config("solfa studio", page_icon="🎼", layout="wide")
    st.html(Path(__file__).with_name("page.css"))
    st.title("solfa studio", anchor=False)
    st.markdown("Give the first notes of a tune; a model writes the rest, to see, hear and keep.")
    left, right = st.columns([5, 9], gap="large")
    try:
        with left.container(key="form"):
            form = show_form()
        with right.container(key="answer"):
            _answer(form)
    except SolfaError as error:
        right.error(plain(str(error)))


def _answer(form: Form) -> None:
    if form.pressed:
        with st.spinner(f"{form.model} is composing; its first tune takes longer.", show_time=True):
            (composition,) = compose_request(form.request, _model(form.model))
            st.session_state["tune"] = Tune.of(composition)
    if "tune" in st.session_state:
        show_tune(st.session_state["tune"])
    elif form.request.prompt:
        show_score(render(form.request.prompt, ".svg"), "Score of the first notes")
        st.caption("The first notes. **Compose** goes on from here.")


@st.cache_resource(show_spinner=False)
def _model(name: str) -> Model:
    return load_model(name)


page()
