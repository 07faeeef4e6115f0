"""What a sweep found: its trials as a table, and a picture of what mattered."""

from __future__ import annotations

import io
import math
import sys
import warnings
from typing import Any

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial, TrialState

BEST_SHARE = 0.25
"""What mattered is what sets this share of the trials, the best, apart from all."""


def ranked(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that count, best first; pruned ones come after those that went to their end."""
    counted = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return sorted(counted, key=lambda trial: (trial.state == TrialState.PRUNED, _bits(trial)))


def best(study: optuna.Study) -> FrozenTrial | None:
    """The best trial that went to its end, if one did."""
    first = next(iter(ranked(study)), None)
    return first if first and first.state == TrialState.COMPLETE else None


def importance(study: optuna.Study) -> dict[str, float]:
    """The share of each value in reaching the best quarter of the trials, largest first.

    By PED-ANOVA (Watanabe, Bansal and Hutter 2023). Pruned trials count with what they had
    reached: it asks only which trials are among the best. Empty below two finished trials.
    """
    trials = ranked(study)
    if sum(trial.state == TrialState.COMPLETE for trial in trials) < 2:
        return {}
    finished = optuna.create_study()
    for trial in trials:
        bits = min(_bits(trial), sys.float_info.max)
        told = optuna.create_trial(
            value=bits, params=trial.params, distributions=trial.distributions
        )
        finished.add_trial(told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # equal trials: then all mattered alike
        return optuna.importance.get_param_importances(
            finished, evaluator=PedAnovaImportanceEvaluator(target_quantile=BEST_SHARE)
        )


def sentence(study: optuna.Study, number: int) -> str:
    """One line on one trial."""
    trial, first = study.trials[number], best(study)
    line = f"trial {number}: {_shown(_bits(trial))} bits a note, {_ending(trial)}"
    line += f", {_minutes(trial)} min"
    return f"{line}; best {_shown(_bits(first))} (trial {first.number})" if first else line


def rows(study: optuna.Study) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and a row for each trial that counts, best first."""
    trials = ranked(study)
    names = list(importance(study) or trials[0].params)
    header = ["trial", "bits a note", "trained", "min", *(name.replace("_", " ") for name in names)]
    return header, [
        [
            str(trial.number),
            _shown(_bits(trial)),
            _ending(trial),
            _minutes(trial),
            *(_value(trial.params[name]) for name in names),
        ]
        for trial in trials
    ]


def page(study: optuna.Study) -> str:
    """The table as Markdown, what was searched above it, what mattered below."""
    facts = study.user_attrs
    header, lines = rows(study)
    told = "; ".join(f"{name} {facts[name]}" for name in ("data", "budget", "seed"))
    table = [header, ["---"] * len(header), *lines]
    return "\n".join(
        [
            f"# Sweep of {facts['model']}",
            "",
            "Bits a note on the validation songs, lower is better. Trial 0 is the default recipe;",
            f"a pruned trial shows what it had reached. {told[0].upper()}{told[1:]}.",
            "",
            *("| " + " | ".join(line) + " |" for line in table),
            "",
            _mattered(study),
            "",
        ]
    )


def _mattered(study: optuna.Study) -> str:
    shares = importance(study)
    if not shares:
        return "What mattered can be said when two trials have gone to their end."
    told = ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in shares.items())
    return f"What sets the best quarter apart (PED-ANOVA, {len(ranked(study))} trials): {told}."


def draw(study: optuna.Study) -> bytes:
    """A PNG: how much each value mattered, and bits a note against each; a ring marks the best."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trials, shares = ranked(study), importance(study)
    names = list(shares or trials[0].params)
    columns = 4
    lines = math.ceil(len(names) / columns)
    figure = Figure(figsize=(2.4 * (columns + 1.2), 2.2 * max(lines, 2)), layout="constrained")
    grid = figure.add_gridspec(lines, columns + 1, width_ratios=[1.2, *[1] * columns])
    axes = figure.add_subplot(grid[:, 0])
    axes.barh(names[::-1], [shares.get(name, 0) for name in names[::-1]], color="#30506a")
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names[::-1]])
    axes.set_title("share in reaching\nthe best quarter", fontsize=10)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    if not shares:
        axes.set_title("two trials must end\nto say what mattered", fontsize=10)
        axes.set_xticks([])
    low, high = _span(trials)
    for place, name in enumerate(names):
        axes = figure.add_subplot(grid[place // columns, 1 + place % columns])
        _slice(axes, trials, name, high)
        axes.set_ylim(low, high)
        axes.set_xlabel(name.replace("_", " "), fontsize=9)
        axes.tick_params(labelsize=8, labelleft=place % columns == 0)
        axes.grid(alpha=0.25)
    facts = study.user_attrs
    figure.suptitle(
        f"{facts['model']}, {len(trials)} trials within a budget of {facts['budget']}:"
        " bits a note on validation; crosses were pruned (arrows: above)",
        fontsize=10,
    )
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def _slice(axes: Any, trials: list[FrozenTrial], name: str, high: float) -> None:
    """Bits a note of each trial against one value; what is above the picture is at its edge."""
    distribution = trials[0].distributions[name]
    if isinstance(distribution, CategoricalDistribution):
        choices = list(distribution.choices)
        values = [float(choices.index(trial.params[name])) for trial in trials]
        axes.set_xticks(range(len(choices)), [str(choice) for choice in choices])
        axes.set_xlim(-0.5, len(choices) - 0.5)
    else:
        values = [float(trial.params[name]) for trial in trials]
        if isinstance(distribution, FloatDistribution) and distribution.log:
            axes.set_xscale("log")
    for trial, value in zip(trials, values, strict=True):
        pruned, bits = trial.state == TrialState.PRUNED, _bits(trial)
        marker = "^" if bits > high else "x" if pruned else "o"
        color = "#9aa5ad" if pruned else "#30506a"
        axes.plot(value, min(bits, high), marker, color=color, ms=5, clip_on=False)
    if trials[0].state == TrialState.COMPLETE:
        axes.plot(values[0], _bits(trials[0]), "o", mfc="none", mec="#b5482a", ms=11)


def _span(trials: list[FrozenTrial]) -> tuple[float, float]:
    """Where the picture begins and ends: about as far above the middle as the best is below."""
    bits = np.array([b for b in map(_bits, trials) if math.isfinite(b)] or [0.0])
    low = bits.min()
    room = max(3 * (np.median(bits) - low), 0.05)
    high = min(bits.max(), low + room)
    margin = 0.08 * max(high - low, 0.05)
    return float(low - margin), float(high + margin)


def _bits(trial: FrozenTrial) -> float:
    """What a trial reached; nothing at all if its figures were none."""
    return math.inf if trial.value is None else trial.value


def _ending(trial: FrozenTrial) -> str:
    if trial.state == TrialState.COMPLETE:
        return "to its end"
    return f"pruned after epoch {trial.last_step}" if trial.last_step else "diverged"


def _shown(bits: float) -> str:
    return f"{bits:.3f}" if math.isfinite(bits) else "none"


def _minutes(trial: FrozenTrial) -> str:
    return f"{trial.duration.total_seconds() / 60:.1f}" if trial.duration else ""


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
