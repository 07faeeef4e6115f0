"""The weights' hash: any byte of any file changes it."""

from hashlib import sha256
from itertools import permutations
from pathlib import Path

import pytest

from solfa.runtime.graph import hash_of

FILES = {"a.onnx": b"first", "b.onnx": b"second", "c.onnx": b"third"}


def exported(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def test_it_is_twelve_digits_of_all_weights_in_the_order_of_their_names(tmp_path: Path) -> None:
    expected = sha256(b"firstsecondthird").hexdigest()[:12]
    for number, order in enumerate(permutations(FILES)):  # in which the disk may list them
        assert hash_of(exported(tmp_path / str(number), {n: FILES[n] for n in order})) == expected


@pytest.mark.parametrize("name", FILES)
def test_any_byte_of_any_file_changes_it(name: str, tmp_path: Path) -> None:
    before = hash_of(exported(tmp_path / "before", FILES))
    for place in range(len(FILES[name])):
        changed = bytearray(FILES[name])
        changed[place] ^= 1
        folder = exported(tmp_path / str(place), {**FILES, name: bytes(changed)})
        assert hash_of(folder) != before
    without = {other: data for other, data in FILES.items() if other != name}
    assert hash_of(exported(tmp_path / "without", without)) != before


def test_the_card_is_no_weights(tmp_path: Path) -> None:
    before = hash_of(exported(tmp_path / "before", FILES))
    assert hash_of(exported(tmp_path / "after", {**FILES, "card.json": b"{}"})) == before
