"""Composes tunes of every kind and lets music21 alone judge whether they keep what was asked.

    python benchmarks/guarantees.py --count 1000 --seed 1 [--jobs 2] [--write docs/benchmarks.md]

Keys, modes, metres, lengths, scales, ranges, leaps, pickups, forms, cadences, prompts and bars to
be written anew are mixed by the seed, and all models take turns. A request that is refused is
counted and another is drawn. Each tune is exported as MusicXML and read by music21; what is judged
comes from that reading, from the request as it was typed, and from tables of this file. Prints how
often each guarantee was kept of how often it was asked; exits with 1 if ever it was not.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import music21

import solfa
from page import write_section
from solfa.errors import RequestError
from solfa.markdown import table
from solfa.models.protocol import Model
from solfa.runtime import MODELS, load_model

METERS = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 3}  # quarters a bar
TONICS = {"C": 0, "G": 7, "D": 2, "A": 9, "E": 4, "F": 5, "Bb": 10, "Eb": 3, "F#": 6, "Ab": 8}
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
PENTATONIC = {"major": {0, 2, 4, 7, 9}, "minor": {0, 3, 5, 7, 10}}
HARMONIC = {0, 2, 3, 5, 7, 8, 11}
FORMS = ["AABA", "ABAC", "AA'BB'", "ABAB", "AABB", "ABCA", "AB"]
PICKUPS = {"2/4": ["0", "1/2", "1"], "3/4": ["0", "1"], "4/4": ["0", "1"], "6/8": ["0", "1/2"]}
# How a prompt begins, in semitones from the tonic (None a rest) and quarters.
THEMES: list[list[tuple[int | None, str]]] = [
    [(0, "1"), (0, "1/2"), (2, "1/2"), (4, "1")],
    [(7, "1/2"), (0, "1"), (None, "1/2"), (2, "1/2"), (7, "3/2"), (9, "1/2")],
    [(0, "3/4"), (2, "1/4"), (-5, "2"), (7, "1"), (4, "1"), (2, "1/2")],
]


class Sound(NamedTuple):
    """A note as music21 reads it, ties joined; pitch None is a rest."""

    onset: Fraction
    pitch: int | None
    duration: Fraction

    @property
    def end(self) -> Fraction:
        return self.onset + self.duration


class Outcome(NamedTuple):
    """Of one tune: by whom, what was kept of what was asked, and how often was refused before."""

    model: str
    kept: dict[str, bool]
    request: dict[str, Any]
    refused: int
    seconds: float


@cache
def model_of(name: str) -> Model:
    return load_model(name)


def asked(random_: random.Random) -> dict[str, Any]:
    """One request as a person would type it."""
    tonic, mode, meter = (random_.choice(list(t)) for t in (TONICS, MODES, METERS))
    request: dict[str, Any] = {"key": f"{tonic} {mode}", "meter": meter}
    request["seed"] = random_.randrange(10**6)

    def chance(share: float) -> bool:
        return random_.random() < share

    if chance(0.25):
        return anew(random_, request)
    if chance(0.45):
        request["form"] = random_.choice(FORMS)
        request["phrase_bars"] = random_.choice([2, 4])
        request["likeness"] = random_.choice([1, 1, 0.7, 0.4])
        if chance(0.5):
            request["cadences"] = "half"
    elif chance(0.3):
        request["steps"] = random_.randint(48, 256)
    else:
        request["bars"] = random_.randint(4, 16)
    if chance(0.4):
        request["largest_leap"] = random_.choice([3, 4, 5, 7, 9, 12])
    if chance(0.5):
        request["pickup"] = random_.choice(PICKUPS[meter])
    if chance(0.3):
        request["prompt"] = theme(random_, tonic, mode, meter, request.get("pickup", "0"))
    else:
        if chance(0.6):
            request["scale"] = random_.choice(["key", "pentatonic", "harmonic minor", "1 2 3 5 6"])
        if chance(0.5):
            lowest = 60 + TONICS[tonic] - random_.choice([2, 5, 7])
            request["range"] = (lowest, lowest + random_.randint(9, 19))
    if chance(0.3):
        request |= {"temperature": random_.choice([0.5, 1.5]), "top_p": random_.choice([0.8, 1])}
    return request


def anew(random_: random.Random, request: dict[str, Any]) -> dict[str, Any]:
    """A request to write some bars of a tune anew; the tune is one that the n-gram composes."""
    bars = random_.randint(4, 12)
    tune = solfa.compose(**request, bars=bars, model=model_of("ngram"))[0].melody
    first = 0 if tune.pickup else 1
    numbers = sorted(random_.sample(range(first, bars + 1), random_.randint(1, bars // 2)))
    request = {"tune": tune, "bars": numbers, "seed": request["seed"]}
    if random_.random() < 0.4:
        request["largest_leap"] = random_.choice([5, 7, 9, 12])
    if random_.random() < 0.4:
        request["scale"] = random_.choice(["key", "harmonic minor"])
    return request


def theme(random_: random.Random, tonic: str, mode: str, meter: str, pickup: str) -> solfa.Melody:
    """One of the `THEMES` in this key."""
    third = MODES[mode][2]
    home = TONICS[tonic] + (60 if TONICS[tonic] < 7 else 48)
    notes = tuple(
        solfa.Note(
            None if step is None else home + (third if step == 4 else step), Fraction(quarters)
        )
        for step, quarters in random_.choice(THEMES)
    )
    return solfa.Melody(notes, solfa.Key(tonic, mode), solfa.Meter.parse(meter), Fraction(pickup))


def composed(number: int, seed: int) -> Outcome:
    """The tune of this number, judged."""
    random_ = random.Random(f"{seed} {number}")
    name = list(MODELS)[number % len(MODELS)]
    for refused in range(1000):
        request = asked(random_)
        began = time.process_time()
        try:
            way = solfa.infill if "tune" in request else solfa.compose
            tune = way(**request, model=model_of(name))[0]
        except RequestError:
            continue
        seconds = time.process_time() - began
        with tempfile.TemporaryDirectory() as folder:
            path = tune.melody.write(Path(folder) / "tune.musicxml")
            return Outcome(name, dict(constraint(path, request)), request, refused, seconds)
    raise RuntimeError(f"{name} refused a thousand requests in a row")


def constraint(path: Path, request: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Each guarantee by its name, and whether music21's reading of the file keeps it."""
    part = music21.converter.parse(path).parts[0]
    lengths, sounds = read(part)
    old: solfa.Melody | None = request.get("tune")
    tonic, mode = str(old.key if old else request["key"]).split()
    meter = str(old.meter) if old else request["meter"]
    bar = Fraction(METERS[meter])
    signatures = {m.ratioString for m in part.recurse().getElementsByClass("TimeSignature")}
    yield "one metre, the one asked", signatures == {meter}

    first_is_pickup = lengths[0] < bar
    pickup = lengths[0] if first_is_pickup else Fraction(0)
    full = lengths[1:] if first_is_pickup else lengths
    yield "every bar full", all(length == bar for length in full[:-1])
    if old is not None:
        yield from judge_anew(sounds, old, request, bar)
    elif "steps" in request:
        yield "count of steps exact", 4 * sum(lengths) == request["steps"]
    else:
        phrases = len(request.get("form", "").replace("'", ""))
        bars = request.get("bars") or phrases * request["phrase_bars"]
        yield "last bar shortened by the pickup", full[-1] == bar - pickup
        yield "count of bars exact", len(full) == bars
    if "pickup" in request:
        yield "pickup as asked", pickup == Fraction(request["pickup"])
    if "prompt" in request:
        begin = [[note.pitch, note.duration] for note in request["prompt"].notes]
        yield (
            "prompt kept to the note",
            [[s.pitch, s.duration] for s in sounds][: len(begin)] == begin,
        )

    kept = standing(request, bar)
    if sounds[-1] not in kept:
        last = sounds[-1].pitch
        yield "last note the final", last is not None and last % 12 == TONICS[tonic]
    yield from judge_pitches([s for s in sounds if s.pitch is not None], kept, request, tonic, mode)
    if "form" in request:
        yield from judge_form(sounds, request, tonic, mode, bar)


def read(part: Any) -> tuple[list[Fraction], list[Sound]]:
    """Quarters of each measure, and the notes with their ties joined."""
    lengths: list[Fraction] = []
    sounds: list[Sound] = []
    onset = Fraction(0)
    for measure in part.getElementsByClass("Measure"):
        began = onset
        for note in measure.notesAndRests:
            lasts = Fraction(note.quarterLength)
            if note.tie is not None and note.tie.type in ("stop", "continue"):
                sounds[-1] = sounds[-1]._replace(duration=sounds[-1].duration + lasts)
            else:
                sounds.append(Sound(onset, None if note.isRest else note.pitch.midi, lasts))
            onset += lasts
        lengths.append(onset - began)
    return lengths, sounds


def standing(request: dict[str, Any], bar: Fraction) -> set[Sound]:
    """The notes that were there already: of a prompt all, of an old tune those in other bars."""
    melody = request.get("tune") or request.get("prompt")
    if melody is None:
        return set()
    notes = [
        Sound(onset, note.pitch, note.duration)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    ]
    written = request["bars"] if "tune" in request else []
    return {n for n in notes if number_of(n.onset, melody.pickup, bar) not in written}


def number_of(onset: Fraction, pickup: Fraction, bar: Fraction) -> int:
    """The number of the bar in which a note begins; 0 is the pickup."""
    return int((onset - pickup) // bar) + 1


def judge_anew(
    sounds: list[Sound], old: solfa.Melody, request: dict[str, Any], bar: Fraction
) -> Iterator[tuple[str, bool]]:
    # a score parts rests at bar lines: what was silent must be, and every note be there
    kept = standing(request, bar)
    notes = {s for s in sounds if s.pitch is not None}
    silent = [s for s in kept if s.pitch is None]
    broken = any(n.onset < s.end and s.onset < n.end for s in silent for n in notes)
    yield (
        "kept bars kept to the note",
        {s for s in kept if s.pitch is not None} <= notes and not broken,
    )
    yield "as long as the tune", sounds[-1].end == old.duration


def judge_pitches(
    sounding: list[Sound], kept: set[Sound], request: dict[str, Any], tonic: str, mode: str
) -> Iterator[tuple[str, bool]]:
    new = [s for s in sounding if s not in kept]
    degrees = {((s.pitch or 0) - TONICS[tonic]) % 12 for s in new}
    if "scale" in request:
        steps = {
            "key": set(MODES[mode]),
            "pentatonic": PENTATONIC["major" if 4 in MODES[mode] else "minor"],
            "harmonic minor": HARMONIC,
            "1 2 3 5 6": {MODES[mode][number - 1] for number in (1, 2, 3, 5, 6)},
        }[request["scale"]]
        yield "scale kept", degrees <= steps
    if "range" in request:
        low, high = request["range"]
        yield "range kept", all(low <= (s.pitch or 0) <= high for s in new)
    if "largest_leap" in request:
        leaps = [
            abs((one.pitch or 0) - (other.pitch or 0))
            for one, other in pairwise(sounding)
            if not {one, other} <= kept
        ]
        yield "no leap too large", max(leaps, default=0) <= request["largest_leap"]


def judge_form(
    sounds: list[Sound], request: dict[str, Any], tonic: str, mode: str, bar: Fraction
) -> Iterator[tuple[str, bool]]:
    letters: list[str] = []
    for sign in request["form"]:
        if sign == "'":
            letters[-1] += sign
        else:
            letters.append(sign)
    lines = list(accumulate([request["phrase_bars"] * bar] * len(letters), initial=Fraction(0)))
    ends = {s.end for s in sounds}
    yield "phrases end where planned", set(lines[1:]) <= ends
    phrases = [
        [s._replace(onset=s.onset - a) for s in sounds if a <= s.onset < b]
        for a, b in pairwise(lines)
    ]
    if request["likeness"] == 1:
        again = [(letters.index(letter), i) for i, letter in enumerate(letters)]
        repeats = [(i, j) for i, j in again if i < j]
        if repeats:
            same = all(phrases[i] == phrases[j] for i, j in repeats)
            yield "repeats the same note for note", same
    if "cadences" in request:
        open_ = {MODES[mode][1], MODES[mode][4], MODES[mode][6]} | (
            {11} if mode == "minor" else set()
        )
        lasts = [[s.pitch for s in phrase if s.pitch is not None][-1] for phrase in phrases[:-1]]
        yield "half cadences", all((last - TONICS[tonic]) % 12 in open_ for last in lasts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="tunes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--write", type=Path, help="a page to write into")
    arguments = parser.parse_args()
    numbers = range(arguments.count)
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        for outcome in pool.map(composed, numbers, [arguments.seed] * arguments.count):
            outcomes.append(outcome)
            if sys.stderr.isatty():
                print(f"\r{len(outcomes)} of {arguments.count}", end="", file=sys.stderr)
            for guarantee, kept in outcome.kept.items():
                if not kept:
                    print(f"NOT KEPT by {outcome.model}: {guarantee}: {outcome.request}")
    print(shown := page(outcomes))
    if arguments.write:
        write_section(arguments.write, "guarantees", shown)
    return int(not all(all(outcome.kept.values()) for outcome in outcomes))


def page(outcomes: list[Outcome]) -> str:
    """What the outcomes say."""
    was_asked = Counter(name for outcome in outcomes for name in outcome.kept)
    was_kept = Counter(name for o in outcomes for name, kept in o.kept.items() if kept)
    broken = sum(not all(outcome.kept.values()) for outcome in outcomes)
    refused = sum(outcome.refused for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
    models = ", ".join(f"`{name}`" for name in MODELS)
    text = (
        f"{len(outcomes)} tunes over random requests, of {models} in turns, exported as MusicXML"
        f" and judged by music21's reading alone: {broken} broke anything."
        f" {refused} other requests were refused before any work."
        f" A tune took {seconds:.2f} s of one core, all models together."
    )
    rows = [[name, str(was_kept[name]), str(times)] for name, times in was_asked.items()]
    return f"## Guarantees\n\n{text}\n\n{table(['what was asked', 'kept', 'of'], rows)}"


if __name__ == "__main__":
    sys.exit(main())
