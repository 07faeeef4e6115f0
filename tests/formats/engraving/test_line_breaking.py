"""Where tunes are cut into lines."""

from hypothesis import given
from hypothesis import strategies as st

from solfa.formats.engraving.line_breaking import breaks

WIDTHS = st.lists(st.integers(1, 120), min_size=1, max_size=40)


def cut(widths: list[int], firsts: list[int]) -> list[list[int]]:
    return [widths[a:b] for a, b in zip([0, *firsts], [*firsts, len(widths)], strict=True)]


@given(WIDTHS, st.sets(st.integers(1, 40)))
def test_no_line_is_too_long_unless_one_bar_is(widths: list[int], phrases: set[int]) -> None:
    firsts = breaks(widths, 10, 100, phrases)
    assert firsts == sorted(set(firsts))
    for number, line in enumerate(cut(widths, firsts)):
        assert line
        assert len(line) == 1 or sum(line) + 10 * (number > 0) <= 100


def test_phrases_of_four_bars_are_a_line_each() -> None:
    assert breaks([18] * 16, 2, 110, {4, 8, 12}) == [4, 8, 12]


def test_without_phrases_lines_are_full_and_no_bar_is_left_alone() -> None:
    lines = [len(line) for line in cut([18] * 13, breaks([18] * 13, 2, 110, set()))]
    assert max(lines) <= 6
    assert min(lines) >= 3
    assert len(lines) == 3


def test_a_tune_of_one_line_is_not_cut() -> None:
    assert breaks([20, 20, 20], 2, 100, {1, 2}) == []
