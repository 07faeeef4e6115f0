"""What `import solfa` offers: its names, what it takes, and what a type checker makes of it."""

import doctest
import io
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import solfa
from solfa import Melody, Metadata, Meter, Note, plots
from solfa.analysis.form import find_form
from solfa.analysis.harmony import harmonise
from solfa.analysis.solmization import syllables
from solfa.corpora import repertoires
from solfa.errors import ReadError, SolfaError
from solfa.formats import READERS, read_all, render, render_all, write, write_all
from solfa.formats.musicxml import streams
from solfa.melody import as_melody
from strategies import joined, melodies, notes_of, sung

ROOT = Path(__file__).parents[1]
TUNE = Melody(
    [Note(62, 1), Note(67, 1), Note(None, 1), Note(71, 3), Note(67, "3/2"), Note(62, 0.5)],
    "G",
    "3/4",
    pickup=1,
    phrase_ends=(2, 5),
    metadata=Metadata(title="Grüße"),
)
law = settings(max_examples=25, deadline=None)


# Names


def test_dir_shows_what_is_public_and_nothing_else() -> None:
    __import__("solfa.formats.kern")
    assert dir(solfa) == sorted(solfa.__all__)
    shown = {"Note", "Key", "Meter", "Melody", "Metadata", "Request", "Composition", "compose"}
    assert shown <= {*dir(solfa)}
    assert all(getattr(solfa, name) is not None for name in dir(solfa))


def test_names_that_come_later_are_those_of_their_modules() -> None:
    for name, module in {**solfa._LATER, **solfa._MODULES}.items():
        home = import_module(module)
        found = home if name in solfa._MODULES else getattr(home, name)
        assert getattr(solfa, name) is found
        assert getattr(found, "__module__", module) == module
    known = {*solfa._LATER, *solfa._MODULES, "SolfaError", "__version__"}
    errors = {"ModelError", "ReadError", "RequestError"}
    assert known | errors | {"Note", "Key", "Meter", "Melody", "Metadata"} == {*solfa.__all__}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("compos", "module 'solfa' has no attribute 'compos'; did you mean 'compose'?"),
        ("melody_", "module 'solfa' has no attribute 'melody_'; did you mean 'Melody'?"),
        ("continue", "module 'solfa' has no attribute 'continue'; did you mean 'continue_'?"),
        ("xyzzy", "module 'solfa' has no attribute 'xyzzy'; choose from Composition, Key"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(solfa, name)
    assert str(error.value).startswith(message)


def test_a_traceback_names_the_nearest_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import solfa; solfa.compos"], capture_output=True, text=True
    )
    assert done.stderr.lower().count("did you mean") == 1


# Examples


@pytest.mark.parametrize("module", ["solfa.melody", "solfa.formats"])
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    found = doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0


def test_the_examples_on_the_page_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 2
    names: dict[str, Any] = {}
    for text in blocks:
        exec(compile(text, "api.md", "exec"), names)


# Reading

ABC = "X:1\nM:3/4\nL:1/4\nK:G\nD|G2B|\n"


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_bytes_and_open_files_are_read_as_the_file_is(suffix: str, tmp_path: Path) -> None:
    path = TUNE.write(tmp_path / f"tune{suffix}")
    expected, data = solfa.read(path), path.read_bytes()
    form = suffix[1:]
    assert solfa.read(str(path)) == solfa.read(data, suffix) == expected
    assert solfa.read(io.BytesIO(data), form.upper()) == solfa.read(data, format=form) == expected
    with path.open("rb") as file:
        assert solfa.read(file) == expected  # by its name
    assert solfa.read(path.rename(tmp_path / "named.dat"), format=form) == expected


@pytest.mark.parametrize("suffix", [".krn", ".abc", ".musicxml", ".esac", ".txt", ".sol"])
def test_text_is_read_as_the_file_is(suffix: str, tmp_path: Path) -> None:
    path = TUNE.write(tmp_path / f"tune{suffix}")
    expected, text = solfa.read(path), path.read_text(encoding="utf-8")
    assert solfa.parse(text, suffix[1:]) == expected
    assert solfa.read(io.StringIO(text), suffix) == expected
    with path.open(encoding="utf-8") as file:
        assert solfa.read(file) == expected


def test_choices_are_those_of_a_file() -> None:
    repeated = "X:1\nM:3/4\nL:1/4\nK:G\n|:GAB:|\n"
    assert len(solfa.parse(repeated, "abc", unfold=True)) == 6
    assert len(solfa.read(repeated.encode(), "abc", unfold=True)) == 6
    assert len(read_all(io.StringIO(2 * f"{ABC}\n"), format="abc")) == 2


def closed() -> io.BytesIO:
    file = io.BytesIO(b"")
    file.close()
    return file


class Odd:
    def read(self, size: int = -1) -> object:
        return object()


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: solfa.read(ABC), "text is given for a path; solfa.parse(text, 'abc') reads text"),
        (lambda: solfa.read(b"X:1"), "has no name to tell the format by; give it, such as format='abc'"),
        (lambda: solfa.read(io.StringIO(ABC)), "has no name to tell the format by; give it, such as format='abc'"),
        (lambda: solfa.read(7), "int is nothing to read from; give a path, bytes or an open file"),
        (lambda: solfa.read(TUNE), "Melody is nothing to read from; give a path, bytes or an open file"),
        (lambda: solfa.read(b"", "doc"), "cannot read '.doc'; choose from .krn, .abc, .musicxml, .xml, .mxl, .esac, .mid, .midi, .txt, .sol"),
        (lambda: solfa.read(closed(), "abc"), "cannot be read (I/O operation on closed file.)"),
        (lambda: solfa.read(Odd(), "abc"), "gives object, neither bytes nor text"),
        (lambda: solfa.read("a\0b.abc"), r"a\x00b.abc: cannot be read (no file has such a name)"),
        (lambda: solfa.read(io.TextIOWrapper(io.BytesIO(b"\xff"), "utf-8"), "abc"), "is no text; open it as bytes, with 'rb'"),
        (lambda: solfa.parse(b"X:1", "abc"), "bytes is no text; solfa.read takes bytes and open files"),
        (lambda: solfa.parse(2 * f"{ABC}\n", "abc"), "holds 2 tunes; give a file with one"),
        (lambda: solfa.parse("X:1\nL:1/4\nK:C\n[CE]|", "abc"), "text, line 4: a chord; give one voice, or take its top with top=True (--top)"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(read: Callable[[], Any], message: str) -> None:
    with pytest.raises(SolfaError) as error:
        read()
    assert str(error.value).partition(", example")[0] == message


def test_a_file_open_for_writing_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.abc").open("wb") as file, pytest.raises(ReadError, match=r"cannot be read"):
        solfa.read(file)


# music21 and pretty_midi


SINGING = melodies(notes_of(low=20, high=110), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sung(SINGING.filter(lambda tune: tune.pitches)))
def test_a_melody_comes_back_from_music21(melody: Melody) -> None:
    again = Melody.from_music21(melody.to_music21())
    assert joined(again) == joined(melody)
    assert again.tempo == melody.tempo
    words = [[word for word in verse if word] for verse in melody.lyrics]
    assert [[word for word in verse if word] for verse in again.lyrics] == words


def test_a_missing_music21_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (streams, repertoires):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    remedy = re.escape("run: pip install 'solfa[corpora]'")
    for ask in (TUNE.to_music21, lambda: Melody.from_music21(None), repertoires.corpus_folder):
        with pytest.raises(SolfaError, match=remedy):
            ask()


def test_free_metre_and_title_come_back_from_music21() -> None:
    free = TUNE.replace(meter=None, pickup=0)
    again = Melody.from_music21(free.to_music21())
    assert again == free
    assert again.metadata == free.metadata


def test_streams_without_bars_are_read() -> None:
    from music21 import chord, meter, note, stream

    tune = stream.Stream([meter.TimeSignature("3/4")])
    tune.append([note.Note("C4"), note.Note("E4", quarterLength=2)])
    melody = Melody.from_music21(tune)
    assert (melody.notes, melody.meter) == ((Note(60, 1), Note(64, 2)), Meter(3, 4))
    assert melody.metadata.title == ""
    two = stream.Stream([chord.Chord("C4 E4", quarterLength=4)])
    assert Melody.from_music21(two, top=True).pitches == (64,)
    for given_, message in (
        (two, "a chord; give one voice, or take its top with top=True (--top)"),
        (stream.Stream(), "a stream without notes; give one with a tune"),
        (7, "int is no music21 stream of notes"),
    ):
        with pytest.raises(ReadError) as error:
            Melody.from_music21(given_)
        assert str(error.value) == message


@law
@given(melodies(notes_of(low=20, high=110), max_size=8), st.none() | st.integers(30, 240))
def test_pretty_midi_has_every_note_at_its_time(melody: Melody, tempo: int | None) -> None:
    melody = melody.replace(metadata=Metadata(tempo=tempo))
    found = melody.to_pretty_midi()
    second = 60 / (melody.tempo or 100)
    expected = [
        (note.pitch, float(onset) * second, float(end) * second)
        for note, onset, end in zip(melody, melody.onsets(), melody.ends(), strict=True)
        if note.pitch is not None
    ]
    sounds = [(n.pitch, n.start, n.end) for part in found.instruments for n in part.notes]
    assert [p for p, *_ in sorted(sounds, key=lambda n: n[1])] == [p for p, *_ in expected]
    assert sounds == [pytest.approx(one, abs=0.01) for one in expected]


# Compositions


@cache
def composition() -> solfa.Composition:
    return solfa.compose(bars=2, seed=1)[0]


def test_a_composition_is_taken_where_a_melody_is(tmp_path: Path) -> None:
    made = composition()
    tune = made.melody
    assert as_melody(made) is as_melody(tune) is tune
    assert render(made, ".abc") == render(tune, ".abc")
    assert render_all([made, tune], ".abc") == render_all([tune, tune], ".abc")
    assert write(made, tmp_path / "one.mid").read_bytes() == render(tune, ".mid")
    write_all([made], tmp_path / "book.abc")
    assert (find_form(made), syllables(made), harmonise(made)) == (
        find_form(tune), syllables(tune), harmonise(tune),
    )  # fmt: skip
    from matplotlib.figure import Figure

    for plot in (plots.piano_roll, plots.contour, plots.pitch_classes, plots.intervals):
        assert plot(made, tune, ax=Figure().subplots()).get_legend() is not None
    plots.self_similarity(made, ax=Figure().subplots())


@pytest.mark.parametrize("take", [as_melody, lambda x: render(x, ".abc"), find_form, syllables])
def test_what_is_no_melody_is_refused(take: Callable[[Any], object]) -> None:
    with pytest.raises(SolfaError) as error:
        take("tune.abc")
    assert str(error.value) == "str is no melody; give a Melody or a Composition"


# Types

GOOD = """
import io
from collections.abc import Sequence
from fractions import Fraction
import solfa
from solfa.formats import write_all

tune = solfa.Melody([solfa.Note(60, 1), solfa.Note(None, "1/2"), solfa.Note(62, 0.5)])
sung = solfa.Melody(iter(tune), "F# minor", "3/4", pickup=1, lyrics=[["la", "", "la"]])
other = solfa.Melody(tune.notes, solfa.Key("G"), None, metadata=solfa.Metadata(title="x", tempo=90))
changed = tune.replace(key="G", meter=solfa.Meter(6, 8), notes=[solfa.Note(60, Fraction(1, 3))])
pitch: int | None = tune[0].pitch
notes: Sequence[solfa.Note] = tune[1:]
count: int = len(tune.slice_bars(1, 2))
ends: tuple[Fraction, ...] = tune.ends()
tempo: int | None = tune.tempo
made: solfa.Composition = solfa.compose(bars=4, key="G")[0]
request: solfa.Request = made.request
solfa.compose(key="G", meter="3/4", range="C4-G5", count=2, rest_free=True, prompt=made)
write_all([made, tune], "book.abc")
solfa.plots.piano_roll(made, tune)
read: solfa.Melody = solfa.read(io.BytesIO(b""), format="mid")
also: solfa.Melody = solfa.read(io.StringIO(""), "abc") if count else solfa.read("tune.abc")
text: solfa.Melody = solfa.parse("K:C", "abc")
try:
    solfa.read(b"", "mid", voice=1).transpose(2).write("tune.mid")
except solfa.SolfaError:
    pass
"""
BAD = """
import solfa
solfa.compos(bars=4)
tune = solfa.Melody([60, 62])
solfa.Note("C4", 1)
solfa.Melody(tune.notes, keys="G")
tune.replace(meters="3/4")
tune.tempi
tune.slice_bars("1")
solfa.read(7)
solfa.parse(b"", "abc")
solfa.plots.piano_roll("tune.abc")
solfa.compose(barz=4)
solfa.continue_(tune, key=5)
"""


@pytest.mark.slow
def test_a_type_checker_passes_good_calls_and_finds_wrong_names(tmp_path: Path) -> None:
    assert (Path(solfa.__file__).parent / "py.typed").is_file()
    for name, text in (("good", GOOD), ("bad", BAD)):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    source = Path(solfa.__file__).parents[1]
    command = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        str(ROOT / "pyproject.toml"),
    )
    found = {}
    for name in ("good", "bad"):
        done = subprocess.run(
            [*command, "--cache-dir", str(tmp_path / "cache"), str(tmp_path / f"{name}.py")],
            capture_output=True, text=True, cwd=source.parent,
        )  # fmt: skip
        found[name] = {int(line) for line in re.findall(r"\w+\.py:(\d+): error", done.stdout)}
        assert "Success" in done.stdout or found[name], done.stdout + done.stderr
    assert found["good"] == set()
    assert found["bad"] == set(range(3, 15)), found
