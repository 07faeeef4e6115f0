"""The learning curve of a run as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any


def draw(model: str, history: Sequence[dict[str, Any]]) -> bytes:
    """A PNG of every validation figure, epoch by epoch; a ring marks the best epoch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = [name for name in history[0] if name.startswith("valid/")]
    figure = Figure(figsize=(4.2 * len(names), 3.2), layout="constrained")
    best = min(history, key=lambda past: float(past["valid/bits_per_note"]))["epoch"]
    epochs = [past["epoch"] for past in history]
    for place, name in enumerate(names, 1):
        axes = figure.add_subplot(1, len(names), place)
        values = [past[name] for past in history]
        axes.plot(epochs, values, marker=".", color="#30506a")
        axes.plot(best, values[epochs.index(best)], "o", mfc="none", mec="#b5482a", ms=11)
        axes.set_title(name.removeprefix("valid/").replace("_", " "), fontsize=10)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.25)
    figure.suptitle(f"{model} on validation, best at epoch {best}", fontsize=10)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
