"""The tunes that come with music21, all of them."""

from collections import defaultdict
from pathlib import Path

import pytest

from solfa import corpora
from solfa.analysis.families import families
from solfa.corpora import splits
from solfa.corpora.freeze import freeze

pytestmark = pytest.mark.slow

TUNES = {
    "german": 6008,
    "chinese": 1222,
    "irish": 1878,
    "scottish": 1192,
    "american": 977,
    "luxembourg": 614,
    "lorraine": 504,
}


JOINED = {"oneills:7", "oneills:8", "oneills:736", "MollInTheWadJig:1"}
"""Tunes of families that songs read since have joined: those listed keep their part, and the song
that is of two parts is in none."""


@pytest.fixture(scope="module")
def every() -> corpora.Corpus:
    return corpora.load(*corpora.REPERTOIRES)


@pytest.mark.parametrize("name", corpora.REPERTOIRES)
def test_counts(name: str) -> None:
    corpus = corpora.load(name)
    assert len(corpus) == TUNES[name]
    assert len({tune.metadata.id for tune in corpus}) == len(corpus)
    assert {tune.metadata.style for tune in corpus} == {name}


@pytest.mark.slow
def test_the_second_load_reads_no_source_again(
    every: corpora.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(name: str, path: Path) -> None:
        raise AssertionError(f"{path} of {name} is read again")

    monkeypatch.setattr("solfa.corpora.corpus.read_builtin", read)
    assert corpora.load(*corpora.REPERTOIRES) == every


def test_letters_are_right(every: corpora.Corpus) -> None:
    texts = [text for t in every for text in (t.metadata.title, *t.metadata.comments)]
    assert not any("\x80" <= letter <= "\x9f" for text in texts for letter in text)
    titles = {tune.metadata.id: tune.metadata.title for tune in every}
    assert titles["S0064"] == "Wir haben verloren ein Blümelein, S. 18"


@pytest.mark.slow
def test_the_lists_are_what_the_families_give(every: corpora.Corpus, tmp_path: Path) -> None:
    assert None not in splits.frozen_parts(every)
    anew = splits.family_parts(every.tunes, [None] * len(every))
    rows = zip(every, splits.frozen_parts(every), anew, strict=True)
    moved = {tune.metadata.id: (listed, new) for tune, listed, new in rows if listed != new}
    assert set(moved) == JOINED  # in few words: pytest compares long lists for minutes
    freeze(tmp_path)
    for path in splits.FOLDER.glob("*.csv"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_no_family_is_in_two_parts(every: corpora.Corpus) -> None:
    parts = defaultdict(set)
    placed = [(t, p) for t, p in zip(every.tunes, every.parts, strict=True) if p != "none"]
    labels = families([tune for tune, _ in placed])
    for label, (_, part) in zip(labels.tolist(), placed, strict=True):
        parts[label].add(part)
    assert all(len(found) == 1 for found in parts.values())
    sizes = sorted((labels == label).sum() for label in parts)
    assert sizes[-1] < 200  # no giant: titles and runs do not glue strangers together


@pytest.mark.slow
def test_a_variant_in_a_folder_has_the_part_of_its_family(
    every: corpora.Corpus, tmp_path: Path
) -> None:
    # The same tune at another pitch, without its title and number.
    folder = tmp_path / "mine"
    for part in splits.PARTS:
        tune = next(t for t in corpora.load("german").split(part) if 60 < min(t.pitches) < 65)
        tune.replace(metadata=type(tune.metadata)()).transpose(3).write(folder / f"{part}.krn")
    mine = corpora.load(folder)
    assert dict(zip((t.metadata.id for t in mine), mine.parts, strict=True)) == {
        f"mine/{part}.krn:1": part for part in splits.PARTS
    }
