"""Continues real songs cut anywhere, and counts where phrases of the new bars end.

    python benchmarks/continuing.py --write docs/benchmarks.md

Songs are the German validation songs in one metre that mark phrases, each cut once, at any
sixteenth after its first bar. Where a song's phrases have equally many bars, their ends are a grid
that goes on for ever.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from page import write_section
from phrasing import Found, Song, cut, measure, songs, unmarked
from solfa.composing.constraints.problem import compile_request
from solfa.composing.continuation import continue_phrases
from solfa.composing.phrase_marks import mark_phrases
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.composing.validation.validate import validate
from solfa.composing.verify import verify
from solfa.encodings.protocol import Encoding
from solfa.errors import RequestError
from solfa.evaluation.sampling import as_composed
from solfa.markdown import table
from solfa.melody import Melody
from solfa.models.protocol import Model
from solfa.runtime import load_model

NEW = 8
"""Bars that are asked for, after the one in which the song is cut."""


class Case(NamedTuple):
    """A song cut off, and what is asked to go on from there."""

    song: Song
    request: Request


@dataclass
class Ends:
    """Of continuations: how many there are, and where their phrases end.

    ``first`` are those whose first new phrase end is where the song's own phrase ended. Of songs
    with a grid: of all phrase ends ``composed`` but the last, those ``on_grid``; of all ``places``
    of the grid, those ``reached`` by a phrase end.
    """

    tunes: int = 0
    told: int = 0
    first: int = 0
    composed: int = 0
    on_grid: int = 0
    places: int = 0
    reached: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, case: Case, tune: Melody, encoding: Encoding) -> None:
        """Counts one continuation."""
        song, request = case
        assert request.prompt
        since = request.prompt.duration
        over = list(accumulate(note.duration for note in tune.notes))
        ends = {over[index] for index in tune.phrase_ends if over[index] > since}
        self.tunes += 1
        self.told += bool(request.form)
        self.first += min(ends) == min(end for end in song.ends if end > since)
        self.broken += [
            name for name, kept in verify(tune, compile_request(request, encoding)) if not kept
        ]
        if song.bars:
            step, last = song.bars * request.meter.bar, over[-1]
            grid = {n * step for n in range(1, 1 + int(last / step)) if since < n * step < last}
            inner = ends - {last}
            self.composed += len(inner)
            self.on_grid += len(inner & grid)
            self.places += len(grid)
            self.reached += len(inner & grid)

    def row(self) -> list[str]:
        """Shares, of all and of those with a grid."""
        pairs = (
            (self.told, self.tunes),
            (self.first, self.tunes),
            (self.on_grid, self.composed),
            (self.reached, self.places),
        )
        return [f"{100 * part / max(1, whole):.1f}" for part, whole in pairs]


def cases(chosen: Sequence[Song], model: Model, *, hidden: bool) -> list[Case]:
    """Each song cut once and continued; those that the model cannot say are left out."""
    found = []
    for number, song in enumerate(chosen):
        assert song.tune.meter
        prompt = cut(song, random.Random(number), least=song.tune.meter.bar)
        prompt = unmarked(prompt) if hidden else prompt
        request = ask(prompt=prompt, bars=NEW, onward=True, seed=number)
        try:
            validate(request, model.encoding)
        except RequestError as error:
            print(error, file=sys.stderr)
            continue
        found.append(Case(song, request))
    return found


def counted(model: Model, found: Sequence[Case]) -> Ends:
    """Where the phrases of the continuations end."""
    ends = Ends()
    requests = [case.request for case in found]
    for case, tune in zip(found, as_composed(model, requests), strict=True):
        problem = compile_request(case.request, model.encoding)
        ends.add(case, mark_phrases(tune, problem), model.encoding)
    return ends


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--songs", type=int, help="so many, drawn with a seed; all if left out")
    parser.add_argument("--model", default="melody_lstm")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    model, chosen = load_model(asked.model), songs("valid")
    if asked.songs:
        chosen = random.Random(0).sample(chosen, min(asked.songs, len(chosen)))
    rows, broken, tunes, within = [], 0, 0, 0
    for hidden in (False, True):
        plain = cases(chosen, model, hidden=hidden)
        kept = [
            Case(song, continue_phrases(request, model.encoding, open_end=False).request)
            for song, request in plain
        ]
        for name, found in (("left to the model", plain), ("the prompt's rhythm", kept)):
            ends = counted(model, found)
            rows.append(["hidden" if hidden else "marked", name, *ends.row()])
            print(rows[-1], flush=True)
            broken, tunes = broken + len(ends.broken), tunes + ends.tunes
        within = sum(_within_a_bar(case.request) for case in plain)
    text = _text(asked.model, len(plain), within, rows, tunes, broken, measure("valid"))
    print(text)
    if asked.write:
        write_section(asked.write, "continuing", text)


def _within_a_bar(request: Request) -> bool:
    prompt = request.prompt
    return bool(prompt and (prompt.duration - prompt.pickup) % request.meter.bar)


def _text(
    model: str,
    songs: int,
    within: int,
    rows: list[list[str]],
    tunes: int,
    broken: int,
    found: dict[str, Found],
) -> str:
    heads = [
        *("prompt's phrases", "new phrases", "rhythm told, %", "first end as in the song, %"),
        *("ends on the song's grid, %", "grid places with an end, %"),
    ]
    kept = "every guarantee is kept" if not broken else f"{broken} guarantees are broken"
    finder = table(
        [
            "bars heard",
            "prompts",
            "rhythm told, %",
            "of these right, %",
            "2 bars, %",
            "likeliest, %",
        ],
        [[name, *row.shares()] for name, row in found.items()],
    )
    return f"""\
## Continuing a song cut anywhere

{songs} German validation songs, each cut once at any sixteenth after its first bar ({within} of
them within a bar), are continued by `{model}` for {NEW} bars more, with their phrase marks and with
none. New phrases are left to the model, which hears the marks, or go on in the rhythm of the
prompt's, as `solfa continue` does: as they are marked, else as it is found from the notes, else
they are left to the model too. How often the phrase that is cut off ends where the song's own did
(all songs); and, for songs whose phrases have equally many bars, how many of the new phrase ends
lie on the song's own grid, and how many places of the grid have one. In all {tunes} continuations
the bar that was cut is completed in its metre, and {kept}.

{table(heads, rows)}

How often the rhythm itself is found where phrases have equally many bars and no mark is heard (4
cuts of each song, at any sixteenth): how many prompts are told one, how many of these rightly;
beside it how often always the commonest answer, 2 bars, would be right, and always the likeliest.

{finder}"""


if __name__ == "__main__":
    main()
