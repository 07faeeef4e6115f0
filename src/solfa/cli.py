"""The `solfa` command: parses, calls, prints. All that weighs is imported where it is used."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from solfa.errors import SolfaError

if TYPE_CHECKING:
    from solfa.composing.composition import Composition
    from solfa.melody import Melody


class _Group(TyperGroup):
    """Where errors cross to the person: one line, no traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            code = super().main(*arguments, **{**options, "standalone_mode": False})
        except Exception as error:  # usage errors share no base that all versions of typer name
            if not hasattr(error, "format_message"):
                raise
            message = error.format_message()
            typer.echo(message if "\n" in message else f"solfa: {message}", err=True)
            code = getattr(error, "exit_code", 2)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SolfaError as error:
            typer.echo(f"solfa: {error}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Composes melodies with neural networks: in key, in metre, with phrases and an ending.",
)
corpus = typer.Typer(no_args_is_help=True, help="The tunes that models learn from.")
app.add_typer(corpus, name="corpus")


def main() -> None:
    """The console script."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        import solfa

        typer.echo(f"solfa {solfa.__version__}")
        raise typer.Exit


@app.callback()
def _solfa(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _option(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help)


Style = Annotated[str | None, _option("Repertoire to sound like; one that the model knows.")]
KeyName = Annotated[
    str | None, _option("G, 'F# minor', 'D dorian'; C, or the prompt's, if left out.")
]
Mode = Annotated[
    str | None, _option("major, minor, dorian, phrygian, lydian, mixolydian or locrian.")
]
MeterName = Annotated[str | None, _option("2/4, 3/4, 6/8 ...; 4/4, or the prompt's, if left out.")]
Pickup = Annotated[
    str | None, _option("Quarters before the first bar: 1, 1/2, 0; the model's choice if left out.")
]
Scale = Annotated[
    str | None,
    _option("Only these pitches: key (the mode's own), pentatonic, harmonic-minor, dorian, ..."),
]
Range = Annotated[str | None, _option("Lowest and highest pitch, as C4-G5 or 60-79.")]
Temperature = Annotated[float, _option("Above 1 more daring, below 1 more careful.")]
TopP = Annotated[float, _option("Leave out what is less likely than the rest, above this share.")]
Count = Annotated[int, _option("How many tunes.")]
Seed = Annotated[
    int | None, _option("Makes the same tunes again; a new one, printed, if left out.")
]
Tempo = Annotated[int | None, _option("Quarters a minute.")]
ModelName = Annotated[str, _option("melody_lstm, ngram, or the folder of an exported model.")]
Out = Annotated[Path, _option("Folder for the files.")]
Formats = Annotated[str, _option("Suffixes of the files to write.", "--format")]

FEW_TUNES = 500
FORMATS = "mid,musicxml,abc,krn,svg,png,wav"


@app.command()
def compose(
    style: Style = None,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    bars: Annotated[int, _option("Full bars, 1 to 256.")] = 16,
    pickup: Pickup = None,
    scale: Scale = None,
    range: Range = None,
    prompt: Annotated[
        str | None, _option("How the tune begins: a file, or symbols like '67 _ 69 _ r'.")
    ] = None,
    temperature: Temperature = 0.9,
    top_p: TopP = 1.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = FORMATS,
) -> None:
    """Compose new tunes; print them as ABC and write score, sound and notation files."""
    asked = {name: value for name, value in locals().items() if name not in ("out", "format")}
    suffixes = _suffixes(format)
    _folder(out)
    import solfa

    _show(solfa.compose(**asked), out, suffixes)


@app.command("continue")
def continue_(
    prompt: Annotated[
        str, typer.Argument(metavar="FILE_OR_SYMBOLS", help="A tune, or '67 _ 69 _ r'.")
    ],
    bars: Annotated[int, _option("New bars, after the prompt's own.")] = 8,
    style: Style = None,
    key: KeyName = None,
    mode: Mode = None,
    meter: MeterName = None,
    pickup: Pickup = None,
    scale: Scale = None,
    range: Range = None,
    temperature: Temperature = 0.9,
    top_p: TopP = 1.0,
    count: Count = 1,
    seed: Seed = None,
    tempo: Tempo = None,
    model: ModelName = "melody_lstm",
    out: Out = Path("tunes"),
    format: Formats = FORMATS,
) -> None:
    """Go on with a tune: its notes stay, new bars follow, the end is on the tonic."""
    asked = {name: value for name, value in locals().items() if name not in ("out", "format")}
    suffixes = _suffixes(format)
    _folder(out)
    import solfa

    _show(solfa.continue_(**asked), out, suffixes)


def _suffixes(names: str) -> list[str]:
    from solfa.formats import WRITERS

    asked = [name.strip().lower().removeprefix(".") for name in names.split(",")]
    known = [name.removeprefix(".") for name in WRITERS]
    for name in asked:
        if name not in known:
            raise SolfaError(f"unknown format {name!r}; choose from {', '.join(known)}")
    return [f".{name}" for name in dict.fromkeys(asked)]


def _folder(out: Path) -> None:
    """Makes the folder before any work; `SolfaError` where files cannot be put there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        usable = os.access(out, os.W_OK)
    except OSError:
        usable = False
    if not usable:
        raise SolfaError(f"cannot write to {out}; choose another folder")


def _show(compositions: list[Composition], out: Path, suffixes: list[str]) -> None:
    from solfa.files import write_atomically
    from solfa.formats import render

    request = compositions[0].request
    if request.prompt:
        typer.echo(f"prompt: {_facts(request.prompt)}\n")
    for composition in compositions:
        melody = composition.melody
        plain = melody.replace(metadata=replace(melody.metadata, comments=()))
        typer.echo(render(plain, ".abc").decode())
        kept = ", ".join(check.guarantee for check in composition.checks if check.kept)
        broken = ", ".join(check.guarantee for check in composition.checks if not check.kept)
        typer.echo(f"checked: {kept}" + (f"; NOT KEPT: {broken}" if broken else ""))
        typer.echo(
            f"made by: {composition.model} {composition.model_hash},"
            f" seed {composition.seed}, tune {composition.index + 1} of {request.count}"
        )
        files = {suffix: render(melody, suffix) for suffix in suffixes}
        stem = _unused(out, _name(composition), files)
        for suffix, data in files.items():
            typer.echo(str(write_atomically(out / f"{stem}{suffix}", data)))
        typer.echo()


def _unused(out: Path, name: str, files: dict[str, bytes]) -> str:
    """``name``, or ``name-2`` and so on where another tune's files bear it already."""

    def free(stem: str) -> bool:
        paths = {out / f"{stem}{suffix}": data for suffix, data in files.items()}
        return all(not path.exists() or path.read_bytes() == data for path, data in paths.items())

    stems = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(stem for stem in stems if free(stem))


def _facts(prompt: Melody) -> str:
    found = [text for text in prompt.metadata.comments if text.startswith(("key:", "metre:"))]
    pickup = f"pickup {prompt.pickup}" if prompt.pickup else "no pickup"
    facts = f"{len(prompt.notes)} notes in {prompt.key}, {prompt.meter}, {pickup}"
    return f"{facts} ({', '.join(found)})" if found else facts


def _name(composition: Composition) -> str:
    """``german-g-major-3-4-seed7-1``."""
    request = composition.request
    key = str(request.key).replace("#", "-sharp").replace("b ", "-flat ").replace(" ", "-")
    meter = f"{request.meter.beats}-{request.meter.unit}"
    style, number = request.style or "tune", composition.index + 1
    return f"{style}-{key.lower()}-{meter}-seed{request.seed}-{number}"


@corpus.command("list")
def corpus_list() -> None:
    """Name the built-in repertoires."""
    from solfa.corpora import REPERTOIRES

    for name, repertoire in REPERTOIRES.items():
        typer.echo(f"{name:11} {repertoire.description}; {repertoire.terms}")


Names = Annotated[
    list[str] | None, typer.Argument(help="Repertoires or folders; all repertoires if left out.")
]


@corpus.command("prepare")
def corpus_prepare(names: Names = None) -> None:
    """Read tunes into the cache, so that all later use is instant."""
    from solfa import corpora

    for name in names or corpora.REPERTOIRES:
        tunes = corpora.load(name)
        typer.echo(f"{name}: {len(tunes):,} tunes, {len(tunes.refused):,} refused")


@corpus.command("stats")
def corpus_stats(
    names: Names = None,
    durations: Annotated[
        str | None,
        _option("Accept only these, in quarters ('0.5 1 2'), or 'report' for the report's eight."),
    ] = None,
) -> None:
    """Count what repertoires or folders hold, and why tunes are refused."""
    from rich import print as show

    from solfa import corpora

    accepted = _durations(durations) if durations else None
    for name in names or corpora.REPERTOIRES:
        show(corpora.table(corpora.stats(corpora.load(name, durations=accepted))))


def _durations(text: str) -> frozenset[Fraction]:
    from solfa.corpora import REPORT_DURATIONS

    if text == "report":
        return REPORT_DURATIONS
    try:
        return frozenset(Fraction(word) for word in text.replace(",", " ").split())
    except (ValueError, ZeroDivisionError) as error:
        raise SolfaError(
            f"cannot read durations {text!r}; write quarters like '0.5 1 3/2', or 'report'"
        ) from error


Corpora = Annotated[
    list[str] | None, typer.Option("--corpus", help="Repertoire or folder; may be repeated.")
]


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="melody_lstm; ngram counts by itself when used.")],
    corpus: Corpora = None,
    valid: Annotated[
        str | None,
        _option("Whose validation songs choose the epoch: german, or the first corpus given."),
    ] = None,
    out: Annotated[Path | None, _option("Folder of the run; runs/MODEL if left out.")] = None,
    resume: Annotated[bool, _option("Go on with the run in the folder.")] = False,
    epochs: Annotated[int, _option("At most so many.")] = 16,
    minutes: Annotated[float | None, _option("At most about so long.")] = None,
    seed: Annotated[int, _option("Of the first weights, the order of tunes, dropout.")] = 1,
) -> None:
    """Train a model on tunes (all repertoires if no corpus is named); export it for composing.

    Ctrl-C is safe: --resume goes on, on the same tunes and by the run's own recipe.
    """
    if model != "melody_lstm":
        raise SolfaError(
            f"{model!r} cannot be trained; melody_lstm can, ngram is counted when first used"
        )
    import platform
    from importlib.metadata import version

    from solfa import corpora

    try:
        from solfa.training.export import export
        from solfa.training.loop import Recipe
        from solfa.training.loop import train as run
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"training needs {error.name}, which is missing; {remedy}") from error

    recipe = Recipe(epochs=epochs, minutes=minutes, seed=seed)
    names = corpus or list(corpora.REPERTOIRES)
    tunes = corpora.load(*names).split("train").tunes
    held_out = corpora.load(valid or ("german" if not corpus else names[0])).split("valid").tunes
    terms = {corpora.REPERTOIRES[n].terms if n in corpora.REPERTOIRES else n for n in names}
    data = {"train": names, "songs": len(tunes), "terms": sorted(terms)}
    typer.echo(f"{len(tunes):,} tunes to train on, {len(held_out):,} to validate")
    if len(tunes) < FEW_TUNES:
        typer.echo(f"fewer than {FEW_TUNES} tunes teach little; the bundled model may do better")
    folder = out or Path("runs") / model
    try:
        result = run(tunes, held_out, folder, recipe, data=data, resume=resume)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; --resume goes on from the last epoch in {folder}", err=True)
        raise
    card = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {version('torch')}"}
    export(result.checkpoint, folder / "exported", card)
    typer.echo(
        f"best: epoch {result.epoch}, {result.bits_per_note:.3f} bits a note on validation;"
        f" compose with --model {folder / 'exported'}"
    )


@app.command()
def evaluate(
    models: Annotated[list[str], typer.Argument(help="Names, or folders of exported models.")],
    corpus: Corpora = None,
    split: Annotated[str, _option("train, valid or test.")] = "valid",
    phrases: Annotated[bool, _option("Tell the phrase marks of the past.")] = False,
    style: Annotated[bool, _option("Tell the style.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")] = False,
    report: Annotated[
        Path | None, _option("Write this page: all models on valid and test, all given.")
    ] = None,
) -> None:
    """Measure bits per note on held-out songs (german if no corpus is named)."""
    import shlex

    from solfa import corpora
    from solfa.evaluation import likelihood, results
    from solfa.files import write_atomically
    from solfa.runtime import load_model

    loaded = [load_model(name) for name in models]
    held_out = [corpora.load(name) for name in corpus or ["german"]]
    if report:
        _folder(report.parent)
        rows = results.measure(loaded, held_out, lambda text: typer.echo(text, err=True))
        command = shlex.join(["solfa", *sys.argv[1:]])
        typer.echo(write_atomically(report, results.page(rows, loaded, command).encode()))
        return
    for name, model in zip(models, loaded, strict=True):
        for songs in held_out:
            tunes = songs.split(split).tunes
            if not tunes:
                raise SolfaError(f"{songs.name} has no {split} tunes; name a larger corpus")
            cost = likelihood.bits(model, tunes, phrases=phrases, style=style)
            if json:
                import json as format

                facts = {"model": name, "hash": model.hash, "corpus": songs.name}
                typer.echo(format.dumps({**facts, "split": split, **cost.to_json()}))
            else:
                typer.echo(f"{name} on {songs.name} {split}: {results.sentence(cost)}")


if __name__ == "__main__":
    main()
