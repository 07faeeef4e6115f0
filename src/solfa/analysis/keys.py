"""Finding the key: tonic and mode of notes without a key."""

from collections.abc import Iterable

import numpy as np

from solfa.melody import Key, Note

# How often each degree stands in a folk song, in thousandths, from the tonic up: weighted by the
# root of its duration, as the first pitch and as the last. Counted over the training tunes of all
# built-in repertoires; nothing is impossible.
_DEGREES = {
    "major": (217, 1, 152, 1, 180, 86, 3, 199, 1, 100, 2, 59),
    "minor": (220, 3, 133, 158, 2, 132, 1, 192, 30, 18, 94, 17),
}
_FIRST = {
    "major": (291, 1, 31, 1, 126, 12, 1, 497, 1, 36, 1, 6),
    "minor": (416, 1, 27, 101, 2, 22, 1, 355, 4, 2, 70, 1),
}
_LAST = {
    "major": (735, 1, 34, 1, 98, 8, 1, 83, 1, 37, 1, 5),
    "minor": (936, 1, 12, 10, 2, 8, 1, 18, 2, 1, 9, 2),
}
_SHARE = {"major": 874, "minor": 126}

_KEYS = [Key.of(tonic, mode) for tonic in range(12) for mode in _DEGREES]


def durations_by_pitch_class(notes: Iterable[Note]) -> np.ndarray:
    """Time spent on each pitch class, in quarters: shape (12,), C first."""
    weights = np.zeros(12)
    for note in notes:
        if note.pitch is not None:
            weights[note.pitch % 12] += float(note.duration)
    return weights


def find_key(notes: Iterable[Note], among: Iterable[Key] = (), *, whole: bool = True) -> Key:
    """The major or minor key that makes the notes likeliest, by how folk songs use its degrees.

    ``among`` limits the choice. A ``whole`` tune is trusted to end like one, a part of it is not.
    With no sounding note it is the first choice, which is C major. Right for 98 % of the German
    validation songs, and for 88 % of their first seven notes (Krumhansl and Kessler's profiles:
    81 % and 49 %).
    """
    keys = list(among) or _KEYS
    notes = [note for note in notes if note.pitch is not None]
    if not notes:
        return keys[0]
    weights = np.zeros(12)
    for note in notes:
        weights[(note.pitch or 0) % 12] += float(note.duration) ** 0.5
    first, last = (notes[i].pitch or 0 for i in (0, -1))

    def fit(key: Key) -> float:
        mode, tonic = key.mode, key.pitch_class
        logs = weights @ np.roll(np.log(_DEGREES[mode]) - np.log(1000), tonic)
        logs += np.log(_FIRST[mode][(first - tonic) % 12] * _SHARE[mode])
        return float(logs + whole * np.log(_LAST[mode][(last - tonic) % 12]))

    return max(keys, key=fit)


def infer_mode(notes: Iterable[Note], tonic_pitch_class: int) -> str:
    """``major`` or ``minor`` by the time spent on the two thirds above a known tonic.

    Agrees with the label in the kern collection for 98 % of the Essen songs.
    """
    weights = np.roll(durations_by_pitch_class(notes), -tonic_pitch_class)
    return "minor" if weights[3] > weights[4] else "major"
