"""Conflicts: wishes of a request that contradict each other, as error texts with a remedy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise
from math import ceil
from typing import Any

from solfa.analysis.cadences import endings
from solfa.composing.constraints.problem import Problem, compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.request.form import Form, written
from solfa.composing.request.kept import keys_of_new_notes, notes_in_key, same_key
from solfa.composing.request.request import WISHES, Request
from solfa.encodings.conditions import FixedNote
from solfa.encodings.protocol import Encoding
from solfa.encodings.sentinels import REST
from solfa.encodings.ticks import to_quarters
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Note

_EASED: dict[str, tuple[Any, str]] = {
    "largest_leap": (None, ""),
    "cadences": ((), "leave some free"),
    "form": ((), "choose another form"),
    "scale": (None, "choose another scale"),
    "range": (None, "widen it"),
}
"""Wishes that can make a request impossible: the value that frees it, and the remedy."""
_FREE: dict[str, Any] = {"pickup": None, "scale": None, "range": None, "largest_leap": None}
"""Wishes that are wrong by themselves are left out before the others are compiled."""
_FORMING = {"form", "cadences", "likeness"}
_FORMLESS: dict[str, Any] = {"form": (), "cadences": ()}


def conflicts(
    request: Request, encoding: Encoding, wrong: Collection[str]
) -> tuple[list[str], Problem | None]:
    """The error texts of all conflicts, and the compiled problem if there is one.

    Conflicts that involve a wish that is ``wrong`` by itself are left out; the problem is compiled
    without the wishes that are wrong or contradict.
    """
    wrong, found = set(wrong), list[str]()
    if request.prompt and "prompt" not in wrong:
        found += _against_prompt(request, request.prompt, wrong)
    if wrong & {"length", "prompt", "rewrite"}:
        return found, None
    usable = replace(request, **{name: _FREE[name] for name in wrong & _FREE.keys()})
    unfit = [] if wrong & _FORMING else list(_parting(usable))
    if unfit or wrong & _FORMING:
        usable = replace(usable, **_FORMLESS)
    try:
        problem = compile_request(usable, encoding)
    except SolfaError as error:
        not_encodable = f"the model cannot say the prompt ({error}); change the prompt or the model"
        return [*found, *unfit, not_encodable], None
    found += unfit
    if unformed := list(_form(problem)):
        found += unformed
        problem = compile_request(replace(usable, **_FORMLESS), encoding)
    if not wrong & {"range", "scale"} and (silent := list(_pitches(problem, encoding))):
        found += silent
        eased = replace(problem.request, range=None, scale=None, cadences=())
        problem = compile_request(eased, encoding)
    if not wrong & _FREE.keys():
        found += _times(problem, encoding)
    return found, problem


def _against_prompt(request: Request, prompt: Melody, wrong: set[str]) -> Iterator[str]:
    """Where the prompt contradicts what is asked."""
    key, theirs = request.key, keys_of_new_notes(request)
    pitches = [n.pitch for n in notes_in_key(prompt, key) if n.pitch is not None]
    if theirs and not any(same_key(key, other) for other in theirs):
        yield f"key {key} is not the prompt's ({theirs[0]}); leave it out, or transpose the prompt"
    if request.meter != prompt.meter:
        yield f"metre {request.meter} is not the prompt's ({prompt.meter}); leave it out"
    # a prompt shorter than the pickup is all pickup
    if request.pickup is not None and prompt.pickup != min(request.pickup, prompt.duration):
        yield f"pickup {request.pickup} is not the prompt's ({prompt.pickup}); leave it out"
    if request.infills:
        return  # what is kept is beyond the rules
    if "scale" not in wrong:
        outside = [p for p in pitches if p % 12 not in request.pitch_classes]
        if outside:
            yield (
                f"the prompt's {_names(key, outside)} outside the scale {request.scale!r}"
                f" of {key}; choose another scale"
            )
    if request.range and "range" not in wrong:
        low, high = request.range
        outside = [p for p in prompt.pitches if not low <= p <= high]
        if outside:
            yield (
                f"the prompt's {_names(key, outside)} outside the range"
                f" {key.spell(low)}-{key.spell(high)}; widen the range"
            )
    if request.largest_leap is not None and "largest_leap" not in wrong:
        leaps = {abs(b - a): (a, b) for a, b in pairwise(prompt.pitches)}
        most = max(leaps, default=0)
        if most > request.largest_leap:
            low, high = leaps[most]
            yield (
                f"the prompt leaps {most} semitones, from {key.spell(low)} to {key.spell(high)},"
                f" beyond largest_leap {request.largest_leap}; allow {most}"
            )


def _parting(request: Request) -> Iterator[str]:
    """Why the form does not divide this tune into phrases: error texts, none if it does."""
    form, cadences = request.form, request.cadences
    if not form:
        if cadences:
            yield f"cadences {' '.join(cadences)} need phrases; give form or phrase_bars"
        if request.likeness != 1:
            yield f"likeness {request.likeness} needs a form that repeats, as AABA; give one"
        return
    name = _name(form)
    if request.steps is not None:
        yield f"{name} parts bars, and {request.steps} steps are asked for; ask for bars"
    elif uneven := _parted(request, name):
        yield uneven
    elif len(cadences) not in (0, 1, len(form)):
        yield (
            f"{len(cadences)} cadences are asked for, and {name} has {len(form)} phrases;"
            f" write one for all but the last, or {len(form)}"
        )
    elif len(cadences) == len(form) and cadences[-1] == "half":
        yield "the last phrase ends on the tonic, not half; write full for it"


def _form(problem: Problem) -> Iterator[str]:
    """Conflicts of the phrases with the likeness, the prompt and each other."""
    request, phrases = problem.request, problem.phrases
    if phrases and request.likeness != 1 and all(phrase.like is None for phrase in phrases):
        yield (
            f"likeness {request.likeness} needs a form that repeats, and {_name(request.form)} does"
            " not; write one like AABA"
        )
    alike = list(_unlike_repeats(problem))
    yield from alike
    if request.prompt and phrases and not alike:
        yield from _against_fixed(problem)


def _name(form: Form) -> str:
    """The wish by which the form was asked: ``form ...`` or ``phrase_bars ...``."""
    if form[0].letter:
        return f"form {written(form)}"
    return f"phrase_bars {','.join(str(phrase.bars) for phrase in form)}"


def _parted(request: Request, name: str) -> str | None:
    """Why the phrases do not add up to the tune's bars; None if they do."""
    bars = request.length / request.meter.bar
    if bars.denominator != 1:
        return (
            f"{name} parts whole bars, and the tune lasts {bars} bars of {request.meter};"
            " leave it out"
        )
    given = sum(phrase.bars or 0 for phrase in request.form)
    sharing = sum(phrase.bars is None for phrase in request.form)
    if not sharing:
        if given == bars:
            return None
        remedy = "mend it" if request.infills else f"ask for bars {given}, or mend it"
        return f"{name} makes {given} bars, and the tune has {bars}; {remedy}"
    each = ceil((bars - given) / sharing)
    if (bars - given) % sharing == 0 and each > 0:
        return None
    fitting = given + sharing * max(each, 1)
    remedy = "give their lengths" if request.infills else f"ask for bars {fitting}"
    rest = "" if not given else f" beside {given}"
    return (
        f"the {bars} bars cannot be parted equally among {sharing} phrases of {name}{rest};"
        f" {remedy}, or write lengths like A4"
    )


def _unlike_repeats(problem: Problem) -> Iterator[str]:
    """Phrases that are to be the same, and are asked to differ."""
    phrases = problem.phrases
    for first, others in problem.exact_repeats.items():
        letter = problem.request.form[first].letter
        if unlike := [i for i in others if phrases[i].length != phrases[first].length]:
            bars = [phrases[i].length // problem.bar for i in (first, unlike[0])]
            yield (
                f"{letter} has {bars[0]} bars and then {bars[1]}, which cannot be the same note for"
                f" note; write {letter}', or likeness below 1"
            )
        kinds = {phrases[i].cadence: i + 1 for i in others if phrases[i].cadence != "free"}
        if len(kinds) > 1:
            yield (
                f"phrases {kinds['half']} and {kinds['full']} are the same {letter}, and end half"
                f" and full; write {letter}' for one, likeness below 1, or other cadences"
            )


def _against_fixed(problem: Problem) -> Iterator[str]:
    """Where the fixed notes contradict the form."""
    request, phrases = problem.request, problem.phrases
    for note in problem.fixed:
        over = [i for i, phrase in enumerate(phrases, 1) if note.onset < phrase.end < note.end]
        if over:
            yield (
                f"the prompt's note at quarter {to_quarters(note.onset)} goes on over the end of"
                f" phrase {over[0]} of the form, at {to_quarters(phrases[over[0] - 1].end)}; choose"
                " other phrases"
            )
            return
    inside = [
        [
            note._replace(onset=note.onset - phrase.start)
            for note in problem.fixed
            if phrase.start <= note.onset < phrase.end
        ]
        for phrase in phrases
    ]
    for first, others in problem.exact_repeats.items():
        for a, b in ((a, b) for a in others for b in others if a < b):
            if not _agree(inside[a], inside[b]):
                letter = request.form[first].letter
                yield (
                    f"phrases {a + 1} and {b + 1} of form {written(request.form)} are the same"
                    f" {letter}, and not the same in the prompt; write {letter}', or likeness below"
                    " 1"
                )
                return
    if not request.infills:
        yield from _cadences_of_prompt(problem, inside)


def _agree(some: list[FixedNote], others: list[FixedNote]) -> bool:
    """Whether notes of two phrases that are the same can all be kept."""
    return all(
        one == other or one.end <= other.onset or other.end <= one.onset
        for one in some
        for other in others
    )


def _cadences_of_prompt(problem: Problem, inside: list[list[FixedNote]]) -> Iterator[str]:
    """Phrases that the prompt ends otherwise than asked, or otherwise than their repeats must."""
    request, phrases = problem.request, problem.phrases
    asked = {index: phrase.cadence for index, phrase in enumerate(phrases)}
    for first, others in problem.exact_repeats.items():
        asked[first] = next((asked[i] for i in others if asked[i] != "free"), "free")
    last = phrases[-1].like if phrases[-1].exact else None
    reached = problem.fixed[-1].end if problem.fixed else 0
    for index, notes in enumerate(inside):
        if phrases[index].end > reached or asked[index] == "free":
            continue
        sounding = [note.pitch for note in notes if note.pitch != REST]
        if index == last and notes[-1].pitch == REST:
            yield (
                f"phrase {index + 1} ends with a rest in the prompt, and its repeat is to end the"
                f" tune; write {request.form[index].letter}' for the last"
            )
        elif not sounding or (sounding[-1] - request.key.pitch_class) % 12 not in endings(
            asked[index], request.key.mode
        ):
            name = request.key.spell(sounding[-1]) if sounding else "a rest"
            yield (
                f"phrase {index + 1} ends on {name} in the prompt, which is no {asked[index]}"
                " cadence; ask for another"
            )


def _pitches(problem: Problem, encoding: Encoding) -> Iterator[str]:
    """Cadences need notes in the range, in the scale and in the model's vocabulary."""
    request = problem.request
    key, (low, high) = request.key, request.range or (0, 127)
    encodable = encoding.pitches(problem.conditions)
    finals = [pitch for pitch in encodable if pitch % 12 == key.pitch_class]
    where = f"range {key.spell(low)}-{key.spell(high)}"
    reached = problem.fixed[-1].end if problem.fixed else 0
    if reached < problem.length and not any(low <= pitch <= high for pitch in finals):
        names = ", ".join(str(key.spell(pitch)) for pitch in finals)
        remedy = f"include one of {names}" if names else "choose another key"
        yield f"{where} has no final tonic that the model can say; {remedy}"
    if any(phrase.cadence == "half" for phrase in problem.phrases) and not request.infills:
        half = {(key.pitch_class + step) % 12 for step in endings("half", key.mode)}
        names = "the 2nd, 5th or 7th degree"
        if not half & request.pitch_classes:
            yield f"scale {request.scale!r} has no half cadence; add {names}"
        elif not any(
            low <= pitch <= high and pitch % 12 in half & request.pitch_classes
            for pitch in encodable
        ):
            yield f"{where} has no half cadence; include {names}"


def _times(problem: Problem, encoding: Encoding) -> Iterator[str]:
    """Bars must be fillable, and the prompt leave room and be in the model's vocabulary."""
    request = problem.request
    prompt, pickup, meter = request.prompt, request.pickup, request.meter
    unit = "steps" if request.bars is None else "bars"
    whole = f"{request.steps} steps" if request.bars is None else f"{request.bars} bars of {meter}"
    if pickup is not None and pickup >= request.length:
        yield (
            f"pickup {pickup} (quarters) leaves no room in {whole} ({request.length});"
            f" ask for more {unit}"
        )
        return
    if prompt is None:
        if not Rules(problem).possible:
            upbeat = "" if pickup is None else f" with pickup {pickup}"
            what = f"{whole} in {meter}" if request.bars is None else f"bars of {meter}"
            yield _eased(request, encoding) or (
                f"{what}{upbeat} cannot be filled with the model's durations;"
                " choose another metre or pickup"
            )
        return
    if prompt.duration >= request.length and not request.infills:
        yield (
            f"the prompt lasts {prompt.duration} quarters, which leaves no room in {whole}"
            f" ({request.length}); ask for more {unit}"
        )
        return
    try:
        _encode(problem, encoding)
    except SolfaError as error:
        yield f"the model cannot say the prompt ({error}); change the prompt or the model"
        return
    if request.meter != prompt.meter or Rules(problem).possible:
        return
    if eased := _eased(request, encoding):
        yield eased
    elif request.infills:
        yield (
            "what is to be written anew cannot be filled with the model's durations between the"
            " notes that are kept; name more bars"
        )
    else:
        yield (
            f"the prompt ends {prompt.duration} quarters in, from where the model's durations"
            f" cannot complete the bars of {request.meter}; end it on a beat"
        )


def _encode(problem: Problem, encoding: Encoding) -> None:
    """Raises `SolfaError` for fixed notes that the model has no symbols for."""
    fixed = tuple(
        Note(None if note.pitch == REST else note.pitch, to_quarters(note.duration))
        for note in problem.fixed
    )
    request = problem.request
    encoding.encode(Melody(fixed, request.key, request.meter), problem.conditions)
    for note in problem.fixed:
        if note.duration not in encoding.durations:
            duration = to_quarters(note.duration)
            raise SolfaError(f"duration {duration} is not in the model's vocabulary")


def _possible(request: Request, encoding: Encoding, **instead: Any) -> bool:
    """Whether a tune can be composed for the request with the values ``instead``."""
    return Rules(compile_request(replace(request, **instead), encoding)).possible


def _eased(request: Request, encoding: Encoding) -> str | None:
    """The error text for the single wish that makes the request impossible; None if none does."""
    for name, (free, remedy) in _EASED.items():
        value = getattr(request, name)
        if value == free or not _possible(request, encoding, **{name: free}):
            continue
        if name == "form":
            wish = _name(request.form)
        elif name == "largest_leap":
            wish, remedy = f"{name} {value}", _larger(request, value, encoding)
        elif name == "range":
            wish = f"range {request.key.spell(value[0])}-{request.key.spell(value[1])}"
        else:
            wish = f"{name} {' '.join(value) if isinstance(value, tuple) else value}"
        return f"{wish} leaves no way to the end of the tune; {remedy}"
    return None


def _larger(request: Request, leap: int, encoding: Encoding) -> str:
    """The remedy for a largest leap that is too small: the smallest that is possible."""
    bounds = WISHES["largest_leap"].bounds
    assert bounds is not None
    assert bounds.high is not None
    sizes = range(leap + 1, int(bounds.high) + 1)
    enough = bisect_left(
        sizes, True, key=lambda size: _possible(request, encoding, largest_leap=size)
    )
    return f"allow {sizes[enough]}" if enough < len(sizes) else "leave it out"


def _names(key: Key, pitches: list[int]) -> str:
    """``C#5 is``, ``C#5, D#5 are``."""
    names = [str(key.spell(pitch)) for pitch in sorted(set(pitches))]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
