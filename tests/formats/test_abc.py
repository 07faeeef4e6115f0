from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats.abc import read, write
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies


@settings(max_examples=300, deadline=None)
@given(melodies())
def test_reading_what_was_written_gives_it_back(melody: Melody) -> None:
    [again] = read(write(melody), "tunes/other.abc")
    assert again == melody
    assert again.metadata == melody.metadata
