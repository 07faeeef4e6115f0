"""Ctrl-C and SIGTERM, noted instead of raised, so that what is under way comes to its end first."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """Whether to stop, while it is entered: ``asked`` is true after the first signal.

    A second signal raises `KeyboardInterrupt` at once. Signals reach the main thread alone;
    elsewhere nothing is noted.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, conditions: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
