"""Composes tunes of every kind and lets music21 alone judge whether they keep what was asked.

    python benchmarks/guarantees.py --count 200 --seed 1

Keys, modes, metres, lengths, scales, ranges, pickups and prompts are mixed by the seed, and the
models take turns. Each tune is exported as MusicXML and read by music21; what is judged (bars
full, their count exact, last note the tonic, scale and range kept, prompt untouched) comes from
that reading, from the request as it was typed, and from tables of this file. Prints how often
each was kept of how often it was asked; exits with 1 if ever it was not.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import music21

import solfa
from solfa.runtime import load_model

METERS = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 3}  # quarters a bar
TONICS = {"C": 0, "G": 7, "D": 2, "A": 9, "E": 4, "F": 5, "Bb": 10, "Eb": 3, "F#": 6, "Ab": 8}
MODES = {
    "major": {0, 2, 4, 5, 7, 9, 11},
    "minor": {0, 2, 3, 5, 7, 8, 10},
    "dorian": {0, 2, 3, 5, 7, 9, 10},
    "mixolydian": {0, 2, 4, 5, 7, 9, 10},
}
PENTATONIC = {"major": {0, 2, 4, 7, 9}, "minor": {0, 3, 5, 7, 10}}
HARMONIC = {0, 2, 3, 5, 7, 8, 11}
# How a prompt begins, in semitones from the tonic (None a rest) and quarters.
THEMES: list[list[tuple[int | None, str]]] = [
    [(0, "1"), (0, "1/2"), (2, "1/2"), (4, "1")],
    [(7, "1/2"), (0, "1"), (None, "1/2"), (2, "1/2"), (7, "3/2"), (9, "1/2")],
    [(0, "3/4"), (2, "1/4"), (-5, "2"), (7, "1"), (4, "1"), (2, "1/2")],
]
PICKUPS = {"2/4": ["0", "1/2", "1"], "3/4": ["0", "1"], "4/4": ["0", "1"], "6/8": ["0", "1/2"]}


def asked(random_: random.Random) -> dict[str, Any]:
    """One request as a person would type it."""
    tonic, mode, meter = (random_.choice(list(t)) for t in (TONICS, MODES, METERS))
    request: dict[str, Any] = {
        "key": f"{tonic} {mode}",
        "meter": meter,
        "bars": random_.randint(4, 32),
    }
    request["seed"] = random_.randrange(10**6)
    scale = random_.choice([None, "key", "pentatonic", "harmonic minor"])
    lowest = 60 + TONICS[tonic] - random_.choice([2, 5, 7])
    span = (lowest, lowest + random_.randint(12, 19))
    if random_.random() < 0.5:
        request["pickup"] = random_.choice(PICKUPS[meter])
    if random_.random() < 0.5:
        request["prompt"] = theme(random_, tonic, mode, meter, request.get("pickup", "0"))
    elif scale:
        request["scale"] = scale
    if "prompt" not in request and random_.random() < 0.5:
        request["range"] = span
    if random_.random() < 0.3:
        request |= {"temperature": random_.choice([0.5, 1.5]), "top_p": random_.choice([0.8, 1])}
    if random_.random() < 0.3:
        del request["bars"]
        request["steps"] = random_.randint(48, 400)
    return request


def theme(random_: random.Random, tonic: str, mode: str, meter: str, pickup: str) -> solfa.Melody:
    """One of the `THEMES` in this key."""
    third = 4 if 4 in MODES[mode] else 3
    home = TONICS[tonic] + (60 if TONICS[tonic] < 7 else 48)
    notes = tuple(
        solfa.Note(
            None if step is None else home + (third if step == 4 else step), Fraction(quarters)
        )
        for step, quarters in random_.choice(THEMES)
    )
    return solfa.Melody(notes, solfa.Key(tonic, mode), solfa.Meter.parse(meter), Fraction(pickup))


def judge(path: Path, request: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Each guarantee by its name, and whether music21's reading of the file keeps it."""
    part = music21.converter.parse(path).parts[0]
    tonic, mode = request["key"].split()
    bar = Fraction(METERS[request["meter"]])
    lengths: list[Fraction] = []
    pitches: list[int | None] = []
    sounds: list[list[Any]] = []  # pitch and quarters, ties joined
    for measure in part.getElementsByClass("Measure"):
        lengths.append(sum((Fraction(n.quarterLength) for n in measure.notesAndRests), Fraction(0)))
        for note in measure.notesAndRests:
            pitch = None if note.isRest else note.pitch.midi
            pitches.append(pitch)
            if note.tie is not None and note.tie.type in ("stop", "continue"):
                sounds[-1][1] += Fraction(note.quarterLength)
            else:
                sounds.append([pitch, Fraction(note.quarterLength)])
    signatures = {m.ratioString for m in part.recurse().getElementsByClass("TimeSignature")}
    yield "one metre, the one asked", signatures == {request["meter"]}

    first_is_pickup = lengths[0] < bar
    pickup = lengths[0] if first_is_pickup else Fraction(0)
    full = lengths[1:] if first_is_pickup else lengths
    yield "every bar full", all(length == bar for length in full[:-1])
    if "bars" in request:
        yield "last bar shortened by the pickup", full[-1] == bar - pickup
        yield "count of bars exact", len(full) == request["bars"]
    else:
        yield "count of steps exact", 4 * sum(lengths) == request["steps"]
    if "pickup" in request:
        yield "pickup as asked", pickup == Fraction(request["pickup"])
    last = pitches[-1]
    yield "last note the tonic", last is not None and last % 12 == TONICS[tonic]

    sounding = [pitch for pitch in pitches if pitch is not None]
    if "scale" in request:
        steps = {
            "key": MODES[mode],
            "pentatonic": PENTATONIC["major" if 4 in MODES[mode] else "minor"],
            "harmonic minor": HARMONIC,
        }[request["scale"]]
        yield "scale kept", {(pitch - TONICS[tonic]) % 12 for pitch in sounding} <= steps
    if "range" in request:
        low, high = request["range"]
        yield "range kept", all(low <= pitch <= high for pitch in sounding)
    if "prompt" in request:
        theme = [[note.pitch, note.duration] for note in request["prompt"].notes]
        yield "prompt kept to the note", sounds[: len(theme)] == theme


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="tunes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", default="melody_lstm,ngram", help="names, with commas")
    arguments = parser.parse_args()
    models = [(name, load_model(name)) for name in arguments.models.split(",")]
    random_ = random.Random(arguments.seed)
    was_asked: Counter[str] = Counter()
    was_kept: Counter[str] = Counter()
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.count):
            name, model = models[number % len(models)]
            request = asked(random_)
            began = time.perf_counter()
            tune = solfa.compose(**request, model=model)[0]
            seconds += time.perf_counter() - began
            path = tune.melody.write(Path(folder) / f"{number}.musicxml")
            for guarantee, kept in judge(path, request):
                was_asked[guarantee] += 1
                was_kept[guarantee] += kept
                if not kept:
                    print(f"NOT KEPT by {name}: {guarantee}: {request}")
    prompted = was_asked["prompt kept to the note"]
    print(f"{arguments.count} tunes, {prompted} with a prompt, models {arguments.models}")
    for guarantee, times in was_asked.items():
        print(f"{guarantee:33} {was_kept[guarantee]:4} of {times}")
    print(f"composing took {seconds / arguments.count:.3f} s a tune")
    return int(was_kept != was_asked)


if __name__ == "__main__":
    sys.exit(main())
