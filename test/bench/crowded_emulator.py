"""The emulator with versions in it from the start: to create them call by call takes minutes.

`crowded_emulator.py ACCOUNT REGION GROUPS VERSIONS` and then the emulator's own arguments; VERSIONS are those of a group.
"""

import sys

from aws_emulator import clock, service
from aws_emulator.__main__ import main
from aws_emulator.state import Group, Package, RegistryBackend
from moto.sagemaker.models import sagemaker_backends

_SPECIFICATION = {
    "Containers": [
        {
            "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7",
            "ModelDataUrl": "s3://models/bench/model.tar.gz",
        }
    ],
    "SupportedContentTypes": [],
    "SupportedResponseMIMETypes": [],
}


def fill(backend: RegistryBackend, groups: int, versions: int) -> None:
    """The same records as CreateModelPackageGroup and CreateModelPackage make."""
    for index in range(groups):
        name = f"group-{index}"
        record = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": backend.group_arn(name),
            "CreationTime": clock.now(),
            "ModelPackageGroupStatus": "Completed",
        }
        group = backend.model_package_groups[name] = Group(backend, record, [])
        for number in range(1, versions + 1):
            package = _package(group, number)
            group.versions[number] = backend.model_packages[package.arn] = package
        group.last_version = versions


def _package(group: Group, number: int) -> Package:
    moment = clock.now()
    record = {
        "ModelPackageGroupName": group.name,
        "ModelPackageVersion": number,
        "ModelPackageArn": group.backend.package_arn(f"{group.name}/{number}"),
        "ModelApprovalStatus": "PendingManualApproval",
        "CertifyForMarketplace": False,
        "InferenceSpecification": _SPECIFICATION,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CreationTime": moment,
        "LastModifiedTime": moment,
    }
    return Package(group.backend, record, group)


if __name__ == "__main__":
    account, region, groups, versions = sys.argv[1:5]
    del sys.argv[1:5]
    service.install()
    fill(sagemaker_backends[account][region], int(groups), int(versions))
    main()
