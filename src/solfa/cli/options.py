"""Options that several commands share: one by one, and in groups that `spread` takes apart."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solfa.cli.names import complete
from solfa.errors import SolfaError
from solfa.models.registry import MODELS

if TYPE_CHECKING:
    from solfa.formats.read_options import ReadOptions
    from solfa.formats.write_options import WriteOptions

FORMATS = "mid,musicxml,abc,krn,svg,png,wav"
"""What is written where nothing else is asked for."""


def option(help: str, *names: str, of: str | None = None, panel: str | None = None) -> Any:
    """An option whose default stands in the command's signature; ``of`` is the kind of its name."""
    completion = complete(of) if of else None
    return typer.Option(
        *names,
        help=help,
        autocompletion=completion,
        rich_help_panel=panel,
        show_envvar=False,  # all have one; `solfa --help` explains their names
    )


KeyName = Annotated[
    str | None,
    option(
        "G, 'F# minor', 'D dorian'; the prompt's, as given or found, or C, if left out.", of="key"
    ),
]
Mode = Annotated[
    str | None,
    option("major, minor, dorian, phrygian, lydian, mixolydian or locrian.", of="mode"),
]
MeterName = Annotated[
    str | None, option("2/4, 3/4, 6/8 ...; the prompt's, as given or found, or 4/4, if left out.")
]
Scale = Annotated[
    str | None,
    option(
        "Only these pitches: key (the mode's own, if left out), chromatic (all), pentatonic,"
        " harmonic-minor, dorian, ..., or degrees of the key, as '1 2 b3 5'.",
        of="scale",
    ),
]
Temperature = Annotated[float, option("Above 1 more daring, below 1 more careful.")]
Count = Annotated[int, option("How many tunes.")]
Seed = Annotated[int | None, option("Makes the same tunes again; a new one, printed, if left out.")]
Corpora = Annotated[
    list[str] | None,
    option("Repertoire or folder; may be repeated.", "--corpus", of="style"),
]
Json = Annotated[bool, option("Print one JSON document, and nothing else.", "--json")]
InputFormat = Annotated[
    str | None,
    option("Format of standard input, and of files whose names tell none.", "--from", of="read"),
]
TuneOrSymbols = Annotated[
    str,
    typer.Argument(
        metavar="FILE_OR_SYMBOLS",
        help="A tune, '67 _ 69 _ r', 'do re mi', or - for standard input.",
    ),
]


ModelName = Annotated[str, option(f"{', '.join(MODELS)}, or a folder.", of="model")]


def wish_options() -> dict[str, tuple[Any, Any]]:
    """Type and default of the option of every wish that all commands share, by name."""
    from solfa.composing.request.request import WISHES

    found: dict[str, tuple[Any, Any]] = {}
    for name, row in WISHES.items():
        if row.shared:
            kind = row.kind if row.default is not None else row.kind | None
            names = _switch(name, row.kind)
            found[name] = (Annotated[kind, option(row.help, *names, of=row.names)], row.default)
    return found


def _switch(name: str, kind: type) -> tuple[str, ...]:
    """The names of a switch that itself says no: ``--no-x/--x``, not ``--no-x/--no-no-x``."""
    if kind is not bool or not name.startswith("no_"):
        return ()
    off = name.removeprefix("no_").replace("_", "-")
    return (f"--no-{off}/--{off}",)


_READING = "How files are read"


@dataclass
class HowRead:
    """Choices for files that leave one; see `solfa.formats.read_options.ReadOptions`."""

    track: Annotated[
        str | None,
        option("This track, part or spine of several, by number or name.", panel=_READING),
    ] = None
    voice: Annotated[
        int | None, option("This voice or channel of several, from 1.", panel=_READING)
    ] = None
    top: Annotated[bool, option("The highest note where several sound.", panel=_READING)] = False
    step: Annotated[
        str | None,
        option("Bring performed times to this grid, in quarters: 1/4, 1/2 ...", panel=_READING),
    ] = None
    triplets: Annotated[
        bool, option("With a step: a quarter may have three eighths.", panel=_READING)
    ] = False
    swing: Annotated[
        bool, option("With a step: long and short eighths are even ones.", panel=_READING)
    ] = False
    unfold: Annotated[
        bool, option("Write repeats and endings out as they are played.", panel=_READING)
    ] = False

    def options(self) -> ReadOptions:
        """The choices for the readers; `SolfaError` for what cannot be."""
        from solfa.formats.read_options import ReadOptions

        return ReadOptions(**vars(self))


@dataclass
class HowTunesAreRead(HowRead):
    """`HowRead` for commands whose own options name no key and no syllables."""

    key: Annotated[
        str | None,
        option("The key of sol-fa and symbols that tell none; C.", of="key", panel=_READING),
    ] = None
    syllables: Annotated[
        str | None,
        option(
            "Whose minor sol-fa has that does not tell: from do or from la.",
            of="syllables",
            panel=_READING,
        ),
    ] = None


_SETTING = "How scores and sounds are set"


@dataclass
class HowSet:
    """How tunes are set for readers and listeners: `solfa.formats.write_options.WriteOptions`."""

    engraver: Annotated[
        str,
        option(
            "Who draws pictures: verovio, or musescore where it is installed.",
            of="engraver",
            panel=_SETTING,
        ),
    ] = "verovio"
    instrument: Annotated[
        str,
        option(
            "Whose part it is: sound, clef, transposition.",
            "--for",
            of="instrument",
            panel=_SETTING,
        ),
    ] = "piano"
    clef: Annotated[
        str | None,
        option("Another clef than the instrument's: treble, bass ...", of="clef", panel=_SETTING),
    ] = None
    chords: Annotated[bool, option("Chord symbols above the notes.", panel=_SETTING)] = False
    syllables: Annotated[
        str | None,
        option(
            "Names below the notes: do (minor from do), la (minor from la) or degrees.",
            of="syllables",
            panel=_SETTING,
        ),
    ] = None
    count_in: Annotated[
        bool, option("Tick the beats of a bar before the sound begins.", panel=_SETTING)
    ] = False

    def options(self) -> WriteOptions:
        """The choices for the writers; `SolfaError` for a name that is unknown."""
        from solfa.formats.write_options import WriteOptions

        return WriteOptions(**vars(self))


_FILES = "Files"


@dataclass
class Files:
    """Where new tunes go."""

    out: Annotated[
        Path, option("Folder for the files; - prints one to standard output.", panel=_FILES)
    ] = Path("tunes")
    format: Annotated[
        str | None,
        option(
            f"Suffixes of the files to write; {FORMATS}, on the grid txt too, if left out.",
            of="written",
            panel=_FILES,
        ),
    ] = None
    sheet: Annotated[
        Path | None,
        option("Write all tunes into this one file too, as sheet.pdf.", panel=_FILES),
    ] = None
    overwrite: Annotated[
        bool,
        option("Replace a sheet or picture that is there already; tunes never are.", panel=_FILES),
    ] = False
    json: Annotated[
        bool,
        option("Print one JSON document, and nothing else.", "--json", panel=_FILES),
    ] = False


def folder(out: Path) -> None:
    """Makes the folder before any work; `SolfaError` where files cannot be put there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        usable = os.access(out, os.W_OK)
    except (OSError, ValueError):  # a name with letters that no path has
        usable = False
    if not usable:
        raise SolfaError(f"cannot write to {out}; choose another folder")
