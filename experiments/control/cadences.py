"""Where phrases close: on the tonic, on a note of the dominant, elsewhere; songs and tunes alike.

Every tune is asked for the form, key, metre, pickup, length and style of a real song, and for no
cadence, so that only what is told of forms, and what was learned, says how its phrases close.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from experiments.control.forms import phrases_at
from solfa.analysis.cadences import endings
from solfa.analysis.note_overlap import phrase_plan_of
from solfa.composing.compose import compose_request
from solfa.composing.constraints.phrase_plan import phrase_spans
from solfa.composing.request.form import Phrase as Planned
from solfa.composing.request.form import written
from solfa.composing.request.request import Request
from solfa.evaluation.songs import request_like
from solfa.evaluation.statistics import Share
from solfa.melody import Key, Melody, Note
from solfa.models.protocol import Model

Close: TypeAlias = Literal["tonic", "dominant", "elsewhere"]
CLOSES: tuple[Close, ...] = ("tonic", "dominant", "elsewhere")
PLACES = ("first", "inner, before a phrase that comes again", "inner, before a new phrase", "last")
_FEWEST, _MOST = 3, 12  # phrases


@dataclass(frozen=True)
class Cadences:
    """How phrases close at each of `PLACES`, in songs and in tunes of the same forms."""

    tunes: int
    songs: dict[str, dict[Close, Share]]
    composed: dict[str, dict[Close, Share]]

    def apart(self, place: str) -> float:
        """The share of tunes' phrases, 0..1, that would have to close otherwise to be as songs'."""
        pairs = zip(self.songs[place].values(), self.composed[place].values(), strict=True)
        return sum(abs(song.value - tune.value) for song, tune in pairs) / 2


def cadences_of(model: Model, songs: Sequence[Melody], count: int, seed: int) -> Cadences:
    """Of ``count`` songs, drawn by the seed, whose form can be asked for; and as many tunes."""
    random = np.random.default_rng(seed)
    real: dict[str, Counter[Close]] = {place: Counter() for place in PLACES}
    made: dict[str, Counter[Close]] = {place: Counter() for place in PLACES}
    tunes = 0
    for number in random.permutation(len(songs)):
        request = request_of(songs[number], model, int(random.integers(10**6)))
        if request is None:
            continue
        tune = compose_request(request, model)[0].melody
        _count(songs[number], request, real)
        _count(tune, request, made)
        tunes += 1
        if tunes == count:
            break
    return Cadences(tunes, _shares(real), _shares(made))


def request_of(song: Melody, model: Model, seed: int) -> Request | None:
    """The request for a tune of the song's form; None where it cannot be asked for.

    A phrase that is the same again has the letter of its first, one that is varied a prime.
    """
    form = form_of(song)
    if not _FEWEST <= len(form) <= _MOST:
        return None
    return request_like(song, model.encoding, form=written(form), seed=seed)


def form_of(song: Melody) -> tuple[Planned, ...]:
    """The form as a person would write it; none where a phrase is no whole number of bars."""
    if song.meter is None or song.meter_changes or not song.phrase_ends:
        return ()
    form: list[Planned] = []
    letters = 0
    for planned in phrase_plan_of(song):
        bars = planned.length / song.meter.bar
        if bars.denominator != 1:
            return ()
        if planned.like is None:
            form.append(Planned(chr(ord("A") + letters), 0, int(bars)))
            letters += 1
        else:
            earlier = form[planned.like]
            primes = earlier.primes if planned.likeness == 1 else 1
            form.append(Planned(earlier.letter, primes, int(bars)))
    return tuple(form) if letters <= _MOST else ()


def close_of(phrase: Sequence[Note], key: Key) -> Close:
    """What the last sounding note of the phrase is in the key."""
    sounding = [note.pitch for note in phrase if note.pitch is not None]
    degree = (sounding[-1] - key.pitch_class) % 12 if sounding else None
    if degree in endings("full", key.mode):
        return "tonic"
    return "dominant" if degree in endings("half", key.mode) else "elsewhere"


def _count(tune: Melody, request: Request, closes: dict[str, Counter[Close]]) -> None:
    plan = phrase_spans(request)
    for index, phrase in enumerate(phrases_at(tune, plan)):
        if index == 0:
            place = PLACES[0]
        elif index == len(plan) - 1:
            place = PLACES[3]
        else:
            place = PLACES[2 if plan[index + 1].like is None else 1]
        closes[place][close_of(phrase, tune.key)] += 1


def _shares(closes: dict[str, Counter[Close]]) -> dict[str, dict[Close, Share]]:
    return {
        place: {close: Share(counts[close], counts.total()) for close in CLOSES}
        for place, counts in closes.items()
    }
