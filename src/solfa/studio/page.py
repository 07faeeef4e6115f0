"""The page: the wishes on the left, the tunes on the right."""

from pathlib import Path

import streamlit as st

from solfa.errors import SolfaError
from solfa.formats import render
from solfa.models.protocol import Model
from solfa.runtime import MODELS, load_model
from solfa.studio.given import AGAIN, ONWARD, REWRITE
from solfa.studio.tune import Tune, show_score, show_tunes
from solfa.studio.wishes import Wishes, plain, show_wishes

PROMISES = {
    ONWARD: "The first notes. **Compose** goes on from here.",
    REWRITE: "The tune as it is. **Compose** writes the bars that you name anew.",
    AGAIN: "The tune as the file has it. **Compose** makes it again.",
}
"""What becomes of the tune that is given."""


def page() -> None:
    """Draws everything, and composes when asked."""
    st.set_page_config("solfa studio", page_icon="🎼", layout="wide")
    st.html(Path(__file__).with_name("page.css"))
    st.title("solfa studio", anchor=False)
    st.markdown("Give the first notes of a tune; a model writes the rest, to see, hear and keep.")
    left, right = st.columns([5, 9], gap="large")
    asking, answer = left.container(key="wishes"), right.container(key="answer")
    try:
        with asking:
            wishes = show_wishes()
        with answer:
            _answer(wishes)
    except SolfaError as error:
        answer.error(plain(str(error)))


def _answer(wishes: Wishes) -> None:
    if wishes.pressed:
        with st.spinner(
            f"{wishes.model} is composing; its first tune takes longer.", show_time=True
        ):
            compositions = wishes.compose(model=_model(wishes.model))
            st.session_state["tunes"] = [Tune.of(composition) for composition in compositions]
    if "tunes" in st.session_state:
        show_tunes(st.session_state["tunes"])
    elif wishes.given:
        show_score(render(wishes.given, ".svg"), "Score of the first notes")
        st.caption(PROMISES[wishes.wish])


@st.cache_resource(show_spinner=False)
def _model(name: str) -> Model | None:
    """The model of this name; None for one that a file names and that is not bundled."""
    return load_model(name) if name in MODELS else None


page()
