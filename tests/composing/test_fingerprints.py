"""Equal requests give equal tunes within a version: whoever changes the tunes moves the version."""

import fingerprints
import pytest

import solfa
from solfa.composing.provenance import digest

RECORDED = fingerprints.recorded()
REMEDY = "move the version in pyproject.toml and run python tests/composing/fingerprints.py"


def test_the_record_is_of_this_version():
    assert RECORDED["version"] == solfa.__version__, REMEDY


@pytest.mark.slow
@pytest.mark.parametrize("name", fingerprints.REQUESTS)
def test_equal_requests_give_the_tunes_that_this_version_recorded(name):
    tunes = [digest(tune.melody) for tune in fingerprints.REQUESTS[name]()]
    assert tunes == RECORDED["tunes"][name], REMEDY


def test_other_tunes_are_not_recorded_for_the_same_version(monkeypatch, tmp_path):
    record = tmp_path / "fingerprints.json"
    monkeypatch.setattr(fingerprints, "RECORD", record)
    monkeypatch.setattr(fingerprints, "composed", lambda: {"plain": ["a"]})
    fingerprints.main()
    monkeypatch.setattr(fingerprints, "composed", lambda: {"plain": ["b"]})
    with pytest.raises(solfa.SolfaError, match="plain: other tunes than"):
        fingerprints.main()
    monkeypatch.setattr(solfa, "__version__", "999", raising=False)
    fingerprints.main()
    assert fingerprints.recorded() == {"version": "999", "tunes": {"plain": ["b"]}}
