"""Old commands hand over to experiments and say so; without these they say where to go."""

import sys

import pytest

import experiments.control.__main__ as control
import experiments.hybrid.__main__ as hybrid
import experiments.results.__main__ as results

OLD = {
    "solfa control": (control, "control --report x.md --tunes 3"),
    "solfa latent measure": (hybrid, "latent measure --split test --judge ngram"),
    "solfa evaluate --report": (
        results,
        "evaluate ngram vae --corpus a --corpus b --songs 4 --tunes 2 --compare c --report x.md",
    ),
}


@pytest.mark.parametrize("old", OLD)
def test_arguments_are_handed_over(run, monkeypatch, old):
    module, line = OLD[old]
    words, given = line.split(), []
    monkeypatch.setattr(module, "main", given.append)
    done = run(*words)
    assert done.exit_code == 0, done.output
    name = module.__name__.removesuffix(".__main__")
    assert done.stderr == f"{old} is python -m {name} now\n"
    assert done.stdout == ""
    handed = [word for word in words if word not in ("control", "latent", "measure", "evaluate")]
    assert given == [handed]
    module._parser().parse_args(given[0])


@pytest.mark.parametrize("old", OLD)
def test_an_installation_says_where_they_went(run, monkeypatch, old):
    module, line = OLD[old]
    for name in [name for name in sys.modules if name.split(".")[0] == "experiments"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "experiments", None)
    done = run(*line.split())
    assert done.exit_code == 1
    name = module.__name__.removesuffix(".__main__")
    assert done.stderr == (
        f"solfa: {old} is python -m {name} now, which no installation has; run it in a checkout"
        " of solfa\n"
    )


@pytest.mark.parametrize("path", [[], ["latent"], ["evaluate"]])
def test_help_does_not_name_them(run, path):
    shown = run(*path, "--help").output
    for word in ("control", "measure", "--report", "--compare"):
        assert f" {word} " not in shown


@pytest.mark.parametrize("module", [control, hybrid, results])
def test_each_has_help_and_refuses_what_it_does_not_know(module, capsys):
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    assert "--report REPORT" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        module.main(["--nonsense"])
    assert ended.value.code == 2
