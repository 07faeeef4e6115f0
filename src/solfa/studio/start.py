"""Starts the page's server on this machine, for this machine only."""

from __future__ import annotations

import socket
from pathlib import Path

from solfa.errors import SolfaError

PORTS = range(8501, 8601)
"""Tried in this order where no port is asked for."""

_PAGE = Path(__file__).with_name("page.py")
_OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "type",  # the terminal has the rest
    "client.toolbarMode": "minimal",
    "logger.enableRich": "false",
    "logger.hideWelcomeMessage": "true",
    "runner.magicEnabled": "false",
    "server.address": "localhost",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "5",
    "server.showEmailPrompt": "false",
    "theme.base": "light",
    "theme.backgroundColor": "#faf7f0",
    "theme.secondaryBackgroundColor": "#f1ece0",
    "theme.textColor": "#2b2925",
    "theme.primaryColor": "#7a2e3a",
    "theme.borderColor": "#ddd5c4",
    "theme.headingFont": "serif",
    "theme.baseRadius": "small",
}


def start(port: int | None = None, browser: bool = True) -> None:
    """Serves the page until interrupted, and opens it in the browser if asked.

    Raises `SolfaError` for a port that cannot be had, and where streamlit is missing.
    """
    try:
        from streamlit.web.cli import main
    except ModuleNotFoundError as error:
        raise SolfaError(
            f"the studio needs {error.name}, which is missing; run: pip install 'solfa[studio]'"
        ) from error
    port = _free_port(port)
    options = {**_OPTIONS, "server.port": str(port), "server.headless": str(not browser).lower()}
    print(f"solfa studio is at http://localhost:{port}; Ctrl-C ends it", flush=True)
    flags = [f"--{name}={value}" for name, value in options.items()]
    main(["run", str(_PAGE), *flags], standalone_mode=False)


def _free_port(asked: int | None) -> int:
    if asked is not None and not 1 <= asked <= 65535:
        raise SolfaError(f"port {asked} is outside 1..65535")
    for port in PORTS if asked is None else [asked]:
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("localhost", port))
            except OSError:
                continue
            return port
    wanted = f"ports {PORTS[0]}..{PORTS[-1]} are" if asked is None else f"port {asked} is"
    raise SolfaError(f"{wanted} in use or not allowed; choose another with --port")
