"""Whether the policy of a queue, or of another account's event bus, takes what EventBridge brings.

Sources: "Using resource-based policies for Amazon EventBridge" (EventBridge User Guide) and "Permissions
for Amazon EventBridge event buses". A condition on anything but the origin of the event never holds here:
too little access shows up sooner than too much.
"""

from fnmatch import fnmatchcase
from typing import Any

from moto.events.models import EventBus, Rule
from moto.sqs.models import Queue
from moto.utilities.arns import parse_arn

_SERVICE = "events.amazonaws.com"
_COMPARISONS = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")


class NotAdmitted(Exception):
    """What EventBridge calls NO_PERMISSIONS."""


def require_queue(queue: Queue, rule: Rule) -> None:
    origin = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    statements = queue._policy_json.get("Statement", [])
    if not any(_admits(statement, "sqs:SendMessage", queue.queue_arn, origin) for statement in statements):
        raise NotAdmitted(f"The policy of {queue.queue_arn} does not let {rule.arn} send messages.")


def require_bus(bus: EventBus, account_id: str) -> None:
    """A bus takes the events of its own account without a policy."""
    if account_id == parse_arn(bus.arn).account:
        return
    if not any(_for_account(statement.describe(), account_id) for statement in bus._statements.values()):
        raise NotAdmitted(f"The policy of {bus.arn} does not let account {account_id} put events.")


def _admits(statement: dict[str, Any], action: str, resource: str, origin: dict[str, str]) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and _principal(statement.get("Principal"))
        and any(_like(pattern.lower(), action.lower()) for pattern in _listed(statement.get("Action", [])))
        and any(_like(pattern, resource) for pattern in _listed(statement.get("Resource", [])))
        and all(
            comparison in _COMPARISONS and key in origin and any(_like(value, origin[key]) for value in _listed(values))
            for comparison, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _principal(principal: Any) -> bool:
    if isinstance(principal, dict):
        return _SERVICE in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))
    return principal == "*"


def _for_account(statement: dict[str, Any], account_id: str) -> bool:
    principal = statement["Principal"]
    named = _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
    return statement["Effect"] == "Allow" and any(
        each in ("*", account_id) or each.endswith(f":{account_id}:root") for each in named
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(pattern: str, value: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))
