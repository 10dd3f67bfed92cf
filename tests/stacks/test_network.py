"""Batch's machines: no NAT to pay for, nothing that can call them, and TLS as the only way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stacks.templates import Templates

Synthesized = Callable[[str], Templates]


@pytest.fixture(params=["clouds", "private"])
def templates(request: pytest.FixtureRequest, synthesized: Synthesized) -> Templates:
    """One stage of each kind of network."""
    return synthesized(request.param)


def groups(templates: Templates) -> dict[str, dict[str, Any]]:
    return {
        each.properties["GroupDescription"].split(":")[0]: each.properties
        for each in templates.of("EC2::SecurityGroup")
    }


def test_there_is_no_nat(templates: Templates) -> None:
    assert templates.of("EC2::NatGateway") == templates.of("EC2::EIP") == []


def test_machines_are_in_two_zones(templates: Templates) -> None:
    subnets = templates.of("EC2::Subnet")
    zones = {str(each.properties["AvailabilityZone"]) for each in subnets}
    assert len(subnets) == len(zones) == 2
    for each in templates.of("Batch::ComputeEnvironment"):
        assert len(each.properties["ComputeResources"]["Subnets"]) == 2


def test_nothing_calls_a_machine_and_it_calls_out_over_tls_only(templates: Templates) -> None:
    machines = groups(templates)["Training jobs"]
    assert "SecurityGroupIngress" not in machines
    (out,) = machines["SecurityGroupEgress"]
    assert (out["IpProtocol"], out["FromPort"], out["ToPort"]) == ("tcp", 443, 443)


def test_s3_is_reached_without_leaving_awss_network(templates: Templates) -> None:
    (gateway,) = [each for each in templates.of("EC2::VPCEndpoint") if each.properties["VpcEndpointType"] == "Gateway"]
    assert templates.text("training", gateway.properties["ServiceName"]) == "com.amazonaws.<AWS::Region>.s3"


def test_a_public_network_has_a_way_out_that_costs_nothing_by_the_hour(synthesized: Synthesized) -> None:
    templates = synthesized("clouds")
    assert templates.one("EC2::Route").properties["DestinationCidrBlock"] == "0.0.0.0/0"
    assert all(each.properties["MapPublicIpOnLaunch"] for each in templates.of("EC2::Subnet"))
    assert len(templates.of("EC2::VPCEndpoint")) == 1


def test_a_private_network_has_no_way_out_but_to_the_services_that_it_needs(synthesized: Synthesized) -> None:
    templates = synthesized("private")
    assert templates.of("EC2::InternetGateway") == templates.of("EC2::Route") == []
    assert not any(each.properties["MapPublicIpOnLaunch"] for each in templates.of("EC2::Subnet"))
    services = {
        templates.text("training", each.properties["ServiceName"]).removeprefix("com.amazonaws.<AWS::Region>.")
        for each in templates.of("EC2::VPCEndpoint")
    }
    assert services == {"s3", "ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs"}
    (ingress,) = groups(templates)["services of AWS, for training jobs"]["SecurityGroupIngress"]
    assert (ingress["CidrIp"], ingress["FromPort"], ingress["ToPort"]) == ("10.91.0.0/16", 443, 443)
