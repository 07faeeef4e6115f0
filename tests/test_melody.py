from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solfa.errors import SolfaError
from solfa.melody import (
    MODES,
    Bar,
    Key,
    KeyChange,
    Melody,
    Metadata,
    Meter,
    MeterChange,
    Note,
    Spelling,
    merge_ties,
    note_onsets,
    total,
)
from strategies import DURATIONS, keys, melodies, meters, notes, notes_of, sung

quick = settings(max_examples=100, deadline=None)
NAMES = {"Note": Note, "Key": Key, "Meter": Meter, "Melody": Melody, "Metadata": Metadata}


# Notes


@quick
@given(notes)
def test_a_note_pastes(note: Note) -> None:
    assert eval(repr(note), NAMES) == note


def test_a_duration_is_anything_a_fraction_takes() -> None:
    assert Note(60, 1) == Note(60, "1") == Note(60, 1.0) == Note(60, Fraction(1))


@quick
@given(st.lists(st.sampled_from(DURATIONS)))
def test_a_total_is_the_sum(durations: list[Fraction]) -> None:
    assert total(durations) == sum(durations)


def test_ties_join_equal_pitches_only() -> None:
    parts = [(60, True), (60, True), (60, False), (60, True), (62, False), (None, False)]
    assert merge_ties((Note(pitch, 1), tied) for pitch, tied in parts) == [
        Note(60, 3), Note(60, 1), Note(62, 1), Note(None, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("duration", [np.float32(0.5), np.float64(0.5), Decimal("0.5"), " 1/2 "])
def test_a_duration_may_be_another_library_s_number(duration: Any) -> None:
    assert Note(60, duration) == Note(60, "1/2")
    made = Note(np.int64(60), np.int64(2))
    assert made == Note(60, 2)
    assert (type(made.pitch), type(made.duration.numerator)) == (int, int)


@quick
@given(st.fractions(Fraction(1, 64), 64, max_denominator=64))
def test_a_float_is_exact_or_the_error_says_the_fraction(duration: Fraction) -> None:
    value = float(duration)
    if duration.denominator & (duration.denominator - 1) == 0:
        assert Note(60, value).duration == duration
        return
    with pytest.raises(SolfaError) as error:
        Note(60, value)
    assert str(error.value) == (
        f"duration {value} is no exact fraction; write {duration!r} or '{duration}'"
    )


@given(st.integers(-20, 140), keys)
def test_a_spelling_parses(pitch: int, key: Key) -> None:
    spelling = key.spell(pitch)
    assert Spelling.parse(str(spelling)) == spelling


# Keys


@quick
@given(keys)
def test_a_key_pastes_and_parses(key: Key) -> None:
    assert eval(repr(key), NAMES) == key
    assert Key.parse(str(key)) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("G", Key("G")), ("g", Key("G")), ("g minor", Key("G", "minor")), ("Am", Key("A", "minor")),
        ("F#m", Key("F#", "minor")), ("D dorian", Key("D", "dorian")), ("Ddor", Key("D", "dorian")),
        ("Bb major", Key("Bb")), ("B♭", Key("Bb")), ("B-", Key("Bb")), ("bb min", Key("Bb", "minor")),
        ("A Mixolydian", Key("A", "mixolydian")), ("E aeolian", Key("E", "minor")),
        ("C ionian", Key("C")), ("CMaj", Key("C")), (" F lyd ", Key("F", "lydian")),
    ],
)  # fmt: skip
def test_keys_as_people_write_them(text: str, key: Key) -> None:
    assert Key.parse(text) == key


def test_a_mode_given_apart_counts() -> None:
    assert Key.parse("G", "dorian") == Key("G", "dorian")


@pytest.mark.parametrize(
    ("key", "signature"),
    [("C", 0), ("F# major", 6), ("Gb", -6), ("E minor", 1), ("D dorian", 0), ("E phrygian", 0),
     ("F lydian", 0), ("G mixolydian", 0), ("B locrian", 0), ("Eb minor", -6)],
)  # fmt: skip
def test_signatures(key: str, signature: int) -> None:
    assert Key.parse(key).signature == signature


@given(keys, st.integers(-30, 30))
def test_transposing_a_key_moves_its_tonic_and_scale(key: Key, semitones: int) -> None:
    moved = key.transpose(semitones)
    assert moved.mode == key.mode
    assert moved.pitch_class == (key.pitch_class + semitones) % 12
    assert moved.scale == {(pitch + semitones) % 12 for pitch in key.scale}


@given(st.integers(-20, 40), st.sampled_from(list(MODES)))
def test_the_key_on_a_pitch_class_has_the_plainest_signature(tonic: int, mode: str) -> None:
    key = Key.of(tonic, mode)
    assert key.pitch_class == tonic % 12
    assert abs(key.signature) <= 6


@given(keys, st.integers(0, 127))
def test_a_spelling_sounds_as_its_pitch(key: Key, pitch: int) -> None:
    spelling = key.spell(pitch)
    assert spelling.pitch == pitch
    assert key.spell(pitch % 12 + 60)[:2] == spelling[:2]


@given(keys)
def test_each_step_of_a_scale_has_its_own_letter_in_the_signature(key: Key) -> None:
    spellings = [key.spell(60 + pitch) for pitch in sorted(key.scale)]
    assert {spelling.step for spelling in spellings} == set("ABCDEFG")
    assert sum(spelling.alter for spelling in spellings) == key.signature
    assert key.accidentals == {step: alter for step, alter, _ in spellings if alter}


def test_accidentals_come_in_the_order_of_the_signature() -> None:
    assert list(Key("A").accidentals.items()) == [("F", 1), ("C", 1), ("G", 1)]
    assert list(Key("Fb").accidentals.items())[:2] == [("B", -2), ("E", -1)]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("C", "C C# D Eb E F F# G G# A Bb B"),
        ("C minor", "C Db D Eb E F F# G Ab A Bb B"),
        ("C locrian", "C Db D Eb E F Gb G Ab A Bb B"),
        ("C mixolydian", "C C# D Eb E F F# G G# A Bb B"),
    ],
)
def test_chromatic_spelling(key: str, names: str) -> None:
    spelled = [Key.parse(key).spell(pitch) for pitch in range(60, 72)]
    assert [s.step + "#" * s.alter + "b" * -s.alter for s in spelled] == names.split()


def test_spellings_across_the_octave() -> None:
    assert Key("Cb").spell(59) == Spelling("C", -1, 4)
    assert Key("C#").spell(60) == Spelling("B", 1, 3)
    assert [str(Key("E").spell(pitch)) for pitch in (60, 66, 37)] == ["B#3", "F#4", "C#2"]
    assert str(Key("Db", "locrian").spell(73)) == "Db5"


# Metres


@given(meters)
def test_a_metre_pastes_and_parses(meter: Meter) -> None:
    assert eval(repr(meter), NAMES) == meter
    assert Meter.parse(str(meter)) == meter
    found = Meter.of(meter.bar)
    assert found
    assert found.bar == meter.bar


@pytest.mark.parametrize(
    ("text", "bar", "beat"),
    [("4/4", 4, 1), ("3/8", "3/2", "1/2"), ("6/8", 3, "3/2"), ("9/8", "9/2", "3/2"), ("2/2", 4, 2)],
)
def test_bars_and_beats(text: str, bar: Fraction, beat: Fraction) -> None:
    meter = Meter.parse(text)
    assert (meter.bar, meter.beat) == (Fraction(bar), Fraction(beat))


def test_the_plainest_metre_of_a_length() -> None:
    assert Meter.of(Fraction(3)) == Meter(3, 4)
    assert Meter.of(Fraction(7, 2)) == Meter(7, 8)
    assert Meter.of(Fraction(1, 3)) is None
    assert Meter.of(Fraction(100)) is None


# Melodies


@quick
@given(melodies())
def test_a_melody_pastes_with_its_metadata(melody: Melody) -> None:
    pasted = eval(repr(melody), NAMES)
    assert pasted == melody
    assert pasted.metadata == melody.metadata
    assert hash(pasted) == hash(melody)


@quick
@given(sung())
def test_a_melody_pastes_with_its_words(melody: Melody) -> None:
    assert eval(repr(melody), NAMES).lyrics == melody.lyrics


@quick
@given(sung(melodies(notes=notes_of(low=24, high=100))))
def test_words_stay_with_their_notes(melody: Melody) -> None:
    """When all move; not when they are other notes."""
    assert melody.transpose(3).lyrics == melody.lyrics
    assert melody.replace(key=Key("D")).lyrics == melody.lyrics
    assert melody.replace(notes=melody.notes).lyrics == ()
    assert melody.replace(notes=melody.notes, lyrics=melody.lyrics).lyrics == melody.lyrics
    assert melody.replace(lyrics=()) == melody


def test_last_verses_without_words_are_dropped() -> None:
    tune = Melody([Note(60, 1), Note(None, 1)], lyrics=[["", ""], ["la", ""], ["", ""]])
    assert tune.lyrics == (("", ""), ("la", ""))


@quick
@given(melodies())
def test_equality_is_musical(melody: Melody) -> None:
    assert melody.replace(metadata=Metadata(title="other")) == melody
    assert melody.replace(key=melody.key.transpose(1)) != melody


@quick
@given(melodies(notes=notes_of(low=24, high=100)), st.integers(-24, 24))
def test_transposing_keeps_intervals_and_comes_back(melody: Melody, semitones: int) -> None:
    moved = melody.transpose(semitones)
    assert [pitch - semitones for pitch in moved.pitches] == list(melody.pitches)
    assert moved.key.pitch_class == (melody.key.pitch_class + semitones) % 12
    back = moved.transpose(-semitones)
    assert back.replace(key=melody.key) == melody
    assert back.key.pitch_class == melody.key.pitch_class
    assert melody.transpose(0) == melody


@quick
@given(melodies())
def test_onsets_follow_durations(melody: Melody) -> None:
    onsets = [*melody.onsets(), melody.duration]
    assert onsets[0] == 0
    assert [b - a for a, b in pairwise(onsets)] == [note.duration for note in melody.notes]


@quick
@given(melodies())
def test_a_note_ends_where_the_next_begins(melody: Melody) -> None:
    assert melody.ends() == (*melody.onsets()[1:], melody.duration)
    assert note_onsets(melody.notes) == melody.onsets()


@quick
@given(melodies())
def test_a_melody_is_counted_and_taken_like_its_notes(melody: Melody) -> None:
    assert len(melody) == len(melody.notes)
    assert tuple(melody) == melody.notes
    assert melody[0] == melody.notes[0]
    assert melody[1:] == melody.notes[1:]
    assert melody.tempo == melody.metadata.tempo


def test_a_melody_without_notes_is_one() -> None:
    empty = Melody([])
    assert len(empty) == 0
    assert empty
    assert (empty or None) is empty
    assert empty.ends() == empty.onsets() == ()


@pytest.mark.slow
@quick
@given(sung(melodies(free=False)), st.data())
def test_the_slices_of_a_melody_join_to_the_whole(melody: Melody, data: st.DataObject) -> None:
    numbers = melody.bar_numbers
    cuts = sorted(data.draw(st.sets(st.sampled_from(numbers[1:] or [numbers[0]]))) - {numbers[0]})
    firsts = [numbers[0], *cuts]
    lasts = [*(cut - 1 for cut in cuts), numbers[-1]]
    slices = [melody.slice_bars(*ends) for ends in zip(firsts, lasts, strict=True)]
    bars = melody.bars()
    held = {bar.onset for bar in bars if bar.pieces[0].onset > melody.onsets()[bar.pieces[0].note]}
    notes: list[Note] = []
    ends: list[int] = []
    verses: list[list[str]] = [[] for _ in melody.lyrics]
    begin = Fraction(0)
    for part, first, last in zip(slices, firsts, lasts, strict=True):
        assert [(bar.length, bar.meter) for bar in part.bars()] == [
            (bar.length, bar.meter) for bar in bars if first <= bar.number <= last
        ]
        assert (part.key, part.metadata) == (melody.key, melody.metadata)
        goes_on = begin in held
        before = len(notes) - goes_on
        if goes_on:
            notes[-1] = Note(notes[-1].pitch, notes[-1].duration + part[0].duration)
        notes += part[goes_on:]
        ends += [before + end for end in part.phrase_ends]
        for number, verse in enumerate(verses):
            sung_here = part.lyrics[number] if number < len(part.lyrics) else ("",) * len(part)
            assert not goes_on or sung_here[0] == ("_" if verse[-1] else "")
            verse += sung_here[goes_on:]
        begin += part.duration
    assert tuple(notes) == melody.notes
    assert tuple(ends) == melody.phrase_ends
    assert tuple(map(tuple, verses)) == melody.lyrics


@quick
@given(sung(melodies(free=False)))
def test_all_bars_are_the_whole(melody: Melody) -> None:
    numbers = melody.bar_numbers
    for whole in (melody.slice_bars(), melody.slice_bars(numbers[0], numbers[-1])):
        assert whole == melody
        assert (whole.lyrics, whole.metadata) == (melody.lyrics, melody.metadata)


def test_a_slice_has_the_bars_of_the_score() -> None:
    tune = Melody(
        [Note(62, 1), Note(67, 4), Note(71, 2), Note(None, 1), Note(69, 2)],
        "G",
        "3/4",
        pickup=1,
        phrase_ends=(1, 4),
        meter_changes=[(7, "2/4")],
        lyrics=[["the", "old-", "er", "", "tune"]],
    )
    assert tune.slice_bars(0, 0) == Melody([Note(62, 1)], "G", "3/4", pickup=1)
    first = tune.slice_bars(1, 1)
    assert first == Melody([Note(67, 3)], "G", "3/4")
    assert first.lyrics == (("old-",),)
    rest = tune.slice_bars(2)
    assert rest == Melody(
        [Note(67, 1), Note(71, 2), Note(None, 1), Note(69, 2)], "G", "3/4",
        phrase_ends=(0, 3), meter_changes=[(3, "2/4")],
    )  # fmt: skip
    assert rest.lyrics == (("_", "er", "", "tune"),)
    assert tune.slice_bars(3).meter == Meter(2, 4)
    assert tune.slice_bars(last=2).slice_bars(1, 1) == first


def test_text_is_taken_for_keys_and_metres() -> None:
    tune = Melody([Note(60, 12)], "g minor", "3/4", meter_changes=[(6, "6/8")])
    assert (tune.key, tune.meter) == (Key("G", "minor"), Meter(3, 4))
    assert tune.meter_changes == (MeterChange(Fraction(6), Meter(6, 8)),)
    assert tune.replace(key="A", meter="2/4", meter_changes=()) == Melody(
        [Note(60, 12)], "A", "2/4"
    )


def filled(bar: Bar) -> Fraction:
    return sum((piece.duration for piece in bar.pieces), Fraction(0))


@quick
@given(melodies())
def test_bars_hold_every_note_once(melody: Melody) -> None:
    bars = melody.bars()
    pieces = [piece for bar in bars for piece in bar.pieces]
    for index, note in enumerate(melody.notes):
        own = [piece for piece in pieces if piece.note == index]
        assert sum(piece.duration for piece in own) == note.duration
        assert own[0].onset == melody.onsets()[index]
        assert {piece.pitch for piece in own} == {note.pitch}
        ties = [(piece.tied_back, piece.tied_on) for piece in own]
        many = note.pitch is not None
        assert ties == [(many and i > 0, many and i < len(own) - 1) for i in range(len(own))]
    assert [piece.note for piece in pieces] == sorted(piece.note for piece in pieces)


@quick
@given(melodies(free=False))
def test_every_bar_but_the_last_is_full(melody: Melody) -> None:
    bars = melody.bars()
    assert all(filled(bar) == bar.length for bar in bars[:-1])
    assert 0 < filled(bars[-1]) <= bars[-1].length
    assert all(b.onset == a.onset + a.length for a, b in pairwise(bars))
    first = 0 if melody.pickup else 1
    assert [bar.number for bar in bars] == list(range(first, first + len(bars)))
    for bar in bars:
        assert bar.meter
        assert bar.length == (bar.meter.bar if bar.number else melody.pickup)


@quick
@given(melodies(free=False))
def test_metre_changes_are_where_they_were_put(melody: Melody) -> None:
    meter, changed = melody.meter, []
    for bar in melody.bars():
        if bar.meter != meter:
            meter = bar.meter
            changed.append((bar.onset, meter))
    assert changed == list(melody.meter_changes)


def test_free_metre_is_one_bar() -> None:
    [bar] = Melody([Note(60, 9)], meter=None).bars()
    assert (bar.number, bar.meter, bar.length) == (1, None, 9)


def test_changes_that_change_nothing_or_come_after_the_end_are_dropped() -> None:
    plain = Melody([Note(60, 8)])
    assert plain.replace(meter_changes=((4, Meter(4, 4)), (8, Meter(3, 4)))) == plain
    assert Melody([Note(60, 1)], pickup=3).pickup == 1


def test_a_change_may_stand_after_the_pickup() -> None:
    change = MeterChange(Fraction(1), Meter(3, 4))
    tune = Melody([Note(60, 7)], pickup=1, meter_changes=(change,))
    assert [bar.length for bar in tune.bars()] == [1, 3, 3]
    assert tune.meter_changes == (change,)


MODULATING = Melody(
    [Note(66, 4), Note(68, 4), Note(66, 8)], "D", key_changes=[(4, "E minor"), (8, "Db")]
)


def test_each_note_is_written_in_the_key_that_holds() -> None:
    assert [str(written) for written in MODULATING.spelling()] == ["F#4", "G#4", "Gb4"]
    assert MODULATING.key_changes[1] == KeyChange(Fraction(8), Key("Db"))
    assert eval(repr(MODULATING)) == MODULATING


def test_keys_follow_a_slice() -> None:
    second = MODULATING.slice_bars(2, 3)
    assert (second.key, second.key_changes) == (Key("E", "minor"), ((4, Key("Db")),))


def test_changes_of_key_are_in_order_and_change_something() -> None:
    plain = Melody([Note(60, 8)])
    assert plain.replace(key_changes=[(4, "C"), (8, "G")]) == plain
    assert plain.replace(key_changes=[(4, "G"), (4, "C")]) == plain
    assert plain != plain.replace(key_changes=[(4, "A minor")])
    assert Melody([Note(60, 8)], meter=None, key_changes=[(4, "G")]).key_at(5) == Key("G")


@quick
@given(melodies(key_changes=True), st.integers(-12, 12))
def test_every_key_is_transposed(melody: Melody, semitones: int) -> None:
    assume(not melody.pitches or min(melody.pitches) + semitones >= 0)
    assume(not melody.pitches or max(melody.pitches) + semitones <= 127)
    moved = melody.transpose(semitones)
    for onset in melody.onsets():
        assert moved.key_at(onset) == melody.key_at(onset).transpose(semitones)


@quick
@given(melodies())
def test_phrases_hold_every_note_once(melody: Melody) -> None:
    phrases = melody.phrases()
    assert tuple(note for phrase in phrases for note in phrase) == melody.notes
    assert all(phrases)
    sizes = [len(phrase) for phrase in phrases]
    ends = [sum(sizes[: i + 1]) - 1 for i in range(len(sizes))]
    assert set(ends) == {*melody.phrase_ends, len(melody.notes) - 1}


@quick
@given(melodies())
def test_the_melody_spells_in_its_key(melody: Melody) -> None:
    for note, spelling in zip(melody.notes, melody.spelling(), strict=True):
        assert note.pitch == (spelling and spelling.pitch)


def test_writes_where_the_suffix_says(tmp_path) -> None:
    path = Melody([Note(60, 4)]).write(tmp_path / "new" / "tune.krn")
    assert path.read_text().startswith("**kern")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Note(128, 1), "pitch 128 is outside 0..127; transpose the melody"),
        (lambda: Note(60, 0), "duration 0 is not above 0 quarters; drop the note"),
        (lambda: Key("H"), "unknown tonic 'H'; write A..G with # or b, as in 'F#'"),
        (
            lambda: Key("C", "blues"),
            "unknown mode 'blues'; choose from major, minor, dorian, phrygian, lydian, "
            "mixolydian, locrian",
        ),
        (
            lambda: Key.parse("?"),
            "cannot read key '?'; write one like 'G', 'F# minor', 'D dorian'",
        ),
        (
            lambda: Key.parse("G blues"),
            "unknown mode 'blues'; choose from major, minor, dorian, phrygian, lydian, "
            "mixolydian, locrian",
        ),
        (lambda: Meter(65, 4), "metre with 65 beats is outside 1..64; write one like 3/4"),
        (lambda: Meter(3, 5), "metre unit 5 is not one of 1, 2, 4, 8, 16, 32, 64"),
        (lambda: Meter.parse("waltz"), "cannot read metre 'waltz'; write one like '3/4' or '6/8'"),
        (
            lambda: Melody([Note(60, 1)], phrase_ends=(1,)),
            "phrase ends (1,) must rise within 0..0, the notes' indices",
        ),
        (
            lambda: Melody([Note(60, 1), Note(60, 1)], phrase_ends=(1, 0)),
            "phrase ends (1, 0) must rise within 0..1, the notes' indices",
        ),
        (
            lambda: Melody([Note(60, 1)], meter=None, pickup=1),
            "a melody in free metre has no pickup and no metre changes",
        ),
        (
            lambda: Melody([Note(60, 1)], pickup=4),
            "pickup of 4 quarters must be at least 0 and less than a bar of 4/4 (4)",
        ),
        (
            lambda: Melody([Note(60, 9)], meter_changes=((3, Meter(3, 4)),)),
            "change to 3/4 at quarter 3 is not at a new bar line",
        ),
        (
            lambda: Melody([Note(60, 9)], meter_changes=((0, Meter(3, 4)),)),
            "change to 3/4 at quarter 0 is not at a new bar line",
        ),
        (
            lambda: Melody([Note(60, 1)], lyrics=[["la", "la"]]),
            "verse 1 has 2 syllables for 1 notes; give each note one, an empty one where nothing"
            " is sung",
        ),
        (
            lambda: Melody([Note(None, 1)], lyrics=[["la"]]),
            "syllable 'la' of verse 1 is on a rest; move it",
        ),
        (
            lambda: Melody([Note(60, 1)], lyrics=[["la "]]),
            "syllable 1 of verse 1 is 'la '; part its words by single spaces",
        ),
        (lambda: Note("C4", 1), "pitch 'C4' is no MIDI number; write 60"),
        (lambda: Note("Bb3", 1), "pitch 'Bb3' is no MIDI number; write 58"),
        (lambda: Note(60.0, 1), "pitch 60.0 is no MIDI number; write 60"),
        (lambda: Note(60.5, 1), "pitch 60.5 is no MIDI number; write 60 or 61"),
        (
            lambda: Note("rest", 1),
            "pitch 'rest' is no MIDI number; write one of 0..127 (60 is middle C), or None for a rest",
        ),
        (
            lambda: Note(60, 0.3),
            "duration 0.3 is no exact fraction; write Fraction(3, 10) or '3/10'",
        ),
        (
            lambda: Note(60, 1e-9),
            "duration 1e-09 is no exact fraction; write Fraction(1, 1920) or '1/1920'",
        ),
        (
            lambda: Note(60, -0.3),
            "duration -3/10 is not above 0 quarters; drop the note",
        ),
        *(
            (
                lambda wrong=wrong: Note(60, wrong),
                f"duration {wrong!r} is no number of quarters; write 1, '1/2' or Fraction(1, 2)",
            )
            for wrong in ("x", float("nan"), float("inf"), None, "1/0", (1, 2))
        ),
        (lambda: Spelling.parse("H4"), "cannot read pitch 'H4'; write one like 'C4' or 'F#5'"),
        (lambda: Key(7), "unknown tonic 7; write text like 'G' or 'F#'"),
        (
            lambda: Meter("3", 4),
            "metre beats '3' is no whole number; write Meter(3, 4) or Meter.parse('3/4')",
        ),
        (lambda: Melody([60, 62]), "note 1 is 60, no Note; write Note(60, 1)"),
        (lambda: Melody([Note(60, 1), (62, 2)]), "note 2 is (62, 2), no Note; write Note(62, 2)"),
        (
            lambda: Melody("abc"),
            "text 'abc' is given for notes; write [Note(60, 1), Note(62, 1)],"
            " or solfa.parse(text, 'abc')",
        ),
        (
            lambda: Melody(None),
            "None is no list of notes; write [Note(60, 1), Note(62, 1)]",
        ),
        (
            lambda: Melody(Melody([])),
            "a melody is given as the notes of another; give its .notes, or use it",
        ),
        (
            lambda: Melody([], key="H"),
            "cannot read key 'H'; write B, or 'H-Dur' and 'H-Moll'",
        ),
        (lambda: Melody([], key=7), "key 7 is none; write Key('G', 'minor') or 'G minor'"),
        (
            lambda: Melody([], meter="waltz"),
            "cannot read metre 'waltz'; write one like '3/4' or '6/8'",
        ),
        (
            lambda: Melody([], meter=3),
            "metre 3 is none; write Meter(3, 4), '3/4', or None for free metre",
        ),
        (
            lambda: Melody([], pickup=0.1),
            "pickup 0.1 is no exact fraction; write Fraction(1, 10) or '1/10'",
        ),
        (
            lambda: Melody([Note(60, 1)], phrase_ends=["a"]),
            "phrase ends ['a'] must be the indices of notes, such as (3, 7)",
        ),
        (
            lambda: Melody([Note(60, 9)], meter_changes=["3/4"]),
            "metre changes ['3/4'] must be pairs of a quarter and a metre, such as [(12, '3/4')]",
        ),
        (
            lambda: Melody([Note(60, 9)], meter_changes=[(4, None)]),
            "a change to free metre cannot be; write a metre like '3/4'",
        ),
        (
            lambda: Melody([Note(60, 9)], key_changes=["G"]),
            "key changes ['G'] must be pairs of a quarter and a key, such as [(12, 'G major')]",
        ),
        (
            lambda: Melody([Note(60, 9)], key_changes=[(4, "G"), (2, "D")]),
            "change to D major at quarter 2 must come after quarter 4;"
            " the first key is the melody's own, changes follow in order",
        ),
        (
            lambda: Melody([], metadata="Mine"),
            "metadata 'Mine' is none; write Metadata(title='...')",
        ),
        (
            lambda: Melody([Note(60, 1)], lyrics=["la"]),
            "verse 1 is 'la'; give a list of syllables, one for each note",
        ),
        (
            lambda: Melody([Note(60, 1)], lyrics=[[1]]),
            "verse 1 is [1]; give a list of syllables, one for each note",
        ),
        (
            lambda: Melody([Note(60, 1)], lyrics=7),
            "lyrics 7 are no verses; write [['la', 'la']]",
        ),
        (
            lambda: Melody([Note(60, 8)]).slice_bars(1, 3),
            "bars 1 to 3 are not within 1 to 2, the lower first",
        ),
        (
            lambda: Melody([Note(60, 8)]).slice_bars(2, 1),
            "bars 2 to 1 are not within 1 to 2, the lower first",
        ),
        (
            lambda: Melody([Note(60, 8)], meter=None).slice_bars(1, 1),
            "a melody without bars cannot be cut at them; give it notes, a metre",
        ),
        (
            lambda: Melody([Note(127, 1)]).transpose(1),
            "pitch 128 is outside 0..127; transpose the melody",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message: str) -> None:
    with pytest.raises(SolfaError) as error:
        make()
    assert str(error.value) == message
