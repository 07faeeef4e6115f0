"""The nouns of solfa: `Note`, `Key`, `Meter`, `Melody`; frozen and exact.

Times are `Fraction` quarters, pitches are MIDI numbers (60 is middle C), and a spelling
(F sharp or G flat) is derived from the key by the line of fifths, never stored.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm
from numbers import Rational, Real
from operator import index as whole
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypedDict,
    Unpack,
    overload,
)

from solfa.choices import check_names
from solfa.errors import SolfaError
from solfa.errors import shown as _shown
from solfa.key_names import MODES as MODES
from solfa.key_names import read_key, read_mode

if TYPE_CHECKING:
    from music21.stream import Stream
    from pretty_midi import PrettyMIDI

Quarters: TypeAlias = "Fraction | int | float | str"
"""A time in quarters, as it may be given: ``1``, ``"1/3"``, ``0.5``, ``Fraction(1, 3)``."""

_STEPS = "FCGDAEB"  # the line of fifths without accidentals; F stands at -1
_STEP_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNATURE_SHIFT = {  # fifths between a mode's key signature and that of major on its tonic
    "major": 0,
    "minor": -3,
    "dorian": -2,
    "phrygian": -4,
    "lydian": 1,
    "mixolydian": -1,
    "locrian": -5,
}


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """One sounding note or rest.

    ``pitch`` is a MIDI number 0..127, or None for a rest; ``duration`` is in quarters, above
    zero: whatever `Fraction` takes, but for floats that are rounded, such as 0.3. Raises
    `SolfaError` outside these.

    >>> Note(60, "1/2")
    Note(60, '1/2')
    >>> Note(60, 0.5).duration
    Fraction(1, 2)
    >>> Note(60, 0.3)
    Traceback (most recent call last):
        ...
    solfa.errors.SolfaError: duration 0.3 is no exact fraction; write Fraction(3, 10) or '3/10'
    """

    pitch: int | None
    duration: Fraction

    if TYPE_CHECKING:

        def __init__(self, pitch: int | None, duration: Quarters) -> None: ...

    def __post_init__(self) -> None:
        pitch, duration = self.pitch, self.duration
        if type(duration) is not Fraction:
            duration = _quarters("duration", duration)
            object.__setattr__(self, "duration", duration)
        if pitch is not None:
            if type(pitch) is not int:
                pitch = _midi_number(pitch)
                object.__setattr__(self, "pitch", pitch)
            if not 0 <= pitch <= 127:
                raise SolfaError(f"pitch {pitch} is outside 0..127; transpose the melody")
        if duration.numerator <= 0:
            raise SolfaError(f"duration {duration} is not above 0 quarters; drop the note")

    def __repr__(self) -> str:
        return f"Note({self.pitch}, '{self.duration}')"


_FINEST = 1920  # the largest denominator of a duration that is given as a float


def _quarters(what: str, value: Quarters) -> Fraction:
    """The exact time; `SolfaError` for what is no number, and for a float that was rounded."""
    if type(value) is int:
        return Fraction(value)
    is_float = isinstance(value, Real) and not isinstance(value, Rational)  # NumPy's too
    try:
        exact = Fraction(float(value) if is_float else value)
    except (TypeError, ValueError, ArithmeticError):
        raise SolfaError(
            f"{what} {_shown(value)} is no number of quarters; write 1, '1/2' or Fraction(1, 2)"
        ) from None
    if is_float and exact != (plain := exact.limit_denominator(_FINEST)):
        if exact < 0:
            return plain  # refused where it is used, as a short fraction
        plain = max(plain, Fraction(1, _FINEST))
        raise SolfaError(f"{what} {value} is no exact fraction; write {plain!r} or '{plain}'")
    return Fraction(int(exact.numerator), int(exact.denominator))


def _whole(what: str, given: int) -> int:
    """The whole number; `SolfaError` for what is none."""
    try:
        return whole(given)
    except TypeError:
        raise SolfaError(f"{what} {_shown(given)} is no whole number; write 2 or -5") from None


def _midi_number(pitch: object) -> int:
    """The pitch as an int; `SolfaError` that says what to write for what is no whole number."""
    try:
        return whole(pitch)  # type: ignore[arg-type]
    except TypeError:
        pass
    instead = "one of 0..127 (60 is middle C), or None for a rest"
    if isinstance(pitch, str) and (spelling := _SPELLED.fullmatch(pitch)):
        instead = str(Spelling.parse(spelling[0]).pitch)
    elif isinstance(pitch, float) and 0 <= pitch <= 127:
        instead = " or ".join(str(p) for p in sorted({int(pitch), -int(-pitch // 1)}))
    raise SolfaError(f"pitch {_shown(pitch)} is no MIDI number; write {instead}")


_SPELLED = re.compile("([A-Ga-g])([#♯]*|[b♭]*)(-?[0-9]{1,3})")


class Spelling(NamedTuple):
    """A written pitch: step ``C``..``B``, ``alter`` in semitones, octave with C4 as middle C.

    >>> Spelling.parse("F#4").pitch
    66
    """

    step: str
    alter: int
    octave: int

    @classmethod
    def parse(cls, text: str) -> Spelling:
        """Reads ``C4``, ``F#5``, ``Bb3``; `SolfaError` for anything else."""
        match = _SPELLED.fullmatch(text) if isinstance(text, str) else None
        if not match:
            raise SolfaError(f"cannot read pitch {_shown(text)}; write one like 'C4' or 'F#5'")
        alter = len(match[2]) * (-1 if match[2][:1] in ("b", "♭") else 1)
        return cls(match[1].upper(), alter, int(match[3]))

    def __str__(self) -> str:
        return f"{self.step}{_signs(self.alter)}{self.octave}"

    @property
    def pitch(self) -> int:
        """The MIDI number."""
        return 12 * (self.octave + 1) + _STEP_SEMITONES[self.step] + self.alter

    @property
    def fifths(self) -> int:
        """Place on the line of fifths; C is 0, G is 1, F is -1."""
        return _STEPS.index(self.step) - 1 + 7 * self.alter


def _at_fifths(place: int) -> tuple[str, int]:
    """Step and alteration at a place on the line of fifths."""
    alter, index = divmod(place + 1, 7)
    return _STEPS[index], alter


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A tonic by name (``"F#"``, ``"Bb"``) and a mode of `MODES`; ``Key("G")`` is G major.

    Raises `SolfaError` for an unknown tonic or mode.

    >>> Key("E", "minor").accidentals
    {'F': 1}
    >>> Key.parse("F# minor").transpose(-2)
    Key('E', 'minor')
    >>> str(Key("E").spell(61))
    'C#4'
    """

    tonic: str
    mode: str = "major"

    def __post_init__(self) -> None:
        if not isinstance(self.tonic, str):
            raise SolfaError(f"unknown tonic {_shown(self.tonic)}; write text like 'G' or 'F#'")
        name = self.tonic[:1].upper() + self.tonic[1:].replace("♯", "#").replace("♭", "b")
        object.__setattr__(self, "tonic", name.replace("-", "b"))
        if not re.fullmatch("[A-G][#b]?", self.tonic):
            raise SolfaError(f"unknown tonic {self.tonic!r}; write A..G with # or b, as in 'F#'")
        if not isinstance(self.mode, str) or self.mode not in MODES:
            object.__setattr__(self, "mode", read_mode(self.mode))

    def __repr__(self) -> str:
        return f"Key({self.tonic!r}, {self.mode!r})"

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"

    @classmethod
    def parse(cls, text: str, mode: str | None = None) -> Key:
        """A key as people write it: ``g minor``, ``Am``, ``A flat``, ``fis-Moll``, ``la mineur``.

        A tonic alone, in lower case too, is major: case is too easily slipped to carry a mode.
        ``mode`` stands instead of the one that is named.
        """
        tonic, named = read_key(text)
        return cls(tonic, mode or named or "major")

    @classmethod
    def of(cls, pitch_class: int, mode: str = "major") -> Key:
        """The key on a pitch class 0..11 whose signature has the fewest accidentals."""
        pitch_class = _whole("pitch class", pitch_class)
        names = [step + sign for step in _STEPS for sign in ("", "#", "b")]
        keys = [cls(name, mode) for name in names]
        same = [key for key in keys if key.pitch_class == pitch_class % 12]
        return min(same, key=lambda key: (abs(key.signature), key.signature))

    @classmethod
    def of_signature(cls, sharps: int, mode: str = "major") -> Key:
        """The key of ``mode`` with this many sharps (flats below zero) in its signature."""
        mode, sharps = read_mode(mode), _whole("sharps", sharps)
        step, alter = _at_fifths(sharps - _SIGNATURE_SHIFT[mode])
        if abs(alter) > 1:
            raise SolfaError(f"no {mode} key has a signature of {sharps} sharps; respell the tune")
        return cls(step + _signs(alter), mode)

    @property
    def fifths(self) -> int:
        """The tonic's place on the line of fifths; C is 0."""
        return Spelling(self.tonic[0], _alter(self.tonic[1:]), 4).fifths

    @property
    def pitch_class(self) -> int:
        """The tonic as 0..11, C being 0."""
        return Spelling(self.tonic[0], _alter(self.tonic[1:]), 4).pitch % 12

    @property
    def signature(self) -> int:
        """Sharps (above zero) or flats (below) of the key signature."""
        return self.fifths + _SIGNATURE_SHIFT[self.mode]

    @property
    def accidentals(self) -> dict[str, int]:
        """The key signature step by step, as it is written: semitones by which each is altered."""
        sharps = self.signature
        altered = {step: (sharps + 6 - i) // 7 for i, step in enumerate(_STEPS)}
        written = _STEPS if sharps > 0 else reversed(_STEPS)
        return {step: altered[step] for step in written if altered[step]}

    @property
    def scale(self) -> frozenset[int]:
        """Pitch classes of the mode's scale."""
        return frozenset((self.pitch_class + step) % 12 for step in MODES[self.mode])

    def transpose(self, semitones: int) -> Key:
        """The key ``semitones`` higher, in its simplest spelling; itself at 0."""
        semitones = _whole("semitones", semitones)
        return Key.of(self.pitch_class + semitones, self.mode) if semitones % 12 else self

    def spell(self, pitch: int) -> Spelling:
        """How this key writes a MIDI pitch: from twelve neighbours on the line of fifths.

        They reach from the flat third to the sharp fifth about a tonic with a major third, else
        from the flat second to the sharp fourth (locrian: flat fifth to leading note). So does
        the kern collection for 99.94 % of its notes, and for 95.4 % of those outside the scale,
        in the half of the files that did not choose the rule (``benchmarks/readers.py``).
        """
        third, fifth = MODES[self.mode][2], MODES[self.mode][4]
        flats = 3 if third == 4 else 5 if fifth == 7 else 6
        place = (7 * (pitch - self.pitch_class) + flats) % 12 - flats
        step, alter = _at_fifths(self.fifths + place)
        octave = (pitch - alter - _STEP_SEMITONES[step]) // 12 - 1
        return Spelling(step, alter, octave)


def _alter(signs: str) -> int:
    return signs.count("#") - signs.count("b")


def _signs(alter: int) -> str:
    return "#" * alter + "b" * -alter


@dataclass(frozen=True, slots=True, repr=False)
class Meter:
    """A time signature: ``beats`` of one ``unit``-th note each. Raises `SolfaError` if absurd.

    >>> Meter(6, 8).bar, Meter(6, 8).beat
    (Fraction(3, 1), Fraction(3, 2))
    >>> Meter.parse("3/4")
    Meter(3, 4)
    """

    beats: int
    unit: int

    def __post_init__(self) -> None:
        if not (type(self.beats) is type(self.unit) is int):
            for name in ("beats", "unit"):
                try:
                    object.__setattr__(self, name, whole(getattr(self, name)))
                except TypeError:
                    raise SolfaError(
                        f"metre {name} {_shown(getattr(self, name))} is no whole number;"
                        " write Meter(3, 4) or Meter.parse('3/4')"
                    ) from None
        if not 1 <= self.beats <= 64:
            raise SolfaError(f"metre with {self.beats} beats is outside 1..64; write one like 3/4")
        if self.unit not in (1, 2, 4, 8, 16, 32, 64):
            raise SolfaError(f"metre unit {self.unit} is not one of 1, 2, 4, 8, 16, 32, 64")

    def __repr__(self) -> str:
        return f"Meter({self.beats}, {self.unit})"

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Reads ``3/4``, ``C`` (4/4) and ``C|`` (2/2); `SolfaError` says what is wrong."""
        text = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text) if isinstance(text, str) else text
        match = isinstance(text, str) and re.fullmatch(r"\s*(\d{1,2})\s*/\s*(\d{1,2})\s*", text)
        if not match:
            raise SolfaError(f"cannot read metre {_shown(text)}; write one like '3/4' or '6/8'")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, duration: Fraction) -> Meter | None:
        """The plainest metre whose bar lasts ``duration`` quarters, or None if there is none."""
        for unit in (4, 8, 16, 32, 64):
            beats = duration * unit / 4
            if beats.denominator == 1 and 1 <= beats <= 64:
                return cls(int(beats), unit)
        return None

    @property
    def bar(self) -> Fraction:
        """Length of one bar, in quarters."""
        return Fraction(4 * self.beats, self.unit)

    @property
    def beat(self) -> Fraction:
        """Length of one felt beat, in quarters: three units in compound metres (6/8, 9/8)."""
        compound = self.unit >= 8 and self.beats % 3 == 0 and self.beats > 3
        return Fraction(4 * (3 if compound else 1), self.unit)


PASSED_OVER = "passed over: "
"""How the comment begins on what a file holds but a melody cannot, or what made no sense."""


RECORD = '{"solfa"'
"""How the comment begins that says how solfa composed a tune."""
_FOUND = (
    *("notes: ", "key: ", "mode: ", "scale: ", "metre: ", "pickup: ", "phrases: "),
    PASSED_OVER,
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a tune besides its notes; empty where unknown.

    ``style`` is the label a model may be asked for: the repertoire the tune came with.

    >>> Melody([Note(60, 4)], metadata=Metadata(title="Long", tempo=90)).tempo
    90
    """

    title: str = ""
    id: str = ""
    region: str = ""
    genre: str = ""
    source: str = ""
    comments: tuple[str, ...] = ()
    tempo: int | None = None  # quarters a minute
    style: str = ""
    composer: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "id", "region", "genre", "source", "style", "composer"):
            if not isinstance(value := getattr(self, name), str):
                raise SolfaError(f"{name} {_shown(value)} is no text; write it in quotes")
        if isinstance(self.comments, str) or not all(isinstance(c, str) for c in self.comments):
            raise SolfaError(f"comments {_shown(self.comments)} are no texts; write ('a', 'b')")
        if self.tempo is not None and not isinstance(self.tempo, int):
            object.__setattr__(self, "tempo", _whole("tempo", self.tempo))

    @property
    def found(self) -> tuple[str, ...]:
        """The comments on what a reader found or left out of what is written.

        Such as ``"key: found by analysis"`` and ``"passed over: 2 cue notes"``.
        """
        return tuple(text for text in self.comments if text.startswith(_FOUND))

    @property
    def remarks(self) -> tuple[str, ...]:
        """The comments of people: neither found by a reader nor written by solfa's composing."""
        written = (*_FOUND, *(f"prompt's {name}" for name in _FOUND), RECORD)
        return tuple(text for text in self.comments if not text.startswith(written))


class MeterChange(NamedTuple):
    """From ``onset`` (quarters from the start of the melody) on, ``meter`` holds."""

    onset: Fraction
    meter: Meter


class KeyChange(NamedTuple):
    """From ``onset`` (quarters from the start of the melody) on, the tune is in ``key``."""

    onset: Fraction
    key: Key


_MeterChanges: TypeAlias = "Iterable[tuple[Quarters, Meter | str]]"
_KeyChanges: TypeAlias = "Iterable[tuple[Quarters, Key | str]]"


class _Fields(TypedDict, total=False):
    """The fields of a `Melody` as they may be given."""

    notes: Iterable[Note]
    key: Key | str
    meter: Meter | str | None
    pickup: Quarters
    phrase_ends: Iterable[int]
    meter_changes: _MeterChanges
    metadata: Metadata
    lyrics: Iterable[Iterable[str]]
    key_changes: _KeyChanges


class Piece(NamedTuple):
    """The part of a note that lies in one bar; ``note`` is the note's index in the melody."""

    note: int
    pitch: int | None
    onset: Fraction
    duration: Fraction
    tied_back: bool
    tied_on: bool


class Bar(NamedTuple):
    """One bar. ``number`` is 0 for a pickup, else counts from 1; ``onset`` in quarters.

    ``length`` is what the metre asks for (the pickup's own length in bar 0); the last bar's
    pieces may fill less. ``meter`` is None in free metre, where all is one bar.
    """

    number: int
    onset: Fraction
    length: Fraction
    meter: Meter | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Melody:
    """One voice: notes in a key and a metre, which may be given as text.

    ``len(melody)``, ``for note in melody`` and ``melody[0]`` are those of its notes.

    ``meter`` is None in free metre; ``pickup`` is the length in quarters of an incomplete
    first bar, 0 if there is none; ``phrase_ends`` are the indices of the last note of each
    phrase (empty: phrases unknown); ``meter_changes`` follow the first metre, each at a bar
    line, and a bar longer or shorter than its surroundings is a change too. Changes that change
    nothing or come after the end are dropped, and a pickup ends with the notes. ``key_changes``
    follow the first key, each at any time; those that change nothing are dropped too. ``lyrics``
    are the verses, each one syllable a note: ``"hel-"`` where the word goes on, ``"_"`` where a
    note holds the syllable before it, ``""`` where nothing is sung, as at every rest; last verses
    without a word are dropped. Equality is musical: ``metadata`` and ``lyrics`` do not count.
    Raises `SolfaError` for what cannot be.

    >>> tune = Melody([Note(62, 1), Note(67, 2), Note(71, 1)], "G", "3/4", pickup=1)
    >>> len(tune), tune[-1], tune.ends()
    (3, Note(71, '1'), (Fraction(1, 1), Fraction(3, 1), Fraction(4, 1)))
    >>> tune.transpose(2).key
    Key('A', 'major')
    >>> tune.slice_bars(1)
    Melody([Note(67, '2'), Note(71, '1')], Key('G', 'major'), Meter(3, 4))
    """

    notes: tuple[Note, ...]
    key: Key = Key("C")
    meter: Meter | None = Meter(4, 4)
    pickup: Fraction = Fraction(0)
    phrase_ends: tuple[int, ...] = ()
    meter_changes: tuple[MeterChange, ...] = ()
    metadata: Metadata = field(default=Metadata(), compare=False)
    lyrics: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    key_changes: tuple[KeyChange, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            notes: Iterable[Note],
            key: Key | str = ...,
            meter: Meter | str | None = ...,
            pickup: Quarters = ...,
            phrase_ends: Iterable[int] = ...,
            meter_changes: _MeterChanges = ...,
            metadata: Metadata = ...,
            lyrics: Iterable[Iterable[str]] = ...,
            key_changes: _KeyChanges = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "notes", _notes(self.notes))
        if type(self.key) is not Key:
            set_(self, "key", as_key(self.key))
        if type(self.meter) is not Meter:
            set_(self, "meter", _meter(self.meter))
        if type(self.pickup) is not Fraction:
            set_(self, "pickup", _quarters("pickup", self.pickup))
        ends, changes = self.phrase_ends, self.meter_changes
        if ends != ():
            set_(self, "phrase_ends", ends := _indices(ends))
        if changes != ():
            set_(self, "meter_changes", changes := _meter_changes(changes))
        if self.key_changes != ():
            set_(self, "key_changes", _key_changes(self.key_changes, self.key, self.duration))
        if type(self.metadata) is not Metadata:
            raise SolfaError(
                f"metadata {_shown(self.metadata)} is none; write Metadata(title='...')"
            )
        within = not ends or (ends[0] >= 0 and ends[-1] < len(self.notes))
        if not within or list(ends) != sorted(set(ends)):
            raise SolfaError(
                f"phrase ends {ends} must rise within 0..{len(self.notes) - 1}, the notes' indices"
            )
        if self.lyrics != ():
            if not isinstance(self.lyrics, Iterable):
                raise SolfaError(
                    f"lyrics {_shown(self.lyrics)} are no verses; write [['la', 'la']]"
                )
            set_(self, "lyrics", _verses(self.lyrics, self.notes))
        if self.meter is None:
            if self.pickup or changes:
                raise SolfaError("a melody in free metre has no pickup and no metre changes")
            return
        if not 0 <= self.pickup < self.meter.bar:
            raise SolfaError(
                f"pickup of {self.pickup} quarters must be at least 0"
                f" and less than a bar of {self.meter} ({self.meter.bar})"
            )
        if not (self.pickup or changes):
            return
        end = self.duration
        kept: list[MeterChange] = []
        before = MeterChange(self.pickup, self.meter)
        for i, change in enumerate(changes):
            gap = change.onset - before.onset
            instead = gap == 0 and not (i == 0 and self.pickup)
            if gap < 0 or gap % before.meter.bar or instead:
                raise SolfaError(
                    f"change to {change.meter} at quarter {change.onset} is not at a new bar line"
                )
            if change.meter != before.meter and change.onset < end:
                kept.append(change)
            before = change
        set_(self, "pickup", min(self.pickup, end))
        set_(self, "meter_changes", tuple(kept))

    def __repr__(self) -> str:
        shown = [f"{list(self.notes)!r}", repr(self.key), repr(self.meter)]
        if self.pickup:
            shown.append(f"pickup='{self.pickup}'")
        if self.phrase_ends:
            shown.append(f"phrase_ends={self.phrase_ends!r}")
        if self.meter_changes:
            changes = [(str(c.onset), c.meter) for c in self.meter_changes]
            shown.append(f"meter_changes={changes!r}")
        if self.key_changes:
            shown.append(f"key_changes={[(str(c.onset), c.key) for c in self.key_changes]!r}")
        if self.metadata != Metadata():
            shown.append(f"metadata={self.metadata!r}")
        if self.lyrics:
            shown.append(f"lyrics={self.lyrics!r}")
        return f"Melody({', '.join(shown)})"

    def __len__(self) -> int:
        """How many notes there are, rests too."""
        return len(self.notes)

    def __bool__(self) -> Literal[True]:
        """True, without notes too: key and metre are there, and ``tune or other`` asks for None."""
        return True

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    @overload
    def __getitem__(self, place: int) -> Note: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Note, ...]: ...

    def __getitem__(self, place: int | slice) -> Note | tuple[Note, ...]:
        return self.notes[place]

    @property
    def tempo(self) -> int | None:
        """Quarters a minute, as the metadata say."""
        return self.metadata.tempo

    @property
    def duration(self) -> Fraction:
        """Length of the whole, in quarters."""
        return total([note.duration for note in self.notes])

    @property
    def pitches(self) -> tuple[int, ...]:
        """MIDI numbers of the sounding notes, rests left out."""
        return tuple(note.pitch for note in self.notes if note.pitch is not None)

    def onsets(self) -> tuple[Fraction, ...]:
        """Where each note begins, in quarters from the start."""
        return note_onsets(self.notes)

    def ends(self) -> tuple[Fraction, ...]:
        """Where each note ends, in quarters from the start."""
        return tuple(accumulate(note.duration for note in self.notes))

    def bar_lines(self) -> tuple[tuple[Fraction, Fraction, Meter], ...]:
        """(onset, length, metre) of every bar up to the end of the notes; free metre has none."""
        if self.meter is None:
            return ()
        end, bars = self.duration, []
        if self.pickup:
            bars.append((Fraction(0), self.pickup, self.meter))
        segments = (MeterChange(self.pickup, self.meter), *self.meter_changes)
        stops = (*(change.onset for change in self.meter_changes), end)
        for (onset, meter), stop in zip(segments, stops, strict=True):
            while onset < min(stop, end):
                bars.append((onset, meter.bar, meter))
                onset += meter.bar
        return tuple(bars)

    @property
    def bar_numbers(self) -> range:
        """The numbers of `bar_lines`: from 1, or from 0 where there is a pickup."""
        first = 0 if self.pickup else 1
        return range(first, first + len(self.bar_lines()))

    def bars(self) -> tuple[Bar, ...]:
        """The bars with their notes, split and tied at the bar lines."""
        lines = self.bar_lines() or ((Fraction(0), self.duration, None),)
        first = self.bar_numbers.start
        starts = [line[0] for line in lines]
        pieces: list[list[Piece]] = [[] for _ in lines]
        for index, (note, onset) in enumerate(zip(self.notes, self.onsets(), strict=True)):
            end, at = onset + note.duration, onset
            while at < end:
                bar = bisect_right(starts, at) - 1
                stop = min(end, starts[bar + 1]) if bar + 1 < len(starts) else end
                sounding = note.pitch is not None
                pieces[bar].append(
                    Piece(
                        index,
                        note.pitch,
                        at,
                        stop - at,
                        sounding and at > onset,
                        sounding and stop < end,
                    )
                )
                at = stop
        return tuple(
            Bar(first + i, onset, length, meter, tuple(inside))
            for i, ((onset, length, meter), inside) in enumerate(zip(lines, pieces, strict=True))
        )

    def slice_bars(self, first: int | None = None, last: int | None = None) -> Melody:
        """The bars from ``first`` to ``last``, both in it, by their `bar_numbers` (0: the pickup).

        Left out, they are the tune's own first and last. A note held over the bar line where a
        slice begins or ends is cut there; what remains of it in the later bars has ``"_"`` for
        its syllable, and the end of its phrase. Raises `SolfaError` for bars that are not there;
        free metre has none.
        """
        numbers, lines = self.bar_numbers, self.bar_lines()
        if not numbers:
            raise SolfaError("a melody without bars cannot be cut at them; give it notes, a metre")
        first = numbers[0] if first is None else first
        last = numbers[-1] if last is None else last
        if not (first in numbers and last in numbers and first <= last):
            raise SolfaError(
                f"bars {_shown(first)} to {_shown(last)} are not within"
                f" {numbers[0]} to {numbers[-1]}, the lower first"
            )
        begin, _, meter = lines[numbers.index(first)]
        start, length, _ = lines[numbers.index(last)]
        end = start + length
        notes: list[Note] = []
        phrase_ends: list[int] = []
        verses: list[list[str]] = [[] for _ in self.lyrics]
        spans = zip(self.notes, self.onsets(), self.ends(), strict=True)
        for place, (note, on, off) in enumerate(spans):
            if off <= begin or on >= end:
                continue
            notes.append(Note(note.pitch, min(off, end) - max(on, begin)))
            if off <= end and place in self.phrase_ends:
                phrase_ends.append(len(notes) - 1)
            for verse, uncut in zip(verses, self.lyrics, strict=True):
                verse.append("_" if on < begin and uncut[place] else uncut[place])
        return self.replace(
            notes=notes,
            key=self.key_at(begin),
            key_changes=[(at - begin, new) for at, new in self.key_changes if at > begin],
            meter=meter,
            pickup=self.pickup if first == 0 else 0,
            phrase_ends=phrase_ends,
            meter_changes=[(at - begin, new) for at, new in self.meter_changes if at > begin],
            lyrics=verses,
        )

    def key_at(self, onset: Quarters) -> Key:
        """The key that holds at ``onset``, in quarters from the start.

        >>> tune = Melody([Note(60, 4), Note(66, 4)], "C", key_changes=[(4, "G")])
        >>> tune.key_at(3), tune.key_at(4)
        (Key('C', 'major'), Key('G', 'major'))
        """
        at = _quarters("onset", onset)
        return next((c.key for c in reversed(self.key_changes) if c.onset <= at), self.key)

    def note_keys(self) -> tuple[Key, ...]:
        """The key that holds when each note begins."""
        if not self.key_changes:
            return (self.key,) * len(self.notes)
        starts = [change.onset for change in self.key_changes]
        keys = [self.key, *(change.key for change in self.key_changes)]
        return tuple(keys[bisect_right(starts, onset)] for onset in self.onsets())

    def phrases(self) -> tuple[tuple[Note, ...], ...]:
        """The notes phrase by phrase; one phrase where none is marked."""
        last = len(self.notes) - 1
        cuts = [-1, *(end for end in self.phrase_ends if end != last), last]
        return tuple(self.notes[a + 1 : b + 1] for a, b in pairwise(cuts) if b > a)

    def spelling(self) -> tuple[Spelling | None, ...]:
        """How each note is written in the key that holds when it begins; None for rests."""
        return tuple(
            None if note.pitch is None else key.spell(note.pitch)
            for note, key in zip(self.notes, self.note_keys(), strict=True)
        )

    def transpose(self, semitones: int) -> Melody:
        """The melody ``semitones`` higher, its keys with it; `SolfaError` outside MIDI's range."""
        semitones = _whole("semitones", semitones)
        notes = (
            note if note.pitch is None else Note(note.pitch + semitones, note.duration)
            for note in self.notes
        )
        return replace(
            self,
            notes=tuple(notes),
            key=self.key.transpose(semitones),
            key_changes=tuple(
                KeyChange(at, key.transpose(semitones)) for at, key in self.key_changes
            ),
        )

    def replace(self, **changes: Unpack[_Fields]) -> Melody:
        """A copy with some fields changed; given ``notes`` but no ``lyrics``, it has none."""
        if "notes" in changes:
            changes.setdefault("lyrics", ())
        check_names("field of a melody", changes, Melody.__dataclass_fields__)
        fields: dict[str, Any] = {**changes}
        return replace(self, **fields)

    def write(self, path: str | Path, **options: Any) -> Path:
        """Writes the melody in the format that the suffix names; see `solfa.formats.write`."""
        from solfa.formats import write

        return write(self, path, **options)

    def to_music21(self) -> Stream:
        """The melody as a music21 score; `SolfaError` if a duration cannot be written in one."""
        from solfa.formats.musicxml.streams import to_music21

        return to_music21(self)

    @classmethod
    def from_music21(cls, stream: Stream, **choices: Any) -> Melody:
        """The melody of a music21 stream: a score, a part, or notes alone.

        ``choices`` are those of `solfa.read`: which of several parts or voices, or their top line.
        Raises `ReadError` for chords, several voices, and whatever else is no melody.
        """
        from solfa.formats.musicxml.streams import from_music21

        return from_music21(stream, **choices)

    def to_pretty_midi(self) -> PrettyMIDI:
        """The melody as pretty_midi has it: at its tempo (120 if none), pitches without names."""
        from io import BytesIO

        from pretty_midi import PrettyMIDI

        from solfa.formats import render

        return PrettyMIDI(BytesIO(render(self, ".mid")))

    def _repr_html_(self) -> str:
        """Score and player, for notebooks."""
        from solfa.notebook import show

        return show(self)


class HasMelody(Protocol):
    """What carries a melody, such as a `Composition`."""

    @property
    def melody(self) -> Melody: ...


MelodyLike: TypeAlias = Melody | HasMelody
"""A melody, or a composition, whose melody is meant."""


def as_melody(given: MelodyLike) -> Melody:
    """The melody itself, or that of a composition; `SolfaError` for anything else."""
    melody = given if isinstance(given, Melody) else getattr(given, "melody", None)
    if not isinstance(melody, Melody):
        raise SolfaError(f"{type(given).__name__} is no melody; give a Melody or a Composition")
    return melody


def _notes(given: Iterable[Note]) -> tuple[Note, ...]:
    """The notes; `SolfaError` that says what to write for what is none."""
    remedy = "write [Note(60, 1), Note(62, 1)]"
    if isinstance(given, Melody):
        raise SolfaError("a melody is given as the notes of another; give its .notes, or use it")
    if isinstance(given, str | bytes):
        raise SolfaError(
            f"text {_shown(given)} is given for notes; {remedy}, or solfa.parse(text, 'abc')"
        )
    if not isinstance(given, Iterable):
        raise SolfaError(f"{_shown(given)} is no list of notes; {remedy}")
    notes = tuple(given)
    if {*map(type, notes)} - {Note}:
        for number, note in enumerate(notes, 1):
            if not isinstance(note, Note):
                two = isinstance(note, tuple | list) and len(note) == 2
                instead = ", ".join(map(_shown, note)) if two else f"{_shown(note)}, 1"
                raise SolfaError(f"note {number} is {_shown(note)}, no Note; write Note({instead})")
    return notes


def as_key(given: object) -> Key:
    """A `Key`, or the one of a name; `SolfaError` for anything else."""
    if isinstance(given, str):
        return Key.parse(given)
    if not isinstance(given, Key):
        raise SolfaError(f"key {_shown(given)} is none; write Key('G', 'minor') or 'G minor'")
    return given


def _meter(given: object) -> Meter | None:
    if isinstance(given, str):
        return Meter.parse(given)
    if given is not None and not isinstance(given, Meter):
        raise SolfaError(
            f"metre {_shown(given)} is none; write Meter(3, 4), '3/4', or None for free metre"
        )
    return given


def _indices(phrase_ends: Iterable[int]) -> tuple[int, ...]:
    try:
        return tuple(map(whole, phrase_ends))
    except TypeError:
        raise SolfaError(
            f"phrase ends {_shown(phrase_ends)} must be the indices of notes, such as (3, 7)"
        ) from None


def _pairs(given: Iterable[tuple[Quarters, object]], what: str, example: str) -> list[Any]:
    """What changes at which time, as pairs; ``what`` and an ``example`` for the refusal."""
    try:
        return [(_quarters(f"{what} change at", at), new) for at, new in given]
    except (TypeError, ValueError):
        raise SolfaError(
            f"{what} changes {_shown(given)} must be pairs of a quarter and a {what},"
            f" such as [(12, {example!r})]"
        ) from None


def _meter_changes(given: _MeterChanges) -> tuple[MeterChange, ...]:
    found = []
    for at, given_meter in _pairs(given, "metre", "3/4"):
        if (meter := _meter(given_meter)) is None:
            raise SolfaError("a change to free metre cannot be; write a metre like '3/4'")
        found.append(MeterChange(at, meter))
    return tuple(found)


def _key_changes(given: _KeyChanges, key: Key, end: Fraction) -> tuple[KeyChange, ...]:
    """The changes before ``end`` that change something; `SolfaError` for times that do not rise."""
    latest: dict[Fraction, Key] = {}
    before = Fraction(0)
    for at, given_key in _pairs(given, "key", "G major"):
        new = as_key(given_key)
        if at <= 0 or at < before:
            raise SolfaError(
                f"change to {new} at quarter {at} must come after quarter {before};"
                " the first key is the melody's own, changes follow in order"
            )
        latest[at] = new
        before = at
    kept = []
    for at, new in latest.items():
        if new != key and at < end:
            kept.append(KeyChange(at, new))
        key = new
    return tuple(kept)


def _verses(
    lyrics: Iterable[Iterable[str]], notes: tuple[Note, ...]
) -> tuple[tuple[str, ...], ...]:
    """The verses without the last empty ones; `SolfaError` where they do not fit the notes."""
    verses = [_verse(number, verse) for number, verse in enumerate(lyrics, 1)]
    while verses and not any(verses[-1]):
        verses.pop()
    for number, verse in enumerate(verses, 1):
        if len(verse) != len(notes):
            raise SolfaError(
                f"verse {number} has {len(verse)} syllables for {len(notes)} notes;"
                " give each note one, an empty one where nothing is sung"
            )
        for place, (syllable, note) in enumerate(zip(verse, notes, strict=True), 1):
            if syllable and note.pitch is None:
                raise SolfaError(f"syllable {syllable!r} of verse {number} is on a rest; move it")
            if syllable != " ".join(syllable.split()):
                raise SolfaError(
                    f"syllable {place} of verse {number} is {syllable!r};"
                    " part its words by single spaces"
                )
    return tuple(verses)


def _verse(number: int, given: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(given, str) and isinstance(given, Iterable):
        verse = tuple(given)
        if all(isinstance(syllable, str) for syllable in verse):
            return verse
    raise SolfaError(
        f"verse {number} is {_shown(given)}; give a list of syllables, one for each note"
    )


def note_onsets(notes: Sequence[Note]) -> tuple[Fraction, ...]:
    """Where each of some notes begins, in quarters from the start of the first."""
    ends = accumulate((note.duration for note in notes), initial=Fraction(0))
    return tuple(ends)[: len(notes)]


def total(durations: Sequence[Fraction]) -> Fraction:
    """The sum, six times sooner than adding fraction to fraction."""
    base = lcm(*{duration.denominator for duration in durations})
    return Fraction(sum(d.numerator * (base // d.denominator) for d in durations), base)


def merge_ties(parts: Iterable[tuple[Note, bool]]) -> list[Note]:
    """Joins each note marked True (tied to the next) with what follows it at the same pitch."""
    merged: list[Note] = []
    open_ = False
    for note, tied in parts:
        if open_ and note.pitch == merged[-1].pitch:
            merged[-1] = Note(note.pitch, merged[-1].duration + note.duration)
        else:
            merged.append(note)
        open_ = tied
    return merged
