"""MusicXML, the exchange format of score programs: `reader`, `writer`, and `mxl` for packed files.

`parts` chooses one voice of a score, `words` has the lyrics. Only `reader` imports music21.
"""

FIELDS = ("id", "style", "region", "genre", "source")
"""The texts of `Metadata` that are miscellaneous fields, by name."""
