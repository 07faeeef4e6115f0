"""Scores and piano rolls as pictures.

`svg` draws with verovio, and PNG from that; `pdf` lays the same systems on sheets of paper;
`line_breaking` says where their lines end. `musescore` lets MuseScore draw instead. `piano_rolls`
sets several tunes one under the other.
"""
