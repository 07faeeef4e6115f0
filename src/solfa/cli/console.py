"""Messages of commands beside their results: to standard error, as many as are wanted."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import typer

log = logging.getLogger("solfa")
"""``info`` is the progress of work; ``debug``, with --verbose, what is read and how long."""


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)


def set_verbosity(quiet: bool, verbose: bool) -> None:
    """Sets which messages are printed."""
    log.handlers = [_Stderr()]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)


def quiet() -> bool:
    """Whether results alone are wanted."""
    return not log.isEnabledFor(logging.INFO)


def watched() -> bool:
    """Whether a person watches the work: bars and notes are shown as they come."""
    return sys.stderr.isatty() and not quiet()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints with --verbose how long something took."""
    start = perf_counter()
    yield
    log.debug(f"{what}: {perf_counter() - start:.2f} s")


def print_json(document: Any) -> None:
    """One JSON document, the only thing on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False))
