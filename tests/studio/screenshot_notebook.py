"""Takes the picture of docs/notebook.ipynb: ``.venv/bin/python tests/studio/screenshot_notebook.py``.

Jupyter runs the notebook and makes a page of it; it is in no extra of solfa:
``pip install nbconvert ipykernel``. The picture is the page down to the first plots.
"""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import nbconvert
from browser import chromium
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"
PICTURE = DOCS / "pictures" / "notebook.png"
WIDTH = 1000


def take(theme: str = "light") -> None:
    exporter = nbconvert.HTMLExporter(theme=theme)
    exporter.register_preprocessor("nbconvert.preprocessors.ExecutePreprocessor", enabled=True)
    page, _ = exporter.from_filename(str(DOCS / "notebook.ipynb"))
    with TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder, "notebook.html")
        path.write_text(page, encoding="utf-8")
        tab = browser.new_page(viewport={"width": WIDTH, "height": 800})
        tab.goto(path.as_uri(), wait_until="domcontentloaded")
        tab.wait_for_function(
            "() => [...document.querySelectorAll('audio')].every(sound => sound.duration > 1)"
        )
        cells = tab.locator(".jp-Cell")
        end = cells.nth(4).bounding_box() or {}
        tab.set_viewport_size({"width": WIDTH, "height": round(end["y"] + end["height"])})
        picture = Image.open(BytesIO(tab.screenshot()))
    picture.quantize(64).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    take()
