"""MuseScore: drawn for real where it is installed (always in CI), and stood in for by scripts."""

import os
import re
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given, settings

from solfa.errors import SolfaError
from solfa.formats import render, write
from solfa.formats.engraving import musescore
from solfa.formats.engraving.musescore import convert, write_pdf, write_png, write_svg
from solfa.formats.midi import reader as midi
from solfa.formats.musicxml import writer as musicxml
from solfa.formats.musicxml.reader import read as read_musicxml
from solfa.formats.write_options import ENGRAVERS, WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, MeterChange, Note
from strategies import joined, melodies


def installed() -> bool:
    try:
        return bool(musescore.program())
    except SolfaError:
        return False


needs_musescore = pytest.mark.skipif(
    not installed() and "CI" not in os.environ, reason="needs MuseScore: apt install musescore3"
)


def tune(text: str, **fields: object) -> Melody:
    """``67:1 r:1/2`` as a melody."""
    parts = (part.split(":") for part in text.split())
    notes = (Note(None if p == "r" else int(p), Fraction(d)) for p, d in parts)
    return Melody(tuple(notes), **fields)  # type: ignore[arg-type]


WALK = tune(
    "62:1/2 67:1 71:1/2 69:1 66:1/2 67:3/2 74:3/2 76:1/2 74:1/2 73:1/2 74:1 71:1/2 69:5/2 72:1/2 71:1/2 69:1/2 67:1 66:1/2 67:5/2",
    key=Key("G"),
    meter=Meter(6, 8),
    pickup=Fraction(1, 2),
    phrase_ends=(6, 12, 18),
    metadata=Metadata(title="Über den Hügel", tempo=84, style="german"),
)
HUNDRED_BARS = tune("67:1/2 69:1/2 71:1 72:1 74:1 " * 100, meter=Meter(4, 4))


def signs(picture: bytes) -> Counter[str | None]:
    """How many signs of each class MuseScore drew: notes, ties, breaths."""
    return Counter(sign.get("class") for sign in ET.fromstring(picture).iter())


def pixels(png: bytes) -> np.ndarray:
    """Brightness, shape (height, width)."""
    return matplotlib.image.imread(BytesIO(png), format="png")[..., :3].mean(axis=-1)


@needs_musescore
def test_every_sign_is_drawn() -> None:
    drawn = signs(write_svg(WALK))
    told = Counter(element.tag for element in ET.fromstring(musicxml.write(WALK)).iter())
    assert drawn["Note"] == told["pitch"] == 23
    assert drawn["NoteDot"] == told["dot"]
    assert drawn["Accidental"] == told["accidental"] == 1
    assert drawn["TieSegment"] == told["tie"] > 0  # two to a tie in either
    assert drawn["Breath"] == told["breath-mark"] - 1 == 2  # none at the end
    assert drawn["BarLine"] == told["measure"] + 1  # the last one is two strokes
    assert drawn["Text"] == 1  # the title


@needs_musescore
@pytest.mark.parametrize(
    "melody", [WALK, pytest.param(HUNDRED_BARS, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_the_picture_is_the_music_within_even_margins(melody: Melody) -> None:
    image = pixels(write_png(melody))
    rows, columns = np.nonzero(image < 0.5)
    edges = (rows[0], image.shape[0] - 1 - rows[-1], columns.min(), image.shape[1] - 1 - columns.max())  # fmt: skip
    assert all(abs(edge - 36) < 4 for edge in edges)  # pixels
    assert 0.01 < (image < 0.5).mean() < 0.2
    assert 1500 < image.shape[1] < 1800


@pytest.mark.slow
@needs_musescore
def test_all_sheets_are_there_staves_in_line() -> None:
    picture = write_svg(HUNDRED_BARS)
    assert signs(picture)["Note"] == len(HUNDRED_BARS.notes)
    root = ET.fromstring(picture)
    assert len(root) == len(sheets(write_pdf(HUNDRED_BARS))) == 2
    bottoms = [float(s.get("y", "")) + float(s.get("height", "")) for s in root]
    assert float(root[1].get("y", "")) == bottoms[0]
    assert float(root.get("viewBox", "").split()[-1]) == pytest.approx(bottoms[1])
    lefts = {s.get("points", "").split(",")[0] for s in root.iterfind(".//*[@class='StaffLines']")}
    assert len(lefts) == 1
    assert not signs(picture)["Page"]  # no number in the middle of a picture


def sheets(pdf: bytes) -> list[bytes]:
    return re.findall(rb"/Type /Page\b", pdf)


@needs_musescore
def test_a_pdf_is_a_sheet_of_paper() -> None:
    pdf = write_pdf(WALK)
    assert pdf.startswith(b"%PDF-")
    assert len(sheets(pdf)) == 1


@pytest.mark.slow
@needs_musescore
def test_the_same_melody_is_the_same_file() -> None:
    first = {
        suffix: render(WALK, suffix, WriteOptions("musescore")) for suffix in ENGRAVERS["musescore"]
    }
    time.sleep(1 - time.time() % 1)  # a PDF knows the second of its making
    assert {suffix: render(WALK, suffix, WriteOptions("musescore")) for suffix in first} == first


@needs_musescore
def test_a_long_title_keeps_clear_of_the_music() -> None:
    long = WALK.replace(metadata=Metadata(title="Wenn alle Brünnlein fließen " * 8))
    (sheet,) = ET.fromstring(write_svg(long))
    title = sheet.findall("*[@class='Text']")
    staff = float(
        sheet.findall("*[@class='StaffLines']")[0].get("points", "").split(",")[1].split()[0]
    )
    assert max(musescore._corners(letters)[3] for letters in title) < staff - 50  # two staff spaces
    assert musescore._corners(sheet)[2] < 2976  # within the paper


@needs_musescore
def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for home in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(home, str(tmp_path))
    write_pdf(WALK)
    assert list(tmp_path.iterdir()) == []


TUNES = {
    "pickup, 6/8, rests, a tie": tune(
        "67:1/2 72:1 74:1/2 76:3/4 74:1/4 72:1/2 69:3/2 67:5/2 r:1/2 72:3/2",
        key=Key("F"), meter=Meter(6, 8), pickup=Fraction(1, 2), phrase_ends=(5, 9),
        metadata=Metadata(title="Grüße", tempo=96),
    ),
    "minor": tune(
        "62:1 64:1 65:1/2 67:1/2 69:1 70:1/2 69:1/2 68:1/2 69:1/2 73:1 61:1 r:1 62:3",
        key=Key("D", "minor"), meter=Meter(4, 4), phrase_ends=(4, 9, 12),
    ),
    "ties over many bars": tune("67:5 69:5/2 71:1/2 72:7/2 67:9/2", meter=Meter(3, 4)),
    "triplets": tune(
        "67:1/3 69:1/3 71:1/3 72:2/3 71:1/3 69:1 74:1/6 72:1/6 71:1/6 69:1/2 67:1",
        key=Key("G"), meter=Meter(2, 4), phrase_ends=(5, 10),
    ),
    "rests": tune("r:1 67:1 r:1/2 69:1/2 r:5 71:3/4 r:1/4 67:3", key=Key("G"), meter=Meter(3, 4)),
    "a change of metre": tune(
        "67:1 69:1 71:1 72:1 74:1 71:1 67:2",
        key=Key("G"), meter=Meter(3, 4), meter_changes=(MeterChange(Fraction(3), Meter(2, 4)),),
    ),
    "six sharps": tune("66:1 68:1 70:1 71:1 77:2 66:2", key=Key("F#"), meter=Meter(4, 4)),
}  # fmt: skip


@needs_musescore
@pytest.mark.slow
@pytest.mark.parametrize("melody", TUNES.values(), ids=TUNES)
def test_musescore_reads_the_same_tune(melody: Melody) -> None:
    """Our MusicXML through MuseScore into its own MusicXML and MIDI, and back."""
    (score,) = read_musicxml(convert(melody, ".musicxml")[0], "")
    assert isinstance(score, Melody), score
    assert joined(score) == joined(melody)
    told = (melody.metadata.title, melody.metadata.tempo)
    assert (score.metadata.title, score.metadata.tempo) == told
    (sound,) = midi.read(convert(melody, ".mid")[0], "")
    assert isinstance(sound, Melody), sound
    assert joined(sound).notes == joined(melody).notes
    assert sound.meter == melody.meter


@needs_musescore
@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(melodies(max_size=8).filter(lambda m: m.pitches))
def test_any_melody_is_drawn_note_for_note(melody: Melody) -> None:
    try:
        written = ET.fromstring(musicxml.write(melody)).findall(".//note/pitch")
    except SolfaError:
        return  # no score can say it
    assert signs(write_svg(melody))["Note"] == len(written)


def stand_in(folder: Path, script: str) -> str:
    """A program that behaves as the shell script says."""
    path = folder / "mscore"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo one; echo 'cannot load font' >&2; exit 3", r"failed \(3\): cannot load font"),
        ("kill -ABRT $$", r"failed \(-6\): it says nothing"),
        ("exit 0", "wrote no pdf"),
        ("exec sleep 60", "took more than 0.2 seconds"),
    ],
)
def test_a_failure_is_one_line(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLFA_MUSESCORE", stand_in(tmp_path, script))
    monkeypatch.setattr(musescore, "PATIENCE", 0.2 if "sleep" in script else 60)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SolfaError, match=f"MuseScore {message}") as error:
        write(WALK, tmp_path / "tune.pdf", engraver="musescore")
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["mscore"]


def test_a_program_that_cannot_be_run_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mscore").write_bytes(b"\x7fELF")
    (tmp_path / "mscore").chmod(0o755)
    monkeypatch.setenv("SOLFA_MUSESCORE", str(tmp_path / "mscore"))
    with pytest.raises(SolfaError, match="MuseScore cannot be run: Exec format error"):
        write_svg(WALK)


def test_a_missing_program_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOLFA_MUSESCORE", raising=False)
    monkeypatch.setattr(musescore, "PROGRAMS", ("mscore3", "mscore"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SolfaError, match=r"MuseScore is not found; install it .*musescore3"
    ) as error:
        WALK.write(tmp_path / "tune.png", engraver="musescore")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
    found = stand_in(tmp_path, "exit 0")
    assert musescore.program() == found
    monkeypatch.setenv("SOLFA_MUSESCORE", "/nowhere/mscore")
    with pytest.raises(SolfaError, match="no program at SOLFA_MUSESCORE=/nowhere/mscore; install"):
        musescore.program()


def test_the_engraver_matters_to_pictures_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SolfaError, match="unknown engraver 'lilypond'; choose from verovio, muse"):
        render(WALK, ".svg", WriteOptions("lilypond"))
    monkeypatch.setenv("SOLFA_MUSESCORE", stand_in(tmp_path, "exit 1"))
    assert render(WALK, ".abc", WriteOptions("musescore")) == render(WALK, ".abc")
    with pytest.raises(SolfaError, match=r"cannot write '.mp4'; did you mean '.mp3'"):
        render(WALK, ".mp4", WriteOptions("musescore"))
