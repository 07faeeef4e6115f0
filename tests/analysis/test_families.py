from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.families import OPENING, RUN, families, id_stem
from solfa.melody import Key, Melody, Metadata, Note

QUARTER = Fraction(1)


def tune(pitches: Sequence[int | None], title: str = "", name: str = "") -> Melody:
    notes = tuple(Note(pitch, QUARTER) for pitch in pitches)
    return Melody(notes, metadata=Metadata(title=title, id=name))


def kin(*tunes: Melody) -> bool:
    return len(set(families(tunes).tolist())) == 1


RISE = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84, 86, 88, 89, 91]
TURN = [60, 67, 60, 67, 60, 67, 60, 67, 60, 67, 60, 67, 60, 67, 60, 67, 60, 67, 60]


def test_different_tunes_are_no_kin() -> None:
    assert not kin(tune(RISE), tune(TURN))
    assert not kin(tune(RISE, name="E0001"), tune(TURN, name="E0002"))


def test_the_same_title_makes_kin_whatever_its_case() -> None:
    assert kin(tune(RISE, "Die Gedanken sind frei"), tune(TURN, "DIE GEDANKEN SIND FREI!"))
    assert not kin(tune(RISE, "..."), tune(TURN, "?"))


@pytest.mark.parametrize(
    "title",
    [
        *("Untitled", "[No title]", "untitled_2", "Track01", "7", "Lied", "Reel", "New Tune"),
        *("Waltz No. 3", "Jig in G", "Walzer in Es-Dur", "Nocturne in E♭ major"),
        *(f"Melody in {key}" for key in (Key("D"), Key("F#", "minor"), Key("Bb", "dorian"))),
    ],
)
def test_a_title_that_names_no_tune_makes_no_kin(title: str) -> None:
    assert not kin(tune(RISE, title), tune(TURN, title))


@pytest.mark.parametrize(
    "title", ["Tanzlied", "The Reel", "Air on Lake Erie", "A", "March in May", "Nocturne Op. 9"]
)
def test_a_name_with_a_generic_word_in_it_is_a_name(title: str) -> None:
    assert kin(tune(RISE, title), tune(TURN, title))


def test_a_title_of_a_ballad_is_that_of_its_text() -> None:
    assert not kin(tune(RISE, "Graf und Nonne", "Q0155"), tune(TURN, "Graf und Nonne", "Q1155"))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        *[("E0001", "E0001"), ("E0001A", "E0001"), ("E0001A-2", "E0001"), ("HA002", "HA002")],
        *[("Q0155a", "Q0155a"), ("C0000", ""), ("C0000-12", ""), ("book1:1", ""), ("", "")],
    ],
)
def test_id_stems(name: str, stem: str) -> None:
    assert id_stem(name) == stem


def test_the_letter_of_an_id_names_a_variant() -> None:
    assert kin(tune(RISE, name="E0001"), tune(TURN, name="E0001B"))


def test_the_same_opening_makes_kin_one_interval_less_does_not() -> None:
    opening = RISE[: OPENING + 1]
    assert kin(tune([*opening, 60, 61]), tune([*opening, 50]))
    assert not kin(tune([*opening[:-1], 60, 61]), tune([*opening[:-1], 50]))


def test_a_shared_run_makes_kin_one_interval_less_does_not() -> None:
    run = RISE[: RUN + 1]
    assert kin(tune([40, 41, *run, 42]), tune([90, 80, 70, *run]))
    assert not kin(tune([40, 41, *run[:-1], 42, 43]), tune([90, 80, 70, *run[:-1], 50, 51]))


def test_rests_and_key_do_not_matter() -> None:
    assert kin(tune([*RISE[:5], None, *RISE[5:]]), tune([p - 12 for p in RISE]))


def test_kinship_is_transitive() -> None:
    assert kin(tune(RISE, "A"), tune(TURN, "B"), tune([p + 1 for p in RISE], "b"))


def naive(tunes: Sequence[Melody]) -> set[frozenset[int]]:
    def steps(t: Melody) -> list[int]:
        return [b - a for a, b in zip(t.pitches, t.pitches[1:], strict=False)]

    def runs(t: Melody) -> set[tuple[int, ...]]:
        d = steps(t)
        return {tuple(d[i : i + RUN]) for i in range(len(d) - RUN + 1)}

    def near(a: Melody, b: Melody) -> bool:
        opening = steps(a)[:OPENING] == steps(b)[:OPENING] != []
        title = a.metadata.title == b.metadata.title != ""
        return opening or title or bool(runs(a) & runs(b))

    groups = [{i} for i in range(len(tunes))]
    for i, a in enumerate(tunes):
        for j, b in enumerate(tunes[:i]):
            if near(a, b):
                one, two = (next(g for g in groups if k in g) for k in (i, j))
                if one is not two:
                    groups.remove(two)
                    one |= two
    return {frozenset(group) for group in groups}


# Few notes of two pitches make runs in common likely.
small_tunes = st.builds(
    tune,
    st.lists(st.sampled_from([60, 60, 60, 62, None]), min_size=1, max_size=30),
    st.sampled_from(["", "", "a", "b"]),
)


@given(st.lists(small_tunes, max_size=8))
@settings(max_examples=60, deadline=None)
def test_families_are_those_of_comparing_all_pairs(tunes: list[Melody]) -> None:
    labels = families(tunes).tolist()
    found = {frozenset(i for i, x in enumerate(labels) if x == label) for label in labels}
    assert found == naive(tunes)
    assert all(min(group) in labels for group in found)


@given(st.lists(st.integers(40, 80), min_size=2, max_size=40), st.integers(-12, 12))
@settings(max_examples=40, deadline=None)
def test_a_transposed_tune_stays_in_its_family(pitches: list[int], semitones: int) -> None:
    assert kin(tune(pitches), tune(pitches).transpose(semitones))
