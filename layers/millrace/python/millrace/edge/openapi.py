"""docs/openapi.json and the tables of docs/api.md, made of the routes, their handlers' first lines and the models."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import millrace
from millrace.edge.codes import CALLS
from millrace.edge.http import INFERENCE_PREFIX, Api, Route
from millrace.edge.serving import serving_api
from millrace.edge.tenant_api import tenant_api
from millrace.protocol import published, resources
from millrace.protocol.published import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
APIS: tuple[Callable[..., Api], ...] = (serving_api, tenant_api)
REF = "#/components/schemas/{model}"
_SAID = re.compile(r"(?P<method>[A-Z]+) (?P<path>/[^ ?.:]*)(\?[^ ]*?)?[.:](?P<more>.*)", re.DOTALL)
_VERSIONED = "[/versions/{version}]"


@dataclass(frozen=True, slots=True)
class Operation:
    """A route with what belongs to it. `said` is how a document writes its path, an optional part in brackets."""

    route: Route
    said: str
    summary: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[published.Answer] | None

    @property
    def path(self) -> str:
        """The path as OpenAPI writes it."""
        return re.sub(r"<(\w+)>", r"{\1}", self.route.rule)

    @property
    def call(self) -> str:
        """The call as a document names it."""
        return f"{self.route.method} {self.said}"


def operations() -> Iterator[Operation]:
    """Every call of the API, in the order of its routes."""
    queries, answers = _by_call(published.Query), _by_call(published.Answer)
    bodies: dict[str, type[BaseModel]] = {**_by_call(published.Body), **_by_call(resources._Request)}
    for build in APIS:
        for route in build(**dict.fromkeys(inspect.signature(build).parameters)).routes:
            path = re.sub(r"<(\w+)>", r"{\1}", route.rule)
            said, summary = _first_line(route.handler)
            key = f"{route.method} {path}"
            yield Operation(route, said or path, summary, queries.get(key), bodies.get(key), answers.get(key))


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for each in operations():
        paths.setdefault(each.path, {})[each.route.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Millrace",
            "version": millrace.__version__,
            "description": "Models, uploads, runs and keys of one tenant, whose key it is. docs/api.md says more.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com/api",
                "description": "A stage on AWS; `millrace status` prints it, for the embedded cloud too.",
                "variables": {"api": {"default": "api"}, "region": {"default": "eu-central-1"}},
            }
        ],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {str(status): _refusal(status) for status in _statuses()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`mr_<tenant>.<key id>.<secret>`"}
            },
        },
    }


def text() -> str:
    """docs/openapi.json."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def calls_text() -> str:
    """The table of calls of docs/api.md, a row for each handler."""
    rows = {each.call: f"| `{each.call}` | {each.route.scope.value} | {each.summary} |" for each in operations()}
    return "\n".join(["| call | scope | what it does |", "|---|---|---|", *rows.values()])


def fields_text() -> str:
    """What calls take and are answered, field by field."""
    parts: dict[str, str] = {}
    for each in operations():
        for word, model in (("query", each.query), ("body", each.body), ("answer", each.answer)):
            if model is not None and model.model_fields:
                parts[f"{each.call} {word}"] = f"`{each.call}`, {word}:\n\n{_table(model)}"
    return "\n\n".join(parts.values())


def _table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    rows = []
    for name, field in schema["properties"].items():
        needed = "yes" if name in schema.get("required", ()) else json.dumps(field.get("default"))
        rows.append(f"| `{name}` | {_words(field)} | {needed} | {field.get('description', '')} |")
    return "\n".join(["| field | type | always there, or default | meaning |", "|---|---|---|---|", *rows])


def _words(schema: Mapping[str, Any]) -> str:
    """A type in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_words(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_words(schema['items'])}"
    if schema.get("type") == "object":
        return f"object of {_words(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))


def _operation(of: Operation) -> dict[str, Any]:
    named = re.findall(r"\{(\w+)\}", of.path)
    parameters = [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in named]
    if of.query is not None:
        asked = of.query.model_json_schema()["properties"]
        parameters += [{"name": name, "in": "query", "required": False, "schema": each} for name, each in asked.items()]
    described: dict[str, Any] = {
        "operationId": _name(of),
        "summary": of.summary,
        "parameters": parameters,
        "security": [{"key": [of.route.scope.value]}],
        "responses": _answered(of)
        | {str(status): {"$ref": f"#/components/responses/{status}"} for status in _statuses()},
    }
    if of.body is not None:
        described["requestBody"] = {"required": True, "content": _json({"$ref": REF.format(model=of.body.__name__)})}
    return described


def _answered(of: Operation) -> dict[str, Any]:
    if of.answer is None:
        return {"2XX": {"description": "It was done.", "content": _json({"type": "object"})}}
    said: dict[str, Any] = {"description": "An empty answer." if of.answer.empty else "It was done."}
    if not of.answer.empty:
        said["content"] = _json({"$ref": REF.format(model=of.answer.__name__)})
    return {str(of.answer.status): said}


def _name(of: Operation) -> str:
    version = "_of_version" if "{version}" in of.path and _VERSIONED in of.said else ""
    return f"{of.route.handler.__name__}{version}"


def _refusal(status: int) -> dict[str, Any]:
    codes = [code.name for code in CALLS if code.by.startswith(str(status))]
    forms = [{"$ref": REF.format(model=each)} for each in ("StructuredError", "InferenceError")]
    return {
        "description": f"One of {', '.join(codes)}. Below {INFERENCE_PREFIX}, and where API Gateway answers, "
        "`error` is a text.",
        "content": _json({"oneOf": forms}),
    }


def _statuses() -> list[int]:
    return sorted({int(code.by.split()[0]) for code in CALLS})


def _schemas() -> dict[str, Any]:
    used = [model for each in operations() for model in (each.body, each.answer) if model and model.model_fields]
    models: list[type[BaseModel]] = [*dict.fromkeys(used), published.StructuredError, published.InferenceError]
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _by_call(kind: type[Kind]) -> dict[str, type[Kind]]:
    """Models by the calls that their docstrings begin with."""
    found: dict[str, type[Kind]] = {}
    for model in published.derived(kind):
        match = _SAID.match(model.__doc__ or "")
        if match:
            for version in ("", _VERSIONED[1:-1]):
                found[f"{match['method']} {match['path'].replace(_VERSIONED, version)}"] = model
    return found


def _first_line(handler: Callable[..., object]) -> tuple[str, str]:
    """The path as the handler's docstring writes it, and what it says next."""
    match = _SAID.match(inspect.getdoc(handler) or "")
    if match is None:
        return "", handler.__name__
    said = " ".join(match["more"].split()).rstrip(".")
    return match["path"], said or handler.__name__
