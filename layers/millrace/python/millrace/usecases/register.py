"""A model version out of a judged attempt: kept for good, whether it may serve or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.errors import Corrupt
from millrace.domain.gate import parity_holds
from millrace.domain.job import Job, JobResult, Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.model import ModelVersion
from millrace.domain.verdict import Verdict
from millrace.ports import Alarms, Blobs, Clock, Datasets, Documents, Models


@dataclass(frozen=True, slots=True)
class RegisterPorts:
    """What registering needs from outside. `read_manifest` raises Corrupt for bytes that are not a Manifest."""

    documents: Documents
    blobs: Blobs
    models: Models
    datasets: Datasets
    clock: Clock
    read_manifest: Callable[[bytes], Manifest]
    alarms: Alarms


def register(ticket: Ticket, ports: RegisterPorts) -> ModelVersion:
    """Store the attempt's model under the dataset's name; the same artifact of the run again gives the same version.

    The dataset version gets the profile that the job made of it, unless it was deleted meanwhile, and the model its
    alarm; where that can't be put, the version is registered all the same, and doing it again puts the alarm.
    Raises Corrupt when the job's files don't agree, or when the graph differs from the pipeline it was made from.
    """
    verdict = ports.documents.read(Verdict, ticket.verdict_key)
    parity = verdict.rule(parity_holds.__name__)
    if parity is None or not parity.holds:
        says = parity.says if parity else "the verdict lacks the rule"
        raise Corrupt(f"the model can't be registered: {says}", code="parity_broken")
    result = ports.documents.read(JobResult, ticket.result_key)
    manifest = ports.read_manifest(ports.blobs.get(ticket.tenant, result.manifest_digest))
    made_by = (manifest.lineage.tenant, manifest.lineage.run_id)
    if manifest.model_digest != result.model_digest or made_by != (ticket.tenant, ticket.run_id):
        raise Corrupt("the job's manifest describes another model", code="manifest_mismatch")
    if result.profile_digest is not None:
        ports.datasets.describe(ticket.tenant, ticket.dataset, manifest.lineage.content_digest, result.profile_digest)
    version = ports.models.register(
        ModelVersion(
            tenant=ticket.tenant,
            model=ticket.dataset,
            number=0,  # the registry numbers it
            run_id=ticket.run_id,
            model_digest=result.model_digest,
            manifest_digest=result.manifest_digest,
            report_digest=result.report_digest,
            model_size=manifest.model_size,
            metrics=manifest.metrics,
            accepted=verdict.accepted,
            created=ports.clock.now(),
            origin=ports.documents.read(Job, ticket.job_key).origin,
            baseline_digest=result.baseline_digest,
        )
    )
    ports.alarms.put(ticket.tenant, ticket.dataset)
    return version
