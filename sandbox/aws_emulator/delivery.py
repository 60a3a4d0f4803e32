"""EventBridge from the bus to the target.

Corrected against moto: the delivered envelope has `account`; a disabled rule delivers nothing, and
neither does a schedule; each target stands alone, so one that fails keeps nothing from the others nor
breaks the call (PutEvents on AWS does not wait for targets); an SQS target is looked up in the account
and Region of its ARN, and its policy must admit the rule; a bus target receives the event as it was, with
its origin and resources, and another account's must admit ours. There are no retries: what cannot be
delivered goes to the target's queue for dead letters at once, where it names one that admits the rule.
"""

import copy
import logging
from typing import Any

from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from . import admission

_log = logging.getLogger(__name__)

_ENVELOPE = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")

_moto_send_to_targets = Rule.send_to_targets
_moto_parse = EventTemplateParser.parse


def install() -> None:
    Rule.send_to_targets = _send_to_targets
    EventTemplateParser.parse = staticmethod(_parse)


def _parse(input_template: str | None, input_paths_map: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Without a template the target gets the envelope; moto fills one in as text and forgets the account."""
    if input_template:
        return _moto_parse(input_template, input_paths_map, event)
    return {name: event[name] for name in _ENVELOPE}


def _send_to_targets(rule: Rule, event: dict[str, Any], transform_input: bool = True) -> None:
    scheduled_only = rule.scheduled_expression and not rule.event_pattern.get_pattern()
    if rule.state != "ENABLED" or scheduled_only or not rule.event_pattern.matches_event(event):
        return
    for target in list(rule.targets):
        try:
            _deliver(rule, target, event, transform_input)
        except Exception as error:
            _log.warning("Rule %s could not deliver to %s: %r", rule.arn, target["Arn"], error)
            _bury(rule, target, event)


def _deliver(rule: Rule, target: dict[str, Any], event: dict[str, Any], transform_input: bool) -> None:
    arn = parse_arn(target["Arn"])
    if arn.service == "events" and arn.resource_type == "event-bus":
        bus = events_backends[arn.account][arn.region].describe_event_bus(arn.resource_id)
        admission.require_bus(bus, rule.account_id)
        for further in list(bus.rules.values()):
            further.send_to_targets(event)
        return
    alone = copy.copy(rule)
    alone.targets = [target]
    if arn.service == "sqs":
        admission.require_queue(sqs_backends[arn.account][arn.region].get_queue(arn.resource_id), rule)
        alone.account_id, alone.region_name = arn.account, arn.region
    _moto_send_to_targets(alone, event, transform_input)


def _bury(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    """The event as it was; AWS adds the reason as attributes of the message, which moto's way to a queue has none of."""
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if arn is None:
        return
    try:
        _deliver(rule, {"Id": target["Id"], "Arn": arn}, event, transform_input=False)
    except Exception as error:
        _log.warning("Rule %s could not deliver to %s either: %r", rule.arn, arn, error)
