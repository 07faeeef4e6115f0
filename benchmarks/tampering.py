"""Models' folders that were tampered with: each must be refused in one line of `ModelError`.

    python benchmarks/tampering.py [--rounds 2] [--page docs/reliability.md]

Prints how many were tried and what became of them, by kind. A kind changes a copy of a bundled
model; where it is ``resigned``, the hashes of the card are made to fit again, as one who means harm
would.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Any

from reliability import write_section
from solfa.composing.compose import compose
from solfa.errors import ModelError, SolfaError
from solfa.models.registry import trained
from solfa.runtime import WEIGHTS
from solfa.runtime.graph import HASHES, hashes

Tamper = Callable[[Path, random.Random], None]

_VALUES: tuple[Any, ...] = (None, True, -1, 0, 1e300, 10**30, 2**31, "", "x", [], {}, [None], [[]])
_READ = ("model", "config", "encoding", "features", "latent", HASHES)


def _graph(folder: Path, by: random.Random) -> Path:
    return by.choice(sorted(folder.glob("*.onnx")))


def _flip(folder: Path, by: random.Random) -> None:
    path = _graph(folder, by)
    data = bytearray(path.read_bytes())
    for _ in range(by.choice((1, 10, 1000))):
        data[by.randrange(len(data))] ^= 1 << by.randrange(8)
    path.write_bytes(data)


def _truncate(folder: Path, by: random.Random) -> None:
    path = by.choice(sorted(folder.iterdir()))
    data = path.read_bytes()
    path.write_bytes(data[: by.randrange(len(data))])


def _lengthen(folder: Path, by: random.Random) -> None:
    path = by.choice(sorted(folder.iterdir()))
    path.write_bytes(path.read_bytes() + by.randbytes(by.choice((1, 100))))


def _remove(folder: Path, by: random.Random) -> None:
    by.choice(sorted(folder.iterdir())).unlink()


def _swap(folder: Path, by: random.Random) -> None:
    other = WEIGHTS / by.choice([name for name in trained() if name != folder.name])
    shutil.copy(_graph(other, by), _graph(folder, by))


def _no_file(folder: Path, by: random.Random) -> None:
    path = by.choice(sorted(folder.iterdir()))
    path.unlink()
    kind = by.choice(("folder", "pipe", "link", "device"))
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "/nowhere/at/all")


def _value(folder: Path, by: random.Random) -> None:
    """Puts a wrong value somewhere into what the runtime reads of the card."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    inner: Any = card
    name: Any = by.choice([name for name in _READ if name in card])
    while isinstance(inner[name], dict | list) and inner[name] and by.random() < 0.8:
        inner = inner[name]
        name = by.choice([*inner]) if isinstance(inner, dict) else by.randrange(len(inner))
    if by.random() < 0.2:
        del inner[name]
    else:
        inner[name] = by.choice(_VALUES)
    path.write_text(json.dumps(card), encoding="utf-8")


def _no_card(folder: Path, by: random.Random) -> None:
    texts = ("", "[]", "null", "{", "[" * 100_000, '{"model": NaN}', "\0", "1" * 5000, '{"a": 1}')
    (folder / "card.json").write_text(by.choice(texts))


def _vocabulary(folder: Path, by: random.Random) -> None:
    """A vocabulary with an entry more or fewer."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    part = by.choice([n for n in ("durations", "pickups", "symbols") if n in card["encoding"]])
    entries = card["encoding"][part]
    if by.random() < 0.5:
        entries.pop(by.randrange(len(entries)))
    else:
        entries.append(entries[-1] + 12 if part != "symbols" else "99")
    path.write_text(json.dumps(card), encoding="utf-8")


def _weights(folder: Path, by: random.Random) -> None:
    """Weights that are no numbers, or infinite, in one tensor of one graph."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    path = _graph(folder, by)
    model = onnx.load(path)
    wide = [t for t in model.graph.initializer if t.data_type in (1, 10)]
    for tensor in wide:
        array = numpy_helper.to_array(tensor).copy()
        array[...] = by.choice((np.nan, np.inf))
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    path.write_bytes(model.SerializeToString())


def _external(folder: Path, by: random.Random) -> None:
    """Weights that lie in another file of the machine."""
    import onnx

    path = _graph(folder, by)
    model = onnx.load(path)
    tensor = by.choice([*model.graph.initializer])
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=by.choice(("../../etc/passwd", "body.onnx")))
    path.write_bytes(model.SerializeToString())


def _operator(folder: Path, by: random.Random) -> None:
    """A node of an operator that nobody has."""
    import onnx

    path = _graph(folder, by)
    model = onnx.load(path)
    by.choice([*model.graph.node]).op_type = "NoSuchOperator"
    path.write_bytes(model.SerializeToString())


def _resigned(tamper: Tamper) -> Tamper:
    def tampered(folder: Path, by: random.Random) -> None:
        tamper(folder, by)
        path = folder / "card.json"
        card = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(card.get(HASHES), dict):
            card[HASHES] = hashes(card, folder.glob("*.onnx"))
            path.write_text(json.dumps(card), encoding="utf-8")

    return tampered


KINDS: dict[str, Tamper] = {
    "bits of a graph": _flip,
    "a file cut": _truncate,
    "a file lengthened": _lengthen,
    "a file missing": _remove,
    "another model's graph": _swap,
    "no regular file": _no_file,
    "no card": _no_card,
    "a value of the card": _value,
    "vocabulary, hash renewed": _resigned(_vocabulary),
    "weights no numbers, hash renewed": _resigned(_weights),
    "weights elsewhere, hash renewed": _resigned(_external),
    "unknown operator, hash renewed": _resigned(_operator),
}
"""What is done to a folder; all of it must be refused."""

HARMLESS: dict[str, Tamper] = {
    "another model's graph, hash renewed": _resigned(_swap),
    "bits of a graph, hash renewed": _resigned(_flip),
    "a value of the card, hash renewed": _resigned(_value),
}
"""What may leave a model that runs: then it composes, or the request is beyond what it can say."""


def outcome(name: str, tamper: Tamper, by: random.Random) -> str:
    """What comes of composing with a tampered copy of a bundled model: refused, composed, error."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        shutil.copytree(WEIGHTS / name, folder)
        tamper(folder, by)
        try:
            compose(model=folder, bars=1, seed=by.randrange(1000), scale="chromatic")
        except SolfaError as error:
            if len(str(error)) > 300 or "\n" in str(error):
                return "error: a long line"
            return "refused" if isinstance(error, ModelError) else "request refused"
        except Exception as error:
            return f"error: {type(error).__name__}: {str(error)[:60]}"
    return "composed"


def counts(rounds: int, seed: int = 1) -> dict[str, Counter[str]]:
    """The outcomes by kind, each tried ``rounds`` times on every model."""
    found = {}
    for kind, tamper in {**KINDS, **HARMLESS}.items():
        by = random.Random(f"{seed} {kind}")
        found[kind] = Counter(
            outcome(name, tamper, by) for name in trained() for _ in range(rounds)
        )
    return found


def failures(found: dict[str, Counter[str]]) -> dict[str, int]:
    """How often, by kind, a folder was not refused in a line, or composed where it must not."""
    allowed = dict.fromkeys(HARMLESS, ("refused", "request refused", "composed"))
    return {
        kind: count.total() - sum(count[one] for one in allowed.get(kind, ("refused",)))
        for kind, count in found.items()
    }


def _section(found: dict[str, Counter[str]]) -> str:
    """The section of the page."""
    text = fill(
        f"`python benchmarks/tampering.py`: copies of the folders of {', '.join(trained())} are"
        " changed at random, and a bar is asked of them. All of the first kinds must be refused in"
        " one line; of the last, where the hashes of the card fit again, a model that still runs"
        " may compose. All else fails: a foreign exception, an error of several lines.",
        100,
    )
    table = ["| what is changed | tried | refused | composed | failed |", "|---|---|---|---|---|"]
    for kind, wrong in failures(found).items():
        composed = found[kind]["composed"]
        refused = found[kind].total() - composed - wrong
        table.append(f"| {kind} | {found[kind].total()} | {refused} | {composed} | {wrong} |")
    return "## Tampered folders\n\n" + text + "\n\n" + "\n".join(table)


def main() -> None:
    """Runs what the command line asks for; exit code 1 if a folder was not met as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=2, help="of each kind on each model")
    parser.add_argument("--page", type=Path, help="write the section of this page")
    asked = parser.parse_args()
    found = counts(asked.rounds)
    print(section := _section(found))
    if asked.page:
        write_section(asked.page, "tampering", section)
    raise SystemExit(any(failures(found).values()))


if __name__ == "__main__":
    main()
