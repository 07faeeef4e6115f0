"""From files to named tunes: read on all cores with progress, kept in a cache by content.

The cache of a corpus is one file that holds a digest of every byte it was made from, code
included: whatever changes, the corpus is read again.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.progress import Progress

from solfa.analysis.families import is_esac
from solfa.corpora.store import Refusal, pack, unpack
from solfa.errors import ReadError, SolfaError
from solfa.files import digest, write_atomically
from solfa.formats.source import content
from solfa.melody import Melody

Reader = Callable[[Path], list[Melody | ReadError]]

_BATCH = 100_000  # bytes of source for a worker at a time: about a tenth of a second's work


def prepared(
    name: str, paths: Sequence[Path], read: Reader, options: str = ""
) -> tuple[tuple[Melody, ...], tuple[Refusal, ...]]:
    """The tunes of the files in order, and what could not be read; from the cache if it is whole.

    ``name`` names the cache file; ``read`` must be a picklable function of one path, whose
    ``options`` are part of what the cache is known by. The cache
    lies in ``$SOLFA_CACHE``, or where the system keeps caches; where it cannot be written, the
    files are read each time.
    """
    cache = cache_folder() / f"{name}.npz"
    header = {"digest": f"{digest(_code())} {_contents(paths)}", "options": options}
    try:
        tunes, refused, known = unpack(cache.read_bytes())
        if known == header:
            return tuple(tunes), tuple(refused)
    except Exception:  # whatever is wrong with a cache, it can be built again
        pass
    tunes, refused = _read_all(name, paths, read)
    with suppress(SolfaError):
        write_atomically(cache, pack(tunes, refused, **header))
    return tuple(tunes), tuple(refused)


def cache_folder() -> Path:
    """Where prepared corpora are kept."""
    return Path(os.environ.get("SOLFA_CACHE") or platformdirs.user_cache_dir("solfa")) / "corpora"


def _contents(paths: Iterable[Path]) -> str:
    """A hash of the files' paths and bytes; of one that cannot be read, of the reason."""
    whole = sha256()
    for path in paths:
        try:
            data = content(path)
        except ReadError as error:
            data = str(error).encode()
        whole.update(f"{path} {len(data)}\n".encode(errors="surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def _code() -> list[Path]:
    """The code that decides what tunes are read as, and under what ids."""
    code = Path(__file__).parents[1]
    patterns = ("melody.py", "formats/**/*.py", "analysis/*.py", "corpora/*.py")
    return sorted(file for pattern in patterns for file in code.glob(pattern))


def _read_all(name: str, paths: Sequence[Path], read: Reader) -> tuple[list[Melody], list[Refusal]]:
    """Every file through ``read``, on all cores where that pays, with progress on a terminal."""
    batches = list(_batches(paths))
    found: list[Melody] = []
    refused: list[Refusal] = []
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"reading {name}", total=len(paths))
        for batch, packed in zip(batches, _on_all_cores(batches, read), strict=True):
            batch_tunes, batch_refused, _ = unpack(packed)
            found += batch_tunes
            refused += batch_refused
            progress.advance(task, len(batch))
    tunes, repeated = _with_unique_ids(found)
    return tunes, refused + repeated


def _on_all_cores(batches: Sequence[Sequence[Path]], read: Reader) -> Iterator[bytes]:
    work = partial(_read_batch, read)
    if len(batches) < 3:
        yield from map(work, batches)
        return
    done = 0
    try:
        with ProcessPoolExecutor(initializer=_leave_interrupts) as pool:
            for packed in pool.map(work, batches):
                yield packed
                done += 1
    except BrokenProcessPool:  # a script without a main guard, or no memory for more processes
        yield from map(work, batches[done:])


def _leave_interrupts() -> None:
    """Lets the process that started this one decide what an interrupt ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        with suppress(OSError):  # gone meanwhile, or a link to nothing
            size += path.stat().st_size
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_batch(read: Reader, paths: Sequence[Path]) -> bytes:
    """What a worker does; melodies travel between processes packed, which is quicker."""
    results = [result for path in paths for result in read(path)]
    return pack(
        [result for result in results if isinstance(result, Melody)],
        [Refusal.of(result) for result in results if isinstance(result, ReadError)],
    )


def _with_unique_ids(tunes: Iterable[Melody]) -> tuple[list[Melody], list[Refusal]]:
    """No id twice.

    An ESAC number that two songs have gets a suffix; a tune of a book in two files is taken once.
    """
    seen: Counter[str] = Counter()
    kept: list[Melody] = []
    repeated: list[Refusal] = []
    for tune in tunes:
        name = tune.metadata.id
        seen[name] += 1
        if seen[name] == 1:
            kept.append(tune)
        elif is_esac(name):
            known = replace(tune.metadata, id=f"{name}-{seen[name]}")
            kept.append(tune.replace(metadata=known))
        else:
            repeated.append(Refusal(name, None, "is in an earlier file too"))
    return kept, repeated
