"""Composes tunes of every kind and lets music21 alone judge whether they keep what was asked.

    python benchmarks/guarantees.py --count 1000 --seed 1 [--jobs 2] [--write docs/benchmarks.md]

The 84 keys of twelve tonics and seven modes come in turn, in an order shuffled by the seed, and so
do all models; metres, lengths, scales, ranges, leaps, pickups, forms, cadences, prompts and bars to
be written anew are mixed. A request that is refused is counted and another in the same key is
drawn. Each tune is exported as MusicXML, read by music21, and as MIDI, read by mido; what is judged
comes from that reading, from the request as it was typed, and from tables of this file. Prints how
often each guarantee was kept of how often it was asked; exits with 1 if ever it was not. In which
key a tune is heard is counted too, by Krumhansl and Kessler's profiles.
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

import mido
import music21
import numpy as np

import solfa
from page import write_section
from solfa.errors import RequestError
from solfa.markdown import table
from solfa.models.protocol import Model
from solfa.runtime import MODELS, load_model

METERS = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 3}  # quarters a bar
TONICS = {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "G": 7}
TONICS |= {"G#": 8, "Ab": 8, "A": 9, "Bb": 10, "B": 11}
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
FLATS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SHARPS = {"Db": "C#", "Eb": "D#", "Ab": "G#"}  # in modes with a minor third
SIGNATURES = {"major": 0, "minor": -3, "dorian": -2, "phrygian": -4, "lydian": 1}
SIGNATURES |= {"mixolydian": -1, "locrian": -5}  # fifths from that of major on the same tonic
# How well each pitch class fits a key, from its tonic up (Krumhansl, Kessler 1982).
PROFILES = {
    4: (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    3: (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
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
    mode: str
    kept: dict[str, bool]
    heard: bool
    request: dict[str, Any]
    refused: int
    seconds: float


@cache
def model_of(name: str) -> Model:
    return load_model(name)


def key_of(number: int, seed: int) -> tuple[str, str]:
    """Tonic and mode of the tune of this number; each of 84 in turn, then all in another order."""
    turn, place = divmod(number, len(FLATS) * len(MODES))
    keys = [(tonic, mode) for tonic in FLATS for mode in MODES]
    random.Random(f"keys {seed} {turn}").shuffle(keys)
    tonic, mode = keys[place]
    return SHARPS.get(tonic, tonic) if 3 in MODES[mode] else tonic, mode


def asked(random_: random.Random, tonic: str, mode: str) -> dict[str, Any]:
    """One request as a person would type it."""
    meter = random_.choice(list(METERS))
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
    steps, lengths = zip(*random_.choice(THEMES), strict=True)
    notes = tuple(
        solfa.Note(None if step is None else home + (third if step == 4 else step), length)
        for step, length in zip(steps, lengths, strict=True)
    )
    words = ["" if step is None else random_.choice(["la", "lo-", "_"]) for step in steps]
    given = solfa.Metadata(title=random_.choice(["Hill", "Mill"]), tempo=random_.randint(60, 160))
    return solfa.Melody(
        notes,
        solfa.Key(tonic, mode),
        solfa.Meter.parse(meter),
        Fraction(pickup),
        metadata=given,
        lyrics=[words],
    )


def composed(number: int, seed: int) -> Outcome:
    """The tune of this number, judged."""
    random_ = random.Random(f"{seed} {number}")
    name = list(MODELS)[number % len(MODELS)]
    tonic, mode = key_of(number, seed)
    for refused in range(1000):
        request = asked(random_, tonic, mode)
        began = time.process_time()
        try:
            way = solfa.infill if "tune" in request else solfa.compose
            tune = way(**request, model=model_of(name))[0]
        except RequestError:
            continue
        seconds = time.process_time() - began
        with tempfile.TemporaryDirectory() as folder:
            score, midi = (tune.write(Path(folder) / f"tune{to}") for to in (".musicxml", ".mid"))
            kept, in_key = judged(score, midi, request, tonic, mode)
            return Outcome(name, mode, kept, in_key, request, refused, seconds)
    raise RuntimeError(f"{name} refused a thousand requests in a row")


def judged(
    score: Path, midi: Path, request: dict[str, Any], tonic: str, mode: str
) -> tuple[dict[str, bool], bool]:
    """Each guarantee by its name, and whether the files keep it; and whether the key is heard."""
    parsed = music21.converter.parse(score)
    part = parsed.parts[0]
    lengths, sounds = read(part)
    sounding = [sound for sound in sounds if sound.pitch is not None]
    kept = dict(judge_notes(part, lengths, sounds, request, tonic, mode))
    kept |= judge_given(parsed, request)
    kept["the same notes in MIDI"] = read_midi(midi) == sounding
    return kept, heard_key(sounding) == (TONICS[tonic], 4 if 4 in MODES[mode] else 3)


def heard_key(sounding: list[Sound]) -> tuple[int, int]:
    """The tonic, and the semitones of its third, whose profile fits best the time of the notes."""
    time_of = np.zeros(12)
    for sound in sounding:
        time_of[(sound.pitch or 0) % 12] += float(sound.duration)
    keys = [(tonic, third) for tonic in range(12) for third in PROFILES]
    fits = [np.corrcoef(time_of, np.roll(PROFILES[third], tonic))[0, 1] for tonic, third in keys]
    return keys[int(np.nanargmax(fits))]


def read_midi(path: Path) -> list[Sound]:
    """The notes of a MIDI file, by mido alone."""
    file = mido.MidiFile(path)
    sounds: list[Sound] = []
    for track in file.tracks:
        now, begun = 0, dict[int, int]()
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                begun[message.note] = now
            elif message.type in ("note_on", "note_off") and message.note in begun:
                start = begun.pop(message.note)
                times = [Fraction(ticks, file.ticks_per_beat) for ticks in (start, now - start)]
                sounds.append(Sound(times[0], message.note, times[1]))
    return sorted(sounds)


def judge_given(score: Any, request: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """What the prompt brought: its title and tempo, and its words, under its notes alone."""
    if "prompt" not in request:
        return
    given = request["prompt"]
    tempo = [mark.number for mark in score.recurse().getElementsByClass("MetronomeMark")]
    titles = {score.metadata.title, score.metadata.movementName}
    yield (
        "title and tempo of the prompt",
        given.metadata.title in titles and tempo == [given.metadata.tempo],
    )
    words = [
        note.lyric or ""
        for note in score.parts[0].flatten().notes
        if note.tie is None or note.tie.type == "start"
    ]
    theirs = [
        word.rstrip("-")
        for word, note in zip(given.lyrics[0], given.notes, strict=True)
        if note.pitch is not None
    ]
    held = [word for word in theirs if word != "_"]
    yield (
        "words under the prompt's notes alone",
        [word for word in words if word] == held and not any(words[len(theirs) :]),
    )


def judge_notes(
    part: Any,
    lengths: list[Fraction],
    sounds: list[Sound],
    request: dict[str, Any],
    tonic: str,
    mode: str,
) -> Iterator[tuple[str, bool]]:
    """Each guarantee by its name, and whether music21's reading of the file keeps it."""
    old: solfa.Melody | None = request.get("tune")
    meter = str(old.meter) if old else request["meter"]
    bar = Fraction(METERS[meter])
    signatures = {m.ratioString for m in part.recurse().getElementsByClass("TimeSignature")}
    yield "one metre, the one asked", signatures == {meter}
    sharps = {k.sharps for k in part.recurse().getElementsByClass("KeySignature")}
    natural = ("F", "C", "G", "D", "A", "E", "B").index(tonic[0]) - 1
    fifths = natural + 7 * (("#" in tonic) - ("b" in tonic)) + SIGNATURES[mode]
    yield "the key's signature", (sharps or {0}) == {fifths}

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
    if "scale" not in request:
        given = {((s.pitch or 0) - TONICS[tonic]) % 12 for s in kept if s.pitch is not None}
        given |= {
            ((n.pitch or 0) - TONICS[tonic]) % 12
            for n in getattr(request.get("tune"), "notes", ())
            if n.pitch is not None
        }
        leading = {11} if mode == "minor" else set()
        yield (
            "in the key's scale, but for what was given",
            degrees <= {*MODES[mode], *leading} | given,
        )
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


def heard(outcomes: list[Outcome], plain: bool) -> str:
    """How many tunes are heard in their key, of those in major and minor, or in other modes."""
    theirs = [
        outcome.heard for outcome in outcomes if (outcome.mode in ("major", "minor")) is plain
    ]
    return f"{sum(theirs)} of {len(theirs)}"


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
        f" and MIDI and judged by music21's and mido's reading alone: {broken} broke anything."
        f" {refused} other requests were refused before any work."
        f" A tune took {seconds:.2f} s of one core, all models together. Of the tunes in major and"
        f" minor {heard(outcomes, True)}, of those in other modes {heard(outcomes, False)} are"
        " heard with the tonic and the third that were asked, by Krumhansl and Kessler's profiles,"
        " which know major and minor only and take no notice of finals."
    )
    rows = [[name, str(was_kept[name]), str(times)] for name, times in was_asked.items()]
    return f"## Guarantees\n\n{text}\n\n{table(['what was asked', 'kept', 'of'], rows)}"


if __name__ == "__main__":
    sys.exit(main())
