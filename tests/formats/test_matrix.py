"""What survives in each format, and what other programs read: the commands' own laws, on few tunes."""

import os
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from solfa.formats import READERS, WRITERS
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import ENGRAVERS, WriteOptions
from solfa.melody import Melody

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import agreement
import roundtrips

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
STYLES = ("chinese", "lorraine")


@pytest.fixture(scope="module")
def tunes() -> list[Melody]:
    return roundtrips.drawn(16, seed=3, styles=STYLES)


@pytest.mark.slow
def test_real_tunes_survive(tunes: list[Melody]) -> None:
    trips = roundtrips.Trips()
    outcomes = {s: [trips.through(t, s) for t in tunes] for s in roundtrips.suffixes()}
    assert roundtrips.broken(outcomes) == []
    assert set(outcomes) == set(roundtrips.LOSES)
    aspects = set(roundtrips.ASPECTS) - {"comments"}
    assert aspects <= {aspect for outcome in outcomes[".krn"] for aspect in outcome.had}


@pytest.mark.slow
def test_a_format_that_is_not_known_has_a_row_and_must_keep_the_notes(
    tunes: list[Melody], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READERS, ".new", "abc.reader:read")  # type: ignore[arg-type]
    monkeypatch.setitem(WRITERS, ".new", "grid_text:write")  # type: ignore[arg-type]
    assert ".new" in roundtrips.suffixes()
    outcomes = {".new": [roundtrips.Trips().through(tunes[0], ".new")]}
    assert roundtrips.broken(outcomes) == [f".new loses notes: {tunes[0].metadata.id}"]
    assert "| `.new` | 1 | none |" in roundtrips.matrix(outcomes)


@pytest.mark.slow
@pytest.mark.parametrize("check", agreement.CHECKS, ids=lambda c: f"{c.program} {c.shown}")
def test_other_programs_read_what_we_write(check: agreement.Check, tunes: list[Melody]) -> None:
    if "CI" not in os.environ and (needed := agreement.missing(check.program)):
        pytest.skip(f"needs {check.program}: {needed}")
    outcomes = agreement.compared(check, tunes[:6])
    assert [one for one in outcomes if one.differs and not one.cause] == []


@pytest.mark.slow
def test_another_tune_is_another_tune(tunes: list[Melody]) -> None:
    ours = agreement.written(tunes[0])
    higher = agreement.written(tunes[0].transpose(1))
    assert agreement.difference(ours, ours) == ""
    assert agreement.difference(ours, higher).startswith("note 1: wrote")
    assert agreement.difference(ours, ours[:-1]) == f"wrote {len(ours)} notes, read {len(ours) - 1}"
    later = [sound._replace(onset=sound.onset + agreement.TICK * 2) for sound in ours]
    assert agreement.difference(ours, later)


def test_the_page_names_every_format_and_every_choice() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^`|]+ \| ((?:`\.\w+`(?:, )?)+) \|", text, re.MULTILINE)
    named = {suffix for row in rows for suffix in re.findall(r"\.\w+", row)}
    assert named == {*READERS, *WRITERS, *(s for drawn in ENGRAVERS.values() for s in drawn)}
    choices = {f.name for choice in (ReadOptions, WriteOptions) for f in fields(choice)}
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == choices
