"""SageMaker as the emulator serves it: moto's, with our operations in front."""

from moto.core.common_types import TYPE_RESPONSE
from moto.sagemaker import urls
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.utils import arn_formatter

from .endpoints import EndpointOperations
from .groups import GroupOperations
from .models import ModelOperations
from .packages import PackageOperations
from .policies import PolicyOperations
from .search_operation import SearchOperation
from .state import LOCK, RegistryBackend
from .tag_operations import TagOperations
from .updates import UpdateOperations

# The parameters that name the resource of a call, by ARN or as a name of this kind. Of a batch the first ARN stands
# for all.
_NAMED = {
    "ModelPackageArn": None,
    "ModelPackageArnList": None,
    "ResourceArn": None,
    "ModelPackageName": "model-package",
    "ModelPackageGroupName": "model-package-group",
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
}


class RegistryResponse(
    GroupOperations,
    PackageOperations,
    UpdateOperations,
    SearchOperation,
    PolicyOperations,
    TagOperations,
    ModelOperations,
    EndpointOperations,
):
    def call_action(self) -> TYPE_RESPONSE:
        with LOCK:
            return super().call_action()

    def _determine_resource(self) -> str:
        """The resource that identity policies are checked against; moto asks every response class for it."""
        parameters = self._get_params()
        for name, kind in _NAMED.items():
            value = parameters.get(name)
            value = value[0] if isinstance(value, list) and value else value
            if not value:
                continue
            if kind is None or value.startswith("arn:"):
                return value
            value = value.lower() if kind == "model-package" else value
            return arn_formatter(kind, value, self.current_account, self.region)
        return "*"


def install() -> None:
    """Make moto build our backend for each account and Region, and route SageMaker's one path to our operations."""
    sagemaker_backends.backend = RegistryBackend
    urls.url_paths["{0}/$"] = RegistryResponse.dispatch
