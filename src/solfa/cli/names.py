"""The names that options take, offered on TAB, without loading what has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

STYLES = ("german", "chinese", "irish", "scottish", "american", "luxembourg", "lorraine")
"""The repertoires that come with solfa."""


def _models() -> Iterable[str]:
    from solfa import plugins
    from solfa.models.registry import MODELS

    return [*MODELS, *plugins.added(plugins.MODELS, MODELS)]


def _latent() -> Iterable[str]:
    from solfa.models.registry import MODELS

    return [name for name, row in MODELS.items() if row.latent]


def _modes() -> Iterable[str]:
    from solfa.melody import MODES

    return MODES


def _keys() -> Iterable[str]:
    from solfa.melody import Key

    return [str(Key.of(tonic, mode)) for mode in ("major", "minor") for tonic in range(12)]


def _tonics() -> Iterable[str]:
    from solfa.melody import Key

    return [Key.of(tonic).tonic for tonic in range(12)]


def _scales() -> Iterable[str]:
    from solfa.composing.request.scales import SCALE_NAMES

    return [name.replace(" ", "-") for name in SCALE_NAMES]


def _read() -> Iterable[str]:
    from solfa.formats import READERS

    return [suffix[1:] for suffix in READERS]


def _written() -> Iterable[str]:
    from solfa.formats import WRITERS
    from solfa.formats.write_options import ENGRAVERS

    every = [*WRITERS, *(suffix for drawn in ENGRAVERS.values() for suffix in drawn)]
    return dict.fromkeys(suffix[1:] for suffix in every)


def _engravers() -> Iterable[str]:
    from solfa.formats.write_options import ENGRAVERS

    return ENGRAVERS


def _instruments() -> Iterable[str]:
    from solfa.formats.instruments import INSTRUMENTS

    return INSTRUMENTS


def _clefs() -> Iterable[str]:
    from solfa.formats.instruments import CLEFS

    return CLEFS


NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "style": lambda: STYLES,
    "model": _models,
    "latent": _latent,
    "mode": _modes,
    "key": _keys,
    "tonic": _tonics,
    "scale": _scales,
    "cadences": lambda: ("half", "full", "free"),
    "read": _read,
    "written": _written,
    "engraver": _engravers,
    "instrument": _instruments,
    "clef": _clefs,
    "syllables": lambda: ("do", "la", "degrees"),
    "split": lambda: ("train", "valid", "test"),
}
"""The names of each kind, by functions that list them."""


def complete(kind: str) -> Callable[[str], list[str]]:
    """What completes a word that is half typed; of a list with commas, its last part."""

    def complete(incomplete: str) -> list[str]:
        before, comma, begun = incomplete.rpartition(",")
        found = [name for name in NAMES[kind]() if name.lower().startswith(begun.lower())]
        return [f"{before}{comma}{name}" for name in found]

    return complete
