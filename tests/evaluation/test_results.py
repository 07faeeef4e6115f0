"""The page of results: what it says must be what was measured."""

import re
from fractions import Fraction

import numpy as np
import pytest

from solfa.corpora import Corpus
from solfa.encodings.notes import NoteEncoding
from solfa.evaluation.likelihood import Likelihood, bits
from solfa.evaluation.results import GIVENS, Row, measure, page, sentence
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


@pytest.fixture(scope="module")
def model() -> NGram:
    return NGram.of(tunes()[:6], NoteEncoding.of(tunes(), rarest=1))


def test_every_model_split_and_condition_has_its_line(model: NGram) -> None:
    corpus = Halves("mine", tuple(tunes()))
    rows = measure([model], [corpus])
    assert len(rows) == 2 * len(GIVENS)
    text = page(rows, [model], "solfa evaluate ngram")
    assert "Written by `solfa evaluate ngram`" in text
    assert model.hash in text
    lines = [line for line in text.splitlines() if line.startswith("| `ngram`")]
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
    rows = measure([model], [Halves("mars", tuple(strange))])
    assert all("style" not in row.likelihood.given for row in rows)


def test_phrase_marks_are_paid_apart() -> None:
    fields = ("pickup", "duration", "pitch", "phrase")
    given = ("key", "metre", "phrase marks of the past")
    cost = Likelihood(fields, np.array([[1.0, 4.0, 10.0, 5.0]]), np.array([5]), given, {"odd": 2})
    assert sentence(cost).startswith("3.000 bits a note over 1 songs, 5 notes, given key, metre")
    assert "phrase marks cost 1.000 more" in sentence(cost)
    (line,) = [
        li for li in page([Row("m", "c", "test", cost)], [], "x").splitlines() if "`m`" in li
    ]
    assert "**3.000**" in line
    assert "| 2.000 | 1.000 | 1.000 | 1 (2 refused) | 5 |" in line
