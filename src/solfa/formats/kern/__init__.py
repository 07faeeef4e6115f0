"""Humdrum ``**kern``: one voice of a score, its phrases, key, metre, words and records.

A tune is a table: each column, a *spine*, is one part (``**kern``), or words (``**text``) or
whatever else belongs to it; each line is a moment. A note is a duration (``4`` a quarter, ``8.`` a
dotted eighth, ``12`` a triplet eighth) and a pitch (``c`` is middle C, ``cc`` an octave above,
``C`` below); a curly brace opens and closes a phrase, ``=`` is a bar line, ``*`` interprets what
follows, ``!!!`` is a reference record. See humdrum.org/rep/kern.
"""
