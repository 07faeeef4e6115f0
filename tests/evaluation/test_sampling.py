"""Tunes drawn to be measured: asked for what songs are, batched without a difference."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from solfa.composing.compose import compose_request
from solfa.composing.constraints.problem import compile_request
from solfa.composing.verify import verify
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError
from solfa.evaluation.sampling import as_composed, as_they_come, requests
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note
from solfa.models.ngram import NGram

sys.path.append(str(Path(__file__).parents[1] / "composing"))
from hand_made_models import GRID, MODELS, NOTES, UNIFORM, HandMade, never_ends


def song(meter: str, bars: int, pickup: str = "0", key: str = "C", style: str = "german") -> Melody:
    """``bars`` bars of one note each, the last shortened by the pickup."""
    metre = Meter.parse(meter)
    lengths = [Fraction(pickup)] * (pickup != "0") + [metre.bar] * (bars - 1)
    lengths.append(metre.bar - Fraction(pickup))
    notes = tuple(Note(60 + i % 5, length) for i, length in enumerate(lengths))
    return Melody(notes, Key.parse(key), metre, Fraction(pickup), metadata=Metadata(style=style))


SONGS = [
    song("4/4", 3, "1", "G"),
    song("3/4", 4, "0", "D minor"),
    song("6/8", 2, "1/2", "Bb"),
    song("2/4", 5, "1/2"),
    song("4/4", 3, "1", "G"),
    song("3/4", 2, "1", "A", style="martian"),
]


def asked(model: HandMade, count: int = 6) -> list:
    return requests(SONGS, model.encoding, count, seed=5)


def test_what_songs_would_have_been_asked_for() -> None:
    found = requests(SONGS, NOTES, 6, seed=5, temperature=0.7)
    told = {(str(r.key), str(r.meter), r.bars, str(r.pickup), r.style) for r in found}
    assert told == {
        ("G major", "4/4", 3, "1", "german"),
        ("D minor", "3/4", 4, "0", "german"),
        ("Bb major", "6/8", 2, "1/2", "german"),
        ("C major", "2/4", 5, "1/2", "german"),
        ("A major", "3/4", 2, "1", None),
    }
    assert {r.temperature for r in found} == {0.7}
    assert sorted(r.length for r in found) == sorted(s.duration for s in SONGS)
    assert [r.seed for r in found] == [5, 6, 7, 8, 9, 10]


def test_a_song_with_a_pickup_and_a_full_last_bar_has_no_bar_more() -> None:
    full = SONGS[0].replace(notes=(*SONGS[0].notes[:-1], Note(60, Fraction(4))))
    assert [r.bars for r in requests([full], NOTES, 1, seed=0)] == [3]


def test_songs_come_once_before_any_comes_twice() -> None:
    once, twice = requests(SONGS, NOTES, 6, seed=1), requests(SONGS, NOTES, 12, seed=1)
    assert twice[:6] == once
    assert [(r.key, r.bars) for r in twice[6:]] == [(r.key, r.bars) for r in once]
    assert [r.key for r in requests(SONGS, NOTES, 6, seed=2)] != [r.key for r in once]


def test_what_cannot_be_asked_for_is_left_out() -> None:
    free = Melody((Note(60, 1),), meter=None)
    changing = SONGS[0].replace(meter_changes=(MeterChange(Fraction(5), Meter(3, 4)),))
    odd = song("4/4", 3, "3/8")  # a pickup beyond the vocabulary
    assert {r.pickup for r in requests([free, changing, odd, SONGS[1]], NOTES, 9, seed=0)} == {0}
    with pytest.raises(SolfaError, match="none of the 3 songs"):
        requests([free, changing, odd], NOTES, 9, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_batch_composes_what_each_request_does(model: HandMade) -> None:
    together = as_composed(model, asked(model))
    assert together == [compose_request(r, model)[0].melody for r in asked(model)]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_what_is_composed_keeps_what_was_asked(model: HandMade) -> None:
    for request, melody in zip(asked(model), as_composed(model, asked(model)), strict=True):
        assert all(its.kept for its in verify(melody, compile_request(request, model.encoding)))


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_what_comes_has_its_frame_and_an_end(model: HandMade) -> None:
    for request, melody in zip(asked(model), as_they_come(model, asked(model)), strict=True):
        assert melody.key == request.key
        assert melody.meter == request.meter
        assert melody.pickup == min(request.pickup, melody.duration)
        assert melody.notes
        assert melody.duration <= 2 * request.length


def test_the_size_of_a_batch_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    model = UNIFORM["notes"]
    for draw in (as_composed, as_they_come):
        whole = draw(model, asked(model))
        with monkeypatch.context() as patch:
            patch.setattr("solfa.evaluation.sampling.BATCH", 4)
            assert draw(model, asked(model)) == whole


@pytest.mark.parametrize("encoding", [NOTES, GRID], ids=["notes", "grid"])
def test_a_tune_that_never_ends_is_cut_at_twice_its_length(encoding) -> None:
    model = HandMade(never_ends, encoding)
    for request, melody in zip(asked(model), as_they_come(model, asked(model)), strict=True):
        assert 2 * request.length - 1 < melody.duration <= 2 * request.length


@pytest.mark.parametrize("kind", [NoteEncoding, GridEncoding])
def test_what_comes_is_what_the_model_says(kind) -> None:
    """A model of one song alone says this song, without any rule; composed, it ends on the tonic."""
    pitches = [67, 62, 64, 65, 71, 69, 67, 66]
    one = Melody(tuple(Note(p, Fraction(1)) for p in pitches), Key("G"), Meter(4, 4))
    model = NGram.of([one] * 40, kind.of([one] * 2))
    asked = requests([one], model.encoding, 20, seed=0, temperature=0.2)
    came = as_they_come(model, asked)
    intervals = [np.diff(melody.pitches).tolist() for melody in came]
    assert sum(its == np.diff(pitches).tolist() for its in intervals) >= 15
    assert {melody.pitches[-1] % 12 for melody in as_composed(model, asked)} == {7}
