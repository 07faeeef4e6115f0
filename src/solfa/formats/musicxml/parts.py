"""The choice of one part and one voice in a MusicXML score."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction

from solfa.errors import ReadError
from solfa.formats.read_options import ReadOptions, counted


def keep_one(root: ET.Element, lines: list[int], options: ReadOptions) -> list[int]:
    """Takes all but the part and the voice that are asked for out of the score.

    Returns the ``lines`` of its measures, of all parts in order. Where the top is asked for, all
    parts stay unless one is named. Raises `ReadError` where the choice is open, and names it.
    """
    parts = root.findall("part")
    if not parts:
        raise ReadError("no part")
    names = {
        score_part.get("id"): (score_part.findtext("part-name") or "").strip()
        for score_part in root.iter("score-part")
    }
    titles = [names.get(part.get("id"), "") for part in parts]
    if options.track is None:
        if len(parts) > 1 and not options.top:
            raise ReadError(
                f"several parts: {_listed(titles, parts)}; choose one by track=N (--track N)"
            )
        chosen = 0
    elif options.track in range(1, len(parts) + 1):
        chosen = int(options.track) - 1
    elif options.track in titles:
        chosen = titles.index(str(options.track))
    else:
        raise ReadError(f"no part {options.track!r}; there are {_listed(titles, parts)}")
    before = sum(len(part.findall("measure")) for part in parts[:chosen])
    if options.track is not None or not options.top:
        for part in parts:
            if part is not parts[chosen]:
                root.remove(part)
                _forget(root, part.get("id"))
        if options.voice is not None:
            _keep_voice(parts[chosen], options.voice)
    return lines[before:]


def _listed(names: Sequence[str], parts: Sequence[ET.Element]) -> str:
    return counted(
        [
            (f"{number} {name!r}", len(part.findall("measure/note/pitch")))
            for number, (name, part) in enumerate(zip(names, parts, strict=True), 1)
        ]
    )


def _forget(root: ET.Element, name: str | None) -> None:
    for listed in root.findall("part-list"):
        for element in list(listed):
            if element.tag == "part-group" or element.get("id") == name:
                listed.remove(element)


def _keep_voice(part: ET.Element, number: int) -> None:
    """Leaves the voice that comes in ``number``-th place, on one staff."""
    numbers = [note.findtext("voice") or "1" for note in part.iter("note")]
    voices = list(dict.fromkeys(numbers))
    if number > len(voices):
        raise ReadError(f"no voice {number}; the part has {len(voices)}")
    for measure in part.findall("measure"):
        _one_voice(measure, voices[number - 1])


def _one_voice(measure: ET.Element, voice: str) -> None:
    """Rewrites a measure with the notes of one voice, and rests where it is silent."""
    now = onset = reached = longest = Fraction(0)
    kept: list[ET.Element] = []
    for element in list(measure):
        measure.remove(element)
        length = _length(element)
        if element.tag in ("backup", "forward"):
            now += length if element.tag == "forward" else -length
        elif element.tag == "note":
            if element.find("chord") is None:
                onset = now
                now += length
            if (element.findtext("voice") or "1") == voice:
                if onset > reached:
                    kept.append(_rest(onset - reached))
                reached = max(reached, onset + length)
                kept.append(element)
        else:
            kept.append(element)
        longest = max(longest, now)
    if reached < longest:
        place = len(kept) - (bool(kept) and kept[-1].tag == "barline")
        kept.insert(place, _rest(longest - reached))
    for element in kept:
        for tag in ("staff", "staves", "clef"):
            for sign in element.findall(tag):
                element.remove(sign)
    measure.extend(kept)


def _length(element: ET.Element) -> Fraction:
    try:
        return Fraction((element.findtext("duration") or "0").strip())
    except (ValueError, ZeroDivisionError):
        raise ReadError("a duration that is no number") from None


def _rest(length: Fraction) -> ET.Element:
    rest = ET.Element("note")
    ET.SubElement(rest, "rest")
    ET.SubElement(rest, "duration").text = str(length)
    return rest
