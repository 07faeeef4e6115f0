"""Standard MIDI files, exact to the tick: `reader` and `writer`.

MIDI says notes, key signature (as major or minor), time signatures and tempo. What it cannot
say (mode, pickup, phrase ends, rests one by one, metadata) travels in one text event
(`text_event`). `tracks` chooses one voice of a file, `quantise` brings a performance to a grid.
"""

TEMPO = 100
"""Quarters a minute for a melody that does not say."""

BEGINS = "solfa: the tune begins"
"""A marker after a count-in, which is no part of the tune."""
