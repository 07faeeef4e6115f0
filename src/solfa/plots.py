"""Pictures of what melodies do, with matplotlib; each function draws on ``ax``, or on a new figure.

from solfa import plots
plots.piano_roll(tune)
plots.contour(theme, variation, ax=axes)

Melodies and compositions are drawn alike. Several lie over each other, each in a colour and named
by its title. What is drawn can be read back from the axes that every function returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from solfa.analysis.note_overlap import note_overlap
from solfa.analysis.solmization import syllables
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, MelodyLike, Note, as_melody

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#30506a", "#c2703d", "#4f8a5b", "#8a5a8f", "#b0a040", "#777777")
_LINE = "#b9b2a3"  # bar lines
_NAMED = 16  # pitches that have room for their names on an axis


def piano_roll(*tunes: MelodyLike, ax: Axes | None = None) -> Axes:
    """Every note as a bar: time in quarters to the right, pitch upward; rests are empty.

    The bar lines are those of the first melody. Raises `SolfaError` for what is no melody.
    """
    melodies = _melodies(tunes)
    axes = _axes(ax)
    for melody, colour in zip(melodies, _colours(melodies), strict=True):
        bars = [
            (float(onset), float(note.duration), note.pitch)
            for onset, note in zip(melody.onsets(), melody.notes, strict=True)
            if note.pitch is not None
        ]
        onsets, widths, pitches = zip(*bars, strict=True) if bars else ((), (), ())
        axes.barh(
            pitches,
            widths,
            left=onsets,
            height=0.85,
            color=colour,
            alpha=1 if len(melodies) == 1 else 0.6,
            edgecolor="white",
            linewidth=0.8,
            label=_title(melody),
        )
    _time_and_pitch(axes, melodies)
    return axes


def contour(*tunes: MelodyLike, ax: Axes | None = None) -> Axes:
    """Pitch over time as a line of steps, broken at rests; dotted lines mark the ends of phrases.

    Bar lines and errors as for `piano_roll`.
    """
    melodies = _melodies(tunes)
    axes = _axes(ax)
    for melody, colour in zip(melodies, _colours(melodies), strict=True):
        times = [*map(float, melody.onsets()), float(melody.duration)]
        heights = [float("nan") if n.pitch is None else float(n.pitch) for n in melody.notes]
        axes.plot(
            times,
            [*heights, *heights[-1:]] or [float("nan")],
            drawstyle="steps-post",
            color=colour,
            linewidth=1.8,
            label=_title(melody),
        )
        axes.vlines(
            [times[end + 1] for end in melody.phrase_ends],
            0,
            1,
            transform=axes.get_xaxis_transform(),
            color=colour,
            linestyle=":",
            linewidth=1.4,
        )
    _time_and_pitch(axes, melodies)
    return axes


def pitch_classes(*tunes: MelodyLike, ax: Axes | None = None) -> Axes:
    """How long each degree above the tonic sounds, in per cent of all that sounds.

    The degrees are named as the mode has them (3 is minor's own third); melodies in different
    modes are compared by semitones above the tonic. Raises `SolfaError` if a melody is silent.
    """
    melodies = _melodies(tunes)
    shares = []
    for melody in melodies:
        lasts = dict.fromkeys(range(12), Fraction(0))
        for note in melody.notes:
            if note.pitch is not None:
                lasts[(note.pitch - melody.key.pitch_class) % 12] += note.duration
        shares.append(_per_cent(lasts, range(12)))
    axes = _axes(ax)
    _columns(axes, melodies, range(12), shares)
    keys = {melody.key for melody in melodies}
    if len({key.mode for key in keys}) == 1:
        axes.set_xticks(range(12), _degrees(melodies[0].key))
        axes.set_xlabel(f"degree of {melodies[0].key}" if len(keys) == 1 else "degree")
    else:
        axes.set_xlabel("semitones above the tonic")
    axes.set_ylabel("sounding time (%)")
    return axes


def intervals(*tunes: MelodyLike, ax: Axes | None = None) -> Axes:
    """How often each interval to the next sounding note comes, rests between or not, in per cent.

    Raises `SolfaError` if a melody has fewer than two sounding notes.
    """
    melodies = _melodies(tunes)
    counts = [Counter(b - a for a, b in pairwise(melody.pitches)) for melody in melodies]
    reach = max((abs(step) for count in counts for step in count), default=0)
    places = range(-reach, reach + 1)
    shares = [_per_cent(count, places) for count in counts]
    axes = _axes(ax)
    _columns(axes, melodies, places, shares)
    axes.set_xlabel("interval to the next note (semitones)")
    axes.set_ylabel("intervals (%)")
    return axes


def self_similarity(melody: MelodyLike, *, ax: Axes | None = None) -> Axes:
    """How alike any two bars are, 0..1: the share of their notes that are the same at one time.

    Bars are numbered as in the score, a pickup is 0. Stripes beside the diagonal are repeats.
    Raises `SolfaError` for a melody in free metre, which has no bars.
    """
    melody = as_melody(melody)
    if not melody.bar_lines():
        raise SolfaError("a melody without bars has none to compare; give it notes and a metre")
    bars = [[Note(piece.pitch, piece.duration) for piece in bar.pieces] for bar in melody.bars()]
    first, last = melody.bar_numbers[0] - 0.5, melody.bar_numbers[-1] + 0.5
    axes = _axes(ax)
    image = axes.imshow(
        [[note_overlap(one, other) for other in bars] for one in bars],
        cmap="bone_r",
        vmin=0,
        vmax=1,
        extent=(first, last, last, first),
    )
    axes.figure.colorbar(image, ax=axes, label="share of notes alike")
    axes.locator_params(integer=True)
    axes.set_xlabel("bar")
    axes.set_ylabel("bar")
    return axes


def _melodies(tunes: Sequence[MelodyLike]) -> list[Melody]:
    """The melodies to draw; `SolfaError` unless there are some."""
    if not tunes:
        raise SolfaError("no melody to draw; give one at least")
    return [as_melody(tune) for tune in tunes]


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    axes: Axes = pyplot.subplots(figsize=(8, 3.2), layout="constrained")[1]
    return axes


def _colours(melodies: Sequence[Melody]) -> list[str]:
    return [COLOURS[place % len(COLOURS)] for place in range(len(melodies))]


def _title(melody: Melody) -> str:
    return melody.metadata.title or f"melody in {melody.key}"


def _time_and_pitch(axes: Axes, melodies: Sequence[Melody]) -> None:
    """Quarters to the right with bar lines, pitches upward by name: those of the scale."""
    key = melodies[0].key
    for onset, *_ in melodies[0].bar_lines():
        axes.axvline(float(onset), color=_LINE, linewidth=0.6, zorder=0)
    axes.set_xlim(0, max(float(melody.duration) for melody in melodies) or 1)
    if pitches := [pitch for melody in melodies for pitch in melody.pitches]:
        low, high = min(pitches), max(pitches)
        scale = [pitch for pitch in range(low, high + 1) if pitch % 12 in key.scale]
        tonics = [pitch for pitch in scale if pitch % 12 == key.pitch_class]
        shown = scale if len(scale) <= _NAMED else tonics
        axes.set_ylim(low - 1, high + 1)
        axes.set_yticks(shown, [str(key.spell(pitch)) for pitch in shown])
    axes.set_xlabel("time (quarters)")
    axes.set_ylabel("pitch")
    _plain(axes, melodies)


def _columns(
    axes: Axes, melodies: Sequence[Melody], places: Sequence[int], shares: Sequence[Sequence[float]]
) -> None:
    """A column for each melody at every place."""
    width = 0.8 / len(melodies)
    for number, (melody, colour) in enumerate(zip(melodies, _colours(melodies), strict=True)):
        beside = (number - (len(melodies) - 1) / 2) * width
        axes.bar(
            [place + beside for place in places],
            shares[number],
            width,
            color=colour,
            label=_title(melody),
        )
    _plain(axes, melodies)


def _plain(axes: Axes, melodies: Sequence[Melody]) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    if len(melodies) > 1:
        axes.legend(frameon=False, fontsize="small")


def _per_cent(counts: Mapping[int, Fraction | int], places: Sequence[int]) -> list[float]:
    whole = sum(counts.values())
    if not whole:
        raise SolfaError("a melody has too few sounding notes to count; give one that sings")
    return [float(100 * counts[place] / whole) for place in places]


def _degrees(key: Key) -> list[str]:
    """The names of twelve degrees from the tonic up."""
    octave = Melody(tuple(Note(key.pitch_class + i, Fraction(1)) for i in range(12)), key)
    return [name or "" for name in syllables(octave, "degrees")]
