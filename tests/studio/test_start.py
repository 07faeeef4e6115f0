"""`solfa studio` until the page is served, or one line saying why it is not."""

import socket
import sys

import pytest
from typer.testing import CliRunner

from solfa import cli
from solfa.studio import start


def run(*arguments):
    return CliRunner().invoke(cli.app, ["studio", *arguments])


@pytest.fixture
def served(monkeypatch):
    """The arguments that streamlit is run with."""
    web = pytest.importorskip("streamlit.web.cli")
    calls = []
    monkeypatch.setattr(web, "main", lambda arguments, **options: calls.append(arguments))
    return calls


def test_it_serves_this_machine_only_and_tells_nobody(served):
    done = run("--no-browser")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("solfa studio is at http://localhost:85")
    (arguments,) = served
    assert {
        "--browser.gatherUsageStats=false",
        "--server.address=localhost",
        "--server.headless=true",
        "--server.showEmailPrompt=false",
    } <= set(arguments)


def test_streamlit_knows_every_option(served):
    from streamlit import config

    run()
    names = {argument[2:].partition("=")[0] for argument in served[0][2:]}
    assert names <= set(config.get_config_options())


def test_a_port_in_use_is_one_line_and_another_is_found(served, monkeypatch):
    with socket.socket() as door:
        door.bind(("localhost", 0))
        door.listen()
        port = door.getsockname()[1]
        done = run("--port", str(port))
        assert done.exit_code == 1
        line = f"solfa: port {port} is in use or not allowed; choose another with --port\n"
        assert done.stderr == line
        monkeypatch.setattr(start, "PORTS", range(port, min(port + 20, 65536)))
        assert run().exit_code == 0
    assert f"--server.port={port}" not in served[0]


def test_an_absurd_port_is_one_line(served):
    assert run("--port", "70000").stderr == "solfa: port 70000 is outside 1..65535\n"


def test_without_streamlit_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "streamlit", None)
    monkeypatch.setitem(sys.modules, "streamlit.web", None)
    monkeypatch.setitem(sys.modules, "streamlit.web.cli", None)
    done = run()
    assert done.exit_code == 1
    assert "pip install 'solfa[studio]'" in done.stderr
    assert done.stderr.count("\n") == 1
