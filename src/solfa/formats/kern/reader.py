"""Reads ``**kern``.

One voice is read: the only part that sounds, of several the one that the reading names, or the top
of all. Notes of cue size are rests, grace notes, slurs, beams, stems and ornaments dropped. Ties
reach over no repeat sign; one without its other note is no tie, and a comment says so. A key, mode
or metre that is not given is found, which a comment says too.

Words stand in spines ``**text`` and ``**silbe`` behind the part; other spines are passed over,
however they split and join. Unfolding plays the expansion list ``*>[A,A,B]``, else the repeat
signs of the bar lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from solfa.errors import ReadError, SolfaError
from solfa.formats.comments import found_by_analysis, passed_over
from solfa.formats.kern.bar_lines import NO_METER, BarLines, meter_of
from solfa.formats.kern.clock import Clock, Place
from solfa.formats.kern.interpretations import held, kind_of
from solfa.formats.kern.keys import Keys
from solfa.formats.kern.parts import chosen, split_voice, words_of
from solfa.formats.kern.playing import goes_back, played
from solfa.formats.kern.records import RESTS_GO_ON, begins_file, begins_head, read_metadata
from solfa.formats.kern.spines import Row, Spines
from solfa.formats.kern.tokens import Token, is_sounding, parse
from solfa.formats.kern.voice import Voice, top
from solfa.formats.limits import check_extent, common_denominator
from solfa.formats.read_options import ReadOptions
from solfa.formats.text import text_of
from solfa.melody import Melody, Note

_TEMPO = re.compile(r"\*MM(\d{1,4}(?:\.\d{1,6})?)")

Line: TypeAlias = tuple[int, str]
"""A line of the file and its number."""


def read(
    data: bytes, source: str, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The tunes of a kern file, or why they are refused; most hold one.

    The id is ``!!!SCT`` (the number in the Essen collection), else the name of the segment or the
    file. Other records and comments are kept in ``metadata.comments``, records as ``"YEM: ..."``.
    Refused: chords and several voices, unless one is chosen; bars whose length no metre has; and
    what is not kern.
    """
    try:
        lines = text_of(data).split("\n")
    except ReadError as error:
        return [ReadError.of(error, source)]
    numbered = [(number, line.rstrip()) for number, line in enumerate(lines, 1) if line.strip()]
    found: list[Melody | ReadError] = []
    for tune_lines in _tunes(numbered):
        tune = _Tune(options)
        try:
            found.append(tune.read(tune_lines, source))
        except SolfaError as error:
            found.append(ReadError.of(error, source, tune.line))
    return found


def _tunes(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each tune: one begins at ``!!!!SEGMENT``, or with spines behind others."""
    tune: list[Line] = []
    begun = adding = False  # whether spines have begun, or are being added
    for number, line in lines:
        spines = line.startswith("**") and not adding
        if begun and (spines or begins_file(line)):
            head = _head(tune) if spines else len(tune)
            yield tune[:head]
            tune, begun = tune[head:], False
        tune.append((number, line))
        begun |= spines
        if not line.startswith("!!"):
            adding = line.startswith("*") and "*+" in line.split("\t")
    yield tune


def _head(tune: Sequence[Line]) -> int:
    """Where the records at the end of a tune are those of the next one."""
    last = max(place for place, (_, line) in enumerate(tune) if not line.startswith("!!"))
    after = range(last + 1, len(tune))
    return next((place for place in after if begins_head(tune[place][1])), len(tune))


class _Tune:
    """One tune that is being read: its rows go to the states that they change."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.line: int | None = None
        self.spines = Spines()
        self.comments: dict[int, str] = {}  # records too, by line
        self.voices: dict[Place, Voice] = {}
        self.denominator = 1  # common to all durations
        self.bars = BarLines()
        self.keys = Keys()
        self.tempo: int | None = None
        self.in_force: dict[str, str] = {}
        self.cue = False
        self.passed: dict[str, list[int]] = {}  # lines by what was passed over in them

    def read(self, lines: Sequence[Line], source: str) -> Melody:
        for self.line, line in lines:
            if line.startswith("!!"):
                self.comments[self.line] = line
            else:
                self.spines.take(self.line, line)
        self.line = None
        rows = self.spines.rows
        self.rests_go_on = RESTS_GO_ON in self.comments.values()
        self.parts = chosen(self.spines, self.options)
        self.words = {part: words_of(self.spines, part) for part in self.parts}
        self.clock = Clock(len(self.parts))
        self.verses = max(map(len, self.words.values()))
        stretches = played(rows) if self.options.unfold else [(0, len(rows))]
        in_force = held(rows, self.parts[0], {start for start, _ in stretches})
        before = 0
        for start, stop in stretches:
            if start != before:
                self.jump(in_force[start])
            for row in rows[start:stop]:
                self.line = row.number
                self.read_row(row)
            before = stop
        self.line = None
        return self.melody(source)

    def jump(self, in_force: dict[str, str]) -> None:
        """Goes where another metre or key may be in force."""
        for kind, token in in_force.items():
            if self.in_force.get(kind) != token:
                self.interpret(token)

    def read_row(self, row: Row) -> None:
        cells = self.cells(row)
        if not cells:
            return
        first = next(iter(cells.values()))
        if first.startswith("!"):
            self.comments[row.number] = first
        elif first.startswith("*"):
            self.clock.begin_row(cells)
            self.interpret(first)
        elif first.startswith("="):
            self.clock.begin_row(cells)
            self.bars.bar_line(first, self.clock.now, row.number)
            if goes_back(first):
                for voice in self.voices.values():
                    voice.end_section()
        else:
            self.read_notes(row, cells)

    def cells(self, row: Row) -> dict[Place, str]:
        """The tokens that are read, of a part that is split those of all voices or of one."""
        cells: dict[Place, str] = {}
        for part in self.parts:
            tokens = [token for spine, token in row.cells if spine == part]
            if self.options.top or len(tokens) < 2:
                cells |= {(part, voice): token for voice, token in enumerate(tokens)}
                continue
            asked = split_voice(self.spines, self.options)
            if asked is None and any(map(is_sounding, tokens[1:])):
                raise ReadError(
                    "several voices at once; choose one by voice=N (--voice N), or take the top"
                    " with top=True (--top)"
                )
            cells[part, 0] = tokens[min(asked or 1, len(tokens)) - 1]
        return cells

    def interpret(self, token: str) -> None:
        if kind := kind_of(token):
            self.in_force[kind] = token
        if kind == "metre":
            self.bars.meter(token, self.clock.now)
            if not (meter_of(token) or token.startswith(NO_METER)):
                self.pass_over("metres that cannot be read")
        elif kind and not self.keys.take(token, self.clock.now):
            self.pass_over("key signatures that no key has")
        elif match := _TEMPO.fullmatch(token):
            self.tempo = round(float(match[1]))
        elif token in ("*cue", "*Xcue"):
            self.cue = token == "*cue"

    def read_notes(self, row: Row, cells: dict[Place, str]) -> None:
        tokens = {
            place: parse(text, top=self.options.top) for place, text in cells.items() if text != "."
        }
        self.clock.begin_row(cells, tokens)
        for place, token in tokens.items():
            if token.note:
                token = self.checked(token, token.note)
                self.bars.begin_note(row.number)
            if place not in self.voices:
                self.voices[place] = Voice(self.verses, rests_go_on=self.rests_go_on)
            self.voices[place].add(token, self.clock.now, self.sung(row, place[0]), row.number)
            self.clock.sound(place, self.voices[place].end)

    def sung(self, row: Row, part: int) -> list[str]:
        """The syllable of each verse."""
        words = [_syllable(_token(row, spine)) for spine in self.words[part]]
        return words + [""] * (self.verses - len(words))

    def checked(self, token: Token, note: Note) -> Token:
        """The token, of cue size a rest; `ReadError` for what is beyond the limits."""
        self.denominator = common_denominator(self.denominator, note.duration)
        if self.cue and note.pitch is not None:
            self.pass_over("cue notes")
            return Token(Note(None, note.duration), token.opens, token.closes)
        return token

    def pass_over(self, what: str) -> None:
        if self.line is not None:
            self.passed.setdefault(what, []).append(self.line)

    def melody(self, source: str) -> Melody:
        for voice in self.voices.values():
            voice.finish()
        voice = self.voice()
        if not voice.notes:
            raise ReadError("no notes; give a file with a tune")
        check_extent(len(voice.notes), voice.end)
        key, key_changes, found = self.keys.resolved(voice.notes)
        bars, given = self.bars.barring(voice.end)
        names = ([found] if found else []) + ["metre"] * (not given)
        comments = [*map(found_by_analysis, names)]
        if voice.broken_ties:
            self.passed["ties without their other note"] = voice.broken_ties
        comments += [passed_over(what, len(at), min(at)) for what, at in self.passed.items()]
        lines = (line for _, line in sorted(self.comments.items()))
        return Melody(
            tuple(voice.notes),
            key,
            **bars._asdict(),
            phrase_ends=tuple(voice.phrase_ends),
            metadata=read_metadata(lines, source, comments, self.tempo),
            lyrics=tuple(zip(*voice.words, strict=True)),
            key_changes=key_changes,
        )

    def voice(self) -> Voice:
        """The voice that is read, or the top of all."""
        voices = list(self.voices.values())
        return voices[0] if len(voices) == 1 else top(voices, self.verses)


def _token(row: Row, spine: int) -> str:
    return next((cell.token for cell in row.cells if cell.spine == spine), ".")


def _syllable(token: str) -> str:
    if token in ("_", "|"):
        return "_"
    if token == ".":
        return ""
    text = " ".join(token.lstrip("-").split())
    return text[1:] if text.startswith("\\") else text
