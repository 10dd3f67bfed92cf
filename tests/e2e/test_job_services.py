"""The state machine with Batch and SageMaker, run: what they answer is set, the state machine and `diagnose` are real.

The embedded cloud has neither service. Its Step Functions take answers for single states from a file that it reads
once, as it starts, so these executions have an emulator of their own, with the definition that a stage deploys.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from millrace.adapters.document_store import S3Documents
from millrace.domain.job import Ticket
from millrace.domain.job_end import JobFailure
from millrace.domain.run import Failure
from millrace.local import emulator
from millrace.settings import TrainingSettings
from stacks.composition import compose
from stacks.constructs.layers import NOT_FOR_FUNCTIONS
from stacks.folders import Folders
from stacks.stage import StageConfig
from tests.conftest import ROOT
from tests.events import load
from tests.stacks.templates import PARTS, Templates
from tests.stage import Stage

MACHINE, BUCKET, FUNCTION = "train", "artifacts-of-services", "diagnose"
TITLES = {"batch": "Train on Batch", "sagemaker": "Train on SageMaker"}
FAILED = "States.TaskFailed"
NO_SPOT = {
    "batch": load("diagnose-batch-no-capacity")["error"]["Cause"],
    "sagemaker": load("diagnose-sagemaker-no-spot")["error"]["Cause"],
}
LOST = load("diagnose-batch-host-lost")["error"]["Cause"]
EXITED = {
    "batch": load("diagnose-batch-job-failed")["error"]["Cause"],
    "sagemaker": load("diagnose-sagemaker-crashed")["error"]["Cause"],
}
Answer = Mapping[str, Mapping[str, object]]


def returns(value: Mapping[str, object]) -> Answer:
    return {"0": {"Return": value}}


def throws(error: str, cause: str = "") -> Answer:
    return {"0-9": {"Throw": {"Error": error, "Cause": cause}}}  # whatever a Retry makes of it


DONE = returns({"Status": "SUCCEEDED"})
CASES: dict[str, tuple[str, Answer, Answer]] = {  # backend, what Spot answers, what on demand answers
    **{f"{backend}-done": (backend, DONE, throws("never")) for backend in TITLES},
    **{f"{backend}-no-spot": (backend, throws(FAILED, NO_SPOT[backend]), DONE) for backend in TITLES},
    **{f"{backend}-timed-out": (backend, throws("States.Timeout"), DONE) for backend in TITLES},
    **{f"{backend}-rejected": (backend, throws(FAILED, EXITED[backend]), DONE) for backend in TITLES},
    **{f"{backend}-crashed": (backend, throws(FAILED, EXITED[backend]), DONE) for backend in TITLES},
    "batch-lost-twice": ("batch", throws(FAILED, LOST), throws(FAILED, LOST)),
    "sagemaker-timed-out-twice": ("sagemaker", throws("States.Timeout"), throws("States.Timeout")),
}


JOBS = [{"job_uri": f"s3://artifacts/parts/{number}/job.json", "part": number} for number in (1, 2, 3)]
NEVER_SPOT, CRASHED = throws(FAILED, NO_SPOT["batch"])["0-9"], throws(FAILED, EXITED["sagemaker"])
SPREAD: dict[str, tuple[str, Answer, Answer, list[str]]] = {  # backend, what Spot and on demand answer, what failed
    "batch-spread": ("batch", {**DONE, "1-9": NEVER_SPOT}, {"0-9": DONE["0"]}, [NO_SPOT["batch"]] * 2),
    "sagemaker-all-lost": ("sagemaker", CRASHED, CRASHED, [EXITED["sagemaker"]] * 3),
}


def mocked() -> dict[str, object]:
    """The file of answers: what each state answers in each case, whatever it is sent."""
    answers: dict[str, Answer] = {
        "Gate": returns({"accepted": True}),
        "Register": returns({"version": 3}),
        "Deploy": returns({"promoted": True}),
        "Notify": returns({"concluded": True}),
    }
    cases = {}
    for case, (backend, spot, on_demand) in CASES.items():
        answers |= {f"{case} Admit": returns({"backend": backend, "job_uri": "s3://artifacts/job.json"})}
        answers |= {f"{case} Spot": spot, f"{case} on demand": on_demand}
        cases[case] = after_the_job() | {
            "Admit": f"{case} Admit",
            f"{TITLES[backend]}, Spot": f"{case} Spot",
            TITLES[backend]: f"{case} on demand",
        }
    for case, (backend, spot, on_demand, _) in SPREAD.items():
        admitted = {"backend": backend, "job_uri": "s3://artifacts/job.json", "parts": JOBS}
        answers |= {f"{case} Admit": returns(admitted), "Done": DONE}
        answers |= {f"{case} Spot": spot, f"{case} on demand": on_demand}
        part = TITLES[backend].replace("Train", "Search")
        cases[case] = after_the_job() | {
            "Admit": f"{case} Admit",
            f"{part}, Spot": f"{case} Spot",
            part: f"{case} on demand",
            f"{TITLES[backend]}, Spot": "Done",
        }
    return {"StateMachines": {MACHINE: {"TestCases": cases}}, "MockedResponses": answers}


def after_the_job() -> dict[str, str]:
    """The answers of the functions that follow it."""
    told = {f"Notify of a {end}": "Notify" for end in ("deployed model", "kept model", "failure")}
    return told | {title: title for title in ("Gate", "Register", "Deploy")}


@dataclass(frozen=True)
class Ended:
    """How an execution ended, which states it went through, and why tasks of it failed."""

    status: str
    error: str
    cause: dict[str, Any]
    states: list[str]
    failed: list[str]


@dataclass(frozen=True)
class Services:
    """The emulator with the answers."""

    stage: Stage
    machine: str
    documents: S3Documents

    def run(self, case: str, ticket: Ticket) -> Ended:
        states = self.stage.client("stepfunctions")
        given = {name: getattr(ticket, name) for name in ("tenant", "dataset", "run_id", "attempt")}
        started = states.start_execution(stateMachineArn=f"{self.machine}#{case}", input=json.dumps(given))
        deadline = time.monotonic() + 60
        while (found := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        events = states.get_execution_history(executionArn=started["executionArn"], maxResults=1000)["events"]
        entered = [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]
        failed = [each["taskFailedEventDetails"]["cause"] for each in events if "taskFailedEventDetails" in each]
        cause = json.loads(found.get("cause") or "{}")
        return Ended(found["status"], found.get("error", ""), cause, entered, failed)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An emulator of this module's own, and the state machine of a stage with every backend."""
    folder = tmp_path_factory.mktemp("services")
    (folder / "answers.json").write_text(json.dumps(mocked()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFN_MOCK_CONFIG", str(folder / "answers.json"))
        patch.setattr(emulator, "_KEPT", (*emulator._KEPT, "SFN_MOCK_CONFIG"))
        cloud = emulator.start(folder / "state", ours=True)
    stage = Stage(cloud)
    try:
        stage.client("s3").create_bucket(Bucket=BUCKET)
        function = _diagnose(stage)
        definition = _definition(folder, function)
        role = _role(stage, "states.amazonaws.com", ["lambda:InvokeFunction"], [function, f"{function}:*"])
        machine = stage.client("stepfunctions").create_state_machine(name=MACHINE, definition=definition, roleArn=role)
        yield Services(stage, machine["stateMachineArn"], S3Documents(stage.client("s3"), BUCKET))
    finally:
        stage.close()
        emulator.stop(folder / "state")


def _definition(folder: Path, function: str) -> str:
    """The definition as synthesized, with the one real function's address and names for what else it refers to."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    everywhere = {
        "backends": ["batch", "sagemaker", "worker"],
        "job_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/millrace/train:1",
    }
    stage = StageConfig.read({"dev": context["stages"]["dev"] | everywhere}, "dev")
    empty, out = folder / "empty", folder / "out"
    empty.mkdir()
    app = App(context=context, outdir=str(out))
    compose(app, stage, Folders(base=empty, inference=empty))
    app.synth()
    parts = {part: json.loads((out / f"millrace-dev-{part}.template.json").read_text()) for part in PARTS}
    text = json.dumps(Templates("dev", parts, {}).definition)
    text = text.replace("<AWS::Partition>", "aws").replace("<diagnose:live>", function)
    return re.sub(r"<(\w+):live>", function.rpartition(":")[0] + r":\1", text)


def _diagnose(stage: Stage) -> str:
    """The real function `diagnose` with our library beside it; its ARN."""
    packed, library = io.BytesIO(), ROOT / "layers/millrace/python"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(ROOT / "functions/diagnose/handler.py", "handler.py")
        for path in sorted(library.rglob("*.py")):
            name = path.relative_to(library)
            if len(name.parts) > 1 and name.parts[1] not in NOT_FOR_FUNCTIONS:
                archive.write(path, str(name))
    settings = TrainingSettings(
        stage="dev",
        registry_table="none",
        landing_bucket="none",
        artifact_bucket=BUCKET,
        default_backend="batch",
    )
    bucket = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*/runs/*/failure.json"]
    role = _role(stage, "lambda.amazonaws.com", ["s3:GetObject", "s3:ListBucket"], bucket)
    client = stage.client("lambda")
    made = client.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Handler="handler.handler",
        Role=role,
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
        Environment={"Variables": settings.to_env() | {"POWERTOOLS_SERVICE_NAME": FUNCTION}},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    return str(made["FunctionArn"])


def _role(stage: Stage, service: str, actions: list[str], resources: list[str]) -> str:
    iam, name = stage.client("iam"), service.partition(".")[0]
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]}
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return arn


def ticket(case: str) -> Ticket:
    """An attempt that no other case has."""
    return Ticket("acme", "credit", case, 1)


@pytest.mark.parametrize("backend", TITLES)
def test_a_job_that_ends_well_goes_on_to_the_gate(services: Services, backend: str) -> None:
    ended = services.run(f"{backend}-done", ticket(backend))
    assert ended.status == "SUCCEEDED"
    spot = f"{TITLES[backend]}, Spot"
    assert ended.states[ended.states.index(spot) + 1] == "Gate"
    assert ended.states[-2:] == ["Notify of a deployed model", "Done"]


@pytest.mark.parametrize("backend", TITLES)
@pytest.mark.parametrize("why", ["no-spot", "timed-out"])
def test_a_job_that_gets_no_spot_machine_runs_on_demand(services: Services, backend: str, why: str) -> None:
    ended = services.run(f"{backend}-{why}", ticket(f"{backend}-{why}"))
    assert ended.status == "SUCCEEDED", ended
    title = TITLES[backend]
    begin = ended.states.index(f"{title}, Spot")
    tried = [f"{title}, Spot", f"{title}, Spot: why not?", f"{title}, Spot: elsewhere?", title, "Gate"]
    assert ended.states[begin : begin + 5] == tried


@pytest.mark.parametrize("case", SPREAD)
def test_whatever_becomes_of_the_jobs_that_search_the_last_one_makes_the_model(services: Services, case: str) -> None:
    """The embedded cloud's history leaves out the states within a Map, but not their failures."""
    ended = services.run(case, ticket(case))
    assert (ended.status, ended.error) == ("SUCCEEDED", ""), ended
    backend = SPREAD[case][0]
    assert ended.states[:4] == ["Admit", "Where does it run?", f"Spread over {backend}", f"{TITLES[backend]}, Spot"]
    assert ended.states[4] == "Gate"
    assert ended.failed == SPREAD[case][3]


@pytest.mark.parametrize("backend", TITLES)
def test_a_job_that_rejects_its_data_is_not_run_again(services: Services, backend: str) -> None:
    case = f"{backend}-rejected"
    failure = Failure("rare_class", "a class has one row", "add rows", "class")
    services.documents.write(JobFailure("Rejected", failure), ticket(case).failure_key)
    ended = services.run(case, ticket(case))
    assert (ended.status, ended.error) == ("FAILED", "Rejected")
    assert (ended.cause["code"], ended.cause["field"]) == ("rare_class", "class")
    assert TITLES[backend] not in ended.states
    assert ended.states[-2:] == ["Notify of a failure", "Failed"]


@pytest.mark.parametrize("backend", TITLES)
def test_a_job_that_crashed_without_words_is_not_run_again(services: Services, backend: str) -> None:
    ended = services.run(f"{backend}-crashed", ticket(f"{backend}-crashed"))
    assert (ended.status, ended.error, ended.cause["code"]) == ("FAILED", "JobFailed", "job_crashed")
    assert TITLES[backend] not in ended.states


@pytest.mark.parametrize(
    ("case", "code"), [("batch-lost-twice", "machine_lost"), ("sagemaker-timed-out-twice", "never_ended")]
)
def test_where_on_demand_does_no_better_its_reason_is_told(services: Services, case: str, code: str) -> None:
    ended = services.run(case, ticket(case))
    assert (ended.status, ended.error, ended.cause["code"]) == ("FAILED", "JobFailed", code)
    assert ended.cause["hint"]
    title = TITLES[CASES[case][0]]
    assert ended.states[-4:] == [title, f"{title}: why not?", "Notify of a failure", "Failed"]
