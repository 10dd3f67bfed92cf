"""The network of Batch's machines: two subnets that nothing can be reached in, and no NAT, which costs by the hour."""

from __future__ import annotations

from aws_cdk import Aws, Fn, Tags, aws_ec2
from constructs import Construct

from stacks.stage import StageConfig

RANGE, SUBNETS = "10.91.0.0/16", ("10.91.0.0/20", "10.91.16.0/20")
# What a machine needs to join its cluster, to pull its image and to write its log; S3 has a gateway, which is free.
SERVICES = ("ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs")


class JobNetwork(Construct):
    """A VPC in two zones. Public: machines call out through an internet gateway. Private: through endpoints only."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.public = stage.batch_network == "public"
        self._name = f"millrace-{stage.name}-jobs"
        # The L2 network looks zones up at synthesis, and adds a function to empty the default security group.
        self._vpc = aws_ec2.CfnVPC(self, "Vpc", cidr_block=RANGE, enable_dns_support=True, enable_dns_hostnames=True)
        Tags.of(self).add("Name", self._name)
        self._routes = aws_ec2.CfnRouteTable(self, "Routes", vpc_id=self._vpc.ref)
        self.subnets = [self._subnet(number) for number in range(len(SUBNETS))]
        self._machines = aws_ec2.CfnSecurityGroup(
            self,
            "Machines",
            group_description="Training jobs: they call out over TLS, and nothing calls them",
            vpc_id=self._vpc.ref,
            security_group_egress=[_tls("0.0.0.0/0", "services of AWS")],
        )
        self.security_group = self._machines.attr_group_id
        aws_ec2.CfnVPCEndpoint(
            self,
            "S3",
            vpc_id=self._vpc.ref,
            service_name=f"com.amazonaws.{Aws.REGION}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[self._routes.ref],
        )
        if self.public:
            self._way_out()
        else:
            self._endpoints()

    def _subnet(self, number: int) -> str:
        subnet = aws_ec2.CfnSubnet(
            self,
            f"Subnet{number}",
            vpc_id=self._vpc.ref,
            cidr_block=SUBNETS[number],
            availability_zone=Fn.select(number, Fn.get_azs()),
            map_public_ip_on_launch=self.public,
        )
        aws_ec2.CfnSubnetRouteTableAssociation(
            self, f"Route{number}", subnet_id=subnet.ref, route_table_id=self._routes.ref
        )
        return subnet.ref

    def _way_out(self) -> None:
        gateway = aws_ec2.CfnInternetGateway(self, "Gateway")
        attached = aws_ec2.CfnVPCGatewayAttachment(
            self, "Attachment", vpc_id=self._vpc.ref, internet_gateway_id=gateway.ref
        )
        route = aws_ec2.CfnRoute(
            self,
            "Out",
            route_table_id=self._routes.ref,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.ref,
        )
        route.add_resource_dependency(attached)

    def _endpoints(self) -> None:
        group = aws_ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            group_description="services of AWS, for training jobs",
            vpc_id=self._vpc.ref,
            security_group_ingress=[_tls_in(RANGE)],
            security_group_egress=[_tls(RANGE, "answers only")],
        )
        for service in SERVICES:
            aws_ec2.CfnVPCEndpoint(
                self,
                service.title().replace(".", "").replace("-", ""),
                vpc_id=self._vpc.ref,
                service_name=f"com.amazonaws.{Aws.REGION}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.subnets,
                security_group_ids=[group.attr_group_id],
            )


def _tls(to: str, why: str) -> aws_ec2.CfnSecurityGroup.EgressProperty:
    return aws_ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp", from_port=443, to_port=443, cidr_ip=to, description=why
    )


def _tls_in(source: str) -> aws_ec2.CfnSecurityGroup.IngressProperty:
    return aws_ec2.CfnSecurityGroup.IngressProperty(
        ip_protocol="tcp", from_port=443, to_port=443, cidr_ip=source, description="training jobs"
    )
