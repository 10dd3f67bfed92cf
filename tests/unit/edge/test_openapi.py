"""docs/openapi.json is an OpenAPI 3.1 document, and describes the routes that there are."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from millrace.domain.access import Scope
from millrace.edge import openapi
from millrace.edge.http import STATUS, Api, Call, ErrorLog

DOCUMENT = openapi.document()
OPERATIONS = list(openapi.operations())


def closed(required: str = "", /, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others but extensions."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
    }


def by_name(value: Any, names: str = ".*") -> dict[str, Any]:
    return {"type": "object", "patternProperties": {names: value}, "additionalProperties": False}


TEXT, SCHEMA = {"type": "string"}, {"type": ["object", "boolean"]}
CONTENT = by_name(closed(schema=SCHEMA, example=True, examples=by_name(True)), "^[a-z]+/[a-z.+-]+$")
REFERENCE = closed("$ref", **{"$ref": {"type": "string", "pattern": "^#/components/"}})
RESPONSE = {"oneOf": [closed("description", description=TEXT, headers={"type": "object"}, content=CONTENT), REFERENCE]}
PARAMETER = closed(
    "name in schema",
    **{"in": {"enum": ["path", "query", "header", "cookie"]}},
    name=TEXT,
    required={"type": "boolean"},
    schema=SCHEMA,
    description=TEXT,
)
SECURITY = {"type": "array", "items": by_name({"type": "array", "items": TEXT})}
OPERATION = closed(
    "responses",
    operationId=TEXT,
    summary=TEXT,
    description=TEXT,
    parameters={"type": "array", "items": PARAMETER},
    requestBody=closed("content", required={"type": "boolean"}, content=CONTENT),
    responses=by_name(RESPONSE, "^([1-5][0-9][0-9]|[1-5]XX|default)$"),
    security=SECURITY,
)
VARIABLE = closed("default", default=TEXT, enum={"type": "array", "items": TEXT}, description=TEXT)
# The part of https://spec.openapis.org/oas/3.1/schema/2022-10-07 that the document uses.
SHAPE = closed(
    "openapi info paths",
    openapi={"type": "string", "pattern": r"^3\.1\.\d+$"},
    jsonSchemaDialect=TEXT,
    info=closed(
        "title version",
        title=TEXT,
        version=TEXT,
        description=TEXT,
        license=closed("name", name=TEXT, identifier=TEXT),
    ),
    servers={"type": "array", "items": closed("url", url=TEXT, description=TEXT, variables=by_name(VARIABLE))},
    security=SECURITY,
    paths=by_name(closed(**dict.fromkeys(("get", "post", "put", "patch", "delete"), OPERATION)), "^/"),
    components=closed(
        schemas=by_name(SCHEMA, r"^[a-zA-Z0-9._-]+$"),
        responses=by_name(RESPONSE, r"^[a-zA-Z0-9._-]+$"),
        securitySchemes=by_name(
            closed("type scheme", type={"const": "http"}, scheme=TEXT, bearerFormat=TEXT, description=TEXT)
        ),
    ),
)


def everything(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from everything(each)


def test_it_has_the_shape_of_openapi() -> None:
    Draft202012Validator.check_schema(SHAPE)
    Draft202012Validator(SHAPE).validate(json.loads(openapi.text()))
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_is_to_something() -> None:
    references = [each["$ref"] for each in everything(DOCUMENT) if isinstance(each, dict) and "$ref" in each]
    assert references
    for reference in references:
        found = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_path_says_its_parameters_and_every_operation_has_a_name_of_its_own() -> None:
    names = []
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            said = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert said == set(re.findall(r"\{(\w+)\}", path))
    assert len(set(names)) == len(names)


def test_every_route_is_described() -> None:
    routes = [
        (each.method, re.sub(r"<(\w+)>", r"{\1}", each.rule))
        for build in openapi.APIS
        for each in build(**dict.fromkeys(inspect.signature(build).parameters)).routes
    ]
    described = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
    assert sorted(described) == sorted(routes)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.route.method} {each.path}")
def test_a_route_says_what_it_does_and_what_it_is_answered_with(operation: openapi.Operation) -> None:
    handler = operation.route.handler.__name__
    assert operation.summary != handler, f"{handler}: say in its docstring, after the call, what it does"
    assert operation.answer is not None, f"{handler}: add its answer to protocol/published.py"
    assert (operation.body is not None) == (operation.route.method == "POST")


def test_every_refusal_of_the_edge_is_described() -> None:
    assert {str(status.value) for status, _ in STATUS.values()} <= DOCUMENT["components"]["responses"].keys()


def test_a_route_that_nobody_described_yet_is_there_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(_: Call) -> object:
        return {}

    def build(log: ErrorLog) -> Api:
        api = Api(log, body_bytes=1)
        api.post("/things/<thing>", scope=Scope.INFER)(new)
        return api

    monkeypatch.setattr(openapi, "APIS", (build,))
    described = openapi.document()["paths"]["/things/{thing}"]["post"]
    assert (described["operationId"], described["summary"]) == ("new", "new")
    assert "2XX" in described["responses"]
    assert "`POST /things/{thing}`" in openapi.calls_text()
