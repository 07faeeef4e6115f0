"""Likelihood against a model whose cost is known to the last bit."""

from math import log2

import numpy as np
import pytest

from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError
from solfa.evaluation.likelihood import bits
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models.ngram import NGram


def tune(notes: int, phrases: bool = True) -> Melody:
    lengths = ["1", "1/2", "1/2", "2"]
    return Melody(
        tuple(Note(60 + i % 5 if i % 7 else None, lengths[i % 4]) for i in range(notes)),
        Key("C"),
        Meter(4, 4),
        phrase_ends=(notes - 1,) if phrases else (),
        metadata=Metadata(style="hills"),
    )


TUNES = [tune(n, phrases=n % 2 == 0) for n in (5, 8, 3, 12, 8, 21)]
NOTES = sum(len(t.notes) for t in TUNES)
ENCODING = NoteEncoding.of(TUNES)
DURATIONS, PITCHES, PICKUPS = 3 + 1, 48, 1


class Uniform:
    """All symbols of the field at hand are alike: by hand, and without a reading of its own."""

    name = "uniform"
    hash = "0"

    def __init__(self, encoding):
        self.encoding = encoding
        self.all_conditions = []

    def begin(self, all_conditions):
        self.all_conditions += all_conditions
        return UniformSession(self.encoding, all_conditions)


class UniformSession:
    def __init__(self, encoding, all_conditions):
        self.state, self.encoding = encoding.read(all_conditions), encoding

    def probabilities(self):
        inside = np.asarray(self.encoding.fields) == getattr(self.state, "field", 0)
        return np.tile(inside / inside.sum(), (len(self.state), 1))

    def push(self, symbols):
        self.state.push(symbols)

    def select(self, rows):
        self.state.select(rows)


def test_a_uniform_model_costs_what_it_must():
    heard = bits(Uniform(ENCODING), TUNES, phrases=False, style=True)
    S = len(TUNES)
    assert heard.of("duration") == pytest.approx((NOTES + S) * log2(DURATIONS) / NOTES)
    assert heard.of("pitch") == pytest.approx(log2(PITCHES))
    assert heard.of("pickup") == S * log2(PICKUPS) == 0
    assert heard.of("phrase") == 0
    assert heard.total == pytest.approx(heard.of("duration", "pitch"))
    assert heard.notes.tolist() == [5, 8, 3, 12, 8, 21]


def test_phrase_ends_are_paid_for_only_where_a_song_marks_them():
    heard = bits(Uniform(ENCODING), TUNES, phrases=True, style=True)
    assert heard.of("phrase") == pytest.approx((8 + 12 + 8) / NOTES)
    assert heard.bits[:, heard.fields.index("phrase")].tolist() == [0, 8, 0, 12, 8, 0]


def test_an_untrained_ngram_is_that_uniform_model():
    uniform, ngram = (
        bits(m, TUNES, phrases=True, style=False)
        for m in (Uniform(ENCODING), NGram.of([], ENCODING))
    )
    np.testing.assert_allclose(uniform.bits, ngram.bits)


def test_uniform_random_songs_cost_a_trained_model_no_less_than_they_must():
    # log2(12) bits a pitch, by whoever predicts it; less only for songs already heard
    random = np.random.default_rng(3)

    def drawn():
        notes = tuple(Note(int(p), "1") for p in random.integers(60, 72, 40))
        return Melody(notes, Key("C"))

    songs = [drawn() for _ in range(30)]
    model = NGram.of(songs[:20], NoteEncoding.of(songs))
    assert bits(model, songs[20:], phrases=False, style=False).of("pitch") > log2(12)
    assert bits(model, songs[:20], phrases=False, style=False).of("pitch") < log2(12)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [ENCODING, GridEncoding.of(TUNES)])
@pytest.mark.parametrize("phrases", [True, False])
def test_the_size_of_a_batch_does_not_matter(encoding, phrases):
    model = NGram.of(TUNES[:4], encoding)
    one, three, all_ = (
        bits(model, TUNES, phrases=phrases, style=True, batch=size) for size in (1, 3, 64)
    )
    np.testing.assert_allclose(one.bits, three.bits, rtol=1e-10)
    np.testing.assert_allclose(one.bits, all_.bits, rtol=1e-10)


def test_the_model_is_told_what_is_said_to_be_given():
    for phrases in (True, False):
        for style in (True, False):
            model = Uniform(ENCODING)
            heard = bits(model, TUNES, phrases=phrases, style=style)
            assert ("style" in heard.given) is style
            assert ("phrase marks of the past" in heard.given) is phrases
            assert {conditions.style for conditions in model.all_conditions} == {
                "hills" if style else None
            }
            assert any(conditions.phrases for conditions in model.all_conditions) is phrases
            assert all(conditions.length is None for conditions in model.all_conditions)


def test_a_grid_says_its_total_only():
    encoding = GridEncoding.of(TUNES)
    data = bits(Uniform(encoding), TUNES, phrases=False, style=True).to_json()
    steps = sum(len(encoding.encode(t)) for t in TUNES)
    assert data["bits_per_note"] == {
        "total": pytest.approx(steps * log2(encoding.size) / NOTES),
        "pitch": None,
        "duration": None,
    }


def test_json_adds_up_and_counts_the_refused():
    strange = Melody((Note(60, "1/7"),))
    data = bits(Uniform(ENCODING), [*TUNES, strange], phrases=True, style=True).to_json()
    assert data["songs"] == 6
    assert data["notes"] == NOTES
    assert sum(data["refused"].values()) == 1
    assert data["given"] == ["key", "metre", "style", "phrase marks of the past"]
    figures = data["bits_per_note"]
    assert figures["total"] == pytest.approx(figures["pitch"] + figures["duration"] + 28 / NOTES)
    low, high = data["interval"]
    assert low <= figures["total"] <= high


def test_nothing_to_hear_is_refused():
    with pytest.raises(SolfaError, match="can say none of the 1 songs"):
        bits(Uniform(ENCODING), [Melody((Note(60, "1/7"),))], phrases=True, style=True)


def test_progress_counts_every_song():
    done = []
    bits(Uniform(ENCODING), TUNES, phrases=True, style=True, batch=2, progress=done.append)
    assert sum(done) == len(TUNES)
