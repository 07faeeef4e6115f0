"""Corpora from folders and from a small stand-in for the tunes that come with music21."""

import re
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from solfa import corpora
from solfa.corpora import Refusal, prepare, repertoires
from solfa.errors import SolfaError
from solfa.formats import READERS
from solfa.melody import Key, Metadata, Note

KERN = """!!!OTL: {title}
!!!SCT: {name}
**kern
*M2/4
*G:
{{4g
4a
=1
4b
4{last}}}
*-
"""

# As Essen has them: a bare tonic, accidentals relative to major, a line a phrase, letters of DOS.
ESSEN = """
X:1
T: M\x81ller und Buá
N: Q0041a
O: Europa
M: 2/4
L: 1/8
K: A
A2=c2 | =c2B2
B2A2 | A4

X:2
T: Anders
N: Q0041a
M: 2/4
L: 1/8
K: F
F2A2 | A2F2
"""

BOOK = """
X: 7
T: The Seventh
M: 2/4
L: 1/8
K: D
d2f2 | a2{last} |
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.krn").write_text(KERN.format(title="One", name="E0001", last="g"))
    (folder / "deep" / "two.krn").write_text(KERN.format(title="Two", name="", last="a"))
    (folder / "bad.krn").write_text("**kern\n4zz\n*-\n")
    (folder / "readme.txt").write_text("not a tune")
    return folder


@pytest.fixture
def builtin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "corpus"
    for name in ("essenFolksong", "oneills1850"):
        (root / name).mkdir(parents=True)
    (root / "essenFolksong" / "erk1.abc").write_text(ESSEN)
    (root / "essenFolksong" / "test1.abc").write_text(ESSEN)
    (root / "oneills1850" / "1-9.abc").write_text(BOOK.format(last="d2"))
    (root / "oneills1850" / "7-9.abc").write_text(BOOK.format(last="f2"))
    monkeypatch.setattr(repertoires, "corpus_folder", lambda: root)
    return root


def test_a_folder_is_a_corpus(folder: Path) -> None:
    corpus = corpora.load(folder)
    assert [tune.metadata.id for tune in corpus] == ["mine/deep/two.krn:1", "E0001"]
    assert {tune.metadata.style for tune in corpus} == {"mine"}
    assert corpus.name == "mine"
    assert [Path(one.source).name for one in corpus.refused] == ["bad.krn"]
    assert corpus.refused[0].line == 2


def test_a_corpus_is_shown_in_short(folder: Path) -> None:
    assert repr(corpora.load(folder)) == "Corpus('mine', 2 tunes, 1 refused)"
    many = corpora.Corpus("many", corpora.load(folder).tunes * 600)
    assert repr(many) == "Corpus('many', 1,200 tunes, 0 refused)"


def test_text_alone_is_read_as_symbols(tmp_path: Path) -> None:
    (tmp_path / "tune.txt").write_text("67 _ 67 _ / 60 _")
    assert [len(tune.notes) for tune in corpora.load(tmp_path)] == [2, 1]


@pytest.mark.parametrize("names", [(), ("no such folder",), ("x", "german")])
def test_an_unknown_name_is_one_line(names: tuple[str, ...]) -> None:
    with pytest.raises(SolfaError, match=r"(built in:|choose from) german, chinese") as error:
        corpora.load(*names)
    assert "\n" not in str(error.value)


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SolfaError, match=r"^no tunes in .*files may end in \.krn"):
        corpora.load(tmp_path)


def test_essen_gets_modes_phrases_ids_and_letters(builtin: Path) -> None:
    first, second = corpora.load("german").tunes
    assert first.key == Key("A", "minor")
    assert first.phrase_ends == (3, 6)
    assert first.metadata == Metadata(
        title="Müller und Buß", id="Q0041a", region="Europa", style="german"
    )
    assert second.metadata.id == "Q0041a-2"
    assert second.key == Key("F")


def test_a_tune_in_two_files_is_taken_once(builtin: Path) -> None:
    corpus = corpora.load("irish")
    assert [tune.metadata.id for tune in corpus] == ["oneills:7"]
    assert corpus.refused == (Refusal("oneills:7", None, "is in an earlier file too"),)
    assert corpus.tunes[0].phrase_ends == ()


def test_a_music21_without_its_corpus_says_so(builtin: Path) -> None:
    with pytest.raises(SolfaError, match="reinstall music21"):
        corpora.load("chinese")


def test_several_are_joined(builtin: Path, folder: Path) -> None:
    corpus = corpora.load("german", folder)
    assert corpus.name == "german+mine"
    assert corpus.tunes == corpora.load("german").tunes + corpora.load(folder).tunes
    assert corpus.refused == corpora.load(folder).refused


def test_durations_are_a_filter_with_reasons(folder: Path) -> None:
    corpus = corpora.load(folder, durations={Fraction(2)})
    assert len(corpus) == 0
    assert corpus.refused[1:] == (
        Refusal("mine/deep/two.krn:1", None, "duration of 1 quarters is not accepted"),
        Refusal("E0001", None, "duration of 1 quarters is not accepted"),
    )
    assert corpora.load(folder, durations=corpora.REPORT_DURATIONS) == corpora.load(folder)


def same(a: corpora.Corpus, b: corpora.Corpus) -> bool:
    return a == b and [t.metadata for t in a] == [t.metadata for t in b]


def test_the_cache_gives_the_same_without_reading(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = corpora.load(folder)
    monkeypatch.setattr(prepare, "_read_all", None)
    assert same(corpora.load(folder), fresh)
    assert [path.suffix for path in cache.iterdir()] == [".npz"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"nonsense",
        lambda data: data.replace(b"E0001", b"E0002"),
    ],
)
def test_a_damaged_cache_is_made_anew(
    folder: Path, cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    fresh = corpora.load(folder)
    (path,) = cache.iterdir()
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert same(corpora.load(folder), fresh)
    assert path.read_bytes() == good


def test_a_changed_file_is_read_anew(folder: Path) -> None:
    corpora.load(folder)
    (folder / "one.krn").write_text(KERN.format(title="Uno", name="E0001", last="g"))
    assert corpora.load(folder).tunes[1].metadata.title == "Uno"


def test_new_code_of_a_reader_makes_a_new_cache() -> None:
    ours = [place for place in READERS.values() if isinstance(place, str)]
    specs = [find_spec(f"solfa.formats.{place.partition(':')[0]}") for place in ours]
    assert {Path(spec.origin or "") for spec in specs if spec} <= set(prepare._code())


def test_a_place_that_cannot_hold_a_cache_does_not_matter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path / "file"))
    assert len(corpora.load(folder)) == 2


def test_many_workers_give_what_one_gives(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = corpora.load(folder)
    (path,) = cache.iterdir()
    path.unlink()
    monkeypatch.setattr(prepare, "_BATCH", 1)
    assert same(corpora.load(folder), alone)


def test_parts_and_splits_are_named(folder: Path) -> None:
    corpus = corpora.load(folder)
    with pytest.raises(SolfaError, match="unknown part 'dev'; choose from train, valid, test"):
        corpus.split("dev")
    with pytest.raises(SolfaError, match="unknown split 'song'; choose from family, random"):
        corpus.split("test", by="song")


def test_the_parts_make_the_whole(builtin: Path, folder: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from solfa.corpora import corpus as module

    monkeypatch.setattr(module, "REPERTOIRES", {"german": corpora.REPERTOIRES["german"]})
    corpus = corpora.load("german", folder)
    for by in ("family", "random"):
        found = [t for part in ("train", "valid", "test") for t in corpus.split(part, by=by)]
        assert sorted(t.metadata.id for t in found) == sorted(t.metadata.id for t in corpus)


def test_stats_count(folder: Path, builtin: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from solfa.corpora import corpus as module

    monkeypatch.setattr(module, "REPERTOIRES", {"german": corpora.REPERTOIRES["german"]})
    found = corpora.stats(corpora.load(folder))
    assert (found.tunes, found.notes, found.rests, found.with_phrases) == (2, 8, 0, 2)
    assert (found.families, found.largest_family) == (2, 1)
    assert found.modes == {"major": 2}
    assert found.meters == {"2/4": 2}
    assert found.durations == {"1": 8}
    assert found.length == (4, 4, 4)
    assert found.range == (4, 4, 4)
    assert sum(found.parts.values()) == 2
    assert sum(found.refused.values()) == 1
    assert corpora.table(found).row_count == 13


def test_stats_of_nothing_are_refused() -> None:
    with pytest.raises(SolfaError, match=re.escape("the corpus 'x' has no tune; 0 refused")):
        corpora.stats(corpora.Corpus("x", ()))


def test_kern_is_what_it_says(folder: Path) -> None:
    tune = corpora.load(folder).tunes[1]
    assert tune.notes == tuple(Note(pitch, Fraction(1)) for pitch in (67, 69, 71, 67))
    assert tune.phrase_ends == (3,)
