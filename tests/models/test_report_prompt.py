"""The report's prompt through each of its models: whatever is written says the same notes."""

import base64
import re
import wave
from fractions import Fraction
from io import BytesIO

import mido
import numpy as np
import pytest
import verovio

import solfa
from solfa.formats import midi, read_bytes, render
from solfa.formats.grid_text import parse
from solfa.melody import Note

PROMPT = "67 _ 67 _ 67 _ _ 65 64 _ 64 _ 64 _ _"
REPORTS = ["gru_attention", "vae", "lstm_attention", "stacked_bilstm"]
STEPS = 96


@pytest.fixture(scope="module", params=REPORTS)
def tune(request: pytest.FixtureRequest) -> solfa.Composition:
    asked = {"prompt": PROMPT, "steps": STEPS, "temperature": 0.3, "seed": 1}
    return solfa.compose(model=request.param, **asked)[0]


def joined(notes: list[Note]) -> list[Note]:
    """Notes with neighbouring rests as one: a score cuts them at bar lines."""
    whole: list[Note] = []
    for note in notes:
        if whole and note.pitch is None and whole[-1].pitch is None:
            whole[-1] = Note(None, whole[-1].duration + note.duration)
        else:
            whole.append(note)
    return whole


@pytest.mark.slow
def test_the_prompt_is_kept_and_so_is_every_guarantee(tune: solfa.Composition) -> None:
    symbols = tune.symbols.split()
    assert len(symbols) == STEPS
    assert symbols[: len(PROMPT.split())] == PROMPT.split()
    assert all(kept for _, kept in tune.checks), tune.checks
    assert parse(tune.symbols) == list(tune.melody.notes)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".txt", ".mid", ".musicxml", ".abc", ".krn"])
def test_files_say_the_symbols_note_for_note(tune: solfa.Composition, suffix: str) -> None:
    again = read_bytes(render(tune.melody, suffix), f"tune{suffix}")
    assert joined(list(again.notes)) == joined(list(tune.melody.notes))


@pytest.mark.slow
def test_the_score_shows_them(tune: solfa.Composition) -> None:
    """As many heads as the bars ask for, and as verovio itself reads the engraving."""
    pieces = [
        piece for bar in tune.melody.bars() for piece in bar.pieces if piece.pitch is not None
    ]
    svg = render(tune.melody, ".svg").decode()
    assert len(re.findall(r'class="note"', svg)) >= len(pieces)
    toolkit = verovio.toolkit()
    toolkit.loadData(render(tune.melody, ".musicxml").decode())
    file = mido.MidiFile(file=BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    now, sounding, played = 0, {}, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            sounding[message.note] = now
        elif message.type in ("note_on", "note_off") and message.note in sounding:
            start = sounding.pop(message.note)
            ends = now + 1 if (now + 1) % 30 == 0 else now  # verovio lets go a tick early
            onset, lasts = (Fraction(t, file.ticks_per_beat) for t in (start, ends - start))
            played.append((onset, message.note, lasts))
    melody = tune.melody
    expected = [
        (onset, note.pitch, note.duration)
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
        if note.pitch is not None
    ]
    assert sorted(played) == expected


@pytest.mark.slow
def test_the_sound_plays_them(tune: solfa.Composition) -> None:
    """In the middle of each note its own pitch is louder than its neighbours on either side."""
    with wave.open(BytesIO(render(tune.melody, ".wav"))) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[:, 0]
    assert np.abs(sound).max() > 10_000
    melody, right = tune.melody, []
    quarter = rate * 60 / midi.TEMPO  # samples
    for onset, note in zip(melody.onsets(), melody.notes, strict=True):
        if note.pitch is None or note.duration < Fraction(1, 2):
            continue  # too short to tell a semitone
        start = int(float(onset) * quarter)
        part = sound[start : start + int(float(note.duration) * quarter)].astype(float)
        t = np.arange(len(part)) / rate
        window = part * np.hanning(len(part))
        strength = [
            abs(np.sum(window * np.exp(-2j * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t)))
            for pitch in (note.pitch - 2, note.pitch, note.pitch + 2)
        ]
        right.append(strength[1] == max(strength))
    assert len(right) > 3
    assert np.mean(right) > 0.9
