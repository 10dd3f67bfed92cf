"""What every command works with: the stage that is meant, its cloud, and the ports joined to it."""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import millrace
from millrace.adapters.alarms import CloudWatchAlarms
from millrace.adapters.announcements import EventBridgeAnnouncements
from millrace.adapters.blobs import S3Blobs
from millrace.adapters.caller import caller_arn
from millrace.adapters.clock import SystemClock
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.delivery import S3Delivery
from millrace.adapters.document_store import S3Documents
from millrace.adapters.erasure import DynamoErasure
from millrace.adapters.history import StepFunctionsHistory
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.landing import S3Landing
from millrace.adapters.log_lines import CloudWatchLogLines
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.models import DynamoModels
from millrace.adapters.objects import S3Objects
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.adapters.stage import StageOutputs
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.topic import SnsAnnouncements
from millrace.adapters.truth_store import S3TruthStore
from millrace.adapters.workflow import StepFunctionsWorkflow
from millrace.cli.saved import Saved
from millrace.cli.screen import Screen
from millrace.domain.errors import InvalidInput, NotFound, Unavailable
from millrace.domain.naming import check_name
from millrace.domain.suggestion import hint
from millrace.local import emulator
from millrace.usecases.find_tenant import find_tenant
from millrace.usecases.notify import NotifyPorts

LOCAL = "local"
STATE = "MILLRACE_STATE"  # the embedded cloud's folder, where it is not the usual one


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before or after any command."""

    stage: str = LOCAL
    profile: str | None = None
    region: str | None = None
    tenant: str | None = None
    as_json: bool = False


class Session:
    """One command's stage. Nothing is opened before it is asked for."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.screen = Screen(as_json=options.as_json)
        self.clock = SystemClock()

    def meaning(self, tenant: str) -> Session:
        """The same, meaning this tenant."""
        return Session(replace(self.options, tenant=tenant))

    @property
    def stage(self) -> str:
        """The stage's name."""
        return self.options.stage

    @property
    def is_local(self) -> bool:
        """Whether the stage is on the embedded cloud."""
        return self.stage == LOCAL

    @cached_property
    def root(self) -> Path:
        """The project's folder: the one around the current folder, else the one this library is in. Raises NotFound."""
        library = Path(millrace.__file__).resolve().parent
        for folder in (Path.cwd(), *Path.cwd().parents, *library.parents):
            if (folder / "app.py").is_file() and (folder / "cdk.json").is_file():
                return folder
        raise NotFound("this is not inside Millrace's folder", code="no_project", hint="change to the project's folder")

    @cached_property
    def state(self) -> Path:
        """Where the embedded cloud keeps everything it holds."""
        elsewhere = os.environ.get(STATE)
        return Path(elsewhere).resolve() if elsewhere else self.root / ".millrace" / LOCAL

    @cached_property
    def clients(self) -> Clients:
        """AWS clients. Raises Unavailable when the embedded cloud is meant and does not run."""
        if self.is_local:
            self.enter(self.cloud)
        else:
            self.check_stage()
            chosen = {"AWS_PROFILE": self.options.profile, "AWS_REGION": self.options.region}
            chosen["AWS_DEFAULT_REGION"] = self.options.region  # the older name, which boto3 reads
            os.environ.update({name: value for name, value in chosen.items() if value})
        return Clients()

    def check_stage(self) -> None:
        """Raise InvalidInput for a stage that the project around us doesn't have, where there is one around us."""
        try:
            stages = json.loads((self.root / "cdk.json").read_text())["context"]["stages"]
        except (NotFound, OSError, ValueError, KeyError):
            return  # an installed command has no project to look at
        if self.stage not in stages:
            raise InvalidInput(
                f"there is no stage {self.stage!r} in cdk.json",
                code="unknown_stage",
                field="--stage",
                hint=hint(self.stage, stages) or f"it has {', '.join(stages)}",
            )

    @property
    def cloud(self) -> emulator.Cloud:
        """The running embedded cloud. Raises Unavailable."""
        found = emulator.find(self.state)
        if found is None:
            raise Unavailable(
                "the embedded cloud isn't running", code="cloud_not_running", hint="start it with `millrace up`"
            )
        return found

    @staticmethod
    def enter(cloud: emulator.Cloud) -> None:
        """Point this process at the embedded cloud, whatever its environment said before."""
        inside = cloud.over(os.environ)
        os.environ.clear()
        os.environ.update(inside)

    @property
    def who(self) -> str:
        """Who acts, for the ledger: the user of this machine, or on AWS the caller's ARN."""
        return f"user {getpass.getuser()}" if self.is_local else caller_arn(self.clients.sts())

    @cached_property
    def outputs(self) -> StageOutputs:
        """The stage's names. Its attributes raise NotFound when the stage is not deployed."""
        return StageOutputs(self.clients.cloudformation(), self.stage, endpoint=self.clients.endpoint)

    @cached_property
    def tenants(self) -> DynamoTenants:
        """The registry's tenants."""
        return DynamoTenants(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def keys(self) -> DynamoKeys:
        """The registry's keys."""
        return DynamoKeys(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def datasets(self) -> DynamoDatasets:
        """The registry's dataset versions."""
        return DynamoDatasets(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def erasure(self) -> DynamoErasure:
        """The registry's records, to be removed."""
        return DynamoErasure(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def landing_objects(self) -> S3Objects:
        """Uploads, to be removed."""
        return S3Objects(self.clients.s3(), self.outputs.landing_bucket)

    @cached_property
    def artifact_objects(self) -> S3Objects:
        """What runs made, to be removed."""
        return S3Objects(self.clients.s3(), self.outputs.artifact_bucket)

    @cached_property
    def runs(self) -> DynamoRuns:
        """The registry's runs."""
        return DynamoRuns(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def models(self) -> DynamoModels:
        """The registry's models."""
        return DynamoModels(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def retrainings(self) -> DynamoRetrainings:
        """What was decided about retraining."""
        return DynamoRetrainings(self.clients.dynamodb(), self.outputs.registry_table)

    @cached_property
    def alarms(self) -> CloudWatchAlarms:
        """The models' alarms."""
        return CloudWatchAlarms(self.clients.cloudwatch(), self.stage, self.outputs.drift_topic_arn)

    @cached_property
    def metrics(self) -> CloudWatchMetrics:
        """The stage's metrics."""
        return CloudWatchMetrics(self.clients.cloudwatch(), self.stage, self.clock)

    @cached_property
    def landing(self) -> S3Landing:
        """Uploads, to be read."""
        return S3Landing(self.clients.s3(), self.outputs.landing_bucket)

    @cached_property
    def truth(self) -> S3TruthStore:
        """Truth, and what became of it."""
        return S3TruthStore(self.clients.s3(), self.outputs.capture_bucket)

    @cached_property
    def delivery(self) -> S3Delivery:
        """Uploads, to be sent."""
        return S3Delivery(self.clients.s3(), self.outputs.landing_bucket)

    @cached_property
    def blobs(self) -> S3Blobs:
        """Models, manifests and reports."""
        return S3Blobs(self.clients.s3(), self.outputs.artifact_bucket)

    @cached_property
    def documents(self) -> S3Documents:
        """What a run's steps handed one another."""
        return S3Documents(self.clients.s3(), self.outputs.artifact_bucket)

    @cached_property
    def workflow(self) -> StepFunctionsWorkflow:
        """Executions of the state machine."""
        return StepFunctionsWorkflow(self.clients.stepfunctions(), self.outputs.state_machine_arn)

    @cached_property
    def ending(self) -> NotifyPorts:
        """What it takes to end a run, to tell of it and to begin the next one."""
        events = EventBridgeAnnouncements(self.clients.events(), self.outputs.event_bus)
        topic = SnsAnnouncements(self.clients.sns(), self.outputs.run_topic_arn)
        return NotifyPorts(self.runs, (events, topic), self.workflow, self.clock, self.outputs.runs_per_tenant)

    @cached_property
    def history(self) -> StepFunctionsHistory:
        """What executions did."""
        return StepFunctionsHistory(self.clients.stepfunctions(), self.outputs.state_machine_arn)

    @cached_property
    def log_lines(self) -> CloudWatchLogLines:
        """The functions' logs."""
        return CloudWatchLogLines(self.clients.logs(), self.stage)

    @property
    def saved_path(self) -> Path:
        """Where this stage's saved settings lie; the embedded cloud's are wiped with it."""
        if self.is_local:
            return self.state / "saved.json"
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return home / "millrace" / f"{self.stage}.json"

    @property
    def saved(self) -> Saved:
        """What earlier commands saved."""
        return Saved.read(self.saved_path)

    @property
    def tenant(self) -> str:
        """The tenant that is meant. Raises InvalidInput where none was named or saved, or its name is not valid."""
        name = self.options.tenant or self.saved.tenant
        if name is None:
            raise InvalidInput(
                "which tenant?",
                code="no_tenant",
                field="--tenant",
                hint="add --tenant NAME, or `millrace tenants create NAME`",
            )
        return check_name(name, "tenant")

    def known_tenant(self) -> str:
        """The tenant that is meant, once it was seen to exist. Raises NotFound."""
        return find_tenant(self.tenant, self.tenants).name
