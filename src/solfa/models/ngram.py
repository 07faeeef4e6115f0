"""`ngram`: n-gram counts. A log-linear mixture of `PPM` models, built on first use.

Each field of an encoding is predicted by a few views, each a PPM over a context of its own: the
tune so far (what followed the last occurrence of the last notes at this place of the bar), its
form (the notes some bars ago), the style and the place in the bar. Their distributions are
multiplied as powers, p ~ p1^w1 p2^w2 ..; weights and contexts were chosen on validation. What is
unknown (metre, style, phrases) is left out of every context. A stored table would give the
corpus away, so none is bundled: it is counted from the installed corpora and kept in the cache.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from solfa import corpora
from solfa.corpora.prepare import cache_folder
from solfa.encodings.conditions import Conditions
from solfa.encodings.features import FEATURES, PITCHES
from solfa.encodings.memory import Memory
from solfa.encodings.notes import Field, NoteEncoding, NoteState
from solfa.encodings.protocol import Encoding, SequenceState
from solfa.encodings.rows import Rows
from solfa.errors import SolfaError
from solfa.files import digest, write_atomically
from solfa.melody import Melody
from solfa.models.ppm import PPM


class View(NamedTuple):
    """A PPM of the mixture: its weight, and its context, which backs off from the last name on."""

    weight: float
    context: tuple[str, ...]


def _view(weight: float, context: str) -> View:
    return View(weight, tuple(context.split(", ")))


NOTE_VIEWS: dict[int, tuple[View, ...]] = {
    Field.PICKUP: (_view(1, "metre, style"),),
    Field.DURATION: (
        _view(0.4, "metre, position, echoed duration, match, duration 1 ago,"
                   " duration 1 bar ago, duration 2 bars ago, duration 2 ago"),
        _view(0.45, "metre, sixteenths in phrase, position, echoed duration, match,"
                    " duration 4 bars ago, duration 1 ago"),
        _view(0.3, "metre, place in four bars, duration 1 ago, duration 2 ago, style,"
                   " duration 3 ago"),
    ),
    Field.PITCH: (
        _view(0.55, "mode, pitch 1 ago, echoed pitch, match, pitch 2 ago, position, pitch 3 ago"),
        _view(0.35, "echoed pitch, match, pitch 4 bars ago, pitch 2 bars ago, pitch 1 ago"),
        _view(0.3, "style, metre, sixteenths in phrase, position, pitch 1 ago, duration,"
                   " pitch 2 ago"),
    ),
    Field.PHRASE: (
        _view(0.7, "metre, sixteenths in phrase, position, duration, pitch, style"),
        _view(0.5, "echoed phrase end, echoed, match, sixteenths in phrase, duration"),
    ),
}  # fmt: skip
"""How each field of the note encoding is predicted."""

SYMBOL_VIEWS = (
    _view(0.6, "echoed symbol, match, 1 ago, 2 ago"),
    _view(0.5, "1 ago, 2 ago, 3 ago, 4 ago, 5 ago, 6 ago, 7 ago, 8 ago"),
)
"""How the symbols of any other encoding are predicted."""

_LONGEST = 6  # longer matches count as this long
_NOTES_AGO, _SYMBOLS_AGO = 3, 8
_BARS_AGO = (
    *("duration 1 bar ago", "duration 2 bars ago", "duration 4 bars ago"),
    *("pitch 2 bars ago", "pitch 4 bars ago"),
)


class ContextTracker(Protocol):
    """Follows a batch of tunes and computes the context of each next symbol."""

    @property
    def state(self) -> SequenceState:
        """The musical state of the batch."""

    def context(self) -> tuple[int, dict[str, np.ndarray]]:
        """The field of the next symbol and its context by name: (B,) each, -1 where unknown."""

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""


class NoteContextTracker(Rows):
    """The `ContextTracker` of the note encoding."""

    def __init__(self, encoding: NoteEncoding, all_conditions: Sequence[Conditions]) -> None:
        self._encoding = encoding
        self.state: NoteState = encoding.read(all_conditions)
        self._notes = np.zeros((len(all_conditions), 0, 3), np.int64)  # duration, pitch, phrase end
        self._none = (encoding.end, PITCHES, 2)  # where there is no such note
        self._context = self._note_context()

    def context(self) -> tuple[int, dict[str, np.ndarray]]:
        """The field of the next symbol and its context by name: (B,) each, -1 where unknown."""
        field, context = self.state.field, dict(self._context)
        if field in (Field.PITCH, Field.PHRASE):
            context["duration"] = self.state.duration
        if field is Field.PHRASE:
            context["pitch"] = self.state.pitch
            alike = context["echoed duration"] == context["duration"]
            context["echoed"] = alike & (context["echoed pitch"] == context["pitch"])
        return field, context

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        state, field = self.state, self.state.field
        state.push(symbols)
        if state.field is not Field.DURATION:
            return
        if field is not Field.PICKUP:
            phrase_end = state.phrases * (symbols - self._encoding.first[Field.PHRASE])
            note = np.stack([state.duration, state.pitch, phrase_end], 1)
            self._notes = np.concatenate([self._notes, note[:, None]], 1)
        self._context = self._note_context()

    def _note_context(self) -> dict[str, np.ndarray]:
        """The context of the next note, before any of its fields."""
        music = self.state.music
        features = dict(zip(FEATURES, self.state.features().T, strict=True))
        context = {
            name: features[name] - 1
            for name in ("position", "sixteenths in phrase", "mode", "metre", "style")
        }
        metric = music.bar > 0
        place = music.onset % np.maximum(4 * music.bar, 1) // 4
        context["place in four bars"] = np.where(metric, place, -1)
        for name in _BARS_AGO:
            context[name] = np.where(metric, features[name], -1)
        count = self._notes.shape[1]
        for ago in range(1, _NOTES_AGO + 1):
            note = self._notes[:, -ago] if ago <= count else np.tile(self._none, (len(metric), 1))
            context[f"duration {ago} ago"], context[f"pitch {ago} ago"] = note[:, 0], note[:, 1]
        then, length = self.state.extractor.memory.find()
        notes = np.concatenate([self._notes, np.tile(self._none, (len(metric), 1, 1))], 1)
        echo = notes[np.arange(len(metric)), then]  # -1 is the last: none
        for name, values in zip(("duration", "pitch", "phrase end"), echo.T, strict=True):
            context[f"echoed {name}"] = values
        context["match"] = np.minimum(length, _LONGEST)
        return context

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""
        super().select(rows)
        self._context = {name: values[rows] for name, values in self._context.items()}


class SymbolContextTracker(Rows):
    """The `ContextTracker` of any other encoding: the context is the last symbols alone."""

    def __init__(self, encoding: Encoding, all_conditions: Sequence[Conditions]) -> None:
        self._encoding = encoding
        self.state = encoding.read(all_conditions)
        self._memory = Memory(len(all_conditions))
        self._symbols = np.full((len(all_conditions), _SYMBOLS_AGO), encoding.size)  # none yet

    def context(self) -> tuple[int, dict[str, np.ndarray]]:
        """The field of the next symbol and its context by name: (B,) each, -1 where unknown."""
        context = {f"{ago} ago": self._symbols[:, -ago] for ago in range(1, _SYMBOLS_AGO + 1)}
        then, length = self._memory.find()
        rows = np.arange(len(then))
        echoed = self._symbols[rows, then + _SYMBOLS_AGO * (then >= 0)]
        context["echoed symbol"] = np.where(then >= 0, echoed, self._encoding.size)
        context["match"] = np.minimum(length, _LONGEST)
        return 0, context

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        self.state.push(symbols)
        self._memory.add(symbols)
        self._symbols = np.column_stack([self._symbols, symbols])


def _track(encoding: Encoding, all_conditions: Sequence[Conditions]) -> ContextTracker:
    if isinstance(encoding, NoteEncoding):
        return NoteContextTracker(encoding, all_conditions)
    return SymbolContextTracker(encoding, all_conditions)


def _views(encoding: Encoding) -> Mapping[int, tuple[View, ...]]:
    return NOTE_VIEWS if isinstance(encoding, NoteEncoding) else {0: SYMBOL_VIEWS}


class Examples(NamedTuple):
    """The training examples of one field: N symbols and the context of each; -1 is unknown."""

    contexts: np.ndarray  # (N, K) int16, a column for each name in the field's views, in order
    symbols: np.ndarray  # (N,) int16


class NGram:
    """The model: ``examples`` of each field, counted into tables as they are asked for."""

    name = "ngram"
    features: frozenset[str] = frozenset()

    def __init__(self, encoding: Encoding, examples: dict[int, Examples]) -> None:
        self.encoding = encoding
        self.examples = examples
        self._views = _views(encoding)
        self._tables: dict[tuple[int, tuple[str, ...]], PPM] = {}

    @classmethod
    def of(cls, melodies: Sequence[Melody], encoding: Encoding) -> NGram:
        """The model of some tunes; those that the encoding cannot represent are left out."""
        return cls(encoding, _examples(melodies, encoding))

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name the encoding, the views and the examples."""
        named = sha256(json.dumps([self.encoding.to_json(), list(self._views.items())]).encode())
        for part in (part for field in sorted(self.examples) for part in self.examples[field]):
            named.update(np.ascontiguousarray(part).tobytes())
        return named.hexdigest()[:12]

    def begin(self, all_conditions: Sequence[Conditions]) -> NGramSession:
        """A session before the first symbol of each tune."""
        return NGramSession(self, self.track(all_conditions))

    def track(self, all_conditions: Sequence[Conditions]) -> ContextTracker:
        """A tracker of the views' contexts, before the first symbol of each tune."""
        return _track(self.encoding, all_conditions)

    def predict(self, field: int, context: dict[str, np.ndarray]) -> np.ndarray:
        """The distribution over the symbols, (B, V), given the next one's field and context."""
        symbols = np.flatnonzero(self.encoding.fields == field)
        of_views = self.logs(field, context)
        logs = np.zeros((len(of_views), len(symbols)))
        for column, view in enumerate(self._views[field]):
            logs += view.weight * of_views[:, column]
        weights = np.exp(logs - logs.max(1, keepdims=True))
        probabilities = np.zeros((len(weights), self.encoding.size))
        probabilities[:, symbols] = weights / weights.sum(1, keepdims=True)
        return probabilities

    def logs(self, field: int, context: dict[str, np.ndarray]) -> np.ndarray:
        """The log-probabilities of a field's N symbols by each of its K views, (B, K, N)."""
        probabilities = [
            self._probabilities(field, view, np.stack([context[name] for name in view.context], 1))
            for view in self._views[field]
        ]
        return np.asarray(np.log(np.stack(probabilities, 1)))

    def _probabilities(self, field: int, view: View, values: np.ndarray) -> np.ndarray:
        """A view's distribution (B, N) given its context's values (B, K), -1 where unknown."""
        unknown = values < 0
        result = np.zeros((len(values), int((self.encoding.fields == field).sum())))
        for pattern in np.unique(unknown, axis=0) if unknown.any() else unknown[:1]:
            rows = (unknown == pattern).all(1)
            names = tuple(np.array(view.context)[~pattern])
            result[rows] = self._table(field, names).probabilities(values[rows][:, ~pattern])
        return result

    def _table(self, field: int, context: tuple[str, ...]) -> PPM:
        """The PPM of the examples in which all of the context is known."""
        if (field, context) not in self._tables:
            columns = [_names(self._views[field]).index(name) for name in context]
            contexts, symbols = self.examples[field]
            whole = (contexts[:, columns] >= 0).all(1)
            size = int((self.encoding.fields == field).sum())
            table = PPM(contexts[whole][:, columns], symbols[whole], size)
            self._tables[field, context] = table
        return self._tables[field, context]


class NGramSession(Rows):
    """A batch of tunes followed by an `NGram`; see `solfa.models.protocol.Session`."""

    def __init__(self, model: NGram, tracker: ContextTracker) -> None:
        self._model, self._tracker = model, tracker

    @property
    def state(self) -> SequenceState:
        """The musical state of the batch."""
        return self._tracker.state

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""
        return self._model.predict(*self._tracker.context())

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        self._tracker.push(symbols)


def _names(views: Sequence[View]) -> list[str]:
    return sorted({name for view in views for name in view.context})


def _examples(melodies: Sequence[Melody], encoding: Encoding) -> dict[int, Examples]:
    """The examples of each field in all tunes, which are followed in batches of like length."""
    tunes: list[tuple[Conditions, np.ndarray]] = []
    for melody in melodies:
        conditions = Conditions.of(melody)
        with suppress(SolfaError):
            tunes.append((conditions, encoding.encode(melody, conditions)))
    tunes.sort(key=lambda tune: (tune[0].phrases, len(tune[1])))
    views = _views(encoding)
    found: dict[int, list[Examples]] = {field: [] for field in views}
    for phrases in (False, True):  # a batch has phrase symbols in all tunes or in none
        group = [tune for tune in tunes if tune[0].phrases is phrases]
        for start in range(0, len(group), 512):
            _follow(encoding, group[start : start + 512], views, found)
    return {
        field: Examples(
            np.concatenate([np.zeros((0, len(_names(views[field]))), np.int16), *contexts]),
            np.concatenate([np.zeros(0, np.int16), *symbols]),
        )
        for field, parts in found.items()
        for contexts, symbols in [tuple(zip(*parts, strict=True)) or ((), ())]
    }


def _follow(
    encoding: Encoding,
    tunes: Sequence[tuple[Conditions, np.ndarray]],
    views: Mapping[int, tuple[View, ...]],
    found: dict[int, list[Examples]],
) -> None:
    """Adds the examples of tunes sorted by length to ``found``; each is dropped as it ends."""
    tracker = _track(encoding, [conditions for conditions, _ in tunes])
    lengths = np.array([len(symbols) for _, symbols in tunes])
    padded = np.zeros((len(tunes), lengths.max()), np.int64)
    for row, (_, symbols) in enumerate(tunes):
        padded[row, : len(symbols)] = symbols
    number = np.zeros(encoding.size, np.int64)  # of each symbol within its field
    for field in views:
        inside = encoding.fields == field
        number[inside] = np.arange(inside.sum())
    for step, symbols in enumerate(padded.T):
        symbols, left = symbols[lengths > step], lengths[lengths > step]
        field, context = tracker.context()
        contexts = np.stack([context[name] for name in _names(views[field])], 1)
        found[field].append(Examples(contexts.astype(np.int16), number[symbols].astype(np.int16)))
        going = left > step + 1
        if not going.all():
            tracker.select(np.flatnonzero(going))
        if going.any():
            tracker.push(symbols[going])


def load_ngram(*names: str) -> NGram:
    """The model of the training part of built-in repertoires, all of them if none is named.

    Counted once, then kept beside the prepared corpora until they or the code change. Raises
    `SolfaError` for an unknown name.
    """
    names = names or tuple(corpora.REPERTOIRES)
    if unknown := set(names) - set(corpora.REPERTOIRES):
        known = ", ".join(corpora.REPERTOIRES)
        raise SolfaError(f"no repertoire {', '.join(sorted(unknown))}; built in: {known}")
    cache = cache_folder().parent / f"ngram-{'+'.join(names)}.npz"
    content = digest(_made_from(names))
    with suppress(Exception):  # whatever is wrong with a cache, it can be built again
        return _unpack(cache.read_bytes(), content)
    melodies = corpora.load(*names).split("train").tunes
    model = NGram.of(melodies, NoteEncoding.of(melodies))
    with suppress(SolfaError):
        write_atomically(cache, _pack(model, content))
    return model


def _pack(model: NGram, content: str) -> bytes:
    text = json.dumps({"content": content, "encoding": model.encoding.to_json()})
    arrays = {
        f"{part}{field}": array
        for field, examples in model.examples.items()
        for part, array in examples._asdict().items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, text=np.frombuffer(text.encode(), np.uint8), **arrays)
    return buffer.getvalue()


def _unpack(data: bytes, content: str) -> NGram:
    """The inverse of `_pack`; `ValueError` or the like if it is not of this ``content``."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        text = json.loads(arrays["text"].tobytes())
        if text["content"] != content:
            raise ValueError("the cache is of another corpus")
        encoding = NoteEncoding.from_json(text["encoding"])
        examples = {
            int(field): Examples(arrays[f"contexts{field}"], arrays[f"symbols{field}"])
            for field in NOTE_VIEWS
        }
    return NGram(encoding, examples)


def _made_from(names: Sequence[str]) -> list[Path]:
    """Every file that the model is made from, code included."""
    code = Path(__file__).parents[1]
    parts = ("melody.py", "formats", "analysis", "corpora", "encodings", "models")
    code_of = (path for part in parts for path in (code / part, *(code / part).rglob("*")))
    paths = sorted(path for path in code_of if path.suffix in (".py", ".csv"))
    return [*paths, *(path for name in names for path in corpora.REPERTOIRES[name].paths())]
