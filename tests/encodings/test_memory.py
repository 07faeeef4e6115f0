"""A tune's memory of itself, against looking everything up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES
from solfa.encodings.memory import Memory
from solfa.encodings.notes import NoteEncoding, NoteState
from solfa.melody import Key, Melody, Meter, Note


@given(st.lists(st.lists(st.integers(-1, 2), min_size=70, max_size=70), min_size=1, max_size=3))
def test_what_followed_the_longest_and_latest_match_is_found(tunes: list[list[int]]) -> None:
    memory = Memory(len(tunes))
    for n, events in enumerate(np.array(tunes).T):
        memory.add(events)
        then, length = memory.find()
        for row, tune in enumerate(tunes):
            heard = tune[: n + 1]
            best = (0, -1)
            for stop in range(1, n + 1):
                alike = 0
                while alike < stop and heard[stop - 1 - alike] == heard[n - alike] >= 0:
                    alike += 1
                best = max(best, (alike, stop)) if alike else best
            assert (length[row], then[row]) == best


def test_rows_that_go_on_keep_their_own_memory() -> None:
    memory = Memory(2)
    for events in ([1, 5], [2, 6], [1, 6]):
        memory.add(np.array(events))
    memory.select(np.array([1]))
    then, length = memory.find()
    assert (then.tolist(), length.tolist()) == ([2], [1])


def heard(pitches: list[int | None], quarters: list[int]) -> dict[str, list[int]]:
    """The features before each note of a tune in C and 2/4, and after the last."""
    notes = tuple(Note(p, d) for p, d in zip(pitches, quarters, strict=True))
    melody = Melody(notes, Key("C"), Meter(2, 4))
    encoding = NoteEncoding.of([melody, melody])
    conditions = Conditions(melody.key, 60, melody.meter, phrases=False)
    state, rows = NoteState(encoding, [conditions]), []
    for symbol in encoding.encode(melody, conditions):
        if state.field.name == "DURATION":
            rows.append(state.features()[0])
        if symbol != encoding.end:
            state.push(np.array([symbol]))
    return {
        name: [int(v) for v in column]
        for name, column in zip(FEATURES, np.array(rows).T, strict=True)
    }


def test_an_echo_is_what_came_after_the_same_notes_at_the_same_place() -> None:
    features = heard([60, 62, 64, 60, 60, 62], [1, 1, 1, 1, 1, 1])
    c, e, none = 60 - 60 + 24, 64 - 60 + 24, 0
    assert features["echoed pitch"] == [none, none, none, none, none, c + 2, e]
    assert features["match"] == [0, 0, 0, 0, 0, 1, 2]


def test_a_sequence_is_heard_at_another_pitch() -> None:
    features = heard([60, 62, 64, 67, 69, 67], [1, 1, 1, 1, 1, 1])
    assert features["transposed match"] == [0, 0, 0, 1, 0, 1, 0]
    assert features["transposed pitch"][3] == 66 - 60 + 24  # once more a step up
    assert features["transposed pitch"][5] == 72 - 60 + 24  # 67 69 as 62 64, then a third up
    assert features["transposed duration"][3] == 1


def test_rhythm_is_remembered_whatever_is_sung() -> None:
    features = heard([60, 62, 64, 65, 67], [1, 1, 1, 1, 2])
    assert features["rhythm match"] == [0, 0, 0, 1, 2, 0]
    assert features["rhythm"][4] == 1


def test_pitches_are_remembered_whatever_their_rhythm() -> None:
    features = heard([60, 62, 64, 60, 62], [1, 1, 2, 2, 1])
    assert features["melody match"] == [0, 0, 0, 0, 1, 2]
    assert features["melody"][4:] == [62 - 60 + 24, 64 - 60 + 24]
    assert features["match"] == [0, 0, 0, 0, 0, 0]
