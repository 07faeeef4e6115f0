"""Takes the README's picture of the page: ``.venv/bin/python tests/studio/screenshot.py``.

The report's prompt, composed as the page proposes; ``screenshot.py vae 3`` names model and seed.
"""

import sys
from pathlib import Path

from browser import chromium, compose, opened, studio

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "studio.png"


def take(model: str = "", seed: str = "7") -> None:
    with studio() as address, chromium() as browser:
        page = opened(browser)
        page.goto(address)
        page.get_by_alt_text("Score of the first notes").wait_for()
        if model:
            page.get_by_role("combobox", name="Model").click()
            page.get_by_role("option", name=model, exact=True).click()
        compose(page, int(seed))
        page.mouse.move(640, 5)
        height = page.get_by_test_id("stMainBlockContainer").evaluate("page => page.scrollHeight")
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_timeout(1000)  # what moves has come to rest
        page.screenshot(path=PICTURE)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    take(*sys.argv[1:3])
