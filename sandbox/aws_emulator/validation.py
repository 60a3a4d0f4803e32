"""Request validation by the constraints of the service model.

boto3 and the JavaScript SDK check little before sending; SageMaker checks lengths, ranges, enums and
patterns of its API model and answers ValidationException. moto does not, so every registry
operation here passes its parameters through `validate` first.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from .errors import ValidationError

_PROPERTY = re.compile(r"\\p\{(\w+)\}")
# The metadata map's patterns end in "${1,128}": an end anchor with a stray repeat that repeats the length rule.
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}$")


def validate(operation: str, parameters: dict[str, Any]) -> None:
    """Raise one ValidationException that lists everything wrong, as AWS does."""
    shape = get_service_model("sagemaker").operation_model(operation).input_shape
    found = list(_violations(shape, parameters, "")) if shape else []
    if found:
        plural = "error" if len(found) == 1 else "errors"
        raise ValidationError(f"{len(found)} validation {plural} detected: " + "; ".join(found))


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _violations(member, value[name], _join(path, name))
    elif shape.type_name == "list":
        yield from _size(shape, len(value), path, value)
        for position, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{position}.member")
    elif shape.type_name == "map":
        yield from _size(shape, len(value), path, value)
        for key, item in value.items():
            yield from _violations(shape.key, key, f"{path} (key)")
            yield from _violations(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string":
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path)


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _failure(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def _size(shape: Any, length: int, path: str, value: Any) -> Iterator[str]:
    if length < shape.metadata.get("min", 0):
        yield _failure(value, path, f"have length greater than or equal to {shape.metadata['min']}")
    if length > shape.metadata.get("max", sys.maxsize):
        yield _failure(value, path, f"have length less than or equal to {shape.metadata['max']}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _failure(value, path, "be a string")
        return
    if shape.enum and value not in shape.enum:
        yield _failure(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _size(shape, len(value), path, value)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _failure(value, path, f"satisfy regular expression pattern: {pattern}")


def _range(shape: Any, value: Any, path: str) -> Iterator[str]:
    if value < shape.metadata.get("min", value):
        yield _failure(value, path, f"have value greater than or equal to {shape.metadata['min']}")
    if value > shape.metadata.get("max", value):
        yield _failure(value, path, f"have value less than or equal to {shape.metadata['max']}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the service model as Python understands it: whole value, and a dot stops at a line end."""
    pattern = _REPEATED_END.sub("", pattern)
    return re.compile(_PROPERTY.sub(lambda found: _characters(found.group(1)), pattern))


def _characters(category: str) -> str:
    """The ranges of one Unicode general category, to stand inside a character class."""
    if category == "Alnum":
        return "a-zA-Z0-9"
    return _ranges()[category]


@cache
def _ranges() -> dict[str, str]:
    """Ranges by the first letter of the general category: L, M, N, P, S, Z (and C)."""
    ranges: dict[str, list[str]] = {}
    start, current = 0, unicodedata.category("\0")[0]
    for point in range(1, sys.maxunicode + 2):
        category = unicodedata.category(chr(point))[0] if point <= sys.maxunicode else ""
        if category != current:
            ranges.setdefault(current, []).append(f"\\U{start:08x}-\\U{point - 1:08x}")
            start, current = point, category
    return {category: "".join(found) for category, found in ranges.items()}
