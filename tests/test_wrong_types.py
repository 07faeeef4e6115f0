"""What is of the wrong kind is refused in one short line at every public door."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import solfa
from solfa import formats
from solfa.composing.request.parsing import flag
from solfa.composing.request.request import WISHES
from solfa.composing.request.table import Wish
from solfa.errors import SolfaError
from solfa.formats.read_options import ReadOptions
from solfa.formats.write_options import WriteOptions
from solfa.melody import Key, Melody, Metadata, Meter, Note

TUNE = Melody((Note(60, 1),))
WRONG: list[Any] = [object(), 3.5, [3], {"a": 1}, b"x", lambda: None]
DOORS: list[Callable[[Any], object]] = [
    lambda x: solfa.compose(bars=x, seed=1),
    lambda x: solfa.compose(prompt=x, seed=1),
    lambda x: solfa.compose(model=x, seed=1, bars=1),
    lambda x: solfa.continue_(x, 1),
    lambda x: solfa.continue_(TUNE, x),
    lambda x: solfa.infill(x, 1),
    lambda x: solfa.infill(TUNE, {"a": x}),
    lambda x: solfa.parse(x, "abc"),
    lambda x: solfa.read(b"X:1\nK:C\nC", x),
    lambda x: solfa.read(b"X:1\nK:C\nC", "abc", track=x),
    lambda x: solfa.read(b"X:1\nK:C\nC", "abc", top=x),
    lambda x: formats.write(TUNE, x),
    lambda x: formats.write(x, "tune.mid"),
    lambda x: formats.render(TUNE, x),
    lambda x: TUNE.write(x),
    lambda x: solfa.replay(x),
    lambda x: solfa.evaluate(x),
    lambda x: solfa.evaluate([], x),
    lambda x: solfa.evaluate("ngram", "german", split=x),
    lambda x: solfa.train(x),
    lambda x: solfa.train("vae", corpora=[x]),
    lambda x: solfa.train("vae", recipe=x),
    lambda x: solfa.train("vae", epochs=x),
    lambda x: solfa.train("vae", seed=x),
    lambda x: solfa.train("vae", start=x),
    lambda x: solfa.train("vae", valid=x),
    lambda x: solfa.train("vae", split=x),
    lambda x: solfa.train("vae", keys=x),
    lambda x: solfa.train("vae", sizes=[x]),
    lambda x: solfa.train("vae", out=x),
    lambda x: solfa.train("vae", resume=x),
    lambda x: solfa.corpora.load(x),
    lambda x: solfa.latent.sample(x),
    lambda x: solfa.latent.vary(x),
    lambda x: solfa.latent.walk(TUNE, TUNE, x),
    lambda x: TUNE.transpose(x),
    lambda x: TUNE.slice_bars(x),
    lambda x: TUNE.replace(key=x),
    lambda x: Key(x),
    lambda x: Key("C", x),
    lambda x: Key.parse(x),
    lambda x: Key.of(x),
    lambda x: Key.of_signature(x),
    lambda x: Key("C").transpose(x),
    lambda x: Meter.parse(x),
    lambda x: Metadata(title=x),
    lambda x: Metadata(tempo=x),
    lambda x: ReadOptions(track=x),
    lambda x: ReadOptions(voice=x),
    lambda x: ReadOptions(swing=x),
    lambda x: ReadOptions(key=x),
    lambda x: WriteOptions(clef=x),
    lambda x: WriteOptions(count_in=x),
]


@pytest.mark.parametrize("door", DOORS, ids=range(len(DOORS)))
def test_a_wrong_kind_is_one_short_line(door: Callable[[Any], object]) -> None:
    for wrong in WRONG:
        with pytest.raises(SolfaError) as error:
            door(wrong)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) <= 300


@pytest.mark.parametrize("name", [name for name, row in WISHES.items() if row.shared])
def test_a_wish_of_a_wrong_kind_is_one_short_line(name: str) -> None:
    wish: dict[str, Any] = {name: object()}
    with pytest.raises(SolfaError) as error:
        solfa.compose(**wish)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) <= 300


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([ReadOptions, WriteOptions]),
    st.data(),
    st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text())),
)
def test_options_are_made_or_refused(options: Any, data: st.DataObject, value: object) -> None:
    name = data.draw(st.sampled_from(sorted(options.__dataclass_fields__)))
    try:
        made = options.of(**{name: value})
    except SolfaError as error:
        made = str(error)
    assert isinstance(made, options) or "\n" not in made


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: solfa.continue_(None), "nothing is given to go on with; give a file, notes or"),
        (lambda: solfa.infill(TUNE, ""), "cannot read bars ''; write numbers like '5-8, 13'"),
        (lambda: solfa.infill(TUNE, phrases=""), "cannot read phrases ''; write numbers like"),
        (lambda: solfa.compose(bars=1, listen=3), "listen 3 cannot be called; give a function"),
        (lambda: solfa.read(b"", "abc", trak=1), "there is no choice of reading 'trak'; did you"),
        (lambda: TUNE.write("x.mid", clefs=1), "there is no choice of writing 'clefs'; did you"),
        (lambda: TUNE.replace(keys="C"), "there is no field of a melody 'keys'; did you mean"),
        (lambda: formats.write(TUNE, None), "file None is neither a name nor a path; write it as"),
        (lambda: ReadOptions(track=1.5), "track 1.5 is no whole number; write 1, 2 ..."),
    ],
)
def test_the_line_says_what_to_write(call: Callable[[], object], why: str) -> None:
    with pytest.raises(SolfaError) as error:
        call()
    assert str(error.value).startswith(why)


def test_a_switch_that_says_no_has_no_double_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    from solfa.cli.options import wish_options

    row = Wish(flag("no_leaps"), "No leaps.", "bool", bool, False)
    monkeypatch.setitem(WISHES, "no_leaps", row)
    kind, default = wish_options()["no_leaps"]
    assert kind.__metadata__[0].default == "--no-leaps/--leaps"
    assert default is False
