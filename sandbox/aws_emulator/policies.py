"""The three operations on a group's resource policy; moto has none of them."""

from moto.core.responses import ActionResult, EmptyResult

from . import sharing
from .answer import Answer
from .errors import ValidationError
from .operations import Operations
from .state import Group


class PolicyOperations(Operations):
    """Put, Get and DeleteModelPackageGroupPolicy take the name of an own group, never an ARN."""

    def put_model_package_group_policy(self) -> ActionResult:
        request = self.request()
        group = self._owned(request["ModelPackageGroupName"])
        sharing.parsed(request["ResourcePolicy"])
        group.policy = request["ResourcePolicy"]
        return Answer({"ModelPackageGroupArn": group.arn})

    def get_model_package_group_policy(self) -> ActionResult:
        group = self._owned(self.request()["ModelPackageGroupName"])
        return Answer({"ResourcePolicy": self._policy(group)})

    def delete_model_package_group_policy(self) -> ActionResult:
        group = self._owned(self.request()["ModelPackageGroupName"])
        self._policy(group)
        group.policy = None
        return EmptyResult()

    def _owned(self, name: str) -> Group:
        """The phrases are those that public clients match on: "Cannot find …", beside "does not exist"."""
        group = self.sagemaker_backend.model_package_groups.get(name)
        if group is None:
            raise ValidationError(f"Cannot find Model Package Group: {name} does not exist.")
        return group

    def _policy(self, group: Group) -> str:
        if group.policy is None:
            raise ValidationError(f"Cannot find resource policy: none is attached to {group.arn}, it does not exist.")
        return group.policy
