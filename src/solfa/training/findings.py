"""What a sweep found: its trials as a table, and a picture of what mattered."""

from __future__ import annotations

import io
import math
import sys
import warnings
from typing import Any

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial, TrialState

from solfa.markdown import table

BEST_SHARE = 0.25
"""The share of trials, the best, that importance compares with all."""
ENOUGH = 20
"""Trials below which what mattered is a hint at most: PED-ANOVA asks for five of the best."""


def ranked(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that count, best first; pruned ones come after those that went to their end."""
    counted = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return sorted(counted, key=lambda trial: (_pruned(trial), _bits(trial)))


def best(study: optuna.Study) -> FrozenTrial | None:
    """The best trial that went to its end, if one did."""
    first = next(iter(ranked(study)), None)
    return first if first and not _pruned(first) else None


def importance(study: optuna.Study) -> dict[str, float]:
    """The share of each value in reaching the best quarter of the trials, largest first.

    By PED-ANOVA (Watanabe, Bansal and Hutter 2023). Pruned trials count with what they had
    reached: it asks only which trials are among the best. Empty below two finished trials.
    """
    trials = ranked(study)
    if sum(not _pruned(trial) for trial in trials) < 2:
        return {}
    finished = optuna.create_study()
    for trial in trials:
        bits = min(_bits(trial), sys.float_info.max)
        copy = optuna.create_trial(
            value=bits, params=trial.params, distributions=trial.distributions
        )
        finished.add_trial(copy)
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
    header = ["trial", "bits a note", "state", "min", *(name.replace("_", " ") for name in names)]
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
    data = {**facts["data"], "budget": _budget(study), "seed": facts["seed"]}
    settings = ", ".join(
        f"{name} {' '.join(value) if isinstance(value, list) else value}"
        for name, value in data.items()
    )
    return "\n".join(
        [
            f"# Sweep of {facts['model']}",
            "",
            "Bits a note on the validation songs, lower is better. Trial 0 is the default recipe;",
            f"a pruned one shows what it had reached, and at which epoch. Here: {settings}.",
            "",
            table(header, lines),
            "",
            _mattered(study),
            "",
        ]
    )


def _mattered(study: optuna.Study) -> str:
    shares = importance(study)
    if not shares:
        return "What mattered can be said when two trials have gone to their end."
    listed = ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in shares.items())
    count = len(ranked(study))
    few = f"; below {ENOUGH} a hint at most" if count < ENOUGH else ""
    return f"What sets the best quarter apart (PED-ANOVA, {count} trials{few}): {listed}."


def _budget(study: optuna.Study) -> str:
    budget = str(study.user_attrs["budget"])
    return f"{budget} steps" if budget.isdigit() else budget


def draw(study: optuna.Study) -> bytes:
    """A PNG: how much each value mattered, and bits a note against each; a ring marks the best."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trials, shares = ranked(study), importance(study)
    names = list(shares or trials[0].params)
    columns, lines = 4, math.ceil(len(names) / 4)
    figure = Figure(figsize=(2.4 * (columns + 1.2), 2.2 * max(lines, 2)), layout="constrained")
    grid = figure.add_gridspec(lines, columns + 1, width_ratios=[1.2, *[1] * columns])
    axes = figure.add_subplot(grid[:, 0])
    if shares:
        few = f"\n(below {ENOUGH} trials a hint at most)" if len(trials) < ENOUGH else ""
        axes.set_title(f"share in reaching\nthe best quarter{few}", fontsize=9)
        upwards = names[::-1]
        axes.barh(range(len(names)), [shares[name] for name in upwards], color="#30506a")
        axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in upwards])
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.tick_params(labelsize=8)
    else:
        axes.text(0.5, 0.5, "what mattered:\nwhen two trials\nhave ended", ha="center", fontsize=9)
        axes.set_axis_off()
    low, high = _span(trials)
    for place, name in enumerate(names):
        axes = figure.add_subplot(grid[place // columns, 1 + place % columns])
        _slice(axes, trials, name, high)
        axes.set_ylim(low, high)
        axes.set_xlabel(name.replace("_", " "), fontsize=9)
        axes.tick_params(labelsize=8, labelleft=place % columns == 0)
        axes.grid(alpha=0.25)
    pruned = "; crosses were pruned, arrows lie above" if _pruned(trials[-1]) else ""
    figure.suptitle(
        f"{study.user_attrs['model']}, {len(trials)} trials of {_budget(study)} each:"
        f" bits a note on validation, the best ringed{pruned}",
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
        assert isinstance(distribution, FloatDistribution | IntDistribution)
        values = [float(trial.params[name]) for trial in trials]
        low, top = distribution.low, distribution.high
        if distribution.log:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter("")
            axes.set_xlim(low / 1.1, top * 1.1)
        else:
            axes.set_xlim(low - 0.05 * (top - low), top + 0.05 * (top - low))
    for trial, value in zip(trials, values, strict=True):
        bits = _bits(trial)
        marker = "^" if bits > high else "x" if _pruned(trial) else "o"
        color = "#9aa5ad" if _pruned(trial) else "#30506a"
        axes.plot(value, min(bits, high), marker, color=color, ms=5, clip_on=False)
    if not _pruned(trials[0]):
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


def _pruned(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.PRUNED


def _ending(trial: FrozenTrial) -> str:
    if not _pruned(trial):
        return "complete"
    return f"pruned at {trial.last_step}" if trial.last_step else "diverged"


def _shown(bits: float) -> str:
    return f"{bits:.3f}" if math.isfinite(bits) else "none"


def _minutes(trial: FrozenTrial) -> str:
    return f"{trial.duration.total_seconds() / 60:.1f}" if trial.duration else ""


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
