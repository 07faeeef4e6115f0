"""The architecture page: `python -m experiments.architecture` writes docs/architecture.md.

The picture is drawn from the imports of the code, and the route of a request is that of requests
which are composed while every call is watched.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template
from types import FrameType
from typing import Any, NamedTuple

import solfa
from solfa.files import write_atomically
from solfa.markdown import table

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "solfa"
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
TEMPLATE = Path(__file__).with_name("pages") / "architecture.md.in"
LONG = 60
"""Lines of a function that is long."""

STAGES = {
    "request.ask:ask": "what people write becomes a `Request`; all that cannot be read in one line",
    "defaults:resolve": "what the request leaves open is settled as the model needs it",
    "validation.validate:validate": "every reason why it cannot be met, in one line",
    "constraints.problem:compile_request": "ticks, fixed notes, phrases, pitches: the `Problem`",
    "constraints.phrase_plan:phrase_spans": "borders, repeats and cadences of the phrases",
    "validation.conflicts:conflicts": "what contradicts what, read from the problem",
    "compose:_sampled": "a batch of tunes",
    "decoding.sampler:sample": "masked by the rules, biased, drawn",
    "decoding.rerank:rerank": "the best of several candidates, one call a tune",
    "compose:_finished": "one call a tune: decoded, and with its provenance",
    "phrase_marks:mark_phrases": "phrase marks, read from the problem",
    "carry:metadata_of": "title, composer, tempo and remarks of the prompt, and the provenance",
    "verify:verify": "every guarantee checked against the notes, read from the problem",
}
"""The stages of a request, by module of `solfa.composing` and function."""


class Module(NamedTuple):
    """A module: its name after ``solfa.``, its file and syntax tree."""

    name: str
    path: Path
    tree: ast.Module


def modules() -> list[Module]:
    """Every module of the package."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, ast.parse(path.read_text())))
    return found


def imports(module: Module, known: set[str], *, lazy: bool) -> set[str]:
    """The modules that a module imports; inside functions too, if ``lazy``."""
    named = (inner if inner in known else base for inner, base in _imported(module.tree, lazy))
    return {name for name in named if name in known} - {module.name}


def _imported(node: ast.AST, lazy: bool) -> Iterator[tuple[str, str]]:
    """What is imported, as a module of its own and as a name in one."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and (child.module or "").split(".")[0] == "solfa":
            base = (child.module or "").partition(".")[2]
            yield from ((f"{base}.{each.name}".strip("."), base) for each in child.names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        elif lazy or not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _imported(child, lazy)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The sets of modules that import each other in a circle (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for node in graph:
        if node not in index:
            visit(node)
    return found


def functions(found: list[Module]) -> list[int]:
    """Lines of every function."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in found
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
    ]


def between_folders(found: list[Module]) -> Counter[tuple[str, str]]:
    """How many imports lead from one folder or file at the top to another."""
    known = {module.name for module in found}
    counted: Counter[tuple[str, str]] = Counter()
    for module in found:
        top = module.name.split(".")[0]
        for name in imports(module, known, lazy=False):
            other = name.split(".")[0]
            if top and other and other != top:
                counted[top, other] += 1
    return counted


def floors(arrows: Counter[tuple[str, str]]) -> dict[str, int]:
    """How high each folder stands: above all that it imports."""
    below: dict[str, set[str]] = defaultdict(set)
    for here, there in arrows:
        below[here].add(there)
        below.setdefault(there, set())
    height: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in height:
            height[name] = 1 + max((of(other) for other in below[name]), default=-1)
        return height[name]

    return {name: of(name) for name in below}


def not_implied(arrows: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arrows that no way over other folders implies (the transitive reduction)."""
    below: dict[str, set[str]] = defaultdict(set)
    for here, there in arrows:
        below[here].add(there)

    def reached(name: str) -> set[str]:
        return below[name].union(*(reached(other) for other in below[name]))

    return sorted(
        (here, there)
        for here, there in arrows
        if not any(there in reached(other) for other in below[here] - {there})
    )


def picture(found: list[Module]) -> str:
    """The folders as boxes, the highest on top, with lines to those that they build on."""
    arrows = between_folders(found)
    height = floors(arrows)
    lines = Counter[str]()
    for module in found:
        lines[module.name.split(".")[0]] += len(module.path.read_text().splitlines())
    rows: dict[int, list[str]] = defaultdict(list)
    for name in sorted(height, key=lambda name: (-height[name], name)):
        rows[height[name]].append(name)
    wide, high, gap = 150, 46, 40
    width = max(map(len, rows.values())) * (wide + gap) + gap
    top = max(rows)
    place: dict[str, tuple[float, float]] = {}
    for level, names in rows.items():
        left = (width - len(names) * (wide + gap) + gap) / 2
        for number, name in enumerate(names):
            place[name] = left + number * (wide + gap), gap + (top - level) * (high + gap)
    parts = []
    for here, there in not_implied(arrows):
        (x, y), (u, v) = place[here], place[there]
        parts.append(
            f'<path d="M{x + wide / 2:.0f} {y + high:.0f} L{u + wide / 2:.0f} {v:.0f}"'
            f' stroke="#8a94a0" stroke-width="1.6"/>'
        )
    for name, (x, y) in place.items():
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide}" height="{high}" rx="6" fill="#fff"'
            f' stroke="#30506a"/><text x="{x + wide / 2:.0f}" y="{y + 20:.0f}"'
            f' text-anchor="middle" font-weight="bold">{name}</text>'
            f'<text x="{x + wide / 2:.0f}" y="{y + 37:.0f}" text-anchor="middle" font-size="11"'
            f' fill="#666">{lines[name]:,} lines</text>'
        )
    tall = gap * 2 + top * (high + gap) + high
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}"'
        f' font-family="sans-serif" font-size="13"><rect width="100%" height="100%"'
        f' fill="#faf7f0"/>{"".join(parts)}</svg>\n'
    )


def route(ask: Callable[[], Any]) -> list[tuple[str, int]]:
    """The stages that a request passes, in the order of their first calls, with their counts."""
    names = {f"solfa.composing.{stage}" for stage in STAGES}
    calls: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            name = f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"
            if name in names:
                calls[name.removeprefix("solfa.composing.")] += 1

    sys.setprofile(watch)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return list(calls.items())


def routes() -> list[list[str]]:
    """A row for every stage: how often three ways of composing one tune pass it."""
    theme = "X:1\nL:1/4\nM:4/4\nK:G\nGABc|d2d2|edcB|A4|GABc|d2d2|edcA|G4|]\n"
    ways = {
        "compose": lambda: solfa.compose(form="AABA'", cadences="half", seed=1),
        "continue_": lambda: solfa.continue_(theme, 8, seed=1),
        "infill": lambda: solfa.infill(theme, "3-4", seed=1),
    }
    passed = {name: dict(route(ask)) for name, ask in ways.items()}
    order = [stage for stage, _ in route(ways["compose"])]
    order += [stage for stage in STAGES if stage not in order]
    return [
        [f"`{stage}`", STAGES[stage], *(str(passed[name].get(stage, 0)) for name in ways)]
        for stage in order
    ]


def figures(found: list[Module]) -> list[list[str]]:
    """Files, lines, long functions and circles."""
    known = {module.name for module in found}
    graph = {module.name: imports(module, known, lazy=False) for module in found}
    everything = {module.name: imports(module, known, lazy=True) for module in found}
    rows = functions(found)
    return [
        ["files", f"{len(found):,}"],
        ["lines", f"{sum(len(m.path.read_text().splitlines()) for m in found):,}"],
        ["functions", f"{len(rows):,}"],
        [f"functions over {LONG} lines", str(sum(lines > LONG for lines in rows))],
        ["circles of imports", str(len(circles(graph)))],
        ["circles, imports inside functions counted too", str(len(circles(everything)))],
    ]


def main() -> None:
    """Writes the picture and the page."""
    found = modules()
    write_atomically(PICTURE, picture(found).encode())
    text = Template(TEMPLATE.read_text()).substitute(
        route=table(["stage", "what it does", "compose", "continue", "infill"], routes()),
        figures=table(["figure", "now"], figures(found)),
    )
    write_atomically(PAGE, text.encode())
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
