"""Where defaults of options come from: the command line, the environment, the config file."""

import pytest
import typer

from solfa import cli
from solfa.cli import compose, options
from solfa.cli.config_file import defaults
from solfa.composing.request.request import WISHES


@pytest.fixture
def asked(run, tmp_path, monkeypatch):
    """Composes with a config file; gives what was asked for."""
    heard = []

    def listen(**request):
        heard.append(request)
        raise KeyboardInterrupt

    monkeypatch.setattr("solfa.compose", listen, raising=False)

    def ask(config, *arguments, env=None):
        (tmp_path / "solfa.toml").write_text(config)
        done = run("compose", *arguments, env=env)
        assert done.exit_code == 130, done.output
        return heard.pop()

    return ask


def test_the_command_line_comes_before_the_environment_before_the_file(asked):
    config = '[compose]\nkey = "G"\nmode = "minor"\nstyle-strength = 2\ntop_p = 0.5\n'
    env = {"SOLFA_COMPOSE_KEY": "D", "SOLFA_COMPOSE_MODE": "dorian"}
    found = asked(config, "--key", "A", env=env)
    assert (found["key"], found["mode"]) == ("A", "dorian")
    assert (found["style_strength"], found["top_p"]) == (2.0, 0.5)
    assert found["min_p"] == WISHES["min_p"].default
    assert asked("", "--bars", "4")["key"] is None


def test_numbers_may_be_written_as_such_where_text_is_wanted(asked):
    found = asked("[compose]\nphrase-bars = 4\npickup = 0.5\n")
    assert (found["phrase_bars"], found["pickup"]) == ("4", "0.5")


def test_switches_and_lists(run, tmp_path):
    (tmp_path / "solfa.toml").write_text('[compose]\nformat = "abc"\nout = "there"\njson = true\n')
    done = run("compose", "--bars", "2", "--seed", "1", "--meter", "2/4")
    assert done.stdout.startswith('{"tunes": [')
    assert (tmp_path / "there/tune-c-major-2-4-2-bars-uniform-seed1-1.abc").exists()
    (tmp_path / "solfa.toml").write_text('[train]\ncorpus = ["irish", "lorraine"]\nseed = 3\n')
    found = defaults(tmp_path / "solfa.toml", typer.main.get_command(cli.app))
    assert found == {"train": {"corpus": ["irish", "lorraine"], "seed": "3"}}


def test_which_file_is_read(run, tmp_path):
    assert run("config").output == f"{tmp_path}/own/config.toml (not there)\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own/config.toml").write_text('[compose]\nkey = "D"')
    assert run("config").output == f'{tmp_path}/own/config.toml\n[compose]\nkey = "D"\n'
    (tmp_path / "solfa.toml").write_text('[compose]\nkey = "E"')
    assert run("config").output.startswith("solfa.toml\n")
    (tmp_path / "my.toml").write_text("")
    assert run("--config", "my.toml", "config").output == "my.toml\n"
    assert run("config", env={"SOLFA_CONFIG": "my.toml"}).output == "my.toml\n"


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ('[compose]\nkye = "G"', "solfa.toml: [compose] has no option 'kye'; did you mean 'key'?"),
        ("[compose]\nprompts = 1", "did you mean 'prompt'?"),
        ("[continue]\nFILE_OR_SYMBOLS = 1", "has no option 'FILE_OR_SYMBOLS'; choose from bars"),
        ('[composse]\nkey = "G"', "[composse] is no command of solfa; did you mean 'compose'?"),
        (
            "[latent.sampel]\nseed = 1",
            "[latent.sampel] is no command of solfa; did you mean 'sample'?",
        ),
        ("[latent]\nsample = 1", "latent.sample is no table"),
        ("compose = 1", "compose is no table; write options below [compose]"),
        ("[compose]\nkey = {}", "[compose] key is neither text nor a number"),
        ('[compose]\nkey = ["G"]', "[compose] key is neither text nor a number"),
        ("[compose", "solfa.toml is no TOML: "),
    ],
)
def test_a_wrong_file_is_one_line(run, tmp_path, config, why):
    (tmp_path / "solfa.toml").write_text(config)
    done = run("corpus", "list")
    assert done.exit_code == 1
    assert why in done.output
    assert len(done.output.splitlines()) == 1


def test_a_config_that_was_named_must_be_there(run):
    done = run("--config", "none.toml", "corpus", "list")
    assert done.exit_code == 1
    assert done.output == "solfa: there is no config file none.toml; make it, or leave it out\n"


def test_a_wrong_value_says_where_it_stands(run, tmp_path):
    (tmp_path / "solfa.toml").write_text('[compose]\nbars = "many"')
    done = run("compose")
    assert done.exit_code == 2
    assert done.output == "solfa: --bars 'many' is not a whole number (in solfa.toml)\n"
    done = run("compose", env={"SOLFA_COMPOSE_BARS": "few"})
    assert done.output.endswith("(in the environment, SOLFA_COMPOSE_BARS)\n")
    assert run("compose", "--bars", "x").output == "solfa: --bars 'x' is not a whole number\n"


def test_the_groups_reach_the_command_whole():
    key, default = options.wish_options()["key"]
    shown = compose.compose.__annotations__["key"]
    assert (shown.__origin__, default) == (key.__origin__, None)
    assert shown.__metadata__[0].help == WISHES["key"].help
