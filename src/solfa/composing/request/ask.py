"""Reading a request: from what people write (``"F# minor"``, ``"3/4"``, a file) to a `Request`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import SystemRandom
from typing import Any

from solfa.composing.request import parsing
from solfa.composing.request.kept import keys_of_new_notes
from solfa.composing.request.lengths import with_lengths
from solfa.composing.request.prompt import read_prompt
from solfa.composing.request.request import WISHES, Request
from solfa.composing.request.table import refuse_unknown
from solfa.errors import RequestError, SolfaError
from solfa.melody import Key, Melody, Meter

_IN_CONTEXT = ("key", "mode", "meter", "pickup", "prompt")
"""Wishes that are read together, since the value of one depends on another."""


def ask(*, onward: bool = False, **asked: Any) -> Request:
    """The request; key, metre and pickup are the prompt's where they are not given.

    ``asked`` are wishes by name, rows of `WISHES`; None asks for nothing.
    Key, metre and pickup that the prompt lacks (symbols have none) and that are not given are found
    from its notes, with a comment; where its key changes, what is new is in the key that holds
    there. A tune has ``bars`` bars or
    ``steps`` sixteenths, both counted after the prompt where the tune goes ``onward``.
    ``phrase_bars`` is one number, or one for each letter; without a form the phrases are repeated
    to the end. Without bars the tune is as long as its form (four bars a letter by default), or
    16 bars, or 8 bars after the prompt. Without a seed one is drawn. Raises one `RequestError` for
    all that cannot be read, or for a name that is no wish; `solfa.composing.validation.validate`
    judges the rest.
    """
    refuse_unknown(set(asked), set(WISHES))
    asked = {name: value for name, value in asked.items() if value is not None}
    wrong: list[str] = []

    def attempt(read: Callable[..., Any], *values: Any) -> Any:
        """What ``read`` returns; None where it raises, with the reason added to ``wrong``."""
        try:
            return read(*values)
        except SolfaError as error:
            wrong.append(str(error))
            return None

    found = _in_context(asked, attempt, wrong)
    for name, row in WISHES.items():
        if name in asked and name not in _IN_CONTEXT:
            value = attempt(row.read, asked[name])
            found |= {} if value is None else {name: value}
    phrase_bars = found.pop("phrase_bars", ())
    found = {"bars": None, "seed": SystemRandom().randrange(10**6), **found}
    if found.get("rewrite") or found.get("rewrite_phrases"):
        found.setdefault("candidates", None)  # as the model needs
    request = Request(**found)
    if request.prompt and request.prompt.key_changes and not {"key", "mode"} & asked.keys():
        request = replace(request, key=next(iter(keys_of_new_notes(request)), request.key))
    if not wrong:
        request = attempt(with_lengths, request, phrase_bars, onward)
    if wrong:
        raise RequestError("; ".join(wrong))
    return request


def _in_context(
    asked: dict[str, Any], attempt: Callable[..., Any], wrong: list[str]
) -> dict[str, Any]:
    """The wishes of `_IN_CONTEXT`."""
    mode = asked.get("mode")
    key: Key | None = None
    if "key" in asked:
        key = attempt(parsing.key_in_mode, asked["key"], mode)
    meter: Meter | None = attempt(parsing.meter, asked["meter"]) if "meter" in asked else None
    pickup = attempt(parsing.pickup, asked["pickup"]) if "pickup" in asked else None
    whole = "rewrite" in asked or "rewrite_phrases" in asked

    def read(key: Key | None) -> Melody | None:
        try:
            if "prompt" in asked:
                return read_prompt(asked["prompt"], key, meter, pickup, whole=whole)
        except SolfaError as error:
            reason = str(error)
            wrong.append(reason if reason.startswith("prompt") else f"prompt: {reason}")
        return None

    prompt = read(key)
    known = prompt or Melody((), key or Key("C"), Meter(4, 4))
    if key is None:
        key = attempt(parsing.key_in_mode, known.key, mode)
        if prompt and key not in (None, prompt.key):
            prompt = read(key)  # in the mode asked for, if the prompt has none
    if pickup is None and prompt:
        pickup = prompt.pickup
    return {
        "key": key or known.key,
        "meter": meter or known.meter or Meter(4, 4),
        "pickup": pickup,
        "prompt": prompt,
    }
