"""`solfa control`: how well form, likeness, cadences and gaps are met."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log
from solfa.cli.options import folder, option


@app.command(
    epilog=examples(
        "solfa control --report docs/control.md",
        "solfa control --model melody_lstm --tunes 24 --gaps 12 --pairs 30 --songs 12 --filled 4",
    )
)
def control(
    report: Annotated[Path, option("The page to write.")] = Path("control.md"),
    model: Annotated[
        list[str] | None,
        option("Name or folder; may be repeated; melody_lstm if left out.", of="model"),
    ] = None,
    rank: Annotated[
        list[str] | None, option("Further ones that only fill gaps; ngram if left out.", of="model")
    ] = None,
    split: Annotated[str, option("The songs held out: valid or test.", of="split")] = "valid",
    pairs: Annotated[int, option("Pairs of phrases of each kind that try the detector.")] = 300,
    tunes: Annotated[int, option("Tunes with a form at likeness 1; at others a third.")] = 240,
    songs: Annotated[int, option("Songs whose cadences and repeats tunes are beside.")] = 120,
    gaps: Annotated[int, option("Gaps of each length whose middle is heard.")] = 120,
    filled: Annotated[int, option("Gaps that are filled and ranked.")] = 40,
    seed: Annotated[int, option("Decides what is drawn.")] = 0,
) -> None:
    """Measure how what is asked of form, likeness, cadences and gaps is met; write the page."""
    import shlex
    import sys

    from solfa import corpora
    from solfa.evaluation.control.again import repeats_of
    from solfa.evaluation.control.measure import Counts, detector_of, figures_of
    from solfa.evaluation.control.page import page
    from solfa.evaluation.control.ranking import rankings_of
    from solfa.files import write_atomically
    from solfa.runtime import load_model

    counts = Counts(pairs, tunes, songs, gaps, filled)
    folder(report.parent)
    names = model or ["melody_lstm"]
    models = [load_model(name) for name in names]
    others = [load_model(name) for name in rank or ["ngram"] if name not in names]
    german = corpora.load("german")
    held_out = german.split(split).tunes

    log.info("pairs of phrases")
    detector = detector_of(german.split("train").tunes, held_out, counts.pairs, seed)
    figures = [figures_of(found, held_out, counts, seed, log.info) for found in models]
    rankings = []
    for found in (*models, *others):
        log.info(f"{found.name}: what ranking gains")
        rankings += rankings_of(found, held_out, counts.filled, seed)
    command = shlex.join(["solfa", *sys.argv[1:]])
    text = page(detector, repeats_of(held_out), figures, rankings, split, command)
    typer.echo(write_atomically(report, text.encode()))
