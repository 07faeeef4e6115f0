"""`compose`, `continue_` and `infill`: from a request to finished, checked melodies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from os import PathLike
from typing import Any, TypeAlias

import numpy as np

from solfa.composing.decoding.phrase_similarity import PhraseSimilarityBias
from solfa.composing.decoding.repetition_penalty import RepetitionPenalty
from solfa.composing.decoding.rerank import after_gap, candidates_for, rerank
from solfa.composing.decoding.sampler import LogitsBias, Sampled, sample
from solfa.composing.decoding.style_guidance import StyleGuidance
from solfa.composing.provenance import Provenance, digest
from solfa.composing.request.ask import Prompt, ask
from solfa.composing.request.continuation import continue_phrases
from solfa.composing.request.parsing import Numbers
from solfa.composing.request.phrase_marks import mark_phrases
from solfa.composing.request.request import Request
from solfa.composing.request.validate import validate
from solfa.composing.verify import Check, verify
from solfa.encodings.conditions import Conditions, to_quarters
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding
from solfa.encodings.state import REST
from solfa.errors import RequestError
from solfa.formats.symbols import STEP, to_symbols
from solfa.melody import Melody, Metadata, Note
from solfa.models.protocol import Model, Session
from solfa.notebook import SHOWN, show, show_all
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

    def _repr_html_(self) -> str:
        """Score, player and maker, for notebooks."""
        kept = sum(check.kept for check in self.checks)
        bits = sum(self.score) / max(len(self.score), 1)
        return show(
            self.melody,
            f"{self.model} {self.model_hash}, seed {self.seed}, tune {self.index + 1}:"
            f" {bits:.2f} bits a note, {kept} of {len(self.checks)} guarantees kept",
        )


class Compositions(list[Composition]):
    """Tunes that were asked for together; a notebook shows them one under the other."""

    def _repr_html_(self) -> str:
        return show_all([tune._repr_html_() for tune in self[:SHOWN]], len(self))


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
    included. Metre, length, scale, range, largest leap, form, cadences and a final tonic are
    guaranteed. The same request, model
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

    Or for ``steps`` new sixteenths after its last note; if neither is given, to the end of the
    form, or for 8 bars and to the end of a phrase. Its notes stay as they are; key, metre, pickup
    and, unless a form is asked for, the rhythm of phrases are its own. The rest is as for
    `compose`.
    """
    request = ask(prompt=prompt, bars=bars, steps=steps, onward=True, **asked)
    found = _model(model)
    request = _in_mode(request, found.encoding)
    request = continue_phrases(request, found.encoding, open_end=bars is None)
    return compose_request(request, found, listen)


def infill(
    tune: Prompt,
    bars: Numbers | None = None,
    *,
    phrases: Numbers | None = None,
    candidates: int | None = None,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    **asked: Any,
) -> list[Composition]:
    """Writes ``bars`` of a tune anew, as in ``"5-8, 13"`` (0 is its pickup), or ``phrases``.

    All notes that begin elsewhere stay as they are, and so do length, key, metre, pickup, phrase
    marks and title; what else is asked holds for the new notes. A model that hears what follows a
    gap fits it; for others ``candidates`` are drawn for each tune (8 if left out), and the one is
    taken that makes the kept notes after the first gap likeliest. The rest is as for `compose`.
    """
    if bars is None and phrases is None:
        raise RequestError("nothing is to be written anew; give bars like '5-8', or phrases")
    found = _model(model)
    request = ask(
        prompt=tune,
        rewrite=bars,
        rewrite_phrases=phrases,
        candidates=1 if candidates is None else candidates,
        **asked,
    )
    if candidates is None:
        request = replace(request, candidates=candidates_for(found, request.kept))
    return compose_request(_in_mode(request, found.encoding), found, listen)


def compose_request(
    request: Request,
    model: Model,
    listen: Listen | None = None,
    indices: Sequence[int] | None = None,
) -> list[Composition]:
    """Composes what ``request`` asks, in batches of `BATCH`; of its tunes only ``indices``."""
    encoding = model.encoding
    validate(request, encoding)
    conditions, constraint = request.conditions(), request.rules(encoding)
    kept, each = after_gap(request.kept), request.candidates
    decoded: list[Sampled] = []
    wanted = range(request.count) if indices is None else indices
    for start in range(0, len(wanted), max(1, BATCH // each)):
        batch = wanted[start : start + max(1, BATCH // each)]
        all_conditions = [conditions] * (len(batch) * each)
        session = model.begin(all_conditions)
        heard = _Notes(session, batch, listen) if listen else None
        drawn = sample(
            session,
            constraint,
            encoding.end,
            [g for index in batch for g in generators(request.seed, index, each)],
            temperature=request.temperature,
            top_p=request.top_p,
            min_p=request.min_p,
            biases=biases(request, model, all_conditions),
            **{"pushed": heard.pushed} if heard and each == 1 else {},
        )
        fit = [
            rerank(drawn[row : row + each], kept, encoding, conditions)
            for row in range(0, len(drawn), each)
        ]
        decoded += fit
        if heard:
            heard.close(encoding.decode(tune.symbols, conditions) for tune in fit)
    return Compositions(
        _finish(request, model, conditions, index, tune)
        for index, tune in zip(wanted, decoded, strict=True)
    )


def biases(
    request: Request, model: Model, all_conditions: Sequence[Conditions]
) -> list[LogitsBias]:
    """What leans on the tunes of ``all_conditions`` as ``request`` asks: echoes, its style, no loops."""
    found: list[LogitsBias] = []
    said = isinstance(model.encoding, NoteEncoding | GridEncoding)
    if said and any(phrase.likeness not in (1, None) for phrase in request.plan[1:]):
        found.append(
            PhraseSimilarityBias(model.encoding, all_conditions, told="likeness" in model.features)
        )
    if request.style_strength != 1:
        found.append(StyleGuidance(model, all_conditions, request.style_strength))
    if request.loop_penalty > 0:
        found.append(
            RepetitionPenalty(len(all_conditions), model.encoding.melodic, request.loop_penalty)
        )
    return found


def _in_mode(request: Request, encoding: Encoding) -> Request:
    """The request, in minor kept to its scales where the model is not told the mode.

    A grid says pitches only, and seven of eight songs that taught its models are in major: left
    free, they sing major thirds in F# minor. A scale asked for, ``chromatic`` too, is left as it
    is, and so is a prompt that goes beyond.
    """
    grid = isinstance(encoding, GridEncoding)
    if request.scale is not None or request.key.mode != "minor" or not grid:
        return request
    kept = replace(request, scale="melodic minor")
    heard = {pitch % 12 for pitch in request.prompt.pitches} if request.prompt else set()
    return kept if heard <= kept.pitch_classes else request


class _Notes:
    """Tells the notes of a batch as they are complete; ``indices`` are those of its tunes."""

    def __init__(self, session: Session, indices: Sequence[int], listen: Listen) -> None:
        self._session, self._indices, self._listen = session, indices, listen
        self._told: Counter[int] = Counter()

    def pushed(self, rows: Sequence[int]) -> None:
        music = self._session.state.music
        for row, count, ticks, pitch in zip(rows, music.count, *music.last, strict=True):
            if count > self._told[row]:
                self._told[row] = int(count)
                midi = None if pitch == REST else int(pitch)
                self._listen(self._indices[row], Note(midi, to_quarters(ticks)))

    def close(self, melodies: Iterable[Melody]) -> None:
        """Tells what the ends of the tunes have completed."""
        for row, melody in enumerate(melodies):
            for note in melody.notes[self._told[row] :]:
                self._listen(self._indices[row], note)


def generator(seed: int, *place: int) -> np.random.Generator:
    """What draws the tune of a request with ``seed`` that stands at ``place``: its index first."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))


def generators(seed: int, index: int, candidates: int) -> list[np.random.Generator]:
    """What draws each of so many candidates for the tune ``index``."""
    if candidates == 1:
        return [generator(seed, index)]
    return [generator(seed, index, number) for number in range(candidates)]


def _finish(
    request: Request,
    model: Model,
    conditions: Conditions,
    index: int,
    decoded: Sampled,
) -> Composition:
    encoding, symbols = model.encoding, decoded.symbols
    melody = mark_phrases(encoding.decode(symbols, conditions), request)
    made_by = Provenance(
        version("solfa"), model.name, model.hash, index, digest(melody), request.to_json()
    )
    prompt = request.prompt.metadata if request.prompt else Metadata()
    stays = prompt if request.infills else Metadata()
    metadata = Metadata(
        title=stays.title or f"Melody in {request.key}",
        comments=(made_by.comment(), *(f"prompt's {text}" for text in prompt.found)),
        tempo=request.tempo or stays.tempo,
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
        verify(melody, request),
        _symbols(melody, encoding),
    )


def _symbols(melody: Melody, encoding: Encoding) -> str | None:
    """The tune in the report's symbols, if it was composed on a grid that they can say."""
    if isinstance(encoding, GridEncoding) and encoding.step % STEP == 0:
        return " ".join(to_symbols(melody.notes))
    return None


def _model(model: str | PathLike[str] | Model) -> Model:
    return load_model(model) if isinstance(model, str | PathLike) else model
