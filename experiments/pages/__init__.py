"""Pages as templates: ``NAME.md.in`` beside this file, with ``$names`` for what was measured."""

from __future__ import annotations

from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent


def fill(page: str, **values: object) -> str:
    """The text of a page; every ``$name`` in it must be given."""
    text = (_FOLDER / f"{page}.md.in").read_text(encoding="utf-8")
    return Template(text).substitute(values)
