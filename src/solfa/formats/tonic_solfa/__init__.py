"""Sol-fa and scale degrees as singers write them: ``do re mi:1/2 fa:1/2 so - | la so fa r``.

A note is a syllable (``do``, ``fi``, ``te``; ``sol``, ``doh`` and Curwen's letters ``d r m f s l
t`` too) or a degree of the key's mode (``5``, ``b3``; ``fa#`` is a syllable so altered). ``'``
raises it by an octave, ``,`` lowers it. Octaves are fixed, as in Curwen's *Standard Course* (1858)
and in numbered notation: those unmarked begin at the do, or the 1, from middle C to the B above,
so a scale ends on ``do'``. A note lasts a quarter, or as many as stand behind a colon:
``do:1/2``, ``do:3``. ``-`` (or ``_``) holds it for one more, ``-:1/2`` for half a one, over a bar
line too. A rest is ``r``, ``0`` or ``rest``; ``r`` is re where another letter stands for a note.
``|`` is a bar line, ``/`` the end of a phrase, ``[3/4]`` a change of metre, ``[G major]`` one of
key, whose do and degrees the notes behind it are.

Before the notes, lines may say ``key: G minor``, ``meter: 3/4`` (``none`` is free metre),
``pickup: 1``, ``system: la`` (do, la, degrees), ``tempo: 96`` (quarters a minute), ``title:`` and
the other texts of `Metadata`, ``words: hel- lo _ *``, a syllable for each note that is no rest
(``_`` holds the one before, ``*`` is none, ``~`` a space); a line with ``%`` is passed over. On one
line a semicolon ends the first five. Where bar lines are drawn every bar must fill its metre but
the first and the last; with no metre given, the longest bar gives it; with neither, it is found by
analysis.

``si`` is the raised fifth, as in English sol-fa; only where neither the system is given nor a
``ti`` or another chromatic syllable stands beside it, it is ti, as in Romance languages.

In minor la is the tonic, in dorian re and so on; do is, where ``system: do`` says so, or, without
a system, where ``me`` or ``le`` stands among the syllables.

`letters` are notes too, where all words are.

`reader` gives back all that `writer` writes.
"""

MIDDLE_C = 60

TEXTS = ("title", "composer", "id", "region", "genre", "source", "style")
"""The texts of `Metadata` that headers name."""
