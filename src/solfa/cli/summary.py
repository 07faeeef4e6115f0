"""The facts of a tune as JSON and in words, with what made it where solfa did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solfa.analysis.summary import Summary
    from solfa.composing.provenance import Provenance
    from solfa.melody import Melody


def facts_of(melody: Melody) -> dict[str, Any]:
    """The facts, and under ``made_by`` the record of a tune that solfa composed, else None."""
    from solfa.analysis.summary import summarise

    record = _record(melody)
    return {**summarise(melody).to_json(), "made_by": record and vars(record)}


def lines_of(melody: Melody) -> list[str]:
    """The facts in words, a line each."""
    from solfa.analysis.summary import summarise

    found = summarise(melody)
    made_by = _request(melody)
    return [
        *([f"title: {found.title}"] if found.title else []),
        f"key: {_key(found)}",
        f"metre: {_metre(found)}",
        f"length: {_length(found)}",
        f"notes: {found.notes}, rests {found.rests}{_range(melody, found)}",
        *([f"found: {'; '.join(found.found)}"] if found.found else []),
        *_phrases(found),
        *([f"made by: {made_by}"] if made_by else []),
    ]


def _record(melody: Melody) -> Provenance | None:
    """The provenance of the tune; None if it has none or a broken one."""
    from solfa.composing.provenance import Provenance
    from solfa.errors import ReadError

    try:
        return Provenance.of(melody, "")
    except ReadError:
        return None


def _key(found: Summary) -> str:
    thought = found.key_of_notes
    changes = f", {found.key_changes} changes" if found.key_changes else ""
    if thought is None or str(thought) == str(found.key):
        return f"{found.key}{changes}"
    return f"{found.key}{changes} (by its notes alone {thought})"


def _metre(found: Summary) -> str:
    if found.meter is None:
        return "free"
    pickup = f", pickup {found.pickup}" if found.pickup else ", no pickup"
    changes = f", {found.meter_changes} changes" if found.meter_changes else ""
    return f"{found.meter}{pickup}{changes}"


def _length(found: Summary) -> str:
    bars = f"{found.bars} bars, " if found.meter else ""
    lasts = f", {found.seconds:.0f} s at {found.tempo} quarters a minute" if found.tempo else ""
    return f"{bars}{found.duration} quarters{lasts}"


def _range(melody: Melody, found: Summary) -> str:
    if found.range is None:
        return ""
    low, high = (melody.key.spell(pitch) for pitch in found.range)
    return f", {low} to {high} ({found.range[1] - found.range[0]} semitones)"


def _phrases(found: Summary) -> list[str]:
    """The form, each phrase, and how alike they are, in hundredths."""
    if not found.phrases:
        return []
    marked = f"{found.marked} phrases marked" if found.marked else "no phrase marked"
    rows = []
    for phrase, alike in zip(found.phrases, found.alike, strict=True):
        bars = f"bars {phrase.bars[0]}-{phrase.bars[1]}" if phrase.bars else ""
        ends = f"ends on {phrase.ends_on}" if phrase.ends_on else "silent"
        cadence = f", {phrase.cadence}" if phrase.cadence != "free" else ""
        shares = "".join(f"{100 * share:4.0f}" for share in alike)
        rows.append(f"  {phrase.name:4}{bars:12}{ends + cadence:20}{shares}")
    return [f"form: {found.form}, {marked}; how alike, in hundredths:", *rows]


def _request(melody: Melody) -> str:
    """The provenance in words, without tunes and wishes left out; empty if there is none."""
    record = _record(melody)
    if record is None:
        return ""
    asked = ", ".join(
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in record.request.items()
        if value is not None and name not in ("prompt", "tune", "first", "last")
    )
    maker = f"solfa {record.solfa}, {record.model} {record.hash}, tune {record.index + 1}"
    return f"{maker}; asked: {asked}"
