"""The figures of control as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from experiments.control.cadences import CLOSES, PLACES
from experiments.control.measure import Detector, Figures
from experiments.control.pairs import RELATIONS
from experiments.control.ranking import BARS, DRAWS, Filled, Ranking
from experiments.control.repeats import Repeats
from experiments.pages import fill
from solfa.analysis.form import VARIED
from solfa.evaluation.statistics import Mean, Share
from solfa.markdown import table

_COMMON = 6  # forms shown


def page(
    detector: Detector,
    songs: Repeats,
    models: Sequence[Figures],
    rankings: Sequence[Ranking],
    part: str,
    command: str,
) -> str:
    """The page; ``songs`` are the real ones of ``part``, ``command`` is what writes it."""
    named = ", ".join(f"`{figures.model}` {figures.hash}" for figures in models)
    return fill(
        "control",
        command=command,
        models=named,
        part=part,
        varied=f"{VARIED:.2f}",
        best=f"{detector.best:.2f}",
        pairs=_pairs(detector),
        whole=_whole(detector),
        forms=_forms(models),
        dial=_dial(models),
        repeats=_repeats(songs, models),
        commonest=_commonest(songs, models),
        cadences=_cadences(models),
        middles=_middles(models),
        bars=BARS,
        others=DRAWS - 1,
        chance=f"{100 / DRAWS:.1f}",
        rankings=_rankings(rankings),
        fillings=_fillings(rankings),
    )


def _pairs(detector: Detector) -> str:
    return table(
        ["made", "pairs", "likeness", *(f"judged {r}" for r in RELATIONS), "right, % ↑"],
        [
            [
                *(how, f"{counts.total()}", f"{detector.likeness[how]:.2f}"),
                *(str(counts[relation]) for relation in RELATIONS),
                _share(detector.pairs.right(how)),
            ]
            for how, counts in detector.pairs.counts.items()
        ]
        + [["all", str(detector.pairs.right().of), *[""] * 4, _share(detector.pairs.right())]],
    )


def _whole(detector: Detector) -> str:
    return table(
        ["repeats", "tunes", "letters found, phrases marked, % ↑", "no phrase marked, % ↑"],
        [
            [
                f"{100 * altered:.0f} % altered" if altered else "the same",
                *(str(marked.of), _share(marked), _share(bare)),
            ]
            for altered, (marked, bare) in detector.tunes.items()
        ],
    )


def _forms(models: Sequence[Figures]) -> str:
    heads = ["model", "likeness asked", "tunes", "letters found, % ↑"]
    heads += ["and same or varied, % ↑", "pairs right, % ↑", *(f"of {r}, %" for r in RELATIONS)]
    return table(
        heads,
        [
            [
                f"`{figures.model}`",
                "no form asked" if row.asked is None else f"{row.asked:g}",
                *(str(row.letters.of), _share(row.letters), _share(row.names)),
                *(_share(row.pairs), *(_plain(row.right[r]) for r in RELATIONS)),
            ]
            for figures in models
            for row in figures.rows
        ],
    )


def _dial(models: Sequence[Figures]) -> str:
    asked = sorted({value for figures in models for value in figures.dial.means}, reverse=True)
    heads = ["asked", *(f"measured, `{figures.model}`" for figures in models)]
    rows = [[f"{value:g}", *(_mean(f.dial.means.get(value), 2) for f in models)] for value in asked]
    unasked = ["no form asked", *(_mean(figures.rows[0].likeness, 2) for figures in models)]
    ranks = ["rank correlation ↑", *(f"{figures.dial.correlation:.3f}" for figures in models)]
    phrases = ["phrases", *(f"{figures.dial.phrases:,}" for figures in models)]
    return table(heads, [*rows, unasked, ranks, phrases])


def _sets(songs: Repeats, models: Sequence[Figures]) -> list[tuple[str, Repeats]]:
    """The songs, and the tunes of each model that marks phrases."""
    return [
        ("real songs", songs),
        *((f"`{f.model}`", f.unasked) for f in models if f.unasked.tunes),
    ]


def _repeats(songs: Repeats, models: Sequence[Figures]) -> str:
    heads = ["tunes", "how many", *(f"{r}, %" for r in RELATIONS), "likeness of the varied"]
    heads += [*(f"heard as {r}, %" for r in RELATIONS), "both agree, %"]
    return table(
        heads,
        [
            [
                *(name, str(found.tunes), *(_plain(found.told[r]) for r in RELATIONS)),
                *(_mean(found.likeness, 2), *(_plain(found.found[r]) for r in RELATIONS)),
                _plain(found.agree),
            ]
            for name, found in _sets(songs, models)
        ],
    )


def _commonest(songs: Repeats, models: Sequence[Figures]) -> str:
    forms = [form for form, _ in songs.forms.most_common(_COMMON)]
    return table(
        ["tunes of four phrases", "how many", *(f"{form}, %" for form in forms)],
        [
            [
                *(name, str(found.forms.total())),
                *(_plain(Share(found.forms[form], found.forms.total())) for form in forms),
            ]
            for name, found in _sets(songs, models)
        ],
    )


def _cadences(models: Sequence[Figures]) -> str:
    heads = ["model", "phrase", "phrases"]
    heads += [f"{close}, {whose}, %" for close in CLOSES for whose in ("songs", "composed")]
    heads += ["apart, % ↓"]
    return table(
        heads,
        [
            [
                *(f"`{figures.model}`", place, str(found.songs[place]["tonic"].of)),
                *(
                    _share(whose[place][close])
                    for close in CLOSES
                    for whose in (found.songs, found.composed)
                ),
                f"{100 * found.apart(place):.1f}",
            ]
            for figures in models
            for found in [figures.cadences]
            for place in PLACES
        ],
    )


def _middles(models: Sequence[Figures]) -> str:
    heads = ["model", "bars of the gap", "gaps", "left side only ↓", "both sides ↓", "gain ↑"]
    return table(
        heads,
        [
            [
                *(f"`{figures.model}`", str(middle.bars), str(middle.gaps)),
                *(_mean(middle.left, 3), _mean(middle.both, 3), _mean(middle.gain, 3)),
            ]
            for figures in models
            for middle in figures.middles
        ],
    )


def _rankings(rankings: Sequence[Ranking]) -> str:
    return table(
        ["model", "right side", "gaps", "truth ranked first, % ↑"],
        [[*_whose(found), str(found.gaps), _percent(found.first)] for found in rankings],
    )


def _fillings(rankings: Sequence[Ranking]) -> str:
    heads = ["likeness to the truth ↑", "last pitch right, % ↑", "leap to what is kept, semitones"]
    return table(
        ["model", "right side", "filling", *heads],
        [
            [*_whose(found), what, *_filled(filled)]
            for found in rankings
            for what, filled in (
                ("first drawn", found.drawn),
                (f"likeliest of {DRAWS}", found.chosen),
                ("the songs", found.truth),
            )
        ],
    )


def _whose(found: Ranking) -> list[str]:
    return [f"`{found.model}`", "told" if found.told else "not told"]


def _filled(filled: Filled) -> list[str]:
    return [_mean(filled.likeness, 3), _share(filled.join), _mean(filled.leap, 2)]


def _plain(share: Share) -> str:
    return f"{100 * share.value:.1f}" if share.of else ""


def _share(share: Share) -> str:
    low, high = share.interval
    return f"**{100 * share.value:.1f}** [{100 * low:.1f}, {100 * high:.1f}]" if share.of else ""


def _percent(mean: Mean) -> str:
    return _mean(Mean(*(100 * value for value in mean)), 1)


def _mean(mean: Mean | None, digits: int) -> str:
    if mean is None or isnan(mean.value):
        return ""
    return f"**{mean.value:.{digits}f}** [{mean.low:.{digits}f}, {mean.high:.{digits}f}]"
