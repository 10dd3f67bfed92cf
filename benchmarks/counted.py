"""What of a stage costs money, counted in its templates: one more alarm there is one more here."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]
ROOT = Path(__file__).parents[1]
RATE = re.compile(r"rate\((?P<number>\d+) (?P<unit>minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
BATCH, WINDOW = 10, 0  # messages and seconds, where an event source says nothing else


@dataclass(frozen=True, slots=True)
class Source:
    """An SQS queue that Lambda polls for a function: at most so many messages a call, gathered for so many seconds."""

    function: str
    messages: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A stage in numbers. `memory_gb` is by function, `schedules` minutes between two calls by function.

    `endpoints` are interfaces of VPC endpoints, one in each subnet. `path` is the longest way of a run of one job
    through the state machine, by title and whether a function is called there; `spread` is that of each of several
    jobs that search first, within their Map. `watched` says that each model gets an alarm.
    """

    keys: int
    alarms: int
    dashboards: int
    endpoints: int
    memory_gb: Mapping[str, float]
    schedules: Mapping[str, int]
    sources: tuple[Source, ...]
    path: tuple[tuple[str, bool], ...]
    spread: tuple[tuple[str, bool], ...]
    watched: bool


def synthesized(stage: str) -> list[Template]:
    """The templates of a stage of cdk.json."""
    from aws_cdk import App  # it starts a process, so only where it is needed

    from stacks.composition import compose
    from stacks.folders import Folders
    from stacks.stage import StageConfig

    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as folder:
        (empty := Path(folder) / "layer").mkdir()
        app = App(context=context, outdir=str(Path(folder) / "out"))
        compose(app, StageConfig.read(context["stages"], stage), Folders(base=empty, inference=empty))
        found = sorted(Path(app.synth().directory).glob("*.template.json"))
        return [json.loads(path.read_text()) for path in found]


def count(templates: Iterable[Template]) -> Counts:
    """Count a stage."""
    resources = [(name, each) for template in templates for name, each in template["Resources"].items()]
    functions = {name: _properties(each) for name, each in _of(resources, "Lambda::Function")}
    named = {name: _called(each) for name, each in functions.items()}
    aliases = {name: _properties(each)["FunctionName"]["Ref"] for name, each in _of(resources, "Lambda::Alias")}
    called = named | {alias: named[function] for alias, function in aliases.items()}
    (machine,) = [_properties(each) for _, each in _of(resources, "StepFunctions::StateMachine")]
    definition = json.loads(_text(machine["DefinitionString"]))
    maps = [each["ItemProcessor"] for each in definition["States"].values() if each["Type"] == "Map"]
    return Counts(
        keys=len(_of(resources, "KMS::Key")),
        alarms=len(_of(resources, "CloudWatch::Alarm")),
        dashboards=len(_of(resources, "CloudWatch::Dashboard")),
        endpoints=sum(len(_properties(each).get("SubnetIds", ())) for _, each in _of(resources, "EC2::VPCEndpoint")),
        memory_gb={_called(each): each["MemorySize"] / 1024 for each in functions.values()},
        schedules=dict(sorted(_schedules(resources, called))),  # in whatever order the templates come
        sources=tuple(sorted(_sources(resources, called), key=lambda source: source.function)),
        path=_longest(definition),
        spread=max(map(_longest, maps), key=len),
        watched="cloudwatch:PutMetricAlarm" in json.dumps([each for _, each in _of(resources, "IAM::Policy")]),
    )


Resources = list[tuple[str, dict[str, Any]]]


def _of(resources: Resources, kind: str) -> Resources:
    return [(name, each) for name, each in resources if each["Type"] == f"AWS::{kind}"]


def _properties(resource: Mapping[str, Any]) -> dict[str, Any]:
    return dict(resource["Properties"])


def _called(function: Mapping[str, Any]) -> str:
    """The function's name, which its log lines carry too."""
    return str(function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])


def _schedules(resources: Resources, called: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for _, rule in _of(resources, "Events::Rule"):
        schedule = RATE.fullmatch(_properties(rule).get("ScheduleExpression", ""))
        if schedule:
            for target in _properties(rule)["Targets"]:
                yield called[target["Arn"]["Ref"]], int(schedule["number"]) * MINUTES[schedule["unit"]]


def _sources(resources: Resources, called: Mapping[str, str]) -> Iterator[Source]:
    for _, each in _of(resources, "Lambda::EventSourceMapping"):
        said = _properties(each)
        window = said.get("MaximumBatchingWindowInSeconds", WINDOW)
        yield Source(_function(said["FunctionName"], called), said.get("BatchSize", BATCH), window)


def _function(reference: Any, called: Mapping[str, str]) -> str:
    """The function that a reference to it, or to its alias, means."""
    text = json.dumps(reference)
    return next(name for logical, name in called.items() if f'"{logical}"' in text)


def _text(value: Any) -> str:
    """A joined text, its references as nothing: none of them matters to a count."""
    if isinstance(value, str):
        return value
    return "".join(_text(each) for each in value["Fn::Join"][1]) if "Fn::Join" in value else ""


def _longest(definition: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """The longest way to a success, but through a Map."""
    states: Mapping[str, Any] = definition["States"]

    def ways(title: str) -> Iterator[tuple[tuple[str, bool], ...]]:
        state = states[title]
        here = (title, state["Type"] == "Task" and not state["Resource"].startswith("arn:"))
        if state["Type"] == "Succeed" or state.get("End"):
            yield (here,)
        after = [state.get("Next"), state.get("Default"), *(each["Next"] for each in state.get("Choices", ()))]
        for following in (each for each in after if each and states[each]["Type"] != "Map"):
            yield from ((here, *rest) for rest in ways(following))

    return max(ways(definition["StartAt"]), key=len)
