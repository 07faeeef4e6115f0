"""Figures of control against songs and models whose every answer is known."""

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from experiments.control import (
    assembled,
    cadences,
    forms,
    gaps,
    measure,
    pairs,
    phrases,
    ranking,
    repeats,
)
from experiments.control.page import page
from solfa.analysis.form import VARIED
from solfa.analysis.note_overlap import UNLIKE, note_overlap
from solfa.composing.constraints.problem import compile_request
from solfa.composing.request.ask import ask
from solfa.encodings.conditions import Conditions
from solfa.encodings.features import SIDES
from solfa.encodings.notes import Field
from solfa.encodings.protocol import Encoding, SequenceState
from solfa.encodings.ticks import to_quarters
from solfa.errors import SolfaError
from solfa.evaluation.statistics import Mean, Share
from solfa.melody import Key, Melody, Meter, Note

sys.path.insert(0, str(Path(__file__).parents[1] / "composing"))
from hand_made_models import NOTES, UNIFORM, HandMade, uniform

PHRASE = 8


def phrase(random: np.random.Generator, last: int) -> list[Note]:
    """Two bars of 4/4 in quarters, from the scale of G, that end on a pitch."""
    degrees = random.choice([0, 2, 4, 5, 7, 9, 11, 12], PHRASE - 1)
    return [*(Note(67 + int(d), 1) for d in degrees), Note(last, 1)]


def song(number: int, form: str = "ABCA") -> Melody:
    """Phrases that close on the second degree, B on the third, the last on the tonic."""
    random = np.random.default_rng(number)
    made = {name: phrase(random, 71 if name == "B" else 69) for name in sorted(set(form))}
    parts = [list(made[letter]) for letter in form]
    parts[-1][-1] = Note(67, 1)
    ends = [PHRASE * (place + 1) - 1 for place in range(len(form))]
    return Melody(
        [note for part in parts for note in part], Key("G"), Meter(4, 4), phrase_ends=ends
    )


SONGS = [song(number) for number in range(12)]
G = Key("G")
SUNG = phrases.sung(SONGS)


@pytest.mark.parametrize("share", pairs.ALTERED)
@pytest.mark.parametrize("seed", range(5))
def test_so_many_notes_are_altered(share: float, seed: int) -> None:
    one = SUNG[seed]
    made = phrases.altered(one, share, np.random.default_rng(seed))
    kept = note_overlap(one.notes, made) * (PHRASE + len(made)) / 2
    assert kept == PHRASE - max(1, round(share * PHRASE))
    assert sum(note.duration for note in made) == one.length
    assert {note.pitch % 12 for note in made if note.pitch} <= G.scale


def test_pairs_are_what_they_are_said_to_be() -> None:
    found = pairs.pairs_of(SONGS, 10)
    assert len({pair.how for pair in found}) == len(pairs.ALTERED) + 3
    for pair in found:
        alike = note_overlap(pair.first, pair.second)
        assert (alike == 1) is (pair.truth == "same")
        assert (alike < UNLIKE) or pair.truth != "new"
    assert found == pairs.pairs_of(SONGS, 10)
    assert found != pairs.pairs_of(SONGS, 10, seed=1)


def test_an_unlike_phrase_is_brought_into_key_and_register() -> None:
    low = SUNG[0]._replace(
        song=99,
        key=Key("C"),
        notes=tuple(Note(p - 24, 1) for p in (60, 62, 64, 65, 67, 69, 71, 72)),
    )
    found = phrases.unlike([SUNG[0]], [low], np.random.default_rng(0))
    assert found is not None
    assert {note.pitch % 12 for note in found} <= G.scale
    mean = np.mean([note.pitch for note in SUNG[0].notes])
    assert abs(np.mean([note.pitch for note in found]) - mean) <= 6
    assert phrases.unlike([SUNG[0]], [SUNG[0]], np.random.default_rng(0)) is None


def test_too_few_phrases_are_told() -> None:
    for make in (lambda: pairs.pairs_of([], 1), lambda: assembled.assembled([], "AABA", 0, 1)):
        with pytest.raises(SolfaError, match="0 phrases are too few"):
            make()


def test_the_threshold_parts_what_can_be_parted() -> None:
    def pair(first: str, second: str, truth: pairs.Relation) -> pairs.Pair:
        one, other = (tuple(Note(60 + int(p), 1) for p in text) for text in (first, second))
        return pairs.Pair(one, other, truth, truth)

    near, far = pair("0246", "0247", "varied"), pair("0246", "7137", "new")  # 7/8 and 4/8 similar
    assert 0.5 < pairs.best_threshold([near, far]) <= 0.875
    found = pairs.judged([near, far, pair("02", "02", "same")])
    assert found.right() == Share(3, 3)
    assert pairs.judge(near.first, near.second, 0.9) == "new"
    assert pairs.judged([far._replace(truth="varied", how="x")]).right("x") == Share(0, 1)


@pytest.mark.parametrize("share", [0, 0.4])
def test_assembled_tunes_have_their_form(share: float) -> None:
    tunes = assembled.assembled(SONGS, "AABA", share, 8)
    assert len(tunes) == 8
    for tune in tunes:
        one, again_, other, _ = tune.phrases()
        assert (one == again_) is (share == 0)
        assert {one, other} <= {sung.notes for sung in SUNG}
        assert note_overlap(one, other) < UNLIKE
    assert assembled.found_again(tunes, "AABA").value > 0.8
    assert assembled.found_again(tunes, "ABCD") == Share(0, 8)


def with_form(form: str, tune: Melody, alike: float = 1.0) -> forms.Heard:
    request = ask(form=form, bars=8, key="G", meter="4/4", likeness=alike, seed=0)
    return forms.hear(tune, request)


def test_a_form_that_is_there_is_heard() -> None:
    heard = with_form("ABCA", song(3).replace(notes=(*song(3).notes[:-1], Note(69, 1))))
    assert (heard.letters, heard.names) == (True, True)
    assert [truth for truth, _ in heard.pairs] == ["new", "new", "new", "same", "new", "new"]
    assert all(truth == judged for truth, judged in heard.pairs)
    assert heard.again == (forms.Again(1, 1),)


def test_a_varied_repeat_is_heard_as_such() -> None:
    tune = song(3)  # the last note of the last phrase differs
    heard = with_form("ABCA", tune)
    assert (heard.letters, heard.names) == (True, False)
    assert heard.pairs[3] == ("same", "varied")
    assert heard.again == (forms.Again(1, 7 / 8),)
    assert with_form("ABCA'", tune).names
    assert with_form("ABCA", tune, 0.8).names
    assert with_form("ABCA", tune, 0.8).pairs[3] == ("varied", "varied")
    assert with_form("ABCA", tune, 0.8).again == (forms.Again(0.8, 7 / 8),)


def test_a_form_that_is_not_there_is_missed() -> None:
    heard = with_form("AABA", song(3))
    assert not heard.letters
    assert heard.pairs[0] == ("same", "new")


def test_tunes_are_asked_for_in_every_form_and_length() -> None:
    model = UNIFORM["notes"]
    asked = forms.asks(model, 0.5, 30, 0)
    assert {(one["form"], one["bars"]) for one in asked} == {
        (form, bars) for form in forms.FORMS for bars in forms.BARS
    }
    assert sum(one["count"] for one in asked) == 30
    assert asked == forms.asks(model, 0.5, 30, 0) != forms.asks(model, 0.5, 30, 1)
    assert {one["style"] for one in asked} <= set(NOTES.styles)


def test_rules_keep_the_form_whatever_the_model_says() -> None:
    asked = {**forms.asks(UNIFORM["notes"], 1.0, 10, 0)[0], "count": 2}
    heard = forms.composed(UNIFORM["notes"], asked)
    assert len(heard) == 2
    found = [phrase for tune in heard for phrase in tune.again]
    assert found == [forms.Again(1, 1)] * 4
    plain = forms.row(None, forms.composed(UNIFORM["notes"], asked, form=False))
    assert plain.letters == Share(0, 2)
    assert plain.likeness.value < 0.3


def test_a_row_counts_only_what_was_asked_alike() -> None:
    heard = forms.Heard(
        True,
        False,
        (("same", "same"), ("varied", "new")),
        (forms.Again(1, 1), forms.Again(0.7, 0.4)),
    )
    row = forms.row(1.0, [heard])
    assert (row.letters, row.names, row.pairs) == (Share(1, 1), Share(0, 1), Share(1, 2))
    assert row.right == {"same": Share(1, 1), "varied": Share(0, 1), "new": Share(0, 0)}
    assert row.likeness.value == 1
    assert forms.row(None, [heard]).likeness.value == 0.7


def test_the_dial_is_a_correlation_of_ranks() -> None:
    rising = [forms.Again(asked, asked**2) for asked in forms.DIAL]
    found = forms.dial([*rising, *rising])
    assert found.correlation == pytest.approx(1)
    assert found.means[0.5].value == 0.25
    assert found.phrases == 2 * len(forms.DIAL)
    falling = forms.dial([forms.Again(asked, 1 - asked) for asked in forms.DIAL])
    assert falling.correlation == pytest.approx(-1)


def test_what_comes_again_is_counted() -> None:
    bare = song(2).replace(phrase_ends=())
    found = repeats.repeats_of([song(0, "ABAC"), song(1, "AABA"), song(2, "ABC"), bare])
    assert found.tunes == 3
    # the last phrase of AABA closes otherwise, and is varied
    assert found.told == {"same": Share(2, 8), "varied": Share(1, 8), "new": Share(5, 8)}
    assert found.found == found.told
    assert found.agree == Share(8, 8)
    assert found.likeness.value == 7 / 8
    assert found.forms == {"ABAC": 1, "AABA": 1}


@pytest.mark.parametrize(
    ("pitch", "mode", "close"),
    [
        *[(60, "major", "tonic"), (62, "major", "dominant"), (64, "major", "elsewhere")],
        *[(67, "major", "dominant"), (71, "major", "dominant"), (70, "major", "elsewhere")],
        *[(70, "minor", "dominant"), (71, "minor", "dominant"), (48, "minor", "tonic")],
    ],
)
def test_on_what_a_phrase_closes(pitch: int, mode: str, close: str) -> None:
    notes = [Note(65, 1), Note(pitch, 1), Note(None, 2)]
    assert cadences.close_of(notes, Key("C", mode)) == close


def test_the_form_of_a_song_as_one_would_write_it() -> None:
    def form(melody: Melody) -> str:
        return cadences.written(cadences.form_of(melody))

    assert form(song(3)) == "A2B2C2A'2"
    assert form(song(3, "ABAB")) == "A2B2A2B'2"
    assert form(song(3).replace(meter=Meter(3, 4))) == ""  # a phrase is no whole bars
    assert form(song(3).replace(phrase_ends=())) == ""
    assert form(song(3).replace(meter=None)) == ""


def test_cadences_of_songs_and_of_tunes_of_their_forms() -> None:
    found = cadences.cadences_of(UNIFORM["notes"], SONGS, 5, seed=0)
    assert found.tunes == 5
    first, before_repeat, before_new, last = cadences.PLACES
    assert found.songs[first]["dominant"] == Share(5, 5)
    assert found.songs[before_repeat]["dominant"] == Share(5, 5)
    assert found.songs[before_new]["elsewhere"] == Share(5, 5)
    assert found.songs[last]["tonic"] == found.composed[last]["tonic"] == Share(5, 5)
    assert sum(share.hits for share in found.composed[first].values()) == 5
    assert found.apart(last) == 0
    assert found.apart(first) == 1 - found.composed[first]["dominant"].value


class Foreseeing(HandMade):
    """Takes the pitch of the next kept note for so many times as likely as others, if it is told."""

    def __init__(self, weight: float = 100) -> None:
        super().__init__(uniform, NOTES)
        self.features, self.weight = frozenset(SIDES), weight

    def begin(self, all_conditions: Sequence[Conditions]) -> "Whispering":
        return Whispering(self, all_conditions)


class Whispering:
    def __init__(self, model: Foreseeing, all_conditions: Sequence[Conditions]) -> None:
        self.state = model.encoding.read(all_conditions)
        self._frames, self._model = all_conditions, model

    def probabilities(self) -> np.ndarray:
        encoding = self._model.encoding
        weights = np.ones((len(self.state), encoding.size))
        if self.state.field is Field.PITCH:
            music = self.state.music
            for place, (row, onset) in enumerate(zip(music.row, music.onset, strict=True)):
                conditions = self._frames[row]
                beyond = [n.pitch for n in conditions.fixed if n.onset >= onset]
                if beyond:
                    first = encoding.first[Field.PITCH]
                    weights[place, first + 23 + beyond[0] - conditions.tonic] = self._model.weight
        return weights / weights.sum(1, keepdims=True)

    def push(self, symbols: np.ndarray) -> None:
        self.state.push(symbols)

    def select(self, rows: np.ndarray) -> None:
        self.state.select(rows)


DRONES = [Melody([Note(67, 1)] * 32, G, Meter(4, 4), phrase_ends=(7, 15, 23, 31)) for _ in range(3)]


def standing(gap: gaps.Gap) -> list[Fraction]:
    return [to_quarters(note.onset) for note in compile_request(gap.request, NOTES).fixed]


def outside(gap: gaps.Gap) -> list[Fraction]:
    return [o for o, inside in zip(gap.song.onsets(), gap.inside, strict=True) if not inside]


def test_gaps_leave_something_on_both_sides() -> None:
    found = gaps.gaps_in(UNIFORM["notes"], SONGS, 4, 100, seed=0)
    assert len(found) == len(SONGS)
    for gap in found:
        assert gap.inside.sum() == 16
        assert not gap.inside[:4].any()
        assert not gap.inside[-4:].any()
        assert standing(gap) == outside(gap)
    assert gaps.gaps_in(UNIFORM["notes"], SONGS, 7, 100, seed=0) == []
    unsayable = SONGS[0].replace(notes=(Note(67, "1/7"), *SONGS[0].notes[1:]))
    free = SONGS[0].replace(meter=None)
    left_out = [unsayable, free, SONGS[0].replace(phrase_ends=())]
    assert gaps.gaps_in(UNIFORM["notes"], left_out, 1, 100, seed=0) == []


def test_a_gap_may_begin_after_a_pickup() -> None:
    late = SONGS[0].replace(pickup=Fraction(1))
    (gap,) = gaps.gaps_in(UNIFORM["notes"], [late], 6, 1, seed=0)
    assert np.flatnonzero(gap.inside).tolist() in (list(range(1, 25)), list(range(5, 29)))
    assert standing(gap) == outside(gap)


def test_who_is_told_the_right_side_pays_less_for_the_middle() -> None:
    found = gaps.middles_of(Foreseeing(), DRONES, 3, seed=0)
    assert [middle.bars for middle in found] == [1, 2, 4]  # eight leave nothing on either side
    # a pitch costs log2(size) when nothing is told, and then log2((99 + size) / 100)
    expected = np.log2(NOTES.size) - np.log2((99 + NOTES.size) / 100)
    for middle in found:
        assert middle.gain.value == pytest.approx(expected)
        assert middle.left.value == pytest.approx(2 * np.log2(NOTES.size))
        assert middle.both.value == pytest.approx(middle.left.value - expected)


def test_who_is_deaf_to_it_gains_nothing() -> None:
    for model in (UNIFORM["notes"], ranking.WithoutRightContext(Foreseeing())):
        for middle in gaps.middles_of(model, DRONES, 3, seed=0):
            assert middle.gain == (0, 0, 0)


def test_the_truth_shares_a_tie() -> None:
    assert ranking.ranked_first(1.0, [2.0, 3.0]) == 1
    assert ranking.ranked_first(1.0, [1.0, 3.0]) == 1 / 2
    assert ranking.ranked_first(2.0, [1.0, 3.0]) == 0


def leads_on(state: SequenceState, encoding: Encoding) -> np.ndarray:
    """Three pitches, and the last is three times as likely as another."""
    weights = np.ones((len(state.music), encoding.size))
    if state.field is Field.PITCH:
        weights[:] = 0
        tonic = encoding.first[Field.PITCH] + 23
        weights[:, [tonic - 1, tonic, tonic + 2]] = 1
        last = np.clip(state.music.pitch, 66, 69)
        weights[np.arange(len(weights)), tonic + last - 67] = 3
    return weights


def test_what_leads_into_the_right_side_is_chosen() -> None:
    """Only the join tells: what is kept is likelier after its own pitch."""
    model = HandMade(leads_on, NOTES)
    (found,) = ranking.rankings_of(model, DRONES, 3, seed=0)
    assert (found.model, found.told, found.gaps) == ("leads_on", False, 3)
    assert found.truth == ranking.Filled(Mean(1, 1, 1), Share(3, 3), Mean(0, 0, 0))
    assert found.chosen.leap == (0, 0, 0)
    assert found.drawn.leap.value > 0
    assert 0 < found.first.value < 1  # some drawn ones join as well

    (gap, *_) = gaps.gaps_in(model, DRONES, 2, 1, seed=0)
    notes = list(gap.song.notes)
    notes[ranking.after(gap) - 1] = Note(69, 1)
    true, other = ranking.right_side(model, gap, [gap.song, gap.song.replace(notes=notes)])
    assert other - true == pytest.approx(np.log2(3))


def test_a_model_that_hears_is_ranked_deaf_and_told() -> None:
    found = ranking.rankings_of(Foreseeing(1e9), DRONES, 2, seed=0)
    assert [one.told for one in found] == [False, True]
    assert found[1].drawn.join == Share(2, 2) != found[0].drawn.join
    assert ranking.rankings_of(Foreseeing(), [], 2, seed=0) == []


def test_too_little_to_measure_is_told() -> None:
    with pytest.raises(SolfaError, match="tunes 0 is below 1; measure at least one"):
        measure.Counts(pairs=1, tunes=0, songs=1, gaps=1, filled=1)


def test_the_page_tells_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "FORMS", ("AABA",))
    monkeypatch.setattr(forms, "BARS", (4,))
    monkeypatch.setattr(forms, "DIAL", (0.5, 0.7))
    monkeypatch.setattr(forms, "LIKENESSES", (1.0, 0.5))
    model = UNIFORM["notes"]
    counts = measure.Counts(pairs=8, tunes=6, songs=3, gaps=3, filled=1)
    told: list[str] = []
    figures = measure.figures_of(model, SONGS, counts, progress=told.append)
    detector = measure.detector_of(SONGS, SONGS, counts.pairs, seed=0)
    ranked = 2 * ranking.rankings_of(model, DRONES, counts.filled, seed=0)
    real = repeats.repeats_of(SONGS)
    text = page(
        detector, real, [figures, figures], ranked, "valid", "python -m experiments.control"
    )
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(heads) == 8
    assert "{" not in text
    assert f"{VARIED:.2f} similar" in text
    rows = [line for line in text.splitlines() if line.startswith(f"| `{model.name}`")]
    of_each = {"forms": 3, "again": 2, "cadences": 4, "middles": 3, "ranking": 1 + 3}
    assert len(rows) == 2 * sum(of_each.values())
    dial = [line for line in text.splitlines() if line.startswith("| 0.")]
    assert [line.split("|")[1].strip() for line in dial] == ["0.7", "0.5"]
    assert any("likeness 0.5" in line for line in told)
