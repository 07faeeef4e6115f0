"""Pictures in terminals that can show them, by the two protocols that are common.

Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/) and iTerm2's inline
images (https://iterm2.com/documentation-images.html). A terminal is known by its environment: to
ask it would mean to read its answer among what a person types.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TypeAlias

Draw: TypeAlias = "Callable[[bytes], str]"
"""From a PNG to what the terminal must be sent."""

_CHUNK = 4096  # of base64: the most that kitty's protocol allows at once


def drawing(environment: Mapping[str, str]) -> Draw | None:
    """How the terminal at standard output shows pictures; None if it cannot, or is none."""
    return protocol(environment) if sys.stdout.isatty() else None


def protocol(environment: Mapping[str, str]) -> Draw | None:
    """The image protocol of the terminal, by ``environment``; None if it has none."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term.startswith(("tmux", "screen")):  # which let no pictures through
        return None
    if term in ("xterm-kitty", "xterm-ghostty") or "KITTY_WINDOW_ID" in environment:
        return kitty
    if program == "ghostty":
        return kitty
    if program in ("iTerm.app", "WezTerm", "mintty") or environment.get("LC_TERMINAL") == "iTerm2":
        return iterm2
    return None


def kitty(png: bytes) -> str:
    """The picture in kitty's protocol, cut into chunks."""
    text = b64encode(png).decode()
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    parts = []
    for index, chunk in enumerate(chunks):
        what = "a=T,f=100," if index == 0 else ""
        parts.append(f"\x1b_G{what}m={int(index + 1 < len(chunks))};{chunk}\x1b\\")
    return "".join(parts) + "\n"


def iterm2(png: bytes) -> str:
    """The picture in iTerm2's protocol."""
    text = b64encode(png).decode()
    return f"\x1b]1337;File=inline=1;size={len(png)}:{text}\x07\n"
