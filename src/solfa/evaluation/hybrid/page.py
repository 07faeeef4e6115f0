"""The figures of `melody_vae` as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from solfa.evaluation.hybrid.controls import SHIFTS
from solfa.evaluation.hybrid.measure import Held
from solfa.evaluation.hybrid.ways import WALK
from solfa.evaluation.markdown import line


def page(parts: Sequence[Held], model: str, command: str) -> str:
    """The page; ``model`` names the weights, ``command`` is what writes it."""
    judges = list(parts[0].real)
    prices = [f"bits a note by `{judge}`" for judge in judges]
    text = [_INTRODUCTION.format(command=command, model=model, draws=parts[0].bound.draws)]
    heads = ["part", "songs", "no latent (exact)", "bound", "of which latent"]
    text += _table(
        [*heads, f"bound by importance, {parts[0].bound.draws} draws", "active numbers of z"],
        [
            [
                *(held.part, f"{held.bound.songs:,}", f"{held.bound.alone:.3f}"),
                *(f"{held.bound.bound:.3f}", f"{held.bound.latent:.3f}"),
                *(f"{held.bound.weighted:.3f}", f"{held.bound.active} of {held.bound.units}"),
            ]
            for held in parts
        ],
    )
    text += [_GUESSES]
    text += _table(
        ["part", "who guesses", "durations right", "pitches right", "notes right"],
        [
            [held.part, who, *map(_share, (guess.duration, guess.pitch, guess.note))]
            for held in parts
            for who, guess in held.guesses.items()
        ],
    )
    text += [_RETURN]
    text += _table(
        ["part", "songs", "notes", "sixteenths", "phrases whole", "songs whole"],
        [
            [
                *(held.part, f"{held.returned.songs:,}", _share(held.returned.notes)),
                *(_share(held.returned.sounds), _share(held.returned.phrases)),
                _share(held.returned.tunes),
            ]
            for held in parts
        ],
    )
    text += [_WALKS.format(moves=WALK - 1)]
    heads = ["part", "way", "changed a move", "at most", "not back", "notes right at the ends"]
    text += _table(
        [*heads, *prices],
        [
            [
                *(held.part, walk.kind, _share(walk.changed), _share(walk.most)),
                *(_share(walk.nearer), _share(walk.ends), *_costs(walk.cost)),
            ]
            for held in parts
            for walk in held.walks
        ]
        + [[held.part, "the songs", *[""] * 4, *_costs(held.real)] for held in parts],
    )
    text += [_VARIATIONS]
    text += _table(
        ["part", "by", "asked", "notes kept", *prices],
        [
            [held.part, f"`{v.kind}`", f"{v.asked:.2f}", _share(v.kept), *_costs(v.cost)]
            for held in parts
            for v in held.variations
        ]
        + [[held.part, "the songs", "", "", *_costs(held.real)] for held in parts],
    )
    text += [_THEMES]
    text += _table(
        ["part", "by", "second (A)", "third (B)", "fourth (A)", *prices],
        [
            [held.part, theme.kind, *map(_share, theme.shared), *_costs(theme.cost)]
            for held in parts
            for theme in held.themes
        ],
    )
    text += [_CONTROLS]
    heads = ["part", "attribute", "variance told", "ranks", "real phrases"]
    text += _table(
        [*heads, *(f"moved by {shift:+d}" if shift else "unmoved" for shift in SHIFTS)],
        [
            [
                *(held.part, control.attribute, _share(control.explained), f"{control.rank:.2f}"),
                f"{control.real:.2f} ± {control.spread:.2f}",
                *(f"{value:.2f}" for value in control.moved),
            ]
            for held in parts
            for control in held.controls
        ],
    )
    return "\n".join(text)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [line(heads), line(["---"] * len(heads)), *(line(row) for row in rows), ""]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _costs(cost: dict[str, float]) -> list[str]:
    return [f"{bits:.2f}" for bits in cost.values()]


_INTRODUCTION = """# The hybrid

Written by `{command}`; do not edit. Model: {model}.

`melody_vae` is an LSTM that writes notes, led by a latent for each phrase of four bars, which a
bidirectional LSTM with attention hears in a tune ([models.md](models.md)). All on German songs,
families of variants kept apart; what was chosen was chosen on validation.

## Likelihood

Bits per note, key and metre given. Without its latents the model says songs with an exact
probability. With them only bounds are known: minus the evidence lower bound, of which the latent
carries the part beside it, and the tighter bound by importance from {draws} draws of a song's
latents (Burda, Grosse and Salakhutdinov 2016). Training weighs the latent far below its cost, so
that songs come back; as a way to say songs in few bits it is therefore a poor one.
"""

_GUESSES = """## First guesses

The past given, how often is what the model holds likeliest what the song has? Told the latents of
the song, it must know more than the past does.
"""

_RETURN = """## What comes back

Songs in one metre, composed again from their latents alone, all rules kept, temperature 0.3: notes
with onset, duration and pitch right; sixteenths where the right pitch begins, or rightly nothing;
phrases and songs without a mistake.
"""

_WALKS = """## Walks

From the opening of one song to that of another, four bars at most, in {moves} moves: by either
latent, and bar by bar, one tune replaced by the other from its beginning, which no model is needed
for. Notes that a move changes, on average and at most, of those of both tunes; moves that do not
lead back; notes of both songs right at the ends. Bits per note of what lies between, by other
models: what is dearer than the songs is less likely to be heard as one.
"""

_VARIATIONS = """## Variations

Songs varied more and more: by `melody_vae`, whose latents are mixed with others drawn from the
prior (`asked` is the correlation with the song's own); and by the model without a latent, that
keeps this share of the bars and writes the others anew, left to right, at temperature 0.9. The
share of notes kept, and bits per note by other models: of two variations that keep as much, the
cheaper is the more natural one, though what costs less than songs do is also more ordinary.
"""

_THEMES = """## Themes

A form of AABA on the first four bars of a song: `melody_vae` has the latent of these where A stands
and one drawn from the prior for B; the model without a latent has them as a prompt and goes on. The
share of the first phrase's notes that each later phrase has at the same place, beside songs of as
many bars, whatever their form.
"""

_CONTROLS = """## What the latent tells, and what moving it does

Each attribute of a phrase by a ridge regression on its latent, learned on training songs: the
variance told, and the correlation of ranks, on held-out phrases. Then the latents of whole songs
are moved so that the regression says 1 or 2 standard deviations of real phrases more or less, and
the tunes composed from them are measured.
"""
