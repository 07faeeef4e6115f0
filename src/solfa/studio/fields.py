"""Fields of the page for wishes: bounds, default and help are those of the wish's row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solfa.composing.request.request import WISHES


def slider(place: Any, label: str, wish: str, step: float, **options: Any) -> float:
    """A slider over the bounds of a wish that has both."""
    row = WISHES[wish]
    assert row.bounds is not None
    assert row.bounds.high is not None
    value: float = place.slider(
        label,
        float(row.bounds.low),
        float(row.bounds.high),
        row.default,
        step,
        help=row.help,
        **options,
    )
    return value


def number(place: Any, label: str, wish: str, step: float, **options: Any) -> Any:
    """A number, or None where the field is left empty; what it may be is checked afterwards."""
    row = WISHES[wish]
    return place.number_input(label, value=row.default, step=step, help=row.help, **options)


def choice(
    place: Any,
    label: str,
    wish: str,
    choices: Sequence[str],
    free: str,
    *,
    new: bool = True,
    disabled: bool = False,
) -> str | None:
    """One of the choices, or (if ``new`` ones are allowed) what is typed; ``free`` if none is."""
    value: str | None = place.selectbox(
        label,
        choices,
        index=None,
        placeholder=free,
        accept_new_options=new,
        disabled=disabled,
        help=WISHES[wish].help,
    )
    return value


def text(place: Any, label: str, wish: str, example: str) -> str:
    """A line of text, empty if nothing is asked."""
    value: str = place.text_input(label, placeholder=example, help=WISHES[wish].help)
    return value
