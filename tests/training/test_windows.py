"""Windows: the report's data, looked up instead of stored."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import HOME, GridEncoding
from solfa.errors import SolfaError
from solfa.melody import MODES, Key, Melody, Meter, Note
from solfa.training.windows import KEYS, STEPS, Transposition, Windows, grid_of, transpositions
from strategies import keys, melodies, notes_of

QUARTERS = [Fraction(n, 4) for n in (1, 2, 3, 4, 6, 8)]
songs = st.lists(
    melodies(notes_of(QUARTERS, 55, 79), free=False, changes=False), min_size=1, max_size=4
)


def theirs(melodies: list[Melody], encoding: GridEncoding) -> tuple[np.ndarray, np.ndarray]:
    """The report's way: one long list of symbols, every window of it, and what follows each."""
    text: list[int] = [encoding.end] * STEPS
    for melody in melodies:
        text += encoding.encode(melody, Conditions.of(melody)).tolist()[:-1]
        text += [encoding.end] * STEPS
    windows = [text[i : i + STEPS] for i in range(len(text) - STEPS)]
    return np.array(windows), np.array(text[STEPS:])


@given(songs)
@settings(max_examples=30, deadline=None)
def test_views_are_the_windows_that_the_report_stores(tunes: list[Melody]) -> None:
    encoding = grid_of(tunes, "1")
    windows = Windows(tunes, encoding, "1", closing=True)
    window, target = windows.take(np.arange(windows.places), np.zeros(windows.places, int))
    stored, follows = theirs(tunes, encoding)
    assert (window.numpy() == stored).all()
    assert (target.numpy() == follows).all()


@given(songs)
@settings(max_examples=30, deadline=None)
def test_without_closing_each_step_and_end_is_asked_for_once(tunes: list[Melody]) -> None:
    encoding = grid_of(tunes, "tonic")
    windows = Windows(tunes, encoding, "tonic", closing=False)
    window, target = windows.take(np.arange(windows.places), np.zeros(windows.places, int))
    spelled = np.concatenate([encoding.encode(tune, Conditions.of(tune)) for tune in tunes])
    assert (target.numpy() == spelled).all()
    starts = np.cumsum([0, *(len(encoding.encode(t, Conditions.of(t))) for t in tunes)])[:-1]
    assert (window.numpy()[starts] == encoding.end).all()
    assert windows.notes == sum(len(tune.notes) for tune in tunes)


@given(songs, st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_every_key_is_the_song_transposed(tunes: list[Melody], seed: int) -> None:
    encoding = grid_of(tunes, "12")
    windows = Windows(tunes, encoding, "12", closing=False)
    place = int(np.random.default_rng(seed).integers(windows.places))
    for key, move in enumerate(transpositions("12")):
        moved = [tune.transpose(move.semitones) for tune in tunes]
        plain = Windows(moved, encoding, "1", closing=False)
        here = windows.take(np.array([place]), np.array([key]))
        there = plain.take(np.array([place]), np.array([0]))
        assert (here.window == there.window).all()
        assert (here.target == there.target).all()


@given(keys, st.integers(40, 80))
def test_the_parallel_key_keeps_degrees(key: Key, pitch: int) -> None:
    tonic, scale = key.pitch_class, MODES[key.mode]
    moved = Transposition(0, parallel=True)(pitch, tonic, key.mode)
    other = MODES["minor" if 4 in scale else "major"]
    degree = (pitch - tonic) % 12
    if degree in scale:
        assert (moved - tonic) % 12 == other[scale.index(degree)]
    else:
        assert moved == pitch
    assert Transposition(5, parallel=True)(pitch, tonic, key.mode) == moved + 5


def test_twenty_four_keys_are_all_different() -> None:
    scale = Melody([Note(60 + step, 1) for step in MODES["major"]], Key("C"), Meter(4, 4))
    encoding = grid_of([scale], "24")
    windows = Windows([scale], encoding, "24", closing=False)
    last = windows.places - 1
    heard = windows.take(np.full(24, last), np.arange(24)).window.numpy()
    assert len({row.tobytes() for row in heard}) == 24
    pitches = [{encoding.symbols[s] for s in row} - {"/", "_"} for row in heard]
    assert {int(p) % 12 for p in pitches[6]} == {0, 2, 4, 5, 7, 9, 11}
    assert {int(p) % 12 for p in pitches[18]} == {0, 2, 3, 5, 7, 8, 10}


@pytest.mark.parametrize("name", KEYS)
def test_an_epoch_hears_every_window_in_every_key_once(name: str) -> None:
    tune = Melody([Note(60 + step, Fraction(1, 2)) for step in (0, 4, 7, 5, 11)], Key("C"))
    windows = Windows([tune], grid_of([tune], name), name, closing=False)
    heard = [
        (tuple(window), int(target))
        for batch in windows.epoch(4, seed=1, number=0)
        for window, target in zip(batch.window.tolist(), batch.target.tolist(), strict=True)
    ]
    assert len(heard) == len(windows) == windows.places * len(windows.keys)
    every = [
        (tuple(window), int(target))
        for key in range(len(windows.keys))
        for window, target in zip(
            *(
                part.tolist()
                for part in windows.take(np.arange(windows.places), np.full(windows.places, key))
            ),
            strict=True,
        )
    ]
    assert sorted(heard) == sorted(every)


def test_a_budget_draws_windows_and_keys_without_bias() -> None:
    """However early it stops: no key and no part of the corpus is heard sooner than another."""
    tunes = [Melody([Note(60 + (i * n) % 12, 1) for i in range(40)], Key("C")) for n in range(1, 9)]
    encoding = grid_of(tunes, "12")
    windows = Windows(tunes, encoding, "12", closing=False)
    drawn_keys, drawn_places = [], []
    take = windows.take
    windows.take = lambda places, keys, steps: (  # type: ignore[method-assign,assignment]
        drawn_keys.extend(keys),
        drawn_places.extend(places),
        take(places, keys, steps),
    )[2]
    for seed in range(40):
        next(windows.epoch(100, seed=seed, number=0))
    share = np.bincount(drawn_keys, minlength=12) / len(drawn_keys)
    assert share == pytest.approx(np.full(12, 1 / 12), abs=0.025)
    assert np.mean(drawn_places) / windows.places == pytest.approx(0.5, abs=0.03)


def test_the_same_seed_and_epoch_give_the_same_batches() -> None:
    tune = Melody([Note(60 + i % 5, 1) for i in range(20)], Key("C"))
    windows = Windows([tune], grid_of([tune], "12"), "12", closing=True)

    def drawn(seed: int, number: int) -> list[bytes]:
        return [batch.window.numpy().tobytes() for batch in windows.epoch(32, seed, number)]

    assert drawn(1, 0) == drawn(1, 0)
    assert drawn(1, 0) != drawn(1, 1)
    assert drawn(1, 0) != drawn(2, 0)


def test_short_windows_are_the_ends_of_long_ones() -> None:
    tune = Melody([Note(60 + i % 5, 1) for i in range(20)], Key("C"))
    windows = Windows([tune], grid_of([tune], "1"), "1", closing=True)
    long, short = (next(windows.epoch(8, 1, 0, lambda n=n: n)) for n in (STEPS, 16))
    assert (long.window[:, -16:] == short.window).all()
    assert (long.target == short.target).all()


def test_what_the_grid_cannot_say_is_left_out_with_its_reason() -> None:
    fine = Melody([Note(60, 1), Note(62, 1)])
    triplets = Melody([Note(60, Fraction(1, 3))] * 3)
    windows = Windows([triplets, fine], grid_of([fine], "1"), "1", closing=False)
    assert windows.notes == 2
    assert "no multiple of the step" in windows.refused[0]


def test_heard_from_the_tonic_all_keys_are_one() -> None:
    tune = Melody([Note(67, 1), Note(71, 1), Note(67, 2)], Key("G"), Meter(4, 4))
    encoding = grid_of([tune, tune.transpose(3)], "tonic")
    assert encoding.home == HOME
    windows = Windows([tune, tune.transpose(3)], encoding, "tonic", closing=False)
    first, second = (windows.take(np.arange(n, n + 17), np.zeros(17, int)) for n in (0, 17))
    assert (first.window == second.window).all()


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(
        SolfaError, match=r"unknown keys '13'; did you mean '1'\? choose from 24, 12, 1, tonic"
    ):
        transpositions("13")


def test_no_batch_is_of_one_window() -> None:
    tune = Melody([Note(60 + i % 5, "1/4") for i in range(16)], Key("C"))  # 17 windows
    windows = Windows([tune], grid_of([tune], "1"), "1", closing=False)
    sizes = [len(batch.target) for batch in windows.epoch(8, seed=1, number=0)]
    assert sizes == [8, 9]


def test_no_songs_are_no_windows() -> None:
    assert len(Windows([], GridEncoding.over([60]), "24", closing=True)) == 0
