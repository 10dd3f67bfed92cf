"""What is published about spec.yaml, made from its one definition: a JSON Schema for editors, a table for people."""

from __future__ import annotations

import json
from typing import Any

import yaml

from millrace.protocol.spec import SpecDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text() -> str:
    """docs/spec.schema.json."""
    schema = {"$schema": DIALECT, **SpecDocument.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def reference_text() -> str:
    """docs/spec.md."""
    rows = [f"| `{name}` | {_type(name)} | {_default(name)} | {_said(name)} |" for name in SpecDocument.model_fields]
    return _FRAME.format(said=SpecDocument.__doc__, example=example_text(), rows="\n".join(rows))


def example_text() -> str:
    """A spec.yaml in which every field is given."""
    given = {name: field.examples[0] for name, field in SpecDocument.model_fields.items() if field.examples}
    return yaml.safe_dump(given, sort_keys=False, default_flow_style=None).rstrip("\n")


def _said(name: str) -> str:
    return str(SpecDocument.model_fields[name].description)


def _default(name: str) -> str:
    value = SpecDocument.model_fields[name].default
    return "" if value is None else f"`{json.dumps(value)}`"


def _type(name: str) -> str:
    schema = SpecDocument.model_json_schema()
    field = schema["properties"][name]
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    return " or ".join(_kind(kind, schema["$defs"]) for kind in kinds)


def _kind(kind: dict[str, Any], named: dict[str, Any]) -> str:
    if "$ref" in kind:
        kind = named[kind["$ref"].rpartition("/")[2]]
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if kind["type"] == "array":
        return "list of column names"
    bounds = [f"{word} {kind[bound]}" for bound, word in _BOUNDS if bound in kind]
    return " ".join([_WORDS[kind["type"]], *bounds])


_BOUNDS = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"))
_WORDS = {"string": "column name", "number": "number", "integer": "whole number", "boolean": "`true` or `false`"}
_FRAME = """\
# spec.yaml

{said}

Put it beside the data, as `s3://<landing>/<tenant>/<dataset>/spec.yaml`, before the data: it counts from the next
upload on. The same data under another spec is another run. A mistake becomes a rejected run that names the field and
what was probably meant. The file has at most 64 KiB of UTF-8; anchors, aliases and tags are refused. YAML reads an
unquoted `yes`, `no`, number or date as such, so put column names of that kind in quotes.

Editors that know JSON Schema can check it against [spec.schema.json](spec.schema.json).

| field | what it takes | default | meaning |
|---|---|---|---|
{rows}

With every field given:

```yaml
{example}
```
"""
