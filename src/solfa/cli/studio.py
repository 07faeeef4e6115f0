"""`solfa studio`: the page in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.options import option


@app.command(epilog=examples("solfa studio", "solfa studio --port 8600 --no-browser"))
def studio(
    port: Annotated[int | None, option("Where to serve it; a free one if left out.")] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
) -> None:
    """Compose on a page in the browser; it is served to this machine only."""
    from solfa.studio.start import start

    start(port, browser)
