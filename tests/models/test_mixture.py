"""A mixture of experts against its definition, and what it learns."""

import numpy as np
import pytest
import torch

from solfa.encodings.frame import Frame
from solfa.encodings.notes import Field, NoteEncoding
from solfa.errors import ModelError
from solfa.melody import Key, Melody, Meter, Note
from solfa.models.mixture import MATCHES, Mixture, Weights
from solfa.models.ngram import NOTE_VIEWS, NGram
from solfa.training.mixing import Heard, learn, mix


def tunes(first: int, count: int = 12) -> list[Melody]:
    """Broken chords, each said twice."""
    return [
        Melody(
            tuple(Note(first + 4 * (i % 3) + number % 5, 1) for i in range(6)) * 2,
            Key("C"),
            Meter(3, 4),
        )
        for number in range(count)
    ]


ENCODING = NoteEncoding.of(tunes(60) + tunes(55))
NETWORK, NGRAM = NGram.of(tunes(55), ENCODING), NGram.of(tunes(60), ENCODING)


def alone(expert: int) -> Weights:
    """Weights that hear one expert only."""
    weights = {int(f): np.zeros((MATCHES, 1 + len(v))) for f, v in NOTE_VIEWS.items()}
    for rows in weights.values():
        rows[:, min(expert, rows.shape[1] - 1)] = 1
    return weights


def said(model: Mixture | NGram) -> list[np.ndarray]:
    frame = Frame.of(tunes(60)[3])
    session, rows = model.begin([frame]), []
    for symbol in ENCODING.encode(tunes(60)[3], frame)[:-1]:
        rows.append(session.probabilities()[0])
        session.push(np.array([symbol]))
    return rows


def test_the_network_alone_is_the_network() -> None:
    for mixed, ours in zip(said(Mixture(NETWORK, NGRAM, alone(0))), said(NETWORK), strict=True):
        np.testing.assert_allclose(mixed, ours, rtol=1e-9)
    assert not np.allclose(said(Mixture(NETWORK, NGRAM, alone(1)))[5], said(NETWORK)[5])


def test_powers_are_multiplied() -> None:
    halves = {f: 0.5 * alone(0)[f] + 0.5 * alone(1)[f] for f in alone(0)}
    parts = (said(Mixture(NETWORK, NGRAM, w)) for w in (halves, alone(0), alone(1)))
    for mixed, first, second in zip(*parts, strict=True):
        joined = np.sqrt(first * second)
        np.testing.assert_allclose(mixed, joined / joined.sum(), rtol=1e-6)


def test_other_encodings_cannot_be_mixed() -> None:
    other = NGram.of(tunes(60), NoteEncoding.of(tunes(60), rarest=99))
    with pytest.raises(ModelError, match="made from other tunes"):
        Mixture(NETWORK, other, {})


def test_what_is_right_gains_weight() -> None:
    right = torch.tensor([[0.0, -9.0], [-9.0, 0.0]] * 40)  # certain, and right
    heard = Heard(
        torch.stack([torch.zeros_like(right), right], 1),
        torch.tensor([0, 1] * 40),
        torch.zeros(80, dtype=torch.long),
        torch.arange(80),
    )
    weights = learn([heard])
    assert weights.shape == (MATCHES, 2)
    assert weights[0, 1] > 0.3
    wrong = heard._replace(came=1 - heard.came)
    assert learn([wrong])[0, 1] < -0.3


def test_mixing_helps_a_network_that_heard_other_tunes() -> None:
    weights, gain = mix(NETWORK, NGRAM, tunes(60))
    assert set(weights) <= {int(field) for field in Field}
    assert gain.mixed < gain.alone - 0.2
