"""What every registry operation needs: its checked request, its caller, and the things named in it."""

import re
from typing import Any

from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from . import sharing
from .errors import does_not_exist
from .identity import Caller, caller
from .state import Group, Package, RegistryBackend
from .validation import validate

_ARN = re.compile(r"arn:[^:]+:sagemaker:(?P<region>[^:]*):(?P<account>\d{12}):(?P<kind>[a-z-]+)/(?P<name>.+)")


class Operations(SageMakerResponse):
    sagemaker_backend: RegistryBackend

    def request(self) -> dict[str, Any]:
        """The parameters, without absent ones, after validation by the service model."""
        parameters = {name: value for name, value in self._get_params().items() if value is not None}
        validate(self._get_action(), parameters)
        return parameters

    @property
    def caller(self) -> Caller:
        return caller(self.current_account, self.access_key, self.region)

    def group(self, name_or_arn: str) -> Group:
        """The group meant by a request: an own one by name or ARN, another account's by ARN if its policy admits."""
        backend, name = self._located(name_or_arn, "model-package-group")
        group = backend.model_package_groups.get(name) if backend else None
        arn = name_or_arn if name_or_arn.startswith("arn:") else self.sagemaker_backend.group_arn(name_or_arn)
        # AWS's sample policies grant ListModelPackages on the versions, `model-package/<group>/*`.
        versions = arn.replace(":model-package-group/", ":model-package/") + "/*"
        return self._admitted(group, group, "ModelPackageGroup", arn, versions)

    def package(self, name_or_arn: str) -> Package:
        """The package meant by a request: by ARN, by `Group/1`, or by the name of one without a group."""
        backend, name = self._located(name_or_arn, "model-package")
        package = backend.model_packages.get(backend.package_arn(name)) if backend else None
        arn = name_or_arn if name_or_arn.startswith("arn:") else self.sagemaker_backend.package_arn(name_or_arn)
        return self._admitted(package, package and package.group, "ModelPackage", arn)

    def _located(self, name_or_arn: str, kind: str) -> tuple[RegistryBackend | None, str]:
        found = _ARN.fullmatch(name_or_arn)
        if not found:
            return self.sagemaker_backend, name_or_arn
        if found["kind"] != kind or found["region"] != self.region:
            return None, found["name"]
        return sagemaker_backends[found["account"]][self.region], found["name"]

    def _admitted(self, found: Any, group: Group | None, kind: str, arn: str, *also: str) -> Any:
        """Another account's resource that is not shared and one that is not there look the same."""
        caller, action = self.caller, f"sagemaker:{self._get_action()}"
        foreign = f":{caller.account_id}:" not in arn
        if foreign and group is None:
            raise sharing.denied(caller, action, arn)
        if found is None:
            raise does_not_exist(kind, arn)
        if group is not None:
            sharing.require(group, caller, action, arn, *also)
        return found

    def shared_groups(self) -> list[Group]:
        """The groups that other accounts made discoverable for the caller, in this Region."""
        return [
            group
            for account_id, regions in list(sagemaker_backends.items())
            if account_id != self.current_account and self.region in list(regions)
            for group in regions[self.region].model_package_groups.values()
            if sharing.lists(group.policy, self.current_account)
        ]
