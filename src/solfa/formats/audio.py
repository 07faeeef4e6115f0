"""Melodies as sound: WAV, played on a sampled grand piano by midirenderer.

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
from solfa.formats import midi
from solfa.formats.edition import Edition
from solfa.melody import Melody, Note

_PEAK = 10 ** (-3 / 20)
_RING = 1  # seconds after the last note
_TOP = 108  # the highest key of a piano, and of the samples


def write_wav(melody: Melody, edition: Edition = Edition()) -> bytes:
    """The melody as 16-bit stereo WAV at 48 kHz; `SolfaError` without the soundfont.

    Pitches above a piano's sound in its highest octave.
    """
    import midirenderer

    rendered = midirenderer.render_wave_from(_soundfont().read_bytes(), _performance(melody))
    with wave.open(BytesIO(rendered)) as file:
        form = file.getparams()
        samples = np.frombuffer(file.readframes(form.nframes), "<i2")
    peak = int(np.abs(samples.astype(np.int32)).max(initial=0))
    if not peak and melody.pitches:
        raise SolfaError("the soundfont made no sound; reinstall pretty_midi and midirenderer")
    scaled = np.round(samples * (_PEAK * 32767 / max(peak, 1))).astype("<i2")
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams(form)
        file.writeframes(scaled.tobytes())
    return buffer.getvalue()


def _performance(melody: Melody) -> bytes:
    """The melody as MIDI for the synthesizer: loud, within the piano, and ringing out."""
    notes = tuple(_within_piano(note) for note in melody.notes)
    file = mido.MidiFile(file=BytesIO(midi.write(melody.replace(notes=notes))))
    (track,) = file.tracks
    for message in track:
        if message.type == "note_on":
            message.velocity = 127
    quarters = _RING * (melody.metadata.tempo or midi.TEMPO) / 60
    track[-1].time += round(quarters * file.ticks_per_beat)  # the end of the track
    for control in (7, 11):  # volume, expression
        track.insert(0, mido.Message("control_change", control=control, value=127))
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _within_piano(note: Note) -> Note:
    if note.pitch is None or note.pitch <= _TOP:
        return note
    return Note(note.pitch - 12 * -(-(note.pitch - _TOP) // 12), note.duration)


def _soundfont() -> Path:
    """The soundfont in pretty_midi's folder; pretty_midi is slow to import, so it is not."""
    package = find_spec("pretty_midi")
    path = Path(package.origin or "").parent / "TimGM6mb.sf2" if package else None
    if not path or not path.is_file():
        raise SolfaError("the soundfont TimGM6mb.sf2 is missing; pip install pretty_midi")
    return path
