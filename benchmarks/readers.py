"""Our readers over whole collections: what they refuse, and whether music21 reads the same notes.

    python benchmarks/readers.py kern DIR        every .krn file below DIR
    python benchmarks/readers.py abc [DIR]       every .abc file below DIR, or in music21's corpus
    python benchmarks/readers.py spelling DIR    how often `Key.spell` agrees with the files

A reader agrees where pitches and durations are equal one by one, rests included, ties merged
and grace notes left out. The melody is also written and read again, which must be exact.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from fractions import Fraction
from hashlib import sha256
from io import StringIO
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from solfa.corpora.repertoires import corpus_folder
from solfa.errors import ReadError
from solfa.formats import kern
from solfa.formats.abc import reader as abc_reader
from solfa.formats.abc import writer as abc_writer
from solfa.melody import Melody, Note, Spelling, merge_ties

PROCESSES = 2


class Tune(NamedTuple):
    """What became of one tune; texts are empty where all went well."""

    id: str
    refused: str  # by us
    failed: str  # music21
    differs: str  # first difference between the two
    lost: bool  # when written and read again


class Checked(NamedTuple):
    """One file: its tunes, and the CPU seconds that we and music21 needed."""

    tunes: list[Tune]
    ours: float
    theirs: float


# What music21 reads, tune by tune: notes, or the reason that there are none.
Theirs = Callable[[Path], list["list[Note] | str"]]


def check(path: Path, read: Any, write: Any, theirs: Theirs) -> Checked:
    data = path.read_bytes()
    start = process_time()
    ours: list[Melody | ReadError] = read(data, str(path))
    read_ours = process_time()
    others = theirs(path)
    read_theirs = process_time()
    tunes = []
    for i, (mine, other) in enumerate(zip(ours, others, strict=True)):
        name = path.stem if len(ours) == 1 else f"{path.stem}/{i}"
        failed = other if isinstance(other, str) else ""
        if isinstance(mine, ReadError):
            tunes.append(Tune(name, mine.reason, failed, "", False))
            continue
        differs = "" if isinstance(other, str) else difference(list(mine.notes), other)
        [again] = read(write(mine), str(path))
        lost = again != mine or again.metadata != mine.metadata
        tunes.append(Tune(name, "", failed, differs, lost))
    return Checked(tunes, read_ours - start, read_theirs - read_ours)


def difference(ours: list[Note], theirs: list[Note]) -> str:
    """The first difference, or nothing."""
    for i, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if mine != other:
            return f"note {i} is {mine}, music21 has {other}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} notes, music21 has {len(theirs)}"


def notes_of(stream: Any) -> list[Note]:
    """Notes and rests of a music21 stream, as we mean them."""
    parts = []
    for element in stream.flatten().notesAndRests:
        if element.duration.isGrace or not element.quarterLength:
            continue
        duration = Fraction(element.quarterLength).limit_denominator(1 << 16)
        tied = element.tie is not None and element.tie.type in ("start", "continue")
        pitch = None if element.isRest else element.pitch.midi
        parts.append((Note(pitch, duration), tied))
    return merge_ties(parts)


def check_kern(path: Path) -> Checked:
    return check(path, kern.read, kern.write, kern_by_music21)


def kern_by_music21(path: Path) -> list[list[Note] | str]:
    from music21 import converter

    text = path.read_bytes().decode("latin-1")
    try:
        with redirect_stderr(StringIO()):  # a warning for every *MX
            return [notes_of(converter.parseData(text, format="humdrum"))]
    except Exception as error:  # whatever it meets, it is music21's
        return [f"{type(error).__name__}: {error}"]


def check_abc(path: Path) -> Checked:
    return check(path, abc_reader.read, abc_writer.write, abc_by_music21)


def abc_by_music21(path: Path) -> list[list[Note] | str]:
    """Tune by tune, each as ABC 2.1: for older files music21 drops accidentals after one note."""
    from music21 import converter

    found: list[list[Note] | str] = []
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n")
    for tune in re.split("^(?=X:)", text, flags=re.MULTILINE)[1:]:
        block = re.split(r"\n\s*\n", tune)[0]
        try:
            found.append(notes_of(converter.parseData(f"%abc-2.1\n{block}\n", format="abc")))
        except Exception as error:  # whatever it meets, it is music21's
            found.append(f"{type(error).__name__}: {error}")
    return found


CHECKS: dict[str, tuple[str, Callable[[Path], Checked]]] = {
    "kern": ("*.krn", check_kern),
    "abc": ("*.abc", check_abc),
}
"""The files of each notation, and how one is checked."""


def report(notation: str, folder: Path) -> None:
    pattern, check_file = CHECKS[notation]
    paths = sorted(folder.rglob(pattern))
    with ProcessPoolExecutor(PROCESSES) as pool:
        files = list(pool.map(check_file, paths, chunksize=4))
    tunes = [tune for file in files for tune in file.tunes]
    read = [tune for tune in tunes if not tune.refused]
    failed = [tune for tune in tunes if tune.failed]
    both = [tune for tune in read if not tune.failed]
    differ = [tune for tune in both if tune.differs]
    print(f"{len(tunes)} tunes in {len(files)} files: {len(read)} read, the others refused")
    for reason, count in Counter(tune.refused for tune in tunes if tune.refused).most_common():
        ids = [tune.id for tune in tunes if tune.refused == reason]
        print(f"  {count:5} {reason}: {' '.join(ids[:8])}")
    lost = [tune.id for tune in read if tune.lost]
    print(f"written and read again: {len(read) - len(lost)} of {len(read)} exact", *lost[:8])
    print(f"music21 fails on {len(failed)}")
    for tune in failed:
        print(f"  {tune.id}{' (refused by us too)' * bool(tune.refused)}: {tune.failed[:90]}")
    print(f"same notes: {len(both) - len(differ)} of the {len(both)} that both read")
    for tune in differ:
        print(f"  {tune.id}: {tune.differs}")
    ours, theirs = (
        1000 * sum(seconds) / len(tunes)
        for seconds in zip(*((file.ours, file.theirs) for file in files), strict=True)
    )
    print(f"CPU time a tune: {ours:.2f} ms, music21 {theirs:.1f} ms ({theirs / ours:.0f} times)")


def written_pitches(data: bytes) -> list[tuple[str, int]]:
    """Step and alteration of each sounding kern token that does not continue a tie."""
    found = []
    for line in data.decode("latin-1").splitlines():
        if line[:1] not in ("", "!", "*", "=") and not re.search(r"[r_\]]", line):
            match = re.search(r"([a-gA-G])\1*x*([#-]*)", line)
            assert match, line
            found.append((match[1].upper(), match[2].count("#") - match[2].count("-")))
    return found


def spelling(folder: Path) -> None:
    """Agreement of `Key.spell`, on the half of the files (by hash) that did not choose its rule."""
    notes: Counter[str] = Counter()
    same: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.krn")):
        data = path.read_bytes()
        [tune] = kern.read(data, str(path))
        if isinstance(tune, ReadError) or sha256(path.stem.encode()).digest()[0] % 2 == 0:
            continue
        written = written_pitches(data)
        for step, alter in written:
            pitch = Spelling(step, alter, 4).pitch
            agrees = tune.key.spell(pitch)[:2] == (step, alter)
            kind = "in the scale" if pitch % 12 in tune.key.scale else "chromatic"
            for group in ("all", kind, f"{tune.key.mode}, {kind}"):
                notes[group] += 1
                same[group] += agrees
            if not agrees:
                others[f"{tune.key.mode}, {(pitch - tune.key.pitch_class) % 12} semitones up"] += 1
    for group, count in sorted(notes.items()):
        print(f"{group:24} {same[group] / count:8.3%} of {count} notes")
    for place, count in others.most_common():
        print(f"  spelled otherwise: {count:4} {place}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Our readers over whole collections")
    parser.add_argument("what", choices=[*CHECKS, "spelling"])
    parser.add_argument("folder", type=Path, nargs="?")
    args = parser.parse_args()
    if args.folder is None:
        if args.what != "abc":
            parser.error(f"{args.what} needs a folder")
        args.folder = corpus_folder()
    if args.what == "spelling":
        spelling(args.folder)
    else:
        report(args.what, args.folder)


if __name__ == "__main__":
    main()
