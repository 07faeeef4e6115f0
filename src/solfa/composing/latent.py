"""Tunes from a latent space: reconstruction, sampling, variation, interpolation.

A point of the space is wrapped as a model (`solfa.composing.latent_space`) and composed from step
by step, so all rules of a request hold here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from math import ceil, sqrt
from os import PathLike
from typing import Any

import numpy as np

from solfa.choices import remedy
from solfa.composing.carry import metadata_of
from solfa.composing.compose import Finished, compose_request, generator
from solfa.composing.composition import Composition, Compositions
from solfa.composing.defaults import resolve, scale_of
from solfa.composing.latent_space import LatentSpace, space_of
from solfa.composing.provenance import Provenance, digest
from solfa.composing.request.ask import ask
from solfa.composing.request.parsing import number
from solfa.composing.request.prompt import Prompt, read_prompt
from solfa.composing.request.request import Request, abc_of
from solfa.composing.validation.validate import validate
from solfa.encodings.conditions import Conditions
from solfa.encodings.units import BARS
from solfa.errors import RequestError
from solfa.melody import Melody, Meter
from solfa.models.protocol import Model
from solfa.runtime import as_model

_MOST_POINTS = 100
_MOST_UNITS = 26
ASKED = {
    *("key", "mode", "meter", "pickup", "bars", "scale", "range"),
    *("temperature", "top_p", "seed", "tempo", "count"),
}
"""The wishes that a tune from a latent space can take."""
TUNES = ("tune", "first", "last")
"""The arguments of `COMMANDS` that are tunes."""


def reconstruct(
    tune: Prompt, *, model: str | PathLike[str] | Model = "vae", **asked: Any
) -> Composition:
    """The tune encoded into the latent space and decoded again.

    `vae` reconstructs as many whole bars as its window holds. ``asked`` takes temperature, top_p,
    seed, scale, range and tempo. Raises `RequestError` for a tune that is not in one metre
    throughout, `ModelError` for a model without a latent space.
    """
    return walk(tune, tune, 1, model=model, **asked)[0]


def sample(
    count: int = 1,
    *,
    model: str | PathLike[str] | Model = "vae",
    form: str | None = None,
    finished: Finished | None = None,
    **asked: Any,
) -> list[Composition]:
    """``count`` tunes from points drawn from the prior, a standard normal distribution.

    A latent that lies further out than 99 % of the training tunes' is moved onto that radius, so
    that no implausible melody is decoded (report). ``form``, as in ``"AABA"``, has a letter for
    each four bars of `melody_vae`: the same letter is the same latent. ``asked`` takes key, mode,
    meter, pickup, bars, scale, range, temperature, top_p, seed and tempo. Raises as `reconstruct`,
    and `RequestError` for a form that does not fit the length or the model.
    """
    found = as_model(model)
    space = space_of(found)
    if form is not None:
        if space.steps is not None:
            raise RequestError(f"{found.name} has no latent for each four bars; leave form out")
        asked = {"bars": BARS * len(_form(form)), **asked}
    request = _request(space, found, {**asked, "count": 1})
    validate(resolve(request, found), found.encoding)
    size = space.latents(request)
    if form is not None and size != len(form):
        raise RequestError(
            f"form {form} has {len(form)} parts, and the tune of {found.name} {size}; leave one out"
        )
    which = [form.index(letter) for letter in form] if form else list(range(size))

    def drawn(index: int) -> Composition:
        point = generator(request.seed, index).standard_normal((size, space.size))
        place = space.at(space.within(point)[which], f"sample {index + 1}")
        return compose_request(request, place)[0]

    tunes = map(drawn, range(_points(count, "count")))
    return _recorded(tunes, finished, "sample", found, request, count=count, form=form)


def vary(
    tune: Prompt,
    count: int = 1,
    *,
    likeness: float = 0.8,
    model: str | PathLike[str] | Model = "melody_vae",
    finished: Finished | None = None,
    **asked: Any,
) -> list[Composition]:
    """``count`` variations of a tune: its point mixed with points of the prior, and decoded.

    ``likeness`` (0..1) is the correlation of the new point with the tune's own: 1 reconstructs the
    tune, 0 is independent of it. ``asked`` and errors as for `reconstruct`.
    """
    if not 0 <= number("likeness")(likeness) <= 1:
        raise RequestError(f"likeness {likeness} is outside 0..1; 1 stays nearest to the tune")
    found = as_model(model)
    space, melody = space_of(found), _single(read_prompt(tune))
    request = _like(melody, space, found, bars_of(melody), asked, (melody,))
    home = space.where(melody, request)

    def varied(index: int) -> Composition:
        drawn = generator(request.seed, index).standard_normal(home.shape)
        point = space.within(mixed(home, drawn, likeness))
        return compose_request(request, space.at(point, f"variation {index + 1}"))[0]

    tunes = map(varied, range(_points(count, "count")))
    given = {"tune": melody, "count": count, "likeness": likeness}
    return _recorded(tunes, finished, "vary", found, request, melody, **given)


def walk(
    first: Prompt,
    last: Prompt,
    points: int = 7,
    *,
    model: str | PathLike[str] | Model = "vae",
    finished: Finished | None = None,
    **asked: Any,
) -> list[Composition]:
    """Interpolation: tunes at ``points`` equidistant points of the line between two tunes.

    The ends are the reconstructions of ``first`` and ``last``. All are in the key and metre of the
    first; their number of bars is interpolated too. ``asked`` and errors as for `reconstruct`;
    raises `RequestError` also where the two differ in metre or pickup.
    """
    found = as_model(model)
    space = space_of(found)
    ends = [read_prompt(tune) for tune in (first, last)]
    if ends[0].meter != ends[1].meter or ends[0].pickup != ends[1].pickup:
        facts = [f"{tune.meter} with a pickup of {tune.pickup}" for tune in ends]
        raise RequestError(f"the tunes are in {' and '.join(facts)}; walk between tunes alike")
    start, goal = (_single(tune) for tune in ends)
    requests = [
        _like(start, space, found, bars_of(tune), asked, (start, goal)) for tune in (start, goal)
    ]
    here, there = (space.where(*end) for end in zip((start, goal), requests, strict=True))
    way = np.linspace(0, 1, _points(points, "points"))
    bars = [request.bars or 0 for request in requests]
    tunes = (
        compose_request(
            replace(requests[0], bars=round(bars[0] + share * (bars[1] - bars[0]))),
            space.at(space.within(between(here, there, share)), f"point {place} of {points}"),
        )[0]
        for place, share in enumerate(way, 1)
    )
    source = start if start == goal else None
    given = {"first": start, "last": goal, "points": points}
    return _recorded(tunes, finished, "walk", found, requests[0], source, **given)


COMMANDS: dict[str, Callable[..., list[Composition]]] = {
    "sample": sample,
    "vary": vary,
    "walk": walk,
}
"""The functions that `Provenance.latent` may name; a reconstruction is a walk of one point."""


def _recorded(
    tunes: Iterable[Composition],
    finished: Finished | None,
    command: str,
    model: Model,
    request: Request,
    source: Melody | None = None,
    **arguments: Any,
) -> list[Composition]:
    """The tunes, each with a provenance that names the function and its arguments.

    They carry the metadata of the tune that is their ``source``, if there is one.
    """
    plain = {
        name: abc_of(value) if isinstance(value, Melody) else value
        for name, value in arguments.items()
    }
    asked = {name: value for name, value in request.to_json().items() if name in ASKED}
    recorded = Compositions()
    for index, tune in enumerate(tunes):
        record = Provenance(
            version("solfa"),
            model.name,
            model.hash,
            index,
            digest(tune.melody),
            {**asked, **plain},
            command,
        )
        metadata = metadata_of(request, source, record)
        recorded.append(replace(tune, melody=tune.melody.replace(metadata=metadata)))
        if finished:
            finished(recorded[-1])
    return recorded


def mixed(home: np.ndarray, drawn: np.ndarray, likeness: float) -> np.ndarray:
    """A point (K, Z) whose correlation with ``home`` is ``likeness``; the rest is ``drawn``.

    Where both have the same variance, so has the mixture.
    """
    return np.asarray(likeness * home + sqrt(1 - likeness**2) * drawn)


def between(here: np.ndarray, there: np.ndarray, share: float) -> np.ndarray:
    """The point (K, Z) at a ``share`` (0..1) of the line from ``here`` to ``there``.

    Where one point has more latents than the other, these are taken over as they are.
    """
    one = np.concatenate([here, there[len(here) :]])
    other = np.concatenate([there, here[len(there) :]])
    return np.asarray(one + share * (other - one))


def beside(request: Request, tune: Melody) -> Request:
    """The request, to be composed in the register of ``tune``, which has the same key."""
    return replace(request, tonic=Conditions.of(tune).tonic)


def _points(asked: int, name: str) -> int:
    if not isinstance(asked, int) or not 1 <= asked <= _MOST_POINTS:
        raise RequestError(f"{name} {asked!r} is no whole number in 1..{_MOST_POINTS}")
    return asked


def _form(form: str) -> str:
    if not isinstance(form, str) or not (form.isalpha() and len(form) <= _MOST_UNITS):
        raise RequestError(
            f"form {form!r} is no letter for each four bars; write one like AABA, {_MOST_UNITS} at"
            " most"
        )
    return form


def _single(tune: Melody) -> Melody:
    """The tune; `RequestError` if it is not in one metre throughout or has no notes."""
    if tune.meter is None or tune.meter_changes or not tune.notes:
        raise RequestError("a walk needs tunes in one metre throughout; give others")
    return tune


def bars_of(tune: Melody) -> int:
    """How many bars a tune has after its pickup, a last incomplete one counted.

    A tune in free metre is counted in 4/4.
    """
    return max(1, ceil((tune.duration - tune.pickup) / (tune.meter or Meter(4, 4)).bar))


def _like(
    tune: Melody,
    space: LatentSpace,
    model: Model,
    bars: int,
    asked: dict[str, Any],
    tunes: Sequence[Melody],
) -> Request:
    """The request for ``bars`` bars in the key, the metre and the register of a tune.

    The scale is that of `scale_of`, with what other pitches the given ``tunes`` have.
    """
    given: dict[str, Any] = {"key": tune.key, "meter": tune.meter, "pickup": tune.pickup}
    most = space.most_bars(tune.meter or Meter(4, 4))
    if most != 0:  # else refused below
        given["bars"] = bars if most is None else min(most, bars)
    moved = [each.transpose(tune.key.pitch_class - each.key.pitch_class) for each in tunes]
    pitches = [note for each in moved for note in each.notes]
    asked = {"scale": scale_of(tune.key, model.encoding, pitches), **asked}
    request = _request(space, model, {"seed": 0, **asked, **given, "count": 1})
    return beside(request, tune)


def _request(space: LatentSpace, model: Model, asked: dict[str, Any]) -> Request:
    """The request for a tune from this space; its default length is all that a point represents.

    Raises `RequestError` for a wish outside `ASKED`, and for more bars than a point represents.
    """
    if strange := set(asked) - ASKED:
        name = min(strange)
        raise RequestError(f"{name} cannot be asked of a point; {remedy(name, sorted(ASKED))}")
    plain = {"temperature": 0.3, "pickup": 0, "loop_penalty": 0.0}
    request = ask(**{**plain, **asked})
    most = space.most_bars(request.meter)
    if most == 0:
        raise RequestError(
            f"a bar of {request.meter} is longer than the {space.steps} steps that {model.name}"
            " knows; choose a shorter metre"
        )
    if "bars" in asked and most is not None and (request.bars or 0) > most:
        raise RequestError(f"bars {request.bars} is outside 1..{most} of {request.meter}")
    return request if "bars" in asked else replace(request, bars=most or 16, steps=None)
