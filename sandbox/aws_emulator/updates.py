"""UpdateModelPackage changes what it names and nothing else.

moto overwrites the approval status, its comment and the metadata on every call: a lifecycle change
would un-approve a version. Here customer metadata is merged by key (a separate list of keys to remove
exists, so the map cannot mean "replace"), every other field is set when given.
"""

from typing import Any

from moto.core.responses import ActionResult

from . import clock, events, idempotency
from .answer import Answer
from .errors import ValidationError
from .operations import Operations
from .state import Package

_SET = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "SourceUri",
    "ModelLifeCycle",
)
MOST_METADATA = 50
MOST_SPECIFICATIONS = 15


class UpdateOperations(Operations):
    def update_model_package(self) -> ActionResult:
        request = self.request()
        package = self.package(request["ModelPackageArn"])
        if idempotency.recalled(self.sagemaker_backend, "update", request) is None:
            changed = self._apply(package, request)
            idempotency.remember(self.sagemaker_backend, "update", request, package.arn)
            events.package_changed(package, changed)
        return Answer({"ModelPackageArn": package.arn})

    def _apply(self, package: Package, request: dict[str, Any]) -> list[str]:
        """Give the package its new record and answer the names of the fields whose value is another one now."""
        before, after = package.record, updated(package.record, request)
        changed = [field for field in after if after[field] != before.get(field)]
        changed += [field for field in before if field not in after]
        package.record = {
            **after,
            "LastModifiedTime": clock.now(),
            "LastModifiedBy": self.caller.user_context(),
        }
        return changed


def updated(record: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The record after the request; the record itself stays as it is."""
    after = {**record, **{field: request[field] for field in _SET if field in request}}
    if "ModelPackageGroupName" not in record and "ModelApprovalStatus" in request:
        raise ValidationError("A model package without a group has no approval status.")
    metadata = _metadata(record.get("CustomerMetadataProperties", {}), request)
    after.pop("CustomerMetadataProperties", None)
    if metadata:
        after["CustomerMetadataProperties"] = metadata
    if "ModelCard" in request:
        after["ModelCard"] = _card(record.get("ModelCard", {}), request["ModelCard"])
    if "AdditionalInferenceSpecificationsToAdd" in request:
        after["AdditionalInferenceSpecifications"] = _specifications(
            record.get("AdditionalInferenceSpecifications", []), request["AdditionalInferenceSpecificationsToAdd"]
        )
    return after


def _metadata(present: dict[str, str], request: dict[str, Any]) -> dict[str, str]:
    removed = request.get("CustomerMetadataPropertiesToRemove", [])
    kept = {key: value for key, value in present.items() if key not in removed}
    merged = {**kept, **request.get("CustomerMetadataProperties", {})}
    if len(merged) > MOST_METADATA:
        raise ValidationError(f"CustomerMetadataProperties can have at most {MOST_METADATA} entries.")
    return merged


def _card(present: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """An archived card takes no content (API reference, "ModelPackageModelCard", with this phrase)."""
    if present.get("ModelCardStatus") == "Archived" and "ModelCardContent" in given:
        raise ValidationError("Model Card is in Archived state.")
    return {**present, **given}


def _specifications(present: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [specification["Name"] for specification in [*present, *added]]
    if len(set(names)) < len(names):
        raise ValidationError("Additional inference specification names must be unique within a model package.")
    if len(names) > MOST_SPECIFICATIONS:
        raise ValidationError(f"A model package can have at most {MOST_SPECIFICATIONS} additional specifications.")
    return [*present, *added]
