"""Families: tunes that are variants of one another, however their key, title or id differ.

A random split of folk songs tests on variants of what was trained on. Songs are therefore
grouped first, and a family is never cut.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from solfa.melody import MODES, Melody

OPENING = 12
"""Tunes that begin with this many equal intervals are one family."""
RUN = 16
"""Tunes that share this many intervals in a row, anywhere, are one family."""


def families(tunes: Sequence[Melody]) -> np.ndarray:
    """The family of each tune: shape (tunes,), the index of the family's first member.

    Two tunes are kin if they share a title, the stem of an id (``E0001`` and ``E0001A``), the
    first `OPENING` intervals, or any `RUN` intervals in a row; kinship is transitive. Rests are
    dropped and only intervals count, so that key and octave do not matter.
    """
    parent = list(range(len(tunes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for a, b in _links(tunes):
        a, b = sorted((root(a), root(b)))
        parent[b] = a
    return np.array([root(i) for i in range(len(tunes))], dtype=np.int64)


def _links(tunes: Sequence[Melody]) -> Iterator[tuple[int, int]]:
    """Pairs of variants, enough of them to connect every family."""
    yield from _chain((title_key(t), i) for i, t in enumerate(tunes))
    yield from _chain((id_stem(t.metadata.id), i) for i, t in enumerate(tunes))
    intervals = [np.diff(np.array(t.pitches, dtype=np.int16)).astype(np.int8) for t in tunes]
    yield from _chain((d[:OPENING].tobytes(), i) for i, d in enumerate(intervals))
    yield from _shared_runs(intervals)


def _chain(keyed: Iterable[tuple[Hashable, int]]) -> Iterator[tuple[int, int]]:
    """Pairs of neighbouring indices with the same key; those with an empty key are in no pair."""
    groups = defaultdict(list)
    for key, index in keyed:
        if key:
            groups[key].append(index)
    for group in groups.values():
        yield from pairwise(group)


def _shared_runs(intervals: Sequence[np.ndarray]) -> Iterator[tuple[int, int]]:
    """Pairs of neighbouring tunes that share a run of `RUN` intervals, for every run."""
    long = [(i, d) for i, d in enumerate(intervals) if len(d) >= RUN]
    if not long:
        return
    windows = np.concatenate([np.lib.stride_tricks.sliding_window_view(d, RUN) for _, d in long])
    owner = np.repeat([i for i, _ in long], [len(d) - RUN + 1 for _, d in long])
    words = np.ascontiguousarray(windows).view(np.uint64)  # (runs, 2): exact, no hash collides
    order = np.lexsort((owner, words[:, 1], words[:, 0]))
    words, owner = words[order], owner[order]
    same = (words[1:] == words[:-1]).all(axis=1) & (owner[1:] != owner[:-1])
    pairs = np.unique(np.stack([owner[:-1][same], owner[1:][same]], axis=1), axis=0)
    yield from map(tuple, pairs.tolist())


def title_key(tune: Melody) -> str:
    """A title without case and punctuation, or nothing where it does not name the tune.

    ESAC's ballads (``Q...``) bear the type of their text, which is sung to many melodies: their
    titles would tie 655 of the 6,006 German songs in music21 together, the largest family being
    165 without them.

    A title of `_NAMELESS` words and numbers only, with or without a key, names no tune either:
    ``Untitled``, ``Reel No. 2``, ``Melody in D major`` (which solfa writes).
    """
    ballad = _ESAC.fullmatch(tune.metadata.id) and tune.metadata.id[0] == "Q"
    title = " ".join(re.findall(r"[^\W_]+", tune.metadata.title.casefold()))
    return "" if ballad or _NO_NAME.fullmatch(title) else title


def id_stem(identity: str) -> str:
    """``E0001`` for ``E0001A``, since ESAC numbers variants by a capital; nothing for other ids.

    ``C0000`` is ESAC's id of songs without a number.
    """
    match = _ESAC.fullmatch(identity)
    return match["stem"] if match and int(match["number"]) else ""


def is_esac(identity: str) -> bool:
    """Whether an id is an ESAC number: ``E0001``, ``Q0155a``, ``HA002``."""
    return bool(_ESAC.fullmatch(identity))


_NAMELESS = (
    "no|nr|title|untitled|unnamed|unknown|anonymous|new|tune|song|air|melody|theme|piece|track"
    "|exercise|study|etude|melodie|lied|volkslied|ohne|titel|weise|stück|übung"
    "|dance|tanz|reel|jig|hornpipe|strathspey|slip|slow|double|single"
    "|waltz|walzer|valse|march|marsch|marche|polka|mazurka|minuet|menuet|menuett|gavotte|bourrée"
    "|sarabande|gigue|ländler|schottisch|schottische|allemande|galop"
    "|nocturne|prelude|sonata|fugue|ballad"
)
_NO_NAME = re.compile(
    rf"(\b(({_NAMELESS})\d*|\d+)\b ?)+"  # reel no 2
    rf"(in [a-h](b|s|is|es| sharp| flat)?( ({'|'.join(MODES)}|dur|moll))?)?"  # in f sharp minor
)
# A second song with the same number has a suffix of ours: E0001-2.
_ESAC = re.compile(r"(?P<stem>[A-Z]{1,2}(?P<number>\d{3,4})[a-z\d]?)[A-Z]?(-\d+)?")
