"""A real browser before the real page: for the tests, and for the picture in the README."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def studio() -> Iterator[str]:
    """`solfa studio` as a process; its address."""
    with socket.socket() as door:
        door.bind(("localhost", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-c", "from solfa.cli import main; main()", "studio"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--no-browser"],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://localhost:{port}"
    try:
        for _ in range(300):
            try:
                urlopen(f"{address}/_stcore/health").close()
                break
            except URLError:
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        printed = process.communicate(timeout=30)[0]
    assert printed.startswith(f"solfa studio is at {address}"), printed
    assert "Traceback" not in printed, printed


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def compose(page: Page, seed: int = 7) -> str:
    """Asks for the tune of this seed; its symbols, once it is there to see and to hear.

    Of several, the first.
    """
    page.get_by_role("spinbutton", name="Seed").fill(str(seed))
    page.get_by_role("button", name="Compose").click()
    page.locator(".solfa-maker", has_text=f"seed {seed},").first.wait_for(timeout=60_000)
    page.get_by_alt_text("Score of the tune").first.wait_for()
    page.locator("audio").first.wait_for()
    return page.get_by_test_id("stCode").first.inner_text().strip()
