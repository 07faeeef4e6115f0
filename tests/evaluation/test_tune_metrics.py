"""The figures of generated tunes: by hand on small tunes, and the laws that they keep."""

from collections import Counter
from fractions import Fraction
from math import isnan, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.results.generated_tunes import section
from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError
from solfa.evaluation import set_metrics
from solfa.evaluation.set_metrics import Figure, Row
from solfa.evaluation.statistics import divergence
from solfa.evaluation.tune_metrics import (
    DISTRIBUTIONS,
    accidentals,
    bar_to_bar,
    bars_filled,
    describe,
    duration_pairs,
    durations,
    harmony,
    held_over,
    key_as_asked,
    key_kept,
    longest_run,
    own_key,
    related,
    repeats,
    strong_degrees,
    units,
)
from solfa.melody import Key, Melody, Meter, Note
from solfa.models.ngram import NGram
from strategies import melodies, notes_of


def tune(text: str, meter: str = "4/4", pickup: str = "0", key: str = "C") -> Melody:
    """``60:1 r:1/2 ..``: MIDI pitches or rests with quarters; bar lines are for the eye."""
    pairs = [word.split(":") for word in text.replace("|", " ").split()]
    return Melody(
        tuple(Note(None if pitch == "r" else int(pitch), length) for pitch, length in pairs),
        Key.parse(key),
        Meter.parse(meter),
        Fraction(pickup),
    )


TUNE = tune(
    "67:1 | 60:1 64:1 67:1 64:1"  # new
    "| 62:1 65:1 69:1 65:1"  # the first bar's rhythm
    "| 60:1 64:1 67:1 64:1"  # the first bar
    "| 65:1 69:1 72:1 69:1"  # the first bar, a fourth higher
    "| 60:2 66:1 60:1 | 60:3",  # new, new
    pickup="1",
)

tunes = melodies(notes=notes_of(low=40, high=84))


def test_the_numbers_of_a_small_tune() -> None:
    assert describe(TUNE) == {
        "repeated exactly": 1 / 5,
        "repeated transposed": 1 / 5,
        "repeated in rhythm": 1 / 5,
        "notes on one pitch": 2,
        "range": 12,
        "bars": 6,
        "bars filled": 1,
        "accidentals": 1 / 21,
        "phrases in key": 1,
        "phrases in a related key": 1,
        "last phrase as first": 1,
        "ends on tonic": 1,
        "key as asked": 1,
        "held over bar lines": 0,
    }


def test_the_distributions_of_a_small_tune() -> None:
    assert harmony(TUNE) == [(0, 7), (2, 9), (0, 7), (5, 0), (0, 6), (0, 0)]
    assert strong_degrees(TUNE) == {0: 6, 7: 2, 2: 1, 9: 1, 5: 1, 6: 1}
    assert bar_to_bar(TUNE) == {(0, 2): 1, (2, 0): 1, (0, 5): 1, (5, 0): 1, (0, 0): 1}
    assert durations(TUNE) == {(1, False): 19, (2, False): 1, (3, False): 1}
    assert duration_pairs(TUNE) == {
        ((1, False), (1, False)): 17,
        ((1, False), (2, False)): 1,
        ((2, False), (1, False)): 1,
        ((1, False), (3, False)): 1,
    }


def test_a_bar_repeats_any_earlier_one_and_counts_once() -> None:
    assert repeats(tune("60:4 | 62:4 | 60:4 | 62:4")) == (2 / 3, 0, 1 / 3)


def test_one_note_is_not_a_transposition_and_silence_no_repeat() -> None:
    assert repeats(tune("60:4 | 67:4")) == (0, 0, 1)
    assert repeats(tune("60:4 | r:4 | r:4 | 60:4")) == (1, 0, 0)


def test_what_is_held_into_a_bar_is_not_struck() -> None:
    assert repeats(tune("60:4 | 60:1 62:3 | 60:1 62:3")) == (1 / 2, 0, 0)
    assert repeats(tune("60:5 62:3 | 60:1 62:3")) == (0, 0, 0)
    assert repeats(tune("60:8 | 60:4")) == (1, 0, 0)  # nothing begins in the second bar


def test_a_rest_breaks_a_run() -> None:
    assert longest_run(tune("60:1 60:1 r:1 60:1 60:1 60:1 62:1")) == 3
    assert longest_run(tune("r:1 r:1")) == 0


def test_a_note_over_the_bar_line_is_held_and_heard_on_the_beat() -> None:
    over = tune("60:3 62:2 | 64:3 | 60:4")
    assert held_over(over) == 1 / 4
    assert [len(bar) for bar in harmony(over)] == [2, 2, 2]
    assert harmony(over)[1][0] == (62 - own_key(over).pitch_class) % 12
    assert held_over(tune("60:3 r:2 64:3")) == 0


@pytest.mark.parametrize(
    ("meter", "strong"),
    [("2/4", 1), ("3/4", 1), ("4/4", 2), ("6/8", 1), ("12/8", 2), ("2/2", 1), ("6/4", 2)],
)
def test_which_beats_are_strong(meter: str, strong: int) -> None:
    bar = Meter.parse(meter).bar
    (found,) = harmony(Melody((Note(60, bar),), meter=Meter.parse(meter)))
    assert len(found) == strong


def test_rests_are_lengths_of_their_own() -> None:
    assert durations(tune("60:1 r:1 60:2")) == {(1, False): 1, (1, True): 1, (2, False): 1}
    assert duration_pairs(tune("60:1 r:1")) == {((1, False), (1, True)): 1}


def test_a_rest_on_the_first_beat_leads_nowhere() -> None:
    assert bar_to_bar(tune("60:4 | r:1 62:3 | 60:4")) == {}
    assert harmony(tune("60:4 | r:1 62:3 | 60:4"))[1] == (None, 2)


def test_the_last_bar_is_full_or_short_by_the_pickup() -> None:
    assert bars_filled(tune("60:4 | 60:4")) == 1
    assert bars_filled(tune("60:4 | 60:3")) == 0
    assert bars_filled(tune("60:1 | 60:4 | 60:3", pickup="1")) == 1
    assert bars_filled(tune("60:1 | 60:4 | 60:2", pickup="1")) == 0
    assert bars_filled(tune("60:1", pickup="1")) == 0


SCALE = "60:1 62:1 64:1 65:1 | 67:1 64:1 62:1 60:1 | 60:1 64:1 67:1 64:1 | 65:1 62:1 60:2"


def up(semitones: int) -> str:
    words = (word.split(":") for word in SCALE.replace("|", " ").split())
    return " ".join(f"{int(pitch) + semitones}:{length}" for pitch, length in words)


def test_the_key_is_the_notes_own() -> None:
    assert own_key(tune(SCALE, key="E")) == Key("C")
    assert accidentals(tune(SCALE, key="E")) == 0
    assert key_as_asked(tune(SCALE, key="E")) == 0
    assert key_as_asked(tune(SCALE, key="C lydian")) == 1
    assert key_as_asked(tune(SCALE, key="C dorian")) == 0


def test_the_last_note_alone_does_not_make_the_key() -> None:
    astray = tune("60:1 64:1 67:1 64:1 | 69:1 67:1 64:1 62:1 | 60:1 62:1 64:1 69:1 | 69:4")
    assert own_key(astray) == Key("C")
    assert describe(astray)["ends on tonic"] == 0


def test_a_tune_that_wanders_does_not_keep_its_key() -> None:
    assert key_kept(tune(f"{SCALE} {SCALE}")) == (1, 1, 1)
    dominant = tune(f"{SCALE} {SCALE} {up(7)}")
    assert key_kept(dominant) == (2 / 3, 1, 1)
    assert accidentals(dominant) == 0  # no F sharp in these bars of G major
    far = tune(f"{SCALE} {SCALE} {SCALE} {SCALE} {up(6)}")
    assert key_kept(far) == (4 / 5, 4 / 5, 0)
    assert accidentals(far) > 0.1


def test_the_pickup_belongs_to_the_first_four_bars() -> None:
    four = [tuple(note.pitch for note in unit) for unit in units(TUNE)]
    assert [len(unit) for unit in four] == [17, 4]
    assert four[0][0] == 67
    assert len(units(TUNE.replace(phrase_ends=(3, 20)))) == 2  # whatever is marked


def test_six_keys_are_related() -> None:
    keys = [Key.of(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]
    assert [str(key) for key in keys if related(Key("C"), key)] == [
        *("C major", "D minor", "E minor", "F major", "G major", "A minor")
    ]
    for key in keys:
        assert sum(related(key, other) for other in keys) == 6
        assert all(related(key, other) == related(other, key) for other in keys)


def test_what_cannot_be_told_is_nan() -> None:
    free = Melody((Note(60, 1), Note(62, 1)), meter=None)
    untold = {name for name, value in describe(free).items() if isnan(value)}
    form = {"repeated exactly", "repeated transposed", "repeated in rhythm"}
    assert untold == {*form, "bars", "bars filled", "held over bar lines", "last phrase as first"}
    silent = describe(tune("r:4 | r:4"))
    assert {name for name, value in silent.items() if not isnan(value)} == {
        *("notes on one pitch", "bars", "bars filled")
    }


# Laws


@pytest.mark.slow
@settings(deadline=None)
@given(tunes)
def test_numbers_stay_within_bounds(melody: Melody) -> None:
    found = describe(melody)
    counts = {"notes on one pitch", "range", "bars"}
    for name, value in found.items():
        assert isnan(value) or value >= 0
        assert isnan(value) or name in counts or value <= 1
    assert not sum(repeats(melody)) > 1 + 1e-9


@pytest.mark.slow
@settings(deadline=None)
@given(tunes, st.integers(-12, 12))
def test_a_transposed_tune_has_the_same_figures(melody: Melody, semitones: int) -> None:
    moved = melody.transpose(semitones)
    assert describe(moved) == pytest.approx(describe(melody), nan_ok=True)
    for counts in DISTRIBUTIONS.values():
        assert counts(moved) == counts(melody)


counted = st.dictionaries(st.integers(0, 5), st.integers(0, 9)).filter(lambda c: sum(c.values()))


@given(counted, counted, st.integers(1, 5))
def test_a_divergence_is_one_of_shares(a: dict[int, int], b: dict[int, int], times: int) -> None:
    apart = divergence(a, b)
    assert 0 <= apart <= 1 + 1e-9
    assert apart == pytest.approx(divergence(b, a))
    assert apart == pytest.approx(divergence({k: times * v for k, v in a.items()}, b), abs=1e-9)
    assert divergence(a, a) == pytest.approx(0, abs=1e-9)


def test_a_divergence_by_hand() -> None:
    assert divergence({"a": 3}, {"b": 1}) == pytest.approx(1)
    # (1, 0) and (1/2, 1/2): their mean (3/4, 1/4) has 0.811 bits, they themselves 0 and 1
    mean = -3 / 4 * log2(3 / 4) - 1 / 4 * log2(1 / 4)
    assert divergence({"a": 2}, {"a": 5, "b": 5}) == pytest.approx(mean - 1 / 2)
    with pytest.raises(SolfaError, match="nothing was counted"):
        divergence(Counter(), {"a": 1})


SET = [TUNE, tune(SCALE), tune(up(6)), tune("60:3/2 r:1/2 62:1 60:1")]


def test_a_set_against_itself_is_no_distance_away() -> None:
    found = set_metrics.row(SET, "", "songs", against=SET).figures
    assert [found[name].value for name in DISTRIBUTIONS] == pytest.approx([0] * 4, abs=1e-9)


def test_the_order_of_tunes_does_not_matter() -> None:
    one = set_metrics.row(SET, "", "songs", against=[TUNE]).figures
    other = set_metrics.row(SET[::-1], "", "songs", against=[TUNE]).figures
    assert {n: f.value for n, f in one.items()} == pytest.approx(
        {n: f.value for n, f in other.items()}
    )


def test_means_and_margins_are_over_the_tunes_that_tell() -> None:
    found = set_metrics.row([TUNE, tune("60:4 | 62:3"), tune("r:4")], "", "songs").figures
    assert found["bars filled"].value == pytest.approx(2 / 3)
    assert found["range"] == Figure(7.0, pytest.approx(1.96 * 5 / 2**0.5))  # 12 and 2
    assert "strong beats" not in found
    assert "range" not in set_metrics.row([tune("r:4")], "", "songs").figures
    with pytest.raises(SolfaError, match="no test songs to measure"):
        set_metrics.row([], "", "test songs")


# The measuring


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    model = NGram.of(SET, NoteEncoding.of(SET, rarest=1))
    return set_metrics.measure([model], SET, SET[:2], count=3, seed=1)


def test_every_model_is_measured_twice_beside_real_songs(rows: list[Row]) -> None:
    assert [(row.model, row.how, row.count) for row in rows] == [
        ("", "test songs", 4),
        ("", "training songs", 2),
        ("ngram", "as they come", 3),
        ("ngram", "composed", 3),
    ]
    assert rows[3].figures["bars filled"] == Figure(1.0, 0.0)
    for row in rows:
        assert set(row.figures) >= set(DISTRIBUTIONS) or row.how == "test songs"


def test_rows_are_plain_data(rows: list[Row]) -> None:
    import json

    assert [Row.from_json(json.loads(json.dumps(row.to_json()))) for row in rows] == rows


def test_the_same_seed_measures_the_same(rows: list[Row]) -> None:
    model = NGram.of(SET, NoteEncoding.of(SET, rarest=1))
    assert set_metrics.measure([model], SET, SET[:2], count=3, seed=1) == rows
    assert set_metrics.measure([model], SET, SET[:2], count=3, seed=2) != rows


def test_nothing_is_measured_of_no_tunes() -> None:
    with pytest.raises(SolfaError, match="count 0 is below 1"):
        set_metrics.measure([], SET, SET, count=0)


def test_the_section_shows_every_figure_of_every_row(rows: list[Row]) -> None:
    text = section(rows)
    lines = text.splitlines()
    heads = [line for line in lines if line.startswith("| tunes")]
    shown = {head.removesuffix(", %") for line in heads for head in line[2:-2].split(" | ")}
    assert shown == {"tunes", *describe(TUNE), *DISTRIBUTIONS}
    for label in ("4 test songs", "2 training songs", "3 of `ngram`, as they come"):
        assert sum(line.startswith(f"| {label} |") for line in lines) == len(heads) == 3
    songs = next(line for line in lines if line.startswith("| 4 test songs"))
    assert songs.split(" | ")[1] == f"{100 * rows[0].figures['repeated exactly'].value:.0f} ± 11"
