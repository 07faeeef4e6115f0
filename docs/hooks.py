"""What the pages are given while the site is built: music, equations, cards, options, licences.

A fenced block ``abc play`` or ``sol play`` becomes a score and a player, made by solfa itself.
``$$`` and ``$`` hold equations, which become MathML, so that no script is needed. A comment like
``<!-- cards -->`` stands for what the function of that name in `GENERATED` writes.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from typer.main import get_command

from solfa.cli import app
from solfa.errors import ReadError
from solfa.formats import reader, render
from solfa.runtime import WEIGHTS
from solfa.runtime.graph import hash_of

ROOT = Path(__file__).parents[1]
PLAYED: dict[str, bytes] = {}
"""The files of what is played, by name, as this build makes them."""

_PLAYED = re.compile(r"^```(abc|sol) play\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")
_BLOCK = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"<!-- example (\S+).*? -->")
_INLINE = re.compile(r"\$([^$\n]+)\$")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with its music, equations and generated parts in place."""
    markdown = _PLAYED.sub(lambda block: played(block[2], f".{block[1]}"), markdown)
    if page.file.src_uri == "how-models-work.md":
        markdown = _BLOCK.sub(lambda text: f"\n{convert(text[1], display='block')}\n", markdown)
        markdown = _INLINE.sub(lambda text: f"<span>{convert(text[1])}</span>", markdown)
    markdown = _EXAMPLE.sub(example, markdown)
    for name, generate in GENERATED.items():
        if (mark := f"<!-- {name} -->") in markdown:
            markdown = markdown.replace(mark, generate())
    return _OUTSIDE.sub(r"\1", markdown)  # files outside docs/ are no part of the site


def on_post_build(config: Any, **_: Any) -> None:
    """Puts what is played beside the pages."""
    folder = Path(config["site_dir"]) / "played"
    folder.mkdir(exist_ok=True)
    for name, content in PLAYED.items():
        (folder / name).write_bytes(content)


def played(text: str, suffix: str) -> str:
    """The score of a tune and its player; the text of the tune is what is hashed."""
    (tune,) = reader(suffix)(text.encode(), "docs")
    if isinstance(tune, ReadError):
        raise tune
    name = sha256(text.encode()).hexdigest()[:16]
    PLAYED.update({f"{name}{kind}": render(tune, kind) for kind in (".svg", ".mp3")})
    return (
        f'<figure><img src="played/{name}.svg" alt="score" style="background: white;'
        f' max-width: 100%"><br><audio controls preload="none" src="played/{name}.mp3"></audio>'
        "</figure>"
    )


def cards() -> str:
    """The card of each bundled model."""
    text = []
    for folder in sorted(path.parent for path in WEIGHTS.glob("*/card.json")):
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        rows = {
            "weights": f"`{hash_of(folder)}`, {size:.1f} MB",
            "trained on": ", ".join(card["data"]["train"]),
            "songs": f"{card['data']['songs']:,}",
            "split": card["data"]["split"],
            "machine": card.get("machine", "not told"),
            "how": card.get("how", "`make melody_lstm`" if card["model"] == "melody_lstm" else ""),
            "terms of the tunes": "; ".join(card["data"]["terms"]),
        }
        cells = "\n".join(f"| {name} | {value} |" for name, value in rows.items() if value)
        text.append(f"## `{card['model']}`\n\n| | |\n|---|---|\n{cells}\n")
    return "\n".join(text)


def commands() -> str:
    """Every command with its arguments and options, hidden ones left out."""
    text = []

    def tell(command: Any, name: str) -> None:
        if command.hidden:
            return
        if hasattr(command, "commands"):
            for key, inner in sorted(command.commands.items()):
                tell(inner, f"{name} {key}")
            return
        about = " ".join((command.help or "").split("\n\n")[0].split())
        text.append(f"### `{name}`\n\n{about}\n\n| option | what it does |\n|---|---|")
        for option in command.params:
            if getattr(option, "hidden", False):
                continue
            shown = ", ".join(f"`{flag}`" for flag in (*option.opts, *option.secondary_opts))
            if option.param_type_name == "argument":
                shown = f"`{option.metavar or option.name.upper()}`"
            told = " ".join((getattr(option, "help", "") or "").split()).replace("|", "\\|")
            text.append(f"| {shown} | {told} |")
        text.append("")

    tell(get_command(app), "solfa")
    return "\n".join(text)


def licences() -> str:
    """What solfa's dependencies, and theirs, say of their licences; extras apart."""
    text = []
    for extra in ("", "train", "studio", "notebook", "docs", "dev"):
        names = sorted(needed("solfa", extra, set()), key=str.lower)
        if extra:
            names = [name for name in names if name not in needed("solfa", "", set())]
        title = f"With `[{extra}]`" if extra else "The installation itself"
        rows = "\n".join(
            f"| {name} | {distribution(name).version} | {terms(name)} |" for name in names
        )
        text.append(f"## {title}\n\n| package | version | licence |\n|---|---|---|\n{rows}\n")
    return "\n".join(text)


def needed(package: str, extra: str, seen: set[str]) -> set[str]:
    """The names of the packages that one needs, installed ones, all the way down."""
    from packaging.requirements import Requirement

    for line in requires(package) or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker and not marker.evaluate({"extra": extra}):
            continue
        if extra and package == "solfa" and not (marker and "extra" in str(marker)):
            continue
        try:
            name = distribution(requirement.name).metadata["Name"]
        except PackageNotFoundError:
            continue
        if name not in seen:
            seen.add(name)
            needed(name, "", seen)
    return seen


def terms(name: str) -> str:
    """The licence in a word or two."""
    data = distribution(name).metadata
    classified = [
        line.split(" :: ")[-1] for line in data.get_all("Classifier", []) if "License ::" in line
    ]
    told = data.get("License-Expression") or ", ".join(classified) or data.get("License") or ""
    return " ".join(told.split())[:80] or "not told"


def example(place: re.Match[str]) -> str:
    """A file of the example package, or a part of its project's."""
    text = (ROOT / "examples" / "solfa_example" / place[1]).read_text(encoding="utf-8")
    if place[1].endswith(".toml"):
        return f"```toml\n{text[text.index('[project.entry-points') :]}```"
    return f"```python\n{text}```"


GENERATED = {"cards": cards, "commands": commands, "licences": licences}
"""What writes each part of a page that is no text of its own."""
