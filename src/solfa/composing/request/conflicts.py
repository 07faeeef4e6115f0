"""What of a request contradicts the rest of it: the prompt, the form, the pitches, the time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil
from typing import Any

from solfa.analysis.cadences import endings
from solfa.composing.request.form import Form, written
from solfa.composing.request.request import Request
from solfa.encodings.conditions import FixedNote, to_ticks
from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Note

WIDEST_LEAP = 24
"""The most semitones that can be asked for as the largest leap."""

_EASED: dict[str, tuple[Any, str]] = {
    "largest_leap": (None, ""),
    "cadences": ((), "leave some free"),
    "form": ((), "choose another form"),
    "scale": (None, "choose another scale"),
    "range": (None, "widen it"),
}
"""What may leave no way to the end: free of it, and what to do about it."""


def conflicts(request: Request, encoding: Encoding, wrong: Collection[str]) -> Iterator[str]:
    """All of them, but those in which a field takes part that is ``wrong`` by itself."""
    wrong = set(wrong)
    if request.prompt and "prompt" not in wrong:
        yield from _against_prompt(request, request.prompt, wrong)
    told = request
    if wrong & {"form", "cadences"}:
        told = replace(told, form=(), cadences=())
    elif not wrong & {"length", "likeness", "prompt", "rewrite"}:
        unformed = list(_form(request))
        yield from unformed
        told = replace(told, form=(), cadences=()) if unformed else told
    if not wrong & {"range", "scale", "prompt", "length", "rewrite"}:
        unsayable = list(_pitches(told, encoding))
        yield from unsayable
        told = replace(told, range=None, scale=None, cadences=()) if unsayable else told
    if not wrong & {"length", "pickup", "prompt", "rewrite", "scale", "range", "largest_leap"}:
        yield from _times(told, encoding)


def _against_prompt(request: Request, prompt: Melody, wrong: set[str]) -> Iterator[str]:
    """Where the prompt contradicts what is asked."""
    key, theirs = request.key, prompt.key
    if (key.pitch_class, key.mode) != (theirs.pitch_class, theirs.mode):
        yield f"key {key} is not the prompt's ({theirs}); leave it out, or transpose the prompt"
    if request.meter != prompt.meter:
        yield f"metre {request.meter} is not the prompt's ({prompt.meter}); leave it out"
    # a prompt shorter than the pickup is all pickup
    if request.pickup is not None and prompt.pickup != min(request.pickup, prompt.duration):
        yield f"pickup {request.pickup} is not the prompt's ({prompt.pickup}); leave it out"
    if request.infills:
        return  # what is kept is beyond the rules
    if "scale" not in wrong:
        outside = [p for p in prompt.pitches if p % 12 not in request.pitch_classes]
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


def _form(request: Request) -> Iterator[str]:
    """What is wrong with the phrases as parts of this tune."""
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
        return
    if uneven := _parted(request, name):
        yield uneven
        return
    if len(cadences) not in (0, 1, len(form)):
        yield (
            f"{len(cadences)} cadences are asked for, and {name} has {len(form)} phrases;"
            f" write one for all but the last, or {len(form)}"
        )
        return
    if len(cadences) == len(form) and cadences[-1] == "half":
        yield "the last phrase ends on the tonic, not half; write full for it"
        return
    if request.likeness != 1 and all(phrase.like is None for phrase in request.plan):
        yield (
            f"likeness {request.likeness} needs a form that repeats, and {name} does not; write one"
            " like AABA"
        )
    alike = list(_unlike_repeats(request))
    yield from alike
    if request.prompt and not alike:
        yield from _against_kept(request)


def _name(form: Form) -> str:
    """How the form was asked for."""
    if form[0].letter:
        return f"form {written(form)}"
    return f"phrase_bars {','.join(str(phrase.bars) for phrase in form)}"


def _parted(request: Request, name: str) -> str | None:
    """Why the phrases do not part the tune's bars, if they do not."""
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


def _exact(request: Request) -> dict[int, list[int]]:
    """The phrases that are the same note for note, under the index of the first of them."""
    same: dict[int, list[int]] = {}
    for index, phrase in enumerate(request.plan):
        if phrase.like is not None and phrase.likeness == 1:
            same.setdefault(phrase.like, [phrase.like]).append(index)
    return same


def _unlike_repeats(request: Request) -> Iterator[str]:
    """Phrases that are to be the same, and are asked to differ."""
    form, lengths, ends = request.form, request.phrase_lengths, request.phrase_cadences
    for first, others in _exact(request).items():
        letter = form[first].letter
        if unlike := [i for i in others if lengths[i] != lengths[first]]:
            bars = [int(lengths[i] / request.meter.bar) for i in (first, unlike[0])]
            yield (
                f"{letter} has {bars[0]} bars and then {bars[1]}, which cannot be the same note for"
                f" note; write {letter}', or likeness below 1"
            )
        kinds = {ends[i]: i + 1 for i in others if ends[i] != "free"}
        if len(kinds) > 1:
            yield (
                f"phrases {kinds['half']} and {kinds['full']} are the same {letter}, and end half"
                f" and full; write {letter}' for one, likeness below 1, or other cadences"
            )


def _against_kept(request: Request) -> Iterator[str]:
    """Where the kept notes contradict the form."""
    lines = list(accumulate(request.phrase_lengths, initial=Fraction(0)))
    for note in request.kept:
        over = [i for i, line in enumerate(lines) if note.onset < line < note.onset + note.duration]
        if over:
            yield (
                f"the prompt's note at quarter {note.onset} goes on over the end of phrase"
                f" {over[0]} of the form, at {lines[over[0]]}; choose other phrases"
            )
            return
    inside = [
        [
            note._replace(onset=note.onset - start)
            for note in request.kept
            if start <= note.onset < end
        ]
        for start, end in pairwise(lines)
    ]
    for first, others in _exact(request).items():
        for a, b in ((a, b) for a in others for b in others if a < b):
            if not _agree(inside[a], inside[b]):
                yield (
                    f"phrases {a + 1} and {b + 1} of form {written(request.form)} are the same"
                    f" {request.form[first].letter}, and not the same in the prompt; write"
                    f" {request.form[first].letter}', or likeness below 1"
                )
                return
    if not request.infills:
        yield from _cadences_of_prompt(request, lines, inside)


def _agree(some: list[FixedNote], others: list[FixedNote]) -> bool:
    """Whether notes of two phrases that are the same can all be kept."""
    return all(
        one == other
        or one.onset + one.duration <= other.onset
        or other.onset + other.duration <= one.onset
        for one in some
        for other in others
    )


def _cadences_of_prompt(
    request: Request, lines: list[Fraction], inside: list[list[FixedNote]]
) -> Iterator[str]:
    """Phrases that the prompt ends otherwise than asked, or otherwise than their repeats must."""
    key, asked = request.key, dict(enumerate(request.phrase_cadences))
    for first, others in _exact(request).items():
        asked[first] = next((asked[i] for i in others if asked[i] != "free"), "free")
    last = request.plan[-1].like if request.plan[-1].likeness == 1 else None
    ends = request.prompt.duration if request.prompt else 0
    for index, notes in enumerate(inside):
        if lines[index + 1] > ends or asked[index] == "free":
            continue
        pitches = [note.pitch for note in notes]
        sounding = [pitch for pitch in pitches if pitch is not None]
        if index == last and pitches[-1] is None:
            yield (
                f"phrase {index + 1} ends with a rest in the prompt, and its repeat is to end the"
                f" tune; write {request.form[index].letter}' for the last"
            )
        elif not sounding or (sounding[-1] - key.pitch_class) % 12 not in endings(
            asked[index], key.mode
        ):
            name = key.spell(sounding[-1]) if sounding else "a rest"
            yield (
                f"phrase {index + 1} ends on {name} in the prompt, which is no {asked[index]}"
                " cadence; ask for another"
            )


def _pitches(request: Request, encoding: Encoding) -> Iterator[str]:
    """Cadences need notes that lie in the range and the scale and that the model can say."""
    key, (low, high) = request.key, request.range or (0, 127)
    sayable = encoding.pitches(request.conditions())
    finals = [pitch for pitch in sayable if pitch % 12 == key.pitch_class]
    where = f"range {key.spell(low)}-{key.spell(high)}"
    ends = request.kept[-1].onset + request.kept[-1].duration if request.kept else 0
    if ends < request.length and not any(low <= pitch <= high for pitch in finals):
        names = ", ".join(str(key.spell(pitch)) for pitch in finals)
        remedy = f"include one of {names}" if names else "choose another key"
        yield f"{where} has no final tonic that the model can say; {remedy}"
    if "half" in request.phrase_cadences and not request.infills:
        half = {(key.pitch_class + step) % 12 for step in endings("half", key.mode)}
        names = "the 2nd, 5th or 7th degree"
        if not half & request.pitch_classes:
            yield f"scale {request.scale!r} has no half cadence; add {names}"
        elif not any(
            low <= pitch <= high and pitch % 12 in half & request.pitch_classes for pitch in sayable
        ):
            yield f"{where} has no half cadence; include {names}"


def _times(request: Request, encoding: Encoding) -> Iterator[str]:
    """Bars must be fillable, and the prompt leave room and be sayable."""
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
        if not request.fillable(encoding):
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
        _say(request, encoding)
    except SolfaError as error:
        yield f"the model cannot say the prompt ({error}); change the prompt or the model"
        return
    if request.meter != prompt.meter or request.fillable(encoding):
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


def _say(request: Request, encoding: Encoding) -> None:
    """`SolfaError` says what the model has no symbols for among the notes that are kept."""
    kept = tuple(Note(note.pitch, note.duration) for note in request.kept)
    encoding.encode(Melody(kept, request.key, request.meter), request.conditions())
    for note in kept:
        if to_ticks(note.duration) not in encoding.durations:
            raise SolfaError(f"duration {note.duration} is not in the model's vocabulary")


def _eased(request: Request, encoding: Encoding) -> str | None:
    """Which single wish leaves no way to the end, if one does."""
    for name, (free, remedy) in _EASED.items():
        value = getattr(request, name)
        if value == free or not replace(request, **{name: free}).fillable(encoding):
            continue
        if name == "form":
            wish = _name(request.form)
        elif name == "largest_leap":
            wish, remedy = f"{name} {value}", _larger(request, value, encoding)
        elif name == "range":
            wish = f"range {request.key.spell(value[0])}-{request.key.spell(value[1])}"
        else:
            wish = f"{name} {value if name == 'scale' else ' '.join(value)}"
        return f"{wish} leaves no way to the end of the tune; {remedy}"
    return None


def _larger(request: Request, leap: int, encoding: Encoding) -> str:
    """What to do about a largest leap with which no tune can be had."""
    sizes = range(leap + 1, WIDEST_LEAP + 1)
    enough = bisect_left(
        sizes, True, key=lambda size: replace(request, largest_leap=size).fillable(encoding)
    )
    return f"allow {sizes[enough]}" if enough < len(sizes) else "leave it out"


def _names(key: Key, pitches: list[int]) -> str:
    """``C#5 is``, ``C#5, D#5 are``."""
    names = [str(key.spell(pitch)) for pitch in sorted(set(pitches))]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
