"""The page of results: what it says must be what was measured."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from experiments.results.latent_space import LatentFigures
from experiments.results.measure import GIVENS, Extra, Measured, Row, measure
from experiments.results.page import page
from solfa.corpora import Corpus
from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.evaluation.likelihood import Likelihood, bits
from solfa.evaluation.unigram import Unigram
from solfa.melody import Key, Melody, Metadata, Meter, Note
from solfa.models.ngram import NGram


def tunes() -> list[Melody]:
    return [
        Melody(
            tuple(Note(60 + (step * number) % 12, Fraction(1)) for step in range(number + 2)),
            Key("C"),
            Meter(2, 4),
            phrase_ends=(number + 1,),
            metadata=Metadata(id=f"t{number}", style="german"),
        )
        for number in range(12)
    ]


class Halves(Corpus):
    """A corpus whose parts are every other tune."""

    def split(self, part: str, by: str = "family") -> Corpus:
        return Corpus(self.name, self.tunes[part == "test" :: 2])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def model() -> NGram:
    return NGram.of(tunes()[:6], NoteEncoding.of(tunes(), rarest=1))


def test_every_model_split_and_condition_has_its_line(model: NGram) -> None:
    corpus = Halves("mine", tuple(tunes()))
    found = measure([model], [corpus])
    rows = found.rows
    assert len(rows) == 2 * len(GIVENS)
    text = page(found, [model], "python -m experiments.results ngram")
    assert "Written by `python -m experiments.results ngram`" in text
    assert model.hash in text
    table = text[: text.index("## Side by side")]
    lines = [line for line in table.splitlines() if line.startswith("| `ngram`")]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        shown = float(re.search(r"\*\*([\d.]+)\*\*", line)[1])
        held_out = corpus.split(row.split).tunes
        told = "phrase marks of the past" in row.likelihood.given
        cost = bits(model, held_out, phrases=told, style="style" in row.likelihood.given)
        assert shown == pytest.approx(cost.of("pickup", "duration", "pitch"), abs=6e-4)
        assert f"| {row.split} |" in line


def test_a_style_that_a_model_does_not_know_is_not_told(model: NGram) -> None:
    strange = [t.replace(metadata=Metadata(id=t.metadata.id, style="martian")) for t in tunes()]
    rows = measure([model], [Halves("mars", tuple(strange))]).rows
    assert all("style" not in row.likelihood.given for row in rows)


def test_phrase_marks_are_paid_apart() -> None:
    fields = ("pickup", "duration", "pitch", "phrase")
    given = ("key", "metre", "phrase marks of the past")
    cost = Likelihood(
        fields,
        np.array([[1.0, 4.0, 10.0, 5.0]]),
        np.array([5]),
        given,
        {"odd": 2},
        songs=np.array([0]),
        symbols=np.array([16]),
    )
    assert cost.sentence().startswith("3.000 bits a note over 1 songs, 5 notes, given key, metre")
    assert "phrase marks cost 1.000 more" in cost.sentence()
    plain = replace(cost, given=given[:2])
    rows = [Row("m", "c", split, cost) for split in ("valid", "test")]
    rows += [Row("n", "c", split, plain) for split in ("valid", "test")]
    text = page(Measured(rows, [], [], {}, []), [], "x")
    (line,) = [li for li in text.splitlines() if "`m`" in li and "| test |" in li]
    assert "**3.000**" in line
    assert "| 2.000 | 1.000 | 1.000 | 1 (2 refused) | 5 |" in line


def test_recipes_and_latent_spaces_have_their_tables(model: NGram) -> None:
    found = measure([model], [Halves("mine", tuple(tunes()))])
    (first, *_) = found.rows
    extra = Extra("vae", "report", "test", "random", 12_800, first.likelihood)
    shares = (0.5, 0.25, 0.125, 3, 50, 7, 0.0625, 0.75, 0.875, 0.03, 0.375)
    latent = LatentFigures(5, 40, 2.5, 0.75, *shares)
    text = page(replace(found, extras=[extra], latent={"test": latent}), [model], "x")
    low, high = first.likelihood.interval()
    bits = f"**{first.likelihood.total:.3f}** [{low:.2f}, {high:.2f}]"
    assert f"| `vae` | report | random | test | 12,800 | {bits} |" in text
    assert (
        "| test | 2.50 | 0.75 | 50.0 % | 25.0 % | 12.5 % | 3 of 50 | 87.5 % | 6.2 % | 75.0 % |"
        " 37.5 % | 3.0 % |" in text
    )
    assert "$" not in text
    assert "$" not in page(found, [model], "x")


def test_models_are_set_side_by_side_on_songs_that_all_can_say(model: NGram) -> None:
    grid = GridEncoding.over(range(60, 71))  # one pitch short: cannot say the longest songs
    corpus = Halves("mine", tuple(tunes()))
    other = NGram.of(tunes()[:6], grid)
    other.name = "ngram on a grid"
    found = measure([model, other], [corpus])
    text = page(found, [model], "x")
    table = text[text.index("## Side by side") :]
    rows = [line.split(" | ") for line in table.splitlines() if "| test |" in line]
    assert len(rows) == 4  # two models, and the unigram of either encoding
    assert len({row[-2] for row in rows}) == 1
    sayable = [t for t in corpus.split("test").tunes if set(t.pitches) <= set(range(60, 71))]
    assert int(rows[0][-2]) == len(sayable) < len(corpus.split("test"))
    for row in rows:
        if "unigram of grid" in row[0]:
            cost = bits(
                Unigram(corpus.split("train").tunes, grid), sayable, phrases=False, style=False
            )
            assert float(row[2].strip("*")) == pytest.approx(cost.total, abs=6e-4)
            assert float(row[3]) == pytest.approx(cost.perplexity, abs=6e-3)


def test_what_was_measured_is_not_measured_again(model: NGram, cache: Path) -> None:
    corpus = Halves("mine", tuple(tunes()))
    first = measure([model], [corpus])
    assert list((cache / "measured").iterdir())

    class Silent(NGram):
        def begin(self, all_conditions):
            raise AssertionError("asked again")

    silent = Silent(model.encoding, model.examples)
    again = measure([silent], [corpus], progress=lambda _: None)
    for row, other in zip(first.rows, again.rows, strict=True):
        np.testing.assert_array_equal(row.likelihood.bits, other.likelihood.bits)
        assert row.likelihood.given == other.likelihood.given


def test_a_unigram_says_shares() -> None:
    encoding = GridEncoding.over(range(60, 64))
    songs = [Melody((Note(60, 1), Note(62, "1/2")), Key("C"))]
    unigram = Unigram(songs, encoding)
    session = unigram.begin([Conditions.of(songs[0])])
    counted = {"60": 1, "62": 1, "_": 4, "/": 1}
    total = sum(counted.values()) + encoding.size
    expected = [(counted.get(symbol, 0) + 1) / total for symbol in encoding.symbols]
    assert session.probabilities()[0] == pytest.approx(expected)
    session.push(np.array([0]))
    assert session.probabilities()[0] == pytest.approx(expected)
