"""`replay`: composes the tune of a file again, from the provenance that the file carries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from inspect import signature
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from typing import Any

from solfa.composing import latent
from solfa.composing.compose import compose_request
from solfa.composing.composition import Composition
from solfa.composing.provenance import Provenance, digest, fingerprint
from solfa.composing.request.ask import ask
from solfa.composing.request.request import WISHES
from solfa.composing.verify import Check
from solfa.errors import ModelError, ReadError, RequestError, SolfaError
from solfa.files import as_place
from solfa.formats import READERS, read_all
from solfa.melody import Melody
from solfa.models.protocol import Model
from solfa.runtime import MODELS, as_model

CARRIERS = tuple(suffix for suffix in READERS if suffix != ".txt")
"""Suffixes of the formats that carry a provenance: those with room for comments."""

_LONGEST = 300  # characters of a reason: a file's own values may be of any length


def replay(
    path: str | PathLike[str],
    model: str | PathLike[str] | Model | None = None,
    *,
    tune: int = 1,
) -> Composition:
    """Composes the tune of a file again, and compares the two.

    Of the tunes that were asked for together only this one is composed. ``tune`` is its number in a
    file of several tunes, from 1. Without a ``model`` the bundled one of the recorded name is
    taken. The last of the composition's ``checks`` is kept if the result equals the file's tune,
    and else names what differs and why. Raises `ReadError` for a file without a provenance,
    `RequestError` for a request that cannot be met, `ModelError` where another model made the tune.
    """
    path = Path(as_place("file", path))
    return compose_again(_read(path, tune), str(path), model)


def compose_again(
    melody: Melody, source: str, model: str | PathLike[str] | Model | None = None
) -> Composition:
    """Composes ``melody`` again from the provenance that it carries; errors name its ``source``.

    ``model``, the added check and the errors are as for `replay`.
    """
    record = Provenance.of(melody, source)
    found = _model(record, model, source)
    try:
        again = _compose(record, found)
    except SolfaError as error:
        text = str(error) if len(str(error)) <= _LONGEST else f"{str(error)[:_LONGEST]}..."
        raise RequestError(
            f"{source}: its request cannot be met: {text}{_elsewhere(record)}"
        ) from error
    return replace(again, checks=(*again.checks, _same(melody, again.melody, record, source)))


def _read(path: Path, number: int) -> Melody:
    """The tune of this ``number``, from 1, in a file; `ReadError` if there is none."""
    if path.suffix.lower() not in CARRIERS:
        raise ReadError(
            f"{path.suffix or 'a file without a suffix'} carries no request; give the tune's"
            f" {', '.join(CARRIERS)}",
            str(path),
        )
    tunes = read_all(path)
    if not 1 <= number <= len(tunes):
        raise ReadError(f"holds {len(tunes)} tunes; choose one of them by its number", str(path))
    tune = tunes[number - 1]
    if isinstance(tune, ReadError):
        raise tune
    return tune


def _model(record: Provenance, given: str | PathLike[str] | Model | None, source: str) -> Model:
    """The model that made the tune; `ModelError` if the hash of the one at hand differs."""
    maker = f"{source} was made by {record.model} {record.hash}"
    if given is None and record.model not in MODELS:
        raise ModelError(f"{maker}, which is not bundled; give its folder as the model")
    name = record.model if given is None else given
    found = as_model(name)
    if found.hash != record.hash:
        raise ModelError(
            f"{maker}, and the model at hand is {found.name} {found.hash}; give the folder of the"
            f" one that made it as the model{_elsewhere(record)}"
        )
    return found


def _elsewhere(record: Provenance) -> str:
    """The end of a message that names another version of solfa; empty if it is this one."""
    if record.solfa == version("solfa"):
        return ""
    return (
        f"; solfa {record.solfa} composed it, this is {version('solfa')}:"
        f" pip install solfa=={record.solfa}"
    )


def _compose(record: Provenance, model: Model) -> Composition:
    if record.latent:
        return _latent(record, model)
    request = ask(**_known(record.request, WISHES))
    if not 0 <= record.index < request.count:
        raise RequestError(f"tune {record.index + 1} is outside the {request.count} asked for")
    return compose_request(request, model, indices=[record.index])[0]


def _latent(record: Provenance, model: Model) -> Composition:
    """A tune from a latent space, composed again together with those before it."""
    if record.latent not in latent.COMMANDS:
        raise RequestError(f"latent command {record.latent!r} is unknown")
    command = latent.COMMANDS[record.latent]
    known = {*signature(command).parameters, *latent.ASKED} - {"model", "finished", "asked"}
    asked = _known(record.request, known)
    if missing := {*signature(command).parameters} & {*latent.TUNES} - {*asked}:
        raise RequestError(f"{min(missing)} is missing")
    tunes = command(**asked, model=model)
    if not 0 <= record.index < len(tunes):
        raise RequestError(f"tune {record.index + 1} is outside the {len(tunes)} asked for")
    return tunes[record.index]


def _known(asked: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The recorded request as arguments; `RequestError` for names that are not ``known``.

    Tunes in it must be ABC text: a request that comes from a file must not open other files.
    """
    if strange := set(asked) - set(known):
        raise RequestError(f"{min(strange)[:40]!r} is unknown to solfa {version('solfa')}")
    for name in ("prompt", *latent.TUNES):
        tune = asked.get(name, "%abc")
        if not (isinstance(tune, str) and tune.startswith("%abc")):
            raise RequestError(f"{name} is no ABC")
    return dict(asked)


def _same(given: Melody, made: Melody, record: Provenance, source: str) -> Check:
    """The check that ``made`` equals the file's ``given`` tune, by `fingerprint`.

    Where it does not, the check names the differences and their cause.
    """
    name = f"the same as {Path(source).name}"
    if fingerprint(given) == fingerprint(made):
        return Check(name, True)
    reasons = []
    if digest(given) != record.digest:
        reasons.append("which was edited since")
    if digest(made) != record.digest:
        reasons.append(
            "which this version makes otherwise"
            if _elsewhere(record)
            else "which this machine makes otherwise (another rounds in other places, or solfa was"
            " changed without a new version)"
        )
    return Check(
        f"{name}, {' and '.join(reasons)}: {_difference(given, made)}{_elsewhere(record)}", False
    )


def _difference(given: Melody, made: Melody) -> str:
    """What differs between the file's ``given`` tune and the one that was ``made``, in words."""
    theirs, ours = fingerprint(given), fingerprint(made)
    found = [
        f"{name} {one} for {other}"
        for name, one, other in (
            ("key", theirs.key, ours.key),
            ("metre", theirs.meter, ours.meter),
            ("pickup", theirs.pickup, ours.pickup),
        )
        if one != other
    ]
    if theirs.key == ours.key and theirs.key_changes != ours.key_changes:
        found.append("other changes of key")
    if theirs.meter == ours.meter and theirs.meter_changes != ours.meter_changes:
        found.append("bars of other lengths")
    if (theirs.sounds, theirs.duration) != (ours.sounds, ours.duration):
        pairs = zip_longest(theirs.sounds, ours.sounds)
        first = next((pair for pair in pairs if pair[0] != pair[1]), ())
        at = min((sound[0] for sound in first if sound), default=made.duration)
        found.append(f"other notes from {_bar(made, at)} on")
    elif theirs.phrase_ends != ours.phrase_ends:
        found.append("other phrase marks")
    return ", ".join(found)


def _bar(melody: Melody, at: Fraction) -> str:
    """The name of the bar that time ``at`` (quarters) falls into."""
    starts = [onset for onset, *_ in melody.bar_lines()]
    number = bisect_right(starts, at) - (melody.pickup > 0)
    return f"bar {number}" if number else "the pickup"
