"""Likelihood of songs under a model; metrics of tunes and of sets; distances from real songs."""
