"""Model packages: create, describe, list, describe in batches, delete.

Corrected against moto: nothing of the request is dropped, a version awaits approval unless told
otherwise, its number is never given out twice, ClientToken is honoured, and a group is found by name
or ARN. A record holds every field of DescribeModelPackage; the thinner answers (a list's summary, a
batch's summary without ModelLifeCycle) come from the output shapes of the service model.
"""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult

from . import clock, events, idempotency, tags
from .answer import Answer
from .errors import ValidationError, already_exists
from .operations import Operations
from .paging import page
from .state import Group, Package

_NOT_KEPT = {"ClientToken", "Tags", "ModelPackageGroupName", "ModelPackageName"}


class PackageOperations(Operations):
    def create_model_package(self) -> ActionResult:
        request = self.request()
        if ("ModelPackageGroupName" in request) == ("ModelPackageName" in request):
            raise ValidationError("Exactly one of ModelPackageGroupName and ModelPackageName is required.")
        known = idempotency.recalled(self.sagemaker_backend, "create", request)
        if known:
            return Answer({"ModelPackageArn": known})
        package = self._version(request) if "ModelPackageGroupName" in request else self._unversioned(request)
        package.backend.model_packages[package.arn] = package
        idempotency.remember(self.sagemaker_backend, "create", request, package.arn)
        events.package_changed(package)
        return Answer({"ModelPackageArn": package.arn})

    def _version(self, request: dict[str, Any]) -> Package:
        if request.get("Tags"):
            raise ValidationError("Tags are not allowed for a model package version: it uses the tags of its group.")
        group = self.group(request["ModelPackageGroupName"])
        group.last_version += 1
        record = {
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": group.last_version,
            "ModelPackageArn": group.backend.package_arn(f"{group.name}/{group.last_version}"),
            "ModelApprovalStatus": "PendingManualApproval",
            **self._common(request),
        }
        group.versions[group.last_version] = Package(group.backend, record, group)
        return group.versions[group.last_version]

    def _unversioned(self, request: dict[str, Any]) -> Package:
        backend, name = self.sagemaker_backend, request["ModelPackageName"]
        arn = backend.package_arn(name)
        if arn in backend.model_packages:
            raise already_exists("Model Package", arn)
        record = {"ModelPackageName": name, "ModelPackageArn": arn, **self._common(request)}
        return Package(backend, record, tags=tags.distinct(request.get("Tags")))

    def _common(self, request: dict[str, Any]) -> dict[str, Any]:
        moment, user = clock.now(), self.caller.user_context()
        return {
            "CertifyForMarketplace": False,
            **{field: value for field, value in request.items() if field not in _NOT_KEPT},
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CreationTime": moment,
            "CreatedBy": user,
            "LastModifiedTime": moment,
            "LastModifiedBy": user,
        }

    def describe_model_package(self) -> ActionResult:
        request = self.request()
        record = self.package(request["ModelPackageName"]).record
        if request.get("IncludedData") == "MetadataOnly" and "ModelCard" in record:
            record = {**record, "ModelCard": {**record["ModelCard"], "ModelCardContent": ""}}
        return Answer(record)

    def batch_describe_model_package(self) -> ActionResult:
        """Answers HTTP 200 whatever happened: failures are in a map of their own, by ARN."""
        summaries, failures = {}, {}
        for arn in self.request()["ModelPackageArnList"]:
            try:
                summaries[arn] = self._versioned(arn).record
            except ServiceException as error:
                failures[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        return Answer({"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": failures})

    def _versioned(self, arn: str) -> Package:
        package = self.package(arn)
        if package.group is None:
            raise ValidationError(f"ModelPackage {arn} is not a version of a model package group.")
        return package

    def list_model_packages(self) -> ActionResult:
        """Without a group the type defaults to Unversioned; with one its versions are listed."""
        request = self.request()
        if "ModelPackageGroupName" in request:
            packages = self.group(request["ModelPackageGroupName"]).versions.values()
        else:
            packages = self.sagemaker_backend.model_packages.values()
        by_name = request.get("SortBy") == "Name"
        found = page(
            [package for package in packages if _wanted(package, request)],
            value=lambda package: package.name if by_name else package.record["CreationTime"],
            number=lambda package: package.number,
            descending=request.get("SortOrder") == "Descending",
            request=request,
        )
        summaries = [package.record for package in found.items]
        return Answer({"ModelPackageSummaryList": summaries, "NextToken": found.token})

    def delete_model_package(self) -> ActionResult:
        package = self.package(self.request()["ModelPackageName"])
        del package.backend.model_packages[package.arn]
        if package.group:
            del package.group.versions[package.record["ModelPackageVersion"]]
        package.record = {**package.record, "ModelPackageStatus": "Deleting", "LastModifiedTime": clock.now()}
        events.package_changed(package)
        return EmptyResult()


def _wanted(package: Package, request: dict[str, Any]) -> bool:
    record = package.record
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    status = request.get("ModelApprovalStatus")
    return (
        _of_type(package.group, request)
        and request.get("NameContains", "") in package.name
        and (status is None or record.get("ModelApprovalStatus") == status)
        and (after is None or record["CreationTime"] > after)
        and (before is None or record["CreationTime"] < before)
    )


def _of_type(group: Group | None, request: dict[str, Any]) -> bool:
    if "ModelPackageGroupName" in request:
        return True
    wanted = request.get("ModelPackageType", "Unversioned")
    return wanted == "Both" or (wanted == "Versioned") == (group is not None)
