"""Carrying: what a person gave with a tune, handed on to the tune that is composed from it."""

from __future__ import annotations

from dataclasses import replace

from solfa.composing.provenance import Provenance
from solfa.composing.request.kept import kept_notes
from solfa.composing.request.request import Request
from solfa.melody import Melody, Metadata


def with_keys(melody: Melody, prompt: Melody | None) -> Melody:
    """The composed tune in the keys of its prompt, where that changes its key."""
    if prompt is None or not prompt.key_changes:
        return melody
    return melody.replace(key=prompt.key, key_changes=prompt.key_changes)


def with_words(melody: Melody, request: Request) -> Melody:
    """The composed tune with the prompt's words under the notes that are kept; new notes have none.

    Where the note that begins a syllable is not kept, the notes that held it have none either.
    """
    prompt = request.prompt
    if prompt is None or not prompt.lyrics:
        return melody
    onsets = prompt.onsets()
    kept = {(onsets[index], prompt.notes[index]): index for index in kept_notes(request)}
    places = [kept.get(placed) for placed in zip(melody.onsets(), melody.notes, strict=True)]
    return melody.replace(lyrics=[_sung(verse, places) for verse in prompt.lyrics])


def _sung(verse: tuple[str, ...], places: list[int | None]) -> list[str]:
    """The syllables of the notes at ``places`` of a verse; None is a new note."""
    found, sounding = [], False
    for place in places:
        syllable = "" if place is None else verse[place]
        if syllable == "_" and not sounding:
            syllable = ""
        sounding = place is not None and (sounding or bool(syllable))
        found.append(syllable)
    return found


def metadata_of(request: Request, source: Melody | None, record: Provenance) -> Metadata:
    """The metadata of a composed tune: those of the ``source`` that it came from, and its record.

    What was found of the source is said of it; its number in a collection is not handed on.
    """
    given = source.metadata if source else Metadata()
    found = [f"prompt's {text}" for text in given.found]
    return replace(
        given,
        id="",
        title=given.title or f"Melody in {request.key}",
        comments=(record.comment(), *found, *given.remarks),
        tempo=request.tempo or given.tempo,
        style=request.style or given.style,
    )
