from fractions import Fraction

import pytest

from solfa.corpora import REPORT_DURATIONS, refusal
from solfa.melody import Melody, Note


def tune(*durations: str) -> Melody:
    return Melody(tuple(Note(60, Fraction(d)) for d in durations), meter=None)


def test_the_report_accepts_eight_durations() -> None:
    assert refusal(tune("1/4", "1/2", "3/4", "1", "3/2", "2", "3", "4")) is None
    assert len(REPORT_DURATIONS) == 8


@pytest.mark.parametrize("duration", ["1/3", "1/8", "5/2", "8"])
def test_another_duration_is_the_reason(duration: str) -> None:
    expected = f"duration of {duration} quarters is not accepted"
    assert refusal(tune("1", duration, "1")) == expected
    assert refusal(tune("1", duration), {Fraction(1), Fraction(duration)}) is None


def test_rests_count() -> None:
    assert refusal(Melody((Note(60, Fraction(1)), Note(None, Fraction(1, 3))), meter=None))
