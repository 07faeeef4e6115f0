"""The training loop, in plain PyTorch: epochs of batches, a validation after each, checkpoints.

`fit` decides what is trained from where; `_Run.go` is the loop itself.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

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
from solfa.training.interrupts import Interrupts
from solfa.training.recipe import Recipe, recipe_of
from solfa.training.tasks import Task, task_of

SAVED_EVERY = 60.0
"""Seconds between checkpoints within an epoch."""
LOGGED_EVERY = 20
"""Steps between two points of a curve in TensorBoard."""


@dataclass(frozen=True)
class Result:
    """The best checkpoint, and its figures on validation."""

    checkpoint: Path
    bits_per_note: float
    epoch: int


def fit(
    model: str,
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    folder: Path,
    recipe: Recipe | None = None,
    *,
    start: Start | None = None,
    data: dict[str, Any] | None = None,
    asked: dict[str, Any] | None = None,
    resume: bool = False,
    stop_after: int | None = None,
    progress: bool = True,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> Result:
    """Trains ``model`` on ``tunes``; the epoch best on ``valid`` is kept in ``folder``.

    Checkpoints are written after each epoch, every `SAVED_EVERY` seconds, and on Ctrl-C or SIGTERM,
    which are raised as `KeyboardInterrupt` then; from the last one ``resume`` goes on as if never
    interrupted, by the run's own recipe. ``curves.png`` shows what was learned, and TensorBoard
    finds its logs there too. ``start`` is where fine-tuning begins: its sizes and vocabulary stay,
    and its weights are epoch 0, kept if no other is better. ``data`` describes the tunes: it
    goes into the card, and a run is resumed on the same only. ``asked`` is kept in the checkpoints
    for who resumes the run. ``stop_after`` epochs it pauses. ``watch`` is called with each epoch's
    figures, which are printed if it is left out; what it raises ends the run. Raises `SolfaError`
    if no tune can be used, or the folder holds another run.
    """
    recipe = recipe or recipe_of(model, "finetune" if start else "default")
    check_folder(folder, resume=resume)
    data = data or {"songs": len(tunes)}
    encoding = None
    if start:
        recipe, encoding = start.fitted(recipe), start.encoding
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {"data": data, "asked": asked}
    if resume:
        tensors, facts = load_checkpoint(folder / "last")
        for name, ours in (("model", model), ("data", data)):
            if facts[name] != ours:
                raise SolfaError(
                    f"{folder} was begun on {facts[name]}, not {ours}; choose another folder"
                )
        recipe, encoding = Recipe.from_json(facts["recipe"]), facts["encoding"]
    torch.manual_seed(recipe.seed)
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
    run = _Run(model, task, recipe, folder, facts, tensors, watch)
    if not run.over:
        run.go(given_first=start is not None, stop_after=stop_after, progress=progress)
    return Result(
        folder / "best.safetensors", run.best["valid/bits_per_note"], int(run.best["epoch"])
    )


def check_folder(folder: Path, *, resume: bool) -> None:
    """`SolfaError` if there is no run to resume, or one where a new one is to begin."""
    begun = (folder / "last.safetensors").exists()
    if begun and not resume:
        raise SolfaError(f"{folder} holds a run already; resume it, or choose another folder")
    if resume and not begun:
        raise SolfaError(f"{folder} holds no run to resume; leave resume out to begin one")


class _Run:
    """A run: how far it is, what it learns with, where it is kept.

    ``epoch`` counts the epochs that are over, validation included, ``batch`` the batches learned of
    the one under way, ``step`` those of all epochs; ``history`` holds the figures of each epoch.
    ``facts`` and ``tensors`` are those of the checkpoint that it goes on from.
    """

    def __init__(
        self,
        model: str,
        task: Task,
        recipe: Recipe,
        folder: Path,
        facts: dict[str, Any],
        tensors: dict[str, Tensor],
        watch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        self.model, self.task, self.recipe, self.folder = model, task, recipe, folder
        self.data, self.asked = facts["data"], facts.get("asked")
        self.watch = watch or self._print
        self.epoch: int = facts.get("epoch", 0)
        self.batch: int = facts.get("batch", 0)
        self.step: int = facts.get("step", 0)
        self.history: list[dict[str, Any]] = facts.get("history", [])
        self._began: float = time.monotonic() - facts.get("seconds", 0.0)
        all_steps = recipe.epochs * task.batches_an_epoch
        self.total = min(recipe.steps or all_steps, all_steps)
        self.device = _device()
        self.network = task.network.to(self.device)
        self.optimizer = _optimizer(self.network, recipe)
        if tensors:
            self.network.load_state_dict(model_tensors(tensors))
            restore_optimizer(self.optimizer, tensors)

    def go(self, *, given_first: bool, stop_after: int | None, progress: bool) -> None:
        """Trains to the end of the recipe, or until ``stop_after`` more epochs are over."""
        recipe, task, network, optimizer = self.recipe, self.task, self.network, self.optimizer
        held_out = task.held_out()
        pause = self.epoch + stop_after if stop_after else None
        halves = _computes_in_bfloat16()
        saved = time.monotonic()
        with (
            Interrupts() as interrupts,
            _bar(progress) as bar,
            SummaryWriter(self.folder / "tensorboard", purge_step=self.step) as log,
        ):
            shown = bar.add_task("", total=1.0)
            if given_first and not self.history:  # epoch 0: what was given
                self._validate(held_out, log, interrupts)
            while not self.over and self.epoch != pause:
                network.train()
                # The same epoch again, without the batches that were learned before.
                for batch in islice(task.epoch(self.epoch, self._ahead), self.batch, None):
                    if self.batch and self.spent(self.step) >= (self.epoch + 1) / recipe.epochs:
                        break  # the epoch has had its share of the budget, one batch at least
                    # Dropout follows from seed and step alone, as resuming needs it.
                    torch.manual_seed(recipe.seed * 1_000_003 + self.step)
                    share = self.spent(self.step)
                    rate = recipe.rate(share, self.step, self.total)
                    for group in optimizer.param_groups:
                        group["lr"] = rate
                    # Without its cache, weights that are used at every step get their gradients
                    # added up in single precision.
                    with torch.autocast(
                        self.device.type, torch.bfloat16, enabled=halves, cache_enabled=False
                    ):
                        losses = task.losses(_moved(batch, self.device), share)
                    optimizer.zero_grad()
                    losses["loss"].backward()  # type: ignore[no-untyped-call]
                    if recipe.clip:
                        nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
                    optimizer.step()
                    self.step += 1
                    self.batch += 1
                    if self.step % LOGGED_EVERY == 0:
                        log.add_scalar("learning_rate", rate, self.step)
                        for name, value in losses.items():
                            log.add_scalar(f"train/{name}", value.item(), self.step)
                    if progress:
                        text = f"epoch {self.epoch + 1}, {losses['bits'].item():.3f} bits"
                        bar.update(shown, completed=self.spent(self.step), description=text)
                    if interrupts.asked or time.monotonic() - saved >= SAVED_EVERY:
                        self._save("last")
                        saved = time.monotonic()
                    self._stop_if(interrupts)
                self._validate(held_out, log, interrupts)
                saved = time.monotonic()

    def _validate(
        self, held_out: list[list[Any]], log: SummaryWriter, interrupts: Interrupts
    ) -> None:
        """Closes an epoch: figures of the validation songs, checkpoints, curves."""
        self.network.eval()
        conditions = []
        with torch.no_grad():
            for batches in held_out:
                sums = torch.zeros(())
                for batch in batches:
                    sums = sums + torch.tensor(self.task.cost(_moved(batch, self.device)))
                    if interrupts.asked:
                        self._save("last")
                        self._stop_if(interrupts)
                conditions.append(sums)
        figures = self.task.figures(torch.stack(conditions))
        values = {f"valid/{name}": value for name, value in figures.items()}
        for name, value in values.items():
            log.add_scalar(name, value, self.step)
        self.epoch += bool(self.step)  # before the first step it is epoch 0
        self.batch = 0
        self.history.append({**values, "epoch": self.epoch, "step": self.step})
        if self.best is self.history[-1]:
            self._save("best")
        self._save("last")
        write_atomically(self.folder / "curves.png", draw(self.model, self.history))
        self.watch(self.history[-1])

    def spent(self, steps: int) -> float:
        """Share of the budget that so many steps spend, or the clock has spent, 0..1."""
        share = steps / self.total
        if self.recipe.minutes:
            share = max(share, self.seconds / (60 * self.recipe.minutes))
        return float(min(share, 1.0))

    def _ahead(self) -> float:
        """The share when the next batch is made: while the one before it is still learned."""
        return self.spent(self.step - min(self.batch, 1))

    @property
    def seconds(self) -> float:
        """How long the run has trained, interruptions left out."""
        return time.monotonic() - self._began

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or none of the last few has brought anything."""
        if not self.history:
            return False
        patience, since = self.recipe.patience, self.epoch - self.best["epoch"]
        return bool(self.epoch >= self.recipe.epochs or (patience and since >= patience))

    @property
    def best(self) -> dict[str, Any]:
        """The best epoch's entry in the history, the first of equals."""
        return min(self.history, key=lambda past: float(past["valid/bits_per_note"]))

    def _save(self, name: str) -> None:
        """Writes the checkpoint of this moment; ``last`` can be gone on from."""
        tensors = {f"model.{name}": t for name, t in self.network.state_dict().items()}
        if name == "last":
            tensors |= optimizer_tensors(self.optimizer)
        facts = {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "seconds": self.seconds,
            "history": self.history,
            "data": self.data,
            "asked": self.asked,
            "model": self.model,
            "config": asdict(self.network.config),  # type: ignore[call-overload]
            "encoding": self.task.encoding.to_json(),
            "recipe": asdict(self.recipe),
            **self.task.facts(),
        }
        save_checkpoint(self.folder / name, tensors, facts)

    def _stop_if(self, interrupts: Interrupts) -> None:
        if interrupts.asked:
            raise KeyboardInterrupt(
                f"interrupted; --resume goes on where it stopped, in {self.folder}"
            )

    def _print(self, past: dict[str, Any]) -> None:
        shown = ", ".join(
            f"{value:.3f} {name.removeprefix('valid/').replace('_', ' ')}"
            for name, value in past.items()
            if name.startswith("valid/")
        )
        print(f"epoch {past['epoch']}: {shown} ({self.seconds / 60:.1f} min)")


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    adamw = recipe.optimizer == "adamw"
    return (torch.optim.AdamW if adamw else torch.optim.Adam)(
        network.parameters(),
        lr=recipe.learning_rate,
        betas=(0.9, 0.98) if adamw else (0.9, 0.999),
        weight_decay=recipe.weight_decay,
    )


def _device() -> torch.device:
    """The fastest kind of processor that is here."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _computes_in_bfloat16() -> bool:
    """Whether this machine does; older processors cannot, or only very slowly."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _moved(batch: Any, device: torch.device) -> Any:
    """A batch, which is a named tuple of tensors, on the device."""
    return type(batch)(*(tensor.to(device) for tensor in batch))


def _bar(shown: bool) -> Progress:
    """A bar of the whole budget on standard error; what is printed meanwhile stands above it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        redirect_stdout=sys.stdout.isatty(),
        disable=not shown,
    )
