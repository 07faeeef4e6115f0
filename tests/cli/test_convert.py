"""`solfa convert`: one file, a book, folders, standard input and output, and what is refused."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import solfa
from solfa.cli.convert import Change
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import melodies

TUNE = Melody(
    [Note(pitch, 1) for pitch in (62, 67, 69, 71, 74, 71, 67)],
    Key("G"),
    Meter(3, 4),
    1,
    metadata=Metadata(title="Mine", tempo=100),
)
CHORD = "X:9\nT:Two at once\nM:3/4\nL:1/4\nK:G\n[GB]GG|\n"


def abc(tune: Melody, number: int = 1) -> str:
    from solfa.formats import render

    return render(tune, ".abc").decode().replace("X:1", f"X:{number}")


@pytest.fixture
def book(tmp_path):
    """Two tunes, and between them one that cannot be read."""
    path = tmp_path / "book.abc"
    tunes = [abc(TUNE), CHORD, abc(TUNE.transpose(2), 2)]
    path.write_text("\n".join(tunes))
    return path


def test_a_file_becomes_another_by_its_suffix(run, tmp_path):
    TUNE.write(tmp_path / "a.krn")
    (tmp_path / "a.mid").write_text("in the way")
    refused = run("convert", "a.krn", "a.mid")
    assert refused.exit_code == 1
    assert "a.mid is there already, and differs; say --overwrite" in refused.output
    assert (tmp_path / "a.mid").read_text() == "in the way"
    done = run("convert", "a.krn", "a.mid", "--overwrite")
    assert done.exit_code == 0, done.output
    assert run("convert", "a.krn", "a.mid").exit_code == 0  # the same bytes
    assert done.stdout == "a.mid\n"
    assert solfa.read(tmp_path / "a.mid").pitches == TUNE.pitches
    assert run("convert", "a.krn", "-o", "b.abc").stdout == "b.abc\n"
    assert solfa.read(tmp_path / "b.abc") == TUNE


def test_standard_input_to_standard_output(run):
    done = run("convert", "-", "-", "--from", "abc", "--to", "krn", input=abc(TUNE))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("!!!OTL: Mine\n")
    again = run("convert", "-", "-", "--from", "krn", "--to", "mid", input=done.stdout)
    assert again.stdout_bytes.startswith(b"MThd")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-", "-", "--to", "krn"), "standard input has no suffix; say --from and one of krn"),
        (("-", "-", "--from", "abc"), "nothing says what to write into -; say --to"),
        (("-", "-", "--from", "abc", "--to", "krn,mid"), "standard output takes one file"),
        (("a.abc",), "nothing says where a.abc goes"),
        (("a.abc", "b"), "nothing says what to write into b; say --to"),
        (("a.abc", "b.docx"), "cannot write '.docx'; choose from"),
        (("a.abc", "b.svg", "--for", "kazoo"), "unknown instrument 'kazoo'; choose from piano"),
        (("a.abc", "b.svg", "--to-key", "H"), "H"),
        (("a.abc", "b.mid", "--tempo", "9"), "tempo 9 is outside 20..400"),
        (("a.abc", "b.mid", "--step", "x"), "step 'x' is no number of quarters"),
        (("a.abc", "b.mid", "--tune", "4"), "holds 3 tunes; choose one by its number"),
        (("a.abc", "b.mid", "--tune", "2"), "a chord"),
        (("nowhere.abc", "b.mid"), "nowhere.abc: cannot be read (No such file or directory)"),
        (("a.docx", "b.mid"), "cannot read '.docx'; choose from"),
    ],
)
def test_what_cannot_be_converted_is_one_line(run, book, tmp_path, arguments, why):
    book.rename(tmp_path / "a.abc")
    done = run("convert", *arguments, input="")
    assert done.exit_code == 1
    assert why in done.stderr
    assert done.stderr.startswith("solfa: ")
    assert len(done.output.splitlines()) == 1
    assert not (tmp_path / "b.mid").exists()


def test_a_book_becomes_a_folder_and_says_what_was_refused(run, book, tmp_path):
    done = run("convert", "book.abc", "out", "--to", "krn,mid")
    assert done.exit_code == 1
    names = [f"out/book-{number}.{suffix}" for number in (1, 3) for suffix in ("krn", "mid")]
    assert done.stdout.splitlines() == names
    assert solfa.read(tmp_path / "out/book-3.krn") == TUNE.transpose(2)
    line, summary = done.stderr.splitlines()
    assert line.startswith("solfa: book.abc, line ")
    assert summary == "4 files written, 1 refused"
    told = run("convert", "book.abc", "out", "--to", "krn,mid", "--json")
    found = json.loads(told.stdout)
    assert found["written"] == names
    (refused,) = found["refused"]
    assert refused["file"] == "book.abc"
    assert refused["line"] > len(abc(TUNE).splitlines())
    assert refused["reason"].startswith("a chord")


@pytest.mark.slow
def test_a_folder_keeps_its_shape_and_what_it_has(run, tmp_path):
    TUNE.write(tmp_path / "in/deep/a.krn")
    TUNE.transpose(1).write(tmp_path / "in/a.krn")
    TUNE.transpose(2).write(tmp_path / "in/a.abc")
    done = run("convert", "in", "out", "--to", "abc")
    assert done.stdout.splitlines() == ["out/a.abc", "out/a-2.abc", "out/deep/a.abc"]
    assert run("convert", "in", "out", "--to", "abc").stdout == done.stdout  # all as it was
    before = (tmp_path / "out/a.abc").read_bytes()
    other = ("convert", "in", "out", "--to", "abc", "--transpose", "3")
    done = run(*other)
    assert done.exit_code == 1
    assert done.stderr.count("is there already, and differs") == 3
    assert (tmp_path / "out/a.abc").read_bytes() == before
    assert run(*other, "--overwrite").exit_code == 0
    assert solfa.read(tmp_path / "out/deep/a.abc") == TUNE.transpose(3)


def test_one_tune_of_a_book(run, book, tmp_path):
    assert run("convert", "book.abc", "b.krn", "--tune", "3").stdout == "b.krn\n"
    assert solfa.read(tmp_path / "b.krn") == TUNE.transpose(2)


def test_the_setting_reaches_the_writer(run, tmp_path):
    TUNE.write(tmp_path / "a.krn")
    assert run("convert", "a.krn", "plain.svg").exit_code == 0
    assert run("convert", "a.krn", "bass.svg", "--clef", "bass").exit_code == 0
    plain, bass = ((tmp_path / f"{name}.svg").read_bytes() for name in ("plain", "bass"))
    assert plain != bass


@pytest.mark.slow
@given(melodies(), st.integers(0, 11))
def test_to_key_is_the_nearest_transposition(tune, tonic):
    assume(all(6 <= pitch <= 121 for pitch in tune.pitches))
    wanted = Key.of(tonic).tonic
    moved = Change(to_key=wanted).change()(tune)
    assert (moved.key.tonic, moved.key.mode) == (wanted, tune.key.mode)
    steps = {after - before for before, after in zip(tune.pitches, moved.pitches, strict=True)}
    assert len(steps) <= 1
    assert all(-6 < step <= 6 for step in steps)
    assert all((tune.key.pitch_class + step - tonic) % 12 == 0 for step in steps)


def test_a_file_for_one_tune_takes_no_book(run, book, tmp_path):
    done = run("convert", "book.abc", "b.mid")
    assert done.exit_code == 1
    assert "solfa: .mid takes one tune; several go into .abc, .svg, .png, .pdf" in done.stderr
    assert not (tmp_path / "b.mid").exists()
