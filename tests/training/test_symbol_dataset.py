"""Tunes as a torch dataset: what comes out of a batch is what went in."""

import sys
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from solfa.corpora import Corpus
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.melody import Melody, Note
from solfa.training import dataset
from strategies import themes

LONG = Melody([Note(60 + step % 12, 1) for step in range(40)])
SHORT = Melody([Note(60, 1), Note(64, "1/2"), Note(67, "1/2")], phrase_ends=(2,))


@given(st.lists(themes(), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_every_tune_comes_back_from_a_padded_batch(tunes: list[Melody]) -> None:
    data = dataset(Corpus("mine", tuple(tunes)))
    assert len(data) + len(data.refused) == len(tunes)
    batch = data.collate([data[i] for i in range(len(data))]) if len(data) else None
    for row, melody in enumerate(data.melodies):
        assert batch is not None
        symbols = batch.symbols[row][batch.mask[row]].numpy()
        assert data.encoding.decode(symbols, data.conditions[row]) == melody
        assert (batch.symbols[row][~batch.mask[row]] == data.encoding.end).all()


@pytest.mark.parametrize(
    "encoding",
    [NoteEncoding.of([LONG, SHORT], rarest=1), GridEncoding.of([LONG, SHORT], Fraction(1, 2))],
    ids=["notes", "grid"],
)
def test_a_loader_gives_batches_as_long_as_their_longest(encoding: Encoding) -> None:
    data = dataset([LONG, SHORT, SHORT], encoding)
    first, last = DataLoader(data, batch_size=2, collate_fn=data.collate)
    assert first.symbols.shape == first.mask.shape == (2, len(data[0]))
    assert last.symbols.shape == (1, len(data[2]))
    assert first.symbols.dtype == torch.int64
    assert first.mask.sum(1).tolist() == [len(data[0]), len(data[1])]
    assert data[0][-1] == encoding.end


def test_the_vocabulary_is_of_all_the_tunes() -> None:
    data = dataset([LONG, SHORT])
    assert data.refused == []
    assert data.melodies == [LONG, SHORT]


def test_what_the_encoding_cannot_say_is_refused_with_its_reason() -> None:
    data = dataset([SHORT, LONG], NoteEncoding.of([LONG], rarest=1))
    assert data.melodies == [LONG]
    assert len(data.refused) == 1
    assert "1/2" in data.refused[0]


def test_a_missing_torch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "solfa.training.symbols", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SolfaError, match=r"needs torch.* run: pip install 'solfa\[train\]'"):
        dataset([SHORT])
