"""Hypothesis strategies for whole melodies, for the laws that every format and encoding keeps."""

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from solfa.melody import MODES, Key, Melody, Metadata, Meter, MeterChange, Note, note_onsets

DURATIONS = [
    Fraction(quarters)
    for quarters in (
        *(1, 2, 3, 4, 8, "1/2", "1/4", "1/8", "3/2", "3/4", "7/4"),  # plain and dotted
        *("1/3", "2/3", "4/3", "1/6", "1/5"),  # tuplets
        *("5/4", "5/2", "5/8", "9/2"),  # of two notes tied
    )
]
"""In quarters."""

METERS = [
    *(Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(5, 4), Meter(6, 4), Meter(1, 4)),
    *(Meter(3, 8), Meter(6, 8), Meter(7, 8), Meter(9, 8), Meter(2, 2), Meter(4, 1)),
]

keys = st.builds(
    Key,
    st.sampled_from([step + sign for step in "CDEFGAB" for sign in ("", "#", "b")]),
    st.sampled_from(list(MODES)),
)
meters = st.sampled_from(METERS)


def notes_of(
    durations: Sequence[Fraction] = DURATIONS, low: int = 0, high: int = 127
) -> st.SearchStrategy[Note]:
    """Sounding notes between two pitches, and rests."""
    return st.builds(Note, st.integers(low, high) | st.none(), st.sampled_from(durations))


notes = notes_of()

lines = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=20).map(
    str.strip
)
"""One line of text, from any script."""

metadata = st.builds(
    Metadata,
    title=lines,
    id=lines,
    region=lines,
    genre=lines,
    source=lines,
    comments=st.lists(lines.filter(bool), max_size=3).map(tuple),
    tempo=st.none() | st.integers(20, 300),
    style=lines,
    composer=lines,
)


@st.composite
def melodies(
    draw: st.DrawFn,
    notes: st.SearchStrategy[Note] = notes,
    keys: st.SearchStrategy[Key] = keys,
    meters: st.SearchStrategy[Meter] = meters,
    metadata: st.SearchStrategy[Metadata] = metadata,
    free: bool = True,
    changes: bool = True,
    max_size: int = 16,
    key_changes: bool = False,
) -> Melody:
    """Melodies with pickups, phrases and metadata; free metre and changes where allowed."""
    tune = draw(st.lists(notes, min_size=1, max_size=max_size))
    meter = draw(st.none() | meters if free else meters)
    pickup, changed = Fraction(0), []
    if meter:
        pickup = meter.bar * draw(st.sampled_from([0, 0, Fraction(1, 4), Fraction(1, 2)]))
        onset, now = pickup, meter
        for bars, new in draw(st.lists(st.tuples(st.integers(1, 3), meters), max_size=3 * changes)):
            onset, now = onset + bars * now.bar, new
            changed.append(MeterChange(onset, now))
    onsets = note_onsets(tune)[1:]
    modulations = (
        draw(st.dictionaries(st.sampled_from(onsets), keys, max_size=2))
        if key_changes and onsets
        else {}
    )
    return Melody(
        tuple(tune),
        draw(keys),
        meter,
        pickup,
        tuple(sorted(draw(st.sets(st.integers(0, len(tune) - 1))))),
        tuple(changed),
        draw(metadata),
        key_changes=sorted(modulations.items()),
    )


words = lines.map(lambda line: " ".join(line.split()).rstrip("-")).filter(
    lambda word: word not in ("", "_")
)
"""The text of a syllable."""

syllables = st.sampled_from(["", "_"]) | words | words.map(lambda word: f"{word}-")


@st.composite
def sung(draw: st.DrawFn, tunes: st.SearchStrategy[Melody] | None = None) -> Melody:
    """Melodies with up to three verses."""
    melody = draw(melodies() if tunes is None else tunes)
    verses = [
        ["" if note.pitch is None else draw(syllables) for note in melody.notes]
        for _ in range(draw(st.integers(0, 3)))
    ]
    return melody.replace(lyrics=verses)


@st.composite
def themes(draw: st.DrawFn) -> Melody:
    """Prompts that most models can say: plain durations around the middle of a voice."""
    durations = [Fraction(d) for d in ("1/4", "1/2", "3/4", "1", "3/2", "2")]
    tune = draw(st.lists(notes_of(durations, 55, 79), min_size=1, max_size=8))
    meter = draw(st.sampled_from([Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8)]))
    pickup = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))
    ends = draw(st.sets(st.integers(0, len(tune) - 1)))
    return Melody(tuple(tune), draw(keys), meter, pickup, tuple(sorted(ends)))


def until(tune: Melody, at: Fraction) -> Melody:
    """The tune cut off after so many quarters, within a note if need be."""
    notes: list[Note] = []
    now = Fraction(0)
    for note in tune.notes:
        if now < at:
            notes.append(Note(note.pitch, min(note.duration, at - now)))
        now += note.duration
    marks = tuple(end for end in tune.phrase_ends if tune.ends()[end] <= at)
    return tune.replace(notes=tuple(notes), phrase_ends=marks)


def joined(melody: Melody) -> Melody:
    """The melody with neighbouring rests of a phrase as one, since a score must cut them at bars."""
    notes: list[Note] = []
    ends: list[int] = []
    for index, note in enumerate(melody.notes):
        goes_on = notes and ends[-1:] != [len(notes) - 1]
        if goes_on and note.pitch is None and notes[-1].pitch is None:
            notes[-1] = Note(None, notes[-1].duration + note.duration)
        else:
            notes.append(note)
        if index in melody.phrase_ends:
            ends.append(len(notes) - 1)
    return melody.replace(notes=tuple(notes), phrase_ends=tuple(ends))
