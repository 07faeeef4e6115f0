"""`solfa show`: facts in words and as JSON, the score, pictures in terminals."""

import json
from base64 import b64decode

import pytest
from test_convert import CHORD, TUNE, abc

from solfa.cli.terminal import iterm2, kitty, protocol
from solfa.melody import Key, Melody, Meter, Note

KEYS = {
    *(
        "file",
        "tune",
        "title",
        "key",
        "key_of_notes",
        "found",
        "key_changes",
        "meter",
        "meter_changes",
        "pickup",
    ),
    *("bars", "notes", "rests", "range", "duration", "seconds", "tempo", "phrases_marked", "form"),
    *("phrases", "alike", "made_by"),
}
"""What programs rely on: names are added, never changed."""


def test_the_facts_and_the_score(run, tmp_path):
    line = [67, 69, 71, 67]
    notes = [Note(pitch, 1) for pitch in (*line, *line, 74, 72, 71, 69, *line)]
    Melody(notes, Key("G"), Meter(2, 4), 0, (3, 7, 11, 15)).write(tmp_path / "a.krn")
    done = run("show", "a.krn")
    assert done.exit_code == 0, done.output
    for line in (
        "key: G major",
        "metre: 2/4, no pickup",
        "length: 8 bars, 16 quarters",
        "notes: 16, rests 0, G4 to D5 (7 semitones)",
        "form: AABA, 4 phrases marked; how alike, in hundredths:",
        "  A   bars 1-2    ends on 1, full      100 100  25 100",
        "  B   bars 5-6    ends on 2, half       25  25 100  25",
    ):
        assert line in done.output.splitlines()
    assert "K:G" in done.output


def test_every_tune_of_a_book_and_what_is_refused(run):
    text = "\n".join([abc(TUNE), CHORD, abc(TUNE.transpose(2), 2)])
    done = run("show", "-", "--from", "abc", input=text)
    assert done.exit_code == 1
    assert done.stdout.count("title: Mine") == 2
    assert "-, tune 3 of 3\n" in done.stdout
    assert done.stderr.startswith("solfa: standard input, line ")
    assert done.stderr.count("\n") == 1
    told = json.loads(run("show", "-", "--from", "abc", "--json", input=text).stdout)
    assert [tune["tune"] for tune in told["tunes"]] == [1, 3]
    assert [refused["file"] for refused in told["refused"]] == ["standard input"]


def test_json_is_one_document_with_keys_to_rely_on(run, tmp_path):
    TUNE.write(tmp_path / "a.abc")
    (found,) = json.loads(run("show", "a.abc", "--json").stdout)["tunes"]
    assert set(found) == KEYS
    assert (found["key"], found["meter"], found["pickup"]) == ("G major", "3/4", "1")
    assert found["range"] == {"lowest": 62, "highest": 74}
    assert found["seconds"] == pytest.approx(7 * 60 / 100)
    assert found["made_by"] is None


def test_what_solfa_made_tells_its_request(run, tmp_path):
    made = run("compose", "--bars", "4", "--seed", "7", "--key", "D", "--format", "krn")
    path = made.output.strip().splitlines()[-1]
    (found,) = json.loads(run("show", path, "--json").stdout)["tunes"]
    assert found["made_by"]["request"]["seed"] == 7
    assert "; asked: key D major, meter 4/4, bars 4," in run("show", path).output


@pytest.mark.parametrize(
    ("environment", "how"),
    [
        ({"TERM": "xterm-kitty"}, kitty),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, kitty),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, kitty),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, iterm2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, iterm2),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, iterm2),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "xterm-256color"}, None),
        ({}, None),
    ],
)
def test_terminals_are_known_by_their_environment(environment, how):
    assert protocol(environment) is how


@pytest.mark.parametrize("size", [1, 3072, 3073, 10_000])
def test_pictures_arrive_whole(size):
    png = bytes(index % 251 for index in range(size))
    escapes = kitty(png).rstrip("\n").removesuffix("\x1b\\").split("\x1b\\")
    heads, chunks = zip(*(e.removeprefix("\x1b_G").split(";") for e in escapes), strict=True)
    assert b64decode("".join(chunks)) == png
    assert all(len(chunk) <= 4096 for chunk in chunks)
    assert heads[0].startswith("a=T,f=100,")
    assert [head[-3:] for head in heads] == ["m=1"] * (len(heads) - 1) + ["m=0"]
    head, text = iterm2(png).strip("\x1b]\x07\n").split(":")
    assert head == f"1337;File=inline=1;size={size}"
    assert b64decode(text) == png


def test_a_terminal_that_can_shows_the_score(run, tmp_path, monkeypatch):
    TUNE.write(tmp_path / "a.krn")
    monkeypatch.setattr("solfa.cli.show.drawing", protocol)
    done = run("show", "a.krn", env={"TERM": "xterm-kitty"})
    assert "K:G" not in done.output
    escapes = done.output[done.output.index("\x1b_G") :].strip().removesuffix("\x1b\\")
    png = b64decode("".join(part.split(";")[1] for part in escapes.split("\x1b\\")))
    assert png.startswith(b"\x89PNG")
