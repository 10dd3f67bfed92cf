"""Models are opened, kept open, and kept serving when their successor is broken."""

from __future__ import annotations

import dataclasses

import pytest

from millrace.adapters import documents
from millrace.domain.errors import Corrupt, NotFound, TooLarge, Unavailable
from millrace.domain.model import ModelAddress, ModelVersion
from millrace.inference.columns import from_rows
from millrace.inference.tabular import Regression, session_bytes
from millrace.usecases.open_model import BROKEN_SECONDS, OpenModels
from tests import tiny
from tests.fakes.blobs import FakeBlobs
from tests.shelf import Shelf

CHAMPION = ModelAddress("acme", "credit")


class Bucket(FakeBlobs):
    """Counts reads, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.away = False

    def get(self, tenant: str, digest: str) -> bytes:
        self.reads += 1
        if self.away:
            raise Unavailable("the bucket is away")
        return super().get(tenant, digest)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def shelf(bucket: Bucket) -> Shelf:
    shelf = Shelf(blobs=bucket)
    shelf.register(tiny.REGRESSES, bias=1.0)
    shelf.point(1)
    return shelf


def value(models: OpenModels, address: ModelAddress = CHAMPION) -> tuple[int, float]:
    opened = models.open(address)
    prediction = opened.model.predict(from_rows(tiny.REGRESSES, [tiny.ROW]))
    assert isinstance(prediction, Regression)
    return opened.version.number, round(float(prediction.values[0]), 6)


def weight(version: ModelVersion) -> int:
    return session_bytes(version.model_size, len(tiny.FEATURES))


def spoil(bucket: Bucket, version: ModelVersion, content: bytes | None = b"spoilt") -> None:
    if content is None:
        del bucket.held["acme", version.model_digest]
    else:
        bucket.held["acme", version.model_digest] = content


def next_champion(shelf: Shelf, bias: float = 2.0) -> ModelVersion:
    version = shelf.register(tiny.REGRESSES, bias)
    shelf.point(version.number)
    shelf.clock.advance(2)
    return version


def test_a_model_is_fetched_once_and_follows_its_alias(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    assert value(models) == value(models) == (1, 13.3)
    assert bucket.reads == 2  # manifest and graph
    next_champion(shelf)
    assert value(models) == (2, 14.3)
    assert value(models, ModelAddress("acme", "credit", "1")) == (1, 13.3)
    assert bucket.reads == 4


def test_models_stay_within_the_bound(shelf: Shelf, bucket: Bucket) -> None:
    second = next_champion(shelf)
    models = shelf.open_models(capacity=weight(second) + 10)
    for expected_reads in (2, 4, 6):
        assert value(models, ModelAddress("acme", "credit", str(1 + expected_reads // 2 % 2)))
        assert bucket.reads == expected_reads
    with pytest.raises(TooLarge) as caught:
        shelf.open_models(capacity=weight(second) - 1).open(CHAMPION)
    assert caught.value.code == "model_too_large"
    assert bucket.reads == 7  # the manifest, which says how many columns there are, and not the graph


@pytest.mark.parametrize(("content", "code"), [(b"spoilt", "digest_mismatch"), (None, "artifact_missing")])
def test_a_broken_artifact_is_corrupt_and_never_not_found(
    shelf: Shelf, bucket: Bucket, content: bytes | None, code: str
) -> None:
    version = shelf.models.version("acme", "credit", 1)
    assert version is not None
    spoil(bucket, version, content)
    with pytest.raises(Corrupt) as caught:
        shelf.open_models().open(CHAMPION)
    assert caught.value.code == code


def test_bytes_that_match_their_digest_but_are_no_model_are_corrupt(shelf: Shelf, bucket: Bucket) -> None:
    good = shelf.models.version("acme", "credit", 1)
    assert good is not None
    junk = bucket.put("acme", b"junk")
    described = bucket.put("acme", documents.dump(tiny.manifest(b"junk")))
    version = dataclasses.replace(good, run_id="f" * 32, model_digest=junk, manifest_digest=described)
    number = shelf.models.register(version).number
    with pytest.raises(Corrupt) as caught:
        shelf.open_models().open(ModelAddress("acme", "credit", str(number)))
    assert caught.value.code == "model_unloadable"


def test_a_manifest_of_another_model_is_refused(shelf: Shelf, bucket: Bucket) -> None:
    good, other = shelf.models.version("acme", "credit", 1), shelf.register(tiny.REGRESSES, bias=5.0)
    assert good is not None
    mixed = shelf.models.register(dataclasses.replace(good, run_id="f" * 32, manifest_digest=other.manifest_digest))
    with pytest.raises(Corrupt, match="do not agree"):
        shelf.open_models().open(ModelAddress("acme", "credit", str(mixed.number)))


def test_the_champion_before_keeps_serving_when_the_new_one_is_broken(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    assert value(models) == (1, 13.3)
    broken = next_champion(shelf)
    spoil(bucket, broken)
    assert value(models) == (1, 13.3)
    assert shelf.kept == [(2, 1, "digest_mismatch")]
    with pytest.raises(Corrupt):
        models.open(ModelAddress("acme", "credit", "2"))  # asked for by number, it has no substitute
    next_champion(shelf, bias=3.0)
    assert value(models) == (3, 15.3)


def test_the_model_before_is_the_same_model_s_and_no_other_s(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    assert value(models) == (1, 13.3)
    other = dataclasses.replace(shelf, model="fraud")
    broken = other.register(tiny.REGRESSES, bias=7.0)
    other.point(broken.number)
    spoil(bucket, broken)
    with pytest.raises(Corrupt):
        models.open(ModelAddress("acme", "fraud"))
    assert shelf.kept == []


def test_a_broken_artifact_is_not_fetched_again_for_a_while_and_then_is(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    value(models)
    broken = next_champion(shelf)
    good = bucket.held["acme", broken.model_digest]
    spoil(bucket, broken)
    value(models)
    reads = bucket.reads
    for _ in range(3):
        assert value(models) == (1, 13.3)
    assert bucket.reads == reads
    spoil(bucket, broken, good)
    shelf.clock.advance(BROKEN_SECONDS)
    assert value(models) == (2, 14.3)


def test_a_champion_that_is_too_large_is_asked_for_once_in_a_while(shelf: Shelf, bucket: Bucket) -> None:
    first = shelf.models.version("acme", "credit", 1)
    assert first is not None
    models = shelf.open_models(capacity=weight(first) + 10)
    value(models)
    other = shelf.register(tiny.REGRESSES, bias=2.0)
    heavy = dataclasses.replace(other, run_id="f" * 32, model_size=other.model_size + 1000)
    shelf.point(shelf.models.register(heavy).number)
    shelf.clock.advance(2)
    for _ in range(3):
        assert value(models) == (1, 13.3)
    assert shelf.kept == [(3, 1, "model_too_large")] * 3
    assert bucket.reads == 3  # the new one's manifest, once


def test_the_champion_before_is_fetched_again_if_it_had_to_make_room(shelf: Shelf, bucket: Bucket) -> None:
    version = shelf.models.version("acme", "credit", 1)
    assert version is not None
    models = shelf.open_models(capacity=weight(version) + 10)
    value(models)
    spoil(bucket, next_champion(shelf))
    assert value(models) == (1, 13.3)
    assert value(models) == (1, 13.3)


def test_a_bucket_that_is_away_keeps_the_champion_and_is_asked_again_at_once(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    value(models)
    next_champion(shelf)
    bucket.away = True
    assert value(models) == (1, 13.3)
    bucket.away = False
    assert value(models) == (2, 14.3)


def test_a_process_that_served_nothing_has_nothing_to_keep(shelf: Shelf, bucket: Bucket) -> None:
    bucket.away = True
    with pytest.raises(Unavailable):
        shelf.open_models().open(CHAMPION)
    assert shelf.kept == []


def test_what_one_tenant_was_served_is_never_kept_for_another(shelf: Shelf, bucket: Bucket) -> None:
    models = shelf.open_models()
    value(models)
    with pytest.raises(NotFound):
        models.open(ModelAddress("rival", "credit"))


def test_whoever_asks_hears_which_version_it_is_even_of_one_that_is_broken(shelf: Shelf, bucket: Bucket) -> None:
    found: list[int] = []
    models = shelf.open_models(on_found=lambda version: found.append(version.number))
    value(models)
    spoil(bucket, next_champion(shelf))
    assert value(models)[0] == 1
    assert found == [1, 2, 1]
    with pytest.raises(Corrupt):
        models.open(ModelAddress("acme", "credit", "2"))
    assert found[-1] == 2
    with pytest.raises(NotFound):
        models.open(ModelAddress("acme", "credit", "9"))
    assert len(found) == 4
