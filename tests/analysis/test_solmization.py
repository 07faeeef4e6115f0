import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.analysis.solmization import SYSTEMS, degree, home, syllable, syllables
from solfa.errors import SolfaError
from solfa.melody import MODES, Key, Melody, Note
from strategies import keys


def named(key: Key, pitches: list[int], system: str) -> str:
    tune = Melody(tuple(Note(pitch, 1) for pitch in pitches), key)
    return " ".join(str(name) for name in syllables(tune, system))


@settings(max_examples=300, deadline=None)
@given(keys, st.integers(0, 127), st.sampled_from(SYSTEMS))
def test_the_name_and_the_key_give_the_pitch_class(key: Key, pitch: int, system: str) -> None:
    name = named(key, [pitch], system)
    above = degree(name, key.mode) if system == "degrees" else syllable(name)
    assert (home(key, system) + above - pitch) % 12 == 0
    assert 0 <= above < 12


@given(keys)
def test_the_scale_has_plain_names(key: Key) -> None:
    scale = [60 + key.pitch_class + step for step in MODES[key.mode]]
    assert named(key, scale, "degrees") == "1 2 3 4 5 6 7"
    tonic = {"major": "do", "minor": "la", "dorian": "re", "phrygian": "mi", "lydian": "fa"}
    tonic |= {"mixolydian": "so", "locrian": "ti"}
    plain = ["do", "re", "mi", "fa", "so", "la", "ti"]
    start = plain.index(tonic[key.mode])
    assert named(key, scale, "la").split() == plain[start:] + plain[:start]


@settings(max_examples=100, deadline=None)
@given(keys, st.integers(0, 127))
def test_a_name_follows_the_written_note(key: Key, pitch: int) -> None:
    """Its vowel says sharp, flat or plain, by the semitones that the written note is altered."""
    do = Key.of_signature(key.fifths) if abs(key.fifths) <= 7 else key
    alter = key.spell(pitch).alter - do.accidentals.get(key.spell(pitch).step, 0)
    name = named(key, [pitch], "do")
    sharp, flat = name in ("di", "ri", "fi", "si", "li"), name in ("ra", "me", "se", "le", "te")
    assert (sharp, flat) == (alter > 0, alter < 0) or abs(key.fifths) > 7


def test_chromatic_names() -> None:
    chromatic = list(range(60, 72))
    assert named(Key("C"), chromatic, "do") == "do di re me mi fa fi so si la te ti"
    assert named(Key("C", "minor"), chromatic, "do") == "do ra re me mi fa fi so le la te ti"
    assert named(Key("C", "minor"), chromatic, "la") == "la te ti do di re ri mi fa fi so si"
    assert named(Key("C", "minor"), chromatic, "degrees") == "1 b2 2 3 #3 4 #4 5 6 #6 7 #7"
    assert named(Key("C", "locrian"), [66], "do") == "se"


def test_a_rest_has_no_name() -> None:
    assert syllables(Melody((Note(67, 1), Note(None, 1)), Key("G")), "do") == ("do", None)


def test_other_names_are_refused() -> None:
    with pytest.raises(SolfaError, match=r"unknown syllables 'si'; choose from do, la, degrees"):
        syllables(Melody((Note(60, 1),)), "si")
    with pytest.raises(SolfaError, match=r"syllable 'ut' is none of se, ra"):
        syllable("ut")
    with pytest.raises(SolfaError, match=r"degree '8' is none of 1\.\.7"):
        degree("8", "major")


def test_names_follow_a_change_of_key() -> None:
    tune = Melody(
        [Note(67, 1), Note(67, 1), Note(69, 1)], "C", key_changes=[(1, "G"), (2, "A minor")]
    )
    assert syllables(tune) == ("so", "do", "do")
    assert syllables(tune, "la") == ("so", "do", "la")
    assert syllables(tune, "degrees") == ("5", "1", "1")
