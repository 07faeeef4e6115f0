"""The rhythm of phrases, by their marks and by their notes, in tunes cut off anywhere."""

from fractions import Fraction
from itertools import accumulate, cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solfa.analysis.phrase_lengths import BARS, PhraseLengths, find_phrase_lengths, likely
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, meters, until

TUNE = (67, 69, 71, 72, 74, 72, 71, 69)


def sung(meter, lengths, pickup=0):
    """Beats for phrases of so many bars, each marked; the pitches never come again in step."""
    beats = int(sum(lengths) * meter.bar / meter.beat)
    pitches = [pitch for pitch, _ in zip(cycle(TUNE[:7]), range(beats), strict=False)]
    ends = [int(bars * meter.bar / meter.beat) - 1 for bars in accumulate(lengths)]
    return Melody([Note(p, meter.beat) for p in pitches], Key("G"), meter, pickup, ends)


@given(meters, st.lists(st.integers(1, 8), min_size=1, max_size=3), st.data())
def test_a_pattern_that_was_heard_twice_is_found_by_its_marks(meter, pattern, data):
    twice = 2 * sum(pattern)
    tune = sung(meter, pattern * 4)
    at = data.draw(st.integers(16 * twice, 16 * 2 * twice)) * meter.bar / 16
    found = find_phrase_lengths(until(tune, at))
    assert found.marked
    assert found.bars * (len(pattern) // len(found.bars)) == tuple(pattern)


@given(meters, st.integers(1, 8), st.fractions(1, 3))
def test_one_phrase_is_enough_where_it_has_a_mark(meter, bars, phrases):
    at = Fraction(phrases.limit_denominator(32) * bars * meter.bar)
    assert find_phrase_lengths(until(sung(meter, [bars] * 3), at)) == PhraseLengths((bars,), True)


@pytest.mark.parametrize(
    ("lengths", "bars"),
    [
        ((2, 3), ()),
        ((4, 4, 2, 4), ()),
        ((2, 2, 4), ()),  # once is no pattern
        ((2, 2, 4, 2, 2, 4), (2, 2, 4)),
        ((2, 3, 2, 3, 2), (2, 3)),
        ((4, 4, 4, 2), (4,)),  # what ends with the tune may be cut off
        ((4, 4, 5), ()),
        ((3,), (3,)),
    ],
)
def test_marks_tell_a_rhythm_or_none(lengths, bars):
    assert find_phrase_lengths(sung(Meter(3, 4), lengths)) == PhraseLengths(bars, True)


def test_a_phrase_that_goes_on_too_long_breaks_the_rhythm():
    tune = sung(Meter(3, 4), [2, 2, 4])
    assert find_phrase_lengths(until(tune, 18)).bars == (2,)
    assert find_phrase_lengths(until(tune, 19)).bars == ()


def test_a_mark_where_a_bar_was_cut_is_no_phrase_end():
    """Readers close what a file leaves open."""
    tune = until(sung(Meter(3, 4), [2, 2, 2]), 16)
    closed = tune.replace(phrase_ends=(*tune.phrase_ends, len(tune.notes) - 1))
    assert find_phrase_lengths(closed) == PhraseLengths((2,), True)
    bare = tune.replace(phrase_ends=(len(tune.notes) - 1,))
    assert not find_phrase_lengths(bare).marked


def test_upbeats_of_other_lengths_do_not_break_the_rhythm():
    """Phrases are counted to the nearest bar line."""
    early = [Note(67, 1)] * 5 + [Note(67, "1/2"), Note(69, "3/2")] + [Note(67, 1)] * 10
    assert find_phrase_lengths(Melody(early, Key("G"), Meter(3, 4), 0, (5, 11))).bars == (2,)
    late = [Note(67, 1)] * 5 + [Note(67, "3/2"), Note(69, "1/2")] + [Note(67, 1)] * 10
    assert find_phrase_lengths(Melody(late, Key("G"), Meter(3, 4), 0, (5, 11))).bars == (2,)


def closing(bars, phrases=5):
    """Phrases of so many bars, told by nothing but a long note and a rest at their ends."""
    beats = 3 * bars - 3
    phrase = [*[Note(TUNE[i % 7], 1) for i in range(beats)], Note(67, 2), Note(None, 1)]
    return Melody(phrase * phrases, Key("G"), Meter(3, 4))


@pytest.mark.parametrize("bars", BARS)
def test_long_notes_and_rests_tell_phrases_without_marks(bars):
    assert find_phrase_lengths(closing(bars)) == PhraseLengths((bars,), False)


@pytest.mark.parametrize("bars", BARS)
@pytest.mark.parametrize("cut", [Fraction(1, 8), Fraction(5, 2), Fraction(9)])
def test_a_tune_cut_anywhere_keeps_its_rhythm(bars, cut):
    tune = closing(bars)
    assert find_phrase_lengths(until(tune, tune.duration - cut)).bars == (bars,)


def test_no_rhythm_is_told_before_a_phrase_was_heard():
    tune = closing(4)
    assert find_phrase_lengths(until(tune, 11)).bars == ()
    assert find_phrase_lengths(until(tune, 1)).bars == ()


@given(melodies(free=False, changes=False).filter(lambda m: m.pitches and max(m.pitches) < 116))
def test_a_transposed_tune_has_the_same_phrases(tune):
    bare = tune.replace(phrase_ends=())
    assert find_phrase_lengths(bare.transpose(11)) == find_phrase_lengths(bare)
    assert sum(likely(bare).values()) == pytest.approx(1)


@given(melodies())
def test_every_melody_has_a_rhythm_or_none(tune):
    found = find_phrase_lengths(tune)
    assert all(bars > 0 for bars in found.bars)
    if tune.meter is None or tune.meter_changes:
        assert found == PhraseLengths((), False)


def test_borders_go_on_to_the_first_at_or_beyond_a_place():
    assert PhraseLengths((2, 3), True).borders(Fraction(5)) == (2, 5)
    assert PhraseLengths((2, 3), True).borders(Fraction(21, 4)) == (2, 5, 7)
