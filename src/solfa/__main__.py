"""The command ``solfa``, and ``python -m solfa``: an interrupt ends it at once and in silence.

Signals are handled before all else is imported, for that takes the time in which a person changes
their mind. Until a command runs nothing is under way, and the process just ends.
"""

import os
import signal
import sys
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Runs the command of the arguments; exits with 128 and the number of a signal."""
    _on_signal(_end)
    _open_streams()
    from solfa.cli import app

    _on_signal(_interrupt)
    try:
        app()
    except SystemExit as done:
        _on_signal(_end)
        raise SystemExit(_signalled or done.code) from None
    except BaseException:
        if not _signalled:
            raise
    raise SystemExit(_signalled)


_signalled = 0


def _interrupt(number: int, _: FrameType | None) -> None:
    """Lets what is being written come to its end or be removed; the next signal ends at once."""
    global _signalled
    _signalled = 128 + number
    _on_signal(_end)
    sys.unraisablehook = lambda lost: os._exit(_signalled)  # raised where nobody can catch it
    raise KeyboardInterrupt


def _end(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)


def _open_streams() -> None:
    """Gives closed streams a place to go, so that no file takes their numbers.

    Where results cannot be printed nothing is begun.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.exit("solfa: standard output is closed; send it to a file, or to /dev/null")


def _on_signal(handler: "signal._HANDLER") -> None:
    for number in _ENDING:
        signal.signal(number, handler)


if __name__ == "__main__":
    main()
