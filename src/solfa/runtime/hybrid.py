"""The hybrid: a note-level model whose sessions may carry a latent for each unit of four bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, PITCHES
from solfa.encodings.notes import Field, NoteEncoding
from solfa.encodings.units import cut, unit_lengths
from solfa.melody import Melody
from solfa.runtime.graph import Graph, not_exported
from solfa.runtime.latent_region import LatentRegion
from solfa.runtime.notes import NoteModel, NoteSession

_POSITION, _METRE = FEATURES.index("position"), FEATURES.index("metre")
_EVENT = 5  # integers of a note that the encoder is given
_METRE_CONDITION = _METRE - FEATURES.index("mode")


class HybridModel(LatentRegion, NoteModel):
    """`melody_vae`: a note model, which `with_latents` conditions on a latent for each unit."""

    latents_of: ClassVar[str] = "phrases"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._encoder = Graph(folder / "encode.onnx", self.card)
        with not_exported(folder):
            self._read_region(self.card)
            self._check_encoder(self._encoder(events=np.zeros((1, 1, _EVENT), np.int64))[0])
        self.unit_lengths = unit_lengths(self.encoding)

    def begin(self, all_conditions: Sequence[Conditions]) -> HybridSession:
        """A session before the first symbol of each tune, latents unknown."""
        return HybridSession(self, all_conditions, None)

    def with_latents(self, latents: Sequence[np.ndarray], name: str) -> HybridWithLatents:
        """The model conditioned on ``latents``: (K, Z) for each tune, or once for all of them."""
        return HybridWithLatents(self, latents, name)

    def encode(self, melody: Melody) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log variance (K, Z) of the latent of each unit of a tune, its end included.

        Raises `SolfaError` for a tune that the encoding cannot represent.
        """
        encoding, conditions = self.encoding, Conditions.of(melody, phrases=False)
        symbols, state = encoding.encode(melody, conditions), encoding.read([conditions])
        notes, onsets = [], []
        for step, symbol in enumerate(symbols):
            if state.field is Field.DURATION:
                over = symbol == encoding.end
                pitch = PITCHES if over else symbols[step + 1] - encoding.first[Field.PITCH]
                features = state.features()[0]
                notes.append((symbol, pitch, features[_POSITION], features[_METRE]))
                onsets.append(int(state.music.onset[0]))
            if symbol != encoding.end:
                state.push(symbols[step : step + 1])
        unit, place = cut(np.array(onsets), self.unit_lengths[notes[0][-1]])
        events = np.column_stack([notes, place]).astype(np.int64)
        # one unit at a time: none is long, and none must depend on the length of another
        found = [self._encoder(events=events[unit == number][None]) for number in np.unique(unit)]
        mean, log_variance = (np.concatenate(part) for part in zip(*found, strict=True))
        return mean, log_variance


class HybridWithLatents:
    """A `HybridModel` conditioned on latents; see `solfa.models.protocol.Model`."""

    def __init__(self, model: HybridModel, latents: Sequence[np.ndarray], name: str) -> None:
        self.name, self.hash, self.features = name, model.hash, model.features
        self.encoding: NoteEncoding = model.encoding
        self._model, self._latents = model, latents

    def begin(self, all_conditions: Sequence[Conditions]) -> HybridSession:
        """A session before the first symbol of each tune."""
        one = len(self._latents) == 1
        latents = [self._latents[0]] * len(all_conditions) if one else self._latents
        return HybridSession(self._model, all_conditions, latents)


class HybridSession(NoteSession):
    """A batch of tunes followed by a `HybridModel`; longer tunes have their latents again."""

    def __init__(
        self,
        model: HybridModel,
        all_conditions: Sequence[Conditions],
        latents: Sequence[np.ndarray] | None,
    ) -> None:
        super().__init__(model, all_conditions)
        metres = self.state.extractor.conditions[:, _METRE_CONDITION]
        self._unit_lengths = model.unit_lengths[metres]
        self._latents = latents
        self._nothing = np.zeros((len(all_conditions), len(model.center)), np.float32)

    def _body(self, **besides: np.ndarray) -> list[np.ndarray]:
        music = self.state.music
        unit, place = cut(music.onset, self._unit_lengths)
        if self._latents is None:
            z, place = self._nothing, np.zeros_like(place)
        else:
            own = [(self._latents[int(r)], u) for r, u in zip(music.row, unit, strict=True)]
            z = np.stack([latents[u % len(latents)] for latents, u in own]).astype(np.float32)
        return super()._body(z=z, place=place.astype(np.int64), **besides)
