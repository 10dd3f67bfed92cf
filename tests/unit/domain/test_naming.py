"""Names and landing keys."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput
from millrace.domain.naming import UploadKey, check_name


@pytest.mark.parametrize("name", ["a", "acme", "a-b", "9", "a" * 63])
def test_good_names(name: str) -> None:
    assert check_name(name, "tenant") == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a.b", "a b", "a" * 64, "ä", "a\n", "a#b", "a/b"])
def test_bad_names_say_which(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name(name, "dataset")
    assert (caught.value.code, caught.value.field) == ("invalid_name", "dataset")


def test_a_key_is_split_and_written() -> None:
    key = UploadKey.parse("acme/credit/My data (1).csv")
    assert key == UploadKey("acme", "credit", "My data (1).csv")
    assert str(key) == "acme/credit/My data (1).csv"
    assert key.spec_key == "acme/credit/spec.yaml"
    assert not key.is_spec
    assert UploadKey.parse(key.spec_key).is_spec


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a",
        "a/b",
        "a/b/",
        "a/b/c/d",
        "/b/c",
        "a//c",
        "a/b/..",
        "a/b/.",
        "a/b/c\n",
        "a/b/\x7f",
        "A/b/c",
        "a/b/" + "c" * 256,
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        UploadKey.parse(key)
