"""Whatever the model says, what was asked is kept; and the same asking gives the same tune."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hand_made_models import GRID, MODELS, NOTES, UNIFORM, HandMade, rugged, spiteful, uniform
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import solfa
from solfa.composing import compose as composing
from solfa.composing.constraints.problem import compile_request
from solfa.composing.request.request import Request
from solfa.composing.request.scales import SCALE_NAMES
from solfa.composing.verify import verify
from solfa.encodings.grid import GridEncoding
from solfa.errors import RequestError
from solfa.formats import read
from solfa.formats.grid_text import parse
from solfa.melody import MODES, Key, Melody, Meter, Note
from strategies import joined, keys, themes

METERS = ["2/4", "3/4", "4/4", "6/8", "2/2", "3/8", "5/8", "9/8", "7/16", "3/2"]


@st.composite
def asked(draw):
    """What can be had from every model of these tests, or nearly always."""
    key, meter = draw(keys), Meter.parse(draw(st.sampled_from(METERS)))
    request = {"key": key, "meter": meter}
    if draw(st.booleans()):
        request["bars"] = draw(st.integers(1, 6))
    else:
        request["steps"] = draw(st.integers(1, 80))
    request["scale"] = draw(st.sampled_from([None, *SCALE_NAMES]))
    if draw(st.booleans()):
        low = draw(st.integers(52, 69))
        request["range"] = (low, low + draw(st.integers(11, 24)))
    if draw(st.booleans()):
        request["pickup"] = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))
    request["temperature"] = draw(st.sampled_from([0.01, 0.5, 1.0, 5.0]))
    request["top_p"] = draw(st.sampled_from([0.01, 0.5, 0.9, 1.0]))
    request["min_p"] = draw(st.sampled_from([0.0, 0.1, 1.0]))
    request["loop_penalty"] = draw(st.sampled_from([0.0, 1.0, 10.0]))
    request["style_strength"] = draw(st.sampled_from([0.0, 0.5, 1.0, 4.0]))
    return request


@pytest.mark.slow
@given(asked(), st.sampled_from(MODELS), st.integers(0, 2**40))
@settings(max_examples=70, deadline=None)
def test_every_guarantee_holds_for_every_model(request_, model, seed):
    if model.encoding.styles:
        request_["style"] = "irish"
    else:
        del request_["style_strength"]
    try:
        tunes = solfa.compose(**request_, model=model, seed=seed, count=2)
    except RequestError:
        reject()
    for tune in tunes:
        assert all(kept for _, kept in tune.checks), tune.checks
        assert len(tune.score) == len(tune.melody.notes)
        assert tune.melody.duration == tune.request.length


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_each_model_is_held_to_it(model):
    ask = {"key": "G", "meter": "3/4", "bars": 4, "pickup": 1, "scale": "key", "range": "D4-G5"}
    for tune in solfa.compose(**ask, model=model, seed=1, count=5):
        assert all(kept for _, kept in tune.checks), tune.checks
        assert len(tune.checks) == 5


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("steps", [1, 15, 16, 17, 50])
def test_a_tune_has_as_many_steps_as_asked(model, steps):
    for tune in solfa.compose(key="G", steps=steps, pickup=0, model=model, seed=1, count=3):
        assert all(kept for _, kept in tune.checks), tune.checks
        assert tune.melody.duration == Fraction(steps, 4)
        full = "all bars full" if steps == 16 else "all bars full but the last"
        assert tune.checks[1].guarantee == f"{steps} steps in 4/4, {full}"


@pytest.mark.parametrize("ask", [{"range": (0, 12)}, {"prompt": Melody([Note(15, 1)])}])
def test_the_lowest_pitches_are_not_taken_for_rests(ask):
    """A degree that comes to MIDI -1 would be."""
    for model in MODELS[: len(MODELS) // 2]:
        tune = solfa.compose(**ask, bars=4, model=model, seed=1, count=5)[0]
        assert all(kept for _, kept in tune.checks)


@pytest.mark.slow
@given(themes(), st.sampled_from(MODELS), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_a_prompt_is_kept_to_the_note(theme, model, bars):
    try:
        tune = solfa.continue_(theme, bars, model=model, seed=1)[0]
    except RequestError:
        reject()
    melody = tune.melody
    assert melody.notes[: len(theme.notes)] == theme.notes
    assert all(kept for _, kept in tune.checks), tune.checks
    assert (melody.key, melody.meter, melody.pickup) == (theme.key, theme.meter, theme.pickup)
    left = melody.duration - theme.duration
    assert bars * theme.meter.bar - theme.pickup <= left < (bars + 1) * theme.meter.bar
    if theme.phrase_ends and model.encoding is NOTES:
        last = len(theme.notes) - 1  # whether its phrase is over depends on the others
        ends, told = ([end for end in tune.phrase_ends if end < last] for tune in (melody, theme))
        assert ends == told


@pytest.mark.slow
@given(themes(), st.sampled_from(MODELS), st.integers(1, 4), st.booleans(), keys)
@settings(max_examples=40, deadline=None)
def test_what_is_new_is_in_the_last_key_of_the_prompt(theme, model, bars, changes, other):
    """Or of the pitches that the prompt has in that key; what went before keeps its keys."""
    if changes:
        theme = theme.replace(key_changes=[(theme.duration / 2, other)])
    try:
        tune = solfa.continue_(theme, bars, model=model, seed=1)[0].melody
    except RequestError:
        reject()
    count = len(theme.notes)
    last = theme.key_changes[-1].key if theme.key_changes else theme.key
    begins = theme.key_changes[-1].onset if theme.key_changes else 0
    home = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[last.tonic[0]]
    home += last.tonic.count("#") - last.tonic.count("b")
    allowed = {(home + step) % 12 for step in MODES[last.mode]}
    allowed |= {(home + 11) % 12} if last.mode == "minor" else set()
    theirs = zip(theme.notes, theme.onsets(), strict=True)
    brought = {n.pitch % 12 for n, at in theirs if n.pitch is not None and at >= begins}
    new = {note.pitch % 12 for note in tune.notes[count:] if note.pitch is not None}
    assert new <= allowed | brought
    assert (tune.key, tune.key_changes) == (theme.key, theme.key_changes)
    assert tune.pitches[-1] % 12 == home % 12


@pytest.mark.slow
@given(themes(), st.sampled_from(MODELS), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_new_steps_follow_the_prompt(theme, model, steps):
    try:
        tune = solfa.continue_(theme, steps=steps, model=model, seed=1)[0]
    except RequestError:
        reject()
    assert tune.melody.notes[: len(theme.notes)] == theme.notes
    assert tune.melody.duration == theme.duration + Fraction(steps, 4)
    assert all(kept for _, kept in tune.checks), tune.checks


def test_a_prompts_last_note_is_not_held_on():
    """On the grid a hold could still lengthen it, and this model loves to hold."""
    tune = solfa.continue_("67 _ 69 _", 2, model=HandMade(spiteful, GRID), seed=1)[0]
    assert tune.melody.notes[:2] == (Note(67, "1/2"), Note(69, "1/2"))


@pytest.mark.parametrize(
    ("pickup", "duration", "whole"),
    [
        (0, 6, 18),  # two whole bars
        (0, 4, 18),  # an unfinished second bar is completed first
        (1, 7, 18),  # a pickup, two whole bars: the new last bar is shortened
        (1, 6, 18),  # the last bar shortened by the pickup, as songs end
        (1, 5, 18),  # the same, unfinished
        (1, 1, 12),  # nothing but a pickup
    ],
)
def test_new_bars_follow_the_prompts_own(pickup, duration, whole):
    notes = [Note(67, "1")] * duration
    theme = Melody(notes, Key("G"), Meter(3, 4), Fraction(pickup))
    tune = solfa.continue_(theme, 4, model=UNIFORM["notes"], seed=1)[0]
    assert tune.melody.duration == whole


@pytest.mark.parametrize("model", [m for m in MODELS if m.opinion is rugged], ids=repr)
def test_a_tune_does_not_depend_on_the_others(model, monkeypatch):
    ask = {"key": "D", "meter": "3/4", "bars": 6, "model": model, "seed": 11}
    many = solfa.compose(count=7, **ask)
    monkeypatch.setattr(composing, "BATCH", 2)
    few = solfa.compose(count=5, **ask)
    assert [tune.melody for tune in few] == [tune.melody for tune in many[:5]]
    assert [tune.score for tune in few] == [tune.score for tune in many[:5]]
    assert len({repr(tune.melody.notes) for tune in many}) == 7
    assert solfa.compose(**{**ask, "seed": 12})[0].melody != many[0].melody


def test_a_seed_is_drawn_where_none_is_given():
    seeds = {solfa.compose(bars=1, model=UNIFORM["grid"])[0].seed for _ in range(5)}
    assert len(seeds) > 1


@pytest.mark.parametrize("length", [{"bars": 3}, {"steps": 45}])
@pytest.mark.parametrize("suffix", [".abc", ".musicxml", ".krn", ".mid"])
def test_an_export_says_how_to_make_the_tune_again(suffix, length, tmp_path):
    theme = Melody([Note(67, "1"), Note(69, "1/2"), Note(None, "1/2")], Key("G"), Meter(3, 4), 1)
    model = HandMade(rugged, NOTES)
    tunes = solfa.continue_(
        theme, **length, model=model, seed=5, count=2, style="irish", range="C4-C6", tempo=90,
        style_strength=1.5, density=1.5, min_p=0.02, loop_penalty=3,
    )  # fmt: skip
    path = tunes[1].melody.write(tmp_path / f"tune{suffix}")
    comment = next(text for text in read(path).metadata.comments if text.startswith("{"))
    made = json.loads(comment)
    again = solfa.compose(**made["request"], model=model)[made["index"]]
    assert again.melody == tunes[1].melody
    assert again.request == tunes[1].request
    assert made["hash"] == model.hash


def test_symbols_and_every_notation_tell_the_same_notes(tmp_path):
    """The report's own prompt, its length and temperature."""
    prompt = "67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _"
    model = HandMade(rugged, GRID)
    (tune,) = solfa.compose(prompt=prompt, steps=500, temperature=0.3, model=model, seed=1)
    assert tune.symbols.startswith(prompt)
    assert len(tune.symbols.split()) == 500
    assert all(kept for _, kept in tune.checks), tune.checks
    assert tuple(parse(tune.symbols)) == tune.melody.notes
    assert len({note.duration for note in tune.melody.notes}) > 3
    for suffix in (".txt", ".mid", ".musicxml", ".abc", ".krn"):
        again = read(tune.melody.write(tmp_path / f"tune{suffix}"))
        assert joined(again).notes == joined(tune.melody).notes, suffix


def test_models_beside_the_grid_have_no_symbols():
    half = GridEncoding(GRID.symbols, Fraction(1, 2))
    eighth = GridEncoding(GRID.symbols, Fraction(1, 8))
    symbols = [
        solfa.compose(bars=2, seed=1, model=HandMade(uniform, encoding))[0].symbols
        for encoding in (NOTES, eighth, half)
    ]
    assert symbols[:2] == [None, None]
    assert len(symbols[2].split()) == 32


def test_the_score_is_what_the_model_thinks_of_each_note():
    tune = solfa.compose(bars=2, model=UNIFORM["grid"], seed=1)[0]
    steps = [note.duration * 4 for note in tune.melody.notes]
    steps[-1] += 1  # the delimiter
    assert tune.score == pytest.approx([float(n) * math.log2(GRID.size) for n in steps])


def test_the_last_note_ends_a_phrase():
    tune = solfa.compose(bars=4, model=UNIFORM["notes"], seed=1)[0].melody
    assert tune.phrase_ends[-1] == len(tune.notes) - 1
    assert solfa.compose(bars=4, model=UNIFORM["grid"], seed=1)[0].melody.phrase_ends == ()


@pytest.mark.parametrize("key", [Key("C"), Key("F#", "minor"), Key("Bb", "dorian")])
def test_tunes_follow_the_key(key):
    """A note model hears from the tonic: the same seed gives the same tune in every key."""
    asked = {"bars": 4, "scale": "chromatic", "model": HandMade(rugged, NOTES), "seed": 2}
    home = solfa.compose(**asked)[0].melody
    away = solfa.compose(key=key, **asked)[0].melody
    steps = [(a.pitch or 0) - (b.pitch or 0) for a, b in zip(home.notes, away.notes, strict=True)]
    assert {step for step in steps if step} <= {min(steps), max(steps)}
    assert [n.duration for n in home.notes] == [n.duration for n in away.notes]


GOOD = Melody(
    [Note(67, 1), Note(69, 2), Note(71, 1), Note(None, 1), Note(66, 1), Note(67, 2)],
    Key("G"),
    Meter(3, 4),
    Fraction(1),
)
TERMS = Request(
    key=Key("G"), meter=Meter(3, 4), bars=3, pickup=Fraction(1), scale="key", range=(66, 71)
)


def test_checks_pass_what_is_right():
    fine = GOOD.replace(notes=(*GOOD.notes[:-1], Note(67, 3)))
    assert all(kept for _, kept in verify(fine, compile_request(TERMS, UNIFORM["notes"].encoding)))


@pytest.mark.parametrize(
    ("guarantee", "change"),
    [
        ("full bars", {"notes": GOOD.notes[:-1]}),
        ("full bars", {"notes": (*GOOD.notes, Note(67, 1), Note(67, 3))}),
        ("full bars", {"notes": (*GOOD.notes, Note(67, "1/2"))}),
        ("full bars", {"meter": Meter(4, 4)}),
        ("ends on the tonic G", {"notes": (*GOOD.notes, Note(None, 1))}),
        ("ends on the tonic G", {"notes": (*GOOD.notes, Note(69, 1))}),
        ("pickup", {"pickup": Fraction(0)}),
        ("scale", {"notes": (*GOOD.notes, Note(68, 1))}),
        ("range", {"notes": (*GOOD.notes, Note(72, 1))}),
        ("scale of G major", {"key": Key("D")}),
    ],
)
def test_checks_see_what_is_wrong(guarantee, change):
    problem = compile_request(TERMS, UNIFORM["notes"].encoding)
    broken = [name for name, kept in verify(GOOD.replace(**change), problem) if not kept]
    assert any(guarantee in name for name in broken), broken


def test_checks_see_a_changed_prompt():
    request = TERMS.__class__(prompt=GOOD, key=Key("G"), meter=Meter(3, 4), bars=3)
    other = GOOD.replace(notes=(Note(66, 1), *GOOD.notes[1:]))
    assert ("prompt kept", False) in verify(
        other, compile_request(request, UNIFORM["notes"].encoding)
    )


@pytest.mark.slow
@pytest.mark.parametrize("model", [UNIFORM["notes"], UNIFORM["grid"]], ids=["notes", "grid"])
@given(st.sampled_from(["2/4", "3/4", "4/4", "6/8"]), st.integers(2, 6), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_a_tune_ends_like_one(model, meter, bars, seed):
    meter = Meter.parse(meter)
    pickup = seed % 2 * meter.beat
    length = {"bars": bars}
    if model is UNIFORM["grid"] and seed % 3:
        length = {"steps": int(4 * bars * meter.bar) - seed % 7}
    (tune,) = solfa.compose(meter=meter, **length, pickup=pickup, seed=seed, model=model)
    melody = tune.melody
    *_, before, last = (note for note in melody.notes if note.pitch is not None)
    final = melody.onsets()[-1]
    assert (final - melody.pickup) % meter.bar % meter.beat == 0
    assert 3 * last.duration >= 2 * meter.beat
    sayable = model.encoding.pitches(compile_request(tune.request, model.encoding).conditions)
    leaps = [abs(pitch - before.pitch) for pitch in sayable if pitch % 12 == 0]
    assert abs(last.pitch - before.pitch) in (*range(8), min(leaps))
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        if note.pitch is None:
            assert onset + note.duration <= melody.duration - meter.bar
    if model is UNIFORM["notes"]:
        *inner, end = melody.phrase_ends
        assert end == len(melody.notes) - 1
        for index in inner:
            ends = melody.onsets()[index] + melody.notes[index].duration
            assert melody.duration - ends >= meter.bar


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("encoding", ["notes", "grid"])
def test_the_key_is_kept_to_unless_set_free(mode, encoding):
    for scale, inside in ((None, True), ("chromatic", False)):
        asked = {"scale": scale, "bars": 8, "seed": 1, "model": UNIFORM[encoding]}
        (tune,) = solfa.compose(key=f"E {mode}", **asked)
        steps = {(pitch - 4) % 12 for pitch in tune.melody.pitches}
        leading = {11} if (mode, encoding) == ("minor", "notes") else set()
        assert (steps <= {*MODES[mode], *leading}) is inside
        said = [name for name, _ in tune.checks if "every note in" in name]
        assert len(said) == inside
        assert all(f"of E {mode}" in name for name in said)


def test_pitches_that_a_prompt_brings_may_come_again():
    prompt = Melody([Note(p, 1) for p in (66, 69, 73)], Key("A", "minor"))
    (tune,) = solfa.compose(prompt=prompt, bars=8, seed=1, model=UNIFORM["grid"])
    assert tune.request.scale == "1 2 3 #3 4 5 6 #6 7"
    assert ("every note in degrees 1 2 3 #3 4 5 6 #6 7 of A minor", True) in tune.checks


def test_no_silence_where_the_model_can_say_little():
    (tune,) = solfa.compose(range="60-60", bars=8, model=UNIFORM["notes"], seed=1)
    rests = [note.pitch is None for note in tune.melody.notes]
    assert not any(a and b for a, b in pairwise(rests))


def test_tuplets_stay_within_their_beat():
    tunes = solfa.compose(meter="4/4", bars=8, pickup=0, count=10, model=UNIFORM["notes"], seed=1)
    odd = 0
    for tune in tunes:
        onsets = (*tune.melody.onsets(), tune.melody.duration)
        for onset, end in pairwise(onsets):
            if (onset * 4).denominator != 1:
                odd += 1
                assert end <= onset.__ceil__()
    assert odd > 50


@pytest.mark.parametrize("model", [UNIFORM["notes"], UNIFORM["grid"]], ids=["notes", "grid"])
@given(seed=st.integers(0, 999))
@settings(max_examples=10, deadline=None)
def test_notes_are_told_as_they_come(model, seed):
    told = {}

    def hear(index, note):
        told.setdefault(index, []).append(note)

    tunes = solfa.compose(bars=3, count=3, seed=seed, model=model, listen=hear)
    assert {index: tuple(notes) for index, notes in told.items()} == {
        tune.index: tune.melody.notes for tune in tunes
    }


def test_a_note_is_told_before_the_next_is_drawn():
    class HeardError(Exception):
        pass

    def stop(index, note):
        raise HeardError

    with pytest.raises(HeardError):
        solfa.compose(bars=256, seed=1, model=UNIFORM["grid"], listen=stop)


def test_minor_is_minor_where_the_model_is_not_told_the_mode():
    def sung(**asked):
        asked = {"key": "F# minor", "bars": 12, "seed": 1, "model": UNIFORM["grid"], **asked}
        return {(pitch - 6) % 12 for pitch in solfa.compose(**asked)[0].melody.pitches}

    assert sung() == set(MODES["minor"])
    assert sung(model=UNIFORM["notes"]) == {*MODES["minor"], 11}  # the leading note
    assert {4, 11} <= sung(scale="chromatic")
    assert 4 in sung(prompt=Melody([Note(70, 1)], Key("F#", "minor")))  # begins on the major third


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "115-127", "bars": 2},
        {"range": "120-127", "bars": 4},
        {"range": "0-12", "bars": 2},
    ],
    ids=str,
)
def test_pitches_beyond_midi_are_never_composed(asked):
    for tune in solfa.compose(**asked, seed=1, count=3, model=UNIFORM["notes"]):
        assert all(kept for _, kept in tune.checks)


@pytest.mark.parametrize("model", [3, None, 1.5], ids=str)
def test_what_is_no_model_is_refused_in_a_line(model):
    with pytest.raises(solfa.ModelError, match="is no model, having no name; give a name"):
        solfa.compose(model=model, bars=2)


def test_help_lists_every_wish():
    for function in (solfa.compose, solfa.continue_, solfa.infill):
        assert "rest_free: No rests but between phrases." in function.__doc__
