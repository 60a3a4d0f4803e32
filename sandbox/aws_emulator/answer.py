"""Answers in the JSON protocol, cut to the operation's output shape.

moto's serializer does the same for every service and any Python object at about a millisecond per
model package, which makes a page of a hundred search records cost more than finding them. Records
here are plain dictionaries with the API's own names, so a walk along the shape is enough.
"""

import json
from datetime import datetime, timezone
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionContext, ActionResult


class Answer(ActionResult):
    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        body = _shaped(context.operation_model.output_shape, self.result)
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body)


def _shaped(shape: Any, value: Any) -> Any:
    """What the shape has of the value: a field that an output does not declare is left out, as is an absent one."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {
            name: _shaped(members[name], item) for name, item in value.items() if name in members and item is not None
        }
    if kind == "list":
        return [_shaped(shape.member, item) for item in value]
    if kind == "map":
        return {key: _shaped(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return round(value.replace(tzinfo=timezone.utc).timestamp(), 3)
    return value
