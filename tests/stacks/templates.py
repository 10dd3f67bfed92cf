"""A stage's CloudFormation as text and tables, so that tests speak of types and meanings, never of logical ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PARTS = ("data", "training", "inference", "monitoring")
Template = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource: its stack's part, its logical id (for references between resources only), and what it says."""

    part: str
    id: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        return dict(self.body.get("Properties", {}))


@dataclass
class Templates:
    """The templates of a stage."""

    stage: str
    parts: dict[str, Template]
    manifest: dict[str, Any]

    @cached_property
    def resources(self) -> list[Resource]:
        return [
            Resource(part, name, body)
            for part, template in self.parts.items()
            for name, body in template["Resources"].items()
        ]

    def of(self, kind: str) -> list[Resource]:
        """Every resource of the type `AWS::<kind>`."""
        return [resource for resource in self.resources if resource.type == f"AWS::{kind}"]

    def one(self, kind: str) -> Resource:
        (found,) = self.of(kind)
        return found

    def output(self, part: str, key: str) -> str:
        return self.text(part, self.parts[part]["Outputs"][key]["Value"])

    @cached_property
    def functions(self) -> dict[str, Resource]:
        """The functions by name, which their log lines carry too."""
        return {
            each.properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: each
            for each in self.of("Lambda::Function")
        }

    def text(self, part: str, value: Any) -> str:
        """A value, with references as the names of what they refer to: `<name>` or `<name.Attribute>`."""
        if not isinstance(value, dict):
            return str(value)
        ((kind, argument),) = value.items()
        if kind == "Ref":
            return f"<{self.name(part, argument)}>"
        if kind == "Fn::GetAtt":
            return f"<{self.name(part, argument[0])}.{argument[1]}>"
        if kind == "Fn::Join":
            return str(argument[0]).join(self.text(part, each) for each in argument[1])
        if kind == "Fn::ImportValue":
            return self._exports[argument]
        return json.dumps(value, sort_keys=True)

    def name(self, part: str, logical_id: str) -> str:
        """What a resource is called: by its own name where it has one, by its output's key, else by its type."""
        if logical_id.startswith("AWS::"):
            return logical_id
        if logical_id not in self.parts[part]["Resources"]:
            return logical_id
        body = self.parts[part]["Resources"][logical_id]
        kind, properties = str(body["Type"]), body.get("Properties", {})
        if kind == "AWS::Lambda::Function":
            return str(properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        if kind == "AWS::Lambda::Alias":
            return f"{self.name(part, properties['FunctionName']['Ref'])}:{properties['Name']}"
        if kind == "AWS::Logs::LogGroup":
            return str(properties["LogGroupName"])
        if kind == "AWS::Batch::JobQueue":
            machines = properties["ComputeEnvironmentOrder"][0]["ComputeEnvironment"]["Ref"]
            return f"{self.parts[part]['Resources'][machines]['Properties']['ComputeResources']['Type']} queue"
        return self._named_by_output(part).get(logical_id, kind.removeprefix("AWS::"))

    def _named_by_output(self, part: str) -> dict[str, str]:
        named: dict[str, str] = {}
        for key, output in self.parts[part].get("Outputs", {}).items():
            target = output["Value"]
            if isinstance(target, dict) and "Export" not in output:
                named[target["Ref"] if "Ref" in target else next(iter(target.values()))[0]] = key
        return named

    @cached_property
    def _exports(self) -> dict[str, str]:
        return {
            output["Export"]["Name"]: self.text(part, output["Value"])
            for part, template in self.parts.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    @cached_property
    def role_owners(self) -> dict[str, str]:
        """Who assumes each role, by the role's logical id."""
        owners = {}
        for name, function in self.functions.items():
            owners[function.properties["Role"]["Fn::GetAtt"][0]] = name
        owners[self.one("StepFunctions::StateMachine").properties["RoleArn"]["Fn::GetAtt"][0]] = "train"
        owners[self.one("ApiGateway::Account").properties["CloudWatchRoleArn"]["Fn::GetAtt"][0]] = "api logs"
        owners[self.parts["training"]["Outputs"]["WorkerRoleArn"]["Value"]["Fn::GetAtt"][0]] = "worker"
        for job in self.of("Batch::JobDefinition"):
            owners[job.properties["ContainerProperties"]["JobRoleArn"]["Fn::GetAtt"][0]] = "batch job"
        for profile in self.of("IAM::InstanceProfile"):
            owners[profile.properties["Roles"][0]["Ref"]] = "batch machine"
        for role in self.of("IAM::Role"):
            trust = self.read(role.part, role.properties["AssumeRolePolicyDocument"])
            if [each.principal for each in trust] == ["sagemaker.amazonaws.com"]:
                owners[role.id] = "sagemaker job"
        return owners

    @cached_property
    def states(self) -> dict[str, dict[str, Any]]:
        """The state machine's states by title, with references as names."""
        return dict(self.definition["States"])

    @cached_property
    def maps(self) -> dict[str, dict[str, Any]]:
        """The states within each of the state machine's Maps, by the Map's title."""
        return {title: dict(each["ItemProcessor"]["States"]) for title, each in self.states.items() if _is_map(each)}

    @property
    def every_state(self) -> dict[str, dict[str, Any]]:
        """Those within Maps too: a title is one state's in the whole machine."""
        inner = [(title, each) for states in self.maps.values() for title, each in states.items()]
        assert len({*self.states, *(title for title, _ in inner)}) == len(self.states) + len(inner)
        return self.states | dict(inner)

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The state machine's definition, with references as names."""
        machine = self.one("StepFunctions::StateMachine")
        return dict(json.loads(self.text(machine.part, machine.properties["DefinitionString"])))

    @property
    def backends(self) -> tuple[str, ...]:
        """The names that a spec may ask for on this stage."""
        choices = self.states["Where does it run?"]["Choices"]
        return tuple(each["StringEquals"] for each in choices if "StringEquals" in each)

    @property
    def is_silent(self) -> bool:
        """Whether some backend does not say by itself why a job failed."""
        return set(self.backends) != {"worker"}

    def statements(self, owner: str) -> list[Statement]:
        """What a role's policies say."""
        return [
            statement
            for policy in self.of("IAM::Policy")
            if [self.role_owners[role["Ref"]] for role in policy.properties["Roles"]] == [owner]
            for statement in self.read(policy.part, policy.properties["PolicyDocument"])
        ]

    def read(self, part: str, document: dict[str, Any]) -> Iterator[Statement]:
        """The statements of a policy document."""
        for each in document["Statement"]:
            yield Statement(
                allow=each["Effect"] == "Allow",
                actions=frozenset(_list(each["Action"])),
                resources=frozenset(self.text(part, resource) for resource in _list(each.get("Resource", []))),
                conditions={
                    operator: {
                        key: tuple(self.text(part, one) for one in _list(values)) for key, values in keys.items()
                    }
                    for operator, keys in each.get("Condition", {}).items()
                },
                principal=self._principal(part, each.get("Principal")),
            )

    def _principal(self, part: str, principal: Any) -> str:
        if not isinstance(principal, dict):
            return str(principal or "")
        return " ".join(self.text(part, each) for value in principal.values() for each in _list(value))


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, its resources as text."""

    allow: bool
    actions: frozenset[str]
    resources: frozenset[str]
    conditions: dict[str, dict[str, tuple[str, ...]]]
    principal: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of record that a statement about the registry's table is bound to."""
        return self.conditions.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ())


def _is_map(state: dict[str, Any]) -> bool:
    return bool(state["Type"] == "Map")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
