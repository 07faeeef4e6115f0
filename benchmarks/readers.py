"""Our readers over whole collections: what they refuse, and whether others read the same notes.

The other is music21, for MIDI mido.

    python benchmarks/readers.py kern DIR        every .krn file below DIR
    python benchmarks/readers.py abc [DIR]       every .abc file below DIR, or in music21's corpus
    python benchmarks/readers.py musicxml [DIR...]  every MusicXML file, packed or not, part by part
    python benchmarks/readers.py midi DIR        every MIDI file below DIR: what is struck, and when
    python benchmarks/readers.py spelling DIR    how often `Key.spell` agrees with the files

A reader agrees where pitches and durations are equal one by one, rests included, ties merged
and grace notes left out. The melody is also written and read again, which must be exact; of
MusicXML, where a rest comes back in pieces, with neighbouring rests as one.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from fractions import Fraction
from hashlib import sha256
from io import StringIO
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

from solfa.corpora.repertoires import corpus_folder
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc import reader as abc_reader
from solfa.formats.abc import writer as abc_writer
from solfa.formats.kern import reader as kern_reader
from solfa.formats.kern import writer as kern_writer
from solfa.formats.midi import reader as midi_reader
from solfa.formats.midi import writer as midi_writer
from solfa.formats.musicxml import mxl
from solfa.formats.musicxml import reader as musicxml_reader
from solfa.formats.musicxml import writer as musicxml_writer
from solfa.formats.musicxml.document import read_document
from solfa.formats.read_options import ReadOptions
from solfa.melody import Melody, Note, Spelling, merge_ties

PROCESSES = 2


class Tune(NamedTuple):
    """What became of one tune; texts are empty where all went well."""

    id: str
    refused: str  # by us
    failed: str  # the other
    differs: str  # first difference between the two
    lost: bool  # when written and read again


class Checked(NamedTuple):
    """One file: its tunes, and the CPU seconds that we and music21 needed."""

    tunes: list[Tune]
    ours: float
    theirs: float


class Heard(NamedTuple):
    """What music21 reads of a tune; bars are counted where it has them all in one part."""

    notes: list[Note]
    bars: int | None = None


# What music21 reads, tune by tune, or the reason that there is nothing.
Theirs = Callable[[Path], list["Heard | str"]]


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
        differs = ""
        if not isinstance(other, str):
            differs = difference(list(mine.notes), other.notes) or other_bars(mine, other)
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


def other_bars(ours: Melody, theirs: Heard) -> str:
    """How the numbers of bars differ, or nothing."""
    bars = len(ours.bar_lines())
    if ours.meter is None or theirs.bars in (None, bars):
        return ""
    return f"{bars} bars, music21 has {theirs.bars}"


def bars_of(score: Any) -> int:
    """The measures of the first part in which notes or rests stand."""
    measures = score.parts[0].getElementsByClass("Measure")
    return sum(bool(m.flatten().notesAndRests) and m.duration.quarterLength > 0 for m in measures)


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
    return check(path, kern_reader.read, kern_writer.write, kern_by_music21)


def kern_by_music21(path: Path) -> list[Heard | str]:
    from music21 import converter

    text = path.read_bytes().decode("latin-1")
    try:
        with redirect_stderr(StringIO()):  # a warning for every *MX
            score = converter.parseData(text, format="humdrum")
            return [Heard(notes_of(score), bars_of(score))]
    except Exception as error:  # whatever it meets, it is music21's
        return [f"{type(error).__name__}: {error}"]


def check_abc(path: Path) -> Checked:
    return check(path, abc_reader.read, abc_writer.write, abc_by_music21)


def abc_by_music21(path: Path) -> list[Heard | str]:
    """Tune by tune, each as ABC 2.1: for older files music21 drops accidentals after one note."""
    from music21 import converter

    found: list[Heard | str] = []
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n")
    for tune in re.split("^(?=X:)", text, flags=re.MULTILINE)[1:]:
        block = re.split(r"\n\s*\n", tune)[0]
        try:
            score = converter.parseData(f"%abc-2.1\n{block}\n", format="abc")
            found.append(Heard(notes_of(score)))
        except Exception as error:  # whatever it meets, it is music21's
            found.append(f"{type(error).__name__}: {error}")
    return found


def check_musicxml(path: Path) -> Checked:
    """Each part that sounds, by its number."""
    data = path.read_bytes()
    start = process_time()
    ours = [musicxml_reader.read(data, str(path))[0]]
    if "several parts" in str(ours[0]):
        data = mxl.unpacked(data) if mxl.is_packed(data) else data
        count = len(read_document(data).parts)
        start = process_time()
        ours = [
            musicxml_reader.read(data, str(path), ReadOptions(track=n + 1))[0] for n in range(count)
        ]
        start = process_time() - (process_time() - start) / count  # of reading the file once
    read_ours = process_time()
    others = musicxml_by_music21(path, len(ours))
    read_theirs = process_time()
    tunes = []
    for i, (mine, other) in enumerate(zip(ours, others, strict=True), 1):
        name = f"{path.parent.name}/{path.name}" + (f"/{i}" if len(ours) > 1 else "")
        failed = other if isinstance(other, str) else ""
        if isinstance(mine, ReadError):
            tunes.append(Tune(name, kind(mine.reason), failed, "", False))
            continue
        differs = "" if isinstance(other, str) else difference(rests_joined(mine.notes), other)
        tunes.append(Tune(name, "", failed, differs, not comes_back(mine)))
    return Checked(tunes, read_ours - start, read_theirs - read_ours)


def comes_back(melody: Melody) -> bool:
    """Whether it can be written and read again."""
    try:
        again = musicxml_reader.read(musicxml_writer.write(melody), "")[0]
    except SolfaError:  # a duration that no score has
        return False
    if isinstance(again, ReadError) or again.metadata != melody.metadata:
        return False
    same = rests_joined(again.notes) == rests_joined(melody.notes)
    return same and again.replace(notes=melody.notes, phrase_ends=melody.phrase_ends) == melody


def kind(reason: str) -> str:
    """A refusal without the names and numbers that it gives."""
    return re.sub("'[^']*'|[0-9]+", "...", reason.split(";")[0].split(":")[0])


def rests_joined(notes: Iterable[Note]) -> list[Note]:
    """Neighbouring rests as one, and none at the end."""
    joined: list[Note] = []
    for note in notes:
        if note.pitch is None and joined and joined[-1].pitch is None:
            joined[-1] = Note(None, joined[-1].duration + note.duration)
        else:
            joined.append(note)
    return joined[:-1] if joined and joined[-1].pitch is None else joined


def musicxml_by_music21(path: Path, count: int) -> list[list[Note] | str]:
    """Each of ``count`` parts at sounding pitch; if one is asked for, the one that has notes."""
    from music21 import converter

    try:
        with redirect_stderr(StringIO()), catch_warnings():
            simplefilter("ignore")
            score = converter.parse(path, forceSource=True, storePickle=False)
            score.toSoundingPitch(inPlace=True)
            # The staves of a part are parts of music21's, P1-Staff1 and P1-Staff2.
            groups = groupby(enumerate(score.parts), lambda part: staff_of(*part))
            found = [sequence_of([part for _, part in parts]) for _, parts in groups]
    except Exception as error:  # whatever it meets, it is music21's
        return [f"{type(error).__name__}: {error}"] * count
    if count == 1:
        found = [notes for notes in found if notes][:1] or [[]]
    return found if len(found) == count else [f"{len(found)} parts for {count}"] * count


def staff_of(place: int, part: Any) -> str:
    """The name of the part that a music21 staff belongs to; other parts are their own."""
    name, staff, _ = str(part.id).partition("-Staff")
    return name if staff else str(place)


def sequence_of(parts: list[Any]) -> list[Note] | str:
    """The notes of some music21 staves with the silences between them, or why they are no voice."""
    events: list[tuple[Fraction, Fraction, int, bool]] = []
    for part in parts:
        for element in part.flatten().notes:
            if (
                element.duration.isGrace
                or not element.quarterLength
                or "Harmony" in element.classes
            ):
                continue
            if not element.isNote:
                return "a chord, or unpitched"
            onset, length = (
                Fraction(time).limit_denominator(1 << 16)
                for time in (element.offset, element.quarterLength)
            )
            tied = element.tie is not None and element.tie.type in ("start", "continue")
            events.append((onset, onset + length, element.pitch.midi, tied))
    notes: list[tuple[Note, bool]] = []
    now = Fraction(0)
    for onset, end, pitch, tied in sorted(set(events)):
        if onset < now:
            return "several notes at once"
        if onset > now:
            notes.append((Note(None, onset - now), False))
        notes.append((Note(pitch, end - onset), tied))
        now = end
    return rests_joined(merge_ties(notes))


def check_midi(path: Path) -> Checked:
    """The one tune of a file beside the notes that mido reads."""
    data = path.read_bytes()
    start = process_time()
    [mine] = midi_reader.read(data, str(path))
    read_ours = process_time()
    other = struck_by_mido(path)
    read_theirs = process_time()
    failed = other if isinstance(other, str) else ""
    seconds = read_ours - start, read_theirs - read_ours
    if isinstance(mine, ReadError):
        return Checked([Tune(path.name, kind(mine.reason), failed, "", False)], *seconds)
    differs = "" if isinstance(other, str) else struck_otherwise(mine, other)
    [again] = midi_reader.read(midi_writer.write(mine), "")
    lost = again != mine or again.metadata != mine.metadata
    return Checked([Tune(path.name, "", failed, differs, lost)], *seconds)


def struck_by_mido(path: Path) -> list[tuple[float, int]] | str:
    """When each key is struck, in quarters, and its pitch; drums left out, doubled notes once."""
    import mido

    try:
        file = mido.MidiFile(path)
    except Exception as error:  # whatever it meets, it is mido's
        return f"{type(error).__name__}: {error}"
    struck = set()
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity and message.channel != 9:
                struck.add((now / file.ticks_per_beat, message.note))
    return sorted(struck)


def struck_otherwise(melody: Melody, theirs: list[tuple[float, int]]) -> str:
    """The first note that is not struck where mido has it, to a 48th of a quarter, or nothing."""
    ours = [
        (float(onset), note.pitch)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
        if note.pitch is not None
    ]
    for i, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if mine[1] != other[1] or abs(mine[0] - other[0]) > 1 / 48:
            return f"note {i} is {mine}, mido has {other}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} notes, mido has {len(theirs)}"


CHECKS: dict[str, tuple[set[str], Callable[[Path], Checked]]] = {
    "kern": ({".krn"}, check_kern),
    "abc": ({".abc"}, check_abc),
    "midi": ({".mid", ".midi"}, check_midi),
    "musicxml": ({".musicxml", ".xml", ".mxl"}, check_musicxml),
}
"""The suffixes of each notation, and how a file is checked."""


def report(notation: str, folders: Sequence[Path]) -> None:
    suffixes, check_file = CHECKS[notation]
    found = (path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes)
    paths = sorted(path for path in found if path.parent.name != "META-INF")
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
    other = "mido" if notation == "midi" else "music21"
    print(f"{other} fails on {len(failed)}")
    for tune in failed:
        print(f"  {tune.id}{' (refused by us too)' * bool(tune.refused)}: {tune.failed[:90]}")
    print(f"same notes: {len(both) - len(differ)} of the {len(both)} that both read")
    for tune in differ:
        print(f"  {tune.id}: {tune.differs}")
    ours, theirs = (
        1000 * sum(seconds) / len(tunes)
        for seconds in zip(*((file.ours, file.theirs) for file in files), strict=True)
    )
    print(f"CPU time a tune: {ours:.2f} ms, {other} {theirs:.1f} ms ({theirs / ours:.0f} times)")


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
        [tune] = kern_reader.read(data, str(path))
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
    parser.add_argument("folders", type=Path, nargs="*")
    args = parser.parse_args()
    folders = args.folders
    if not folders:
        if args.what not in ("abc", "musicxml"):
            parser.error(f"{args.what} needs a folder")
        folders = [corpus_folder()]
    if args.what == "spelling":
        spelling(folders[0])
    else:
        report(args.what, folders)


if __name__ == "__main__":
    main()
