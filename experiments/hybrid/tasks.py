"""Walks, variations and themes: by latents, and by models that have none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from experiments.hybrid.requests import (
    PhraseAutoencoder,
    Price,
    askable,
    chunks,
    composed_at,
    placed_like,
    sayable,
)
from experiments.hybrid.tunes import (
    apart,
    opening,
    phrases_of,
    share_kept,
    share_of,
)
from solfa.analysis.bars import bars_of
from solfa.composing.compose import compose_request
from solfa.composing.latent import between, mixed, walk
from solfa.encodings.conditions import Conditions
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import to_ticks
from solfa.encodings.units import BARS
from solfa.evaluation.sampling import RulesPerTune, drawn, problems_of
from solfa.evaluation.songs import notes_within
from solfa.melody import Melody, Meter
from solfa.models.protocol import Model

WALK = 11
"""Points of a walk, both ends included."""
LIKENESSES = (0.95, 0.9, 0.8, 0.6, 0.3, 0.0)


@dataclass(frozen=True)
class Walk:
    """Walks of one kind: shares of notes ``changed`` a move and at ``most``, of ``nearer`` moves.

    ``ends``: notes of both songs that the ends of the way have; ``cost``: bits per note, by judge,
    of what lies between the ends.
    """

    kind: str
    changed: float
    most: float
    nearer: float
    ends: float
    cost: dict[str, float]


@dataclass(frozen=True)
class Variation:
    """Variations of one kind: what was ``asked``, notes ``kept``, their ``cost`` by judge."""

    kind: str
    asked: float
    kept: float
    cost: dict[str, float]


@dataclass(frozen=True)
class Theme:
    """Notes of the first phrase that the second, third and fourth of a tune have; cost by judge."""

    kind: str
    shared: tuple[float, ...]
    cost: dict[str, float]


def walks_of(
    model: PhraseAutoencoder,
    windows: Model,
    songs: Sequence[Melody],
    price: Price,
) -> list[Walk]:
    """Walks between openings alike in metre and pickup: by either latent, and bar by bar."""
    openings: dict[tuple[Meter | None, Fraction], list[Melody]] = {}
    for song in songs:
        openings.setdefault((song.meter, song.pickup), []).append(opening(song))
    pairs = [
        (one, other.transpose(Conditions.of(one).tonic - Conditions.of(other).tonic))
        for alike in openings.values()
        for one, other in zip(alike[::2], alike[1::2], strict=False)
    ]
    shares = np.linspace(0, 1, WALK)
    ends = [[model.encode(song)[0] for song in pair] for pair in pairs]
    points = [between(here, there, share) for here, there in ends for share in shares]
    asked = [placed_like(one, model) for one, _ in pairs for _ in shares]
    tunes = composed_at(model, [model.within(point) for point in points], asked)
    ways = {
        model.name: [tunes[i : i + WALK] for i in range(0, len(tunes), WALK)],
        windows.name: [
            [tune.melody for tune in walk(*pair, WALK, model=windows)] for pair in pairs
        ],
        "bar by bar": [[_spliced(*pair, share) for share in shares] for pair in pairs],
    }
    return [_walk(kind, way, pairs, price) for kind, way in ways.items()]


def _walk(
    kind: str,
    ways: Sequence[Sequence[Melody]],
    pairs: Sequence[tuple[Melody, Melody]],
    price: Price,
) -> Walk:
    moves, nearer, ends = [], [], []
    for way, pair in zip(ways, pairs, strict=True):
        moves.append([apart(*move) for move in pairwise(way)])
        away = [apart(way[0], tune) for tune in way]
        nearer += [b >= a for a, b in pairwise(away)]
        ends += [share_kept(pair[0], way[0]), share_kept(pair[1], way[-1])]
    return Walk(
        kind,
        changed=float(np.mean(moves)),
        most=float(np.max(moves, 1).mean()),
        nearer=float(np.mean(nearer)),
        ends=float(np.mean(ends)),
        cost=price([tune for way in ways for tune in way[1:-1]]),
    )


def _spliced(one: Melody, other: Melody, share: float) -> Melody:
    """The first bars from the other tune, this share of all, and the rest from the one."""
    lines = [onset for onset, _, _ in one.bar_lines()]
    place = round(share * len(lines))
    at = lines[place] if place < len(lines) else one.duration
    before, after = notes_within(other, Fraction(0), at), notes_within(one, at, one.duration)
    return one.replace(notes=(*before, *after))


def variations_of(
    model: PhraseAutoencoder,
    peer: Model,
    songs: Sequence[Melody],
    price: Price,
) -> list[Variation]:
    """Variations by moving the latents; and by the peer, that writes some bars anew."""
    random = np.random.default_rng(1)
    homes = [model.encode(song)[0] for song in songs]
    usable = [song for song in sayable(peer, songs) if askable(peer, song)]
    found = []
    for likeness in LIKENESSES:
        points = [
            model.within(mixed(home, random.standard_normal(home.shape), likeness))
            for home in homes
        ]
        tunes = composed_at(model, points, [placed_like(song, model) for song in songs])
        kept = [share_kept(*pair) for pair in zip(songs, tunes, strict=True)]
        found.append(Variation(model.name, likeness, float(np.mean(kept)), price(tunes)))
    for share in LIKENESSES[2:]:
        again = []
        for some in chunks(usable):
            asked = [placed_like(song, peer, temperature=0.9) for song in some]
            bars = [random.random(bars_of(song) + 1) < share for song in some]
            problems = problems_of(peer, asked)
            rules = BarsKept(some, bars, RulesPerTune(problems))
            again += drawn(peer, problems, lambda _, rules=rules: rules)  # type: ignore[misc]
        kept = [share_kept(*pair) for pair in zip(usable, again, strict=True)]
        found.append(Variation(peer.name, share, float(np.mean(kept)), price(again)))
    return found


class BarsKept:
    """Rules under which some bars of each song stay as they are, as far as the others let them."""

    def __init__(
        self, songs: Sequence[Melody], bars: Sequence[np.ndarray], rules: RulesPerTune
    ) -> None:
        self._rules = rules
        self._kept: list[dict[int, tuple[int, int]]] = []
        for song, select in zip(songs, bars, strict=True):
            lines = [onset for onset, _, _ in song.bar_lines()]
            self._kept.append(
                {
                    to_ticks(onset): (
                        -1 if note.pitch is None else note.pitch,
                        to_ticks(note.duration),
                    )
                    for note, onset in zip(song.notes, song.onsets(), strict=True)
                    if select[max(bisect_right(lines, onset) - 1, 0)]
                }
            )

    def pickups(self, music: MusicalState, pickups: Sequence[int]) -> np.ndarray:
        """(B, N), as the rules say."""
        return self._rules.pickups(music, pickups)

    def notes(self, music: MusicalState, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """(B, D, P): the song's own note where it is kept and the rules allow it."""
        allowed = self._rules.notes(music, durations, pitches)
        for place, (row, onset) in enumerate(zip(music.row, music.onset, strict=True)):
            pitch, ticks = self._kept[row].get(int(onset), (None, 0))
            if pitch is not None:
                own = (durations == ticks)[:, None] & (pitches[place] == pitch)
                if (allowed[place] & own).any():
                    allowed[place] = own
        return allowed

    def phrases(self, music: MusicalState, durations: np.ndarray) -> np.ndarray:
        """(B, 2), as the rules say."""
        return self._rules.phrases(music, durations)

    def end(self, music: MusicalState) -> np.ndarray:
        """(B,), as the rules say."""
        return self._rules.end(music)


def themes_of(
    model: PhraseAutoencoder,
    peer: Model,
    songs: Sequence[Melody],
    price: Price,
) -> list[Theme]:
    """AABA on the first four bars of each song; the peer has them as a prompt and goes on."""
    random = np.random.default_rng(2)
    said = [song for song in songs if bars_of(song) >= BARS]
    asked = [replace(placed_like(song, model), bars=4 * BARS) for song in said]
    points = []
    for song in said:
        a = model.encode(song)[0][:1]
        b = model.within(random.standard_normal(a.shape))
        points.append(np.concatenate([a, a, b, a]))
    found = [_theme(model.name, composed_at(model, points, asked), said, price)]
    again = []
    for song in said:
        bars = BARS * (song.meter or Meter(4, 4)).bar
        prompt = song.replace(notes=notes_within(song, Fraction(0), bars), phrase_ends=())
        request = replace(placed_like(song, peer, temperature=0.9), bars=4 * BARS, prompt=prompt)
        again.append(compose_request(request, peer)[0].melody)
    found.append(_theme(peer.name, again, said, price))
    whole = [song for song in said if bars_of(song) >= 4 * BARS]
    return [*found, _theme("songs", whole, whole, price)] if whole else found


def _theme(
    kind: str,
    tunes: Sequence[Melody],
    songs: Sequence[Melody],
    price: Price,
) -> Theme:
    phrases = [phrases_of(tune, song.meter) for tune, song in zip(tunes, songs, strict=True)]
    shared = [[share_of(own[0], other) for other in own[1:4]] for own in phrases if len(own) >= 4]
    return Theme(kind, tuple(np.mean(shared, 0).tolist()), price(tunes))
