"""The repertoires that come with the installed music21: where each lies, and what to make of it.

None of their tunes is copied into solfa; only ids are.
"""

import re
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from solfa.analysis.families import is_esac
from solfa.analysis.keys import infer_mode
from solfa.errors import ReadError, SolfaError
from solfa.formats.abc.reader import read as read_abc
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody

_ESSEN = "Essen folksong collection, ESAC; non-commercial use (A. Dahlig-Turek, S. Schlien)"


@dataclass(frozen=True)
class Repertoire:
    """One style of tunes; ``files`` are patterns below the corpus folder of music21."""

    description: str
    region: str
    files: tuple[str, ...]
    terms: str

    def paths(self) -> list[Path]:
        """The files, in a fixed order; `SolfaError` where music21 was installed without them."""
        found = sorted({path for pattern in self.files for path in corpus_folder().glob(pattern)})
        if not found:
            raise SolfaError(
                f"no {self.files[0]} in {corpus_folder()}; reinstall music21 with its corpus"
            )
        return found


def _essen(*names: str) -> tuple[str, ...]:
    return tuple(f"essenFolksong/{name}.abc" for name in names)


REPERTOIRES = {
    "german": Repertoire(
        "German-language folk songs: ballads, love songs, children's songs, 14th century on",
        "Germany and its neighbours",
        _essen(
            *("altdeu*", "ballad*", "boehme*", "dva*", "erk*", "fink*"),
            *("kinder*", "variant*", "zuccal*"),
        ),
        _ESSEN,
    ),
    "chinese": Repertoire("Han Chinese folk songs", "China", _essen("han*"), _ESSEN),
    "irish": Repertoire(
        "Irish songs of Essen, and O'Neill's Music of Ireland (1903): airs, jigs, reels",
        "Ireland",
        (*_essen("irl"), "oneills1850/*.abc"),
        "public-domain tunes; transcribed by J. Chambers, T. Hastings and others",
    ),
    "scottish": Repertoire(
        "Aird's Selection of Scotch, English, Irish and Foreign Airs (1782-1801),"
        " and Scottish songs as Haydn had them",
        "Scotland",
        ("airdsAirs/*.abc", *_essen("folkHaydn")),
        "public-domain tunes; transcribed by J. Campin",
    ),
    "american": Repertoire(
        "Ryan's Mammoth Collection (1883): reels, jigs, hornpipes, clogs",
        "United States",
        ("ryansMammoth/*.abc",),
        "public-domain tunes; transcribed by J. Chambers",
    ),
    "luxembourg": Repertoire("Songs of Luxembourg", "Luxembourg", _essen("lux"), _ESSEN),
    "lorraine": Repertoire("German songs of Lorraine", "Lorraine", _essen("lot"), _ESSEN),
}
"""Every built-in repertoire by its name, which is also the style of its tunes."""


def corpus_folder() -> Path:
    """Where the installed music21 keeps its tunes; music21 itself is not imported."""
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise SolfaError(
            "the built-in repertoires come with music21, which is missing;"
            " run: pip install 'solfa[corpora]'"
        )
    return Path(spec.submodule_search_locations[0]) / "corpus"


def read_builtin(
    style: str, path: Path, options: ReadOptions = ReadOptions()
) -> list[Melody | ReadError]:
    """The tunes of one file of a repertoire, each with its style and an id of its own."""
    essen = path.parent.name == "essenFolksong"
    data = path.read_bytes()
    source = f"{path.parent.name}/{path.name}"
    if essen:
        data = _mend_umlauts(data.decode(), german=path.stem != "irl").encode()
    # A number in O'Neill's book names a tune, whichever file it is in.
    book = "oneills" if path.parent.name == "oneills1850" else path.stem
    results = read_abc(data, source, options, lines_are_phrases=essen)
    return [
        result
        if isinstance(result, ReadError)
        else labelled(
            _with_mode(result) if essen else result,
            style,
            f"{book}:{result.metadata.id.rpartition(':')[2]}",
        )
        for result in results
    ]


def labelled(tune: Melody, style: str, place: str) -> Melody:
    """The tune under its style; ``place`` is its id, unless it has an ESAC number."""
    known = tune.metadata
    name = known.id if is_esac(known.id) else place
    return tune.replace(metadata=replace(known, style=style, id=name))


def _with_mode(tune: Melody) -> Melody:
    """The tune, its mode inferred: Essen's ABC names the tonic alone and writes all accidentals."""
    mode = infer_mode(tune.notes, tune.key.pitch_class)
    return tune.replace(key=Key(tune.key.tonic, mode))


def _mend_umlauts(text: str, german: bool) -> str:
    """Essen's ABC is UTF-8 made from a mixture, bytes of DOS and Atari taken for Latin-1.

    So there are control characters for umlauts, and a sharp s is an a with an accent, except in
    Irish, where that is an a with an accent.
    """
    text = text.replace("\x9e", "ß")
    if german:
        text = text.replace("á", "ß")
    return re.sub("[\x80-\x9f]", lambda found: found[0].encode("latin-1").decode("cp437"), text)
