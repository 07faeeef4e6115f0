"""Pictures say what the melody says: read back from what was drawn, not from pixels."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from solfa import plots
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import melodies, notes_of

TUNE = Melody(
    (Note(62, 1), Note(67, 1), Note(None, "1/2"), Note(69, "3/2"), Note(71, 1), Note(67, 2)),
    Key("G"),
    Meter(3, 4),
    pickup=1,
    phrase_ends=(2, 5),
    metadata=Metadata(title="Mine"),
)
ALL = (plots.piano_roll, plots.contour, plots.pitch_classes, plots.intervals, plots.self_similarity)
law = settings(max_examples=25, deadline=None)


def fresh() -> Axes:
    return Figure().subplots()


def bars(ax: Axes, number: int = 0) -> list[tuple[float, float, float]]:
    """Left edge, width and height of the middle of each bar of one melody."""
    return [
        (p.get_x(), p.get_width(), p.get_y() + p.get_height() / 2) for p in ax.containers[number]
    ]


def columns(ax: Axes, number: int = 0) -> list[float]:
    return [patch.get_height() for patch in ax.containers[number]]


@given(melodies())
@law
def test_a_piano_roll_has_a_bar_for_each_sounding_note(melody: Melody) -> None:
    ax = plots.piano_roll(melody, ax=fresh())
    expected = [
        (float(onset), float(note.duration), note.pitch)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
        if note.pitch is not None
    ]
    assert np.allclose(bars(ax) if expected else [], expected)
    lines = [line.get_xdata()[0] for line in ax.lines]
    assert lines == [float(onset) for onset, *_ in melody.bar_lines()]


@pytest.mark.slow
@given(melodies())
@law
def test_a_contour_is_at_every_notes_pitch_and_breaks_at_rests(melody: Melody) -> None:
    ax = plots.contour(melody, ax=fresh())
    times, heights = ax.lines[0].get_data()
    assert list(times) == [*map(float, melody.onsets()), float(melody.duration)]
    pitches = [None if np.isnan(height) else height for height in heights]
    assert pitches[:-1] == [note.pitch for note in melody.notes]
    assert pitches[-1] == pitches[-2]
    assert ax.lines[0].get_drawstyle() == "steps-post"


@given(melodies())
@law
def test_dotted_lines_stand_where_phrases_end(melody: Melody) -> None:
    ax = plots.contour(melody, ax=fresh())
    ends = [melody.onsets()[end] + melody.notes[end].duration for end in melody.phrase_ends]
    drawn = [segment[0][0] for segment in ax.collections[0].get_segments()]
    assert np.allclose(drawn, np.array(ends, float))


@pytest.mark.slow
@given(melodies().filter(lambda melody: bool(melody.pitches)))
@law
def test_pitch_classes_are_weighed_by_how_long_they_sound(melody: Melody) -> None:
    ax = plots.pitch_classes(melody, ax=fresh())
    shares = columns(ax)
    sounding = [note for note in melody.notes if note.pitch is not None]
    whole = sum((note.duration for note in sounding), Fraction(0))
    for degree, share in enumerate(shares):
        pitch_class = (melody.key.pitch_class + degree) % 12
        lasts = sum(note.duration for note in sounding if note.pitch % 12 == pitch_class)  # type: ignore[operator]
        assert share == pytest.approx(float(100 * lasts / whole))
    moved = plots.pitch_classes(melody.replace(key=Key("C", melody.key.mode)), ax=fresh())
    assert (
        columns(moved)
        == shares[-melody.key.pitch_class % 12 :] + shares[: -melody.key.pitch_class % 12]
    )


@given(melodies(notes_of(low=55, high=79)).filter(lambda melody: len(melody.pitches) > 1))
@law
def test_intervals_are_counted(melody: Melody) -> None:
    ax = plots.intervals(melody, ax=fresh())
    found = {
        round(x + width / 2): p for (x, width, _), p in zip(bars(ax), columns(ax), strict=True)
    }
    counts = Counter(b - a for a, b in pairwise(melody.pitches))
    expected = {step: 100 * count / counts.total() for step, count in counts.items()}
    assert {step: share for step, share in found.items() if share} == pytest.approx(expected)


@pytest.mark.slow
@given(melodies(free=False))
@law
def test_bars_are_like_themselves_and_each_other_alike(melody: Melody) -> None:
    ax = plots.self_similarity(melody, ax=fresh())
    shares = ax.images[0].get_array()
    count = len(melody.bar_lines())
    assert shares.shape == (count, count)
    assert (np.diag(shares) == 1).all()
    assert (shares == shares.T).all()
    assert ((shares >= 0) & (shares <= 1)).all()


def test_a_repeated_bar_is_a_stripe() -> None:
    one, other = [Note(60, 2), Note(64, 2)], [Note(67, 4)]
    ax = plots.self_similarity(Melody([*one, *other, *one, *one[:1], Note(65, 2)]), ax=fresh())
    shares = ax.images[0].get_array()
    assert shares[0].tolist() == [1, 0, 1, 0.5]
    assert ax.images[0].get_extent() == [0.5, 4.5, 4.5, 0.5]  # bars 1 to 4


def test_names_and_units_are_on_the_axes() -> None:
    roll = plots.piano_roll(TUNE, ax=fresh())
    assert (roll.get_xlabel(), roll.get_ylabel()) == ("time (quarters)", "pitch")
    ticks = {
        t: label.get_text()
        for t, label in zip(roll.get_yticks(), roll.get_yticklabels(), strict=True)
    }
    assert ticks == {62: "D4", 64: "E4", 66: "F#4", 67: "G4", 69: "A4", 71: "B4"}
    minor = plots.pitch_classes(TUNE.replace(key=Key("G", "minor")), ax=fresh())
    names = [label.get_text() for label in minor.get_xticklabels()]
    assert names == ["1", "b2", "2", "3", "#3", "4", "#4", "5", "6", "#6", "7", "#7"]
    assert minor.get_xlabel() == "degree of G minor"
    assert minor.get_ylabel() == "sounding time (%)"
    assert plots.intervals(TUNE, ax=fresh()).get_xlabel() == "interval to the next note (semitones)"


@pytest.mark.parametrize("plot", ALL[:4])
def test_several_melodies_lie_over_each_other_by_name(plot: Callable[..., Axes]) -> None:
    other = TUNE.transpose(3).replace(metadata=Metadata())
    ax = plot(TUNE, other, ax=fresh())
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Mine", "melody in Bb major"]
    alone = [plot(melody, ax=fresh()) for melody in (TUNE, other)]
    for number, single in enumerate(alone):
        assert single.get_legend() is None
        if ax.containers:
            assert [p.get_height() for p in ax.containers[number]] == [
                p.get_height() for p in single.containers[0]
            ]
    assert ax.get_xlim()[1] >= max(single.get_xlim()[1] for single in alone) - 0.01


def test_modes_apart_are_compared_by_semitones() -> None:
    ax = plots.pitch_classes(TUNE, TUNE.replace(key=Key("G", "minor")), ax=fresh())
    assert ax.get_xlabel() == "semitones above the tonic"


@pytest.mark.parametrize("plot", ALL)
def test_axes_that_are_given_are_drawn_on_and_pyplot_is_left_alone(
    plot: Callable[..., Axes],
) -> None:
    pyplot.close("all")
    ax = fresh()
    assert plot(TUNE, ax=ax) is ax
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("plot", ALL)
def test_without_axes_there_is_a_new_figure(plot: Callable[..., Axes]) -> None:
    pyplot.switch_backend("agg")
    pyplot.close("all")
    first, second = plot(TUNE), plot(TUNE)
    assert len(pyplot.get_fignums()) == 2
    assert first.figure is not second.figure
    pyplot.close("all")


@pytest.mark.parametrize("plot", [plots.piano_roll, plots.contour])
@pytest.mark.parametrize("notes", [(), (Note(None, 4),)])
def test_silence_is_an_empty_picture(plot: Callable[..., Axes], notes: tuple[Note, ...]) -> None:
    ax = plot(Melody(notes), ax=fresh())
    assert ax.get_xlim() == (0, float(Melody(notes).duration) or 1)


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (lambda: plots.piano_roll(), "no melody to draw; give one"),
        (lambda: plots.contour(7), "int is no melody; give a Melody or a Comp"),  # type: ignore[arg-type]
        (lambda: plots.pitch_classes(Melody([Note(None, 1)])), "too few sounding notes"),
        (lambda: plots.intervals(Melody([Note(60, 1)])), "too few sounding notes"),
        (lambda: plots.self_similarity(TUNE.replace(meter=None, pickup=0)), "without bars"),
        (lambda: plots.self_similarity(Melody(())), "without bars"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(draw: Callable[[], Any], why: str) -> None:
    pyplot.close("all")
    with pytest.raises(SolfaError, match=why) as error:
        draw()
    assert "\n" not in str(error.value)
    assert pyplot.get_fignums() == []
