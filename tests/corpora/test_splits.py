import csv
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.corpora import REPERTOIRES, splits
from solfa.melody import Melody, Metadata, Note


def tune(name: str, title: str) -> Melody:
    note = Note(60, Fraction(1))
    return Melody((note,), metadata=Metadata(title=title, id=name, style="german"))


tunes = st.lists(st.builds(tune, st.uuids().map(str), st.sampled_from("abcdefgh")), max_size=12)


@given(tunes, st.randoms())
@settings(max_examples=60, deadline=None)
def test_no_family_crosses_and_order_does_not_matter(songs: list[Melody], random) -> None:  # type: ignore[no-untyped-def]
    parts = splits.family_parts(songs, [None] * len(songs))
    by_title = defaultdict(set)
    for song, part in zip(songs, parts, strict=True):
        by_title[song.metadata.title].add(part)
    assert all(len(found) == 1 for found in by_title.values())
    assert set(parts) <= set(splits.PARTS)
    order = random.sample(range(len(songs)), len(songs))
    shuffled = splits.family_parts([songs[i] for i in order], [None] * len(songs))
    assert shuffled == [parts[i] for i in order]


def test_later_songs_inherit_and_bridges_leave() -> None:
    songs = [
        tune("E0001", "a"),
        tune("E0002", "b"),
        tune("E0003", "a"),  # joins a
        tune("E0004A", "c"),  # joins nothing
    ]
    known = ["test", "train", None, None]
    new = splits.placed("E0004A")
    assert splits.family_parts(songs, known) == ["test", "train", "test", new]
    bridge = [*songs, tune("E0001B", "b")]
    assert splits.family_parts(bridge, [*known, None]) == ["test", "train", "none", new, "none"]


def test_what_is_known_stays() -> None:
    songs = [tune("E0001", "a"), tune("E0002", "a"), tune("E0003", "a")]
    assert splits.family_parts(songs, ["none", "test", None]) == ["none", "test", "test"]


def test_a_new_family_is_placed_by_its_smallest_id() -> None:
    names = [f"E{i:04}" for i in range(20)]
    assert len({splits.placed(name) for name in names}) == 3
    for one, two in pairwise(names):
        parts = splits.family_parts([tune(two, "a"), tune(one, "a")], [None, None])
        assert parts == [splits.placed(one)] * 2


def test_about_eighty_ten_ten() -> None:
    counts = Counter(splits.placed(f"E{i:04}") for i in range(5000))
    assert abs(counts["train"] - 4000) < 150
    assert abs(counts["valid"] - 500) < 80
    assert abs(counts["test"] - 500) < 80


def test_places_are_for_ever() -> None:
    by_name = [splits.placed(f"E000{i}") for i in range(8)]
    assert " ".join(by_name) == "train train train train train train train test"
    by_chance = splits.random_parts([tune(f"E000{i}", "a") for i in range(8)])
    assert " ".join(by_chance) == "train train test train train train train test"


def test_the_lists_are_well_formed() -> None:
    assert {path.stem for path in splits.FOLDER.glob("*.csv")} == set(REPERTOIRES)
    for path in splits.FOLDER.glob("*.csv"):
        with path.open() as file:
            rows = list(csv.reader(file))
        assert {part for _, part in rows} - {"none"} == set(splits.PARTS)
        assert len({name for name, _ in rows}) == len(rows)
    assert len(splits.frozen()) > 12_000
