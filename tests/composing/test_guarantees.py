"""What is asked for is kept whatever the model says, and nothing that can be had is a dead end.

Small requests are compared with an enumeration of all tunes: what the rules let come next is
exactly what can be completed. Whole tunes of every model are judged from their notes alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from faults import (
    Placed,
    Tune,
    beyond_rules,
    borders_of,
    faults,
    kept_of,
    placed,
    repeats_of,
    strictness,
)
from hand_made_models import MODELS, NOTES
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from solfa.composing.compose import compose_request
from solfa.composing.constraints.problem import compile_request
from solfa.composing.constraints.rules import Rules
from solfa.composing.request.ask import ask
from solfa.composing.request.form import parse_form
from solfa.composing.request.request import Request
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.sentinels import REST
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import to_quarters, to_ticks
from solfa.errors import RequestError
from solfa.melody import Key, Melody, Meter, Note

FORMS = ["AB", "ABC", "AA", "ABA", "AAB", "ABB", "AA'", "AAA", "ABAB", "A1B2A1", "A2B1A2"]
CADENCES = ["half", "full", "free"]
PITCHES = [(60, 62, None), (59, 62, "1 2 7"), (60, 67, "1 5"), (60, 64, "1 2 3"), (55, 60, "1 5")]
UNITS = [
    (24, "1/8"),
    (24, "2/8"),
    (24, "3/8"),
    (12, "1/8"),
    (12, "1/16"),
    (12, "2/16"),
    (16, "1/4"),
    (48, "2/4"),
]
MOST_UNITS = 5
"""Of what is not repeated: an enumeration has its limits."""


@st.composite
def small(draw) -> tuple[Request, NoteEncoding]:
    """A request of a few notes, and what can be said of durations and pickups."""
    unit, name = draw(st.sampled_from(UNITS))
    meter, some = Meter.parse(name), st.sets(st.sampled_from([1, 2, 3]), min_size=1)
    units = draw(some.map(lambda several: several | {1}) | some)
    each = to_ticks(meter.bar) // unit
    low, high, scale = draw(st.sampled_from(PITCHES))
    pickups = sorted(draw(st.sets(st.sampled_from([0, unit, 2 * unit]), min_size=1)))
    fitting = [to_quarters(p) for p in pickups if p < to_ticks(meter.bar)]
    request = Request(
        meter=meter,
        bars=draw(st.integers(1, max(MOST_UNITS // each, 1))),
        pickup=draw(st.none() | st.sampled_from(fitting)) if fitting else None,
        range=(low, high),
        scale=scale,
        largest_leap=draw(st.sampled_from([None, None, 1, 2, 2, 3, 4, 5, 7])),
    )
    if draw(st.sampled_from([True, False])):
        form = parse_form(draw(st.sampled_from(FORMS)))
        cadence = st.sampled_from(CADENCES)
        some_cadences = st.lists(cadence, min_size=len(form), max_size=len(form))
        cadences = draw(
            st.just(["free"]) | st.lists(cadence, min_size=1, max_size=1) | some_cadences
        )
        bars = sum(phrase.bars or 1 for phrase in form)
        request = replace(request, form=form, cadences=tuple(cadences), bars=bars)
        repeated = sum(end - start for start, end, _ in repeats_of(request)) // unit
        assume(bars * each - repeated <= MOST_UNITS)
    encoding = NoteEncoding(tuple(unit * n for n in sorted(units)), tuple(pickups), (name,), ())
    if draw(st.sampled_from([True, True, False])):
        request = draw(with_kept(request, encoding))
    return request, encoding


@st.composite
def with_kept(draw, request: Request, encoding: NoteEncoding) -> Request:
    """The request with a prompt: the beginning, or a whole tune of which bars are written anew."""
    low, high = request.range
    pitches = [p for p in range(low, high + 1) if p % 12 in request.pitch_classes]
    whole = to_ticks(request.length)
    infills = draw(st.booleans())
    until = whole if infills else draw(st.integers(1, whole))
    notes, onset = [], 0
    while onset < until:
        fitting = [d for d in encoding.durations if onset + d <= until]
        if not fitting:
            break
        duration = draw(st.sampled_from(fitting))
        notes.append(Note(draw(st.sampled_from([*pitches, None])), to_quarters(duration)))
        onset += duration
    assume(notes and (not infills or onset == whole))
    pickup = request.pickup or Fraction(0)
    prompt = Melody(tuple(notes), request.key, request.meter, pickup)
    if not infills:
        return replace(request, prompt=prompt)
    bars = range(0 if pickup else 1, len(prompt.bar_lines()) + (0 if pickup else 1))
    anew = draw(st.sets(st.sampled_from(list(bars)), min_size=1))
    return replace(request, prompt=prompt, rewrite=tuple(sorted(anew)), bars=None)


def tunes_of(request: Request, encoding: NoteEncoding, pickup: int) -> Iterator[Tune]:
    """All tunes without a fault, each as strict as its last note can be."""
    beyond = {note.onset: note for note in beyond_rules(request)}
    starts = sorted(beyond)
    length, repeats = to_ticks(request.length), repeats_of(request)
    low, high = request.range
    pitches = [p for p in range(low, high + 1) if p % 12 in request.pitch_classes]

    def onward(tune: Tune) -> Iterator[Tune]:
        onset = tune[-1].end if tune else 0
        if onset == length:
            if not any(faults(request, tune, pickup)):
                yield tune
            return
        if onset in beyond:
            yield from onward((*tune, beyond[onset]))
            return
        for start, end, shift in repeats:
            if start <= onset - shift < end:
                said = [note.moved(shift) for note in tune if note.onset == onset - shift]
                yield from onward((*tune, said[0])) if said else ()
                return
        stop = min([length, *(start for start in starts if start > onset)])
        for duration in encoding.durations:
            if onset + duration <= stop:
                for pitch in (*pitches, None):
                    if pitch is not None or not tune or tune[-1].pitch is not None:
                        yield from onward((*tune, Placed(onset, duration, pitch)))

    found = list(onward(()))
    strict = [strictness(request, tune, pickup) for tune in found]
    return (tune for tune, level in zip(found, strict, strict=True) if level == min(strict))


def rules_of(request: Request, encoding: NoteEncoding) -> Rules:
    return Rules(compile_request(request, encoding))


def repeats_letters(request: Request) -> bool:
    letters = [phrase.letter for phrase in request.form if phrase.letter]
    return len(set(letters)) < len(letters)


def standing_at(
    request: Request, encoding: NoteEncoding, prefixes: list[Tune], pickup: int
) -> MusicalState:
    """The state after each of the prefixes, all of as many notes."""
    music = MusicalState([compile_request(request, encoding).conditions] * len(prefixes))
    music.set_pickup(np.full(len(prefixes), pickup))
    for notes in zip(*prefixes, strict=True):
        ticks = np.array([note.duration for note in notes])
        pitch = np.array([REST if note.pitch is None else note.pitch for note in notes])
        music.advance(ticks, pitch, np.zeros(len(notes), bool))
    return music


def next_notes(request: Request, encoding: NoteEncoding, music: MusicalState) -> list[set]:
    """What the rules let come next, ticks and pitch."""
    pitches = np.array([*encoding.pitches(compile_request(request, encoding).conditions), REST])
    durations = np.array(encoding.durations)
    allowed = rules_of(request, encoding).notes(music, durations, np.tile(pitches, (len(music), 1)))
    return [
        {
            (int(durations[d]), None if pitches[p] == REST else int(pitches[p]))
            for d, p in np.argwhere(row)
        }
        for row in allowed
    ]


def is_exact(request: Request) -> bool:
    return request.largest_leap is None or not repeats_of(request)


@pytest.mark.slow
@given(small())
@settings(max_examples=200, deadline=None)
def test_what_may_come_next_is_what_can_be_completed(asked):
    request, encoding = asked
    pickups = encoding.pickups if request.pickup is None else (to_ticks(request.pickup),)
    pickups = [p for p in pickups if p < min(to_ticks(request.meter.bar), to_ticks(request.length))]
    all_ = {pickup: list(tunes_of(request, encoding, pickup)) for pickup in pickups}
    fillable = rules_of(request, encoding).possible
    event(f"fillable {fillable}, exact {is_exact(request)}, kept {kept_of(request) != ()}")
    if not fillable:
        assert not is_exact(request) or not any(all_.values())
        return
    rules = rules_of(request, encoding)
    able = rules.pickups(standing_at(request, encoding, [()], 0), encoding.pickups)[0]
    for pickup, may in zip(encoding.pickups, able, strict=True):
        tunes = all_.get(pickup, [])
        assert may <= bool(tunes)
        if is_exact(request):
            assert may == bool(tunes)
        if may:
            check_every_prefix(request, encoding, pickup, tunes)


def check_every_prefix(
    request: Request, encoding: NoteEncoding, pickup: int, tunes: list[Tune]
) -> None:
    rules, whole = rules_of(request, encoding), set(tunes)
    prefixes: list[Tune] = [()]
    while prefixes:
        music = standing_at(request, encoding, prefixes, pickup)
        count = len(prefixes[0])
        followed: dict[Tune, set] = {}
        for tune in tunes:
            if len(tune) > count:
                followed.setdefault(tune[:count], set()).add(tune[count])
        said = next_notes(request, encoding, music)
        ended = rules.end(music)
        longer = []
        for prefix, may, over in zip(prefixes, said, ended, strict=True):
            could = {note[1:] for note in followed.get(prefix, ())}
            assert over == (prefix in whole)
            if is_exact(request):
                assert may == could, (prefix, may ^ could)
            assert may <= could
            assert may or over, f"a dead end after {prefix}"
            onset = prefix[-1].end if prefix else 0
            longer += [(*prefix, Placed(onset, *note)) for note in may]
        prefixes = longer[:: max(len(longer) // 200, 1)]


METERS = ["2/4", "3/4", "4/4", "6/8", "2/2", "5/8"]
QUARTERS = [Fraction(n, 4) for n in (1, 2, 2, 3, 4, 4, 6, 8)]


@st.composite
def asked(draw) -> Request:
    """All that is guaranteed, at once, possible or not."""
    meter = Meter.parse(draw(st.sampled_from(METERS)))
    low = draw(st.integers(54, 66))
    request = Request(
        key=Key(draw(st.sampled_from(["C", "G", "Eb"])), draw(st.sampled_from(["major", "minor"]))),
        meter=meter,
        bars=draw(st.integers(1, 8)),
        pickup=draw(st.sampled_from([None, Fraction(0), Fraction(1, 2), Fraction(1)])),
        scale=draw(st.sampled_from([None, "key", "pentatonic", "harmonic minor"])),
        range=draw(st.none() | st.integers(10, 19).map(lambda span: (low, low + span))),
        largest_leap=draw(st.none() | st.integers(1, 12)),
        likeness=draw(st.sampled_from([1.0, 1.0, 0.6])),
        seed=draw(st.integers(0, 999)),
        top_p=draw(st.sampled_from([0.5, 1.0])),
        temperature=draw(st.sampled_from([0.1, 1.0, 5.0])),
    )
    if draw(st.booleans()):
        form = parse_form(draw(st.sampled_from([*FORMS, "AABA", "AA'BB'", "ABAC"])))
        form = tuple(
            phrase._replace(bars=phrase.bars or draw(st.integers(1, 2))) for phrase in form
        )
        alike = {}
        form = tuple(p._replace(bars=alike.setdefault(p.letter, p.bars)) for p in form)
        cadences = st.lists(st.sampled_from(CADENCES), min_size=len(form), max_size=len(form))
        cadences = draw(st.just(["free"]) | cadences | st.just(["half"]))
        bars = sum(phrase.bars for phrase in form)
        request = replace(request, form=form, cadences=tuple(cadences), bars=bars)
    if request.likeness != 1 and not repeats_letters(request):
        request = replace(request, likeness=1.0)
    return draw(told(request)) if draw(st.booleans()) else request


@st.composite
def told(draw, request: Request) -> Request:
    """The request with a prompt of a voice that steps and leaps, some of it perhaps to be redone."""
    infills = draw(st.booleans())
    until = request.length if infills else request.length * draw(st.integers(1, 7)) / 8
    low, high = request.range or (58, 74)
    pitches = [p for p in range(low, high + 1) if p % 12 in request.pitch_classes]
    pitch = st.sampled_from(pitches or [60]) | st.none()
    notes, left = [], until
    while left > 0:
        duration = min(draw(st.sampled_from(QUARTERS)), left)
        duration = duration if (4 * duration).denominator == 1 else left
        notes.append(Note(draw(pitch), duration))
        left -= duration
    pickup = request.pickup or Fraction(0)
    ends = draw(st.just(()) | st.sets(st.integers(0, len(notes) - 1)).map(sorted))
    prompt = Melody(tuple(notes), request.key, request.meter, pickup, tuple(ends))
    if not infills:
        return replace(request, prompt=prompt, pickup=prompt.pickup)
    first = 0 if pickup else 1
    bars = list(range(first, first + len(prompt.bar_lines())))
    anew = draw(st.sets(st.sampled_from(bars), min_size=1, max_size=max(len(bars) - 1, 1)))
    return replace(request, prompt=prompt, pickup=pickup, rewrite=tuple(sorted(anew)), bars=None)


@pytest.mark.slow
@given(asked(), st.sampled_from(MODELS))
@settings(max_examples=100, deadline=None)
def test_all_is_kept_or_refused(request_, model):
    try:
        tunes = compose_request(request_, model)
    except RequestError as error:
        event(f"refused: {str(error)[:24]}")
        return
    (melody,) = (tune.melody for tune in tunes)
    event(f"form {request_.form != ()}, kept {kept_of(request_) != ()}")
    assert not list(faults(request_, placed(melody), to_ticks(melody.pickup)))
    assert melody.meter == request_.meter
    assert request_.pickup in (None, melody.pickup)
    if model.encoding is NOTES:
        check_phrases(request_, melody)


def marks_that_stand(request: Request) -> set[int]:
    """Where phrases of the prompt end beside a note that is kept, or with the tune."""
    if request.prompt is None:
        return set()
    theirs = placed(request.prompt)
    kept = {(note.onset, note.end) for note in kept_of(request)}
    beside = {to_ticks(request.length), *(tick for note in kept for tick in note)}
    return {theirs[index].end for index in request.prompt.phrase_ends} & beside


def check_phrases(request: Request, melody: Melody) -> None:
    """Phrases are marked where they are planned and where they were kept, never in the last bar."""
    ends = [note.end for note in placed(melody)]
    marked = {ends[index] for index in melody.phrase_ends}
    length, bar = to_ticks(request.length), to_ticks(request.meter.bar)
    if request.form:
        assert marked == set(borders_of(request)[1:]) | marks_that_stand(request)
        return
    if request.infills and request.prompt and not request.prompt.phrase_ends:
        assert not marked
        return
    kept: set[int] = set()
    if request.prompt and request.prompt.phrase_ends:
        theirs = placed(request.prompt)
        kept = {note.end for note in beyond_rules(request)}
        assert marked & kept == {theirs[index].end for index in request.prompt.phrase_ends} & kept
    new = marked - kept - marks_that_stand(request)
    assert all(end == length or length - end >= bar for end in new)
    assert length in kept | marked


def tune_of(pitches: str, duration: str = "1", meter: str = "4/4") -> Melody:
    """``"60 62 r"``, all of one duration in quarters."""
    notes = [Note(None if word == "r" else int(word), duration) for word in pitches.split()]
    return Melody(tuple(notes), Key("C"), Meter.parse(meter))


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_gaps_are_filled_and_nothing_else_is_touched(model):
    """Equal pitches and rests that follow each other stay apart, on the grid too."""
    theme = tune_of("60 60 60 60 64 r r 64 67 65 64 62 60 60 60 60")
    request = Request(prompt=theme, rewrite=(1, 3), pickup=Fraction(0), bars=None, seed=1, count=3)
    for tune in compose_request(request, model):
        notes = placed(tune.melody)
        assert not list(faults(request, notes, 0))
        assert set(placed(theme)[4:8] + placed(theme)[12:]) <= set(notes)
        assert notes != placed(theme)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_what_is_kept_in_a_repeat_is_the_first_time_too(model):
    """And where the last phrase repeats the first, the first ends as a tune does."""
    theme = tune_of("60 60 60 60 64 64 64 64 62 67 62 67 60 60 60 60")
    request = Request(
        prompt=theme, rewrite=(1, 2, 4), form=parse_form("AABA"), bars=None, pickup=Fraction(0),
        largest_leap=5, seed=2,
    )  # fmt: skip
    (tune,) = compose_request(replace(request, rewrite=(1, 3, 4)), model)
    assert tune.melody.notes[:4] == tune.melody.notes[-4:] == theme.notes[4:8]
    (tune,) = compose_request(request, model)
    parts = tune.melody.bars()
    first, second, _, last = ([(p.pitch, p.duration) for p in bar.pieces] for bar in parts)
    assert first == second == last
    assert first[-1][0] % 12 == 0


@pytest.mark.parametrize(
    ("asked", "able"),
    [
        ({"bars": 4, "form": "AA"}, True),
        ({"bars": 3, "form": "AA"}, False),  # the second would stand elsewhere in its bars
        ({"bars": 3, "form": "A1A2"}, False),
        ({"bars": 2, "form": "AA", "cadences": ("half",)}, False),  # the second is full
        ({"bars": 2, "form": "AA'", "cadences": ("half",)}, True),
        ({"bars": 2, "form": "AB", "cadences": ("half",), "range": (60, 61)}, False),
        ({"bars": 2, "form": "AAB", "largest_leap": 1}, False),  # 2 bars in 3 phrases
        ({"bars": 3, "form": "ABA", "largest_leap": 1, "cadences": ("half",)}, False),
        ({"bars": 3, "form": "ABB", "largest_leap": 1, "cadences": ("half", "free")}, True),
        ({"bars": 1, "range": (61, 71)}, False),
    ],
)
def test_what_cannot_be_had_is_known(asked, able):
    form = parse_form(asked.pop("form")) if "form" in asked else ()
    request = Request(form=form, pickup=Fraction(0), **asked)
    assert rules_of(request, NOTES).possible is able


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_cadence_is_on_what_sounds_last(model):
    """The second half of each phrase is kept: rests, which what is composed leads to."""
    theme = tune_of("64 65 64 65 r r r r 64 65 64 65 r r r r", "1/2", "2/4")
    request = Request(
        prompt=theme, rewrite=(1, 3), form=parse_form("A2B2"), cadences=("half",), bars=None,
        meter=theme.meter, pickup=Fraction(0), largest_leap=4, seed=4,
    )  # fmt: skip
    (tune,) = compose_request(request, model)
    notes = placed(tune.melody)
    assert not list(faults(request, notes, 0))
    before = [one for one, other in pairwise(notes) if other.onset % 192 == 96]
    assert [note.pitch % 12 in (2, 7, 11) for note in before] == [True, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pitches", "rewrite", "form"),
    [
        ("64 64 64 64 55 60 64 67 64 64 64 64", (1, 3), "ABA"),  # begins low and ends high
        ("64 64 64 64 64 64 64 64 64 64 64 64 55 55 55 60", (1, 2, 3), "ABAC"),
    ],
)
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_repeats_leap_no_further_than_asked_from_what_is_kept(model, pitches, rewrite, form):
    request = Request(
        prompt=tune_of(pitches), rewrite=rewrite, form=parse_form(form), bars=None,
        pickup=Fraction(0), largest_leap=5, seed=5, count=4,
    )  # fmt: skip
    for tune in compose_request(request, model):
        assert not list(faults(request, placed(tune.melody), 0))


@pytest.mark.parametrize(
    ("pitches", "rewrite", "form", "leap", "able"),
    [
        ("60 60 62 62", (2,), "AB", None, True),
        ("60 62:4 62", (2,), "AB", None, False),  # the first phrase would end within a kept note
        ("60 60 64 64 64 64 72 72", (2, 3), "AA", 5, False),  # 60 would follow 72
        ("60 60 64 64 64 64 67 62", (2, 3), "AA", 5, False),  # 67 would follow 60
        ("60 60 64 64 64 64 72 72", (2, 3), "AA'", 5, True),
        ("60 60 64 64 72 72 67 67", (2, 3), "ABAB", None, True),
        ("60 60 64 64 60 60 72 72", (2, 3), "ABAB", 5, False),  # 72 would follow 60 sooner too
        ("60 60 64 64 72 72 72 72", (1, 2), "ABAB", 5, True),
        ("64 64 60 72 64 64", (1, 3), "ABA", 5, True),  # as it was kept
        ("60 72 64 64", (2,), "AA", 5, False),  # and as it would come again
    ],
)
def test_what_kept_notes_leave_room_for_is_known(pitches, rewrite, form, leap, able):
    parts = [(*word.split(":"), "2")[:2] for word in pitches.split()]
    theme = Melody(tuple(Note(int(pitch), length) for pitch, length in parts))
    request = Request(
        prompt=theme, rewrite=rewrite, form=parse_form(form), bars=None, largest_leap=leap,
        pickup=Fraction(0),
    )  # fmt: skip
    assert rules_of(request, NOTES).possible is able


@pytest.mark.parametrize(("last", "able"), [(60, True), (62, True), (64, False), (65, False)])
def test_a_prompt_must_be_within_reach_of_the_final(last, able):
    """One note is left, at most a whole tone away."""
    encoding = replace(NOTES, durations=(48, 96))
    request = Request(prompt=tune_of(f"60 60 {last}"), bars=1, pickup=Fraction(0), largest_leap=2)
    assert rules_of(request, encoding).possible is able
    assert rules_of(replace(request, largest_leap=None), encoding).possible


@pytest.mark.parametrize(("durations", "able"), [((96, 192), True), ((192,), False)])
def test_a_repeat_must_lead_from_and_to_what_is_kept(durations, able):
    """It ends on 60, which the kept bar begins with, and begins within a fourth of 70."""
    theme = Melody((Note(64, 4), Note(60, 2), Note(70, 2), Note(64, 4)))
    request = Request(
        prompt=theme, rewrite=(1, 3), form=parse_form("ABA"), bars=None, pickup=Fraction(0),
        largest_leap=5,
    )  # fmt: skip
    assert rules_of(request, replace(NOTES, durations=durations)).possible is able


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_phrase_with_a_cadence_is_not_silent(model):
    request = Request(
        form=parse_form("ABC"), cadences=("half",), bars=3, meter=Meter(1, 4), range=(60, 62),
        pickup=Fraction(0), seed=1, count=20,
    )  # fmt: skip
    for tune in compose_request(request, model):
        assert not list(faults(request, placed(tune.melody), 0))


def test_a_first_rest_leads_on_too():
    """Of 4 beats, with notes of 1 1/2 and 2 beats, there is one way."""
    encoding = replace(NOTES, durations=(72, 96))
    request = Request(bars=2, meter=Meter(2, 4), pickup=Fraction(0))
    (first,) = next_notes(request, encoding, standing_at(request, encoding, [()], 0))
    assert {ticks for ticks, _ in first} == {96}
    assert (96, None) in first


@pytest.mark.parametrize(
    ("meter", "pickup", "bars", "durations", "onsets"),
    [
        ("1/8", 0, 2, (12, 24, 36), {24}),
        ("1/8", 12, 2, (12, 24, 36), {12}),  # the upbeat leaves half a beat at the end
        ("1/8", 12, 1, (12, 24, 36), {12}),  # with one bar there is no other place
        ("1/4", 16, 2, (16, 32, 80), {64}),  # two thirds of a beat are not cut short
        ("1/4", 32, 2, (16, 32, 64), {32}),  # one third is
        ("2/4", 72, 1, (24, 72), {72}),  # no bar begins before the upbeat, at -24
    ],
)
def test_a_final_is_not_cut_short(meter, pickup, bars, durations, onsets):
    """It begins where a bar does, if two thirds of a beat or more are left, or else a bar before."""
    encoding = replace(NOTES, durations=durations, pickups=(0, pickup))
    meter = Meter.parse(meter)
    request = Request(bars=bars, meter=meter, pickup=to_quarters(pickup), range=(60, 60))
    tunes = list(tunes_of(request, encoding, pickup))
    assert {tune[-1].onset for tune in tunes} == onsets
    check_every_prefix(request, encoding, pickup, tunes)


@pytest.mark.parametrize("pickup", [0, 48])
def test_phrases_may_end_up_to_one_bar_before_the_close_and_with_it(pickup):
    request = Request(bars=3, meter=Meter(3, 4), pickup=to_quarters(pickup))
    bar, length = 144, 3 * 144
    ends = np.arange(1, length + 1)
    music = standing_at(request, NOTES, [()] * length, pickup)
    goes_on, may_end = rules_of(request, NOTES).phrases(music, ends).T
    assert goes_on.tolist() == [end < length for end in ends]
    assert may_end.tolist() == [end == length or end <= length - bar for end in ends]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize(
    "asked",
    [
        {"bars": 4},
        {"form": "ABA'", "phrase_bars": 2},
        {"form": "AAB", "phrase_bars": 1, "meter": "6/8"},
        {"prompt": "67 _ r _ 69 _ 71 _", "bars": 3},
        {"prompt": "67 _ _ _ r _ _ _ 69 _ _ _ 71 _ _ _ 67 _ _ _ _ _ _ _", "rewrite": 1},
    ],
    ids=str,
)
def test_a_rest_free_tune_rests_between_phrases_only(model, asked):
    request = ask(**asked, rest_free=True, count=6, seed=3)
    kept = {note for note in kept_of(request) if note.pitch is None}
    for tune in compose_request(request, model):
        notes = placed(tune.melody)
        ends = {notes[index].end for index in tune.melody.phrase_ends}
        rests = {note for note in notes if note.pitch is None} - kept
        assert all(rest.onset in ends or rest.end in ends for rest in rests)
        assert all(rest.onset > 0 for rest in rests)
        assert ("no rests but between phrases", True) in tune.checks


def test_the_final_is_placed_as_well_as_any_window_of_pitches_lets_it():
    """64, 64 and then 62 60 within the last bar, though 62, 62, 60 ends on a whole beat."""
    encoding = replace(NOTES, durations=(12, 24), pickups=(0,))
    request = Request(
        meter=Meter(1, 8), bars=3, pickup=Fraction(0), form=parse_form("AAB"), scale="1 2 3",
        range=(60, 64), cadences=("free",), largest_leap=2,
    )  # fmt: skip
    check_every_prefix(request, encoding, 0, list(tunes_of(request, encoding, 0)))
