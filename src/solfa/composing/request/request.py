"""The request: all wishes of a composition, each a field with its row of the table of wishes.

A field has the name, type and default of a wish; its row has the reader, bounds, help and names
(`solfa.composing.request.table`). What follows from several wishes together is compiled later
(`solfa.composing.constraints.problem`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from solfa.composing.request import parsing as read
from solfa.composing.request.bounds import Bounds
from solfa.composing.request.form import Form, written
from solfa.composing.request.scales import semitones
from solfa.composing.request.table import Wish, rows_of, wish
from solfa.melody import Key, Melody, Meter

MOST_COMPOSED = 2048
"""No tune lasts longer."""
STEP = Fraction(1, 4)
"""A step of the report's grid, in quarters."""


def _bars_of(form: Form) -> Any:
    """The form as JSON: its letters, or, without letters, the bars of each phrase."""
    return written(form) if form[0].letter else [phrase.bars for phrase in form]


def abc_of(prompt: Melody) -> str:
    """The prompt as ABC, without its number in a collection and without what made it."""
    from solfa.formats import render  # only where it is needed: the command line reads the table

    known = prompt.metadata
    plain = replace(known, id="", comments=(*known.found, *known.remarks))
    return render(prompt.replace(metadata=plain), ".abc").decode()


@dataclass(frozen=True)
class Request:
    """What is asked for, possible or not; `solfa.composing.request.ask.ask` reads one.

    A tune of ``bars`` bars has them after its ``pickup`` (quarters; None: the model chooses), and
    the last is shortened by the pickup. A tune of ``steps`` sixteenths, pickup included, has full
    bars and a last one that ends with the steps. One of the two is None. ``scale`` is a name or
    degrees (`solfa.composing.request.scales.semitones`) on the key's tonic, ``chromatic`` is free;
    None is resolved to the key's own (`solfa.composing.defaults.scale_of`); ``range`` are MIDI
    pitches, both included. ``density``, in notes a quarter, is a condition of the model and no
    constraint; None leaves it to the model.
    ``prompt`` is how the tune begins, note for note, in the same key and metre. Where some of it
    is to be rewritten (bars in ``rewrite``, 0 being the pickup; phrases in ``rewrite_phrases``,
    from 1), it is the whole tune, neither bars nor steps are asked for, and the notes that begin in
    its other bars and phrases are kept, beyond all rules.
    ``form`` are the phrases, one after the other from the tune's beginning; a phrase whose letter
    comes again is like the letter's first phrase by ``likeness`` (0..1), 1 being note for note, and
    one with a prime is varied. ``cadences``, of `solfa.analysis.cadences.CADENCES`, are those of
    each phrase, or one for all but the last; the last ends on the tonic. ``largest_leap`` is in
    semitones.
    Of ``candidates`` tunes drawn for each that is asked for (None: as the model needs), the one is
    taken that makes what follows the new bars likeliest.
    ``style_strength`` 0 ignores the style, 1 is as learned, more exaggerates it. ``temperature``,
    ``top_p`` and ``min_p`` shape the distribution that is sampled, ``loop_penalty`` how soon
    droning stops. ``seed`` and a tune's index decide the random numbers; ``tempo`` is in quarters a
    minute. ``tonic`` is the MIDI pitch of the tonic in whose register the tune lies; None: that of
    the prompt or the range.

    >>> Request(bars=8, key=Key("G"), meter=Meter(3, 4)).length
    Fraction(24, 1)
    """

    key: Key = wish(
        Wish(
            read.key,
            "G, 'F# minor', 'D dorian'; the prompt's, as given or found, or C, if left out.",
            "Key | str | None",
            names="key",
            plain=str,
        ),
        Key("C"),
    )
    mode: ClassVar[Wish] = Wish(
        read.text("mode"),
        "major, minor, dorian, phrygian, lydian, mixolydian or locrian.",
        "str | None",
        names="mode",
        part_of="key",
    )
    meter: Meter = wish(
        Wish(
            read.meter,
            "2/4, 3/4, 6/8 ...; the prompt's, as given or found, or 4/4, if left out.",
            "Meter | str | None",
            plain=str,
        ),
        Meter(4, 4),
    )
    bars: int | None = wish(
        Wish(read.whole("bars"), "Full bars, 1 to 256.", "int | None", int, shared=False), 16
    )
    steps: int | None = wish(
        Wish(read.whole("steps"), "Sixteenths of the whole tune.", "int | None", int, shared=False)
    )
    pickup: Fraction | None = wish(
        Wish(
            read.pickup,
            "Quarters before bar 1: 1, 1/2, 0; the prompt's, or the model's choice, if left out.",
            "Fraction | str | float | None",
            plain=str,
        )
    )
    style: str | None = wish(
        Wish(
            read.text("style"),
            "Repertoire to sound like; one that the model knows.",
            "str | None",
            names="style",
        )
    )
    style_strength: float = wish(
        Wish(
            read.number("style_strength"),
            "0 ignores the style, 1 is as learned, up to 4 exaggerates it.",
            "float",
            float,
            1.0,
            Bounds(0, 4, remedy="1 is as learned"),
        )
    )
    form: Form = wish(
        Wish(
            read.form,
            "Phrases by letter, as AABA, with their bars, as A4A4B8A4: the same letter is the same"
            " again, one with a prime (AA'BB') is varied.",
            "str | None",
            plain=_bars_of,
        ),
        (),
    )
    phrase_bars: ClassVar[Wish] = Wish(
        read.lengths("phrase_bars"),
        "Bars of every phrase, as 4, or one by one, as 4,4,8,4.",
        "Numbers | None",
        part_of="form",
    )
    likeness: float = wish(
        Wish(
            read.number("likeness"),
            "How alike phrases of the same letter are, 0 to 1; 1 is note for note.",
            "float",
            float,
            1.0,
            Bounds(0, 1, remedy="1 is note for note"),
        )
    )
    cadences: tuple[str, ...] = wish(
        Wish(
            read.cadences,
            "How phrases end, half, full or free: one word for all but the last, which is full, or"
            " a word for each.",
            "str | Sequence[str] | None",
            names="cadences",
            plain=list,
        ),
        (),
    )
    scale: str | None = wish(
        Wish(
            read.scale,
            "Only these pitches: key (the mode's own, if left out), chromatic (all), pentatonic,"
            " harmonic-minor, dorian, ..., or degrees of the key, as '1 2 b3 5'.",
            "str | Sequence[int | str] | None",
            names="scale",
        )
    )
    range: tuple[int, int] | None = wish(
        Wish(
            read.range_,
            "Lowest and highest pitch, as C4-G5 or 60-79.",
            "Sequence[int | str] | str | None",
            plain=list,
        )
    )
    largest_leap: int | None = wish(
        Wish(
            read.whole("largest_leap"),
            "No leap is larger than so many semitones, 1 to 24; an octave is 12.",
            "int | None",
            int,
            bounds=Bounds(1, 24, "semitones", "an octave has 12"),
        )
    )
    rest_free: bool = wish(
        Wish(read.flag("rest_free"), "No rests but between phrases.", "bool", bool, False)
    )
    density: float | None = wish(
        Wish(
            read.number("density"),
            "Notes a quarter, 0.25 to 4, leaned on by solfa's own model.",
            "float | None",
            float,
            bounds=Bounds(0.25, 4, "notes a quarter", "most songs have 1 to 2"),
        )
    )
    temperature: float = wish(
        Wish(
            read.number("temperature"),
            "Above 1 more daring, below 1 more careful.",
            "float",
            float,
            1.0,
            Bounds(0, 5, remedy="1 samples as the model says", above=True),
        )
    )
    top_p: float = wish(
        Wish(
            read.number("top_p"),
            "Leave out what is less likely than the rest, above this share.",
            "float",
            float,
            1.0,
            Bounds(0, 1, remedy="1 leaves nothing out", above=True),
        )
    )
    min_p: float = wish(
        Wish(
            read.number("min_p"),
            "Leave out what is less likely than so many times the likeliest, 0 to 1.",
            "float",
            float,
            0.02,
            Bounds(0, 1, remedy="0 leaves nothing out"),
        )
    )
    loop_penalty: float = wish(
        Wish(
            read.number("loop_penalty"),
            "How strongly one note or cell over and over is stopped, 0 to 10; 0 never.",
            "float",
            float,
            4.0,
            Bounds(0, 10, remedy="0 lets tunes drone"),
        )
    )
    count: int = wish(
        Wish(read.whole("count"), "How many tunes.", "int", int, 1, Bounds(1, 10_000))
    )
    seed: int = wish(
        Wish(
            read.whole("seed"),
            "Makes the same tunes again; a new one, printed, if left out.",
            "int | None",
            int,
            bounds=Bounds(0, None, remedy="take any whole number from 0 on"),
        ),
        0,
    )
    tempo: int | None = wish(
        Wish(
            read.whole("tempo"),
            "Quarters a minute.",
            "int | None",
            int,
            bounds=Bounds(20, 400, "quarters a minute"),
        )
    )
    prompt: Melody | None = wish(
        Wish(read.anything, "How the tune begins.", "Prompt | None", shared=False, plain=abc_of)
    )
    rewrite: tuple[int, ...] = wish(
        Wish(read.numbers("bars"), "Bars to rewrite.", "Numbers | None", shared=False, plain=list),
        (),
    )
    rewrite_phrases: tuple[int, ...] = wish(
        Wish(
            read.numbers("phrases"),
            "Phrases to rewrite.",
            "Numbers | None",
            shared=False,
            plain=list,
        ),
        (),
    )
    candidates: int | None = wish(
        Wish(
            read.whole("candidates"),
            "Tunes drawn for each that is asked for.",
            "int | None",
            int,
            bounds=Bounds(1, 64),
            shared=False,
        ),
        1,
    )
    tonic: int | None = None

    @property
    def infills(self) -> bool:
        """Whether part of the prompt is rewritten."""
        return self.prompt is not None and bool(self.rewrite or self.rewrite_phrases)

    @property
    def length(self) -> Fraction:
        """The whole tune in quarters, pickup included."""
        if self.prompt and self.infills:
            return self.prompt.duration
        return self.bars * self.meter.bar if self.bars is not None else (self.steps or 0) * STEP

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0..11 that the scale allows."""
        allowed = semitones(self.scale or "chromatic", self.key.mode)
        return frozenset((self.key.pitch_class + step) % 12 for step in allowed)

    def to_json(self) -> dict[str, Any]:
        """What was asked as plain data; ``compose(**data)`` asks the same again."""
        data: dict[str, Any] = {}
        for name, row in WISHES.items():
            value = None if row.part_of else getattr(self, name)
            if value is None or value is False or value == ():
                continue
            lettered = name != "form" or self.form[0].letter
            data[name if lettered else "phrase_bars"] = row.plain(value)
        return data


WISHES = rows_of(Request)
"""Every wish by name, in the order in which people are asked."""
