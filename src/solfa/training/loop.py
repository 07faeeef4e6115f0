"""The training loop: Lightning underneath, our checkpoints, one validation an epoch."""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from solfa.errors import SolfaError
from solfa.files import write_atomically
from solfa.melody import Melody
from solfa.training.checkpoint import (
    load_checkpoint,
    model_tensors,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from solfa.training.curves import draw
from solfa.training.finetuning import Start
from solfa.training.recipe import Recipe, recipe_of
from solfa.training.tasks import Task, task_of


@dataclass(frozen=True)
class Result:
    """Where the best checkpoint lies, and what validation said of it."""

    checkpoint: Path
    bits_per_note: float
    epoch: int


class _Bar(RichProgressBar):  # type: ignore[misc]
    """Lightning's bar without the number of the run's log."""

    def get_metrics(self, *arguments: Any) -> dict[str, Any]:
        metrics: dict[str, Any] = super().get_metrics(*arguments)
        return {name: value for name, value in metrics.items() if name != "v_num"}


class _Epochs(IterableDataset[Any]):
    """One epoch of batches a pass, as far as the budget goes."""

    def __init__(self, training: _Training) -> None:
        self._training = training

    def __iter__(self) -> Iterator[Any]:
        training = self._training
        given, share = training.facts["step"], 1 / training.recipe.epochs
        for batch in training.task.epoch(training.facts["epoch"], lambda: training.progress):
            yield batch  # one at least, however late it is
            given += 1  # the trainer asks for a batch before it has done with the last
            if training.spent(given) >= share * (training.facts["epoch"] + 1):
                break  # the epoch has had its share


class _Training(lightning.LightningModule):  # type: ignore[misc]
    """What Lightning calls: the step, the validation, the schedule, the checkpoints."""

    def __init__(
        self,
        model: str,
        task: Task,
        recipe: Recipe,
        folder: Path,
        data: dict[str, Any],
        resumed: tuple[dict[str, Tensor], dict[str, Any]] | None,
        watch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        super().__init__()
        self.model = model
        self.task = task
        self.network = task.network
        self.recipe = recipe
        self.folder = folder
        self.watch = watch or self._tell
        all_steps = recipe.epochs * task.batches_an_epoch
        self.total = min(recipe.steps or all_steps, all_steps)
        self.facts: dict[str, Any] = {
            "epoch": 0,
            "step": 0,
            "seconds": 0.0,
            "history": [],
            "data": data,
        }
        self._tensors: dict[str, Tensor] = {}
        if resumed:
            self._tensors, facts = resumed
            self.facts = {name: facts[name] for name in self.facts}
            self.network.load_state_dict(model_tensors(self._tensors))
        self._started = time.monotonic() - self.facts["seconds"]
        self._sums: dict[int, Tensor] = {}

    def spent(self, steps: int) -> float:
        """Share of the budget that so many steps spend, or the clock has spent, 0..1."""
        share = steps / self.total
        if self.recipe.minutes:
            clock = (time.monotonic() - self._started) / (60 * self.recipe.minutes)
            share = max(share, clock)
        return float(min(share, 1.0))

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        return self.spent(self.facts["step"])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        recipe = self.recipe
        kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
        optimizer = kind(
            self.network.parameters(),
            lr=recipe.learning_rate,
            betas=(0.9, 0.98) if recipe.optimizer == "adamw" else (0.9, 0.999),
            weight_decay=recipe.weight_decay,
        )
        if self._tensors:
            restore_optimizer(optimizer, self._tensors)
        return optimizer

    def training_step(self, batch: Any, _: int) -> Tensor:
        # dropout follows from seed and step alone, so that resuming is as if never interrupted
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.facts["step"])
        optimizer = self.optimizers(use_pl_optimizer=False)
        progress = self.progress
        rate = self.recipe.rate(progress, self.facts["step"], self.total)
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = self.task.losses(batch, progress)
        self.facts["step"] += 1
        if self.facts["step"] % 20 == 0 and self.logger:
            values = {f"train/{name}": value.item() for name, value in losses.items()}
            self.logger.log_metrics({**values, "learning_rate": rate}, self.facts["step"])
        self.log("bits", losses["bits"], prog_bar=True, logger=False)
        return losses["loss"]

    def on_validation_epoch_start(self) -> None:
        self._sums = {}

    def validation_step(self, batch: Any, _: int, dataloader_idx: int = 0) -> None:
        with torch.autocast(self.device.type, enabled=False):
            cost = torch.tensor(self.task.cost(batch))
        self._sums[dataloader_idx] = self._sums.get(dataloader_idx, torch.zeros(())) + cost

    def on_validation_epoch_end(self) -> None:
        sums = torch.stack([self._sums[condition] for condition in sorted(self._sums)])
        figures = self.task.figures(sums)
        self.facts["epoch"] += not self.trainer.sanity_checking  # which is epoch 0: what was given
        self.facts["seconds"] = time.monotonic() - self._started
        values = {f"valid/{name}": value for name, value in figures.items()}
        self.facts["history"].append(
            {**values, "epoch": self.facts["epoch"], "step": self.facts["step"]}
        )
        if self.logger:
            self.logger.log_metrics(values, self.facts["step"])
        self._save()
        write_atomically(self.folder / "curves.png", draw(self.model, self.facts["history"]))
        self.watch(self.facts["history"][-1])

    def _tell(self, past: dict[str, Any]) -> None:
        shown = ", ".join(
            f"{value:.3f} {name.removeprefix('valid/').replace('_', ' ')}"
            for name, value in past.items()
            if name.startswith("valid/")
        )
        self.print(f"epoch {past['epoch']}: {shown} ({self.facts['seconds'] / 60:.1f} min)")

    def _save(self) -> None:
        facts = {
            **self.facts,
            "model": self.model,
            "config": asdict(self.network.config),  # type: ignore[call-overload]
            "encoding": self.task.encoding.to_json(),
            "recipe": asdict(self.recipe),
            **self.task.facts(),
        }
        weights = {f"model.{name}": t for name, t in self.network.state_dict().items()}
        since = self.facts["epoch"] - self._best["epoch"]
        if since == 0:
            save_checkpoint(self.folder / "best", weights, facts)
        optimizer = self.optimizers(use_pl_optimizer=False)
        state = optimizer_tensors(optimizer)
        save_checkpoint(self.folder / "last", {**weights, **state}, facts)
        if self.over:
            self.trainer.should_stop = True

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or none of the last few has brought anything."""
        if not self.facts["history"]:
            return False
        patience, since = self.recipe.patience, self.facts["epoch"] - self._best["epoch"]
        return bool(self.facts["epoch"] >= self.recipe.epochs or (patience and since >= patience))

    @property
    def _best(self) -> dict[str, Any]:
        """What history says of the best epoch, the first of equals."""
        history: list[dict[str, Any]] = self.facts["history"]
        return min(history, key=lambda past: float(past["valid/bits_per_note"]))

    def result(self) -> Result:
        best = self._best
        path = self.folder / "best.safetensors"
        return Result(path, best["valid/bits_per_note"], best["epoch"])


def fit(
    model: str,
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    folder: Path,
    recipe: Recipe | None = None,
    *,
    start: Start | None = None,
    data: dict[str, Any] | None = None,
    resume: bool = False,
    stop_after: int | None = None,
    progress: bool = True,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> Result:
    """Trains ``model`` on ``tunes``; the epoch best on ``valid`` is kept in ``folder``.

    Each epoch ends with a checkpoint, from which ``resume`` goes on as if never interrupted, by
    the run's own recipe; ``curves.png`` shows what was learned, and TensorBoard finds its logs
    there too. ``start`` is where fine-tuning begins: its sizes and vocabulary stay, and its weights
    are epoch 0, kept if no other is better. ``data`` says what the tunes are: it goes into the
    card, and a run is resumed on the same only. ``stop_after`` epochs it pauses. ``watch`` is
    called with each epoch's figures, which are printed if it is left out; what it raises ends the
    run. Raises `SolfaError` if no tune can be used, or the folder holds another run.
    """
    recipe = recipe or recipe_of(model, "finetune" if start else "default")
    begun = (folder / "last.safetensors").exists()
    if begun and not resume:
        raise SolfaError(f"{folder} holds a run already; resume it, or choose another folder")
    if resume and not begun:
        raise SolfaError(f"{folder} holds no run to resume; leave resume out to begin one")
    _hush()
    resumed = load_checkpoint(folder / "last") if resume else None
    data = data or {"songs": len(tunes)}
    encoding = None
    if start:
        recipe, encoding = start.fitted(recipe), start.encoding
    if resumed:
        facts = resumed[1]
        for name, ours in (("model", model), ("data", data)):
            if facts[name] != ours:
                raise SolfaError(
                    f"{folder} was begun on {facts[name]}, not {ours}; choose another folder"
                )
        recipe, encoding = Recipe.from_json(facts["recipe"]), facts["encoding"]
    lightning.seed_everything(recipe.seed, verbose=False)
    task = task_of(model, tunes, valid, recipe, encoding)
    songs, held_out = task.usable
    if not songs or not held_out:
        raise SolfaError(
            f"{len(tunes)} tunes to train on and {len(valid)} to validate, of which"
            f" {songs} and {held_out} can be used; give more tunes, no variants of one"
        )
    if start:
        start.into(task.network)
    write_atomically(folder / "refused.json", json.dumps(task.refused, indent=1).encode())
    training = _Training(model, task, recipe, folder, data, resumed, watch)
    if training.over:
        return training.result()
    trainer = lightning.Trainer(
        accelerator="auto",
        devices=1,
        max_epochs=stop_after or max(recipe.epochs - training.facts["epoch"], 0),
        precision="bf16-mixed" if _halves() else "32-true",
        gradient_clip_val=recipe.clip,
        logger=TensorBoardLogger(folder, name="", version="tensorboard"),
        callbacks=[_Bar()] if progress else [],
        enable_progress_bar=progress,
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=-1 if start and not resumed else 0,
    )
    held_out = [DataLoader(batches, batch_size=None) for batches in task.held_out()]  # type: ignore[arg-type]
    try:
        trainer.fit(training, DataLoader(_Epochs(training), batch_size=None), held_out)
    except SystemExit as stopped:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stopped
    return training.result()


def _halves() -> bool:
    """Whether this machine computes in bfloat16; older processors cannot, or only very slowly."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _hush() -> None:
    """Silences what Lightning says of itself."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning")
