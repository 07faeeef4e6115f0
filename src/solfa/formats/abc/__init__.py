"""ABC, the text notation of folk tunes (standard 2.1): `reader`, `writer` and what they share.

`text` has the fields, modes and escapes of the standard, `words` the lines of lyrics.
"""
