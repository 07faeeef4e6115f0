"""`solfa latent`: tunes from the autoencoder's latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log
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
    folder,
    option,
)
from solfa.cli.output import prepare, write_tunes
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
    tunes = sample(count, model=model, form=form, temperature=temperature, seed=seed, **asked)
    write_tunes(tunes, files, set)


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
    write_tunes([again], files, set)


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
    tunes = vary(tune, count, likeness=likeness, model=model, **asked)
    write_tunes(tunes, files, set)


@latent.command(
    epilog=examples(
        "solfa latent measure --report docs/hybrid.md",
        "solfa latent measure --split valid --songs 50 --tunes 8",
    )
)
def measure(
    report: Annotated[Path, option("The page to write.")] = Path("hybrid.md"),
    split: Annotated[list[str] | None, option("valid, test; both if left out.")] = None,
    model: Latent = "melody_vae",
    peer: Annotated[str, option("The model without a latent.")] = "melody_lstm",
    judge: Annotated[
        list[str] | None, option("Who says what tunes cost; ngram and the peer if left out.")
    ] = None,
    songs: Annotated[int | None, option("At most so many of a part.")] = None,
    draws: Annotated[int, option("Of the latents of a song, for the bound.")] = 8,
    tunes: Annotated[int, option("So many are walked between, varied and moved.")] = 48,
) -> None:
    """Measure what the latent of melody_vae holds, on German songs; write the page of figures."""
    import shlex
    import sys

    from solfa import corpora
    from solfa.errors import ModelError
    from solfa.evaluation.hybrid.measure import measure
    from solfa.evaluation.hybrid.page import page
    from solfa.files import write_atomically
    from solfa.runtime import load_model
    from solfa.runtime.autoencoder import LatentModel
    from solfa.runtime.hybrid import HybridModel

    folder(report.parent)
    hybrid, windows, plain = load_model(model), load_model("vae"), load_model(peer)
    if not isinstance(hybrid, HybridModel) or not isinstance(windows, LatentModel):
        raise ModelError(f"{hybrid.name} has no latents of phrases; choose melody_vae")
    judges = [load_model(name) for name in judge] if judge else [load_model("ngram"), plain]
    german = corpora.load("german")
    parts = [
        measure(
            hybrid,
            part,
            german.split("train").tunes,
            german.split(part).tunes,
            peer=plain,
            windows=windows,
            judges=judges,
            draws=draws,
            songs=songs,
            tunes=tunes,
            progress=log.info,
        )
        for part in split or ["valid", "test"]
    ]
    command = shlex.join(["solfa", *sys.argv[1:]])
    text = page(parts, f"`{hybrid.name}` {hybrid.hash}", command)
    typer.echo(write_atomically(report, text.encode()))


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

    tunes = walk(first, last, points, model=model, temperature=temperature, seed=seed)
    write_tunes(tunes, files, set)
    if picture:
        from solfa.files import write_atomically
        from solfa.formats.engraving.piano_rolls import draw

        titles = [f"{number} of {points}" for number in range(1, points + 1)]
        write_atomically(picture, draw([tune.melody for tune in tunes], titles))
        if not files.json and str(files.out) != STANDARD:
            typer.echo(str(picture))
