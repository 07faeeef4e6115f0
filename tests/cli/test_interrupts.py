"""Signals and closed streams, as a process meets them: one line at most, never a traceback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

STARTED = [sys.executable, "-m", "solfa"]
HANGING = """
import runpy, sys
class Hang:
    def find_spec(self, name, *_):
        if name == {name!r}:
            print("here", flush=True)
            import time
            time.sleep(60)
sys.meta_path.insert(0, Hang())
sys.argv = ["solfa", "compose", "--bars", "2", "--out", "tunes"]
runpy.run_module("solfa", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["solfa.cli", "typer", "solfa.composing.compose", "onnxruntime"])
def test_an_interrupt_while_it_starts_ends_it_in_silence(tmp_path: Path, name: str, number: int):
    command = [sys.executable, "-c", HANGING.format(name=name)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, text=True, **pipes) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(number)
        said, wrong = process.communicate(timeout=30)
    assert (said, wrong, process.returncode) == ("", "", 128 + number)


@pytest.mark.parametrize(
    ("streams", "why"),
    [
        (">&-", "solfa: standard output is closed; send it to a file, or to /dev/null\n"),
        (">/dev/full", "solfa: cannot write to standard output: No space left on device\n"),
        ("| true", "solfa: cannot write to standard output: Broken pipe\n"),
    ],
)
@pytest.mark.parametrize("asked", ["corpus list", "config", "corpus list --json", "--version"])
def test_a_standard_output_that_takes_nothing_is_one_line(tmp_path, streams, why, asked):
    # `true` may end before it is written to, or after: only then is the pipe broken
    wait = "sleep 1; " if "|" in streams else ""
    code = f"set -o pipefail; ({wait}{' '.join(STARTED)} {asked}) {streams}"
    done = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == (why, 1)


def test_closed_streams_beside_it_harm_nothing(tmp_path):
    code = f"{' '.join(STARTED)} corpus list <&- 2>&-"
    done = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "german" in done.stdout
