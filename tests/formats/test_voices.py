"""One voice of those that sound together."""

from fractions import Fraction

import pytest

from solfa.errors import ReadError
from solfa.formats.voices import Event, skyline, voice


def events(*told: tuple[float | str, float | str, int]) -> list[Event]:
    return [Event(Fraction(a), Fraction(b), pitch) for a, b, pitch in told]


def test_legato_is_cut_and_polyphony_refused() -> None:
    assert voice(events((1, "2.2", 62), (0, "1.1", 60))) == events((0, 1, 60), (1, "2.2", 62))
    for chord in ([(0, 2, 60), (0, 2, 64)], [(0, 4, 60), (1, 2, 64)]):
        with pytest.raises(ReadError, match=r"several notes at once; .* top=True \(--top\)"):
            voice(events(*chord))


def test_the_skyline_is_the_highest_note_at_each_onset() -> None:
    told = events((0, 4, 48), (0, 1, 64), (1, 3, 67), (1, 2, 60), (2, 3, 62), (3, 4, 65))
    assert skyline(told) == events((0, 1, 64), (1, 3, 67), (3, 4, 65))
    legato = events((0, "1.1", 67), (1, 2, 64))
    assert skyline(legato) == events((0, 1, 67), (1, 2, 64))
    rolled = events(("0", 2, 60), ("0.05", 2, 64), ("0.1", 2, 67))
    assert skyline(rolled, Fraction(1, 8)) == events(("0.1", 2, 67))
