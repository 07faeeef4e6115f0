"""What is seen by eye in generated tunes, measured beside real songs."""

from solfa.evaluation.figures.page import section
from solfa.evaluation.figures.sets import Figure, Row, divergence, measure, row

__all__ = ["Figure", "Row", "divergence", "measure", "row", "section"]
