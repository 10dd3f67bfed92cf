"""The table of docs/security.md: what each role may do, shortened from the grants that the templates are held to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

READS = ("dynamodb:GetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket")
CHANGES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "s3:PutObject")
LEFT_OUT = ("dynamodb:ConditionCheckItem", "s3:GetObjectVersion")  # what reading and changing carry along
_BUCKET = re.compile(r"<(\w+)Bucket\.Arn>(?:/(.*))?")


def roles_text(grants: Mapping[str, str]) -> str:
    """A row for each role: what it reads, changes, and may do beside that."""
    rows = []
    for role, text in grants.items():
        lines = [line.split() for line in text.splitlines() if line.strip()]
        reads = _shown(line for line in lines if line[0] in READS)
        changes = _shown(line for line in lines if line[0] in CHANGES)
        rest = [line for line in lines if line[0] not in (*READS, *CHANGES, *LEFT_OUT)]
        rows.append(f"| `{role}` | {reads} | {changes} | {_others(rest)} |")
    return "\n".join(["| role | reads | writes | and may |", "|---|---|---|---|", *rows])


def _shown(lines: Iterator[list[str]]) -> str:
    """Places, each once: kinds of record of the registry, and keys of buckets."""
    kinds: dict[str, None] = {}
    places: dict[str, None] = {}
    for _, resource, *named in lines:
        found = _BUCKET.fullmatch(resource)
        if found:
            pattern = found[2] or "(names of its objects)"
            places[f"{found[1].lower()} bucket {pattern if pattern[0] == '(' else f'`{pattern}`'}"] = None
        else:
            kinds |= dict.fromkeys(kind.rstrip("#*") for kind in named)
    registry = [f"registry: {', '.join(f'`{kind}`' for kind in sorted(kinds))}"] if kinds else []
    return "; ".join([*registry, *places])


def _others(lines: list[list[str]]) -> str:
    """Other calls, by service."""
    calls: dict[str, dict[str, None]] = {}
    for action, _, *kinds in lines:
        service, _, verb = action.partition(":")
        said = f"{verb} {', '.join(kind.rstrip('#*') for kind in kinds)}".strip()
        calls.setdefault(service, {})[said] = None
    return "; ".join(f"{service}: {', '.join(verbs)}" for service, verbs in calls.items())
