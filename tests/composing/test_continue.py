"""A prompt cut off anywhere goes on in its own key, metre and rhythm of phrases."""

from fractions import Fraction
from io import BytesIO
from itertools import accumulate, cycle

import mido
import pytest
from hand_made_models import GRID, NOTES, UNIFORM, HandMade, rugged, uniform
from hypothesis import given, settings
from hypothesis import strategies as st

import solfa
from solfa.composing.compose import compose_request
from solfa.composing.continuation import continue_phrases
from solfa.composing.replay import compose_again
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.errors import RequestError
from solfa.formats import read_bytes, render
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import until

MODELS = [
    HandMade(opinion, encoding) for encoding in (NOTES, GRID) for opinion in (rugged, uniform)
]
MODEL = UNIFORM["notes"]


WALTZ = Meter(3, 4)


def sung(lengths, meter=WALTZ, pickup=0):
    """Quarters or half quarters for phrases of so many bars, each marked."""
    beat = Fraction(4, meter.unit)
    beats = int(sum(lengths) * meter.bar / beat)
    notes = [Note(p, beat) for p, _ in zip(cycle((67, 69, 71, 72, 74)), range(beats), strict=False)]
    ends = [int(bars * meter.bar / beat) - 1 for bars in accumulate(lengths)]
    return Melody(notes, Key("G"), meter, pickup, ends)


def lengths(request):
    return [phrase.bars for phrase in request.form]


def found(composition):
    return composition.request.prompt.metadata.found


@pytest.mark.slow
@given(
    bars=st.integers(1, 5),
    meter=st.sampled_from([Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8)]),
    pickup=st.sampled_from([0, Fraction(1, 2), Fraction(1)]),
    cut=st.fractions(1, 3),
    new=st.none() | st.integers(1, 9),
    model=st.sampled_from(MODELS),
)
@settings(max_examples=40, deadline=None)
def test_a_prompt_cut_anywhere_goes_on_in_its_rhythm(bars, meter, pickup, cut, new, model):
    at = Fraction(round(4 * cut * bars * meter.bar), 4)
    prompt = until(sung([bars] * 3, meter, pickup), at)
    (tune,) = solfa.continue_(prompt, new, seed=1, model=model)
    assert all(kept for _, kept in tune.checks), tune.checks
    melody, request = tune.melody, tune.request
    assert melody.notes[: len(prompt.notes)] == prompt.notes
    assert (melody.key, melody.meter, melody.pickup) == (prompt.key, meter, pickup)
    assert set(lengths(request)[:-1]) <= {bars}
    over = list(accumulate(note.duration for note in melody.notes))
    ends = {over[index] / meter.bar for index in melody.phrase_ends}
    assert ends >= set(accumulate(lengths(request)))
    assert f"phrases: of {bars} bars, as marked" in found(tune)
    if new is None:
        assert lengths(request)[-1] == bars
        assert request.bars >= 8


@pytest.mark.parametrize(
    ("each", "heard", "new", "expected"),
    [
        (4, 6, 10, [4, 4, 4, 4]),
        (4, 6, 11, [4, 4, 4, 5]),  # a bar that is left over lengthens the last
        (4, 6, 12, [4, 4, 4, 4, 2]),  # two make a short one
        (4, 6, 13, [4, 4, 4, 4, 3]),
        (2, 5, 2, [2, 2, 3]),
        (3, 4, 4, [3, 3, 2]),
        (8, 9, 1, [8, 2]),
        (4, 4, 1, [5]),
    ],
)
def test_bars_that_do_not_divide_are_parted_sensibly(each, heard, new, expected):
    prompt = until(sung([each] * 3), 3 * heard)
    (tune,) = solfa.continue_(prompt, new, seed=1, model=MODEL)
    assert lengths(tune.request) == expected
    assert all(kept for _, kept in tune.checks)


def test_a_pattern_of_phrases_goes_on():
    prompt = until(sung([2, 2, 4, 2, 2, 4]), 50)
    (tune,) = solfa.continue_(prompt, 6, seed=1, model=MODEL)
    assert lengths(tune.request) == [2, 2, 4, 2, 2, 4, 2, 2, 2]
    assert found(tune) == ("phrases: of 2, 2 and 4 bars, as marked",)


def test_phrases_without_rhythm_are_left_to_the_model():
    (tune,) = solfa.continue_(sung([2, 3, 4]), 4, seed=1, model=MODEL)
    assert tune.request.form == ()
    assert found(tune) == ("phrases: irregular, left to the model",)
    (tune,) = solfa.continue_("67 _ 69 _", 4, meter="3/4", seed=1, model=MODEL)
    assert found(tune)[-1] == "phrases: left to the model"


def test_unmarked_phrases_are_found():
    pitches = (67, 69, 71, 72, 74, 72, 71, 67, 69)
    phrase = [*[Note(pitch, 1) for pitch in pitches], Note(67, 2), Note(None, 1)]
    prompt = until(Melody(phrase * 3, Key("G"), Meter(3, 4)), 31)
    (tune,) = solfa.continue_(prompt, seed=1, model=MODEL)
    assert lengths(tune.request) == [4] * 5
    assert found(tune) == ("phrases: of 4 bars, found by analysis",)


@pytest.mark.parametrize(
    "asked", [{"form": "AB", "bars": None}, {"phrase_bars": "5"}, {"steps": 40}]
)
def test_phrases_that_are_asked_for_are_left_as_they_are(asked):
    prompt = until(sung([2, 2]), 7)
    (tune,) = solfa.continue_(prompt, **asked, seed=1, model=MODEL)
    assert found(tune) == ()
    assert lengths(tune.request) in ([None, None], [5] * 3, [])


def test_a_phrase_end_that_is_sung_over_is_passed():
    """Phrases end between notes, and at the prompt's own marks."""
    tune = sung([2, 2, 2, 2])
    held = [*tune.notes[:11], Note(67, 2), *tune.notes[13:]]
    phrases = [5, 16, 22]  # the second goes on over its bar line, into the third
    prompt = until(tune.replace(notes=held, phrase_ends=phrases), 19)
    request = continue_phrases(
        ask(prompt=prompt, bars=4, onward=True), NOTES, open_end=False
    ).request
    assert lengths(request) in ([2, 4, 2, 3], [])
    unmarked = prompt.replace(phrase_ends=())
    request = continue_phrases(
        ask(prompt=unmarked, bars=4, onward=True), NOTES, open_end=False
    ).request
    borders = list(accumulate(lengths(request)))
    assert 4 not in borders


def test_a_prompts_own_marks_stay_where_the_rhythm_is_even_only_nearly():
    notes = [Note(67, 1)] * 5 + [Note(67, "3/2"), Note(69, "1/2")] + [Note(67, 1)] * 5
    prompt = Melody(notes, Key("G"), Meter(3, 4), 0, (5,))
    (tune,) = solfa.continue_(prompt, 4, seed=1, model=MODEL)
    assert found(tune) == ("phrases: of 2 bars, as marked",)
    assert tune.melody.phrase_ends[0] == 5
    assert all(kept for _, kept in tune.checks)


def test_a_mark_where_the_tune_was_cut_is_not_kept():
    prompt = until(sung([2, 2, 2]), 14)
    closed = prompt.replace(phrase_ends=(*prompt.phrase_ends, len(prompt.notes) - 1))
    (tune,) = solfa.continue_(closed, 4, seed=1, model=MODEL)
    assert lengths(tune.request) == [2, 2, 2, 3]
    assert len(prompt.notes) - 1 not in tune.melody.phrase_ends


@pytest.mark.parametrize("bars", [70, 10**9, 0])
def test_what_no_rhythm_can_be_kept_for_is_left_or_refused(bars):
    prompt = sung([1, 1])
    if bars != 70:
        with pytest.raises(RequestError, match=r"^bars \d+.* is outside 1..256"):
            solfa.continue_(prompt, bars, model=MODEL)
        return
    (tune,) = solfa.continue_(prompt, bars, seed=1, model=MODEL)
    assert tune.request.form == ()


def test_what_was_found_is_told_in_the_file_and_when_it_is_replayed():
    prompt = "67 _ _ _ 69 _ _ _ 71 _ _ _ " * 8
    (tune,) = solfa.continue_(prompt, 4, seed=1, model=MODEL)
    assert found(tune)[:2] == ("key: found by analysis", "metre: found by analysis")
    told = [f"prompt's {text}" for text in found(tune)]
    assert list(tune.melody.metadata.comments[1:]) == told
    again = compose_again(tune.melody, "x", MODEL)
    assert again.melody == tune.melody
    assert again.melody.metadata == tune.melody.metadata
    assert again.request == tune.request


# What a file does not tell


NOTES_OF_D = [Note(p, 1) for p in (62, 64, 66, 67, 69, 67, 66, 64, 62, 66, 69, 74)]


def bare_midi(*signs):
    """The notes as another program would write them, with these signs before."""
    track = mido.MidiTrack(signs)
    for note in NOTES_OF_D:
        track.append(mido.Message("note_on", note=note.pitch))
        track.append(mido.Message("note_off", note=note.pitch, time=480))
    buffer = BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=buffer)
    return read_bytes(buffer.getvalue(), "x.mid")


KEY_SIGN = mido.MetaMessage("key_signature", key="G")
TIME_SIGN = mido.MetaMessage("time_signature", numerator=3, denominator=4)
ABC = b"X:1\nM:%s\nL:1/4\nK:%s\nDEFGAGFEDFAd"


def test_what_midi_does_not_tell_is_found():
    request = ask(prompt=bare_midi())
    told = request.prompt.metadata.found
    assert told == tuple(f"{name}: found by analysis" for name in ("key", "metre"))
    assert request.key == Key("D")
    request = ask(prompt=bare_midi(KEY_SIGN, TIME_SIGN))
    assert (request.key, request.meter) == (Key("G"), Meter(3, 4))
    assert request.prompt.metadata.found == ()


def test_what_is_asked_for_stands_for_what_is_not_told():
    request = ask(prompt=bare_midi(), key="G", meter="3/4", pickup=1)
    assert request.prompt.key == Key("G")
    assert (request.prompt.meter, request.prompt.pickup) == (Meter(3, 4), 1)
    assert request.prompt.metadata.found == ()
    with pytest.raises(RequestError, match="key D major is not the prompt's"):
        solfa.continue_(bare_midi(KEY_SIGN, TIME_SIGN), key="D", model=MODEL)


@pytest.mark.parametrize(
    ("meter", "key", "names"),
    [
        (b"3/4", b"none", ["key"]),
        (b"none", b"A mixolydian", ["metre"]),
        (b"none", b"none", ["key", "metre"]),
        (b"3/4", b"A mixolydian", []),
    ],
)
def test_what_abc_does_not_tell_is_found(meter, key, names):
    prompt = read_bytes(ABC % (meter, key), "x.abc")
    (tune,) = solfa.continue_(prompt, 2, seed=1, model=MODEL)
    told = [f"{name}: found by analysis" for name in names]
    assert list(found(tune))[:-1] == told
    assert tune.request.key == (Key("D", "minor") if "key" in names else Key("A", "mixolydian"))
    assert tune.melody.notes[:12] == prompt.notes


def test_a_mode_that_is_not_told_is_found_among_the_two_of_the_signature():
    minor = Melody([Note(p, 1) for p in (69, 71, 72, 74, 76, 72, 69, 68)], Key("A", "minor"))
    text = render(minor, ".musicxml").replace(b"<mode>minor</mode>", b"")
    request = ask(prompt=read_bytes(text, "x.musicxml"))
    assert request.key == Key("A", "minor")
    assert request.prompt.metadata.found == ("mode: found by analysis",)
    request = ask(prompt=read_bytes(text, "x.musicxml"), key="C")
    assert request.prompt.key == Key("C")


def test_the_end_of_a_part_is_not_trusted_to_be_the_tonic():
    """The reader takes the file for a whole tune, in C; so does who writes some of it anew."""
    notes = [Note(p, 1) for p in (65, 67, 64, 65, 64, 60, 67, 72)]
    prompt = Melody(notes, metadata=Metadata(comments=("a", "key: found by analysis")))
    tune = ask(prompt=prompt).prompt
    assert tune.key == Key("F")
    assert tune.metadata.comments == prompt.metadata.comments
    assert ask(prompt=prompt, rewrite=[1]).prompt.key == Key("C")


def test_a_prompt_in_free_metre_is_refused_where_nothing_found_one():
    free = sung([2, 2]).replace(meter=None)
    with pytest.raises(RequestError, match=r"^the prompt is in free metre; give one with a metre"):
        compose_request(Request(key=free.key, meter=Meter(3, 4), prompt=free), MODEL)
    assert ask(prompt=free).prompt.meter is not None


@pytest.mark.parametrize("at", [Fraction(25, 4), Fraction(13, 2), Fraction(25, 3), Fraction(7)])
@pytest.mark.parametrize("model", MODELS[:2], ids=repr)
def test_a_beat_that_was_cut_is_completed(at, model):
    prompt = until(sung([2, 2, 2]), at)
    for tune in solfa.continue_(prompt, 4, seed=3, count=3, model=model):
        assert all(kept for _, kept in tune.checks)
        ends = accumulate(note.duration for note in tune.melody.notes)
        after = next(end for end in ends if end > at)
        assert at.denominator != 3 or after <= 9
