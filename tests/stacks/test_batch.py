"""Batch: nothing stands idle, Spot comes first, a lost machine is replaced, and no job waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from millrace.domain.job import Ticket
from millrace.domain.job_end import HANDED_BACK, SIGNS, JobEnd, diagnose
from millrace.settings import JobSettings
from stacks.constructs.batch import WAITS
from tests.stacks.conftest import CONTEXT, IMAGE
from tests.stacks.templates import Resource, Templates

Synthesized = Callable[[str], Templates]


@pytest.fixture(params=["clouds", "private"])
def templates(request: pytest.FixtureRequest, synthesized: Synthesized) -> Templates:
    """The stages that have Batch."""
    return synthesized(request.param)


def machines(templates: Templates) -> dict[str, dict[str, Any]]:
    found = [each.properties["ComputeResources"] for each in templates.of("Batch::ComputeEnvironment")]
    return {each["Type"]: each for each in found}


def job(templates: Templates) -> Resource:
    return templates.one("Batch::JobDefinition")


def test_stages_without_it_have_none_of_it(synthesized: Synthesized) -> None:
    for stage in ("local", "dev", "prod", "regulated"):
        kinds = {each.type.split("::")[1] for each in synthesized(stage).resources}
        assert kinds & {"Batch", "EC2", "SageMaker"} == set()
        assert synthesized(stage).backends == ("worker",)


def test_no_machine_stands_while_nothing_is_trained(templates: Templates) -> None:
    stage = CONTEXT["stages"][templates.stage]
    assert set(machines(templates)) == ({"SPOT", "EC2"} if stage.get("job_spot", True) else {"EC2"})
    for each in machines(templates).values():
        assert (each["MinvCpus"], each["MaxvCpus"]) == (0, 64)
        assert "DesiredvCpus" not in each
        assert each["InstanceTypes"] == ["m5", "m6i", "m7i"]


def test_spot_machines_come_from_the_pools_that_last(synthesized: Synthesized) -> None:
    found = machines(synthesized("clouds"))
    assert found["SPOT"]["AllocationStrategy"] == "SPOT_PRICE_CAPACITY_OPTIMIZED"  # which needs no Spot fleet role
    assert found["EC2"]["AllocationStrategy"] == "BEST_FIT_PROGRESSIVE"


def test_a_change_of_machines_ends_no_job(templates: Templates) -> None:
    for each in templates.of("Batch::ComputeEnvironment"):
        assert each.properties["ReplaceComputeEnvironment"] is False
        assert each.properties["UpdatePolicy"]["TerminateJobsOnUpdate"] is False
        assert "ServiceRole" not in each.properties  # Batch's own service-linked role


def test_each_kind_of_machine_has_a_queue_of_its_own(templates: Templates) -> None:
    queues = templates.of("Batch::JobQueue")
    assert {templates.name(each.part, each.id) for each in queues} == {f"{kind} queue" for kind in machines(templates)}
    assert all(len(each.properties["ComputeEnvironmentOrder"]) == 1 for each in queues)


def test_a_job_waits_for_a_machine_no_longer_than_the_stage_says(templates: Templates) -> None:
    minutes = CONTEXT["stages"][templates.stage].get("job_wait_minutes", 60)
    for queue in templates.of("Batch::JobQueue"):
        actions = queue.properties["JobStateTimeLimitActions"]
        assert {each.pop("Reason") for each in actions} == set(WAITS)
        assert actions == [{"Action": "CANCEL", "State": "RUNNABLE", "MaxTimeSeconds": minutes * 60}] * len(WAITS)


@pytest.mark.parametrize("reason", WAITS)
def test_whatever_a_job_waited_for_is_told_with_what_to_do(reason: str) -> None:
    found = diagnose(JobEnd("States.TaskFailed", f"Canceled by JobStateTimeLimit action due to reason: {reason}"))
    assert found.failure.code in {sign.failure.code for sign in SIGNS}
    assert reason in found.failure.message
    assert found.failure.hint
    assert found.elsewhere is reason.startswith("CAPACITY")


def test_a_lost_machine_is_replaced_and_a_failed_job_is_not_run_again(templates: Templates) -> None:
    strategy = job(templates).properties["RetryStrategy"]
    assert strategy["Attempts"] == 3
    assert strategy["EvaluateOnExit"] == [
        {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
        {"Action": "RETRY", "OnExitCode": str(HANDED_BACK)},  # the container heard of it first, and ended by itself
        {"Action": "RETRY", "OnReason": "CannotPullContainerError*"},
        {"Action": "EXIT", "OnReason": "*"},
    ]


def test_an_attempt_ends_in_time_and_the_state_after_it(templates: Templates) -> None:
    stage = CONTEXT["stages"][templates.stage]
    run, wait = stage.get("job_timeout_minutes", 600), stage.get("job_wait_minutes", 60)
    assert job(templates).properties["Timeout"] == {"AttemptDurationSeconds": run * 60}
    for title, state in templates.states.items():
        if title in {"Train on Batch, Spot", "Train on Batch"}:
            assert state["TimeoutSeconds"] == (run + wait) * 60


def test_the_job_is_told_one_address_and_where_the_buckets_are(templates: Templates) -> None:
    stage = CONTEXT["stages"][templates.stage]
    container = job(templates).properties["ContainerProperties"]
    assert (container["Image"], container["Command"]) == (IMAGE, ["job", "Ref::job_uri"])
    told = {each["Name"]: templates.text("training", each["Value"]) for each in container["Environment"]}
    assert JobSettings.from_env(told) == JobSettings(
        stage=templates.stage, landing_bucket="<LandingBucket>", artifact_bucket="<ArtifactBucket>"
    )
    assert told["AWS_DEFAULT_REGION"] == "<AWS::Region>"
    assert (told["SM_NUM_CPUS"], told["SM_NUM_GPUS"]) == ("4", str(stage.get("job_gpus", 0)))
    needs = {each["Type"]: each["Value"] for each in container["ResourceRequirements"]}
    gpu = {"GPU": "1"} if stage.get("job_gpus") else {}
    assert needs == {"VCPU": "4", "MEMORY": "14000"} | gpu
    assert not container.get("Privileged")


def test_the_state_sends_the_address_as_a_parameter_and_overrides_nothing(templates: Templates) -> None:
    for title in ("Train on Batch, Spot", "Train on Batch"):
        if title not in templates.states:
            continue
        sent = templates.states[title]["Parameters"]
        kind = "SPOT" if title.endswith("Spot") else "EC2"
        assert sent == {
            "JobName.$": f"States.Format('{templates.stage}-{{}}-{{}}', $.run_id, $.attempt)",
            "JobQueue": f"<{kind} queue>",
            "JobDefinition": job(templates).properties["JobDefinitionName"],
            "Parameters": {"job_uri.$": "$.admitted.job_uri"},
        }


def test_on_demand_is_tried_where_spot_had_no_machine(synthesized: Synthesized) -> None:
    states = synthesized("clouds").states
    for service in ("Batch", "SageMaker"):
        spot, on_demand = f"Train on {service}, Spot", f"Train on {service}"
        assert states[spot]["Catch"][0]["Next"] == f"{spot}: why not?"
        why = states[f"{spot}: why not?"]
        assert why["Parameters"]["error.$"] == "$.error"
        assert set(why["Parameters"]) == {"error.$", *(f"{name}.$" for name in Ticket.__dataclass_fields__)}
        assert (why["Resource"], why["ResultPath"]) == ("<diagnose:live>", "$.error")
        elsewhere = states[why["Next"]]
        assert elsewhere["Choices"] == [{"Variable": "$.error.elsewhere", "BooleanEquals": True, "Next": on_demand}]
        assert elsewhere["Default"] == "Notify of a failure"
        assert states[f"{on_demand}: why not?"]["Next"] == "Notify of a failure"


def test_machines_have_an_encrypted_disk_and_no_metadata_for_containers(templates: Templates) -> None:
    data = templates.one("EC2::LaunchTemplate").properties["LaunchTemplateData"]
    (disk,) = data["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeSize"]) == (True, 100)
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    for each in machines(templates).values():
        assert templates.text("training", each["LaunchTemplate"]["LaunchTemplateId"]) == "<EC2::LaunchTemplate>"


def test_the_jobs_log_is_ours(templates: Templates) -> None:
    log = job(templates).properties["ContainerProperties"]["LogConfiguration"]
    assert log["LogDriver"] == "awslogs"
    assert templates.text("training", log["Options"]["awslogs-group"]) == f"</millrace/{templates.stage}/batch>"
