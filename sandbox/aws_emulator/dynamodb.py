"""DynamoDB as moto has it, one request at a time."""

import threading

from moto.core.common_types import TYPE_RESPONSE
from moto.dynamodb.responses import DynamoHandler

_LOCK = threading.Lock()
_moto_call_action = DynamoHandler.call_action


def install() -> None:
    DynamoHandler.call_action = _call_action


def _call_action(handler: DynamoHandler) -> TYPE_RESPONSE:
    # moto judges the conditions of a write and applies it in two steps, so that of two writers at once both may pass.
    # DynamoDB never lets them.
    with _LOCK:
        return _moto_call_action(handler)
