"""Bounds: the least and the greatest value of a wish, and the error text outside them."""

from __future__ import annotations

from typing import NamedTuple


class Bounds(NamedTuple):
    """From ``low`` (excluded if ``above``) to ``high``, both None where there is no bound."""

    low: float
    high: float | None = None
    unit: str = ""
    remedy: str = ""
    above: bool = False

    def refusal(self, name: str, value: float) -> str | None:
        """The error text for a ``value`` out of bounds; None if it is within."""
        high = float("inf") if self.high is None else self.high
        inside = self.low < value if self.above else self.low <= value
        if inside and value <= high and value != float("inf"):
            return None
        unit = f" {self.unit}" if self.unit else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        if self.high is None:
            return f"{name} {value} is below {self.low:g}{unit}{remedy}"
        if self.above:
            return f"{name} {value} is not above {self.low:g} and at most {high:g}{unit}{remedy}"
        return f"{name} {value} is outside {self.low:g}..{high:g}{unit}{remedy}"
