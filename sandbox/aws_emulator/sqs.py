"""SQS as moto has it, but for the policy of a queue, which moto forgets whenever another attribute is set."""

from typing import Any

from moto.sqs.models import Queue

_moto_set_attributes = Queue._set_attributes


def install() -> None:
    Queue._set_attributes = _set_attributes


def _set_attributes(queue: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    # A queue that is being made has none yet.
    kept = queue.policy if hasattr(queue, "_policy_json") else None
    _moto_set_attributes(queue, {"Policy": kept, **attributes}, now)
