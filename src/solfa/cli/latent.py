"""`solfa latent`: tunes from the autoencoder's latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.experiments import alias
from solfa.cli.options import (
    Count,
    Files,
    HowSet,
    KeyName,
    MeterName,
    Mode,
    Scale,
    Seed,
    Temperature,
    option,
)
from solfa.cli.output import prepare, written_tunes
from solfa.cli.spread import spread
from solfa.cli.streams import STANDARD

latent = typer.Typer(no_args_is_help=True, help="Tunes from a latent space.")
app.add_typer(latent, name="latent")

Tune = Annotated[str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")]
Latent = Annotated[
    str, option("vae (openings), melody_vae (whole tunes), or a folder of one.", of="latent")
]


@latent.command(
    epilog=examples(
        "solfa latent sample --count 2 --meter 3/4 --bars 8",
        "solfa latent sample --model melody_vae --form AABA --key D",
    )
)
@spread
def sample(
    *,
    count: Count = 1,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    bars: Annotated[int | None, option("How many; 16, or as many as a window holds.")] = None,
    form: Annotated[
        str | None,
        option("AABA, ...: a letter for each four bars, the same letter the same latent."),
    ] = None,
    scale: Scale = None,
    temperature: Temperature = 0.3,
    seed: Seed = None,
    model: Latent = "vae",
    set: HowSet,
    files: Files,
) -> None:
    """Compose from points of the prior, within the latent mass of training."""
    asked: dict[str, Any] = {"key": key, "mode": mode, "meter": meter, "scale": scale}
    prepare(files, set, count)
    from solfa.composing.latent import sample

    if bars is not None:
        asked["bars"] = bars
    asked |= {"form": form, "temperature": temperature, "seed": seed}
    with written_tunes(files, set, count) as write:
        sample(count, model=model, finished=write, **asked)


@latent.command(
    epilog=examples(
        "solfa latent reconstruct tune.abc",
        "solfa latent reconstruct tune.abc --model melody_vae --out - --format krn",
    )
)
@spread
def reconstruct(
    tune: Tune,
    *,
    temperature: Temperature = 0.3,
    seed: Seed = 0,
    model: Latent = "vae",
    set: HowSet,
    files: Files,
) -> None:
    """Send a tune (of vae its opening) through the latent space and back."""
    prepare(files, set)
    from solfa.composing.latent import reconstruct

    again = reconstruct(tune, model=model, temperature=temperature, seed=seed)
    with written_tunes(files, set) as write:
        write(again)


@latent.command(
    epilog=examples(
        "solfa latent vary tune.krn --likeness 0.7",
        "solfa latent vary tune.krn --count 4 --sheet four.svg",
    )
)
@spread
def vary(
    tune: Tune,
    *,
    likeness: Annotated[float, option("1 stays nearest to the tune, 0 forgets it.")] = 0.8,
    count: Count = 1,
    temperature: Temperature = 0.3,
    seed: Seed = 0,
    model: Latent = "melody_vae",
    set: HowSet,
    files: Files,
) -> None:
    """Vary a tune: move its point in latent space, and write what stands there."""
    prepare(files, set, count)
    from solfa.composing.latent import vary

    asked: dict[str, Any] = {"temperature": temperature, "seed": seed}
    with written_tunes(files, set, count) as write:
        vary(tune, count, likeness=likeness, model=model, finished=write, **asked)


alias(latent, "measure", "solfa latent measure", "hybrid")


@latent.command(
    epilog=examples(
        "solfa latent walk first.abc last.abc --points 5",
        "solfa latent walk first.abc last.abc --model melody_vae --picture walk.png",
    )
)
@spread
def walk(
    first: Tune,
    last: Tune,
    *,
    points: Annotated[int, option("Tunes on the way, both ends included.")] = 7,
    temperature: Temperature = 0.3,
    seed: Seed = 0,
    model: Latent = "vae",
    picture: Annotated[
        Path | None, option("Draw the whole way as piano rolls into this PNG.")
    ] = None,
    set: HowSet,
    files: Files,
) -> None:
    """Walk from one tune (of vae its opening) to another, through the latent space."""
    prepare(files, set, points)
    from solfa.composing.latent import walk

    asked: dict[str, Any] = {"temperature": temperature, "seed": seed}
    with written_tunes(files, set, points) as write:
        tunes = walk(first, last, points, model=model, finished=write, **asked)
    if picture:
        from solfa.files import write_atomically
        from solfa.formats.engraving.piano_rolls import draw

        titles = [f"{number} of {points}" for number in range(1, points + 1)]
        write_atomically(
            picture, draw([tune.melody for tune in tunes], titles), overwrite=files.overwrite
        )
        if not files.json and str(files.out) != STANDARD:
            typer.echo(str(picture))
