"""A real browser before the real page: for the tests, and for the picture in the README."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
PATIENCE = 300
"""Seconds until what a page should show counts as missing: machines may be busy."""
expect.set_options(timeout=1000 * PATIENCE)
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
        began = time.monotonic()
        while not _answers(address):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() - began < PATIENCE
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        printed = process.communicate(timeout=PATIENCE)[0]
    assert printed.startswith(f"solfa studio is at {address}"), printed
    assert "Traceback" not in printed, printed


def _answers(address: str) -> bool:
    try:
        urlopen(f"{address}/_stcore/health", timeout=PATIENCE).close()
    except URLError:
        return False
    return True


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=1000 * PATIENCE
        )
        yield browser
        browser.close()


def opened(browser: Browser, width: int = 1280, **options: Any) -> Page:
    """A new page that waits patiently for whatever it is asked."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    page.set_default_timeout(1000 * PATIENCE)
    return page


def compose(page: Page, seed: int = 7) -> str:
    """Asks for the tune of this seed; its symbols, once it is there to see and to hear.

    Of several, the first.
    """
    page.get_by_role("spinbutton", name="Seed").fill(str(seed))
    page.get_by_role("button", name="Compose").click()
    page.locator(".solfa-maker", has_text=f"seed {seed},").first.wait_for()
    page.get_by_alt_text("Score of the tune").first.wait_for()
    page.locator("audio").first.wait_for()
    return page.get_by_test_id("stCode").first.inner_text().strip()
