"""How melodies are set: parts for instruments, clefs, chord symbols, syllables, a count-in."""

import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_formats import ON_GRID, comes_back, function

from solfa.analysis.harmony import harmonise
from solfa.errors import SolfaError
from solfa.formats import READERS, render
from solfa.formats.instruments import CLEFS, INSTRUMENTS, written
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Meter, Note
from strategies import melodies, notes_of

editions = st.builds(
    WriteOptions,
    instrument=st.sampled_from(list(INSTRUMENTS)),
    clef=st.none() | st.sampled_from(list(CLEFS)),
    chords=st.booleans(),
    syllables=st.sampled_from([None, "do", "la", "degrees"]),
    count_in=st.booleans(),
)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(READERS))
@settings(max_examples=15, deadline=None)
@given(melodies(notes_of(ON_GRID, 36, 100), max_size=8).filter(lambda m: m.pitches), editions)
def test_an_edition_does_not_change_the_melody(
    suffix: str, melody: Melody, options: WriteOptions
) -> None:
    comes_back(suffix, melody, options)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("name", list(INSTRUMENTS))
def test_a_part_is_written_in_the_simplest_key_and_sounds_in_the_tunes(
    name: str, mode: str
) -> None:
    for tonic in range(12):
        key = Key.of(tonic, mode)
        part = written(Melody([Note(67, 1)], key), name)
        assert abs(part.key.signature) <= 6
        assert part.pitches == (67 - INSTRUMENTS[name].transposition,)
        [again] = function(READERS, ".musicxml")(
            render(Melody([Note(67, 1)], key), ".musicxml", WriteOptions(instrument=name)), ""
        )
        assert again.key == key


def test_a_clarinet_reads_d_where_c_sounds() -> None:
    xml = ET.fromstring(render(TUNE, ".musicxml", WriteOptions(instrument="clarinet")))
    assert [e.text for e in xml.iter("step")] == ["D", "F", "A", "D"]
    assert xml.findtext(".//key/fifths") == "2"
    assert xml.findtext(".//transpose/chromatic") == "-2"
    assert xml.findtext(".//part-name") == "Clarinet in B♭"
    assert xml.findtext(".//midi-program") == "72"


@pytest.mark.parametrize(
    ("options", "pitches", "sign"),
    [
        (WriteOptions(), (72, 74), "G"),
        (WriteOptions(), (40, 45), "F"),
        (WriteOptions(instrument="viola"), (60, 62), "C"),
        (WriteOptions(instrument="cello"), (48, 50), "F"),
        (WriteOptions(instrument="cello"), (74, 76), "G"),
        (WriteOptions(clef="bass"), (72, 74), "F"),
    ],
)
def test_the_clef_suits_the_notes_unless_one_is_asked_for(options, pitches, sign) -> None:
    data = render(Melody([Note(p, 1) for p in pitches]), ".musicxml", options)
    assert ET.fromstring(data).findtext(".//clef/sign") == sign


TUNE = Melody(
    [Note(60, 1), Note(64, 1), Note(67, 1), Note(60, 3)], Key("C"), Meter(3, 4), phrase_ends=(3,)
)


def heard(data: bytes) -> list[tuple[float, int, int]]:
    """Onset in quarters, channel and pitch of every note of a MIDI file."""
    file = mido.MidiFile(file=BytesIO(data))
    now, found = 0, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append((now / file.ticks_per_beat, message.channel, message.note))
    return found


@pytest.mark.parametrize(
    ("meter", "pickup", "ticks"),
    [
        ((3, 4), 0, [0, 1, 2]),
        ((3, 4), 1, [0, 1, 2, 3, 4]),
        ((6, 8), 0, [0, 1.5]),
        ((4, 4), "1/2", [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_the_beats_before_the_tune_are_counted_in(meter, pickup, ticks) -> None:
    tune = Melody(
        [Note(67, Fraction(pickup) or 1), *[Note(60, 1)] * 6], Key("C"), Meter(*meter), pickup
    )
    plain, counted = (heard(render(tune, ".mid", WriteOptions(count_in=c))) for c in (False, True))
    drums = [(at, pitch) for at, channel, pitch in counted if channel == 9]
    assert [at for at, _ in drums] == ticks
    bar = float(tune.meter.bar)
    assert [pitch == 76 for _, pitch in drums] == [at % bar == 0 for at in ticks]
    begins = 2 * bar - float(tune.pickup) if pickup else bar
    assert [n for n in counted if n[1] != 9] == [(at + begins, c, p) for at, c, p in plain]


def test_an_edited_file_leaves_its_count_in_out() -> None:
    file = mido.MidiFile(file=BytesIO(render(TUNE, ".mid", WriteOptions(count_in=True))))
    for message in file.tracks[0]:
        if message.type in ("note_on", "note_off") and message.channel != 9:
            message.note += 2
    buffer = BytesIO()
    file.save(file=buffer)
    [again] = function(READERS, ".mid")(buffer.getvalue(), "")
    assert again.notes == TUNE.transpose(2).notes
    assert again.meter == TUNE.meter
    assert not again.pickup


def test_midi_plays_the_instrument() -> None:
    file = mido.MidiFile(file=BytesIO(render(TUNE, ".mid", WriteOptions(instrument="flute"))))
    assert [m.program for m in file.tracks[0] if m.type == "program_change"] == [73]


def test_chord_symbols_stand_above_the_notes() -> None:
    xml = ET.fromstring(render(TUNE, ".musicxml", WriteOptions(chords=True)))
    assert [(h.findtext("root/root-step"), h.findtext("kind")) for h in xml.iter("harmony")] == [
        ("C", "major")
    ]
    held = Melody([Note(60, 2), Note(67, 4), Note(62, 1), Note(60, 1)], Key("C"), Meter(4, 4))
    chords = [str(chord) for chord in harmonise(held)]
    assert (
        re.findall('"([^"]*)"', render(held, ".abc", WriteOptions(chords=True)).decode()) == chords
    )
    assert len(chords) > 1
    clarinet = ET.fromstring(
        render(held, ".musicxml", WriteOptions(instrument="clarinet", chords=True))
    )
    roots = [chord.step for chord in harmonise(held.transpose(2))]
    assert [h.findtext("root/root-step") for h in clarinet.iter("harmony")] == roots


@pytest.mark.parametrize(
    ("system", "names"), [("do", "do mi so do"), ("degrees", "1 3 5 1"), ("la", "do mi so do")]
)
def test_the_notes_are_named_below(system: str, names: str) -> None:
    tune = TUNE.replace(lyrics=(("a-", "b", "_", "c"),))
    xml = ET.fromstring(render(tune, ".musicxml", WriteOptions(syllables=system)))
    assert [e.findtext("text") for e in xml.iter("lyric") if e.get("name")] == names.split()
    [again] = function(READERS, ".musicxml")(
        render(tune, ".musicxml", WriteOptions(syllables=system)), ""
    )
    assert again.lyrics == tune.lyrics


@pytest.mark.parametrize("field", ["instrument", "clef", "syllables", "engraver"])
def test_what_is_unknown_is_one_line_with_the_choices(field: str) -> None:
    with pytest.raises(SolfaError, match=f"unknown {field} 'kazoo'; choose from .+"):
        WriteOptions(**{field: "kazoo"})
