"""Events that SageMaker puts on the default event bus; moto puts none.

Shapes: "Events that Amazon SageMaker AI sends to Amazon EventBridge" (Developer Guide). Its model
package detail names no actor and no former status. Not documented, and chosen here: a creation
carries no UpdatedModelPackageFields, a deletion is announced with ModelPackageStatus Deleting, an
update names the fields whose value changed, and ApprovalDescription is present when it is set, as
public handlers expect.
"""

import json
import logging
import re
from typing import Any

from moto.core.base_backend import BaseBackend
from moto.events.models import events_backends

from . import clock
from .state import Package

_log = logging.getLogger(__name__)

_PACKAGE_DETAIL = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "LastModifiedTime",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "MetadataProperties",
    "ModelMetrics",
    "ModelLifeCycle",
)
# The one field that the documentation spells differently from the API.
_EVENT_NAMES = {"SourceUri": "sourceUri"}


def package_changed(package: Package, updated_fields: list[str] | None = None) -> None:
    detail = {field: package.record[field] for field in _PACKAGE_DETAIL if field in package.record}
    if updated_fields is not None:
        detail["UpdatedModelPackageFields"] = [_EVENT_NAMES.get(field, field) for field in updated_fields]
    _publish(package.backend, "SageMaker Model Package State Change", package.arn, detail)


def endpoint_changed(backend: BaseBackend, endpoint: Any, status: str) -> None:
    """The status is spelled unlike the API's (IN_SERVICE for InService), times are epoch milliseconds."""
    detail = {
        "EndpointName": endpoint.endpoint_name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.endpoint_config_name,
        "ProductionVariants": endpoint.production_variants,
        "EndpointStatus": re.sub(r"(?<!^)(?=[A-Z])", "_", status).upper(),
        "CreationTime": clock.epoch_milliseconds(endpoint.creation_time),
        "LastModifiedTime": clock.epoch_milliseconds(endpoint.last_modified_time),
        "Tags": {tag["Key"]: tag["Value"] for tag in endpoint.tags},
    }
    _publish(backend, "SageMaker Endpoint State Change", endpoint.arn, detail)


def _publish(backend: BaseBackend, detail_type: str, arn: str, detail: dict[str, Any]) -> None:
    """Nothing that happens to an event may break the call that caused it."""
    entry = {
        "Source": "aws.sagemaker",
        "DetailType": detail_type,
        "Resources": [arn],
        "Detail": json.dumps(detail, default=clock.iso),
    }
    try:
        events_backends[backend.account_id][backend.region_name].put_events([entry])
    except Exception:
        _log.exception("The event %r of %s was lost", detail_type, arn)
