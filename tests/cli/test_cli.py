"""The `solfa` command, through typer's runner and once as a process."""

import inspect
import json
import random
import re
import subprocess
import sys
from copy import copy
from pathlib import Path

import pytest
from hand_made_models import UNIFORM
from typer.testing import CliRunner

import solfa
from solfa import cli
from solfa.cli.options import FORMATS
from solfa.composing import compose as composing
from solfa.composing.request.ask import ask
from solfa.formats import WRITERS
from solfa.melody import Melody, Note

COMPOSE = ["compose", "--key", "G", "--meter", "3/4", "--bars", "4", "--seed", "7"]


def test_compose_prints_the_tune_and_where_its_files_lie(run, tmp_path):
    done = run(*COMPOSE, "--count", "2", "--out", "here", "--format", "abc, .mid,musicxml,krn")
    assert done.exit_code == 0, done.output
    assert done.output.count("K:G\n") == 2
    assert (
        "checked: every note in the scale of G major, 4 full bars of 3/4, ends on the tonic G"
        in done.output
    )
    assert "seed 7, tune 2 of 2" in done.output
    assert "NOT KEPT" not in done.output
    for index in (1, 2):
        for suffix in ("abc", "mid", "musicxml", "krn"):
            name = f"here/tune-g-major-3-4-4-bars-uniform-seed7-{index}-of-2.{suffix}"
            assert name in done.output
            assert (tmp_path / name).stat().st_size > 100
    first = solfa.read(tmp_path / "here/tune-g-major-3-4-4-bars-uniform-seed7-1-of-2.abc")
    assert first == solfa.read(
        tmp_path / "here/tune-g-major-3-4-4-bars-uniform-seed7-1-of-2.musicxml"
    )


def test_a_seed_that_was_printed_makes_the_tune_again(run):
    def tune(output):
        return output.split("checked:")[0]

    first = run("compose", "--bars", "2", "--format", "abc")
    seed = re.search(r"seed (\d+),", first.output)[1]
    again = run("compose", "--bars", "2", "--format", "abc", "--seed", seed)
    assert tune(again.output) == tune(first.output)


def test_continue_says_what_it_found(run):
    done = run("continue", "67 _ 69 _ 71 _ 67 _ _", "--bars", "2", "--format", "abc")
    assert done.exit_code == 0, done.output
    found = (
        "prompt: 4 notes in G major, 4/4, no pickup (key: found by analysis,"
        " metre: 4/4, as the notes are few, phrases: left to the model)"
    )
    assert found in done.output
    assert "3 full bars of 4/4" in done.output
    assert "prompt kept" in done.output


def test_a_tune_of_the_grid_is_told_in_symbols_too(run, tmp_path, monkeypatch):
    monkeypatch.setattr(composing, "as_model", lambda name: UNIFORM["grid"])
    prompt = "67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _"
    asked = ("compose", "--prompt", prompt, "--steps", "100", "--temperature", "0.3")
    done = run(*asked, "--meter", "4/4", "--pickup", "0", "--seed", "1")
    assert done.exit_code == 0, done.output
    assert "prompt: 7 notes in C major, 4/4, no pickup (key: found by analysis)\n" in done.output
    assert "100 steps in 4/4, all bars full but the last" in done.output
    (symbols,) = re.findall(r"^symbols: (.*)$", done.output, re.MULTILINE)
    assert symbols.startswith(f"{prompt} ")
    assert len(symbols.split()) == 100
    (text,) = (tmp_path / "tunes").glob("tune-c-major-4-4-100-steps-uniform-seed1-*-1.txt")
    stem = text.with_suffix("")
    assert stem.with_suffix(".txt").read_text() == f"{symbols}\n"
    written = {path.suffix for path in stem.parent.iterdir()}
    assert written == {".txt", *(f".{name}" for name in FORMATS.split(","))}


def test_a_tune_beside_the_grid_is_not_told_in_symbols(run, tmp_path):
    done = run(*COMPOSE)
    assert "symbols:" not in done.output
    written = {path.suffix for path in (tmp_path / "tunes").iterdir()}
    assert written == {f".{name}" for name in FORMATS.split(",")}


def test_continue_reads_a_file(run, tmp_path):
    tune = solfa.Melody([solfa.Note(67, 1)] * 4, solfa.Key("G", "dorian"), solfa.Meter(3, 4), 1)
    tune.write(tmp_path / "theme.abc")
    done = run("continue", "theme.abc", "--format", "abc")
    assert "4 notes in G dorian, 3/4, pickup 1 (phrases: left to the model)\n" in done.output
    assert "9 full bars of 3/4" in done.output


def test_compose_says_that_the_form_was_kept(run):
    done = run(
        *("compose", "--form", "AABA", "--phrase-bars", "2", "--cadences", "full full half full"),
        *("--largest-leap", "7", "--scale", "1 2 3 5 6", "--format", "abc"),
    )
    assert done.exit_code == 0, done.output
    assert "form A2A2B2A2, every A the same" in done.output
    assert "phrase 3 ends half" in done.output
    assert "every note in degrees 1 2 3 5 6 of C major, 8 full" in done.output
    done = run("continue", "67 _ _ _ " * 4, "--meter", "4/4", "--form", "AB", "--likeness", "0.5")
    assert done.output == (
        "solfa: likeness 0.5 needs a form that repeats, and form AB does not; write one like AABA\n"
    )


def test_infill_says_what_was_kept(run, tmp_path):
    notes = [solfa.Note(pitch, 1) for pitch in (67, 69, 71) * 5 + (67,)]
    tune = solfa.Melody(notes, solfa.Key("G"), solfa.Meter(3, 4), 1, phrase_ends=(6, 15))
    tune.write(tmp_path / "theme.abc")
    done = run("infill", "theme.abc", "--bars", "2,4-5", "--seed", "1", "--format", "abc")
    assert done.exit_code == 0, done.output
    assert "tune: 16 notes in G major, 3/4, pickup 1\n" in done.output
    assert "bars 0-1, 3 kept" in done.output
    assert "NOT KEPT" not in done.output
    assert "/tune-g-major-3-4-uniform-seed1-" in done.output  # no count of bars was asked
    assert "tune 1 of 1, the best of 8" in done.output
    done = run("infill", "theme.abc", "--phrases", "2", "--seed", "1", "--format", "abc")
    assert "phrases 1 kept" in done.output
    assert "the best of" not in done.output  # nothing follows
    written = [solfa.read(path) for path in (tmp_path / "tunes").iterdir()]
    assert len(written) == 2
    assert all(melody.duration == tune.duration for melody in written)
    for arguments, why in ((), "give bars like '5-8', or phrases"), (("--bars", "9"), "no bar 9"):
        done = run("infill", "theme.abc", *arguments)
        assert why in done.output
        assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compose", "--bars", "0", "--style", "x"], "bars 0 is outside 1..256"),
        (
            ["compose", "--format", "mp5"],
            "cannot write '.mp5'; did you mean '.mp3'? choose from .krn, .abc",
        ),
        (["compose", "--engraver", "x"], "unknown engraver 'x'; choose from verovio, musescore"),
        (["compose", "--out", "file/below"], "choose another folder"),
        (["continue", "nowhere.abc"], "there is no file nowhere.abc"),
        (["corpus", "prepare", "nowhere"], "no folder or repertoire 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_one_line_on_stderr(run, tmp_path, arguments, message):
    (tmp_path / "file").touch()
    done = run(*arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)  # not a traceback
    assert message in done.stderr
    assert done.stderr.startswith("solfa: ")
    assert done.stderr.count("\n") == 1


def test_a_missing_musescore_is_told_before_any_work(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SOLFA_MUSESCORE", "nowhere")
    monkeypatch.setattr(composing, "as_model", lambda name: pytest.fail("too late"))
    for command in (["compose"], ["continue", "67 _"]):
        done = run(*command, "--engraver", "musescore")
        assert done.exit_code == 1
        assert done.stderr.startswith("solfa: no program at SOLFA_MUSESCORE=nowhere; install it")
        assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_engraver_asked_for_draws(run, tmp_path, monkeypatch):
    """By a stand-in for MuseScore, which writes no more than its name."""
    program = tmp_path / "mscore"
    program.write_text("#!/bin/sh\necho by MuseScore > $2\n")  # mscore -o drawn.pdf
    program.chmod(0o755)
    monkeypatch.setenv("SOLFA_MUSESCORE", str(program))
    for command in (COMPOSE, ["continue", "67 _ 69 _", "--bars", "1", "--seed", "7"]):
        done = run(*command, "--engraver", "musescore", "--format", "pdf,abc")
        assert done.exit_code == 0, done.output
    drawn = list((tmp_path / "tunes").glob("*.pdf"))
    assert [path.read_text() for path in drawn] == ["by MuseScore\n"] * 2


def test_wrong_usage_is_2(run):
    assert run("compose", "--bars", "many").exit_code == 2
    assert run("compose", "--nonsense").exit_code == 2
    assert run("continue").exit_code == 2


def test_control_c_is_quiet(run, monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(composing, "as_model", interrupted)
    done = run("compose")
    assert done.exit_code == 130
    assert done.output == ""


def test_corpus_list_names_every_repertoire(run):
    done = run("corpus", "list")
    assert done.exit_code == 0
    assert all(f"\n{name} " in f"\n{done.output}" for name in solfa.corpora.REPERTOIRES)


def test_a_folder_is_a_corpus(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SOLFA_CACHE", str(tmp_path / "cache"))
    (tmp_path / "songs").mkdir()
    solfa.Melody([solfa.Note(67, 1)] * 4).write(tmp_path / "songs/a.krn")
    done = run("corpus", "prepare", "songs")
    assert done.output == "songs: 1 tunes, 0 refused\n"
    monkeypatch.setattr(solfa.corpora, "stats", lambda corpus: len(corpus))
    monkeypatch.setattr(solfa.corpora, "table", lambda count: f"{count} counted")
    assert run("corpus", "stats", "songs").output == "1 counted\n"


def test_every_default_is_the_librarys():
    library = inspect.signature(ask).parameters
    for name, parameter in inspect.signature(cli.compose.compose).parameters.items():
        if name in library:
            assert parameter.default == library[name].default, name
    assert all(f".{name}" in WRITERS for name in FORMATS.split(","))


def test_every_command_has_help(run):
    for command in (["compose"], ["continue"], ["infill"], ["corpus"], ["corpus", "list"]):
        done = run(*command, "--help")
        assert done.exit_code == 0
        assert "Usage" in done.output


def test_what_solfa_offers_imports_no_torch():
    code = (
        "import solfa, sys; solfa.compose, solfa.continue_, solfa.read, solfa.corpora;"
        "print(*sorted({'torch', 'music21', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_solfa_names_what_it_lacks():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        solfa.nonsense  # noqa: B018
    for name in solfa.__all__:
        assert getattr(solfa, name) is not None


def test_durations_that_cannot_be_read_are_one_line(run):
    done = run("corpus", "stats", "german", "--durations", "1 x")
    assert done.exit_code == 1
    assert done.output == (
        "solfa: cannot read durations '1 x'; write quarters like '0.5 1 3/2', or 'report'\n"
    )


def test_what_cannot_be_trained_says_what_can(run):
    done = run("train", "gru")
    assert done.exit_code == 1
    assert done.output.startswith("solfa: 'gru' cannot be trained; choose from melody_lstm")


@pytest.fixture
def folder(tmp_path):
    """Sixty tunes of random notes, each a family of its own."""
    draw = random.Random(1)
    for number in range(60):
        notes = [Note(draw.randrange(60, 76), 1) for _ in range(15)]
        Melody((*notes, Note(60, 1)), phrase_ends=(7, 15)).write(tmp_path / f"mine/{number}.krn")
    return tmp_path / "mine"


@pytest.mark.slow
def test_evaluate_says_what_was_given(run, monkeypatch, folder):
    monkeypatch.setattr("solfa.evaluation.evaluate.load_model", lambda name: UNIFORM["notes"])
    done = run("evaluate", "uniform", "--corpus", "mine", "--json", "--phrases")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["given"] == ["key", "metre", "phrase marks of the past"]
    assert set(facts["bits_per_note"]) == {"total", "pitch", "duration"}
    assert facts["notes"] == 16 * facts["songs"] > 0


@pytest.mark.slow
def test_a_folder_of_tunes_becomes_a_model_that_composes(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)

    def command(*arguments):
        done = CliRunner().invoke(cli.app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    train = ("train", "melody_lstm", "--corpus", "mine", "--epochs", "1", "--out", "run")
    assert "best: epoch 1" in command(*train)
    said = command("compose", "--model", "run/exported", "--bars", "4", "--format", "abc,krn")
    assert "4 full bars of 4/4" in said
    assert "bits a note" in command("evaluate", "run/exported", "--corpus", "mine")


def test_a_tune_never_takes_the_place_of_another(run, tmp_path):
    first = run(*COMPOSE, "--format", "abc")
    again = run(*COMPOSE, "--format", "abc")
    (path,) = (tmp_path / "tunes").iterdir()
    path.write_text("another's")
    other = run(*COMPOSE, "--format", "abc")
    paths = [done.output.strip().splitlines()[-1] for done in (first, again, other)]
    assert paths == [
        "tunes/tune-g-major-3-4-4-bars-uniform-seed7-1.abc",
        "tunes/tune-g-major-3-4-4-bars-uniform-seed7-1.abc",
        "tunes/tune-g-major-3-4-4-bars-uniform-seed7-1-2.abc",
    ]
    assert path.read_text() == "another's"
    assert len(list((tmp_path / "tunes").iterdir())) == 2


def test_names_tell_models_and_requests_apart(run, tmp_path, monkeypatch):
    other = copy(UNIFORM["notes"])
    other.name = "another"
    for more in ((), ("--bars", "2"), ("--scale", "pentatonic"), ("--count", "2")):
        assert run(*COMPOSE, "--format", "abc", *more).exit_code == 0
    monkeypatch.setattr(composing, "as_model", lambda name: other)
    assert run(*COMPOSE, "--format", "abc").exit_code == 0
    names = sorted(path.name for path in (tmp_path / "tunes").iterdir())
    assert len(names) == 6
    assert all(
        re.fullmatch(r"tune-g-major-3-4-[24]-bars-\w+-seed7-(\w{6}-)?[12](-of-2)?.abc", n)
        for n in names
    )


def test_tunes_that_are_done_are_kept_when_it_is_interrupted(run, tmp_path, monkeypatch):
    def interrupted(finished, listen, **asked):
        for tune in composing.compose(**asked)[:2]:
            finished(tune)
        raise KeyboardInterrupt

    monkeypatch.setattr(solfa, "compose", interrupted, raising=False)
    done = run(*COMPOSE, "--count", "3", "--format", "abc,mid", "--json")
    assert done.exit_code == 130
    told = json.loads(done.stdout)["tunes"]
    assert len(told) == 2
    assert {path.name for path in (tmp_path / "tunes").iterdir()} == {
        Path(name).name for tune in told for name in tune["files"]
    }


def test_a_sheet_is_replaced_only_where_that_is_asked_for(run, tmp_path):
    (tmp_path / "sheet.svg").write_text("kept")
    asked = (*COMPOSE, "--format", "abc", "--sheet", "sheet.svg")
    done = run(*asked)
    assert done.exit_code == 1
    assert "sheet.svg is there already, and differs; say --overwrite" in done.output
    assert (tmp_path / "sheet.svg").read_text() == "kept"
    assert run(*asked, "--overwrite").exit_code == 0
    assert run(*asked).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--out", "file.abc"), "cannot write to file.abc; choose another folder"),
        (("--format", ","), "cannot write '.'; choose from .krn, .abc"),
        (("--key", "G minor", "--mode", "major"), "key 'G minor' and mode 'major' contradict"),
        (("--key", "Fb minor"), "key Fb minor has 11 accidentals; write E minor"),
        (("--prompt", "x.docx"), "prompt: there is no file x.docx; give a tune's file"),
        (("--prompt", "nope"), "prompt: there is no file nope"),
        (("--prompt", "."), "prompt: . is a folder"),
        (("--prompt", "67 x"), "prompt: symbol 2 is 'x'"),
        (("--prompt", "67 / 67"), "prompt: symbol 2 is '/'"),
        (("--bars", "16", "--steps", "500"), "bars 16 and steps 500 contradict; leave one out"),
    ],
)
def test_more_bad_requests_are_one_line_before_any_work(run, tmp_path, arguments, why):
    (tmp_path / "file.abc").write_text("kept")
    done = run("compose", *arguments)
    assert done.exit_code == 1
    assert why in done.output
    assert len(done.output.splitlines()) == 1
    assert (tmp_path / "file.abc").read_text() == "kept"


def test_formats_asked_for_twice_are_written_once(run):
    assert run(*COMPOSE, "--format", "abc,abc").output.count("seed7-1.abc") == 1


def test_training_without_torch_says_what_to_install(run, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("solfa.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = run("train", "melody_lstm")
    assert done.exit_code == 1
    assert "run: pip install 'solfa[train]'" in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        *(("compose", "--bars", "x"), ("compose", "--likeness", "very"), ("infill",)),
        *(("compose", "--nonsense"), ("nonsense",), ("infill", "67", "--candidates", "1.5")),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(run, arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith("solfa: ")
    assert len(done.output.splitlines()) == 1
    named = "FILE_OR_SYMBOLS" if arguments == ("infill",) else arguments[-1]
    assert named in done.output


def test_latent_tunes_are_written_and_the_way_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        done = CliRunner().invoke(cli.app, ["latent", *arguments, "--format", "abc"])
        assert done.exit_code == 0, done.output
        return done.output

    assert command("sample", "--count", "2", "--meter", "3/4", "--seed", "1").count("checked:") == 2
    first, last = "67 _ _ _ 71 _ _ _ 74 _ _ _ 67 _ _ _", "72 _ 72 _ 71 _ _ _ 69 _ _ _ 67 _ _ _"
    assert "vae (point 1 of 1)" in command("reconstruct", first)
    said = command("walk", first, last, "--points", "3", "--picture", "way.png")
    assert "vae (point 3 of 3)" in said
    assert (tmp_path / "way.png").read_bytes().startswith(b"\x89PNG")
    said = command("vary", first, "--count", "2", "--likeness", "0.5")
    assert "melody_vae (variation 2)" in said
    said = command(
        "sample", "--model", "melody_vae", "--form", "AB", "--meter", "2/4", "--seed", "1"
    )
    assert "8 full bars of 2/4" in said
    done = CliRunner().invoke(cli.app, ["latent", "sample", "--model", "melody_lstm"])
    assert done.exit_code == 1
    assert done.output == (
        "solfa: melody_lstm has no latent space; choose vae, melody_vae, or a folder of one\n"
    )
