"""Repeats: a text written with signs is played as its plain sequence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats.repeats import Mark, order, passes, unfolded


def played(text: str) -> str:
    """Plays letters with ``[`` ``]`` ``|`` and digits as marks."""
    letters, marks = "", []
    for sign in text:
        if sign.isdigit():
            marks.append(Mark(len(letters), "1", passes=frozenset([int(sign)])))
        elif sign in "[]|":
            marks.append(Mark(len(letters), sign))  # type: ignore[arg-type]
        else:
            letters += sign
    return "".join(letters[a:b] for a, b in unfolded(marks, 0, len(letters)))


@pytest.mark.parametrize(
    ("written", "sounding"),
    [
        ("abc", "abc"),
        ("ab]c", "ababc"),
        ("a[bc]d", "abcbcd"),
        ("a]b]", "aabb"),
        ("a|b]c", "abbc"),
        ("a[b|c]d", "abcbcd"),
        ("a[b1c]2d|e", "abcbde"),
        ("a[b1c]2d]e", "abcbde"),
        ("a[b1c]2d[e]", "abcbdee"),
        ("ab1c]d", "abcabd"),
        ("a1b]2c]d1e]2f", "abacdedf"),
        ("a1b]c]", "abacc"),
        ("", ""),
    ],
)
def test_signs_are_played(written: str, sounding: str) -> None:
    assert played(written) == sounding


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["plain", "repeat", "endings"]), st.integers(1, 3))))
def test_a_book_of_sections_is_its_plain_sequence(sections: list[tuple[str, int]]) -> None:
    letters = iter(map(chr, range(0x4E00, 0x9000)))
    written = sounding = ""
    for kind, length in sections:
        body = "".join(next(letters) for _ in range(length))
        if kind == "endings":
            first, second = next(letters), next(letters)
            written += f"[{body}1{first}]2{second}|"
            sounding += body + first + body + second
        else:
            written += f"[{body}]" if kind == "repeat" else f"|{body}"
            sounding += body * (2 if kind == "repeat" else 1)
    assert played(written) == sounding


def test_lists_of_passes() -> None:
    assert passes("1,3") == {1, 3}
    assert passes("1-3") == {1, 2, 3}
    assert passes("2.") == {2}
    for text in ("", "x", "1,,2", "0"):
        with pytest.raises(ReadError, match="without a number"):
            passes(text)


def test_orders_of_parts() -> None:
    assert order("AABB") == "AABB"
    assert order("A2 B2.C") == "AABBC"
    assert order("((AB)2C)2") == "ABABCABABC"
    for text in ("", "(AB", "A)B", "A?"):
        with pytest.raises(ReadError, match="an order of parts"):
            order(text)
    with pytest.raises(ReadError, match="too long"):
        order("(((A99)99)99)99")
