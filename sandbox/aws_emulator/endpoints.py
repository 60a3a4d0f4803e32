"""Endpoints and their configurations.

Corrected against moto: names are not silently taken over, UpdateEndpoint exists, a variant without a
weight has the API's default of 1 and one of weight 0 keeps it, shadow variants and variants without
a model (inference components) are kept, lists have AWS's defaults. Deployments take no time here, as
in moto: an endpoint is InService at once and has no PendingDeploymentSummary.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.models import FakeEndpoint, FakeEndpointConfig
from moto.sagemaker.utils import arn_formatter

from . import clock, events
from .answer import Answer
from .errors import ValidationError
from .operations import Operations
from .paging import page

_DEFAULT_WEIGHT = 1.0
_DEFAULT_ENDPOINTS = 10
# What UpdateEndpoint keeps of a variant when told to, by VariantPropertyType.
_RETAINED = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}


class EndpointConfig(FakeEndpointConfig):
    def validate_instance_type(self, instance_type: str) -> None:
        """The request was checked against the service model already; moto's own list is older."""


class EndpointOperations(Operations):
    def create_endpoint_config(self) -> ActionResult:
        request, backend = self.request(), self.sagemaker_backend
        name = request["EndpointConfigName"]
        shadows = request.get("ShadowProductionVariants")
        for variant in [*request["ProductionVariants"], *(shadows or [])]:
            self._check_model(variant.get("ModelName"))
        config = EndpointConfig(
            account_id=backend.account_id,
            region_name=backend.region_name,
            endpoint_config_name=name,
            production_variants=request["ProductionVariants"],
            async_inference_config=request.get("AsyncInferenceConfig"),
            data_capture_config=request.get("DataCaptureConfig"),
            tags=request.get("Tags"),
            kms_key_id=request.get("KmsKeyId"),
        )
        if name in backend.endpoint_configs:
            arn = config.endpoint_config_arn
            raise ValidationError(f'Cannot create already existing endpoint configuration "{arn}".')
        config.shadow_production_variants = shadows
        config.creation_time = clock.now()
        backend.endpoint_configs[name] = config
        return Answer({"EndpointConfigArn": config.endpoint_config_arn})

    def _check_model(self, name: str | None) -> None:
        if name is not None and name not in self.sagemaker_backend._models:
            arn = arn_formatter("model", name, self.current_account, self.region)
            raise ValidationError(f'Could not find model "{arn}".')

    def create_endpoint(self) -> ActionResult:
        request, backend = self.request(), self.sagemaker_backend
        present = backend.endpoints.get(request["EndpointName"])
        if present:
            raise ValidationError(f'Cannot create already existing endpoint "{present.arn}".')
        result = super().create_endpoint()
        endpoint = backend.endpoints[request["EndpointName"]]
        self._serve(endpoint, request["EndpointConfigName"])
        endpoint.creation_time = endpoint.last_modified_time
        events.endpoint_changed(backend, endpoint, "InService")
        return result

    def update_endpoint(self) -> ActionResult:
        request, backend = self.request(), self.sagemaker_backend
        backend.describe_endpoint(request["EndpointName"])
        endpoint = backend.endpoints[request["EndpointName"]]
        former = {variant["VariantName"]: variant for variant in endpoint.production_variants}
        self._serve(endpoint, request["EndpointConfigName"])
        if request.get("RetainAllVariantProperties"):
            excluded = [item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])]
            for variant in endpoint.production_variants:
                variant.update(_retained(former.get(variant["VariantName"], {}), excluded))
        endpoint.last_deployment_config = request.get("DeploymentConfig")
        events.endpoint_changed(backend, endpoint, "InService")
        return Answer({"EndpointArn": endpoint.arn})

    def _serve(self, endpoint: FakeEndpoint, config_name: str) -> None:
        config = self.sagemaker_backend.describe_endpoint_config(config_name)
        endpoint.endpoint_config_name = config_name
        endpoint.production_variants = [_summary(variant) for variant in config["ProductionVariants"]]
        shadows = config.get("ShadowProductionVariants")
        endpoint.shadow_production_variants = shadows and [_summary(variant) for variant in shadows]
        endpoint.last_modified_time = clock.now()

    def update_endpoint_weights_and_capacities(self) -> ActionResult:
        request = self.request()
        result = super().update_endpoint_weights_and_capacities()
        endpoint = self.sagemaker_backend.endpoints[request["EndpointName"]]
        endpoint.last_modified_time = clock.now()
        events.endpoint_changed(self.sagemaker_backend, endpoint, endpoint.endpoint_status)
        return result

    def delete_endpoint(self) -> ActionResult:
        endpoint = self.sagemaker_backend.endpoints.get(self.request()["EndpointName"])
        super().delete_endpoint()
        endpoint.last_modified_time = clock.now()
        events.endpoint_changed(self.sagemaker_backend, endpoint, "Deleting")
        return EmptyResult()

    def list_endpoints(self) -> ActionResult:
        found = self._listed(self.sagemaker_backend.endpoints, "EndpointName", _DEFAULT_ENDPOINTS)
        return Answer({"Endpoints": found.items, "NextToken": found.token})

    def list_endpoint_configs(self) -> ActionResult:
        found = self._listed(self.sagemaker_backend.endpoint_configs, "EndpointConfigName", _DEFAULT_ENDPOINTS)
        return Answer({"EndpointConfigs": found.items, "NextToken": found.token})

    def _listed(self, resources: dict[str, Any], name: str, limit: int) -> Any:
        """Newest first unless told otherwise; both lists share their parameters."""
        request = self.request()
        field = {"Name": name, "Status": "EndpointStatus"}.get(request.get("SortBy"), "CreationTime")
        summaries = [resource.summary() for resource in resources.values()]
        return page(
            [summary for summary in summaries if _wanted(summary, name, request)],
            value=lambda summary: summary[field],
            number=lambda summary: clock.epoch_milliseconds(summary["CreationTime"]),
            descending=request.get("SortOrder", "Descending") == "Descending",
            request=request,
            limit=limit,
        )


def _summary(variant: dict[str, Any]) -> dict[str, Any]:
    """A configured variant as DescribeEndpoint shows it."""
    weight = variant.get("InitialVariantWeight")
    weight = _DEFAULT_WEIGHT if weight is None else weight
    count, serverless = variant.get("InitialInstanceCount"), variant.get("ServerlessConfig")
    summary = {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        "CurrentServerlessConfig": serverless,
        "DesiredServerlessConfig": serverless,
    }
    return {field: value for field, value in summary.items() if value is not None}


def _retained(former: dict[str, Any], excluded: list[str]) -> dict[str, Any]:
    kept = [field for kind, fields in _RETAINED.items() if kind not in excluded for field in fields]
    return {field: former[field] for field in kept if field in former}


def _wanted(summary: dict[str, Any], name: str, request: dict[str, Any]) -> bool:
    created, modified = summary["CreationTime"], summary.get("LastModifiedTime")
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    modified_after, modified_before = request.get("LastModifiedTimeAfter"), request.get("LastModifiedTimeBefore")
    return (
        request.get("NameContains", "") in summary[name]
        and request.get("StatusEquals") in (None, summary.get("EndpointStatus"))
        and (after is None or created >= after)
        and (before is None or created < before)
        and (modified_after is None or modified > modified_after)
        and (modified_before is None or modified < modified_before)
    )
