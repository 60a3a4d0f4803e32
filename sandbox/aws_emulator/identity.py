"""Who calls: the IAM identity behind a request's access key.

moto stamps every group and version with one invented user profile. SageMaker stamps
UserContext.IamIdentity{Arn, PrincipalId, SourceIdentity} for a caller outside Studio (API reference,
"IamIdentity"); the session name and the source identity are what carries a person through a role.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition


@dataclass(frozen=True)
class Caller:
    account_id: str
    arn: str
    principal_id: str
    source_identity: str | None

    def user_context(self) -> dict[str, Any]:
        identity = {"Arn": self.arn, "PrincipalId": self.principal_id}
        if self.source_identity:
            identity["SourceIdentity"] = self.source_identity
        return {"IamIdentity": identity}


def caller(account_id: str, access_key: str, region: str) -> Caller:
    backend = sts_backends[account_id][get_partition(region)]
    principal_id, arn, _ = backend.get_caller_identity(access_key, region)
    role = backend.get_assumed_role_from_access_key(access_key)
    return Caller(account_id, arn, principal_id, getattr(role, "source_identity", None))


def install() -> None:
    """Make a session's principal stable and keep its source identity; moto does neither."""
    AssumedRole.user_id = property(_user_id)
    TokenResponse.assume_role = _assume_role


def _user_id(role: AssumedRole) -> str:
    """`<role id>:<session name>`; a role that was never created has the same made-up id on each call."""
    try:
        role_id = iam_backends[role.account_id][role.partition].get_role_by_arn(role.role_arn).id
    except NotFoundException:
        role_id = "AROA" + hashlib.sha256(role.role_arn.encode()).hexdigest()[:17].upper()
    return f"{role_id}:{role.session_name}"


_moto_assume_role = TokenResponse.assume_role


def _assume_role(response: TokenResponse) -> ActionResult:
    result = _moto_assume_role(response)
    source_identity = response._get_param("SourceIdentity")
    if source_identity:
        result.result["Credentials"].source_identity = source_identity
        result.result["SourceIdentity"] = source_identity
    return result
