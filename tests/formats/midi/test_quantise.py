"""Quantising: a performance made from a melody gives that melody back."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from solfa.errors import SolfaError
from solfa.formats.midi.quantise import quantised
from solfa.formats.voices import Event, skyline

STEPS = [Fraction(1, 4), Fraction(1, 2), Fraction(1, 3), Fraction(1, 8)]


def events(*told: tuple[float | str, float | str, int]) -> list[Event]:
    return [Event(Fraction(a), Fraction(b), pitch) for a, b, pitch in told]


@st.composite
def tunes(
    draw: st.DrawFn, step: Fraction, lengths: tuple[int, ...] = (1, 2, 3, 4, 6, 8)
) -> list[Event]:
    """One voice on a grid; its rests are of two steps and more."""
    now, tune = step * draw(st.integers(0, 5)), []
    for _ in range(draw(st.integers(1, 24))):
        end = now + step * draw(st.sampled_from(lengths))
        tune.append(Event(now, end, draw(st.integers(40, 90))))
        now = end + step * draw(st.sampled_from([0, 0, 0, 2, 3, 4]))
    return tune


def human(draw: st.DrawFn, tune: list[Event], jitter: Fraction) -> list[Event]:
    """The tune played with onsets and ends off by less than ``jitter``, still in order."""
    off = st.integers(-99, 99).map(lambda hundredths: jitter * hundredths / 100)
    played: list[Event] = []
    for onset, end, pitch in tune:
        onset = max(onset + draw(off), Fraction(0))
        if played:
            onset = max(onset, played[-1].onset + Fraction(1, 1000))
        played.append(Event(onset, max(end + draw(off), onset), pitch))
    return played


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(STEPS))
def test_a_performance_is_the_tune_again(data: st.DataObject, step: Fraction) -> None:
    tune = data.draw(tunes(step))
    played = human(data.draw, tune, step / 2)
    assert quantised(played, step) == tune


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(STEPS))
def test_notes_let_go_early_are_held(data: st.DataObject, step: Fraction) -> None:
    """By up to half a step before the next note, whatever the jitter of the onsets."""
    tune = data.draw(tunes(step))
    played = human(data.draw, tune, step / 4)
    touch = data.draw(st.integers(0, 49)) * step / 100
    followed = {after.onset for after in tune}
    early = [
        event._replace(end=max(event.onset, event.end - touch))
        if written.end in followed
        else event
        for written, event in zip(tune, played, strict=True)
    ]
    assert quantised(early, step) == tune


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(["1.2", "1.5", "2", "2.5", "3"]))
def test_swung_eighths_are_even(data: st.DataObject, ratio: str) -> None:
    tune = data.draw(tunes(Fraction(1, 2), (1, 2, 3, 4)))
    second = Fraction(ratio) / (1 + Fraction(ratio))

    def swung(time: Fraction) -> Fraction:
        return time // 1 + (second if time % 1 else 0)

    played = [Event(swung(a), swung(b), pitch) for a, b, pitch in tune]
    played = human(data.draw, played, Fraction(1, 16))
    assert quantised(played, Fraction(1, 2), swing=True) == tune


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_quarter_may_have_triplets(data: st.DataObject) -> None:
    kinds = {"4": [Fraction(1, 4)] * 4, "3": [Fraction(1, 3)] * 3, "2": [Fraction(1, 2)] * 2}
    kinds |= {"1": [Fraction(1)], "31": [Fraction(2, 3), Fraction(1, 3)]}
    now, tune = Fraction(0), []
    for kind in data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=12)):
        for length in kinds[kind]:
            tune.append(Event(now, now + length, 60))
            now += length
    played = human(data.draw, tune, Fraction(1, 50))
    assert quantised(played, Fraction(1, 4), triplets=True) == tune


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 900), st.integers(0, 127)), min_size=1),
    st.sampled_from(STEPS),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_played_no_note_is_lost(
    told: list[tuple[int, int, int]], step: Fraction, swing: bool, triplets: bool
) -> None:
    """Nor do any overlap or last no time; or the grid is too coarse, and that is said."""
    played = skyline(Event(Fraction(a, 480), Fraction(a + b, 480), p) for a, b, p in told)
    try:
        notated = quantised(played, step, swing=swing, triplets=triplets)
    except SolfaError:
        event("faster than the step")
        return
    assert [event.pitch for event in notated] == [event.pitch for event in played]
    assert all(0 <= event.onset < event.end for event in notated)
    assert all(a.end <= b.onset for a, b in pairwise(notated))


def test_crowded_onsets_share_the_grid() -> None:
    """Three notes about one point: least squares puts them around it."""
    played = events(("1", "1.02", 60), ("1.02", "1.05", 62), ("1.05", "1.5", 64))
    assert [event.onset for event in quantised(played, Fraction(1, 4))] == [Fraction(3, 4), 1, Fraction(5, 4)]  # fmt: skip
    many = events(*((f"{1 + i / 100}", f"{1 + i / 100}", 60) for i in range(12)))
    with pytest.raises(
        SolfaError, match=r"notes come faster than the step of 1/4 quarters; give a"
    ):
        quantised(many, Fraction(1, 4))
