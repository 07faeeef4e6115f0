"""Every error is one short line, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st

from solfa.errors import ModelError, ReadError, RequestError, SolfaError

KINDS = (SolfaError, ReadError, ModelError, RequestError)


@given(st.sampled_from(KINDS), st.text(max_size=2000))
def test_an_error_is_one_short_line(kind: type[SolfaError], text: str) -> None:
    said = str(kind(text))
    assert said.isprintable()
    assert len(said) <= kind.longest
    assert said == text or len(text) > kind.longest or not text.isprintable()


@given(st.text(min_size=400, max_size=900), st.text(max_size=400))
def test_the_remedy_at_the_end_stays(source: str, reason: str) -> None:
    said = str(ReadError(f"{reason}; write 3/4", source, 3))
    assert said.endswith("; write 3/4")
    assert len(said) <= 300


def test_control_characters_are_escaped() -> None:
    assert str(SolfaError("a\tb\nc\x1b[31m")) == r"a\tb\nc\x1b[31m"
