"""Other programs read what we write, note for note: music21, MuseScore and abc2midi.

    python benchmarks/agreement.py --count 200 --seed 1 [--write docs/formats.md]

The tunes are those of roundtrips.py, with words. Compared are the sounding notes: onset, pitch
and duration in quarters, to `TICK`, as MuseScore lets go of notes one MIDI tick early. What differs
for a cause that is known to be the program's is counted under it (`known`); exits with 1 and
names the tunes where anything else does, or where a program is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import mido

from page import write_section
from roundtrips import drawn
from solfa.errors import SolfaError
from solfa.formats import render
from solfa.formats.engraving import musescore
from solfa.formats.write_options import WriteOptions
from solfa.markdown import table
from solfa.melody import Melody

TICK = Fraction(1, 240)


class Sound(NamedTuple):
    """A sounding note, times in quarters."""

    onset: Fraction
    pitch: int
    duration: Fraction


# What a program reads in files, one by one: notes, or the reason that there are none.
Heard = list[list[Sound] | str]


def written(tune: Melody) -> list[Sound]:
    """The notes that we wrote."""
    notes = zip(tune.onsets(), tune.notes, strict=True)
    return [Sound(at, n.pitch, n.duration) for at, n in notes if n.pitch is not None]


def by_music21(paths: Sequence[Path]) -> Heard:
    from music21 import converter

    formats = {".krn": "humdrum", ".mid": "midi", ".abc": "abc"}
    found: Heard = []
    for path in paths:
        options = {"quantizePost": False} if path.suffix == ".mid" else {}
        form = formats.get(path.suffix, "musicxml")
        try:
            with warnings.catch_warnings(), redirect_stderr(StringIO()):  # for every *MX
                warnings.simplefilter("ignore")
                score = converter.parse(path, format=form, forceSource=True, **options)
                found.append(_sounds(score.toSoundingPitch()))
        except Exception as error:  # whatever it meets, it is music21's
            found.append(f"{type(error).__name__}: {error}")
    return found


def _sounds(stream: Any) -> list[Sound]:
    """The notes of a music21 stream, ties joined."""
    sounds: list[Sound] = []
    tied = False
    for note in stream.flatten().notes:
        if "Harmony" in note.classes or note.duration.isGrace:
            continue
        onset, length = (
            Fraction(time).limit_denominator(1 << 12) for time in (note.offset, note.quarterLength)
        )
        if tied and note.pitch.midi == sounds[-1].pitch:
            sounds[-1] = sounds[-1]._replace(duration=sounds[-1].duration + length)
        else:
            sounds.append(Sound(onset, note.pitch.midi, length))
        tied = note.tie is not None and note.tie.type in ("start", "continue")
    return sounds


def by_musescore(paths: Sequence[Path]) -> Heard:
    with TemporaryDirectory(prefix="solfa-") as name:
        return [_midi(path) for path in _played(paths, Path(name))]


def _played(paths: Sequence[Path], folder: Path) -> list[Path]:
    """The MIDI that MuseScore writes of each file into the folder; one process opens them all."""
    made = [folder / f"played-{number}.mid" for number in range(len(paths))]
    jobs = [{"in": str(path), "out": str(out)} for path, out in zip(paths, made, strict=True)]
    (folder / "jobs.json").write_text(json.dumps(jobs))
    homes = {f"XDG_{kind}_HOME": str(folder) for kind in ("CONFIG", "DATA", "CACHE")}
    homes |= {"XDG_RUNTIME_DIR": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [musescore.program(), "-j", str(folder / "jobs.json")],
        env=os.environ | homes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return made


def by_abc2midi(paths: Sequence[Path]) -> Heard:
    with TemporaryDirectory(prefix="solfa-") as name:
        made = Path(name) / "tune.mid"
        found: Heard = []
        for path in paths:
            made.unlink(missing_ok=True)
            subprocess.run(["abc2midi", path, "-o", made], capture_output=True)
            found.append(_midi(made))
        return found


def _midi(path: Path) -> list[Sound] | str:
    """The notes of a MIDI file, read without our reader."""
    if not path.exists():
        return "wrote no file"
    file = mido.MidiFile(path)
    sounds: list[Sound] = []
    for track in file.tracks:
        now, begun = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                begun[message.note] = now
            elif message.type in ("note_on", "note_off"):
                start = begun.pop(message.note)
                onset, length = (Fraction(t, file.ticks_per_beat) for t in (start, now - start))
                sounds.append(Sound(onset, message.note, length))
    return sorted(sounds)


class Check(NamedTuple):
    """A program reads a format, set in some edition."""

    program: str
    suffix: str
    options: WriteOptions = WriteOptions()

    @property
    def shown(self) -> str:
        chords = " with chord symbols" if self.options.chords else ""
        part = "" if self.options.instrument == "piano" else f" for {self.options.instrument}"
        return f"`{self.suffix}`{part}{chords}"


PROGRAMS: dict[str, Callable[[Sequence[Path]], Heard]] = {
    "music21": by_music21,
    "MuseScore": by_musescore,
    "abc2midi": by_abc2midi,
}

_CLARINET = WriteOptions(instrument="clarinet", chords=True)
CHECKS = [
    *(Check("music21", suffix) for suffix in (".musicxml", ".mxl", ".mid", ".krn", ".abc")),
    Check("music21", ".musicxml", _CLARINET),
    *(Check("MuseScore", suffix) for suffix in (".musicxml", ".mxl", ".mid")),
    Check("MuseScore", ".musicxml", _CLARINET),
    Check("abc2midi", ".abc"),
]
"""What is compared. A part for a transposing instrument must sound as the tune."""


def missing(program: str) -> str:
    """What to install for the program, empty where it is there."""
    if program == "MuseScore":
        try:
            musescore.program()
        except SolfaError:
            return "apt install musescore3"
    if program == "abc2midi" and not which("abc2midi"):
        return "apt install abcmidi"
    return ""


class Outcome(NamedTuple):
    """One tune in one check: empty where the notes are the same."""

    tune: str
    differs: str = ""
    cause: str = ""  # why it is the program's


def compared(check: Check, tunes: Sequence[Melody]) -> list[Outcome]:
    """What the program reads of each tune beside what we wrote."""
    theirs = heard(check, tunes)
    differs = [
        difference(written(tune), sounds) for tune, sounds in zip(tunes, theirs, strict=True)
    ]
    odd = [number for number, text in enumerate(differs) if text]
    causes = known(check, [tunes[number] for number in odd], [theirs[number] for number in odd])
    cause = dict(zip(odd, causes, strict=True))
    return [
        Outcome(tune.metadata.id, text, cause.get(number, ""))
        for number, (tune, text) in enumerate(zip(tunes, differs, strict=True))
    ]


def heard(check: Check, tunes: Sequence[Melody]) -> Heard:
    """What the program reads when we write the tunes."""
    with TemporaryDirectory(prefix="solfa-") as name:
        return PROGRAMS[check.program](_files(check, tunes, Path(name)))


def _files(check: Check, tunes: Sequence[Melody], folder: Path) -> list[Path]:
    paths = [folder / f"{number}{check.suffix}" for number in range(len(tunes))]
    for path, tune in zip(paths, tunes, strict=True):
        path.write_bytes(render(tune, check.suffix, check.options))
    return paths


def difference(ours: list[Sound], theirs: list[Sound] | str) -> str:
    """The first difference, or nothing."""
    if isinstance(theirs, str):
        return theirs
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=False), 1):
        apart = max(abs(mine.onset - other.onset), abs(mine.duration - other.duration))
        if mine.pitch != other.pitch or apart > TICK:
            return f"note {number}: wrote {_told(mine)}, read {_told(other)}"
    return "" if len(ours) == len(theirs) else f"wrote {len(ours)} notes, read {len(theirs)}"


def _told(sound: Sound) -> str:
    return f"{sound.pitch} for {sound.duration} at {sound.onset}"


def known(check: Check, tunes: Sequence[Melody], theirs: Heard) -> list[str]:
    """Why the program reads other notes in each tune by its own choice; empty where it does not."""
    if not tunes:
        return []
    cause, sure = "", [False] * len(tunes)
    if (check.program, check.suffix) == ("abc2midi", ".abc"):
        cause = "abc2midi plays what is called a hornpipe unevenly; named otherwise it agrees"
        unnamed = [tune.replace(metadata=replace(tune.metadata, genre="")) for tune in tunes]
        pairs = zip(tunes, heard(check, unnamed), strict=True)
        sure = [not difference(written(tune), sounds) for tune, sounds in pairs]
    elif (check.program, check.suffix) == ("MuseScore", ".mid"):
        cause = "MuseScore guesses values in MIDI and reads its own MIDI of the tune alike"
        sure = list(map(_alike, theirs, _own_midi(tunes)))
    return [cause * yes for yes in sure]


def _alike(theirs: list[Sound] | str, own: list[Sound] | str) -> bool:
    """Whether MuseScore reads our MIDI as its own, but for the length of notes before silence."""
    if isinstance(theirs, str) or isinstance(own, str) or len(theirs) != len(own):
        return False
    following = [*(sound.onset for sound in own[1:]), Fraction(1 << 14)]
    for ours, other, next_ in zip(theirs, own, following, strict=True):
        silent = other.onset + other.duration + TICK < next_
        if difference([ours], [other]) and not (silent and ours[:2] == other[:2]):
            return False
    return True


def _own_midi(tunes: Sequence[Melody]) -> Heard:
    """What MuseScore reads in the MIDI that it wrote itself of the tunes' MusicXML."""
    with TemporaryDirectory(prefix="solfa-") as name:
        folder = Path(name)
        return by_musescore(_played(_files(Check("MuseScore", ".musicxml"), tunes, folder), folder))


def versions() -> str:
    """The programs with their versions."""
    offscreen = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    said = [
        subprocess.run(line, capture_output=True, text=True, env=offscreen).stdout.split()
        for line in ([musescore.program(), "--version"], ["abc2midi", "-ver"])
    ]
    return f"music21 {version('music21')}, MuseScore {said[0][-1]} and abc2midi {said[1][0]}"


def page(outcomes: dict[Check, list[Outcome]]) -> str:
    """The section of the page."""
    rows, causes = [], Counter[str]()
    for check, tunes in outcomes.items():
        differ = [one for one in tunes if one.differs]
        causes.update(one.cause for one in differ if one.cause)
        same = f"{len(tunes) - len(differ)} of {len(tunes)}"
        rows.append([check.program, check.shown, same, str(sum(not o.cause for o in differ))])
    told = "; ".join(f"{cause} ({count})" for cause, count in causes.most_common())
    text = (
        f"{versions()} read what we write, real tunes with words to sing. The same notes are the"
        " same onsets, pitches and durations, to two MIDI ticks, as MuseScore lets go of notes one"
        " early; MuseScore and abc2midi are heard through the MIDI that they write. A part for the"
        " clarinet must sound as the tune."
    )
    heads = ["program", "reads our", "same notes", "differ by our fault"]
    parts = ["## Other programs agree", text, table(heads, rows)]
    return "\n\n".join([*parts, f"The others: {told}."] if told else parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="tunes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="a page to write into")
    arguments = parser.parse_args()
    for program in PROGRAMS:
        if needed := missing(program):
            sys.exit(f"{program} is missing: {needed}")
    tunes = drawn(arguments.count, arguments.seed)
    outcomes = {check: compared(check, tunes) for check in CHECKS}
    print(shown := page(outcomes))
    if arguments.write:
        write_section(arguments.write, "agreement", shown)
    faults = [
        f"{check.program}, {check.shown}, {one.tune}: {one.differs}"
        for check, tunes_ in outcomes.items()
        for one in tunes_
        if one.differs and not one.cause
    ]
    for fault in faults:
        print(f"DIFFERS: {fault}", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
