"""MusicXML, the exchange format of score programs.

A score is read from bytes to a melody by `mxl` (packed files), `document` (the XML), `part_reader`
(what a part has in each measure, with `signs`, `numbers` and `words`), `parts` (which part and
voice), `sounding` (when its notes sound), `keys` and `reader`; `writer` writes one. Only `streams`,
which hands melodies to music21 and takes them back, imports music21.
"""

FIELDS = ("id", "style", "region", "genre", "source")
"""The texts of `Metadata` that are miscellaneous fields, by name."""
