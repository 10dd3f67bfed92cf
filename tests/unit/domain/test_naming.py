"""Names and landing keys."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.naming import TruthKey, UploadKey, check_name, unaccented


@pytest.mark.parametrize("name", ["a", "acme", "a-b", "9", "a" * 63])
def test_good_names(name: str) -> None:
    assert check_name(name, "tenant") == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a.b", "a b", "a" * 64, "ä", "a\n", "a#b", "a/b"])
def test_bad_names_say_which(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name(name, "dataset")
    assert (caught.value.code, caught.value.field) == ("invalid_name", "dataset")


def test_accents_and_their_like_go() -> None:
    assert unaccented("Créances échues, Größe №1") == "Creances echues, Große No1"


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


def test_parts_and_their_marker_are_told_by_their_names() -> None:
    part, marker, other = (
        UploadKey.parse(f"acme/credit/{name}") for name in ("part-00000-4f1c.csv", "_SUCCESS", "parts.csv")
    )
    assert (part.is_part, marker.is_part, other.is_part) == (True, False, False)
    assert (part.is_marker, marker.is_marker, other.is_marker) == (False, True, False)


@pytest.mark.parametrize("key", ["a/b/" + "c" * 1000, "a/" + "b" * 1000 + "/c", "a/b/\x1b[2J"])
def test_a_refusal_repeats_no_key_without_bound_or_with_control_characters(key: str) -> None:
    with pytest.raises(Rejected) as refused:
        UploadKey.parse(key)
    assert len(refused.value.message) < 300
    assert refused.value.message.isprintable()


def test_a_key_of_truth_is_split_and_written() -> None:
    key = TruthKey.find("acme/credit/truth/My labels (1).csv")
    assert key == TruthKey("acme", "credit", "My labels (1).csv")
    assert str(key) == "acme/credit/truth/My labels (1).csv"
    assert not key.is_bookkeeping
    assert TruthKey("acme", "credit", "_SUCCESS").is_bookkeeping


@pytest.mark.parametrize(
    "key",
    [
        *("acme/credit/data.csv", "acme/truth/data.csv", "acme/credit/truth", "acme/credit/truth/", "truth/a/b/c"),
        *("acme/credit/truth/a/b", "acme/Credit/truth/a", "A/credit/truth/a", "acme/credit/Truth/a", "a/b/truth/\x00"),
    ],
)
def test_other_keys_are_none_of_truth(key: str) -> None:
    assert TruthKey.find(key) is None
