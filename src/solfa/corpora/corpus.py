"""`Corpus`: tunes under one name, what was refused, and the parts of the split."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from solfa.choices import choose, match, remedy
from solfa.corpora import splits
from solfa.corpora.accept import refusal
from solfa.corpora.folder import read_file, tune_files, without_copies
from solfa.corpora.frames import LEVELS, note_table, tune_table
from solfa.corpora.prepare import prepared
from solfa.corpora.repertoires import REPERTOIRES, labelled, read_builtin
from solfa.corpora.store import Refusal
from solfa.errors import ReadError, SolfaError, shown
from solfa.files import as_place
from solfa.formats.read_options import ReadOptions
from solfa.melody import Melody

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, repr=False)
class Corpus:
    """Accepted ``tunes``, each with an id of its own and a style, and what was ``refused``."""

    name: str
    tunes: tuple[Melody, ...]
    refused: tuple[Refusal, ...] = ()

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, {len(self):,} tunes, {len(self.refused):,} refused)"

    def __len__(self) -> int:
        return len(self.tunes)

    def __iter__(self) -> Iterator[Melody]:
        return iter(self.tunes)

    def split(self, part: str, by: str = "family") -> "Corpus":
        """The tunes of one part: ``train``, ``valid`` or ``test``.

        ``by="family"`` keeps variants of a tune together: the split to report. ``by="random"``
        does not, and shows how much leakage flatters. The refused are not of any part.
        """
        part = choose("part", part, splits.PARTS)
        by = choose("split", by, ("family", "random"))
        parts = self.parts if by == "family" else splits.random_parts(self.tunes)
        inside = (tune for tune, its in zip(self.tunes, parts, strict=True) if its == part)
        return Corpus(f"{self.name} {part}", tuple(inside))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The part of each tune under the split by families; ``none`` for one that bridges two."""
        known = splits.frozen_parts(self.tunes)
        later = [i for i, part in enumerate(known) if part is None]
        if later:
            base = load(*REPERTOIRES).tunes
            tunes = [*base, *(self.tunes[i] for i in later)]
            placed = splits.family_parts(tunes, splits.frozen_parts(tunes))[len(base) :]
            for index, part in zip(later, placed, strict=True):
                known[index] = part
        return tuple(part for part in known if part)

    def to_pandas(self, level: str = "tunes") -> "pandas.DataFrame":
        """The corpus as a table: one row a tune (`tune_table`), or a note (`note_table`).

        Raises `SolfaError` for another level, and where pandas is missing.
        """
        level = choose("level", level, LEVELS)
        return tune_table(self.tunes, self.parts) if level == "tunes" else note_table(self.tunes)

    def accepting(self, durations: Collection[Fraction]) -> "Corpus":
        """Only the tunes whose durations are all among ``durations``; the others are refused."""
        reasons = [refusal(tune, durations) for tune in self.tunes]
        return Corpus(
            self.name,
            tuple(t for t, reason in zip(self.tunes, reasons, strict=True) if reason is None),
            self.refused
            + tuple(
                Refusal(tune.metadata.id, None, reason)
                for tune, reason in zip(self.tunes, reasons, strict=True)
                if reason is not None
            ),
        )


def load(
    *names: str | Path,
    durations: Collection[Fraction] | None = None,
    options: ReadOptions = ReadOptions(),
) -> Corpus:
    """Built-in repertoires (`REPERTOIRES`) and folders of files, joined.

    A folder is searched to any depth for files that solfa reads, by the ``options``; its name is
    their style. A tune that stands in it twice is taken once.
    ``durations``, if given, are the only ones accepted, in quarters: `accept.REPORT_DURATIONS`
    is the report's choice. Raises `SolfaError` for an unknown name, or a folder without tunes.
    """
    if not names:
        raise SolfaError(f"name a repertoire or a folder; built in: {', '.join(REPERTOIRES)}")
    corpora = [_one(as_place("corpus", name), options) for name in names]
    corpus = Corpus(
        "+".join(corpus.name for corpus in corpora),
        tuple(tune for corpus in corpora for tune in corpus.tunes),
        tuple(one for corpus in corpora for one in corpus.refused),
    )
    return corpus if durations is None else corpus.accepting(durations)


def _one(name: str | Path, options: ReadOptions) -> Corpus:
    """A built-in repertoire, or the corpus of a folder; the exact name of either goes first."""
    known = match(str(name), REPERTOIRES)
    if known and (known == str(name) or not Path(name).is_dir()):
        return _builtin(known, options)
    return _folder(Path(name), options)


def _builtin(name: str, options: ReadOptions) -> Corpus:
    read = partial(read_builtin, name, options=options)
    cache = name if options == ReadOptions() else f"{name}-{_hash(options)}"
    return Corpus(name, *prepared(cache, REPERTOIRES[name].paths(), read, options=repr(options)))


def _folder(folder: Path, options: ReadOptions) -> Corpus:
    if not folder.is_dir():
        raise SolfaError(
            f"no folder or repertoire {shown(str(folder))}; {remedy(str(folder), REPERTOIRES)}"
        )
    paths, closed = tune_files(folder)
    style = folder.resolve().name
    cache = f"{style}-{_hash((str(folder.resolve()), options))}"
    read = partial(_read_file, folder, style, options)
    tunes, refused = prepared(cache, paths, read, options=repr(options))
    kept, copies = without_copies(tunes)
    return Corpus(style, tuple(kept), (*map(Refusal.of, closed), *refused, *copies))


def _hash(value: object) -> str:
    return sha256(repr(value).encode(errors="surrogateescape")).hexdigest()[:8]


def _read_file(
    folder: Path, style: str, options: ReadOptions, path: Path
) -> list[Melody | ReadError]:
    """The tunes of a user's file, named by ESAC number where they have one, else by place."""
    place = f"{style}/{path.relative_to(folder).as_posix()}"
    return [
        result if isinstance(result, ReadError) else labelled(result, style, f"{place}:{number}")
        for number, result in enumerate(read_file(folder, options, path), 1)
    ]
