"""What each ingredient of `melody_lstm` brings: trainings alike but for one thing.

Every row learns from as many batches, with one seed, and is judged by the German validation songs;
`python benchmarks/ingredients.py` trains what is not there yet under runs/ingredients, each row
resumed where it was stopped, and writes docs/ingredients.md. Name rows to train only these.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import bodies
from mixing import gain
from solfa import corpora
from solfa.errors import SolfaError
from solfa.evaluation import likelihood
from solfa.files import write_atomically
from solfa.markdown import table
from solfa.melody import Melody, Meter, Note
from solfa.models import registry
from solfa.models.melody_lstm import Config, MelodyLSTM  # noqa: F401 (`Config` by name)
from solfa.models.ngram import load_ngram
from solfa.runtime import WEIGHTS, load_model
from solfa.training.export import load_network
from solfa.training.loop import fit
from solfa.training.recipe import Recipe, recipe_of
from solfa.training.songs import Batch, Unknown, prepare
from solfa.training.tasks import NoteTask

RUNS, PAGE = Path("runs/ingredients"), Path("docs/ingredients.md")
STEPS, EPOCHS = 400, 2


class AttentionTask(NoteTask):
    """Tunes read by another body."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        bodies.TICKS_OF[:] = self.encoding.durations


class StretchedTask(NoteTask):
    """Every tune also with all its values halved or doubled, metre and all."""

    def __init__(
        self,
        model: str,
        tunes: list[Melody],
        valid: list[Melody],
        recipe: Recipe,
        encoding: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(model, tunes, valid, recipe, encoding)
        other = [stretched(tune, factor) for tune in tunes for factor in (Fraction(1, 2), 2)]
        added, _ = prepare([tune for tune in other if tune], self.encoding)
        self.songs = self.songs + added


def stretched(tune: Melody, factor: Fraction | int) -> Melody | None:
    """The tune in other note values, None where its metre cannot be written so."""
    meter = tune.meter
    if meter is None or tune.meter_changes:
        return None
    unit = Fraction(meter.unit) / factor
    if unit.denominator > 1 or unit > 16:
        return None
    notes = tuple(Note(note.pitch, note.duration * factor) for note in tune.notes)
    return tune.replace(
        notes=notes, meter=Meter(meter.beats, int(unit)), pickup=tune.pickup * factor
    )


class AveragedTask(NoteTask):
    """Weights averaged over the last 50 steps or so are judged, not the last ones."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.98))  # type: ignore[no-untyped-call]

    def losses(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """As ever; the average follows."""
        self.average.update_parameters(self.network)
        return super().losses(batch, progress)

    def cost(self, batch: Batch) -> list[float]:
        """What the average says."""
        network, self.network = self.network, self.average.module.eval()
        try:
            return super().cost(batch)
        finally:
            self.network = network


class DistilledTask(NoteTask):
    """One network that learns what an ensemble would say, as well as the tunes."""

    teacher = "two members"

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        checkpoint = RUNS / _folder(self.teacher) / "best.safetensors"
        if not checkpoint.exists():
            raise SolfaError(f"{checkpoint} is not there; train the row {self.teacher!r} first")
        self.wise: Any = load_network(checkpoint)[0]

    def losses(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Half of the loss is the tune's, half the teacher's."""
        losses = super().losses(batch, progress)
        with torch.no_grad():
            said = _distributions(self.wise, batch)
        apart = sum(
            (
                functional.kl_div(ours, theirs, log_target=True, reduction="none").sum(-1) * known
            ).sum()
            for ours, theirs, known in zip(
                _distributions(self.network, batch), said, _known(batch), strict=True
            )
        )
        loss = 0.5 * losses["loss"] + 0.5 * apart / (batch.pitch >= 0).sum()
        return {**losses, "loss": loss}


def _distributions(network: MelodyLSTM, batch: Batch) -> list[Tensor]:
    """What a network says at each step of the right tune, as logarithms."""
    heard, _ = network.body(batch.features, network.empty(len(batch.pickup)))
    d, p = batch.duration.clamp(min=0), batch.pitch.clamp(min=0)
    return [network.duration(heard), network.pitch(heard, d), network.phrase(heard, d, p)]


def _known(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return batch.duration >= 0, batch.pitch >= 0, batch.phrase >= 0


Attention = bodies.network(bodies.Attentive)
Untimed = bodies.network(bodies.Untimed)
Both = bodies.network(bodies.Both)

_VARIANTS = {  # by name: the task, and the network if it is another; ``Config`` is `melody_lstm`'s
    "attention": ("AttentionTask", "Attention"),
    "untimed": ("AttentionTask", "Untimed"),
    "both": ("AttentionTask", "Both"),
    "stretched": ("StretchedTask", None),
    "averaged": ("AveragedTask", None),
    "distilled": ("DistilledTask", None),
}
_OURS = registry.MODELS["melody_lstm"]
registry.MODELS |= {
    name: replace(
        _OURS,
        name=name,
        task=f"{__name__}:{task}",
        network=f"{__name__}:{network}" if network else _OURS.network,
    )
    for name, (task, network) in _VARIANTS.items()
}


@dataclass(frozen=True)
class Row:
    """A training: what is other than in the first row."""

    says: str
    task: str = "melody_lstm"
    sizes: dict[str, Any] = field(default_factory=dict)
    corpus: tuple[str, ...] = tuple(corpora.REPERTOIRES)
    changed: dict[str, Any] = field(default_factory=dict)


_ECHOES = ("echoed *", "match", "transposed *", "rhythm*", "melody*")
_LOOKBACK = ("* ago", "* in phrase 1")

ROWS = {
    "as it is": Row("LSTM 2 x 384 without a way around it, all repertoires, all features"),
    "no memory": Row(
        "not told what followed when its notes came before", sizes={"ignored_features": _ECHOES}
    ),
    "no lookback": Row(
        "not told what stood bars or phrases ago", sizes={"ignored_features": _LOOKBACK}
    ),
    "neither": Row("told neither", sizes={"ignored_features": (*_ECHOES, *_LOOKBACK)}),
    "no phrases": Row("never told of phrases", changed={"feed": Unknown(phrases=1.0)}),
    "german only": Row("German tunes alone", corpus=("german",)),
    "attention": Row(
        "attention, 4 blocks of 256; half of its heads are given onset times",
        "attention",
        {"width": 256},
    ),
    "attention, no times": Row("the same without onset times", "untimed", {"width": 256}),
    "both": Row("LSTM, then one block of attention over the tune", "both"),
    "skip": Row(
        "LSTM with a way around it, from the features to what is said", sizes={"skip": True}
    ),
    "stretched": Row("tunes in halved and doubled values too", "stretched"),
    "averaged": Row("weights averaged over the last 50 steps or so", "averaged"),
    "no dropout": Row("no dropout", sizes={"dropout": 0.0}),
    "more dropout": Row("dropout 0.4", sizes={"dropout": 0.4}),
    "width 256": Row("LSTM 2 x 256", sizes={"width": 256}),
    "width 512": Row("LSTM 2 x 512", sizes={"width": 512}),
    "two members": Row("two LSTMs, their probabilities averaged", sizes={"members": 2}),
    "distilled": Row("one LSTM that learns from the two", "distilled"),
}


def _folder(name: str) -> str:
    return name.replace(" ", "-").replace(",", "")


def recipe(row: Row) -> Recipe:
    """How a row is trained."""
    base = recipe_of("melody_lstm")
    sizes = {"members": 1, "width": 384, "skip": False, **row.sizes}
    return replace(
        base, **{"sizes": sizes, "steps": STEPS, "epochs": EPOCHS, "patience": None, **row.changed}
    )


def run(name: str) -> None:
    """Trains a row, from where it was stopped."""
    row, folder = ROWS[name], RUNS / _folder(name)
    print(f"{name}: {row.says}", flush=True)
    fit(
        row.task,
        list(corpora.load(*row.corpus).split("train").tunes),
        list(corpora.load("german").split("valid").tunes),
        folder,
        recipe(row),
        resume=(folder / "last.safetensors").exists(),
        progress=False,
    )


def report() -> str:
    """The table of what is there."""
    rows = []
    first: dict[str, Any] | None = None
    for name, row in ROWS.items():
        path = RUNS / _folder(name) / "best.json"
        if not path.exists():
            continue
        facts = json.loads(path.read_bytes())
        past = min(facts["history"], key=lambda epoch: float(epoch["valid/bits_per_note"]))
        first = first or past
        plain, told = past["valid/bits_per_note"], past["valid/bits_per_note_phrases_given"]
        gain = plain - first["valid/bits_per_note"]
        minutes = f"{facts['seconds'] / 60:.0f}"
        rows.append([f"`{name}`", row.says, f"{plain:.3f}", f"{gain:+.3f}", f"{told:.3f}", minutes])
    heads = [
        "row",
        "what",
        "bits a note",
        "against the first",
        "past phrase marks given",
        "minutes",
    ]
    return table(heads, rows)


_PAGE = """\
# What each ingredient brings

Written by `python benchmarks/ingredients.py`; do not edit. Trainings of `melody_lstm` alike but for
one thing: {steps} batches of 32 tunes (all repertoires have 310), a cosine to 0, seed 1. The first
is one LSTM without a way around it; the bundled model has two members of 2 x 384 with one each
(`skip`), and they learn ten times as long. What needs longer to show (regularisation, width) may
turn out otherwise there: of what `skip` brings here, 0.007 bits were left. Differences below 0.02
are within what another seed does. Bits a note on the German validation songs, family split, metre
and key given; `docs/log.md` tells the rest.

{rows}

## The bundled model

{bundled}
"""


def bundled() -> str:
    """What members, ensemble and mixture reach on validation."""
    card = json.loads((WEIGHTS / "melody_lstm/card.json").read_text(encoding="utf-8"))
    rows = []
    for member in card["members"]:
        past = member["history"][-1]
        plain, told = past["valid/bits_per_note"], past["valid/bits_per_note_phrases_given"]
        name = f"member of seed {member['seed']}, {past['epoch']} epochs"
        rows.append([name, f"{plain:.3f}", f"{told:.3f}", f"{member['seconds'] / 60:.0f}"])
    german = corpora.load("german").split("valid").tunes
    model = load_model("melody_lstm")
    alone = [likelihood.bits(model, german, phrases=told, style=False) for told in (False, True)]
    costs = [cost.of("pickup", "duration", "pitch") for cost in alone]
    rows.append(["`melody_lstm`: both, in eight bits", *(f"{cost:.3f}" for cost in costs), ""])
    gains = [gain(model, load_ngram(), german, phrases=told) for told in (False, True)]
    mixed = [cost + one.mixed - one.alone for cost, one in zip(costs, gains, strict=True)]
    rows.append(["mixed with the views of `ngram`", *(f"{cost:.3f}" for cost in mixed), ""])
    heads = ["model", "bits a note", "past phrase marks given", "minutes beside other work"]
    return f"{card['machine']}.\n\n{table(heads, rows)}\n\n{_MIXED}"


_MIXED = """\
The mixture is a product of powers (`benchmarks/mixing.py`), its weights learned on the other half
of the validation songs. A network that is told what the tune did before has little left to learn
from an n-gram that remembers it: so little that the mixture is not worth its time in composing."""


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    for chosen in sys.argv[1:] or ROWS:
        run(chosen)
    page = _PAGE.format(steps=STEPS, rows=report(), bundled=bundled())
    write_atomically(PAGE, page.encode())
    print(page)
