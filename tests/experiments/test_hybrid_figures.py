"""Figures of phrase latents against ones whose every answer is known."""

import sys
from collections.abc import Sequence
from fractions import Fraction
from math import log2, nan
from pathlib import Path

import numpy as np
import pytest

from experiments.hybrid import measure, reconstruction, tasks
from experiments.hybrid.page import page
from experiments.hybrid.requests import askable, composed_at, placed_like, sayable
from experiments.hybrid.tunes import (
    alike,
    opening,
    phrases_of,
    share_kept,
    sounds,
)
from solfa.analysis.phrase_features import ATTRIBUTES
from solfa.encodings.conditions import Conditions
from solfa.encodings.notes import Field, NoteEncoding, NoteState
from solfa.encodings.ticks import TICKS
from solfa.encodings.units import cut, unit_lengths
from solfa.errors import SolfaError
from solfa.evaluation.songs import notes_within
from solfa.melody import Key, Melody, Meter, Note
from solfa.runtime import load_model
from solfa.runtime.hybrid import HybridModel

sys.path.insert(0, str(Path(__file__).parents[1] / "composing"))
from hand_made_models import UNIFORM, HandMade


def song(number: int) -> Melody:
    """Eight bars of 2/4 or 3/4 in quarters, of four degrees that go with the number, to the G."""
    meter = Meter(2 + number % 2, 4)
    count = int(8 * meter.bar)
    degrees = np.random.default_rng(number).choice([0, 2, 4, 7], count)
    return Melody([*(Note(67 + int(d), 1) for d in degrees[:-1]), Note(67, 1)], Key("G"), meter)


SONGS = [song(number) for number in range(6)]
ENCODING = NoteEncoding.of(SONGS)
SYMBOLS = [ENCODING.encode(s, Conditions.of(s, phrases=False)) for s in SONGS]


class Remembering(HybridModel):
    """A latent says which song and phrase; told it, the model doubts little. Else all is alike."""

    def __init__(self, doubt: float = 0.1) -> None:
        self.name, self.encoding, self.doubt = "remembering", ENCODING, doubt
        self.card = {"latent": {"active_units": 1, "units": 2}}
        self.center, self.spread, self.radius = np.zeros(2), np.ones(2), 1e9
        self.unit_lengths = unit_lengths(ENCODING)

    @property
    def hash(self) -> str:  # type: ignore[override]
        return "none"

    def encode(self, melody: Melody) -> tuple[np.ndarray, np.ndarray]:
        onsets = [TICKS * float(o) for o in (*melody.onsets(), melody.duration)]
        metre = ENCODING.meters.index(str(melody.meter)) + 1
        unit, _ = cut(np.array(onsets), self.unit_lengths[metre])
        number = SONGS.index(melody) if melody in SONGS else 0
        mean = np.array([[number, k] for k in np.unique(unit)], float)
        return mean, np.full(mean.shape, -30.0)

    def begin(self, all_conditions: Sequence[Conditions]) -> "Session":  # type: ignore[override]
        return Session(all_conditions, [None] * len(all_conditions), self.doubt)

    def with_latents(self, latents: Sequence[np.ndarray], name: str) -> "Leading":  # type: ignore[override]
        return Leading(self, latents)


class Leading:
    def __init__(self, model: Remembering, latents: Sequence[np.ndarray]) -> None:
        self.name, self.hash, self.encoding = model.name, "none", model.encoding
        self._model, self._latents = model, latents

    def begin(self, all_conditions: Sequence[Conditions]) -> "Session":
        return Session(all_conditions, self._latents, self._model.doubt)


class Session:
    """Says the song that the first number of the first latent names."""

    def __init__(
        self,
        all_conditions: Sequence[Conditions],
        latents: Sequence[np.ndarray | None],
        doubt: float,
    ) -> None:
        self.state = ENCODING.read(all_conditions)
        self._latents, self._doubt = latents, doubt

    def probabilities(self) -> np.ndarray:
        size = ENCODING.size
        rows = np.full((len(self.state), size), 1 / size)
        music, field = self.state.music, self.state.field
        for place, (row, count) in enumerate(zip(music.row, music.count, strict=True)):
            z = self._latents[row]
            if z is not None and field is not Field.PHRASE:
                symbols = SYMBOLS[min(max(round(z[0, 0]), 0), len(SONGS) - 1)]
                step = 0 if field is Field.PICKUP else 2 * count + (field is Field.PITCH) + 1
                rows[place] = self._doubt / (size - 1)
                rows[place, symbols[min(step, len(symbols) - 1)]] = 1 - self._doubt
        return rows

    def push(self, symbols: np.ndarray) -> None:
        self.state.push(symbols)

    def select(self, rows: np.ndarray) -> None:
        self.state.select(rows)


MODEL = Remembering(doubt=0.01)


def test_a_phrase_is_four_bars_counted_from_its_begin() -> None:
    tune = SONGS[0]
    first, second = phrases_of(tune, tune.meter)
    assert len(first) == len(second) == 8
    assert {onset for onset, _, _ in second} == set(map(Fraction, range(8)))
    assert phrases_of(opening(tune), tune.meter) == [first]


def test_what_sounds_within_is_cut_at_both_ends() -> None:
    tune = Melody([Note(60, 2), Note(62, 2), Note(None, 1)])
    assert notes_within(tune, Fraction(1), Fraction(3)) == (Note(60, 1), Note(62, 1))
    assert sounds(tune).tolist() == [60, *[-2] * 7, 62, *[-2] * 7, -1, *[-2] * 3]
    assert alike(sounds(tune), sounds(tune)) == 1
    assert alike(sounds(tune), sounds(tune)[:10]) == 0.5
    assert share_kept(tune, tune.replace(notes=(*tune.notes[:2], Note(64, 1)))) == 2 / 3


def test_the_bound_is_what_it_must_be() -> None:
    said = sayable(MODEL, SONGS)
    found = reconstruction.bound_of(MODEL, said, 2, np.random.default_rng(0))
    notes = sum(len(s.notes) for s in SONGS)
    symbols = sum(len(s) for s in SYMBOLS)
    posteriors = [MODEL.encode(s)[0] for s in SONGS]
    kl = sum(0.5 * (z**2 + np.exp(-30.0) - 1 + 30).sum() for z in posteriors) / np.log(2)
    assert found.latent == pytest.approx(kl / notes)
    # of the posterior's own noise, the bound by sampling keeps what two draws leave
    assert found.bound == pytest.approx((kl - symbols * log2(0.99)) / notes, abs=0.2)
    assert found.weighted <= found.bound
    assert found.alone == pytest.approx(symbols * log2(ENCODING.size) / notes)


def test_told_its_latents_it_guesses_all_and_all_comes_back() -> None:
    said = sayable(MODEL, SONGS)
    assert reconstruction.guesses_led(MODEL, said) == reconstruction.Guess(1, 1, 1)
    assert reconstruction.guesses_of(MODEL, said).note < 1
    assert reconstruction.return_of(MODEL, said) == reconstruction.Return(6, 1, 1, 1, 1)


def test_a_note_is_right_if_duration_and_pitch_are() -> None:
    def gs_that_never_begin(state: NoteState, encoding: NoteEncoding) -> np.ndarray:
        favourite = SYMBOLS[0][-2] if state.field is Field.PITCH else encoding.end
        return np.tile(0.01 + (np.arange(encoding.size) == favourite), (len(state), 1))

    found = reconstruction.guesses_of(
        HandMade(gs_that_never_begin, ENCODING), sayable(MODEL, SONGS)
    )
    pitches = [note.pitch for song in SONGS for note in song.notes]
    assert found == reconstruction.Guess(0, pitches.count(67) / len(pitches), 0)


def test_what_cannot_be_asked_for_is_left_out() -> None:
    free = SONGS[0].replace(meter=None)
    low = SONGS[0].replace(notes=(Note(20, 1), *SONGS[0].notes))
    assert [askable(MODEL, s) for s in (SONGS[0], free)] == [True, False]
    assert sayable(MODEL, [low, SONGS[1]]) == [SONGS[1]]
    with pytest.raises(SolfaError, match="remembering can use 0 of the songs; give more"):
        measure.measure(
            MODEL, "valid", SONGS, [free], peer=MODEL, windows=load_model("vae"), judges=[MODEL]
        )


def test_a_bar_by_bar_walk_goes_from_one_to_the_other() -> None:
    one, other = SONGS[0], SONGS[2]
    way = [tasks._spliced(one, other, share) for share in np.linspace(0, 1, 9)]
    assert (way[0].notes, way[-1].notes) == (one.notes, other.notes)
    away = [1 - alike(sounds(one), sounds(tune)) for tune in way]
    assert away == sorted(away)


def test_kept_bars_stay_and_the_rules_hold() -> None:
    price = {"judge": 1.0}
    found = tasks.variations_of(MODEL, MODEL, SONGS, lambda tunes: price)
    mine = [v for v in found if v.asked == 0.95]
    assert mine[0].kept > 0.5
    peer = found[len(tasks.LIKENESSES) :]
    assert [v.asked for v in peer] == list(tasks.LIKENESSES[2:])
    assert [v.kept for v in peer] == sorted((v.kept for v in peer), reverse=True)
    assert peer[0].kept > 0.6


def test_themes_come_again() -> None:
    found = {theme.kind: theme for theme in tasks.themes_of(MODEL, MODEL, SONGS, lambda _: {})}
    assert len(found["remembering"].shared) == 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notes a quarter", 1.0),
        ("range", 7.0),
        ("height above the tonic", 3.25),
        ("share of steps", 1 / 3),
        ("share of repeated pitches", 0.0),
        ("unevenness of rhythm", 0.0),
    ],
)
def test_attributes_by_hand(name: str, expected: float) -> None:
    notes = [Note(67 + d, 1) for d in (0, 2, 7, 4)]
    assert ATTRIBUTES[name](notes, 67) == pytest.approx(expected)


def test_a_rising_line_has_its_slope_and_silence_none() -> None:
    rising = [Note(60 + i, Fraction(1, 2)) for i in range(8)]
    assert ATTRIBUTES["slope"](rising, 60) == pytest.approx(2)
    silent = [Note(None, 4)]
    for name in ("range", "height above the tonic", "slope", "share of steps"):
        assert ATTRIBUTES[name](silent, 60) is nan or np.isnan(ATTRIBUTES[name](silent, 60))


def test_composed_at_a_point_keeps_the_request() -> None:
    points = [MODEL.encode(s)[0] for s in SONGS]
    tunes = composed_at(MODEL, points, [placed_like(s, MODEL) for s in SONGS])
    for tune, asked in zip(tunes, SONGS, strict=True):
        assert (tune.key, tune.meter, tune.duration) == (asked.key, asked.meter, asked.duration)
        assert tune.notes == asked.notes


@pytest.mark.slow
def test_the_page_tells_every_figure() -> None:
    found = measure.measure(
        MODEL,
        "valid",
        SONGS,
        SONGS,
        peer=MODEL,
        windows=load_model("vae"),
        judges=[UNIFORM["notes"]],
        draws=2,
        tunes=4,
    )
    text = page([found], "none", "python -m experiments.hybrid")
    for head in ("Likelihood", "First guesses", "What comes back", "Walks", "Variations", "Themes"):
        assert f"## {head}" in text
    rows = [row for row in text.splitlines() if row.startswith("| valid")]
    told = len(found.variations) + len(found.controls)
    assert len(rows) == 1 + 3 + 1 + 4 + 1 + 2 + told
    names = [control.attribute for control in found.controls]
    assert "height above the tonic" in names
    assert "notes a quarter" not in names  # all are quarters
    assert "{" not in text
