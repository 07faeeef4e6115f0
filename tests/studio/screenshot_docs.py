"""Takes the picture of the documentation: ``make docs``, then
``.venv/bin/python tests/studio/screenshot_docs.py [PAGE [PICTURE]]``.
"""

import sys
from pathlib import Path

from browser import chromium

ROOT = Path(__file__).parents[2]


def take(
    name: str = "glossary", picture: str = str(ROOT / "docs" / "pictures" / "docs.png")
) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 1100})
        page.goto((ROOT / "site" / f"{name}.html").as_uri())
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
    print(f"{picture}: {Path(picture).stat().st_size:,} bytes")


if __name__ == "__main__":
    take(*sys.argv[1:3])
