"""Melodies as sound: WAV and MP3, played on sampled instruments by midirenderer.

The samples are the General MIDI soundfont that comes with pretty_midi. The loudest moment is
at -3 dBFS, whatever the tune, and the last note rings out. (symusic, which could play it too,
misreads the soundfont: its piano sounds A4 at 1,656 Hz.)
"""

import wave
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import mido
import numpy as np

from solfa.errors import SolfaError
from solfa.formats.instruments import INSTRUMENTS
from solfa.formats.midi import TEMPO
from solfa.formats.midi.writer import write as write_midi
from solfa.formats.write_options import WriteOptions
from solfa.melody import Melody, Note

_PEAK = 10 ** (-3 / 20)
_RING = 1  # seconds after the last note
_KEYS = (0, 108)  # up to the highest key of a piano
_SAMPLED = {67: (12, 79), 68: (36, 108), 56: (12, 108), 57: (0, 93), 58: (0, 93), 60: (0, 93)}
"""The pitches that sound, and sound right, by program: wider than any player's reach."""


def write_wav(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The melody as 16-bit stereo WAV at 48 kHz; `SolfaError` without the soundfont.

    Pitches above a piano's, and beyond the samples of an instrument, sound in the nearest octave.
    """
    form, samples = _played(melody, options)
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams(form)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def write_mp3(melody: Melody, options: WriteOptions = WriteOptions()) -> bytes:
    """The sound of `write_wav` as MP3; `SolfaError` also without soundfile's library."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise SolfaError("MP3 needs soundfile; pip install soundfile, or write WAV") from error
    form, samples = _played(melody, options)
    sound = samples.reshape(-1, form.nchannels) / 32768  # of whole numbers soundfile makes noise
    buffer = BytesIO()
    soundfile.write(buffer, sound, form.framerate, format="MP3")
    return buffer.getvalue()


def _played(melody: Melody, options: WriteOptions) -> tuple[wave._wave_params, np.ndarray]:
    """The form of the sound and its samples, the channels' by turns, shape (2 T,)."""
    import midirenderer

    performance = _performance(melody, options)
    rendered = midirenderer.render_wave_from(_soundfont().read_bytes(), performance)
    with wave.open(BytesIO(rendered)) as file:
        form = file.getparams()
        samples = np.frombuffer(file.readframes(form.nframes), "<i2")
    peak = int(np.abs(samples.astype(np.int32)).max(initial=0))
    if not peak and melody.pitches:
        raise SolfaError("the soundfont made no sound; reinstall pretty_midi and midirenderer")
    return form, np.round(samples * (_PEAK * 32767 / max(peak, 1))).astype("<i2")


def _performance(melody: Melody, options: WriteOptions) -> bytes:
    """The melody as MIDI for the synthesizer: loud, within the samples, and ringing out.

    A count-in is quieter than the tune.
    """
    keys = _SAMPLED.get(INSTRUMENTS[options.instrument].program, _KEYS)
    notes = tuple(_within(note, *keys) for note in melody.notes)
    file = mido.MidiFile(file=BytesIO(write_midi(melody.replace(notes=notes), options)))
    (track,) = file.tracks
    for message in track:
        if message.type == "note_on" and message.channel == 0:
            message.velocity = 127
    quarters = _RING * (melody.metadata.tempo or TEMPO) / 60
    track[-1].time += round(quarters * file.ticks_per_beat)  # the end of the track
    for control in (7, 11):  # volume, expression
        track.insert(0, mido.Message("control_change", control=control, value=127))
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _within(note: Note, lowest: int, highest: int) -> Note:
    if note.pitch is None:
        return note
    down, up = max(note.pitch - highest, 0), max(lowest - note.pitch, 0)
    return Note(note.pitch + 12 * (-(-up // 12)) - 12 * (-(-down // 12)), note.duration)


def _soundfont() -> Path:
    """The soundfont in pretty_midi's folder; pretty_midi is slow to import, so it is not."""
    package = find_spec("pretty_midi")
    path = Path(package.origin or "").parent / "TimGM6mb.sf2" if package else None
    if not path or not path.is_file():
        raise SolfaError("the soundfont TimGM6mb.sf2 is missing; pip install pretty_midi")
    return path
