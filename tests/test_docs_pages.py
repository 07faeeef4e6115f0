"""The site: it is built without a warning, asks nothing of any network, and what it says is run."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

import solfa
from solfa import cli
from solfa.errors import SolfaError
from solfa.melody import Melody, Note

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    mkdocs = (sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder))
    done = subprocess.run(mkdocs, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


class _Loaded(HTMLParser):
    """What a page loads by itself, and the equations and players in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.places: list[str] = []
        self.tags: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        loads = tag in ("img", "script", "audio", "source", "iframe")
        if loads or (tag == "link" and told.get("rel") in ("stylesheet", "icon", "shortcut icon")):
            self.places += filter(None, [told.get("src"), told.get("href")])


@pytest.mark.slow
def test_the_pages_ask_nothing_of_any_network_and_miss_nothing(site: Path) -> None:
    pages = list(site.glob("*.html"))
    assert len(pages) > 15
    for page in pages:
        for place in _Loaded(page).places:
            assert not re.match(r"(https?:)?//", place), (page.name, place)
            if page.name != "404.html":
                assert (site / place.split("?")[0]).exists(), (page.name, place)


@pytest.mark.slow
def test_music_sounds_and_equations_are_there(site: Path) -> None:
    glossary = _Loaded(site / "glossary.html")
    fenced = (DOCS / "glossary.md").read_text(encoding="utf-8").count(" play\n")
    assert glossary.tags.count("audio") == fenced > 20
    assert all(p.stat().st_size > 2000 for p in (site / "played").iterdir())
    assert _Loaded(site / "how-models-work.html").tags.count("math") > 20
    cards = (site / "cards.html").read_text(encoding="utf-8")
    assert all(
        name.parent.name in cards for name in (ROOT / "src/solfa/weights").glob("*/card.json")
    )


@pytest.mark.slow
def test_every_command_and_option_is_on_its_page(site: Path) -> None:
    page = (site / "command-line.html").read_text(encoding="utf-8")
    for name in ("compose", "infill", "convert", "latent walk", "corpus stats", "studio"):
        assert f"solfa {name}</code>" in page
    for option in ("--largest-leap", "--syllables", "--step", "--count-in"):
        assert option in page


@pytest.mark.slow
def test_every_dependency_has_its_licence(site: Path) -> None:
    from importlib.metadata import requires

    page = (site / "licences.html").read_text(encoding="utf-8").lower().replace("_", "-")
    names = {re.match(r"[\w-]+", line)[0].lower() for line in requires("solfa")}
    assert not [name for name in names if f">{name.replace('_', '-')}<" not in page]


@pytest.mark.slow
def test_the_tutorial_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks run in order, in one folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, object] = {}
    blocks = _BLOCK.findall((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    assert len(blocks) > 8
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, "tutorial.md", "exec"), names)
            continue
        for line in text.splitlines():
            command = shlex.split(line.removeprefix("$ "))
            assert command[0] == "solfa"
            done = CliRunner().invoke(cli.app, command[1:])
            assert done.exit_code == 0, (line, done.output)
    assert (tmp_path / "clarinet.pdf").stat().st_size > 1000


def _compose(**asked: object) -> Callable[[Path], object]:
    return lambda folder: solfa.compose(**{"bars": 2, "seed": 1, **asked})


def _read(name: str, data: bytes, **choices: object) -> Callable[[Path], object]:
    def cause(folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return solfa.read(path, **choices)

    return cause


TUNE = Melody([Note(60, 1)] * 4)
ABC = b"X:1\nM:4/4\nL:1/4\nK:C\n"
CAUSES: dict[str, Callable[[Path], object]] = {
    "A chord": _read("x.abc", ABC + b"[CE] C C C|\n"),
    "A file that is cut off": _read("x.mid", b"MThd\0\0"),
    "A file of two tunes": _read("x.abc", ABC + b"C4|\n\n" + ABC + b"C4|\n"),
    "An unknown suffix": _read("x.doc", b""),
    "A suffix that cannot be written": lambda folder: TUNE.write(folder / "x.doc"),
    "A missing file": lambda folder: solfa.read(folder / "none.abc"),
    "A prompt that is no file": _compose(prompt="none.abc"),
    "An unknown style": _compose(style="klingon"),
    "An unknown key": _compose(key="H"),
    "An unknown scale": _compose(scale="bebop"),
    "An unknown model": _compose(model="gpt"),
    "An unknown instrument": lambda folder: TUNE.write(folder / "x.mid", instrument="kazoo"),
    "A range without the final": _compose(range="C#4-B4", key="C"),
    "Bars and phrases that disagree": _compose(form="AABA", phrase_bars=4, bars=10),
    "A prompt in another metre": _compose(prompt=TUNE, meter="3/4"),
    "A likeness outside 0 to 1": _compose(form="AA", likeness=2),
    "A temperature of 0": _compose(temperature=0),
    "Too many bars": _compose(bars=1000),
    "A folder that holds no model": lambda folder: _compose(model=str(folder))(folder),
    "A file without a request": lambda folder: solfa.replay(TUNE.write(folder / "x.abc")),
    "A format that carries no request": lambda folder: solfa.replay(TUNE.write(folder / "x.txt")),
    "Nothing to write anew": lambda folder: solfa.infill(TUNE),
    "A bar that is not there": lambda folder: solfa.infill(TUNE, bars="9"),
    "A corpus without tunes": lambda folder: solfa.corpora.load(str(folder)),
    "A performance without a step": lambda folder: solfa.read(performance(folder)),
    "A wrong syllable": _compose(prompt="do re mo", key="C"),
}


def performance(folder: Path) -> Path:
    """A MIDI file that somebody played."""
    import mido

    path = TUNE.write(folder / "played.mid")
    file = mido.MidiFile(path)
    track = mido.MidiTrack(m for m in file.tracks[0] if m.type != "text")
    for number, message in enumerate(track[:-1]):
        message.time += number % 7
    mido.MidiFile(ticks_per_beat=file.ticks_per_beat, tracks=[track]).save(path)
    return path


def faq() -> dict[str, str]:
    """The line that is quoted below each heading of the page."""
    text = (DOCS / "faq.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.+)\n\n`(.+)`$", text, re.MULTILINE))


def test_every_error_of_the_page_has_a_cause() -> None:
    assert set(faq()) == set(CAUSES)


@pytest.mark.parametrize("name", list(CAUSES))
def test_the_line_is_what_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(SolfaError) as error:
        CAUSES[name](tmp_path)
    quoted = ".*".join(map(re.escape, faq()[name].split("…")))
    assert re.fullmatch(f".*?{quoted}", str(error.value)), str(error.value)
