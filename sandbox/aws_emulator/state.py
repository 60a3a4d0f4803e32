"""What the emulated registry remembers, beside everything moto's SageMaker backend keeps."""

import itertools
import threading
from dataclasses import dataclass, field
from typing import Any

from moto.sagemaker import urls
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.utils import arn_formatter

from .tags import TagState

# SageMaker requests are taken one at a time: a version number is assigned once, and a list is not
# read while it changes.
LOCK = threading.RLock()

_numbers = itertools.count(1)


@dataclass(eq=False)
class Group:
    """A model package group. `record` holds the fields of DescribeModelPackageGroup."""

    backend: "RegistryBackend"
    record: dict[str, Any]
    tags: list[dict[str, str]]
    policy: str | None = None
    versions: dict[int, "Package"] = field(default_factory=dict)
    # Kept apart from `versions`: a deleted version's number is not given out again.
    last_version: int = 0
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def name(self) -> str:
        return self.record["ModelPackageGroupName"]

    @property
    def arn(self) -> str:
        return self.record["ModelPackageGroupArn"]

    def search_record(self) -> dict[str, Any]:
        return {**self.record, "Tags": self.tags}


@dataclass(eq=False)
class Package:
    """A model package: a version of a group, or one without a group. `record` holds DescribeModelPackage's fields."""

    backend: "RegistryBackend"
    record: dict[str, Any]
    group: Group | None = None
    # Of a package without a group; a version uses the tags of its group (CreateModelPackage, "Tags").
    tags: list[dict[str, str]] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def arn(self) -> str:
        return self.record["ModelPackageArn"]

    @property
    def name(self) -> str:
        return self.group.name if self.group else self.record["ModelPackageName"]

    def search_record(self) -> dict[str, Any]:
        return {**self.record, "Tags": self.group.tags if self.group else self.tags}


@dataclass(frozen=True)
class Remembered:
    """What a ClientToken was used for."""

    parameters: dict[str, Any]
    arn: str


class RegistryBackend(TagState, SageMakerModelBackend):
    """moto's state of one account and Region, with our groups and packages in moto's own dictionaries.

    `model_package_groups` maps a name to a Group, `model_packages` an ARN to a Package; both carry the
    `arn` and `tags` that moto's tagging API reads.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.client_tokens: dict[tuple[str, str], Remembered] = {}

    @property
    def _url_module(self) -> Any:
        """moto derives the module of the service's URLs from the module of the backend's class."""
        return urls

    def group_arn(self, name: str) -> str:
        return arn_formatter("model-package-group", name, self.account_id, self.region_name)

    def package_arn(self, name: str) -> str:
        """Version ARNs carry the group's name in lower case, as in the samples of the Developer Guide."""
        return arn_formatter("model-package", name.lower(), self.account_id, self.region_name)
