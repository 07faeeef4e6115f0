"""What stands after a gap, against what a melody itself says."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_state import exact, standing

from solfa.encodings.conditions import Conditions, notes_in_ticks
from solfa.encodings.right_context import RightContext
from solfa.encodings.sentinels import NO_PITCH, REST
from solfa.encodings.ticks import TICKS
from solfa.melody import Melody


@given(exact, st.data())
@settings(max_examples=80, deadline=None)
def test_kept_notes_are_told_and_no_others(melody: Melody, data: st.DataObject) -> None:
    flags = st.lists(st.booleans(), min_size=len(melody.notes), max_size=len(melody.notes))
    kept = data.draw(flags)
    notes = list(zip(melody.onsets(), melody.notes, kept, strict=True))
    placed = notes_in_ticks(melody)
    fixed = tuple(note for note, stands in zip(placed, kept, strict=True) if stands)
    conditions = Conditions(melody.key, 60, fixed=fixed)
    # a neighbour in the batch that keeps nothing, or all, changes nothing
    others = [
        Conditions(melody.key, 60),
        Conditions(melody.key, 60, fixed=placed),
    ]
    ahead = RightContext([others[0], conditions, others[1]])
    assert bool(ahead)
    for index, (onset, _, is_kept) in enumerate(notes):
        later = [o for o, _, k in notes[index:] if k]
        expected = -1 if is_kept or not later else int(later[0] * TICKS)
        ticks = np.full(3, int(onset * TICKS))
        assert ahead.gap(ticks)[1] == expected
        assert ahead.gap(ticks)[0] == ahead.gap(ticks)[2] == -1
        following = [
            (n.duration * TICKS, REST if n.pitch is None else n.pitch)
            for _, n, k in notes[index:]
            if k
        ]
        following = [*following, (0, NO_PITCH), (0, NO_PITCH)][:2]
        told = ahead.first(ticks, 2)
        assert [(d, p) for d, p in zip(told[0][1], told[1][1], strict=True)] == following
    at = data.draw(st.integers(0, int(melody.duration * TICKS) + 3))
    found = ahead.standing(np.full((3, 1), at))
    inside = [k for o, n, k in notes if o * TICKS <= at < (o + n.duration) * TICKS]
    silent = (0, NO_PITCH)
    stands = standing(melody, len(notes), Fraction(at, TICKS))
    for row, expected_at in enumerate((silent, stands if inside == [True] else silent, stands)):
        assert (int(found[0][row, 0]), int(found[1][row, 0])) == expected_at
