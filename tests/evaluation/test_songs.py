"""The request that a song would answer is what composing makes of the same wishes."""

import sys
from fractions import Fraction
from pathlib import Path

import pytest

import solfa
from solfa.analysis.bars import bars_of
from solfa.evaluation.sampling import as_composed, requests
from solfa.evaluation.songs import asked_like, request_like
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note

sys.path.append(str(Path(__file__).parents[1] / "composing"))
from hand_made_models import GRID, NOTES, UNIFORM


def song(key: str, style: str = "german") -> Melody:
    """Three bars of 3/4 after a pickup."""
    notes = [Note(60 + place % 5, 1) for place in range(9)]
    return Melody(notes, Key.parse(key), Meter(3, 4), Fraction(1), metadata=Metadata(style=style))


@pytest.mark.parametrize("key", ["A minor", "A", "D dorian", "F# minor"])
@pytest.mark.parametrize("kind", UNIFORM)
def test_what_is_measured_is_what_is_composed_for_the_same_wishes(key: str, kind: str) -> None:
    model = UNIFORM[kind]
    (request,) = requests([song(key)], model.encoding, 1, seed=7)
    (measured,) = as_composed(model, [request])
    (composed,) = solfa.compose(
        model=model, key=key, meter="3/4", pickup=1, bars=3, seed=7, style=request.style
    )
    assert composed.request == request
    assert composed.melody.notes == measured.notes


def test_what_is_asked_goes_before_what_the_song_has() -> None:
    request = request_like(song("G"), NOTES, form="A4B4", seed=3, key="D")
    assert request is not None
    assert (request.bars, str(request.key), request.seed, request.style) == (
        8,
        "D major",
        3,
        "german",
    )
    assert asked_like(song("G"), GRID).style is None
    assert asked_like(song("G"), NOTES, style=None).style is None


def test_what_cannot_be_asked_for_has_no_request() -> None:
    whole = song("G")
    free, silent = whole.replace(meter=None, pickup=0), whole.replace(notes=(Note(None, 9),))
    changing = whole.replace(meter_changes=(MeterChange(Fraction(4), Meter(4, 4)),))
    assert request_like(whole, NOTES) is not None
    assert [request_like(each, NOTES) for each in (free, silent, changing)] == [None] * 3
    assert request_like(whole, NOTES, temperature=99.0) is None


def test_bars_are_counted_after_the_pickup() -> None:
    assert bars_of(song("G")) == 3
    assert bars_of(Melody((Note(60, 1),), meter=None)) == 1
    assert bars_of(Melody((Note(60, 9),), meter=None)) == 3
