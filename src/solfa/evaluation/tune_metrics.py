"""Metrics of one tune: form, key and rhythm.

Every figure is a pure function of one `Melody`; `describe` and `DISTRIBUTIONS` name them all.
Key and degrees are the melody's own, found from its notes without trusting its end, so that a tune
is judged by what it does and real songs by the same measure; only `key_as_asked` looks at the key
it is labelled with. A transposed tune has the same figures. Where there is nothing to judge (no
bar lines, no sounding note) a number is nan.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import nan
from typing import NamedTuple

from solfa.analysis.keys import find_key
from solfa.melody import Bar, Key, Melody, Note, Piece, total

UNIT_BARS = 4
"""So many bars are taken for a phrase."""


# Form


class Repeats(NamedTuple):
    """Shares, 0..1, of the bars that have an earlier one; what is left is new in rhythm too."""

    exactly: float
    transposed: float
    in_rhythm: float


def repeats(melody: Melody) -> Repeats:
    """How much of a melody is repetition: the shares of bars that repeat any earlier bar.

    Each bar counts once, as the closest kind: with the same pitches and rhythm; with the same
    rhythm and intervals at another pitch (of two notes or more); or with the same rhythm only. The
    pickup and bars in which no note begins are left out.
    """
    bars = [bar for bar in _full_bars(melody) if any(_begins(piece) for piece in bar.pieces)]
    kinds: Counter[str] = Counter()
    seen: set[tuple[object, ...]] = set()
    for bar in bars:
        pitches = [piece.pitch for piece in bar.pieces if piece.pitch is not None]
        rhythm = tuple((p.duration, p.pitch is None, p.tied_back) for p in bar.pieces)
        shape = ("shape", rhythm, tuple(b - a for a, b in pairwise(pitches)))
        exact = ("exact", rhythm, tuple(pitches))
        if exact in seen:
            kinds["exactly"] += 1
        elif len(pitches) > 1 and shape in seen:
            kinds["transposed"] += 1
        elif ("rhythm", rhythm) in seen:
            kinds["in_rhythm"] += 1
        seen |= {exact, shape, ("rhythm", rhythm)}
    if len(bars) < 2:
        return Repeats(nan, nan, nan)
    return Repeats(*(kinds[kind] / (len(bars) - 1) for kind in Repeats._fields))


def longest_run(melody: Melody) -> float:
    """The most notes in a row on one pitch; a rest breaks the row."""
    longest = run = 0
    before: int | None = None
    for note in melody.notes:
        run = 0 if note.pitch is None else run + 1 if note.pitch == before else 1
        longest, before = max(longest, run), note.pitch
    return float(longest)


def compass(melody: Melody) -> float:
    """The range (ambitus) from the lowest to the highest pitch, in semitones."""
    return float(max(melody.pitches) - min(melody.pitches)) if melody.pitches else nan


def bars(melody: Melody) -> float:
    """The length in bars after the pickup, the last one counted however full it is."""
    return float(len(_full_bars(melody))) if melody.meter else nan


def bars_filled(melody: Melody) -> float:
    """1 if the last bar is full, or full but for the pickup, as folk songs end; else 0."""
    if melody.meter is None or not melody.notes:
        return nan
    last = melody.bars()[-1]
    fill = total([piece.duration for piece in last.pieces])
    return float(last.number > 0 and fill in (last.length, last.length - melody.pickup))


# Key and implied harmony


def own_key(melody: Melody) -> Key | None:
    """The key that the notes make likeliest, by how folk songs use its degrees; None if silent."""
    return find_key(melody.notes, whole=False) if melody.pitches else None


def key_as_asked(melody: Melody) -> float:
    """1 if the own key is the one that the melody is labelled with; else 0.

    Other modes count as major or minor by their third.
    """
    own, asked = own_key(melody), melody.key
    if own is None:
        return nan
    third = (asked.pitch_class + 4) % 12
    mode = "major" if third in asked.scale else "minor"
    return float((own.pitch_class, own.mode) == (asked.pitch_class, mode))


def accidentals(melody: Melody) -> float:
    """The share of sounding notes outside the own key's scale (of minor, the natural one)."""
    key = own_key(melody)
    if key is None:
        return nan
    return sum(pitch % 12 not in key.scale for pitch in melody.pitches) / len(melody.pitches)


def ends_on_tonic(melody: Melody) -> float:
    """1 if the last sounding note is the own key's tonic; else 0."""
    key = own_key(melody)
    return float(melody.pitches[-1] % 12 == key.pitch_class) if key else nan


def units(melody: Melody) -> list[Sequence[Note]]:
    """The melody in fours of bars, as far as they sound, the pickup with the first.

    A note belongs where it begins; free metre is one unit. Bars are counted whatever phrases are
    marked: so models that mark none compare with those that do, and the key of a longer part is
    found more surely.
    """
    begins = [bar.onset for bar in _full_bars(melody)[::UNIT_BARS]][1:]
    inside: list[list[Note]] = [[] for _ in range(len(begins) + 1)]
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        inside[bisect_right(begins, onset)].append(note)
    return [unit for unit in inside if any(note.pitch is not None for note in unit)]


def related(key: Key, other: Key) -> bool:
    """Whether keys are the same or closely related: signatures differ by one accidental at most.

    Six of the twenty-four are: of C major itself, G and F major, A, E and D minor.
    """
    difference = (key.signature - other.signature) % 12
    return min(difference, 12 - difference) <= 1


class KeyKept(NamedTuple):
    """Shares of phrases, 0..1, and whether the last agrees with the first, 0 or 1."""

    same: float
    related: float
    last_as_first: float


def key_kept(melody: Melody) -> KeyKept:
    """Whether the key lasts: the key of each phrase (`units`) alone, against that of the whole.

    A few bars are easily taken for the dominant's key in real songs too, hence also the share of
    phrases in the same or a closely `related` key; a share is to be compared with real songs'.
    ``last_as_first`` allows related keys.
    """
    own = own_key(melody)
    if own is None:
        return KeyKept(nan, nan, nan)
    keys = [find_key(phrase, whole=False) for phrase in units(melody)]
    return KeyKept(
        sum(key == own for key in keys) / len(keys),
        sum(related(own, key) for key in keys) / len(keys),
        float(related(keys[0], keys[-1])) if len(keys) > 1 else nan,
    )


def harmony(melody: Melody) -> list[tuple[int | None, ...]]:
    """The harmony that a melody implies: bar by bar, the degrees on the strong beats.

    Degrees are semitones 0..11 above the own key's tonic, None for a rest. Strong are the first
    beat and, in bars of four or any greater even number of beats, the one half-way; a note held
    over the beat counts. The pickup is left out.
    """
    key = own_key(melody)
    if key is None:
        return []

    def degree(bar: Bar, at: Fraction) -> tuple[int | None, ...]:
        """Of what sounds ``at`` quarters into the bar; empty beyond the end of the tune."""
        for piece in bar.pieces:
            if piece.onset <= bar.onset + at < piece.onset + piece.duration:
                rest = piece.pitch is None
                return (None if rest else ((piece.pitch or 0) - key.pitch_class) % 12,)
        return ()

    return [
        tuple(value for at in _strong_beats(bar) for value in degree(bar, at))
        for bar in _full_bars(melody)
    ]


def strong_degrees(melody: Melody) -> Counter[int]:
    """How often each degree stands on a strong beat; see `harmony`."""
    return Counter(d for bar in harmony(melody) for d in bar if d is not None)


def bar_to_bar(melody: Melody) -> Counter[tuple[int, int]]:
    """How often the first beat of a bar and of the next have these two degrees; see `harmony`."""
    firsts = [bar[0] for bar in harmony(melody)]
    return Counter((a, b) for a, b in pairwise(firsts) if a is not None and b is not None)


# Rhythm

Length = tuple[Fraction, bool]
"""A duration in quarters, and whether it is a rest's."""


def durations(melody: Melody) -> Counter[Length]:
    """How often each duration occurs, of notes and of rests."""
    return Counter((note.duration, note.pitch is None) for note in melody.notes)


def duration_pairs(melody: Melody) -> Counter[tuple[Length, Length]]:
    """How often each pair of durations occurs in a row, of notes and of rests."""
    return Counter(pairwise((note.duration, note.pitch is None) for note in melody.notes))


def held_over(melody: Melody) -> float:
    """The share of sounding notes that are held over a bar line."""
    if melody.meter is None or not melody.pitches:
        return nan
    ties = {piece.note for bar in melody.bars() for piece in bar.pieces if piece.tied_on}
    return len(ties) / len(melody.pitches)


def describe(melody: Melody) -> dict[str, float]:
    """Every number of a melody by its name, nan where there is nothing to judge."""
    repeated, kept = repeats(melody), key_kept(melody)
    return {
        "repeated exactly": repeated.exactly,
        "repeated transposed": repeated.transposed,
        "repeated in rhythm": repeated.in_rhythm,
        "notes on one pitch": longest_run(melody),
        "range": compass(melody),
        "bars": bars(melody),
        "bars filled": bars_filled(melody),
        "accidentals": accidentals(melody),
        "phrases in key": kept.same,
        "phrases in a related key": kept.related,
        "last phrase as first": kept.last_as_first,
        "ends on tonic": ends_on_tonic(melody),
        "key as asked": key_as_asked(melody),
        "held over bar lines": held_over(melody),
    }


DISTRIBUTIONS: dict[str, Callable[[Melody], Counter[object]]] = {
    "strong beats": lambda melody: Counter(strong_degrees(melody)),
    "bar to bar": lambda melody: Counter(bar_to_bar(melody)),
    "durations": lambda melody: Counter(durations(melody)),
    "pairs of durations": lambda melody: Counter(duration_pairs(melody)),
}
"""What is counted in a melody, to be compared between sets of them."""


def _full_bars(melody: Melody) -> list[Bar]:
    """The bars after the pickup; none in free metre."""
    return [bar for bar in melody.bars() if bar.number > 0] if melody.meter else []


def _begins(piece: Piece) -> bool:
    return piece.pitch is not None and not piece.tied_back


def _strong_beats(bar: Bar) -> tuple[Fraction, ...]:
    """Quarters from the bar line."""
    assert bar.meter is not None
    beats = bar.length / bar.meter.beat
    return (Fraction(0), bar.length / 2) if beats >= 4 and beats % 2 == 0 else (Fraction(0),)
