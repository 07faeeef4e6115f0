"""One of several names, as people write it: in any case, its words parted by blank, - or _."""

from collections.abc import Iterable
from difflib import get_close_matches

from solfa.errors import SolfaError, shown

_LISTED = 160  # letters of a list that stands behind "did you mean"; a longer one is left out
_CUT = 200  # letters of a list that stands alone


def plain(name: str) -> str:
    """A name by which those are compared that differ only in case, blanks, hyphens and such."""
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())


def match(given: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that is meant by ``given``; None if there is none, or several."""
    known = list(names)
    if given in known:
        return given
    same = [name for name in known if plain(name) == plain(given)]
    return same[0] if len(same) == 1 else None


def choose(what: str, given: object, names: Iterable[str]) -> str:
    """The one of ``names`` that is meant; `SolfaError` with the nearest, and all, if none is.

    >>> choose("mode", "Dorian", ["major", "dorian"])
    'dorian'
    >>> choose("mode", "doran", ["major", "dorian"])
    Traceback (most recent call last):
        ...
    solfa.errors.SolfaError: unknown mode 'doran'; did you mean 'dorian'? choose from major, dorian
    """
    known = list(names)
    found = match(given, known) if isinstance(given, str) else None
    if found is None:
        raise SolfaError(f"unknown {what} {shown(given)}; {remedy(given, known)}")
    return found


def check_names(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raises `SolfaError` for the first of the names ``given`` that is none of the ``known``."""
    names = sorted(known)
    for name in sorted(set(given) - set(names)):
        raise SolfaError(f"there is no {what} {shown(name)}; {remedy(name, names)}")


def check_flag(name: str, given: object) -> None:
    """Raises `SolfaError` for a switch that is neither on nor off."""
    if not isinstance(given, bool):
        raise SolfaError(f"{name} {shown(given)} is neither True nor False")


def remedy(given: object, names: Iterable[str]) -> str:
    """What to write for a name that is none of ``names``: the nearest, and which there are."""
    known = list(names)
    by_plain = {plain(name): name for name in known}
    near = get_close_matches(plain(given), by_plain, 1) if isinstance(given, str) else []
    listed = ", ".join(known)
    if near:
        also = f" choose from {listed}" if len(listed) <= _LISTED else ""
        return f"did you mean {by_plain[near[0]]!r}?{also}"
    if len(listed) > _CUT:
        cut = listed[:_CUT].rpartition(", ")[0]
        listed = f"{cut} and {len(known) - len(cut.split(', '))} more"
    return f"choose from {listed}"
