"""Names of keys as people write them, at every door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import solfa
from solfa.composing.request.ask import ask
from solfa.errors import SolfaError
from solfa.melody import MODES, Key, Melody, Note
from strategies import keys

NAMES = {
    "A minor": "a-minor Am a_minor A-minor amin Aminor a.moll a-moll la.mineur la.minor A.MINOR",
    "A major": "a A A-dur A.maj Amaj la.mayor la-maggiore ♮A".replace(" ♮A", " A.natural"),
    "Ab major": "A.flat A-flat.major aflat Ab A♭ A- as-dur As as.Dur la.bémol.majeur",
    "Ab minor": "A-.minor abm as-moll A.flat.minor",
    "F# minor": "F.sharp.minor f#.min F♯m fis-moll Fis.Moll f-sharp-minor fa.dièse.mineur F#-min",
    "Bb major": "B-dur Bb B.flat bb si.bémol.majeur B- B.Dur",
    "Bb minor": "b-moll B.moll bbm",
    "B minor": "h-moll Bm b.minor si.minore",
    "B major": "H-Dur b B",
    "C minor": "Cm c-moll do.menor",
    "C major": "do.mayor C.maj C.Ionian",
    "Eb minor": "Ebm es-moll e.flat.minor EB.MINOR",
    "D dorian": "d.dorian D.dor ddorian D-Dorian re.dorian",
    "G mixolydian": "G.mix gmixolydian G-Mixolydian",
    "E minor": "e.aeolian mi.mineur",
}
WRITTEN = [
    (name.replace(".", " "), right) for right, names in NAMES.items() for name in names.split()
]
WRITTEN.append(("A min.", "A minor"))


@pytest.mark.parametrize(("name", "right"), WRITTEN)
def test_a_key_is_read_as_people_write_it(name: str, right: str) -> None:
    key = Key.parse(f" {name} ")
    assert str(key) == right
    assert Melody((Note(60, 1),), key=name).key == key
    assert ask(key=name, seed=1).key == key


@given(keys, st.sampled_from(["{} {}", "{}-{}", "  {}  {} ", "{}_{}"]), st.booleans())
def test_hyphens_blanks_and_case_change_nothing(key: Key, form: str, upper: bool) -> None:
    mode = key.mode.upper() if upper else key.mode.title()
    tonic = key.tonic.lower() if upper else key.tonic
    assert Key.parse(form.format(tonic, mode)) == key


@given(keys)
def test_german_and_romance_names_are_the_same_keys(key: Key) -> None:
    german = {"A": "As", "E": "Es"}.get(key.tonic[0], key.tonic[0] + "es")
    named = {"#": key.tonic[0] + "is", "b": german, "": key.tonic[0]}[key.tonic[1:]]
    if key.mode in ("major", "minor") and key.tonic[0] != "B":
        assert Key.parse(f"{named}-{'Dur' if key.mode == 'major' else 'Moll'}") == key
    step = dict(zip("CDEFGAB", ["do", "ré", "mi", "fa", "sol", "la", "si"], strict=True))
    assert Key.parse(f"{step[key.tonic[0]]}{key.tonic[1:]} {key.mode}") == key


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("AM", "key 'AM' is major or minor; write out which"),
        ("H", "cannot read key 'H'; write B, or 'H-Dur' and 'H-Moll'"),
        ("la", "key 'la' has no mode; write one like"),
        ("G mixolydan", "unknown mode 'mixolydan'; did you mean 'mixolydian'? choose from major"),
        ("dorian D", "cannot read key 'dorian D'; write one like"),
        ("A7", "unknown mode '7'; choose from major"),
        ("A" + " " * 90 + "x", "cannot read key 'A"),
        (None, "cannot read key None; write one like 'G'"),
        (3.5, "cannot read key 3.5; write one like 'G'"),
        ([1] * 1000, "cannot read key [1, 1, 1"),
    ],
)
def test_what_is_no_key_is_one_short_line(name: str, why: str) -> None:
    with pytest.raises(SolfaError) as error:
        Key.parse(name)
    assert str(error.value).startswith(why)
    assert len(str(error.value)) <= 300
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("mode", [*MODES, "Minor", "moll", "MIX", "aeolian"])
def test_a_mode_is_read_by_all_its_names_wherever_it_is_given(mode: str) -> None:
    right = {"moll": "minor", "aeolian": "minor", "MIX": "mixolydian"}.get(mode, mode.lower())
    assert Key("D", mode).mode == right
    assert ask(key="D", mode=mode, seed=1).key == Key("D", right)
    assert Key.of(2, mode).mode == Key.of_signature(0, mode).mode == right


def test_a_key_and_a_mode_beside_it_must_agree() -> None:
    assert ask(key="a-minor", mode="Minor", seed=1).key == Key("A", "minor")
    with pytest.raises(SolfaError, match="key 'A-minor' and mode 'major' contradict"):
        ask(key="A-minor", mode="major", seed=1)


def test_sol_fa_is_heard_in_a_key_by_its_name() -> None:
    assert solfa.parse("1 3 5", "sol", key="a-moll").key == Key("A", "minor")
    with pytest.raises(SolfaError, match="key 7 is none; write Key"):
        solfa.parse("1 3 5", "sol", key=7)
