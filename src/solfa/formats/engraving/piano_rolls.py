"""Several melodies as piano rolls, one under the other: how tunes on one way change."""

from __future__ import annotations

import io
from collections.abc import Sequence

from solfa.errors import SolfaError
from solfa.melody import Melody
from solfa.plots import piano_roll


def draw(melodies: Sequence[Melody], titles: Sequence[str] = ()) -> bytes:
    """A PNG with a row for each melody: time in quarters to the right, pitch upward, bar lines.

    All rows share one time and one range. Raises `SolfaError` if nothing sounds.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pitches = [pitch for melody in melodies for pitch in melody.pitches]
    if not pitches:
        raise SolfaError("no melody sounds a note; give at least one that does")
    low, high = min(pitches), max(pitches)
    end = max(melody.duration for melody in melodies)
    height = 0.35 + 0.055 * (high - low + 3)
    figure = Figure(figsize=(8, height * len(melodies) + 0.35), layout="constrained")
    rows = figure.subplots(len(melodies), 1, sharex=True, squeeze=False)[:, 0]
    for place, (axes, melody) in enumerate(zip(rows, melodies, strict=True)):
        piano_roll(melody, ax=axes)
        axes.set_xlim(0, float(end))
        axes.set_ylim(low - 1, high + 1)
        tonics = [p for p in range(low, high + 1) if p % 12 == melody.key.pitch_class]
        axes.set_yticks(tonics, [str(melody.key.spell(pitch)) for pitch in tonics])
        axes.tick_params(labelsize=7, length=2)
        axes.label_outer()
        axes.set_ylabel("")
        axes.xaxis.label.set_size(8)
        if place < len(titles):
            axes.set_title(titles[place], fontsize=8, loc="left", pad=2)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
