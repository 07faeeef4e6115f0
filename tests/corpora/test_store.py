import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.corpora.store import Refusal, pack, unpack
from solfa.melody import Melody
from strategies import melodies

refusals = st.builds(Refusal, st.text(max_size=9), st.none() | st.integers(1, 99), st.text())


@given(st.lists(melodies(key_changes=True), max_size=4), st.lists(refusals, max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_packed_is_unpacked(tunes: list[Melody], refused: list[Refusal]) -> None:
    found, found_refused, header = unpack(pack(tunes, refused, digest="x"))
    assert (found, found_refused, header) == (tunes, refused, {"digest": "x"})
    assert [tune.metadata for tune in found] == [tune.metadata for tune in tunes]


@pytest.mark.parametrize("spoil", [lambda d: d[:-9], lambda d: d.replace(b"tunes", b"tones")])
def test_damage_is_an_exception(spoil) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Exception, match=r"."):
        unpack(spoil(pack([], [])))
