"""The figures of `melody_vae` as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.hybrid.controls import SHIFTS
from experiments.hybrid.measure import Held
from experiments.hybrid.tasks import WALK
from experiments.pages import fill
from solfa.markdown import table


def page(parts: Sequence[Held], model: str, command: str) -> str:
    """The page; ``model`` names the weights, ``command`` is what writes it."""
    prices = [f"bits a note by `{judge}`" for judge in parts[0].real]
    return fill(
        "hybrid",
        command=command,
        model=model,
        draws=parts[0].bound.draws,
        moves=WALK - 1,
        likelihood=_likelihood(parts),
        guesses=_guesses(parts),
        reconstruction=_reconstruction(parts),
        walks=_walks(parts, prices),
        variations=_variations(parts, prices),
        themes=_themes(parts, prices),
        controls=_controls(parts),
    )


def _likelihood(parts: Sequence[Held]) -> str:
    heads = ["part", "songs", "no latent (exact)", "bound", "of which latent"]
    return table(
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


def _guesses(parts: Sequence[Held]) -> str:
    return table(
        ["part", "who guesses", "durations right", "pitches right", "notes right"],
        [
            [held.part, who, *map(_share, (guess.duration, guess.pitch, guess.note))]
            for held in parts
            for who, guess in held.guesses.items()
        ],
    )


def _reconstruction(parts: Sequence[Held]) -> str:
    return table(
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


def _walks(parts: Sequence[Held], prices: Sequence[str]) -> str:
    heads = ["part", "way", "changed a move", "at most", "not back", "notes right at the ends"]
    return table(
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


def _variations(parts: Sequence[Held], prices: Sequence[str]) -> str:
    return table(
        ["part", "by", "asked", "notes kept", *prices],
        [
            [held.part, f"`{v.kind}`", f"{v.asked:.2f}", _share(v.kept), *_costs(v.cost)]
            for held in parts
            for v in held.variations
        ]
        + [[held.part, "the songs", "", "", *_costs(held.real)] for held in parts],
    )


def _themes(parts: Sequence[Held], prices: Sequence[str]) -> str:
    return table(
        ["part", "by", "second (A)", "third (B)", "fourth (A)", *prices],
        [
            [held.part, theme.kind, *map(_share, theme.shared), *_costs(theme.cost)]
            for held in parts
            for theme in held.themes
        ],
    )


def _controls(parts: Sequence[Held]) -> str:
    heads = ["part", "attribute", "variance told", "ranks", "real phrases"]
    return table(
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


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _costs(cost: dict[str, float]) -> list[str]:
    return [f"{bits:.2f}" for bits in cost.values()]
