"""How tunes show themselves in a notebook: a heading, the score, a player; all without a network.

Score and sound lie inside the HTML as data. The score is an image of its own rather than a part of
the page, so that two scores share neither ids nor styles, and the paper is white in dark themes.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

from solfa.formats import render
from solfa.melody import Melody

SHOWN = 10
"""Tunes of a list that are shown; the others are counted."""

_SHEET = (
    "background:#fff;color:#222;max-width:860px;padding:10px 14px;margin:6px 0;"
    "border:1px solid #ddd;border-radius:6px;font-family:sans-serif"
)
_QUIET = "font-size:85%;color:#666"


def show(melody: Melody, *lines: str) -> str:
    """The melody as HTML: title, key, metre, bars; the score; a player; and ``lines`` below.

    Where a tune cannot be drawn or played, a line gives the reason instead.
    """
    title = melody.metadata.title or "Melody"
    plain = melody.replace(metadata=replace(melody.metadata, title=""))  # the heading has it
    parts = [
        f'<div><b>{escape(title)}</b> <span style="{_QUIET}">{escape(_frame(melody))}</span></div>',
        _or_why("score", lambda: _score(plain, title)),
        _or_why("sound", lambda: _player(melody)),
        *(_quiet(line) for line in lines),
    ]
    return f'<div style="{_SHEET}">{"".join(parts)}</div>'


def show_all(shown: Sequence[str], count: int) -> str:
    """Tunes that are ``shown`` as HTML, one under the other, of ``count`` in all."""
    more = [_quiet(f"and {count - len(shown)} more")] if count > len(shown) else []
    return "".join([*shown, *more])


def _frame(melody: Melody) -> str:
    """Key, metre and length in a few words."""
    bars = len(melody.bar_lines()) - (melody.pickup > 0)
    facts = [str(melody.key), str(melody.meter) if melody.meter else "free metre"]
    if melody.meter:
        facts.append(f"{bars} bar{'s' * (bars != 1)}{' and a pickup' if melody.pickup else ''}")
    return " · ".join(facts)


def _score(melody: Melody, title: str) -> str:
    picture = f"data:image/svg+xml;base64,{_data(render(melody, '.svg'))}"
    return (
        f'<img alt="Score of {escape(title)}" src="{picture}"'
        ' style="display:block;max-width:100%;background:#fff;margin:6px 0">'
    )


def _player(melody: Melody) -> str:
    return (
        '<audio controls preload="metadata" style="display:block;width:100%;max-width:420px"'
        f' src="data:audio/mpeg;base64,{_data(render(melody, ".mp3"))}"></audio>'
    )


def _data(content: bytes) -> str:
    return b64encode(content).decode()


def _or_why(what: str, make: Callable[[], str]) -> str:
    """What ``make`` returns, or a line with its error, so that a display never fails."""
    try:
        return make()
    except Exception as error:
        return _quiet(f"no {what}: {str(error) or type(error).__name__}")


def _quiet(line: str) -> str:
    return f'<div style="{_QUIET}">{escape(line)}</div>'
