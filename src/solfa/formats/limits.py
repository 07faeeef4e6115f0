"""How much a file may hold: readers check numbers against these before anything is made of them."""

MOST_BYTES = 1 << 26
"""Bytes of a file, or of what an archive unpacks to."""

LONGEST_LINE = 1_000_000
"""Characters of a line of text."""

MOST_NOTES = 100_000
"""Notes and rests of one tune."""

MOST_QUARTERS = 16_384
"""Quarters that one tune lasts."""

MOST_PLAYED = 4_096
"""Stretches that the repeats of a tune may be written out to."""
