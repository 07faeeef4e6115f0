"""Tunes as a torch dataset of symbols, for networks of one's own (ours: `songs`, `windows`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from solfa.encodings.conditions import Conditions
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding
from solfa.errors import SolfaError
from solfa.melody import Melody


class Padded(NamedTuple):
    """B tunes padded to S symbols: both (B, S); ``mask`` is true where ``symbols`` are a tune's.

    The padding is the end symbol, so that an embedding takes it.
    """

    symbols: Tensor
    mask: Tensor


class SymbolDataset(Dataset[Tensor]):
    """Encoded tunes, each (S,) integers that close with the end symbol.

    ``encoding`` is the note encoding with a vocabulary of these tunes if none is given. A tune that
    it cannot say is left out, and why is in ``refused``. ``melodies`` and ``conditions`` go
    with the items: ``encoding.decode(dataset[i], dataset.conditions[i])`` is the tune again.
    ``collate`` makes batches: ``DataLoader(dataset, 32, collate_fn=dataset.collate)``.
    """

    def __init__(self, tunes: Iterable[Melody], encoding: Encoding | None = None) -> None:
        given = tuple(tunes)
        self.encoding = encoding or NoteEncoding.of(given, rarest=1)
        self.melodies: list[Melody] = []
        self.conditions: list[Conditions] = []
        self.refused: list[str] = []
        self._symbols: list[Tensor] = []
        for melody in given:
            conditions = Conditions.of(melody)
            try:
                symbols = self.encoding.encode(melody, conditions)
            except SolfaError as error:
                self.refused.append(str(error))
                continue
            self.melodies.append(melody)
            self.conditions.append(conditions)
            self._symbols.append(torch.as_tensor(symbols, dtype=torch.int64))

    def __len__(self) -> int:
        return len(self._symbols)

    def __getitem__(self, index: int) -> Tensor:
        return self._symbols[index]

    def collate(self, items: Sequence[Tensor]) -> Padded:
        """A batch of some items, as long as the longest."""
        whole = [torch.ones(len(item), dtype=torch.bool) for item in items]
        return Padded(
            pad_sequence(list(items), batch_first=True, padding_value=self.encoding.end),
            pad_sequence(whole, batch_first=True),
        )
