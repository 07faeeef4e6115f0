"""`compose` and `continue_`: from a request to finished, checked melodies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import ceil
from os import PathLike
from typing import Any, TypeAlias

import numpy as np

from solfa.composing.ask import Prompt, ask
from solfa.composing.checks import Check, check
from solfa.composing.decode import Decoded, Leaning, decode
from solfa.composing.guidance import Guide
from solfa.composing.loops import Loops
from solfa.composing.refusals import refuse
from solfa.composing.request import Request
from solfa.encodings.cursor import REST
from solfa.encodings.frame import Frame, to_quarters
from solfa.encodings.grid import GridEncoding
from solfa.encodings.protocol import Encoding
from solfa.formats.symbols import STEP, to_symbols
from solfa.melody import Melody, Metadata, Note
from solfa.models.protocol import Model, Session
from solfa.runtime import load_model

BATCH = 64
"""Tunes composed at once."""


@dataclass(frozen=True)
class Composition:
    """A melody and all that made it.

    ``index`` counts the tunes of one request from 0; ``score`` are the bits (log2) that each note
    costs under the model alone, before any rule; ``checks`` say what was verified afterwards;
    ``symbols`` are the report's, one a sixteenth, where the model speaks in steps, else None.
    """

    melody: Melody
    request: Request
    model: str
    model_hash: str
    index: int
    score: tuple[float, ...]
    checks: tuple[Check, ...]
    symbols: str | None

    @property
    def seed(self) -> int:
        """The seed that, with the index, made this tune."""
        return self.request.seed


Listen: TypeAlias = "Callable[[int, Note], None]"
"""Told a tune's index and each of its notes as it comes."""


def compose(
    *,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    **asked: Any,
) -> list[Composition]:
    """Composes ``count`` melodies as asked; see `Request` for all that can be.

    ``key="F# minor"``, ``meter="3/4"``, ``range="C4-G5"`` and a ``prompt`` that is a file, symbols
    or a `Melody` are understood. The tune has ``bars`` bars or ``steps`` sixteenths, the prompt's
    included. Metre, length, scale, range and a final tonic are guaranteed. The same request, model
    and seed give the same tunes, whatever the count. ``listen`` hears every note as it comes.
    Raises `RequestError` with every contradiction before any work, `ModelError` for an unknown
    model.
    """
    found = _model(model)
    return compose_request(_in_mode(ask(**asked), found.encoding), found, listen)


def continue_(
    prompt: Prompt,
    bars: int | None = None,
    *,
    steps: int | None = None,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    **asked: Any,
) -> list[Composition]:
    """Goes on from ``prompt`` for ``bars`` new bars, once its own last bar is completed.

    Or for ``steps`` new sixteenths after its last note; 8 bars if neither is given. Its notes stay
    as they are; key, metre and pickup are its own. The rest is as for `compose`.
    """
    if bars is None and steps is None:
        bars = 8
    request, found = ask(prompt=prompt, bars=bars, steps=steps, **asked), _model(model)
    return compose_request(_in_mode(_after_prompt(request), found.encoding), found, listen)


def compose_request(
    request: Request, model: Model, listen: Listen | None = None
) -> list[Composition]:
    """Composes what ``request`` asks, in batches of `BATCH`."""
    encoding = model.encoding
    refuse(request, encoding)
    frame, judge, forced = request.frame(), request.rules(encoding), request.forced(encoding)
    decoded: list[Decoded] = []
    for start in range(0, request.count, BATCH):
        indices = range(start, min(start + BATCH, request.count))
        session = model.begin([frame] * len(indices))
        heard = _Notes(session, indices[0], listen) if listen else None
        decoded += decode(
            session,
            judge,
            encoding.end,
            [generator(request.seed, index) for index in indices],
            forced=forced,
            temperature=request.temperature,
            top_p=request.top_p,
            min_p=request.min_p,
            leanings=leanings(request, model, [frame] * len(indices)),
            **{"pushed": heard.pushed} if heard else {},
        )
        if heard:
            heard.close(encoding.decode(tune.symbols, frame) for tune in decoded[indices[0] :])
    made_by = {
        "solfa": version("solfa"),
        "model": model.name,
        "hash": model.hash,
        "request": request.to_json(),
    }
    return [
        _finish(request, model, frame, index, tune, made_by) for index, tune in enumerate(decoded)
    ]


def leanings(request: Request, model: Model, frames: Sequence[Frame]) -> list[Leaning]:
    """What leans on the tunes of ``frames`` as ``request`` asks: its style's strength, no loops."""
    found: list[Leaning] = []
    if request.style_strength != 1:
        found.append(Guide(model, frames, request.style_strength))
    if request.loop_penalty > 0:
        found.append(Loops(len(frames), model.encoding.melodic, request.loop_penalty))
    return found


def _in_mode(request: Request, encoding: Encoding) -> Request:
    """The request, in minor kept to its scales where the model is not told the mode.

    A grid says pitches only, and seven of eight songs that taught its models are in major: left
    free, they sing major thirds in F# minor. A scale asked for, ``chromatic`` too, is left as it
    is, and so is a prompt that goes beyond.
    """
    if request.scale is not None or request.key.mode != "minor" or encoding.name != "grid":
        return request
    kept = replace(request, scale="melodic minor")
    heard = {pitch % 12 for pitch in request.prompt.pitches} if request.prompt else set()
    return kept if heard <= kept.pitch_classes else request


class _Notes:
    """Tells the notes of a batch as they are complete; ``first`` is the index of its first tune."""

    def __init__(self, session: Session, first: int, listen: Listen) -> None:
        self._session, self._first, self._listen = session, first, listen
        self._told: Counter[int] = Counter()

    def pushed(self, rows: Sequence[int]) -> None:
        cursor = self._session.reading.cursor
        for row, count, ticks, pitch in zip(rows, cursor.count, *cursor.last, strict=True):
            if count > self._told[row]:
                self._told[row] = int(count)
                midi = None if pitch == REST else int(pitch)
                self._listen(self._first + row, Note(midi, to_quarters(ticks)))

    def close(self, melodies: Iterable[Melody]) -> None:
        """Tells what the ends of the tunes have completed."""
        for row, melody in enumerate(melodies):
            for note in melody.notes[self._told[row] :]:
                self._listen(self._first + row, note)


def _after_prompt(request: Request) -> Request:
    """The request with the prompt counted in: its steps, or the bars that follow its pickup."""
    prompt, bars, steps = request.prompt, request.bars, request.steps
    if prompt and bars is not None and bars >= 1:
        begun = ceil((prompt.duration - prompt.pickup) / request.meter.bar)
        return replace(request, bars=begun + bars)
    if prompt and steps is not None and steps >= 1:
        return replace(request, steps=ceil(prompt.duration / STEP) + steps)
    return request


def generator(seed: int, index: int) -> np.random.Generator:
    """What draws the tune ``index`` of a request with ``seed``."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))


def _finish(
    request: Request,
    model: Model,
    frame: Frame,
    index: int,
    decoded: Decoded,
    made_by: dict[str, Any],
) -> Composition:
    encoding, symbols = model.encoding, decoded.symbols
    melody = encoding.decode(symbols, frame)
    metadata = Metadata(
        title=f"Melody in {request.key}",
        comments=(json.dumps({**made_by, "index": index}),),
        tempo=request.tempo,
        style=request.style or "",
    )
    melody = melody.replace(metadata=metadata)
    score = np.bincount(encoding.notes(symbols), weights=decoded.bits)
    return Composition(
        melody,
        request,
        model.name,
        model.hash,
        index,
        tuple(score.tolist()),
        check(melody, request),
        _symbols(melody, encoding),
    )


def _symbols(melody: Melody, encoding: Encoding) -> str | None:
    """The tune in the report's symbols, if it was composed on a grid that they can say."""
    if isinstance(encoding, GridEncoding) and encoding.step % STEP == 0:
        return " ".join(to_symbols(melody.notes))
    return None


def _model(model: str | PathLike[str] | Model) -> Model:
    return load_model(model) if isinstance(model, str | PathLike) else model
