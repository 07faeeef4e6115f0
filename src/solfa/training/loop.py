"""The training loop: Lightning underneath, our checkpoints, one validation an epoch."""

from __future__ import annotations

import json
import logging
import math
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError
from solfa.files import write_atomically
from solfa.melody import Melody
from solfa.models.melody_lstm import Config, MelodyLSTM
from solfa.training.checkpoint import (
    load_checkpoint,
    model_tensors,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from solfa.training.songs import Batch, Song, Unknown, batches, collate, hide, prepare

LN2 = math.log(2)


@dataclass(frozen=True)
class Recipe:
    """How to train: everything that the result depends on, besides the tunes.

    Raises `SolfaError` for what cannot be.
    """

    width: int = 384
    layers: int = 2
    dropout: float = 0.25
    epochs: int = 16
    minutes: float | None = None  # a budget: the learning rate falls to zero within it
    batch: int = 32  # tunes
    learning_rate: float = 2.5e-3
    warm_up: int = 100  # steps, a tenth of all at most
    weight_decay: float = 0.05
    clip: float = 1.0
    patience: int = 4  # epochs without improvement before stopping
    seed: int = 1
    unknown: Unknown = field(default_factory=Unknown)

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= 100_000:
            raise SolfaError(f"epochs {self.epochs} is outside 1..100000")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise SolfaError(f"minutes {self.minutes} is not above 0; leave it out for no budget")
        if not 0 <= self.seed < 2**32:
            raise SolfaError(f"seed {self.seed} is outside 0..{2**32 - 1}")

    def steps(self, songs: int) -> int:
        """Steps of an epoch."""
        return math.ceil(songs / self.batch)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recipe:
        """The recipe that a checkpoint carries."""
        return cls(**{**data, "unknown": Unknown(**data["unknown"])})


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


class _Epochs(IterableDataset[Batch]):
    """One epoch of batches a pass, drawn by the seed and the epochs that ``facts`` count."""

    def __init__(self, songs: Sequence[Song], recipe: Recipe, facts: dict[str, Any]) -> None:
        self.songs, self.recipe, self.facts = songs, recipe, facts

    def __iter__(self) -> Iterator[Batch]:
        recipe, epoch = self.recipe, self.facts["epoch"]
        return batches(self.songs, recipe.batch, recipe.seed, epoch, recipe.unknown)

    def __len__(self) -> int:
        return self.recipe.steps(len(self.songs))


class _Training(lightning.LightningModule):  # type: ignore[misc]
    """What Lightning calls: the step, the validation, the schedule, the checkpoints."""

    def __init__(
        self,
        network: MelodyLSTM,
        encoding: NoteEncoding,
        recipe: Recipe,
        steps_an_epoch: int,
        folder: Path,
        data: dict[str, Any],
        resumed: tuple[dict[str, Tensor], dict[str, Any]] | None,
    ) -> None:
        super().__init__()
        self.network = network
        self.encoding = encoding
        self.recipe = recipe
        self.folder = folder
        self.steps_an_epoch = steps_an_epoch
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
            network.load_state_dict(model_tensors(self._tensors))
        self._started = time.monotonic() - self.facts["seconds"]
        self._sums = torch.zeros(2, 5)

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, by steps or by the clock, 0..1."""
        recipe = self.recipe
        spent = self.facts["step"] / (recipe.epochs * self.steps_an_epoch)
        if recipe.minutes:
            spent = max(spent, (time.monotonic() - self._started) / (60 * recipe.minutes))
        return float(min(spent, 1.0))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        recipe = self.recipe
        optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=recipe.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=recipe.weight_decay,
        )
        if self._tensors:
            restore_optimizer(optimizer, self._tensors)
        return optimizer

    def training_step(self, batch: Batch, _: int) -> Tensor:
        # dropout follows from seed and step alone, so that resuming is as if never interrupted
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.facts["step"])
        optimizer = self.optimizers(use_pl_optimizer=False)
        warm_up = min(self.recipe.warm_up, self.recipe.epochs * self.steps_an_epoch / 10)
        warm = min(1.0, (self.facts["step"] + 1) / warm_up)
        rate = self.recipe.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * self.progress))
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = self.network.losses(*batch)
        notes = (batch.pitch >= 0).sum()
        bits: Tensor = sum(loss.sum() for loss in losses) / notes / LN2
        self.facts["step"] += 1
        if self.facts["step"] % 20 == 0 and self.logger:
            values = {"train/bits_per_note": bits.item(), "learning_rate": rate}
            self.logger.log_metrics(values, self.facts["step"])
        self.log("bits", bits.detach(), prog_bar=True, logger=False)
        return bits * LN2

    def on_validation_epoch_start(self) -> None:
        self._sums.zero_()

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        with torch.autocast(self.device.type, enabled=False):
            losses = self.network.losses(*batch)
        sums = [loss.sum().item() / LN2 for loss in losses]
        self._sums[dataloader_idx] += torch.tensor([*sums, (batch.pitch >= 0).sum().item()])

    def on_validation_epoch_end(self) -> None:
        totals, (*_, notes) = self._sums[:, :4], self._sums.T
        plain, told = (totals[:, :3].sum(1) / notes).tolist()
        self.facts["epoch"] += 1
        self.facts["seconds"] = time.monotonic() - self._started
        values = {
            "valid/bits_per_note": plain,
            "valid/bits_per_note_phrases_given": told,
            "valid/bits_per_phrase_mark": (totals[1, 3] / notes[1]).item(),
        }
        self.facts["history"].append({**values, "epoch": self.facts["epoch"]})
        if self.logger:
            self.logger.log_metrics(values, self.facts["step"])
        self.print(
            f"epoch {self.facts['epoch']}: {plain:.3f} bits a note on validation,"
            f" {told:.3f} with phrases given ({self.facts['seconds'] / 60:.1f} min)"
        )
        self._save()

    def _save(self) -> None:
        facts = {
            **self.facts,
            "model": "melody_lstm",
            "config": asdict(self.network.config),
            "encoding": self.encoding.to_json(),
            "recipe": asdict(self.recipe),
        }
        weights = {f"model.{name}": t for name, t in self.network.state_dict().items()}
        since = self.facts["epoch"] - self._best["epoch"]
        if since == 0:
            save_checkpoint(self.folder / "best", weights, facts)
        optimizer = self.optimizers(use_pl_optimizer=False)
        state = optimizer_tensors(optimizer)
        save_checkpoint(self.folder / "last", {**weights, **state}, facts)
        epoch_share = 1 / max(self.facts["epoch"], 1)
        if since >= self.recipe.patience or self.progress * (1 + epoch_share / 2) >= 1:
            self.trainer.should_stop = True

    @property
    def _best(self) -> dict[str, Any]:
        """What history says of the best epoch, the first of equals."""
        history: list[dict[str, Any]] = self.facts["history"]
        return min(history, key=lambda past: float(past["valid/bits_per_note"]))

    def result(self) -> Result:
        best = self._best
        path = self.folder / "best.safetensors"
        return Result(path, best["valid/bits_per_note"], best["epoch"])


def train(
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    folder: Path,
    recipe: Recipe | None = None,
    *,
    data: dict[str, Any] | None = None,
    resume: bool = False,
    stop_after: int | None = None,
    progress: bool = True,
) -> Result:
    """Trains `melody_lstm` on ``tunes``; the epoch best on ``valid`` is kept in ``folder``.

    Each epoch ends with a checkpoint, from which ``resume`` goes on as if never interrupted, by
    the run's own recipe; TensorBoard finds its logs there too. ``data`` says what the tunes are:
    it goes into the card, and a run is resumed on the same only. ``stop_after`` epochs it pauses.
    Raises `SolfaError` if no tune can be used, or the folder holds another run.
    """
    begun = (folder / "last.safetensors").exists()
    if begun and not resume:
        raise SolfaError(f"{folder} holds a run already; resume it, or choose another folder")
    if resume and not begun:
        raise SolfaError(f"{folder} holds no run to resume; leave resume out to begin one")
    _hush()
    resumed = load_checkpoint(folder / "last") if resume else None
    data = data or {"songs": len(tunes)}
    if resumed:
        facts = resumed[1]
        if facts["data"] != data:
            raise SolfaError(
                f"{folder} was begun on {facts['data']}, not {data}; choose another folder"
            )
        recipe = Recipe.from_json(facts["recipe"])
        encoding = NoteEncoding.from_json(facts["encoding"])
    else:
        recipe, encoding = recipe or Recipe(), NoteEncoding.of(tunes)
    songs, refused = prepare(tunes, encoding)
    held_out, _ = prepare(valid, encoding)
    if not songs or not held_out:
        raise SolfaError(
            f"{len(tunes)} tunes to train on and {len(valid)} to validate, of which"
            f" {len(songs)} and {len(held_out)} can be used; give more tunes, no variants of one"
        )
    write_atomically(folder / "refused.json", json.dumps(refused, indent=1).encode())
    lightning.seed_everything(recipe.seed, verbose=False)
    config = Config.of(encoding, width=recipe.width, layers=recipe.layers, dropout=recipe.dropout)
    steps = recipe.steps(len(songs))
    training = _Training(MelodyLSTM(config), encoding, recipe, steps, folder, data, resumed)
    epochs = _Epochs(songs, recipe, training.facts)
    trainer = lightning.Trainer(
        accelerator="auto",
        devices=1,
        max_epochs=stop_after or max(recipe.epochs - training.facts["epoch"], 0),
        precision="bf16-mixed",
        gradient_clip_val=recipe.clip,
        logger=TensorBoardLogger(folder, name="", version="tensorboard"),
        callbacks=[_Bar()] if progress else [],
        enable_progress_bar=progress,
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    plain = [hide(s, phrases=True, columns=["bars left", "style"]) for s in held_out]
    told = [hide(s, columns=["bars left", "style"]) for s in held_out if (s.phrase >= 0).any()]
    held_out_batches = [_validation(plain), _validation(told or plain)]
    try:
        trainer.fit(training, DataLoader(epochs, batch_size=None), held_out_batches)
    except SystemExit as stopped:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stopped
    return training.result()


def _hush() -> None:
    """Silences what Lightning says of itself."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning")


def _validation(songs: list[Song]) -> DataLoader[Any]:
    ordered = sorted(songs, key=lambda song: len(song.duration))
    return DataLoader(ordered, batch_size=64, collate_fn=collate)  # type: ignore[arg-type]
