"""Tables agree with the melodies that they were made of."""

import sys
from fractions import Fraction

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.corpora import Corpus
from solfa.corpora.frames import note_table, tune_table
from solfa.corpora.splits import frozen
from solfa.errors import SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import melodies

TUNE = Melody(
    (Note(62, 1), Note(67, 1), Note(None, "1/2"), Note(70, "3/2"), Note(71, 1), Note(67, 2)),
    Key("G"),
    Meter(3, 4),
    pickup=1,
    phrase_ends=(2, 5),
    metadata=Metadata(title="Mine", id="A1", style="own", tempo=90),
    lyrics=(("Oh", "my", "", "own", "_", "song"),),
)
FREE = Melody((Note(None, 2),), meter=None)
books = st.lists(melodies(key_changes=True), max_size=4)
law = settings(max_examples=50, deadline=None)


def exact(quarters: float) -> Fraction:
    return Fraction(quarters).limit_denominator(1000)


@pytest.mark.slow
@given(books)
@law
def test_the_notes_rebuild_every_tune(tunes: list[Melody]) -> None:
    table = note_table(tunes)
    head = tune_table(tunes, ["train"] * len(tunes))
    for row, tune in enumerate(tunes):
        notes = table[table.tune == row]
        known = head.loc[row]
        rebuilt = Melody(
            tuple(
                Note(None if pandas.isna(pitch) else int(pitch), exact(duration))
                for pitch, duration in zip(notes.pitch, notes.duration, strict=True)
            ),
            Key(known.tonic, known["mode"]),
            None if pandas.isna(known.meter) else Meter.parse(known.meter),
            exact(known.pickup),
            tuple(notes.note[notes.phrase_end]),
            tune.meter_changes,  # the tables count them only
            key_changes=tune.key_changes,
        )
        assert rebuilt == tune
        assert [exact(onset) for onset in notes.onset] == list(tune.onsets())


@given(books)
@law
def test_bars_and_beats_are_those_of_the_score(tunes: list[Melody]) -> None:
    table = note_table(tunes)
    for row, tune in enumerate(tunes):
        notes = table[table.tune == row]
        if tune.meter is None:
            assert notes.bar.isna().all()
            assert notes.beat.isna().all()
            continue
        begun = {}  # where each note begins: its first piece
        for bar in tune.bars():
            for piece in bar.pieces:
                begun.setdefault(piece.note, bar)
        assert list(notes.bar) == [begun[note].number for note in notes.note]
        for note, onset, beat in zip(notes.note, tune.onsets(), notes.beat, strict=True):
            bar = begun[note]
            assert bar.meter is not None
            into = bar.meter.bar - bar.length + onset - bar.onset
            assert beat == pytest.approx(float(1 + into / bar.meter.beat))
            assert 1 <= beat < 1 + bar.meter.bar / bar.meter.beat


@pytest.mark.slow
@given(books)
@law
def test_each_tune_is_summed_up_by_its_notes(tunes: list[Melody]) -> None:
    head, table = tune_table(tunes, ["test"] * len(tunes)), note_table(tunes)
    assert len(head) == len(tunes)
    assert len(table) == sum(len(tune.notes) for tune in tunes)
    for row, tune in enumerate(tunes):
        notes, known = table[table.tune == row], head.loc[row]
        assert known.notes == notes.pitch.notna().sum()
        assert known.rests == notes.pitch.isna().sum()
        assert known.duration == pytest.approx(notes.duration.sum())
        if known.notes:
            assert (known.lowest, known.highest) == (notes.pitch.min(), notes.pitch.max())
            assert known.range == known.highest - known.lowest
        if tune.meter:
            assert known.bars >= notes.bar.max()
        assert pandas.isna(known.phrases) == notes.phrase.isna().all() == (not tune.phrase_ends)
        if tune.phrase_ends:
            assert known.phrases == notes.phrase.max() == len(tune.phrases())


@given(books)
@law
def test_names_are_written_pitches(tunes: list[Melody]) -> None:
    table = note_table(tunes)
    spelt = [spelling for tune in tunes for spelling in tune.spelling()]
    names = [None if pandas.isna(name) else name for name in table.name]
    assert names == [None if spelling is None else str(spelling) for spelling in spelt]
    assert table.degree.isna().equals(table.pitch.isna())


def test_a_tune_row_by_row() -> None:
    table = note_table([FREE, TUNE])
    assert list(table.tune) == [0] + [1] * 6
    mine = table[table.tune == 1]
    assert list(mine.degree.dropna()) == ["5", "1", "b3", "3", "1"]
    assert list(mine.bar) == [0, 1, 1, 1, 2, 2]
    assert list(mine.beat) == [3, 1, 2, 2.5, 1, 2]
    assert list(mine.phrase) == [1, 1, 1, 2, 2, 2]
    assert list(mine.lyric.fillna("")) == ["Oh", "my", "", "own", "_", "song"]
    assert set(mine.id) == {"A1"}
    head = tune_table([FREE, TUNE], ["none", "train"])
    assert head.loc[1].to_dict() == {
        "id": "A1",
        "title": "Mine",
        "style": "own",
        "region": "",
        "genre": "",
        "part": "train",
        "tonic": "G",
        "mode": "major",
        "meter": "3/4",
        "key_changes": 0,
        "meter_changes": 0,
        "pickup": 1.0,
        "bars": 2,
        "notes": 5,
        "rests": 1,
        "duration": 7.0,
        "lowest": 62,
        "highest": 71,
        "range": 9,
        "phrases": 2,
        "tempo": 90,
    }
    free = head.loc[0]
    assert free[["meter", "bars", "lowest", "range", "phrases", "tempo"]].isna().all()


def test_an_empty_corpus_has_empty_tables() -> None:
    empty = Corpus("empty", ())
    assert len(empty.to_pandas()) == len(empty.to_pandas("notes")) == 0
    whole = Corpus("mine", (TUNE,)).to_pandas("notes")
    assert list(empty.to_pandas("notes").dtypes.index) == list(whole.dtypes.index)


def test_the_parts_are_those_of_the_split() -> None:
    names = [name for name, part in frozen().items() if name[0] == "german"][:30]
    tunes = tuple(TUNE.replace(metadata=Metadata(style=s, id=i)) for s, i in names)
    corpus = Corpus("some", tunes)
    table = corpus.to_pandas()
    for part in ("train", "valid", "test"):
        ids = [tune.metadata.id for tune in corpus.split(part)]
        assert list(table.id[table.part == part]) == ids
    assert len(set(table.part)) > 1


def test_an_unknown_level_is_one_line() -> None:
    with pytest.raises(SolfaError, match="unknown level 'bars'; choose from tunes, notes"):
        Corpus("mine", (TUNE,)).to_pandas("bars")


def test_a_missing_pandas_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SolfaError, match=r"need pandas.* run: pip install 'solfa\[notebook\]'"):
        Corpus("mine", (TUNE,)).to_pandas("notes")
