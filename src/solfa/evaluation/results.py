"""The page of results: every model under every condition, written by the command that measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from solfa.corpora import Corpus
from solfa.evaluation.likelihood import Likelihood, bits
from solfa.models.protocol import Model

SPLITS = ("valid", "test")


class Given(NamedTuple):
    """What a model is told besides key and metre."""

    phrases: bool
    style: bool


GIVENS = (Given(False, False), Given(False, True), Given(True, False), Given(True, True))


class Row(NamedTuple):
    """One line of the table."""

    model: str
    corpus: str
    split: str
    likelihood: Likelihood


def measure(
    models: Sequence[Model],
    corpora: Sequence[Corpus],
    progress: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Every model on validation and test of every corpus, under every one of `GIVENS`."""
    rows = []
    for corpus in corpora:
        for split in SPLITS:
            tunes = corpus.split(split).tunes
            styles = {tune.metadata.style for tune in tunes}
            for model in models:
                for given in GIVENS:
                    if given.style and not styles & set(model.encoding.styles):
                        continue  # there is nothing to tell
                    progress(f"{model.name} on {corpus.name} {split}")
                    cost = bits(model, tunes, phrases=given.phrases, style=given.style)
                    rows.append(Row(model.name, corpus.name, split, cost))
    return rows


def sentence(cost: Likelihood) -> str:
    """One row in words."""
    marks = _marks(cost) or 0.0
    extra = f"; phrase marks cost {marks:.3f} more" if marks else ""
    return (
        f"{cost.total - marks:.3f} bits a note over {len(cost.notes):,} songs,"
        f" {int(cost.notes.sum()):,} notes, given {', '.join(cost.given)}{extra}"
    )


def page(rows: Sequence[Row], models: Sequence[Model], command: str) -> str:
    """The results as Markdown; ``command`` is what writes them."""
    hashes = ", ".join(f"`{model.name}` {model.hash}" for model in models)
    corpora = list(dict.fromkeys(row.corpus for row in rows))
    parts = [_INTRODUCTION.format(command=command, hashes=hashes)]
    for corpus in corpora:
        parts.append(f"## {corpus}\n\n{_HEADER}")
        parts += [_line(row) for row in rows if row.corpus == corpus]
        parts.append("")
    return "\n".join(parts)


_INTRODUCTION = """# Results

Written by `{command}`; do not edit. Models: {hashes}.

**Bits per note**: minus log2 of the probability of the whole song, its end and its pickup included,
divided by its notes (rests count); pitch and duration together. Lower is better. The split keeps
families of variants together (`solfa.corpora.splits`); what was chosen was chosen on validation.
Key (its octave included) and metre are always given, changes of metre among them. A phrase mark
given is information: what it costs to say the marks stands in its own column and is not in the
sum. The brackets hold a 95 % interval over songs.
"""

_HEADER = """\
| model | split | given besides key and metre | bits per note | pitch | duration | phrase marks \
| songs | notes |
|---|---|---|---|---|---|---|---|---|"""


def _line(row: Row) -> str:
    cost = row.likelihood
    given = ", ".join(name for name in cost.given if name not in ("key", "metre")) or "nothing"
    marks = _marks(cost)
    apart = "pitch" in cost.fields
    refused = sum(cost.refused.values())
    low, high = (end - (marks or 0) for end in cost.interval())
    cells = [
        f"`{row.model}`",
        row.split,
        given,
        f"**{cost.total - (marks or 0):.3f}** [{low:.2f}, {high:.2f}]",
        f"{cost.of('pitch'):.3f}" if apart else "",
        f"{cost.of('pickup', 'duration'):.3f}" if apart else "",
        "" if marks is None else f"{marks:.3f}",
        f"{len(cost.notes):,}" + (f" ({refused} refused)" if refused else ""),
        f"{int(cost.notes.sum()):,}",
    ]
    return f"| {' | '.join(cells)} |"


def _marks(cost: Likelihood) -> float | None:
    """What saying the phrase marks costs, where they were given."""
    told = "phrase" in cost.fields and "phrase marks of the past" in cost.given
    return cost.of("phrase") if told else None
