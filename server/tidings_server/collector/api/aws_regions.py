"""Regions of AWS, and those that a queue's URL or a topic's ARN names.

What contradicts itself can never work: AWS answers a call that is signed for another region with an error about the
key, for as long as it is tried. Source: the AWS General Reference, endpoints of SQS and SNS.
"""

import re
from collections.abc import Mapping
from typing import Final

REGIONS: Final[Mapping[str, frozenset[str]]] = {
    "aws": frozenset(
        (
            *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
            *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
            *("ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1"),
            *("eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
            *("il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1"),
            *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
        )
    ),
    "aws-cn": frozenset(("cn-north-1", "cn-northwest-1")),
    "aws-us-gov": frozenset(("us-gov-east-1", "us-gov-west-1")),
}
"""Regions by partition, those that botocore knows in the version of the lock file."""

PARTITIONS: Final[Mapping[str, str]] = {region: name for name, regions in REGIONS.items() for region in regions}

_HOSTS: Final = (
    re.compile(r"(?:[a-z0-9-]+\.)*sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?"),
    re.compile(r"sqs(?:-fips)?\.([a-z0-9-]+)\.(?:api\.aws|api\.amazonwebservices\.com\.cn)"),
    re.compile(r"([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?"),
)
_OLDEST: Final = {"queue.amazonaws.com": "us-east-1"}
_AWS: Final = re.compile(r".*\.(?:amazonaws\.com(?:\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)")


def is_aws_host(host: str) -> bool:
    """Whether a host is one of AWS's own."""
    return _AWS.fullmatch(host.lower().rstrip(".")) is not None


def region_of_host(host: str) -> str | None:
    """The region that a host of SQS is in; None for a host that names none."""
    name = host.lower().rstrip(".")
    found = next((parts[1] for pattern in _HOSTS if (parts := pattern.fullmatch(name))), None)
    return found or _OLDEST.get(name)


def is_of_domain(host: str) -> bool:
    """Whether a host of AWS has the domain of its region, which in China is another; any host of somebody else has."""
    partition = PARTITIONS.get(region_of_host(host) or "")
    return partition is None or (partition == "aws-cn") == host.lower().rstrip(".").endswith(".cn")


def region_of_arn(arn: str) -> str:
    """The region of a topic."""
    return arn.split(":")[3]


def is_of_partition(arn: str) -> bool:
    """Whether an ARN's region is in its partition, as far as the region is known."""
    partition = PARTITIONS.get(region_of_arn(arn))
    return partition is None or partition == arn.split(":")[1]
