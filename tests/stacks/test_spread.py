"""Several jobs of one run: a Map of parts before the job, bounded, none of whose failures is the run's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from stacks.constructs.job import PART, WHOLE
from tests.stacks.conftest import CONTEXT, synthesized_to
from tests.stacks.templates import Templates

State = Mapping[str, Any]


def first(templates: Templates, backend: str) -> str:
    """The title of the state that runs the whole job there."""
    choices = templates.states["Where does it run?"]["Choices"]
    (found,) = [each["Next"] for each in choices if each.get("StringEquals") == backend]
    return str(found)


def test_where_there_are_parts_they_go_before_the_job(templates: Templates) -> None:
    choices = templates.states["Where does it run?"]["Choices"]
    assert len(choices) == 1 + 2 * len(templates.backends)
    for place, backend in enumerate(templates.backends):
        several, one = choices[1 + 2 * place : 3 + 2 * place]
        chosen = {"Variable": "$.admitted.backend", "StringEquals": backend}
        present = {"Variable": "$.admitted.parts", "IsPresent": True}
        assert several == {"And": [chosen, present], "Next": f"Spread over {backend}"}
        assert one == chosen | {"Next": first(templates, backend)}  # the states of a run of one job are as they were


def test_a_map_is_bounded_and_keeps_nothing_of_what_its_parts_say(templates: Templates) -> None:
    assert set(templates.maps) == {f"Spread over {backend}" for backend in templates.backends}
    for title in templates.maps:
        spread = templates.states[title]
        assert spread["MaxConcurrency"] == CONTEXT["stages"][templates.stage].get("jobs_per_run", 4)
        assert spread["ItemsPath"] == "$.admitted.parts"
        assert spread["ItemSelector"] == {
            **{f"{name}.$": f"$.{name}" for name in ("tenant", "dataset", "run_id", "attempt")},
            "admitted.$": "$$.Map.Item.Value",
        }
        assert spread["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
        assert spread["ResultPath"] is None


def test_whatever_becomes_of_the_parts_the_job_follows(templates: Templates) -> None:
    for title in templates.maps:
        spread, job = templates.states[title], first(templates, title.rpartition(" ")[2])
        assert spread["Next"] == job
        assert spread["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": job}]


def test_no_failure_of_a_part_leaves_the_map(templates: Templates) -> None:
    for title, states in templates.maps.items():
        missing = f"A part is missing: {title.rpartition(' ')[2]}"
        assert states[missing] == {"Type": "Pass", "Result": {}, "End": True}
        for inner, state in states.items():
            if state["Type"] == "Task":
                (catch,) = state["Catch"]
                assert catch["ErrorEquals"] == ["States.ALL"]
                silent = f"{inner}: why not?" in states
                assert catch["Next"] == (f"{inner}: why not?" if silent else missing)
            assert state["Type"] in {"Task", "Choice", "Pass"}
            assert state.get("Default", missing) == missing


def test_a_part_runs_as_the_job_does(templates: Templates) -> None:
    """The same machines, limits, address, and fallback; another name, since services know jobs by their names."""
    for states in templates.maps.values():
        for title, part in states.items():
            if part["Type"] != "Task" or title.endswith("why not?"):
                continue
            job = templates.states[title.replace(PART.verb, WHOLE.verb)]
            ignored = {"Next", "End", "Catch", "Parameters"}
            assert {key: part[key] for key in part.keys() - ignored} == {key: job[key] for key in job.keys() - ignored}
            named = {"JobName.$", "TrainingJobName.$"}
            given, usual = part["Parameters"], job["Parameters"]
            assert {key: given[key] for key in given.keys() - named} == {
                key: usual[key] for key in usual.keys() - named
            }
            for name in named & given.keys():
                assert given[name] != usual[name]
                assert "$.admitted.part" in given[name]


def test_a_part_without_a_spare_machine_gets_one_on_demand(synthesized: Any) -> None:
    for service, backend in (("Batch", "batch"), ("SageMaker", "sagemaker")):
        states = synthesized("clouds").maps[f"Spread over {backend}"]
        why = states[f"Search on {service}, Spot: why not?"]
        elsewhere = states[why["Next"]]
        on_demand = f"Search on {service}"
        assert elsewhere["Choices"] == [{"Variable": "$.error.elsewhere", "BooleanEquals": True, "Next": on_demand}]
        assert f"{on_demand}: why not?" not in states  # nobody is told


@pytest.mark.parametrize("most", [1, 16])
def test_the_stage_says_how_many_run_at_once(tmp_path: Any, most: int) -> None:
    import json

    folder = synthesized_to(tmp_path, "dev", jobs_per_run=most)
    template = json.loads((folder / "millrace-dev-training.template.json").read_text())
    assert f'\\"MaxConcurrency\\":{most}' in json.dumps(template)
