"""Grants as values: a callable that gives a role what one resource lets it do, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aws_cdk import aws_iam

Grant = Callable[[aws_iam.IRole], object]


def allow(actions: Sequence[str], on: Sequence[str], when: Mapping[str, Mapping[str, object]] | None = None) -> Grant:
    """A grant of IAM `actions` on these ARNs, under the conditions `when`."""

    def grant(role: aws_iam.IRole) -> object:
        statement = aws_iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=dict(when or {}))
        return role.add_to_principal_policy(statement)

    return grant


def every(*grants: Grant) -> Grant:
    """One grant of all of these."""

    def grant(role: aws_iam.IRole) -> object:
        return [each(role) for each in grants]

    return grant
