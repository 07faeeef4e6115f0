"""The figures of control as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from solfa.analysis.form import VARIED
from solfa.evaluation.control.again import Repeats
from solfa.evaluation.control.cadences import CLOSES, PLACES
from solfa.evaluation.control.measure import Detector, Figures
from solfa.evaluation.control.pairs import RELATIONS
from solfa.evaluation.control.ranking import BARS, DRAWS, Filled, Ranking
from solfa.evaluation.control.shares import Mean, Share
from solfa.evaluation.markdown import line

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
    text = [_INTRODUCTION.format(command=command, models=named, part=part)]
    text += _detector(detector)
    text += _forms(models)
    text += _dial(models)
    text += _again(songs, models)
    text += _cadences(models)
    text += _middles(models)
    text += _rankings(rankings)
    text += [_LIMITS]
    return "\n".join(text)


def _detector(detector: Detector) -> list[str]:
    text = [_DETECTOR.format(varied=VARIED, best=detector.best)]
    text += _table(
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
    text += [_WHOLE]
    text += _table(
        ["repeats", "tunes", "letters found, phrases marked, % ↑", "no phrase marked, % ↑"],
        [
            [
                f"{100 * altered:.0f} % altered" if altered else "the same",
                *(str(marked.of), _share(marked), _share(bare)),
            ]
            for altered, (marked, bare) in detector.tunes.items()
        ],
    )
    return text


def _forms(models: Sequence[Figures]) -> list[str]:
    heads = ["model", "likeness asked", "tunes", "letters found, % ↑"]
    heads += ["and same or varied, % ↑", "pairs right, % ↑", *(f"of {r}, %" for r in RELATIONS)]
    return [
        _FORMS,
        *_table(
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
        ),
    ]


def _dial(models: Sequence[Figures]) -> list[str]:
    text = [_DIAL]
    asked = sorted({value for figures in models for value in figures.dial.means}, reverse=True)
    heads = ["asked", *(f"measured, `{figures.model}`" for figures in models)]
    rows = [[f"{value:g}", *(_mean(f.dial.means.get(value), 2) for f in models)] for value in asked]
    unasked = ["no form asked", *(_mean(figures.rows[0].likeness, 2) for figures in models)]
    ranks = ["rank correlation ↑", *(f"{figures.dial.correlation:.3f}" for figures in models)]
    phrases = ["phrases", *(f"{figures.dial.phrases:,}" for figures in models)]
    return text + _table(heads, [*rows, unasked, ranks, phrases])


def _again(songs: Repeats, models: Sequence[Figures]) -> list[str]:
    sets = [("real songs", songs)]
    sets += [(f"`{f.model}`", f.unasked) for f in models if f.unasked.tunes]
    heads = ["tunes", "how many", *(f"{r}, %" for r in RELATIONS), "likeness of the varied"]
    heads += [*(f"heard as {r}, %" for r in RELATIONS), "both agree, %"]
    text = [_AGAIN]
    text += _table(
        heads,
        [
            [
                *(name, str(found.tunes), *(_plain(found.told[r]) for r in RELATIONS)),
                *(_mean(found.likeness, 2), *(_plain(found.found[r]) for r in RELATIONS)),
                _plain(found.agree),
            ]
            for name, found in sets
        ],
    )
    forms = [form for form, _ in songs.forms.most_common(_COMMON)]
    text += [_COMMONEST]
    return text + _table(
        ["tunes of four phrases", "how many", *(f"{form}, %" for form in forms)],
        [
            [
                *(name, str(found.forms.total())),
                *(_plain(Share(found.forms[form], found.forms.total())) for form in forms),
            ]
            for name, found in sets
        ],
    )


def _cadences(models: Sequence[Figures]) -> list[str]:
    text = [_CADENCES]
    heads = ["model", "phrase", "phrases"]
    heads += [f"{close}, {whose}, %" for close in CLOSES for whose in ("songs", "composed")]
    heads += ["apart, % ↓"]
    return text + _table(
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


def _middles(models: Sequence[Figures]) -> list[str]:
    heads = ["model", "bars of the gap", "gaps", "left side only ↓", "both sides ↓", "gain ↑"]
    return [
        _MIDDLES,
        *_table(
            heads,
            [
                [
                    *(f"`{figures.model}`", str(middle.bars), str(middle.gaps)),
                    *(_mean(middle.left, 3), _mean(middle.both, 3), _mean(middle.gain, 3)),
                ]
                for figures in models
                for middle in figures.middles
            ],
        ),
    ]


def _rankings(rankings: Sequence[Ranking]) -> list[str]:
    text = [_RANKING.format(draws=DRAWS, others=DRAWS - 1, bars=BARS, chance=100 / DRAWS)]
    text += _table(
        ["model", "right side", "gaps", "truth ranked first, % ↑"],
        [[*_whose(found), str(found.gaps), _percent(found.first)] for found in rankings],
    )
    heads = ["likeness to the truth ↑", "last pitch right, % ↑", "leap to what is kept, semitones"]
    text += [_FILLINGS]
    return text + _table(
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


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["", line(heads), line(["---"] * len(heads)), *(line(row) for row in rows), ""]


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


_INTRODUCTION = """# Control

Written by `{command}`; do not edit. Models: {models}. Songs: German, {part}.

How well form, likeness, cadences and gaps are met, beyond what rules guarantee. An arrow says
whether higher or lower is better; brackets hold 95 % intervals (Wilson's of shares; of means over
tunes, phrases or songs drawn anew). What was chosen was chosen on training and validation songs.
"""

_DETECTOR = """## The detector of form

It reads notes and phrase marks, as any file carries them, and knows nothing of a request
(`solfa.analysis.form`): an edit distance over notes in which another pitch costs 1, another time in
the phrase 1/2, another duration 1/4, a note more or less 1. Phrases without a difference are the
same, those at least {varied:.2f} similar varied, others new; as many pairs of training phrases,
made in the same way, would choose {best:.2f}. Models are told another measure: likeness, the share
of notes that are equal at equal times, which stands beside it.

Tried on pairs of phrases whose truth is known, because they were made so from real ones: notes
moved to other degrees, split, or joined; unlike ones are equally long, and less than 0.3 alike."""

_WHOLE = """Whole tunes, put together from such phrases as AABA, ABAC, AABB and ABAB, every repeat
altered by as much. The detector takes equal phrases, of as many bars as can be, one of which comes
again; where phrases are marked, such as end with a mark."""

_FORMS = """## Form found again

AABA, ABAC, AA'BB', ABAB and AABB of 16 and 32 bars, as often each, in several metres, keys and
styles. Letters found: those of the whole form, nothing else. Pairs: each phrase and the first of
each letter before it, judged as asked. Without a form the same tunes were asked none, and are held
against the form of the others: what chance gives. MeloForm (Lu et al. 2022) reports a form accuracy
of 97.79 %, by a measure of its own and for tunes whose repeats are made by rule."""

_DIAL = """## Likeness asked and measured

Phrases that were to come again: likeness to their first as asked, and as measured
(`solfa.analysis.note_overlap`). At 1 repeats are exact by rule, below it `solfa.composing.decoding.phrase_similarity`
leans on what the model says."""

_AGAIN = """## What comes again unasked

Of all phrases but the first, those that are the same as an earlier one, varied, or new, by likeness
(0.3 and more is varied) and as the detector hears them. Tunes are asked for keys, metres, lengths
and styles of songs, and no form; nearer to the songs is better."""

_COMMONEST = """Forms of tunes of four phrases by letters, as heard: the commonest in songs."""

_CADENCES = """## Open and closed cadences

On what phrases close: the tonic, a note of the dominant (2nd, 5th, 7th degree), or elsewhere, in
real songs and in tunes that were asked for the same forms, keys, metres, pickups and styles, and
for no cadence. Nearer to the songs is better: apart is what share of the tunes' phrases would have
to close otherwise. The last phrase ends on the tonic by rule."""

_MIDDLES = """## What the right side of a gap tells

Bits per note of a song's own notes in a gap, pitch and duration, given the left side and the whole
length; with and without what follows the gap. One gap a song. A model that does not hear what
follows gains nothing."""

_RANKING = """## What ranking gains

Gaps of {bars} bars. Fillings are ranked by how likely the model finds what is kept after the gap.
Among {others} drawn ones the truth would be first in {chance:.1f} % by chance."""

_FILLINGS = """The first filling drawn, the one ranked first, and what stands in the songs."""

_LIMITS = """## What these figures do not show

Whether anybody hears the form, or likes the tune: no listener was asked. Pairs are altered at
random, which no composer does, and are easy to tell apart: few are between 0.3 and 0.4 alike, where
real and composed phrases are too. A variation that keeps the harmony and changes every note counts
as new. Pairs of composed phrases and their likeness are taken where the form asked for phrases;
only the letters are found without knowing that. Songs are German, from one collection, with its
editors' phrase marks. A filling that differs from the truth may be as good.
"""
