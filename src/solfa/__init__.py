"""solfa: composing melodies with neural networks.

import solfa
tune = solfa.compose(style="german", key="G", meter="3/4", bars=16, seed=7)[0]
tune.melody.write("tune.musicxml")
solfa.read("theme.abc").transpose(5)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from solfa.errors import ModelError, ReadError, RequestError, SolfaError
from solfa.melody import Key, Melody, Metadata, Meter, Note

if TYPE_CHECKING:
    from solfa import corpora, plots
    from solfa.composing import latent
    from solfa.composing.compose import compose, continue_, infill
    from solfa.composing.composition import Composition
    from solfa.composing.replay import replay
    from solfa.composing.request.request import Request
    from solfa.evaluation.evaluate import evaluate
    from solfa.formats import parse, read
    from solfa.training.train import train

    __version__: str

__all__ = [
    "Composition",
    "Key",
    "Melody",
    "Metadata",
    "Meter",
    "ModelError",
    "Note",
    "ReadError",
    "Request",
    "RequestError",
    "SolfaError",
    "__version__",
    "compose",
    "continue_",
    "corpora",
    "evaluate",
    "infill",
    "latent",
    "parse",
    "plots",
    "read",
    "replay",
    "train",
]

_LATER = {
    "Composition": "solfa.composing.composition",
    "Request": "solfa.composing.request.request",
    "compose": "solfa.composing.compose",
    "continue_": "solfa.composing.compose",
    "evaluate": "solfa.evaluation.evaluate",
    "infill": "solfa.composing.compose",
    "parse": "solfa.formats",
    "read": "solfa.formats",
    "replay": "solfa.composing.replay",
    "train": "solfa.training.train",
}  # imported when first asked for, so that importing solfa costs nothing
_MODULES = {
    "corpora": "solfa.corpora",
    "latent": "solfa.composing.latent",
    "plots": "solfa.plots",
}


def __dir__() -> list[str]:
    """What is public, and nothing that only happens to be imported."""
    return sorted(__all__)


if not TYPE_CHECKING:  # type checkers know all names, and find wrong ones

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            return getattr(import_module(_LATER[name]), name)
        if name in _MODULES:
            return import_module(_MODULES[name])
        if name == "__version__":
            from importlib.metadata import version

            return version("solfa")
        from solfa.choices import remedy

        instead = remedy(name, __all__)
        raise AttributeError(f"module 'solfa' has no attribute {name!r}; {instead}", name=name)
