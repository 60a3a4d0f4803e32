"""Model package groups.

Corrected against moto: a second create of a name is refused instead of replacing the group, an ARN
is taken where AWS takes one, ManagedConfiguration and CreatedBy are kept, groups can be deleted, and
CrossAccount lists what others shared rather than one's own groups.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from . import clock, tags
from .answer import Answer
from .errors import ConflictException, already_exists
from .operations import Operations
from .paging import page
from .state import Group


class GroupOperations(Operations):
    def create_model_package_group(self) -> ActionResult:
        request = self.request()
        name = request["ModelPackageGroupName"]
        groups = self.sagemaker_backend.model_package_groups
        # Version ARNs carry the name in lower case: two groups that differ in case would share them.
        if any(name.lower() == present.lower() for present in groups):
            raise already_exists("Model Package Group", self.sagemaker_backend.group_arn(name))
        record = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": self.sagemaker_backend.group_arn(name),
            "ModelPackageGroupDescription": request.get("ModelPackageGroupDescription"),
            "CreationTime": clock.now(),
            "CreatedBy": self.caller.user_context(),
            "ModelPackageGroupStatus": "Completed",
            "ManagedConfiguration": request.get("ManagedConfiguration"),
        }
        record = {field: value for field, value in record.items() if value is not None}
        groups[name] = Group(self.sagemaker_backend, record, tags.distinct(request.get("Tags")))
        return Answer({"ModelPackageGroupArn": groups[name].arn})

    def describe_model_package_group(self) -> ActionResult:
        return Answer(self.group(self.request()["ModelPackageGroupName"]).record)

    def list_model_package_groups(self) -> ActionResult:
        request = self.request()
        shared = request.get("CrossAccountFilterOption") == "CrossAccount"
        groups = self.shared_groups() if shared else self.sagemaker_backend.model_package_groups.values()
        field = "ModelPackageGroupName" if request.get("SortBy") == "Name" else "CreationTime"
        found = page(
            [group for group in groups if _wanted(group.record, group.name, request)],
            value=lambda group: group.record[field],
            number=lambda group: group.number,
            descending=request.get("SortOrder") == "Descending",
            request=request,
        )
        summaries = [group.record for group in found.items]
        return Answer({"ModelPackageGroupSummaryList": summaries, "NextToken": found.token})

    def delete_model_package_group(self) -> ActionResult:
        """A group with versions is refused as ConflictException, the error the API model declares.

        Which error the service really answers is not documented.
        """
        group = self.group(self.request()["ModelPackageGroupName"])
        if group.versions:
            raise ConflictException(f"Model Package Group {group.arn} still contains model package versions.")
        del group.backend.model_package_groups[group.name]
        return EmptyResult()


def _wanted(record: dict[str, Any], name: str, request: dict[str, Any]) -> bool:
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    return (
        request.get("NameContains", "") in name
        and (after is None or record["CreationTime"] > after)
        and (before is None or record["CreationTime"] < before)
    )
