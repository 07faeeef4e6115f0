"""A file of solfa's makes its tune again, or says in one line why it does not."""

import json
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import pytest
from hand_made_models import GRID, NOTES, HandMade, rugged, uniform
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import solfa
from solfa import cli
from solfa.composing import latent
from solfa.composing.provenance import Provenance, digest, fingerprint
from solfa.composing.replay import replay
from solfa.errors import ModelError, ReadError, RequestError, SolfaError
from solfa.formats import read, render
from solfa.melody import Key, Melody, Metadata, Meter, Note
from strategies import keys, melodies, themes

MODELS = [
    HandMade(opinion, encoding) for encoding in (NOTES, GRID) for opinion in (rugged, uniform)
]
FORMATS = ["." + name for name in ("krn", "abc", "musicxml", "mid")]
FILES = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)


def again(tune, path, model):
    """The tune of ``path`` replayed; it must be ``tune`` in all that a file can say."""
    made = replay(path, model)
    assert made.melody == tune.melody
    assert made.melody.metadata == tune.melody.metadata
    assert made.index == tune.index
    assert made.request == tune.request
    assert made.checks[-1] == (f"the same as {path.name}", True)
    return made


@st.composite
def asked(draw):
    request = {
        "key": draw(keys),
        "meter": draw(st.sampled_from(["2/4", "3/4", "4/4", "6/8"])),
        "scale": draw(st.sampled_from([None, "key", "pentatonic", "chromatic"])),
        "pickup": draw(st.sampled_from([None, 0, Fraction(1, 2)])),
        "temperature": draw(st.floats(0.1, 5)),
        "top_p": draw(st.floats(0.1, 1)),
        "min_p": draw(st.floats(0, 0.5)),
        "loop_penalty": draw(st.floats(0, 10)),
        "tempo": draw(st.none() | st.integers(20, 300)),
        "range": draw(st.sampled_from([None, "C4-B5"])),
        "largest_leap": draw(st.sampled_from([None, 5, 12])),
    }
    lengths = [
        {"bars": st.integers(1, 6)},
        {"steps": st.integers(4, 60)},
        {
            "form": st.sampled_from(["AABA", "AA'", "A2B4"]),
            "likeness": st.sampled_from([1, 0.6]),
            "cadences": st.sampled_from([None, "half", "free"]),
        },
        {"phrase_bars": st.sampled_from(["2", "2,4"]), "bars": st.just(6)},
    ]
    return request | draw(st.one_of(*map(st.fixed_dictionaries, lengths)))


@pytest.mark.slow
@FILES
@given(
    suffix=st.sampled_from(FORMATS),
    request_=asked(),
    model=st.sampled_from(MODELS),
    seed=st.integers(0, 2**40),
    count=st.integers(1, 3),
)
def test_a_file_makes_its_tune_again(suffix, request_, model, seed, count, tmp_path):
    try:
        tunes = solfa.compose(**request_, seed=seed, count=count, model=model)
    except RequestError:
        reject()
    path = tunes[-1].melody.write(tmp_path / f"tune{suffix}")
    again(tunes[-1], path, model)


@pytest.mark.slow
@FILES
@given(
    suffix=st.sampled_from(FORMATS),
    theme=themes(),
    model=st.sampled_from(MODELS),
    seed=st.integers(0, 99),
)
def test_a_prompt_travels_with_the_tune(suffix, theme, model, seed, tmp_path):
    try:
        tune = solfa.continue_(theme, 2, seed=seed, model=model)[0]
    except RequestError:
        reject()
    again(tune, tune.melody.write(tmp_path / f"tune{suffix}"), model)


@pytest.mark.slow
@FILES
@given(
    suffix=st.sampled_from(FORMATS),
    tune=themes(),
    model=st.sampled_from(MODELS),
    data=st.data(),
)
def test_bars_written_anew_travel_with_the_whole_tune(suffix, tune, model, data, tmp_path):
    bars = [bar.number for bar in tune.bars()]
    anew = data.draw(st.lists(st.sampled_from(bars), min_size=1, max_size=2, unique=True))
    try:
        filled = solfa.infill(tune, anew, seed=1, candidates=2, model=model)[0]
    except RequestError:
        reject()
    again(filled, filled.melody.write(tmp_path / f"tune{suffix}"), model)


def test_only_that_tune_is_composed_of_all_that_were_asked_for(tmp_path):
    class Counting(HandMade):
        begun = 0

        def begin(self, all_conditions):
            self.begun += len(all_conditions)
            return super().begin(all_conditions)

    model = Counting(rugged, NOTES)
    tunes = solfa.compose(bars=2, seed=1, count=70, model=model)
    model.begun = 0
    again(tunes[66], tunes[66].melody.write(tmp_path / "tune.krn"), model)
    assert model.begun == 1


LATENT = {
    "sample": lambda theme: latent.sample(2, seed=4, scale="key", key="E phrygian"),
    "vary": lambda theme: latent.vary(theme, 2, model="vae", likeness=0.5),
    "walk": lambda theme: latent.walk(theme, theme.replace(notes=theme.notes[::-1]), 3),
    "reconstruct": lambda theme: [latent.reconstruct(theme, temperature=0.5)],
}


@pytest.mark.slow
@pytest.mark.parametrize("command", LATENT)
def test_a_tune_of_a_latent_space_is_made_again(command, tmp_path):
    theme = Melody([Note(p, 1) for p in (67, 69, 71, 67) * 4], Key("G"), Meter(4, 4))
    tunes = LATENT[command](theme)
    for number, tune in enumerate(tunes):
        made = replay(tune.melody.write(tmp_path / f"{number}.abc"))
        assert made.melody == tune.melody
        assert made.melody.metadata == tune.melody.metadata
        assert made.checks[-1].kept


# What is not the same


MODEL = HandMade(rugged, NOTES)
ASKED = {"key": "G", "meter": "3/4", "bars": 4, "pickup": 1, "scale": "key", "temperature": 3}


def begun(bar):
    """The notes that begin in a bar."""
    return [p.note for p in bar.pieces if p.pitch is not None and not p.tied_back]


TUNE = next(
    tune
    for tune in (solfa.compose(**ASKED, seed=seed, model=MODEL)[0].melody for seed in range(99))
    if all(map(begun, tune.bars())) and len(tune.phrase_ends) > 2
)


def recorded(**changes):
    """The tune with some of its record changed."""
    comment = replace(Provenance.of(TUNE, ""), **changes).comment()
    return TUNE.replace(metadata=replace(TUNE.metadata, comments=(comment,)))


LET_GO = (
    Note(TUNE.notes[-1].pitch, TUNE.notes[-1].duration / 2),
    Note(None, TUNE.notes[-1].duration / 2),
)


def sharpened(tune, index):
    note = tune.notes[index]
    notes = (*tune.notes[:index], Note(note.pitch + 1, note.duration), *tune.notes[index + 1 :])
    return tune.replace(notes=notes)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("number", "where"), [(0, "the pickup"), (1, "bar 1"), (2, "bar 2"), (3, "bar 3")]
)
def test_an_edited_note_is_told_by_its_bar(suffix, number, where, tmp_path):
    path = sharpened(TUNE, begun(TUNE.bars()[number])[0]).write(tmp_path / f"tune{suffix}")
    made = replay(path, MODEL)
    assert made.melody == TUNE
    assert made.checks[-1] == (
        f"the same as {path.name}, which was edited since: other notes from {where} on",
        False,
    )


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"key": Key("E", "minor")}, "key E minor for G major"),
        ({"meter": Meter(4, 4)}, "metre 4/4 for 3/4"),
        ({"pickup": Fraction(2)}, "pickup 2 for 1"),
        ({"notes": TUNE.notes[:-1], "phrase_ends": ()}, "other notes from bar 4 on"),
        ({"notes": (*TUNE.notes, Note(None, 1))}, "other notes from bar 4 on"),
        ({"notes": (*TUNE.notes[:-1], *LET_GO)}, "other notes from bar 4 on"),
        ({"phrase_ends": (0, len(TUNE.notes) - 1)}, "other phrase marks"),
        ({"key": Key("D"), "pickup": Fraction(0)}, "key D major for G major, pickup 0 for 1"),
    ],
)
def test_every_edit_is_told(edit, told, tmp_path):
    assert TUNE.phrase_ends != (0, len(TUNE.notes) - 1)
    path = TUNE.replace(**edit).write(tmp_path / "tune.krn")
    guarantee, kept = replay(path, MODEL).checks[-1]
    assert not kept
    assert guarantee == f"the same as tune.krn, which was edited since: {told}"


def test_a_tune_that_this_version_makes_otherwise_says_which_to_install(tmp_path):
    other = sharpened(TUNE, 0)
    changed = recorded(solfa="0.0.9", digest=digest(other)).metadata
    path = other.replace(metadata=changed).write(tmp_path / "tune.abc")
    guarantee, kept = replay(path, MODEL).checks[-1]
    assert not kept
    assert guarantee == (
        "the same as tune.abc, which this version makes otherwise: other notes from the pickup on;"
        f" solfa 0.0.9 composed it, this is {solfa.__version__}: pip install solfa==0.0.9"
    )


def test_another_version_that_makes_the_same_is_no_difference(tmp_path):
    path = recorded(solfa="0.0.9").write(tmp_path / "tune.mid")
    assert replay(path, MODEL).checks[-1].kept


def test_another_machine_is_told_apart_from_an_edit(tmp_path):
    other = sharpened(TUNE, 0)
    changed = recorded(digest=digest(other)).metadata
    path = other.replace(metadata=changed).write(tmp_path / "tune.abc")
    guarantee, _ = replay(path, MODEL).checks[-1]
    assert "which this machine makes otherwise" in guarantee


# What cannot be


def test_a_file_without_a_request_is_told(tmp_path):
    path = TUNE.replace(metadata=Metadata(comments=("by hand",))).write(tmp_path / "tune.abc")
    with pytest.raises(ReadError, match=r"tune.abc: carries no request: solfa did not compose it"):
        replay(path)


@pytest.mark.parametrize("name", ["tune.wav", "tune.svg", "tune.png", "tune.txt", "tune.mp3", "x"])
def test_a_format_without_room_is_told(name, tmp_path):
    (tmp_path / name).touch()
    with pytest.raises(ReadError, match=r"carries no request; give the tune's .krn, .abc"):
        replay(tmp_path / name)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ReadError, match=r"gone.abc: cannot be read \(No such file"):
        replay(tmp_path / "gone.abc")


def test_another_model_is_named(tmp_path):
    path = recorded(model="vae", hash="0a1b").write(tmp_path / "tune.abc")
    with pytest.raises(
        ModelError,
        match=r"made by vae 0a1b, and the model at hand is vae \w+; give the folder",
    ):
        replay(path)
    with pytest.raises(ModelError, match=r"made by vae 0a1b, and the model at hand is rugged none"):
        replay(path, MODEL)
    path = recorded(model="vae", hash="0a1b", solfa="0.0.9").write(tmp_path / "tune.abc")
    with pytest.raises(ModelError, match=r"pip install solfa==0.0.9$"):
        replay(path)


@pytest.mark.parametrize("place", range(12))
def test_weights_that_differ_in_one_digit_of_their_hash_are_others(place, tmp_path):
    theirs = solfa.runtime.load_model("stacked_bilstm").hash
    assert len(theirs) == 12
    other = "0" if theirs[place] != "0" else "1"
    digits = theirs[:place] + other + theirs[place + 1 :]
    path = recorded(model="stacked_bilstm", hash=digits).write(tmp_path / "tune.abc")
    with pytest.raises(ModelError, match=f"made by stacked_bilstm {digits}, and .* {theirs}; give"):
        replay(path)


def test_a_model_that_is_not_bundled_must_be_given(tmp_path):
    """A file's own words open no folder."""
    path = TUNE.write(tmp_path / "tune.abc")
    with pytest.raises(ModelError, match=r"made by rugged none, which is not bundled; give its"):
        replay(path)


PLAIN = Provenance.of(TUNE, "").request

REQUESTS = {
    "huge count": ({"count": 10**9}, "count 1000000000 is outside 1..10000"),
    "huge bars": ({"bars": 10**9}, "bars 1000000000 is outside 1..256"),
    "astronomic bars": ({"bars": 10**4000}, "bars has more than 40 digits"),
    "text for bars": ({"bars": "many"}, "bars 'many' is not a whole number"),
    "a list for bars": ({"bars": [4]}, r"bars \[4\] is not a whole number"),
    "no number": ({"temperature": float("nan")}, "temperature nan is not above 0"),
    "endless": ({"temperature": float("inf")}, "temperature inf is not above 0"),
    "beyond floats": ({"temperature": 10**400}, "temperature 1000|temperature .* is not a number"),
    "beyond fractions": ({"pickup": "1e999999999"}, "pickup '1e999999999' is no number"),
    "a key of lists": ({"key": [[]]}, r"cannot read key \[\[\]\]"),
    "a key of lines": ({"key": "a\nb\n!"}, "unknown mode 'b !'"),
    "a metre of nothing": ({"meter": "0/0"}, "0"),
    "half a range": ({"range": [60]}, "cannot read range"),
    "a range of words": ({"range": ["a", {}]}, "cannot read range"),
    "of a newer version": ({"swing": 0.6}, f"'swing' is unknown to solfa {solfa.__version__}"),
    "strange names": ({"a\nb" * 99: 1}, r"'a\\nba"),
    "a file": ({"prompt": "/etc/hosts.abc"}, "prompt is no ABC"),
    "symbols": ({"prompt": "67 _"}, "prompt is no ABC"),
    "broken ABC": ({"prompt": "%abc-2.1\nX:1\nK:Q\n"}, "prompt, line 3: a key that"),
    "empty ABC": ({"prompt": "%abc"}, "prompt"),
    "a long prompt": ({"prompt": "%abc\nX:1\nM:4/4\nL:1\nK:G\nG64|G999|G"}, "prompt"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_strange_request_is_one_clear_line(name, tmp_path):
    changes, reason = REQUESTS[name]
    path = recorded(request={**PLAIN, **changes}).write(tmp_path / "tune.abc")
    with pytest.raises(RequestError, match=reason) as refused:
        replay(path, MODEL)
    text = str(refused.value)
    assert text.startswith(f"{path}: its request cannot be met: ")
    assert "\n" not in text
    assert len(text) < 500 + len(str(path))


def test_a_request_of_another_version_says_which_to_install(tmp_path):
    path = recorded(request={**PLAIN, "swing": 1}, solfa="9.1").write(tmp_path / "tune.abc")
    with pytest.raises(RequestError, match=r"this is \d.*: pip install solfa==9.1$"):
        replay(path, MODEL)


@pytest.mark.parametrize("index", [-1, 1, 10**9])
def test_a_tune_beyond_those_asked_for_is_refused(index, tmp_path):
    path = recorded(index=index).write(tmp_path / "tune.abc")
    with pytest.raises(RequestError, match=r"tune -?\d+ is outside the 1 asked for"):
        replay(path, MODEL)


BROKEN = {
    "half": '{"solfa": "0.1", "model"',
    "a number too many": '{"solfa": "0.1", "seeds": [1]}',
    "too little": '{"solfa": "0.1"}',
    "deep": '{"solfa": ' + "[" * 100_000,
    "no name": Provenance("0.1", "a b; c", "1", 0, "1", {}).comment(),
    "a version to paste": Provenance("0.1 evil", "a", "1", 0, "1", {}).comment(),
    "lists": json.dumps({**vars(Provenance.of(TUNE, "")), "model": ["vae"]}),
    "no index": json.dumps({**vars(Provenance.of(TUNE, "")), "index": "0"}),
    "no request": json.dumps({**vars(Provenance.of(TUNE, "")), "request": 7}),
    "digits": '{"solfa": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_one_clear_line(name, tmp_path):
    path = TUNE.replace(metadata=Metadata(comments=(BROKEN[name],))).write(tmp_path / "tune.krn")
    with pytest.raises(ReadError, match=r"tune.krn: its request is broken, or of a newer solfa$"):
        replay(path, MODEL)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"latent": "eval"}, "latent command 'eval' is unknown"),
        ({"latent": "walk", "request": {"first": "a.abc", "last": "b.abc"}}, "first is no ABC"),
        ({"latent": "sample", "request": {"count": 10**9}}, "count 1000000000 is no whole number"),
        ({"latent": "sample", "request": {"model": "x"}}, "'model' is unknown"),
        ({"latent": "vary", "request": {}}, "tune is missing"),
        ({"latent": "vary", "request": {"tune": "%abc", "likeness": "x"}}, "likeness 'x' is not"),
        ({"latent": "walk", "request": {"first": "%abc", "last": "%abc"}}, "prompt"),
    ],
)
def test_a_strange_latent_command_is_one_clear_line(changes, reason, tmp_path):
    path = recorded(model="vae", hash=solfa.runtime.load_model("vae").hash, **changes)
    with pytest.raises(RequestError, match=reason):
        replay(path.write(tmp_path / "tune.abc"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


@FILES
@given(data=st.data())
def test_any_request_is_met_or_refused(data, tmp_path):
    """Values of every type under the request's own names."""
    name = data.draw(
        st.sampled_from([*PLAIN, "style", "prompt", "range", "form", "count", "swing"])
    )
    changed = recorded(request={**PLAIN, name: data.draw(values)})
    path = changed.write(tmp_path / "tune.abc")
    with suppress(SolfaError):
        replay(path, MODEL)


def test_one_tune_of_a_book_is_chosen(tmp_path):
    tunes = solfa.compose(key="G", bars=2, seed=3, count=2, model=MODEL)
    book = tmp_path / "book.abc"
    book.write_bytes(b"\n".join(render(tune.melody, ".abc") for tune in tunes))
    for number, tune in enumerate(tunes, 1):
        assert replay(book, MODEL, tune=number).melody == tune.melody
    assert replay(book, MODEL).melody == tunes[0].melody
    for number in (0, 3):
        with pytest.raises(ReadError, match="holds 2 tunes; choose one of them by its number"):
            replay(book, MODEL, tune=number)


# What the formats carry


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@FILES
@given(tune=melodies(max_size=6).filter(lambda m: m.pitches and m.notes[-1].pitch))
def test_the_digest_is_the_same_in_every_format(suffix, tune, tmp_path):
    with suppress(SolfaError):  # of durations that a score cannot say
        told = read(tune.write(tmp_path / f"tune{suffix}"))
        if fingerprint(tune).meter_changes == fingerprint(told).meter_changes:
            assert digest(told) == digest(tune)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "comment", ["x" * 100_000, "ö%\\&&uuml;%% 旋律 " * 500 + "end", '{"a": "b\\n%"}']
)
def test_long_and_strange_comments_travel(suffix, comment, tmp_path):
    data = Metadata(title="Für 旋律 🎵", comments=(comment,))
    told = read(TUNE.replace(metadata=data).write(tmp_path / f"tune{suffix}"))
    assert told.metadata.comments == (comment,)
    assert told.metadata.title == data.title


# The command


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.app, ["replay", *map(str, arguments)])


def test_the_command_writes_the_very_file(run, tmp_path):
    tune = solfa.compose(bars=2, key="D", seed=5, model="vae", count=2)[1]
    path = tune.melody.write(tmp_path / "mine.abc")
    done = run("mine.abc", "--format", "abc,mid")
    assert done.exit_code == 0, done.output
    assert "the same as mine.abc" in done.output
    assert "seed 5, tune 2 of 2" in done.output
    (written,) = (tmp_path / "tunes").glob("*.abc")
    assert written.read_bytes() == path.read_bytes()


def test_the_command_fails_where_the_tune_is_another(run, tmp_path):
    tune = solfa.compose(bars=2, key="D", seed=5, model="vae")[0].melody
    sharpened(tune, 0).write(tmp_path / "mine.abc")
    done = run("mine.abc", "--format", "abc")
    assert done.exit_code == 1
    last = done.stderr.splitlines()[-1]
    assert last == (
        "solfa: not the same as mine.abc, which was edited since: other notes from bar 1 on"
    )
    assert solfa.read(next((tmp_path / "tunes").glob("*.abc"))) == tune


def test_the_command_says_why_it_cannot(run, tmp_path):
    TUNE.replace(metadata=Metadata()).write(tmp_path / "mine.abc")
    done = run("mine.abc", "--format", "abc")
    assert done.exit_code == 1
    assert done.stderr.startswith("solfa: mine.abc: carries no request")
    assert len(done.stderr.splitlines()) == 1
