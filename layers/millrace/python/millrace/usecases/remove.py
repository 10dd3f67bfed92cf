"""Deletion for good, of a dataset, a model or a whole tenant; a rehearsal says the same and removes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from millrace.domain.amount import counted
from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.job import JobResult, Ticket, blob_key, part_prefix
from millrace.domain.model import CHAMPION, ModelVersion
from millrace.domain.removal import Removal, StoredObject
from millrace.domain.run import Run
from millrace.ports import Alarms, Datasets, Documents, Erasure, Keys, Models, Objects, Runs
from millrace.usecases.checkpoints import CheckpointIndex, index_key


@dataclass(frozen=True, slots=True)
class RemovalPorts:
    """What removing needs from outside."""

    erasure: Erasure
    datasets: Datasets
    runs: Runs
    models: Models
    keys: Keys
    landing: Objects
    artifacts: Objects
    captures: Objects
    documents: Documents
    alarms: Alarms


def remove_dataset(tenant: str, dataset: str, ports: RemovalPorts, *, rehearse: bool) -> Removal:
    """Uploads, dataset versions, runs and what the runs made, except what a model version still needs.

    The model of this name stays: it is removed by itself. Raises NotFound, or Conflict while runs are in progress.
    """
    runs = [run for run in _idle(tenant, ports) if run.dataset == dataset]
    versions = [each for each in ports.datasets.of_tenant(tenant) if each.dataset == dataset]
    needed = _digests(
        version for model in ports.models.of_tenant(tenant) for version in _versions(model.name, tenant, ports)
    )
    made = {digest for run in runs for digest in _made_by(run, ports.documents)}
    made |= {each for version in versions for each in (version.data.parts, version.profile_digest) if each}
    uploads = ports.landing.under(f"{tenant}/{dataset}/")
    artifacts = [each for run in runs for each in ports.artifacts.under(f"{tenant}/runs/{run.id}/")]
    artifacts += _blobs(tenant, made - needed, ports.artifacts)
    removal = _told(
        f"dataset {dataset}", {"dataset versions": len(versions), "runs": len(runs)}, [*uploads, *artifacts]
    )
    if rehearse:
        return removal
    ports.landing.remove(each.key for each in uploads)
    ports.artifacts.remove(each.key for each in artifacts)
    for run in runs:
        ports.erasure.run(tenant, run.id)
    ports.erasure.dataset(tenant, dataset)
    return replace(removal, done=True)


def remove_model(tenant: str, model: str, ports: RemovalPorts, *, rehearse: bool) -> Removal:
    """A model with its versions, aliases and ledger, its captures and what was made of them. Raises as above.

    It answers as if it had never been. Its captures go last, when `collect` drops those that are still on their way.
    """
    _idle(tenant, ports)
    versions = _versions(model, tenant, ports)
    moves = ports.models.ledger(tenant, model)
    artifacts = _blobs(tenant, _digests(versions) - _needed_elsewhere(tenant, model, versions, ports), ports.artifacts)
    captures = ports.captures.under(f"{tenant}/{model}/")
    records = {"model versions": len(versions), "alias moves": len(moves)}
    removal = _told(f"model {model}", records, [*artifacts, *captures])
    if rehearse:
        return removal
    ports.alarms.remove(tenant, model)  # before the records by which it would be found again
    ports.artifacts.remove(each.key for each in artifacts)
    ports.erasure.model(tenant, model)
    _sweep(ports.captures, f"{tenant}/{model}/")
    return replace(removal, done=True)


def remove_versions(
    tenant: str, model: str, numbers: Collection[int], ports: RemovalPorts, *, rehearse: bool
) -> Removal:
    """Some versions of a model. Raises NotFound, Conflict for one that serves or while runs are in progress."""
    _idle(tenant, ports)
    known = {version.number: version for version in _versions(model, tenant, ports)}
    absent = sorted(set(numbers) - set(known))
    if absent:
        raise NotFound(f"there is no version {absent[0]} of a model {model!r}", field="version")
    champion = ports.models.alias(tenant, model, CHAMPION)
    if champion is not None and champion.version in numbers:
        raise Conflict(
            f"version {champion.version} of {model!r} serves",
            code="version_serves",
            field="version",
            hint=f"promote another first: millrace models promote {model} VERSION --why TEXT",
        )
    doomed = [known[number] for number in sorted(numbers)]
    artifacts = _blobs(tenant, _digests(doomed) - _needed_elsewhere(tenant, model, doomed, ports), ports.artifacts)
    removal = _told(f"versions of {model}", {"model versions": len(doomed)}, artifacts)
    if rehearse:
        return removal
    for version in doomed:
        ports.erasure.version(version)  # before its files: an alias may have moved to it just now
    ports.artifacts.remove(each.key for each in artifacts)
    return replace(removal, done=True)


def beyond(tenant: str, model: str, keep: int, models: Models) -> list[int]:
    """The numbers of the versions that are neither among the `keep` newest nor serve. Raises InvalidInput, NotFound."""
    if keep < 1:
        raise InvalidInput("at least one version is kept", field="keep", hint="delete the model to keep none")
    numbers = [version.number for version in models.versions(tenant, model)]
    if not numbers:
        raise NotFound(f"there is no model {model!r}", field="model")
    champion = models.alias(tenant, model, CHAMPION)
    return [number for number in numbers[:-keep] if champion is None or number != champion.version]


def remove_tenant(tenant: str, ports: RemovalPorts, *, rehearse: bool) -> Removal:
    """Everything of a tenant: keys first, so that nobody comes in any more. After a failure, do it again.

    Raises NotFound where nothing is left of it, Conflict while runs are in progress.
    """
    runs = _idle(tenant, ports)
    models = ports.models.of_tenant(tenant)
    records = {
        "keys": len(ports.keys.of_tenant(tenant)),
        "dataset versions": len(ports.datasets.of_tenant(tenant)),
        "runs": len(runs),
        "models": len(models),
        "model versions": sum(len(_versions(model.name, tenant, ports)) for model in models),
    }
    buckets = (ports.landing, ports.artifacts, ports.captures)
    objects = [each for bucket in buckets for each in bucket.under(f"{tenant}/")]
    removal = _told(f"tenant {tenant}", records, objects, may_be_empty=True)
    if rehearse:
        return removal
    for model in models:
        ports.alarms.remove(tenant, model.name)
    gone = ports.erasure.tenant(tenant)
    if removal.is_empty and not gone:
        raise _nothing(f"tenant {tenant}")
    for bucket in buckets:
        _sweep(bucket, f"{tenant}/")
    return replace(removal, done=True)


def _sweep(bucket: Objects, prefix: str) -> None:
    """Remove until nothing is left: an upload or a capture may have been on its way."""
    while left := bucket.under(prefix):
        bucket.remove(each.key for each in left)


def _idle(tenant: str, ports: RemovalPorts) -> Sequence[Run]:
    """The tenant's runs, none of which is in progress: a job could store anew what is being removed."""
    runs = ports.runs.of_tenant(tenant)
    going = [run for run in runs if not run.outcome.state.is_final]
    if going:
        raise Conflict(
            f"{tenant!r} has {counted(len(going), 'run')} in progress, the first is {going[-1].id}",
            code="runs_in_progress",
            field="tenant",
            hint="wait until they are over: millrace runs list",
        )
    return runs


def _versions(model: str, tenant: str, ports: RemovalPorts) -> Sequence[ModelVersion]:
    return ports.models.versions(tenant, model)


def _needed_elsewhere(tenant: str, model: str, doomed: Sequence[ModelVersion], ports: RemovalPorts) -> set[str]:
    """Digests that versions other than these name too: equal content is stored once."""
    gone = {(model, version.number) for version in doomed}
    return _digests(
        version
        for each in ports.models.of_tenant(tenant)
        for version in _versions(each.name, tenant, ports)
        if (each.name, version.number) not in gone
    )


def _digests(versions: Iterator[ModelVersion] | Sequence[ModelVersion]) -> set[str]:
    return {
        digest
        for version in versions
        for digest in (version.model_digest, version.manifest_digest, version.report_digest, version.baseline_digest)
        if digest is not None
    }


def _made_by(run: Run, documents: Documents) -> Iterator[str]:
    """The digests of the content that the run's attempts stored."""
    for number in range(1, run.attempts + 1):
        ticket = Ticket(run.tenant, run.dataset, run.id, number)
        with suppress(NotFound):  # here and below: the attempt did not come so far
            result = documents.read(JobResult, ticket.result_key)
            yield from (result.model_digest, result.manifest_digest, result.report_digest)
            yield from filter(None, (result.profile_digest, result.baseline_digest))
        parts = range(1, run.spec.jobs + 1) if run.spec.jobs > 1 else ()
        for prefix in (ticket.prefix, *(part_prefix(ticket, part) for part in parts)):
            with suppress(NotFound):
                yield from documents.read(CheckpointIndex, index_key(prefix)).files.values()


def _blobs(tenant: str, digests: Collection[str], artifacts: Objects) -> list[StoredObject]:
    return [each for digest in sorted(digests) for each in artifacts.under(blob_key(tenant, digest))]


def _told(
    what: str, records: dict[str, int], objects: Sequence[StoredObject], *, may_be_empty: bool = False
) -> Removal:
    removal = Removal(what, records, tuple(objects), done=False)
    if removal.is_empty and not may_be_empty:
        raise _nothing(what)
    return removal


def _nothing(what: str) -> NotFound:
    return NotFound(f"there is no {what}, and nothing left of it", hint="see `millrace models list`, `runs list`")
