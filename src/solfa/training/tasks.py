"""What each kind of model brings to the loop: its batches, its loss, its figures on validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from solfa.encodings.features import FEATURES, PLAN
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.errors import SolfaError
from solfa.melody import Melody
from solfa.models import registry
from solfa.models.melody_vae import events
from solfa.training.networks import build, config_class, configured, network_class, possible
from solfa.training.recipe import Feed, Recipe
from solfa.training.songs import Batch, Song, Unknown, batches, collate, hide, prepare
from solfa.training.units import units_of
from solfa.training.windows import Window, Windows, grid_of

LN2 = math.log(2)
HELD_OUT = 2048
"""Windows of the validation songs on which each epoch is judged."""


class Task(Protocol):
    """One model, the tunes that it learns from and those that judge it."""

    encoding: Any
    refused: list[str]
    batches_an_epoch: int

    @property
    def network(self) -> nn.Module:
        """What is trained."""

    @property
    def usable(self) -> tuple[int, int]:
        """How many songs there are to learn from, and to validate on."""

    def epoch(self, number: int, progress: Callable[[], float]) -> Iterator[Any]:
        """The batches of an epoch; ``progress`` is the share of training that is over."""

    def losses(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """What training lowers, as ``loss``, and the ``bits`` that a person may follow."""

    def held_out(self) -> list[list[Any]]:
        """Batches of the validation songs, in one or more conditions."""

    def cost(self, batch: Any) -> list[float]:
        """What a validation batch adds to the sums of its condition."""

    def figures(self, sums: Tensor) -> dict[str, float]:
        """The figures from the sums (conditions, N); the first chooses the best epoch."""

    def facts(self) -> dict[str, Any]:
        """Further facts that a checkpoint stores."""


class NoteTask:
    """`melody_lstm`: whole tunes, note by note."""

    def __init__(
        self,
        model: str,
        tunes: Sequence[Melody],
        valid: Sequence[Melody],
        recipe: Recipe,
        encoding: dict[str, Any] | None = None,
    ) -> None:
        self.recipe = recipe
        self.encoding = NoteEncoding.from_json(encoding) if encoding else NoteEncoding.of(tunes)
        self.songs, self.refused = prepare(tunes, self.encoding)
        self.valid, _ = prepare(valid, self.encoding)
        config = config_class(model)
        sizes = asdict(config.of(self.encoding)) | recipe.sizes
        with possible(recipe.sizes):
            self.network: Any = network_class(model)(configured(config, sizes))
        self.batches_an_epoch = math.ceil(len(self.songs) / recipe.batch)

    @property
    def usable(self) -> tuple[int, int]:
        return len(self.songs), len(self.valid)

    def epoch(self, number: int, progress: Callable[[], float]) -> Iterator[Batch]:
        recipe = self.recipe
        unknown = recipe.feed if isinstance(recipe.feed, Unknown) else Unknown()
        return batches(self.songs, recipe.batch, recipe.seed, number, unknown)

    def losses(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        losses = self.network.losses(*batch)
        loss: Tensor = sum(part.sum() for part in losses) / (batch.pitch >= 0).sum()
        return {"loss": loss, "bits": loss.detach() / LN2}

    def held_out(self) -> list[list[Batch]]:
        columns = [*PLAN, "bars left", "style", "density", "range"]
        plain = [hide(s, phrases=True, columns=columns) for s in self.valid]
        phrases_given = [hide(s, columns=columns) for s in self.valid if (s.phrase >= 0).any()]
        return [_held_out(plain), _held_out(phrases_given or plain)]

    def cost(self, batch: Batch) -> list[float]:
        losses = self.network.losses(*batch)
        return [*(loss.sum().item() / LN2 for loss in losses), (batch.pitch >= 0).sum().item()]

    def figures(self, sums: Tensor) -> dict[str, float]:
        totals, notes = sums[:, :4], sums[:, 4]
        plain, phrases_given = (totals[:, :3].sum(1) / notes).tolist()
        return {
            "bits_per_note": plain,
            "bits_per_note_phrases_given": phrases_given,
            "bits_per_phrase_mark": (totals[1, 3] / notes[1]).item(),
        }

    def facts(self) -> dict[str, Any]:
        return {"features": FEATURES}


def _held_out(songs: list[Song]) -> list[Batch]:
    """All songs in batches of like length."""
    ordered = sorted(songs, key=lambda song: len(song.duration))
    return [collate(ordered[start : start + 64]) for start in range(0, len(ordered), 64)]


class HybridTask(NoteTask):
    """`melody_vae`: whole tunes, cut into units that the latent stands for."""

    def losses(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        network, device = self.network, batch.pickup.device
        known = torch.rand(len(batch.pickup), device=device) >= network.config.unknown
        symbols, divergence = network.losses(*batch, units_of(batch, self.encoding), known)
        nats = torch.stack([part.sum() for part in symbols]).sum()
        notes = (batch.pitch >= 0).sum()
        return {
            "loss": (nats + network.weight(divergence, progress)) / notes,
            "bits": nats.detach() / notes / LN2,
            "latent_bits": divergence.detach().sum() / notes / LN2,
        }

    def held_out(self) -> list[list[Batch]]:
        return super().held_out()[:1]

    def cost(self, batch: Batch) -> list[float]:
        units, sums = units_of(batch, self.encoding), []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            for latents_known in (True, False):
                known = torch.full_like(batch.pickup, latents_known, dtype=torch.bool)
                cost = self.network.losses(*batch, units, known)
                nats = sum(part.sum().item() for part in cost.symbols)
                sums += [nats / LN2, cost.divergence.sum().item() / LN2]
        return [*sums, (batch.pitch >= 0).sum().item()]

    def figures(self, sums: Tensor) -> dict[str, float]:
        given_latents, latent, without, _, notes = sums[0].tolist()
        return {  # without its latents a tune has an exact probability: that chooses the epoch
            "bits_per_note": without / notes,
            "bits_per_note_bound": (given_latents + latent) / notes,
            "bits_per_note_of_latents": latent / notes,
        }

    def facts(self) -> dict[str, Any]:
        units = []
        for start in range(0, min(len(self.songs), HELD_OUT // 2), 64):
            batch = collate(self.songs[start : start + 64])
            units.append(events(*batch[:1], *batch[2:4], units_of(batch, self.encoding)))
        return {**super().facts(), "latent": latent_mass(self.network, units)}


class WindowTask:
    """`gru_attention` and its like: windows of the grid, and the symbol that follows each."""

    def __init__(
        self,
        model: str,
        tunes: Sequence[Melody],
        valid: Sequence[Melody],
        recipe: Recipe,
        encoding: dict[str, Any] | None = None,
    ) -> None:
        feed = recipe.feed if isinstance(recipe.feed, Feed) else Feed()
        self.recipe, self.feed = recipe, feed
        grid = GridEncoding.from_json(encoding) if encoding else grid_of(tunes, feed.keys)
        self.encoding = grid
        self.windows = Windows(tunes, grid, feed.keys, closing=feed.closing)
        self.valid = Windows(valid, grid, "1", closing=False)
        self.refused = self.windows.refused
        self._songs = (len(tunes) - len(self.refused), len(valid) - len(self.valid.refused))
        if fixed := {"symbols", "steps"} & set(recipe.sizes):
            raise SolfaError(f"{min(fixed)} follow from the data; leave them out of the sizes")
        self.network: Any = build(model, symbols=grid.size, **recipe.sizes)
        self.batches_an_epoch = math.ceil(self.windows.places / recipe.batch) * len(
            self.windows.keys
        )

    @property
    def usable(self) -> tuple[int, int]:
        return self._songs

    def epoch(self, number: int, progress: Callable[[], float]) -> Iterator[Window]:
        recipe = self.recipe
        return self.windows.epoch(
            recipe.batch, recipe.seed, number, lambda: self.feed.steps(progress())
        )

    def losses(self, batch: Window, progress: float) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = self.network.losses(*batch)
        return {**losses, "bits": losses["loss"].detach() / LN2}

    def held_out(self) -> list[list[Window]]:
        window, target = self.valid.sample(HELD_OUT)
        starts = range(0, len(target), 256)
        return [[Window(window[i : i + 256], target[i : i + 256]) for i in starts]]

    def cost(self, batch: Window) -> list[float]:
        window, target = batch
        nats = functional.cross_entropy(self.network(window).float(), target, reduction="sum")
        return [nats.item() / LN2, float(len(target))]

    def figures(self, sums: Tensor) -> dict[str, float]:
        bits, symbols, *_ = sums[0].tolist()
        return {
            "bits_per_note": bits / symbols * self.valid.places / self.valid.notes,
            "bits_per_symbol": bits / symbols,
        }

    def facts(self) -> dict[str, Any]:
        return {}


class LatentWindowTask(WindowTask):
    """`vae`: windows that are reconstructed from a latent, and the symbol that follows each."""

    parts = ("reconstruction", "kl")
    """The terms of the loss."""

    def losses(self, batch: Window, progress: float) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = self.network.losses(*batch, progress)
        a_symbol = losses["reconstruction"] / batch.window.shape[1]
        return {**losses, "bits": a_symbol.detach() / LN2}

    def cost(self, batch: Window) -> list[float]:
        sums = super().cost(batch)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            losses = self.network.losses(*batch)
        return sums + [losses[part].item() * len(batch.target) for part in self.parts]

    def figures(self, sums: Tensor) -> dict[str, float]:
        _, symbols, *costs = sums[0].tolist()
        named = zip(self.parts, costs, strict=True)
        return super().figures(sums) | {
            f"{name}_nats_per_window": nats / symbols for name, nats in named
        }

    def facts(self) -> dict[str, Any]:
        return {"latent": latent_mass(self.network, [self.windows.sample(2 * HELD_OUT).window])}


@torch.no_grad()
def latent_mass(network: Any, inputs: Sequence[Tensor]) -> dict[str, Any]:
    """Where the posteriors of ``inputs``, in batches, lie: ``center``, ``spread`` (Z,), ``radius``.

    ``network.encode`` gives mean and log variance (N, Z). The radius holds 99 % of them, as a root
    mean square distance in units of the spread. A unit is active if its mean varies by more than
    0.01 (Burda, Grosse and Salakhutdinov 2016).
    """
    training = network.training
    network.eval()
    device = next(network.parameters()).device
    posteriors = [network.encode(batch.to(device)) for batch in inputs]
    mean, log_variance = (torch.cat(part).cpu() for part in zip(*posteriors, strict=True))
    network.train(training)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(mean.shape, generator=generator)
    z = mean + noise * (0.5 * log_variance).exp()
    center, spread = z.mean(0), z.std(0)
    distance = ((z - center) / spread).square().mean(1).sqrt()
    return {
        "center": [round(x, 5) for x in center.tolist()],
        "spread": [round(x, 5) for x in spread.tolist()],
        "radius": round(distance.quantile(0.99).item(), 5),
        "active_units": int((mean.var(0) > 0.01).sum()),
        "units": mean.shape[1],
    }


def task_of(
    model: str,
    tunes: Sequence[Melody],
    valid: Sequence[Melody],
    recipe: Recipe,
    encoding: dict[str, Any] | None = None,
) -> Task:
    """The task of a model by its name; ``encoding`` is that of a run that goes on."""
    place = registry.trained_row(model).task
    assert place is not None
    task: Task = registry.named(place)(model, tunes, valid, recipe, encoding)
    return task
