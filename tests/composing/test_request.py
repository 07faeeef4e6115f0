"""What may be asked, as people write it, and the one line that says what cannot be had."""

from fractions import Fraction

import pytest
from hand_made_models import NOTES, UNIFORM

import solfa
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.composing.request.scales import SCALE_NAMES
from solfa.encodings.grid import GridEncoding
from solfa.errors import RequestError
from solfa.melody import Key, Melody, Meter, MeterChange, Note

G_TUNE = Melody([Note(67, 1), Note(69, 1), Note(71, 1), Note(73, 1)], Key("G"), Meter(3, 4))
LONG = Melody([Note(60, 1)] * 12, Key("C"), Meter(3, 4))
TUNE = Melody(
    [Note(67, 1), Note(69, 1), Note(71, 1)] * 4, Key("G"), Meter(3, 4), phrase_ends=(5, 11)
)
UPBEAT = Melody([Note(62, 1), *TUNE.notes[:-1]], Key("G"), Meter(3, 4), 1)
HELD = Melody([Note(67, 3), Note(69, 6), Note(71, 3)], Key("G"), Meter(3, 4))
SHORT = TUNE.replace(notes=(*TUNE.notes[:-1], Note(67, "1/2")))
NOTE, GRID = "notes", "grid"

BAD = [
    (NOTE, {"style": "klezmer"}, "style 'klezmer' is unknown to the model; choose from german, irish"),
    (GRID, {"style": "german"}, "style 'german' is unknown to the model; leave it out"),
    (NOTE, {"style": 3}, "style 3 is not text"),
    (NOTE, {"key": "H"}, "cannot read key 'H'; write B, or 'H-Dur' and 'H-Moll'"),
    (NOTE, {"key": "G", "mode": "blue"}, "unknown mode 'blue'; choose from major, minor"),
    (NOTE, {"meter": "3"}, "cannot read metre '3'; write one like '3/4' or '6/8'"),
    (NOTE, {"meter": "3/5"}, "metre unit 5 is not one of 1, 2, 4"),
    (NOTE, {"bars": 0}, "bars 0 is outside 1..256"),
    (NOTE, {"bars": 257}, "bars 257 is outside 1..256"),
    (NOTE, {"bars": 2.5}, "bars 2.5 is not a whole number"),
    (NOTE, {"bars": 256, "meter": "12/4"}, "256 bars of 12/4 last more than 2048 quarters; ask for at most 170"),
    (NOTE, {"pickup": 4}, "pickup 4 is outside 0 to less than a bar of 4/4 (4 quarters); shorten it"),
    (NOTE, {"pickup": "-1"}, "pickup -1 is outside 0"),
    (NOTE, {"pickup": Meter(4, 4)}, "pickup Meter(4, 4) is no number of quarters"),
    (NOTE, {"pickup": "one"}, "pickup 'one' is no number of quarters; write '1' or '1/2'"),
    (NOTE, {"pickup": "5/4"}, "pickup 5/4 (quarters) is unknown to the model; choose from 0, 1/4, 1/2, 1, 3/2, 2, 3"),
    (GRID, {"pickup": "1/7"}, "pickup 1/7 (quarters) is unknown to the model; take a multiple of 1/4"),
    (GRID, {"pickup": "1/3"}, "pickup 1/3 (quarters) is unknown to the model; take a multiple of 1/4"),
    (GRID, {"steps": 3, "pickup": 1}, "pickup 1 (quarters) leaves no room in 3 steps (3/4); ask for more steps"),
    (NOTE, {"steps": 0}, "steps 0 is outside 1..8192"),
    (NOTE, {"steps": 8193}, "steps 8193 is outside 1..8192"),
    (NOTE, {"steps": "many"}, "steps 'many' is not a whole number"),
    (NOTE, {"steps": 500, "bars": 16}, "bars 16 and steps 500 contradict; leave one out"),
    (NOTE, {"prompt": LONG, "steps": 48}, "the prompt lasts 12 quarters, which leaves no room in 48 steps (12); ask for more steps"),
    (GRID, {"meter": "3/32", "bars": 1}, "bars of 3/32 cannot be filled with the model's durations; choose another metre or pickup"),
    (NOTE, {"scale": "blues"}, "unknown scale 'blues'; choose from key, pentatonic"),
    (NOTE, {"range": "C4"}, "cannot read range 'C4'; write one like 'C4-G5' or '60-79'"),
    (NOTE, {"range": ("C4", None)}, "cannot read range ('C4', None)"),
    (NOTE, {"range": 60}, "cannot read range 60"),
    (NOTE, {"range": (72, 60)}, "range 72-60 does not rise within MIDI's 0..127"),
    (NOTE, {"range": (60, 128)}, "range 60-128 does not rise"),
    (NOTE, {"range": "C4-F4", "key": "G"}, "range C4-F4 has no final tonic that the model can say; include one of"),
    (GRID, {"range": "C1-C2", "key": "C"}, "range C1-C2 has no final tonic that the model can say; include one of C4, C5"),
    (NOTE, {"temperature": 0}, "temperature 0.0 is not above 0 and at most 5"),
    (NOTE, {"temperature": float("nan")}, "temperature nan is not above 0"),
    (NOTE, {"temperature": 6}, "temperature 6.0 is not above 0 and at most 5"),
    (NOTE, {"temperature": "hot"}, "temperature 'hot' is not a number"),
    (NOTE, {"top_p": 0}, "top_p 0.0 is not above 0 and at most 1"),
    (NOTE, {"top_p": 1.1}, "top_p 1.1 is not above 0 and at most 1"),
    (NOTE, {"density": 9}, "density 9.0 is outside 0.25..4 notes a quarter; most songs have 1 to 2"),
    (NOTE, {"min_p": -0.1}, "min_p -0.1 is outside 0..1; 0 leaves nothing out"),
    (NOTE, {"min_p": float("nan")}, "min_p nan is outside 0..1"),
    (NOTE, {"loop_penalty": 11}, "loop_penalty 11.0 is outside 0..10; 0 lets tunes drone"),
    (NOTE, {"loop_penalty": "no"}, "loop_penalty 'no' is not a number"),
    (NOTE, {"style": "irish", "style_strength": 4.5}, "style_strength 4.5 is outside 0..4; 1 is as learned"),
    (NOTE, {"style": "irish", "style_strength": float("nan")}, "style_strength nan is outside 0..4"),
    (NOTE, {"style_strength": 2}, "style_strength 2.0 needs a style; choose from german, irish"),
    (GRID, {"style_strength": 2}, "style_strength 2.0 needs styles, and the model knows none; leave it out"),
    (NOTE, {"count": 0}, "count 0 is outside 1..10000"),
    (NOTE, {"seed": -1}, "seed -1 is below 0; take any whole number from 0 on"),
    (NOTE, {"seed": "x"}, "seed 'x' is not a whole number"),
    (NOTE, {"tempo": 1000}, "tempo 1000 is outside 20..400 quarters a minute"),
    (NOTE, {"prompt": G_TUNE, "key": "D"}, "key D major is not the prompt's (G major); leave it out, or transpose the prompt"),
    (NOTE, {"prompt": G_TUNE, "mode": "minor"}, "key G minor is not the prompt's (G major)"),
    (NOTE, {"prompt": G_TUNE, "meter": "4/4"}, "metre 4/4 is not the prompt's (3/4); leave it out"),
    (NOTE, {"prompt": G_TUNE, "pickup": 1}, "pickup 1 is not the prompt's (0); leave it out"),
    (NOTE, {"prompt": G_TUNE, "scale": "key"}, "the prompt's C#5 is outside the scale 'key' of G major; choose another scale"),
    (NOTE, {"prompt": G_TUNE, "range": "G4-B4"}, "the prompt's C#5 is outside the range G4-B4; widen the range"),
    (NOTE, {"prompt": LONG, "bars": 4}, "the prompt lasts 12 quarters, which leaves no room in 4 bars of 3/4 (12); ask for more bars"),
    (NOTE, {"prompt": LONG.replace(meter_changes=[MeterChange(Fraction(3), Meter(4, 4))])}, "the prompt has a bar of 4/4 at quarter 3; mend it, or cut the prompt before it"),
    (NOTE, {"prompt": Melody([])}, "the prompt has no notes; leave it out"),
    (NOTE, {"prompt": Melody([Note(60, "1/5")])}, "the model cannot say the prompt (duration 1/5 is not a multiple of 1/48"),
    (NOTE, {"prompt": Melody([Note(60, "5/4")])}, "the model cannot say the prompt (duration 5/4 is not in the model's vocabulary"),
    (NOTE, {"prompt": Melody([Note(30, 1), Note(90, 1)])}, "the model cannot say the prompt (pitch"),
    (GRID, {"prompt": Melody([Note(60, 10)])}, "the model cannot say the prompt (duration 10 is not in the model's vocabulary"),
    (GRID, {"prompt": Melody([Note(30, 1)])}, "the model cannot say the prompt (30 not in the vocabulary"),
    (NOTE, {"prompt": "67 x"}, "prompt: symbol 2 is 'x'; write MIDI pitches"),
    (NOTE, {"prompt": "nowhere.abc"}, "prompt: there is no file nowhere.abc"),
    (NOTE, {"prompt": 67}, "prompt: 67 is no melody; give a file, symbols like '67 _ r', or a Melody"),
    (NOTE, {"prompt": b"X:1"}, "prompt: b'X:1' is no melody"),
    (NOTE, {"prompt": "67 / 67"}, "prompt: symbol 2 is '/'; write MIDI pitches 0..127, r (rest) or _ (hold)"),
    (NOTE, {"prompt": "x" * 5000}, "prompt: there is no file xxx"),
    (NOTE, {"prompt": "\0\n"}, "prompt: there is no file ??; give a tune's file"),
    (NOTE, {"prompt": "X:1\nK:C\n\udc80"}, "prompt, line 1: no notes"),
    (NOTE, {"prompt": Melody([Note(60, 10**9)])}, "prompt: it lasts more than 2048 quarters; cut it"),
    (NOTE, {"bars": 10**12}, "bars 1000000000000 is outside 1..256"),
    (NOTE, {"bars": 10**5000}, "bars has more than 40 digits; write a smaller number"),
    (NOTE, {"bars": True}, "bars True is not a whole number"),
    (NOTE, {"pickup": float("inf")}, "pickup inf is no number of quarters"),
    (NOTE, {"pickup": "1e999999999"}, "pickup '1e999999999' is no number of quarters"),
    (NOTE, {"range": "C4-C99999"}, "cannot read range 'C4-C99999'; write one like 'C4-G5' or '60-79'"),
    (NOTE, {"range": [60, 10**5000]}, "cannot read range a far too long list"),
    (NOTE, {"temperature": 10**400}, "temperature 1000000000"),
    (NOTE, {"mode": []}, "unknown mode []; choose from major"),
    (NOTE, {"style": "x" * 2000}, "style 'xxx"),
    (NOTE, {"scale": "2 3 5"}, "scale '2 3 5' lacks the final; add degree 1"),
    (NOTE, {"scale": "1 2 8"}, "scale '1 2 8': degree '8' is none of 1..7, altered by # or b; mend it"),
    (NOTE, {"scale": [1, None]}, "scale [1, None] is not text"),
    (NOTE, {"largest_leap": 0}, "largest_leap 0 is outside 1..24 semitones; an octave has 12"),
    (NOTE, {"largest_leap": 25}, "largest_leap 25 is outside 1..24"),
    (NOTE, {"largest_leap": 2.5}, "largest_leap 2.5 is not a whole number"),
    (NOTE, {"prompt": G_TUNE, "largest_leap": 1}, "the prompt leaps 2 semitones, from B4 to C#5, beyond largest_leap 1; allow 2"),
    (NOTE, {"largest_leap": 3, "scale": "1 5", "form": "AB", "cadences": "half"}, "largest_leap 3 leaves no way to the end of the tune; allow 5"),
    (NOTE, {"form": "AaBA"}, "cannot read form 'AaBA'; write one like 'AABA', \"AA'BB'\" or 'A4A4B8A4'"),
    (NOTE, {"form": 3}, "form 3 is not text"),
    (NOTE, {"form": "A'BA"}, 'form "A\'BA" varies A before it was heard; write A first, without a prime'),
    (NOTE, {"form": "A" * 100}, "form 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...' has 100 phrases; write at most 64"),
    (NOTE, {"form": "A" * 10_000}, "form 'AAAAAAAAAAAAAAAAAAAAAAAAAAA...AAAAAAAAAAAAAAAAAAAAAAAAAAAA' has more than 1000"),
    (NOTE, {"form": "A0B4"}, "a phrase of 0 bars is outside 1..256; mend the form"),
    (NOTE, {"form": "A999B4"}, "bars 1003 is outside 1..256; a phrase of 999 bars is outside 1..256"),
    (NOTE, {"form": "AABA", "steps": 64}, "form AABA parts bars, and 64 steps are asked for; ask for bars"),
    (NOTE, {"form": "A4A4", "bars": 16}, "form A4A4 makes 8 bars, and the tune has 16; ask for bars 8, or mend it"),
    (NOTE, {"form": "ABC", "bars": 16}, "the 16 bars cannot be parted equally among 3 phrases of form ABC; ask for bars 18, or write lengths like A4"),
    (NOTE, {"form": "A8BC", "bars": 8}, "the 8 bars cannot be parted equally among 2 phrases of form A8BC beside 8; ask for bars 10"),
    (NOTE, {"form": "A4A4", "phrase_bars": 4}, "form A4A4 and phrase_bars 4 contradict; leave one out"),
    (NOTE, {"form": "AABA", "phrase_bars": "4,4"}, "phrase_bars 4,4 are 2 for the 4 phrases of AABA; write one, or 4"),
    (NOTE, {"form": "A4A8"}, "A has 4 bars and then 8, which cannot be the same note for note; write A', or likeness below 1"),
    (NOTE, {"phrase_bars": 5, "bars": 16}, "phrase_bars 5,5,5,5 makes 20 bars, and the tune has 16; ask for bars 20, or mend it"),
    (NOTE, {"phrase_bars": 1, "bars": 256}, "the form has more than 64 phrases; write fewer, of more bars"),
    (NOTE, {"phrase_bars": 0}, "a phrase of 0 bars is outside 1..256; mend the form"),
    (NOTE, {"phrase_bars": 10**8}, "bars 100000000 is outside 1..256; a phrase of 100000000 bars is outside 1..256"),
    (NOTE, {"phrase_bars": [4, None]}, "cannot read phrase_bars [4, None]; write one like '4' or '4,4,8,4'"),
    (NOTE, {"likeness": 0.5}, "likeness 0.5 needs a form that repeats, as AABA; give one"),
    (NOTE, {"likeness": 0.5, "form": "ABCD"}, "likeness 0.5 needs a form that repeats, and form ABCD does not; write one like AABA"),
    (NOTE, {"likeness": 1.2, "form": "AABA"}, "likeness 1.2 is outside 0..1; 1 is note for note"),
    (NOTE, {"likeness": float("nan"), "form": "AABA"}, "likeness nan is outside 0..1"),
    (NOTE, {"cadences": "half"}, "cadences half need phrases; give form or phrase_bars"),
    (NOTE, {"cadences": "plagal", "form": "AB"}, "unknown cadence 'plagal'; choose from half, full, free"),
    (NOTE, {"cadences": "half full half", "form": "AABA"}, "3 cadences are asked for, and form AABA has 4 phrases; write one for all but the last, or 4"),
    (NOTE, {"cadences": "half half", "form": "AB"}, "the last phrase ends on the tonic, not half; write full for it"),
    (NOTE, {"cadences": "half", "form": "AABA"}, "phrases 2 and 4 are the same A, and end half and full; write A' for one, likeness below 1, or other cadences"),
    (NOTE, {"cadences": "half", "form": "AB", "scale": "1 3"}, "scale '1 3' has no half cadence; add the 2nd, 5th or 7th degree"),
    (NOTE, {"cadences": "half", "form": "AB", "range": "C4-C4"}, "range C4-C4 has no half cadence; include the 2nd, 5th or 7th degree"),
    (NOTE, {"cadences": [None], "form": "AB"}, "cadences [None] is not text"),
    (NOTE, {"cadences": "half", "form": "A4B4", "prompt": TUNE}, "phrase 1 ends on B4 in the prompt, which is no half cadence; ask for another"),
    (NOTE, {"form": "A4A4", "prompt": TUNE}, "phrase 1 ends on B4 in the prompt, which is no full cadence; ask for another"),
    (NOTE, {"form": "A1A1", "prompt": Melody([Note(60, 3), Note(None, 1)])}, "phrase 1 ends with a rest in the prompt, and its repeat is to end the tune; write A' for the last"),
    (NOTE, {"form": "A1B1", "cadences": "half", "prompt": Melody([Note(None, 4)])}, "phrase 1 ends on a rest in the prompt, which is no half cadence; ask for another"),
    (NOTE, {"form": "A1A1B2", "prompt": G_TUNE}, "phrases 1 and 2 of form A1A1B2 are the same A, and not the same in the prompt; write A', or likeness below 1"),
    (NOTE, {"form": "A1B1C2D4", "prompt": HELD}, "the prompt's note at quarter 3 goes on over the end of phrase 2 of the form, at 6; choose other phrases"),
    (NOTE, {"prompt": TUNE, "rewrite": 5}, "the tune has no bar 5; name some of 1..4"),
    (NOTE, {"prompt": UPBEAT, "rewrite": "0-9"}, "the tune has no bar 5-9; name some of 0..4, 0 being its pickup"),
    (NOTE, {"prompt": TUNE, "rewrite": "1-4"}, "nothing of the tune is kept; keep a bar, or compose a new tune"),
    (NOTE, {"prompt": HELD, "rewrite": 3}, "no note begins in bars 3; name the bar in which it begins"),
    (NOTE, {"prompt": TUNE, "rewrite": "4-2"}, "bars '4-2' falls; write 2-4"),
    (NOTE, {"prompt": TUNE, "rewrite": "1-99999999"}, "bars '1-99999999' names too many; name at most 10000"),
    (NOTE, {"prompt": TUNE, "rewrite": [1, None]}, "cannot read bars [1, None]; write numbers like '5-8, 13'"),
    (NOTE, {"prompt": TUNE, "rewrite": range(10**20)}, "the tune has no bar 0, 5-9999; name some of 1..4"),
    (NOTE, {"prompt": TUNE, "rewrite_phrases": 3}, "the tune has no phrase 3; name some of 1..2"),
    (NOTE, {"prompt": G_TUNE, "rewrite_phrases": 1}, "the tune marks no phrases; name bars to be written anew"),
    (NOTE, {"prompt": TUNE, "rewrite": 2, "bars": 8}, "bars 8 cannot be asked for: the tune keeps its length where bars are written anew; leave it out"),
    (NOTE, {"prompt": TUNE, "rewrite": 2, "form": "A3B3"}, "form A3B3 makes 6 bars, and the tune has 4; mend it"),
    (NOTE, {"prompt": SHORT, "rewrite": 2, "form": "AB"}, "form AB parts whole bars, and the tune lasts 23/6 bars of 3/4; leave it out"),
    (NOTE, {"prompt": UPBEAT, "rewrite": 2, "form": "AABC"}, "phrases 1 and 2 of form AABC are the same A, and not the same in the prompt"),
    (NOTE, {"rewrite": "5-8"}, "bars 5-8 cannot be written anew without a tune; give one"),
    (NOTE, {"candidates": 4}, "candidates 4 are chosen from where bars are written anew; leave it out"),
    (NOTE, {"prompt": TUNE, "rewrite": 2, "candidates": 65}, "candidates 65 is outside 1..64"),
    (NOTE, {"onward": True, "prompt": TUNE, "bars": 255}, "bars 259, the prompt's 4 among them, is outside 1..256"),
    (NOTE, {"onward": True, "prompt": TUNE, "bars": 4, "steps": 64}, "bars 4 and steps 64 contradict; leave one out"),
]  # fmt: skip


def test_there_are_many_ways_to_ask_for_what_cannot_be_had():
    assert len(BAD) >= 60


@pytest.mark.parametrize(("encoding", "asked", "message"), BAD, ids=[bad[2][:50] for bad in BAD])
def test_what_cannot_be_had_is_refused_in_a_line(encoding, asked, message):
    with pytest.raises(RequestError) as refusal:
        solfa.compose(**asked, model=UNIFORM[encoding])
    assert str(refusal.value).startswith(message)
    assert len(str(refusal.value).splitlines()) == 1


def test_all_contradictions_are_told_together():
    with pytest.raises(RequestError) as refusal:
        solfa.compose(
            prompt=G_TUNE, meter="4/4", key="A", bars=0, count=0, scale="dorian", top_p=2,
            style="none", model=UNIFORM["notes"],
        )  # fmt: skip
    for word in ("metre 4/4", "key A", "bars 0", "count 0", "outside the scale", "top_p", "style"):
        assert word in str(refusal.value)


def test_all_that_cannot_be_read_is_told_together():
    with pytest.raises(RequestError) as refusal:
        ask(key="X", meter="y", range="z", pickup="w", prompt="v", bars=None, seed=1.5)
    for word in ("key 'X'", "metre 'y'", "range 'z'", "pickup 'w'", "no file", "seed 1.5"):
        assert word in str(refusal.value)


def test_new_bars_are_counted_not_the_prompts():
    with pytest.raises(RequestError, match=r"bars 0 is outside 1\.\.256"):
        solfa.continue_(LONG, 0, model=UNIFORM["notes"])


def test_steps_finer_than_the_models_are_refused():
    halves = GridEncoding(UNIFORM["grid"].encoding.symbols, Fraction(1, 2))
    model = UNIFORM["grid"].__class__(UNIFORM["grid"].opinion, halves)
    assert solfa.compose(steps=6, seed=1, model=model)[0].melody.duration == Fraction(3, 2)
    with pytest.raises(RequestError, match="7 steps in 4/4 cannot be filled with the model's"):
        solfa.compose(steps=7, model=model)


def test_a_prompt_that_ends_nowhere_is_refused():
    lost = Melody([Note(60, "1/16")], meter=Meter(4, 4))
    coarse = NOTES.__class__((3, 48), (0,), ("4/4",), ())
    model = UNIFORM["notes"].__class__(UNIFORM["notes"].opinion, coarse)
    assert solfa.compose(prompt=lost, bars=1, model=model)
    coarse = NOTES.__class__((16, 48), (0,), ("4/4",), ())
    model = UNIFORM["notes"].__class__(UNIFORM["notes"].opinion, coarse)
    lost = Melody([Note(60, "1/3"), Note(60, 1)], meter=Meter(4, 4))
    assert solfa.compose(prompt=lost, bars=2, model=model)
    coarse = NOTES.__class__((32, 48), (0,), ("4/4",), ())
    model = UNIFORM["notes"].__class__(UNIFORM["notes"].opinion, coarse)
    lost = Melody([Note(60, "2/3")], meter=Meter(4, 4))
    with pytest.raises(RequestError, match="from where the model's durations cannot complete"):
        solfa.compose(prompt=lost, bars=1, model=model)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"key": "f# minor"}, {"key": Key("F#", "minor")}),
        ({"key": "A", "mode": "dorian"}, {"key": Key("A", "dorian")}),
        ({"mode": "minor"}, {"key": Key("C", "minor")}),
        ({"meter": "6/8"}, {"meter": Meter(6, 8)}),
        ({"pickup": "1/2"}, {"pickup": Fraction(1, 2)}),
        ({"pickup": 0.5}, {"pickup": Fraction(1, 2)}),
        ({"range": "C4-G5"}, {"range": (60, 79)}),
        ({"range": ("Bb3", 79)}, {"range": (58, 79)}),
        ({"range": "60 - 79"}, {"range": (60, 79)}),
        ({"scale": "Harmonic-Minor"}, {"scale": "harmonic minor"}),
        ({}, {"key": Key("C"), "meter": Meter(4, 4), "bars": 16, "pickup": None, "prompt": None}),
    ],
)
def test_requests_are_understood_as_people_write_them(asked, expected):
    request = ask(**asked)
    assert {name: getattr(request, name) for name in expected} == expected


FOUND = ("key: found by analysis", "metre: found by analysis")


def test_symbols_are_a_prompt_whose_key_and_bars_are_found():
    request = ask(prompt="67 _ _ _ 71 _ 69 _ 67 _ _ _ 62 _ _ _ 67 _ _ _ 71 _ _ _ 67 _ _ _ _ _ _ _")
    assert (request.key, request.meter, request.pickup) == (Key("G"), Meter(2, 4), 0)
    assert request.prompt.metadata.comments == FOUND
    told = ask(prompt="67 _ _ _ 71 _", meter="3/4").prompt
    assert (told.meter, told.metadata.comments) == (Meter(3, 4), FOUND[:1])
    told = ask(prompt="67 _ _ _ 71 _", key="E minor", meter="3/4", pickup=1)
    assert told.prompt.key == Key("E", "minor")
    assert (told.prompt.meter, told.prompt.pickup) == (Meter(3, 4), 1)
    assert told.prompt.metadata.comments == ()


def test_a_file_is_a_prompt(tmp_path):
    for suffix in (".abc", ".krn", ".txt"):
        G_TUNE.write(tmp_path / f"tune{suffix}")
        for path in (tmp_path / f"tune{suffix}", str(tmp_path / f"tune{suffix}")):
            told = {"key": "G", "meter": "3/4", "pickup": 0} if suffix == ".txt" else {}
            request = ask(prompt=path, **told)
            assert request.prompt.notes == G_TUNE.notes
            assert (request.key, request.meter, request.pickup) == (Key("G"), Meter(3, 4), 0)


def test_a_prompt_shorter_than_the_pickup_is_part_of_it():
    tune = solfa.compose(prompt="67 _", meter="3/4", pickup=1, bars=2, model=UNIFORM["notes"])[0]
    assert tune.melody.pickup == 1
    assert tune.melody.duration == 6


@pytest.mark.parametrize("name", SCALE_NAMES)
def test_every_scale_has_its_tonic(name):
    for key in (Key("G"), Key("Eb", "minor"), Key("D", "phrygian")):
        assert key.pitch_class in Request(key=key, scale=name).pitch_classes


def test_scales_follow_the_mode():
    assert Request(key=Key("A", "minor"), scale="key").pitch_classes == {9, 11, 0, 2, 4, 5, 7}
    assert Request(key=Key("A", "minor"), scale="pentatonic").pitch_classes == {9, 0, 2, 4, 7}
    assert Request(key=Key("C"), scale="pentatonic").pitch_classes == {0, 2, 4, 7, 9}
    assert Request(key=Key("A", "minor"), scale="harmonic minor").pitch_classes >= {8, 9}
    assert len(Request(scale=None).pitch_classes) == 12
