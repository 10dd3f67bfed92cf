"""What Batch and SageMaker say of a job that failed, as the state machine's Catch keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from millrace.domain.errors import InvalidInput
from millrace.domain.job_end import Diagnosis, JobEnd


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Container(_Said):
    exit_code: int | None = Field(alias="ExitCode", default=None)
    reason: str | None = Field(alias="Reason", default=None)


class _Job(_Said):
    """Batch's JobDetail or SageMaker's DescribeTrainingJob: the fields that say how it ended."""

    status_reason: str | None = Field(alias="StatusReason", default=None)
    container: _Container = Field(alias="Container", default=_Container())
    failure_reason: str | None = Field(alias="FailureReason", default=None)
    secondary_status: str | None = Field(alias="SecondaryStatus", default=None)


class _Error(_Said):
    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class _Event(_Said):
    error: _Error


def job_end(event: object) -> JobEnd:
    """How the job ended that a state's input tells of. Raises InvalidInput when it tells of none."""
    try:
        kept = _Event.model_validate(event).error
    except ValidationError as error:
        raise InvalidInput("the state's input tells of no failed job", field="error") from error
    try:
        job = _Job.model_validate_json(kept.cause)
    except ValidationError:  # no document of the job's: a refused call, or a timeout
        return JobEnd(kept.error, kept.cause)
    said = (job.status_reason, job.container.reason, job.failure_reason, job.secondary_status)
    return JobEnd(kept.error, "; ".join(filter(None, said)), job.container.exit_code)


def told(diagnosis: Diagnosis) -> dict[str, object]:
    """A diagnosis in the form in which a Catch keeps an error, so that whatever comes next reads both alike."""
    cause = json.dumps({"error": diagnosis.kind} | asdict(diagnosis.failure), ensure_ascii=False)
    return {"Error": diagnosis.kind, "Cause": cause, "elsewhere": diagnosis.elsewhere}
