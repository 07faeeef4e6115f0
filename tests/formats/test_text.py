import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solfa.errors import ReadError
from solfa.formats import limits, text
from solfa.formats.text import text_of
from strategies import lines


@settings(max_examples=200, deadline=None)
@given(
    st.lists(lines, min_size=1).filter(any),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_a_text_is_the_same_in_every_encoding(found: list[str], encoding: str, end: str) -> None:
    assert text_of(end.join(found).encode(encoding)) == "\n".join(found)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_zeros(encoding: str) -> None:
    assert text_of("X:1\nT:Łódź\nK:C\nCDE".encode(encoding)) == "X:1\nT:Łódź\nK:C\nCDE"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", "O’Neill’s – café"),
        ("cp1252", "“Quoted” and ‘so’…"),
        ("cp1252", "Seán Ó Sé, á Máire, está"),
        ("cp1252", "Žižek, œuvre, Dušan™"),
        ("latin-1", "Müller und Söhne, Straße"),
        ("cp437", "schön"),
        ("cp437", "Über Österreich, Äpfel: grün, weiß"),
        ("cp437", "schluß mit"),
        ("cp437", "Alsace, forêt, été, à la côte"),
    ],
)
def test_single_bytes_are_of_the_likelier_code_page(encoding: str, words: str) -> None:
    assert text_of(words.encode(encoding)) == words
    assert text_of(f"T: é {words}".encode()) == f"T: é {words}"


def test_dos_bytes_saved_as_utf_8_are_mended() -> None:
    assert text_of("Vögelein, weiß".encode("cp437").decode("latin-1").encode()) == "Vögelein, weiß"


def test_one_byte_of_a_code_page_spoils_no_utf_8() -> None:
    assert text_of("Größe, Łódź: ".encode() + b"don\x92t") == "Größe, Łódź: don’t"


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", "\n".encode("utf-16")])
def test_what_is_empty_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match="is empty; give a file with a tune"):
        text_of(data)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    long = b"a" * (limits.LONGEST_LINE + 1)
    with pytest.raises(ReadError, match="a line of more than 1000000 characters"):
        text_of(long)
    assert text_of(long.replace(b"aa", b"a\n"))
    monkeypatch.setattr(text, "MOST_BYTES", limits.LONGEST_LINE)
    with pytest.raises(ReadError, match="is larger than 0 MiB"):
        text_of(long)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_text_or_empty(data: bytes) -> None:
    try:
        found = text_of(data)
    except ReadError as error:
        found = error.reason
    assert "\r" not in found
