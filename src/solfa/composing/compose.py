"""`compose`, `continue_` and `infill`: from a request to finished, checked melodies.

Every way of composing goes through `compose_request`: the request is resolved for the model,
validated and compiled once, sampled, reranked where bars are rewritten, marked, verified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from inspect import cleandoc
from os import PathLike
from typing import TypeAlias, Unpack

import numpy as np

from solfa.composing.carry import metadata_of, with_keys, with_words
from solfa.composing.composition import Composition, Compositions
from solfa.composing.constraints.problem import Problem
from solfa.composing.constraints.rules import Rules
from solfa.composing.continuation import continue_phrases
from solfa.composing.decoding.phrase_similarity import PhraseSimilarityBias
from solfa.composing.decoding.repetition_penalty import RepetitionPenalty
from solfa.composing.decoding.rerank import after_gap, rerank
from solfa.composing.decoding.sampler import LogitsBias, Sampled, sample
from solfa.composing.decoding.style_guidance import StyleGuidance
from solfa.composing.defaults import resolve
from solfa.composing.phrase_marks import mark_phrases
from solfa.composing.provenance import Provenance, digest
from solfa.composing.request.ask import ask
from solfa.composing.request.parsing import Numbers
from solfa.composing.request.prompt import Prompt
from solfa.composing.request.request import WISHES, Request
from solfa.composing.request.signature import Wishes
from solfa.composing.request.table import listed
from solfa.composing.validation.validate import validate
from solfa.composing.verify import verify
from solfa.encodings.conditions import Conditions
from solfa.encodings.protocol import Encoding
from solfa.encodings.sentinels import REST
from solfa.encodings.ticks import SIXTEENTH, to_quarters
from solfa.errors import RequestError, shown
from solfa.formats.grid_text import to_symbols
from solfa.melody import Melody, Note
from solfa.models.protocol import Model, Session
from solfa.runtime import as_model

BATCH = 64
"""Tunes composed at once, at most."""
_FIRST_BARS = 256
"""Bars of the first batch of a request: the first tunes are not to wait for a hundred others."""

Listen: TypeAlias = "Callable[[int, Note], None]"
"""Called with a tune's index and each of its notes as it comes."""

Finished: TypeAlias = "Callable[[Composition], None]"
"""Called with each tune as it is done."""


def compose(
    *,
    bars: int | None = None,
    steps: int | None = None,
    prompt: Prompt | None = None,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    finished: Finished | None = None,
    **wishes: Unpack[Wishes],
) -> list[Composition]:
    """Composes ``count`` melodies as asked; `Wishes` are all that can be asked.

    ``key="F# minor"``, ``meter="3/4"``, ``range="C4-G5"`` and a ``prompt`` that is a file, symbols
    or a `Melody` are understood. The tune has ``bars`` bars or ``steps`` sixteenths, the prompt's
    included. Metre, length, scale, range, largest leap, form, cadences and a final tonic are
    guaranteed. The same request, model and seed give the same tunes, whatever the count. ``listen``
    is called with every note as it comes, ``finished`` with every tune as it is done. Raises
    `RequestError` with every contradiction before any work, `ModelError` for an unknown model.

    >>> tune = compose(key="G", meter="3/4", bars=8, seed=7)[0]
    >>> tune.melody.duration
    Fraction(24, 1)
    """
    request = ask(bars=bars, steps=steps, prompt=prompt, **wishes)
    return compose_request(request, as_model(model), listen, finished=finished)


def continue_(
    prompt: Prompt,
    bars: int | None = None,
    *,
    steps: int | None = None,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    finished: Finished | None = None,
    **wishes: Unpack[Wishes],
) -> list[Composition]:
    """Goes on from ``prompt`` for ``bars`` new bars, once its own last bar is completed.

    Or for ``steps`` new sixteenths after its last note; if neither is given, to the end of the
    form, or for 8 bars and to the end of a phrase. Its notes and words stay as they are; key,
    metre, pickup and, unless a form is asked for, the rhythm of phrases are its own, and so are
    title, composer and tempo. The rest is as for
    `compose`.
    """
    if prompt is None:
        raise RequestError("nothing is given to go on with; give a file, notes or a Melody")
    request = ask(prompt=prompt, bars=bars, steps=steps, onward=True, **wishes)
    compiled = partial(continue_phrases, open_end=bars is None)
    return compose_request(request, as_model(model), listen, compiled=compiled, finished=finished)


def infill(
    tune: Prompt,
    bars: Numbers | None = None,
    *,
    phrases: Numbers | None = None,
    candidates: int | None = None,
    model: str | PathLike[str] | Model = "melody_lstm",
    listen: Listen | None = None,
    finished: Finished | None = None,
    **wishes: Unpack[Wishes],
) -> list[Composition]:
    """Rewrites ``bars`` of a tune, as in ``"5-8, 13"`` (0 is its pickup), or ``phrases``.

    All notes that begin elsewhere stay as they are with their words, and so do length, key, metre,
    pickup, phrase marks, title, composer and tempo; what else is asked holds for the new notes. A
    model that is given what follows a gap fits it; for others ``candidates`` are drawn for each
    tune (8 if left out), and the one is taken that makes the kept notes after the first gap
    likeliest. The rest is as for `compose`.
    """
    if bars is None and phrases is None:
        raise RequestError("nothing is to be written anew; give bars like '5-8', or phrases")
    request = ask(
        prompt=tune, rewrite=bars, rewrite_phrases=phrases, candidates=candidates, **wishes
    )
    return compose_request(request, as_model(model), listen, finished=finished)


def compose_request(
    request: Request,
    model: Model,
    listen: Listen | None = None,
    indices: Sequence[int] | None = None,
    *,
    compiled: Callable[[Request, Encoding], Problem] = validate,
    finished: Finished | None = None,
) -> list[Composition]:
    """Composes what ``request`` asks; of its tunes only ``indices``.

    ``compiled`` makes the problem of the resolved request, or raises `RequestError`.
    """
    for name, function in {"listen": listen, "finished": finished}.items():
        if function is not None and not callable(function):
            raise RequestError(f"{name} {shown(function)} cannot be called; give a function")
    tunes = Compositions()
    for tune in compose_each(request, model, listen, indices, compiled=compiled):
        if finished:
            finished(tune)
        tunes.append(tune)
    return tunes


def compose_each(
    request: Request,
    model: Model,
    listen: Listen | None = None,
    indices: Sequence[int] | None = None,
    *,
    compiled: Callable[[Request, Encoding], Problem] = validate,
) -> Iterator[Composition]:
    """The tunes of `compose_request` one by one, composed in batches of up to `BATCH`.

    The first batch is small where tunes are long, and each is twice as large as the one before.
    """
    problem = compiled(resolve(request, model), model.encoding)
    request, each = problem.request, problem.request.candidates or 1
    wanted = range(request.count) if indices is None else indices
    most = max(1, BATCH // each)
    bars = -(-problem.length // problem.bar)
    start, size = 0, _FIRST_BARS // (bars * each)
    while start < len(wanted):
        size = min(max(1, size), most)
        batch = wanted[start : start + size]
        for index, drawn in zip(batch, _sampled(problem, model, batch, listen), strict=True):
            yield _finished(problem, model, index, drawn)
        start, size = start + size, 2 * size


def _sampled(
    problem: Problem, model: Model, indices: Sequence[int], listen: Listen | None
) -> list[Sampled]:
    """The tunes ``indices`` as symbols, each the best of its candidates."""
    request, conditions = problem.request, problem.conditions
    each = request.candidates or 1
    all_conditions = [conditions] * (len(indices) * each)
    session = model.begin(all_conditions)
    notes = _Notes(session, indices, listen) if listen else None
    drawn = sample(
        session,
        Rules(problem),
        model.encoding.end,
        [g for index in indices for g in generators(request.seed, index, each)],
        temperature=request.temperature,
        top_p=request.top_p,
        min_p=request.min_p,
        biases=biases(request, model, all_conditions),
        **{"pushed": notes.pushed} if notes and each == 1 else {},
    )
    follows = after_gap(problem.fixed)
    best = [
        rerank(drawn[row : row + each], follows, model.encoding, conditions)
        for row in range(0, len(drawn), each)
    ]
    if notes:
        notes.close(model.encoding.decode(tune.symbols, conditions) for tune in best)
    return best


def biases(
    request: Request, model: Model, all_conditions: Sequence[Conditions]
) -> list[LogitsBias]:
    """The biases that ``request`` asks for: phrases like earlier ones, its style, no loops."""
    found: list[LogitsBias] = []
    plan = all_conditions[0].plan
    if any(phrase.likeness not in (1, None) for phrase in plan[1:]):
        given = "likeness" in model.features
        found.append(PhraseSimilarityBias(model.encoding, all_conditions, given=given))
    if request.style_strength != 1:
        found.append(StyleGuidance(model, all_conditions, request.style_strength))
    if request.loop_penalty > 0:
        melodic = model.encoding.melodic
        found.append(RepetitionPenalty(len(all_conditions), melodic, request.loop_penalty))
    return found


class _Notes:
    """Calls ``listen`` with each complete note of a batch; ``indices`` are those of its tunes."""

    def __init__(self, session: Session, indices: Sequence[int], listen: Listen) -> None:
        self._session, self._indices, self._listen = session, indices, listen
        self._passed: Counter[int] = Counter()

    def pushed(self, rows: Sequence[int]) -> None:
        music = self._session.state.music
        for row, count, ticks, pitch in zip(rows, music.count, *music.last, strict=True):
            if count > self._passed[row]:
                self._passed[row] = int(count)
                midi = None if pitch == REST else int(pitch)
                self._listen(self._indices[row], Note(midi, to_quarters(ticks)))

    def close(self, melodies: Iterable[Melody]) -> None:
        """Calls ``listen`` with the last notes, which the ends of the tunes completed."""
        for row, melody in enumerate(melodies):
            for note in melody.notes[self._passed[row] :]:
                self._listen(self._indices[row], note)


def generator(seed: int, *place: int) -> np.random.Generator:
    """The random generator of a tune of a request with ``seed``.

    ``place`` is the tune's index, and the candidate's number where there are several.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))


def generators(seed: int, index: int, candidates: int) -> list[np.random.Generator]:
    """The random generators of the ``candidates`` for the tune ``index``."""
    if candidates == 1:
        return [generator(seed, index)]
    return [generator(seed, index, number) for number in range(candidates)]


def _finished(problem: Problem, model: Model, index: int, drawn: Sampled) -> Composition:
    """The composition of a tune that is drawn: decoded, marked, verified, with its provenance."""
    encoding, request = model.encoding, problem.request
    melody = mark_phrases(encoding.decode(drawn.symbols, problem.conditions), problem)
    melody = with_words(with_keys(melody, request.prompt), request)
    made_by = Provenance(
        version("solfa"), model.name, model.hash, index, digest(melody), request.to_json()
    )
    melody = melody.replace(metadata=metadata_of(request, request.prompt, made_by))
    score = np.bincount(encoding.notes(drawn.symbols), weights=drawn.bits)
    return Composition(
        melody,
        request,
        model.name,
        model.hash,
        index,
        tuple(score.tolist()),
        verify(melody, problem),
        _symbols(melody, encoding),
    )


def _symbols(melody: Melody, encoding: Encoding) -> str | None:
    """The tune in the report's symbols, if it was composed on a grid of whole sixteenths."""
    if encoding.step_ticks is None or encoding.step_ticks % SIXTEENTH:
        return None
    return " ".join(to_symbols(melody.notes))


for _function in (compose, continue_, infill):  # so that help() lists what can be asked
    _function.__doc__ = f"{cleandoc(_function.__doc__ or '')}\n\n{listed(WISHES)}"
