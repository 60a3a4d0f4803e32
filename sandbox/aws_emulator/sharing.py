"""Resource policies of model package groups: who of another account may do what.

Facts: "Cross-account discoverability" and "View shared model package groups" of the SageMaker
Developer Guide. A share is reachable by the owner's ARN; it is *listed* for another account only
when the policy names that account. A statement for a role, or for every action (`*`), gives access
and stays unlisted ("Promote the permission and resource share").

Statements with a Condition or NotPrincipal/NotAction/NotResource never allow anything here: no
condition keys are evaluated, and too little access shows up sooner than too much.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from .errors import AccessDenied, ValidationError
from .identity import Caller
from .state import Group

_UNSUPPORTED = ("Condition", "NotPrincipal", "NotAction", "NotResource")


def parsed(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        raise ValidationError("The resource policy is not a valid policy document.") from None
    statements = statements if isinstance(statements, list) else [statements]
    for statement in statements:
        missing = {"Effect", "Principal", "Action", "Resource"} - set(statement)
        if missing and not any(key in statement for key in _UNSUPPORTED):
            raise ValidationError(f"The resource policy lacks {', '.join(sorted(missing))} in a statement.")
    return statements


def allows(policy: str | None, caller: Caller, action: str, resource: str) -> bool:
    """An explicit Deny wins, then one Allow is needed."""
    effects = {
        statement["Effect"]
        for statement in _usable(policy)
        if _names(statement, caller)
        and any(_matches(pattern, action) for pattern in _listed(statement["Action"]))
        and any(_matches(pattern, resource) for pattern in _listed(statement["Resource"]))
    }
    return effects == {"Allow"}


def lists(policy: str | None, account_id: str) -> bool:
    """Whether the policy makes the group discoverable for an account."""
    return any(
        statement["Effect"] == "Allow"
        and "*" not in _listed(statement["Action"])
        and any(_account_of(principal) == account_id for principal in _principals(statement))
        for statement in _usable(policy)
    )


def require(group: Group, caller: Caller, action: str, *resources: str) -> None:
    """Refuse a caller of another account whom the group's policy admits to none of the resources."""
    if caller.account_id == group.backend.account_id:
        return
    if not any(allows(group.policy, caller, action, resource) for resource in resources):
        raise denied(caller, action, resources[0])


def denied(caller: Caller, action: str, resource: str) -> AccessDenied:
    return AccessDenied(caller.arn, action, resource, f"no resource-based policy allows the {action} action")


def _usable(policy: str | None) -> Iterator[dict[str, Any]]:
    for statement in parsed(policy) if policy else []:
        if not any(key in statement for key in _UNSUPPORTED):
            yield statement


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _principals(statement: dict[str, Any]) -> list[str]:
    principal = statement["Principal"]
    return _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)


def _account_of(principal: str) -> str | None:
    """The account that a principal stands for as a whole, or None: a role or a user is not its account."""
    if principal.isdigit():
        return principal
    return principal.split(":")[4] if principal.startswith("arn:") and principal.endswith(":root") else None


def _names(statement: dict[str, Any], caller: Caller) -> bool:
    return any(
        principal in ("*", caller.arn, _role_of(caller)) or _account_of(principal) == caller.account_id
        for principal in _principals(statement)
    )


def _role_of(caller: Caller) -> str:
    """The role behind a session: policies name `…:role/name`, calls come as `…:assumed-role/name/session`."""
    head, _, tail = caller.arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{tail.split('/')[0]}" if tail else caller.arn


def _matches(pattern: str, value: str) -> bool:
    """Ignoring case: policies are written with the group's name, version ARNs carry it in lower case."""
    return fnmatchcase(value.lower(), pattern.lower().replace("[", "[[]"))
