import wave
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
import soundfile

from solfa.errors import SolfaError
from solfa.formats import audio
from solfa.formats.audio import write_mp3, write_wav
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody, Metadata, Note

RATE = 48_000


def heard(melody: Melody, options: WriteOptions = WriteOptions()) -> np.ndarray:
    """The sound as (time, channels), full scale being 1."""
    with wave.open(BytesIO(write_wav(melody, options))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 2)
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").reshape(-1, 2) / 32768


def tune(*notes: tuple[int | None, int], tempo: int = 60) -> Melody:
    return Melody(tuple(Note(p, Fraction(d)) for p, d in notes), metadata=Metadata(tempo=tempo))


@pytest.mark.parametrize("pitch", [0, 45, 60, 69, 84, 127])
def test_never_silent_never_clipped(pitch: int) -> None:
    level = 20 * np.log10(np.abs(heard(tune((pitch, 1)))).max())
    assert level == pytest.approx(-3, abs=0.1)


@pytest.mark.parametrize("pitch", [36, 45, 60, 69, 84, 100])
def test_the_pitch_is_right(pitch: int) -> None:
    """Every strong partial is a harmonic of the note, and its first two are among them."""
    sound = heard(tune((pitch, 4)))[: 4 * RATE, 0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    fundamental = 440 * 2 ** ((pitch - 69) / 12)
    strongest = np.argmax(spectrum) * RATE / len(sound)
    harmonic = round(strongest / fundamental)
    assert 12 * np.log2(strongest / (harmonic * fundamental)) == pytest.approx(0, abs=0.3)
    loud = [
        spectrum[int(f / 2**0.04 * 4) : int(f * 2**0.04 * 4) + 2].max()
        for f in (fundamental / 2, fundamental, fundamental * 3 / 2)
    ]
    assert loud[1] > 3 * max(loud[0], loud[2])  # neither an octave lower nor higher


def test_it_lasts_as_long_as_the_tune_and_rings_out() -> None:
    sound = heard(tune((60, 2), (None, 1), (64, 1), tempo=120))
    assert len(sound) / RATE == pytest.approx(4 * 0.5 + 1, abs=0.01)
    loudness = [np.abs(part).max() for part in np.array_split(sound, 30)]  # a part is 0.1 s
    assert loudness[0] > 0.1  # sounds at once
    assert loudness[14] < 0.01 < loudness[15]  # the rest is silent, then the last note
    assert 0.001 < loudness[20] < 0.7  # its end is not cut off
    assert loudness[-1] < 0.001  # but fades


@pytest.mark.slow
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_sounds_the_lowest_and_the_highest_note(name: str) -> None:
    for pitch in (0, 127):
        assert np.abs(heard(tune((pitch, 1)), WriteOptions(instrument=name))).max() > 0.5


def test_instruments_differ() -> None:
    sounds = [heard(tune((69, 1)), WriteOptions(instrument=name)) for name in ("piano", "flute")]
    assert np.abs(sounds[0] - sounds[1]).max() > 0.1


def test_a_count_in_is_heard_before_the_tune() -> None:
    plain = heard(tune((60, 2), (64, 2)))
    counted = heard(tune((60, 2), (64, 2)), WriteOptions(count_in=True))
    assert len(counted) - len(plain) == pytest.approx(4 * RATE, abs=RATE / 100)  # four beats
    for beat in range(4):
        onset = counted[beat * RATE : beat * RATE + RATE // 4]
        late = counted[beat * RATE + RATE // 2 : (beat + 1) * RATE - RATE // 8]
        assert np.abs(onset).max() > 5 * np.abs(late).max()


def test_mp3_is_the_same_sound() -> None:
    melody = tune((60, 1), (67, 1))
    decoded, rate = soundfile.read(BytesIO(write_mp3(melody)))
    sound = heard(melody)
    assert rate == RATE
    assert decoded.shape == sound.shape
    assert np.abs(decoded - sound).max() < 0.1
    assert len(write_mp3(melody)) < len(write_wav(melody)) / 3


def test_a_rest_alone_is_silence() -> None:
    assert not heard(tune((None, 2))).any()
    assert len(heard(tune((None, 2)))) == 3 * RATE


def test_a_missing_soundfont_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "find_spec", lambda _: None)
    with pytest.raises(SolfaError, match=r"TimGM6mb.sf2 is missing; pip install pretty_midi"):
        write_wav(tune((60, 1)))
