"""SageMaker as the emulator serves it: moto's, with our operations in front."""

from moto.core.common_types import TYPE_RESPONSE
from moto.sagemaker import urls
from moto.sagemaker.models import sagemaker_backends

from .endpoints import EndpointOperations
from .groups import GroupOperations
from .models import ModelOperations
from .packages import PackageOperations
from .policies import PolicyOperations
from .search_operation import SearchOperation
from .state import LOCK, RegistryBackend
from .updates import UpdateOperations


class RegistryResponse(
    GroupOperations,
    PackageOperations,
    UpdateOperations,
    SearchOperation,
    PolicyOperations,
    ModelOperations,
    EndpointOperations,
):
    def call_action(self) -> TYPE_RESPONSE:
        with LOCK:
            return super().call_action()

    def _determine_resource(self) -> str:
        """The resource that identity policies are checked against; moto asks every response class for it."""
        parameters, backend = self._get_params(), self.sagemaker_backend
        for name in ("ModelPackageArn", "ModelPackageName", "ModelPackageGroupName", "ResourceArn"):
            value = parameters.get(name)
            if value and value.startswith("arn:"):
                return value
            if value and name == "ModelPackageName":
                return backend.package_arn(value)
            if value and name == "ModelPackageGroupName":
                return backend.group_arn(value)
        return "*"


def install() -> None:
    """Make moto build our backend for each account and Region, and route SageMaker's one path to our operations."""
    sagemaker_backends.backend = RegistryBackend
    urls.url_paths["{0}/$"] = RegistryResponse.dispatch
