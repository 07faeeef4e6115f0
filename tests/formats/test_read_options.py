"""Choices of reading as plain data: what a run of training remembers."""

import json
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from solfa.formats.read_options import ReadOptions
from tests.strategies import keys

choices = st.fixed_dictionaries(
    {},
    optional={
        "track": st.integers(1, 99) | st.sampled_from(["Melody", "Cantus firmus"]),
        "voice": st.integers(1, 9),
        "top": st.booleans(),
        "step": st.sampled_from([Fraction(1, 4), Fraction(1, 3), Fraction(1)]),
        "unfold": st.booleans(),
        "key": keys,
        "syllables": st.sampled_from(["do", "la"]),
    },
)


@given(choices)
def test_choices_come_back_from_json(chosen: dict[str, Any]) -> None:
    options = ReadOptions.of(**chosen)
    assert ReadOptions.of(**json.loads(json.dumps(options.to_json()))) == options


def test_what_is_not_chosen_is_not_said() -> None:
    assert ReadOptions().to_json() == {}
    assert ReadOptions(voice=2, step=Fraction(1, 4)).to_json() == {"voice": 2, "step": "1/4"}
