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


class Progress:
    """A bar on standard error of how many of ``total`` are done, where it is ``shown``."""

    def __init__(self, what: str, total: int, shown: bool) -> None:
        self._what, self._total, self._shown = what, total, shown

    def __enter__(self) -> Progress:
        if self._shown:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._bar.stop()

    def advance(self) -> None:
        if self._shown:
            self._bar.advance(self._task)


def print_json(document: Any) -> None:
    """One JSON document, the only thing on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False))
