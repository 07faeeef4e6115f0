"""Finding metre and pickup: what everyone would say, and that it is about bars and not keys."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.metre import DURATIONS, HABITS, find_meter
from solfa.formats.grid_text import parse
from solfa.melody import Melody, Meter, Note
from strategies import melodies, notes_of

# (symbols, metre, pickup in quarters)
MARCH = "67 _ 67 _ 72 _ _ _ | 72 _ 74 _ 76 _ _ _ | 74 _ _ 72 71 _ 74 _ | 72 _ _ _ _ _ _ _"
WALTZ = """
    67 _ _ _ | 72 _ _ _ 72 _ _ _ 74 _ _ _ | 76 _ _ _ _ _ _ _ 72 _ _ _
    | 74 _ _ _ 74 _ _ _ 71 _ _ _ | 72 _ _ _ _ _ _ _"""
JIG = """
    67 _ | 72 _ _ _ 72 _ 74 _ _ _ 72 _ | 76 _ 74 _ 72 _ 71 _ _ _ 67 _
    | 74 _ _ _ 71 _ 67 _ 69 _ 71 _ | 72 _ _ _ _ _ 72 _ _ _"""
TUNES = [(MARCH, Meter(2, 4), 0), (WALTZ, Meter(3, 4), 1), (JIG, Meter(6, 8), "1/2")]


def bare(symbols: str) -> list[Note]:
    """The notes, without their bar lines."""
    return parse(symbols.replace("|", " "))


@pytest.mark.parametrize(("symbols", "meter", "pickup"), TUNES)
def test_plain_tunes(symbols: str, meter: Meter, pickup: str | int) -> None:
    assert find_meter(bare(symbols)) == (meter, Fraction(pickup))


def test_the_reports_prompt_is_two_bars() -> None:
    prompt = parse("67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _")
    assert find_meter(prompt, whole=False) == (Meter(2, 4), 0)


@given(st.lists(notes_of([Fraction(n, 4) for n in (1, 2, 3, 4, 6, 8)], 40, 80), max_size=12))
@settings(max_examples=50, deadline=None)
def test_bars_do_not_depend_on_the_key(notes: list[Note]) -> None:
    moved = [n if n.pitch is None else Note(n.pitch + 5, n.duration) for n in notes]
    assert find_meter(moved) == find_meter(notes)


@given(melodies(max_size=10), st.booleans())
@settings(max_examples=100, deadline=None)
def test_there_is_always_a_melody_in_what_is_found(melody: Melody, whole: bool) -> None:
    meter, pickup = find_meter(melody.notes, whole=whole)
    assert Melody(melody.notes, meter=meter, pickup=pickup).pickup == pickup < melody.duration


@given(melodies(free=False, changes=False, max_size=10))
@settings(max_examples=50, deadline=None)
def test_what_is_given_is_kept_to(melody: Melody) -> None:
    assert melody.meter is not None
    assert find_meter(melody.notes, melody.meter)[0] == melody.meter
    meter, pickup = find_meter(melody.notes, pickup=melody.pickup)
    assert pickup == melody.pickup
    assert meter.bar > pickup or pickup >= 4  # no bar of a table is longer
    given_ = (melody.meter, melody.pickup)
    assert find_meter(melody.notes, *given_) == given_


def test_a_metre_like_another_has_its_pickups() -> None:
    assert find_meter(bare(MARCH), Meter(2, 2))[1] == find_meter(bare(MARCH), Meter(4, 4))[1]
    assert find_meter(bare(WALTZ), Meter(6, 8))[1] == find_meter(bare(WALTZ), Meter(12, 16))[1]
    assert find_meter(bare(WALTZ), Meter(7, 8)) == (Meter(7, 8), 0)


def test_no_notes_are_in_common_time() -> None:
    assert find_meter([]) == (Meter(4, 4), 0)


@pytest.mark.parametrize("meter", HABITS, ids=str)
def test_the_tables_fit_their_metres(meter: Meter) -> None:
    habits = HABITS[meter]
    assert len(habits.places) == 2 * meter.bar + 1
    assert all(len(row) == len(DURATIONS) + 2 for row in habits.places)
    assert sum(sum(row[:-1]) for row in habits.places) == pytest.approx(10_000, rel=0.01)
    assert sum(habits.pickups.values()) == pytest.approx(1000, rel=0.01)
    assert all(upbeat < 4 * meter.bar for upbeat in habits.pickups)
    assert sum(habits.share for habits in HABITS.values()) == pytest.approx(1000, abs=3)
