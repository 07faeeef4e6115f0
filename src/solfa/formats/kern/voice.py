"""One voice as it is read: its notes with their ties joined, its phrases and words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from solfa.errors import ReadError
from solfa.formats.kern.tokens import Token
from solfa.formats.voices import Event, skyline
from solfa.melody import Note, note_onsets


class Voice:
    """The state of reading one voice."""

    def __init__(self, verses: int, *, rests_go_on: bool) -> None:
        self.notes: list[Note] = []
        self.words: list[list[str]] = []  # of each note
        self.phrase_ends: list[int] = []
        self.end = Fraction(0)
        self.broken_ties: list[int] = []  # their lines
        self._rests_go_on = rests_go_on
        self._silent = [""] * verses
        self._in_phrase = False
        self._tied = False
        self._tied_perhaps = False
        self._line = 0  # of the last note

    def add(self, token: Token, onset: Fraction, sung: list[str], line: int) -> None:
        """Takes a note or rest that begins at ``onset``, or a grace note."""
        if token.opens and not token.tied_back:
            self.close_phrase()
        self._in_phrase |= token.opens
        if token.note:
            if onset is not self.end:
                self.rest_until(onset)
            self._add(token, token.note, sung, line)
        if token.closes:
            self.close_phrase()
            self._in_phrase = False

    def _add(self, token: Token, note: Note, sung: list[str], line: int) -> None:
        last = self.notes[-1] if self.notes else None
        if note.pitch is None:
            joins = last is not None and token.tied_back and self._rests_go_on
        else:
            joins = self._tied and (token.tied_back or token.tied_perhaps)
            joins = joins and last is not None and last.pitch == note.pitch
            if not joins and token.tied_back:
                self.broken_ties.append(line)
        if not joins:
            self._break_tie()
            self.append(note, sung if note.pitch is not None else self._silent)
        elif last:
            self.notes[-1] = Note(note.pitch, last.duration + note.duration)
            self.end += note.duration
        self._tied = token.tied_on or token.tied_perhaps
        self._tied_perhaps = token.tied_perhaps
        self._line = line

    def rest_until(self, onset: Fraction) -> None:
        if onset < self.end:
            raise ReadError("spines that do not keep time with each other")
        if onset > self.end:
            self.append(Note(None, onset - self.end), self._silent)

    def append(self, note: Note, sung: list[str]) -> None:
        self.notes.append(note)
        self.words.append(sung)
        self.end += note.duration

    def _break_tie(self) -> None:
        if self._tied and not self._tied_perhaps:
            self.broken_ties.append(self._line)
        self._tied = False

    def end_section(self) -> None:
        """A repeat sign, over which no tie reaches."""
        self._tied = False

    def close_phrase(self) -> None:
        """Marks the last note as the end of a phrase, if there is one and it is not marked."""
        last = len(self.notes) - 1
        if last >= 0 and self.phrase_ends[-1:] != [last]:
            self.phrase_ends.append(last)

    def finish(self) -> None:
        self._break_tie()
        if self._in_phrase:
            self.close_phrase()


def top(voices: Sequence[Voice], verses: int) -> Voice:
    """The highest notes of several voices, with their words and phrase ends."""
    marks: dict[tuple[Fraction, int], tuple[list[str], bool]] = {}
    events: list[Event] = []
    for voice in voices:
        ends = set(voice.phrase_ends)
        starts = zip(voice.notes, note_onsets(voice.notes), strict=True)
        for place, (note, onset) in enumerate(starts):
            if note.pitch is not None:
                events.append(Event(onset, onset + note.duration, note.pitch))
                marks[onset, note.pitch] = voice.words[place], place in ends
    line = Voice(verses, rests_go_on=False)
    for onset, end, pitch in skyline(events):
        line.rest_until(onset)
        words, closes = marks[onset, pitch]
        line.append(Note(pitch, end - onset), words)
        if closes:
            line.close_phrase()
    line.rest_until(max((voice.end for voice in voices), default=Fraction(0)))
    line.broken_ties = [at for voice in voices for at in voice.broken_ties]
    return line
