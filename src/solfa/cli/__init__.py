"""The `solfa` command: parses, calls, prints. All that weighs is imported where it is used.

One file a command, or a few that belong together; importing them here registers them.
"""

from solfa.cli import (
    compose,
    config,
    convert,
    corpus,
    evaluate,
    experiments,
    infill,
    join,
    latent,
    replay,
    show,
    studio,
    sweep,
    train,
)
from solfa.cli.app import app, main

__all__ = [
    "app",
    "compose",
    "config",
    "convert",
    "corpus",
    "evaluate",
    "experiments",
    "infill",
    "join",
    "latent",
    "main",
    "replay",
    "show",
    "studio",
    "sweep",
    "train",
]
