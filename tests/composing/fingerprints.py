"""The tunes that a version of solfa composes, recorded: `python tests/composing/fingerprints.py`.

A change after which equal requests give other tunes moves the version in pyproject.toml. The
command records the tunes of the new version, and refuses to record others for the same one.
"""

from __future__ import annotations

import json
from pathlib import Path

import solfa
from solfa.composing import latent
from solfa.composing.provenance import digest
from solfa.errors import SolfaError
from solfa.files import write_atomically

RECORD = Path(__file__).with_suffix(".json")

THEME = "67 _ 67 _ 69 _ 71 _ 72 _ 71 _ 69 _ 67 _ 66 _ 67 _ 69 _ 66 _ 67 _ _ _ 67 _ _ _"
MINOR = "X:1\nL:1/8\nM:3/4\nK:Am\nA2 B2 c2|d2 c2 B2|e2 d2 c2|B4 A2|A2 B2 c2|d2 c2 B2|A6|]\n"

REQUESTS = {
    "plain": lambda: solfa.compose(key="G", meter="3/4", bars=8, seed=7, count=2),
    "style": lambda: solfa.compose(
        style="irish", style_strength=2, meter="6/8", bars=8, key="D", seed=1
    ),
    "form": lambda: solfa.compose(form="AABA'", cadences="half", meter="2/4", key="F", seed=5),
    "likeness": lambda: solfa.compose(form="AA'BA'", phrase_bars=2, likeness=0.6, seed=5),
    "leap": lambda: solfa.compose(form="ABA", phrase_bars=2, largest_leap=7, scale="key", seed=3),
    "prompt": lambda: solfa.compose(prompt=THEME, bars=8, seed=2),
    "continue": lambda: solfa.continue_(MINOR, seed=4),
    "infill": lambda: solfa.infill(MINOR, "3-4", seed=4),
    "dorian": lambda: solfa.compose(key="D dorian", meter="9/8", bars=4, pickup="1/2", seed=1),
    "hybrid": lambda: solfa.compose(model="melody_vae", key="E minor", bars=4, seed=1),
    "grid in minor": lambda: solfa.compose(model="vae", key="A minor", bars=4, seed=1),
    "grid infill": lambda: solfa.infill(MINOR, "4", model="vae", candidates=2, seed=1),
    "windows": lambda: solfa.compose(model="gru_attention", prompt=THEME, steps=64, seed=1),
    "latent sample": lambda: latent.sample(2, key="A minor", seed=3),
    "latent vary": lambda: latent.vary(THEME, 1, seed=3),
    "latent walk": lambda: latent.walk(THEME, THEME.replace("72", "74"), 3, seed=3),
}


def composed() -> dict[str, list[str]]:
    """The digests of the tunes of every request."""
    return {name: [digest(t.melody) for t in ask()] for name, ask in REQUESTS.items()}


def recorded() -> dict[str, object]:
    return json.loads(RECORD.read_text())


def main() -> None:
    tunes, version = composed(), solfa.__version__
    if RECORD.exists():
        before = recorded()
        known = before["tunes"]
        changed = sorted(name for name in known if name in tunes and known[name] != tunes[name])
        if changed and before["version"] == version:
            raise SolfaError(
                f"{', '.join(changed)}: other tunes than {version} composed; move the version"
            )
    text = json.dumps({"version": version, "tunes": tunes}, indent=1)
    write_atomically(RECORD, f"{text}\n".encode())


if __name__ == "__main__":
    main()
