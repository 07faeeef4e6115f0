"""What a person gave with a tune is in what is composed from it, and in what is replayed."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hand_made_models import UNIFORM
from hypothesis import given, settings
from hypothesis import strategies as st

import solfa
from solfa.composing.latent import reconstruct, vary, walk
from solfa.composing.replay import replay
from solfa.errors import RequestError
from solfa.melody import Key, Melody, Metadata, Note

GIVEN = Metadata(
    title="The Mill",
    region="Kent",
    genre="air",
    source="a notebook",
    composer="Anna Brook",
    comments=("N: slowly", "key: found by analysis"),
    tempo=120,
    style="irish",
)
TUNE = Melody(
    [Note(p, 1) for p in (66, 68, 70, 71, 73, 70, 68, 66, 70, 73, 70, 66, 68, 70, 68, 66)],
    "Gb",
    phrase_ends=[7, 15],
    metadata=replace(GIVEN, comments=("N: slowly",), id="A1"),
    lyrics=[["The", "mill", "goes", "_", "round", "and", "roun-", "d"] * 2],
)
MODEL = UNIFORM["notes"]
MODULATING = Melody(
    [Note(p, 1) for p in (60, 64, 67, 72, 67, 66, 67, 62, 71, 69, 67, 66)],
    "C",
    key_changes=[(4, "G")],
)


def facts(metadata):
    return replace(metadata, comments=(), id="")


def ways(tune):
    prompt = tune.slice_bars(1, 2)
    return {
        "continue": lambda: solfa.continue_(prompt, 2, model=MODEL, seed=1)[0],
        "prompt": lambda: solfa.compose(prompt=prompt, bars=5, model=MODEL, seed=1)[0],
        "infill": lambda: solfa.infill(tune, "2", model=MODEL, seed=1)[0],
        "vary": lambda: vary(tune, seed=1)[0],
        "reconstruct": lambda: reconstruct(tune, seed=1),
        "latent infill": lambda: solfa.infill(tune, "2", model="vae", seed=1, candidates=1)[0],
    }


@pytest.mark.parametrize("way", ways(TUNE))
@pytest.mark.parametrize("suffix", [".abc", ".mid"])
def test_what_was_given_is_carried_and_replayed(way, suffix, tmp_path):
    made = ways(TUNE)[way]()
    assert facts(made.melody.metadata) == facts(TUNE.metadata)
    assert made.melody.metadata.id == ""
    assert "N: slowly" in made.melody.metadata.comments
    assert made.melody.key == Key("Gb")
    model = None if "latent" in way or way in ("vary", "reconstruct") else MODEL
    again = replay(made.write(tmp_path / f"tune{suffix}"), model)
    assert again.melody == made.melody
    assert again.melody.metadata == made.melody.metadata
    assert again.melody.lyrics == made.melody.lyrics
    assert again.checks[-1].kept


def test_a_tempo_and_a_style_that_are_asked_for_come_before_those_given():
    tune = solfa.continue_(TUNE, 2, tempo=80, style="german", seed=1)[0].melody
    assert (tune.metadata.tempo, tune.metadata.style) == (80, "german")


def test_a_way_between_two_tunes_is_named_after_neither():
    other = TUNE.replace(notes=(Note(70, 1), *TUNE.notes[1:]))
    assert walk(TUNE, other, 2)[0].melody.metadata.title == "Melody in Gb major"


def test_kept_notes_keep_their_words_and_new_ones_have_none():
    tune = solfa.continue_(TUNE, 2, model=MODEL, seed=1)[0].melody
    assert tune.lyrics[0][:16] == TUNE.lyrics[0]
    assert not any(tune.lyrics[0][16:])
    holding = TUNE.replace(lyrics=[["The", "mill", "goes", "round", "_", "_", "a", "b"] * 2])
    filled = solfa.infill(holding, "1", model=MODEL, seed=1)[0].melody
    sung = dict(zip(filled.onsets(), filled.lyrics[0], strict=True))
    words = [sung[at] for at in map(Fraction, range(4, 16))]
    assert words == ["", "", "a", "b", "The", "mill", "goes", "round", "_", "_", "a", "b"]
    assert not any(word for at, word in sung.items() if at < 4)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 99))
def test_words_stay_under_their_notes_whatever_is_rewritten(bars, seed):
    words = [f"w{number}" for number in range(16)]
    tune = TUNE.replace(lyrics=[words])
    made = solfa.infill(tune, sorted(bars), model=MODEL, seed=seed)[0].melody
    sung = {
        (onset, note): word
        for onset, note, word in zip(made.onsets(), made.notes, made.lyrics[0], strict=True)
        if word
    }
    assert sung == {
        (onset, note): word
        for onset, note, word in zip(tune.onsets(), tune.notes, words, strict=True)
        if onset // 4 + 1 not in bars
    }


def test_a_tune_whose_key_changes_goes_on_in_its_last_key():
    made = solfa.continue_(MODULATING, 3, model=MODEL, seed=3)[0]
    tune = made.melody
    assert (tune.key, tune.key_changes) == (Key("C"), MODULATING.key_changes)
    assert made.request.key == Key("G")
    assert tune.notes[: len(MODULATING)] == MODULATING.notes
    assert {n.pitch % 12 for n in tune.notes[4:] if n.pitch} <= Key("G").scale
    assert tune.pitches[-1] % 12 == 7
    assert ("every new note in the scale of G major", True) in made.checks
    assert all(check.kept for check in made.checks)


@pytest.mark.parametrize("suffix", [".abc", ".mid", ".krn", ".musicxml"])
def test_changes_of_key_are_replayed(suffix, tmp_path):
    made = solfa.continue_(MODULATING, 3, model=MODEL, seed=3)[0]
    again = replay(made.write(tmp_path / f"tune{suffix}"), MODEL)
    assert again.checks[-1].kept
    assert again.melody == made.melody


def test_bars_are_rewritten_in_the_key_that_holds_there():
    made = solfa.infill(MODULATING, "1", model=MODEL, seed=3)[0]
    assert made.request.key == Key("C")
    assert made.melody.key_changes == MODULATING.key_changes
    assert all(check.kept for check in made.checks)
    assert solfa.infill(MODULATING, "3", model=MODEL, seed=3)[0].melody.pitches[-1] % 12 == 7
    with pytest.raises(RequestError, match="in C major and G major; name bars in one key"):
        solfa.infill(MODULATING, "1-2", model=MODEL, seed=3)
    with pytest.raises(RequestError, match=r"key D major is not the prompt's \(G major\)"):
        solfa.continue_(MODULATING, 3, key="D", model=MODEL)


def test_what_a_prompt_has_outside_the_key_is_said():
    made = solfa.continue_("66 _ _ _ 69 _ _ _ 73 _ _ _", 2, key="A minor", model=MODEL, seed=1)[0]
    assert "scale: F#4, C#5 outside A minor's" in made.request.prompt.metadata.found
    assert "prompt's scale: F#4, C#5 outside A minor's" in made.melody.metadata.comments
    plain = solfa.continue_("69 _ _ _ 72 _ _ _", 2, key="A minor", model=MODEL, seed=1)[0]
    assert not any("scale" in text for text in plain.melody.metadata.comments[1:])
