"""`solfa latent`: tunes from the autoencoder's latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.cli.app import app
from solfa.cli.options import (
    Count,
    Engraver,
    Formats,
    KeyName,
    MeterName,
    Mode,
    Out,
    Scale,
    Seed,
    Temperature,
    folder,
    option,
)
from solfa.cli.show import show, suffixes_of

latent = typer.Typer(no_args_is_help=True, help="Tunes from an autoencoder's latent space.")
app.add_typer(latent, name="latent")

Tune = Annotated[str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")]
Latent = Annotated[str, option("vae, or the folder of an exported one.")]


@latent.command()
def sample(
    count: Count = 1,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    scale: Scale = None,
    temperature: Temperature = 0.3,
    seed: Seed = None,
    model: Latent = "vae",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Compose from points of the prior, within the latent mass of training."""
    asked: dict[str, Any] = {"key": key, "mode": mode, "meter": meter, "scale": scale}
    suffixes_of(format, engraver)
    folder(out)
    from solfa.composing.latent import sample

    tunes = sample(count, model=model, temperature=temperature, seed=seed, **asked)
    show(tunes, out, format, engraver)


@latent.command()
def reconstruct(
    tune: Tune,
    temperature: Temperature = 0.3,
    seed: Seed = 0,
    model: Latent = "vae",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Send the opening of a tune through the latent space and back."""
    suffixes_of(format, engraver)
    folder(out)
    from solfa.composing.latent import reconstruct

    again = reconstruct(tune, model=model, temperature=temperature, seed=seed)
    show([again], out, format, engraver)


@latent.command()
def walk(
    first: Tune,
    last: Tune,
    points: Annotated[int, option("Tunes on the way, both ends included.")] = 7,
    temperature: Temperature = 0.3,
    seed: Seed = 0,
    model: Latent = "vae",
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
    picture: Annotated[
        Path | None, option("Draw the whole way as piano rolls into this PNG.")
    ] = None,
) -> None:
    """Walk from the opening of one tune to that of another, through the latent space."""
    suffixes_of(format, engraver)
    folder(out)
    from solfa.composing.latent import walk

    tunes = walk(first, last, points, model=model, temperature=temperature, seed=seed)
    show(tunes, out, format, engraver)
    if picture:
        from solfa.files import write_atomically
        from solfa.formats.rolls import draw

        titles = [f"{number} of {points}" for number in range(1, points + 1)]
        typer.echo(write_atomically(picture, draw([tune.melody for tune in tunes], titles)))
