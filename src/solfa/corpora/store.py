"""Thousands of melodies as a few arrays: written in one file, read back in a fraction of a second.

The container is npz without pickles: notes and phrase ends as integers, the rest as JSON.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, astuple
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from solfa.errors import ReadError
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note


class Refusal(NamedTuple):
    """A tune that could not be read: the file or id, the line where known, and why."""

    source: str
    line: int | None
    reason: str

    @classmethod
    def of(cls, error: ReadError) -> "Refusal":
        """The refusal from a reader's error."""
        return cls(error.source, error.line, error.reason)

    def error(self) -> ReadError:
        """The error of which it is; its text is a line with all of it."""
        return ReadError(self.reason, self.source, self.line)


def pack(tunes: Sequence[Melody], refused: Sequence[Refusal], **header: Any) -> bytes:
    """The tunes and refusals as bytes, with a ``header`` of anything that JSON holds."""
    codes: dict[tuple[int | None, Fraction], int] = {}
    notes = [codes.setdefault((n.pitch, n.duration), len(codes)) for t in tunes for n in t.notes]
    text = {
        "header": header,
        "notes": [(pitch, str(duration)) for pitch, duration in codes],
        "tunes": [_describe(tune) for tune in tunes],
        "refused": refused,
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        text=np.frombuffer(json.dumps(text).encode(), np.uint8),
        notes=np.array(notes, np.uint32),
        lengths=np.array([len(t.notes) for t in tunes], np.uint32),
        phrase_ends=np.array([end for t in tunes for end in t.phrase_ends], np.uint32),
        phrases=np.array([len(t.phrase_ends) for t in tunes], np.uint32),
    )
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[list[Melody], list[Refusal], dict[str, Any]]:
    """What `pack` was given. Raises `ValueError` or the like for damaged data."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        text = json.loads(arrays["text"].tobytes())
        kinds = [Note(pitch, Fraction(duration)) for pitch, duration in text["notes"]]
        notes = [kinds[code] for code in arrays["notes"].tolist()]
        ends = arrays["phrase_ends"].tolist()
        note_spans = _spans(arrays["lengths"].tolist())
        end_spans = _spans(arrays["phrases"].tolist())
    tunes = [
        Melody(
            tuple(notes[a:b]),
            Key(tonic, mode),
            meter and Meter(*meter),
            Fraction(pickup),
            tuple(ends[c:d]),
            tuple(MeterChange(Fraction(onset), Meter(*change)) for onset, change in changes),
            Metadata(**known | {"comments": tuple(known["comments"])}),
            key_changes=tuple((Fraction(onset), Key(*key)) for onset, key in keys),
        )
        for (a, b), (c, d), (tonic, mode, meter, pickup, changes, keys, known) in zip(
            note_spans, end_spans, text["tunes"], strict=True
        )
    ]
    return tunes, [Refusal(*refusal) for refusal in text["refused"]], text["header"]


def _spans(lengths: list[int]) -> list[tuple[int, int]]:
    return list(pairwise(accumulate(lengths, initial=0)))


def _describe(tune: Melody) -> list[Any]:
    """All of a melody but its notes and phrases, as JSON holds it."""
    return [
        tune.key.tonic,
        tune.key.mode,
        tune.meter and astuple(tune.meter),
        str(tune.pickup),
        [(str(change.onset), astuple(change.meter)) for change in tune.meter_changes],
        [(str(change.onset), astuple(change.key)) for change in tune.key_changes],
        asdict(tune.metadata),
    ]
