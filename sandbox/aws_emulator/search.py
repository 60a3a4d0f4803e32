"""Search expressions, as pure functions from a record to yes or no.

Source: API reference, "Filter", "NestedFilters", "SearchExpression" and "VisibilityConditions". A
property is named by its path in the record's shape of the service model; a name that leads nowhere
there is a ValidationException. moto knows three operators, one level and no dotted names.
"""

import operator
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from .errors import ValidationError

Record = dict[str, Any]
Predicate = Callable[[Record], bool]

MOST_PARTS = 50
_TIME = "%Y-%m-%dT%H:%M:%S"
_KINDS = {"string": "text", "timestamp": "time", "boolean": "flag"}
_NUMBERS = {"integer", "long", "float", "double"}
_ORDER = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


class Property(NamedTuple):
    path: tuple[str, ...]
    kind: str
    """text, number, time, flag, or object (a structure, list or map: it can only be tested for existence)."""

    def values(self, record: Record) -> list[Any]:
        """Every value at the path; a list on the way contributes one of each of its items."""
        found: list[Any] = [record]
        for step in self.path:
            found = [item.get(step) for item in _flat(found) if isinstance(item, dict)]
        return [value for value in _flat(found) if value is not None]


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def named(shape: Any, name: str) -> Property:
    """The property `name` of a record. Behind a map, whatever follows is one key, dots and all."""
    path: list[str] = []
    rest = name
    while rest:
        while shape.type_name == "list":
            shape = shape.member
        if shape.type_name == "map":
            path, rest, shape = [*path, rest], "", shape.value
            continue
        step, _, rest = rest.partition(".")
        if shape.type_name != "structure" or step not in shape.members:
            raise ValidationError(f"Unknown property name: {name}")
        path, shape = [*path, step], shape.members[step]
    kind = "number" if shape.type_name in _NUMBERS else _KINDS.get(shape.type_name, "object")
    return Property(tuple(path), kind)


class Tag(NamedTuple):
    """The property `Tags.<key>`."""

    key: str
    kind: str = "text"

    def values(self, record: Record) -> list[Any]:
        return [tag["Value"] for tag in record.get("Tags", []) if tag["Key"] == self.key]


def property_of(shape: Any, name: str) -> Property | Tag:
    if name.startswith("Tags."):
        return Tag(name.removeprefix("Tags."))
    if name == "Tags":
        raise ValidationError("Unknown property name: Tags. Name a tag as Tags.<key>.")
    return named(shape, name)


def compiled(shape: Any, expression: dict[str, Any]) -> Predicate:
    """The predicate of a whole expression, after the checks that concern all of its parts."""
    parts = list(_parts(expression))
    if len(parts) > MOST_PARTS:
        raise ValidationError(f"A SearchExpression can have at most {MOST_PARTS} filters and subexpressions.")
    if sum(part.get("Operator") == "Contains" for part in parts) > 1:
        raise ValidationError("'CONTAINS' operator usage limit of 1 exceeded.")
    return _expression(shape, expression)


def _parts(expression: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from expression.get("Filters", [])
    for nested in expression.get("NestedFilters", []):
        yield from nested["Filters"]
    for sub in expression.get("SubExpressions", []):
        yield sub
        yield from _parts(sub)


def _expression(shape: Any, expression: dict[str, Any]) -> Predicate:
    predicates = [
        *(_filter(property_of(shape, part["Name"]), part) for part in expression.get("Filters", [])),
        *(_nested(shape, part) for part in expression.get("NestedFilters", [])),
        *(_expression(shape, part) for part in expression.get("SubExpressions", [])),
    ]
    if not predicates:
        raise ValidationError("A SearchExpression needs at least one subexpression, filter or nested filter.")
    combine = any if expression.get("Operator") == "Or" else all
    return lambda record: combine(predicate(record) for predicate in predicates)


def _nested(shape: Any, nested: dict[str, Any]) -> Predicate:
    """Satisfied by one object of a list that satisfies every filter; these carry the full property name."""
    name = nested["NestedPropertyName"]
    around = named(shape, name)
    for step in around.path:
        shape = (shape.member if shape.type_name == "list" else shape).members[step]
    if shape.type_name != "list":
        raise ValidationError(f"NestedPropertyName {name} is not a list of objects.")
    predicates = []
    for part in nested["Filters"]:
        if not part["Name"].startswith(f"{name}."):
            raise ValidationError(f"Filter {part['Name']} is not within the nested property {name}.")
        predicates.append(_filter(named(shape.member, part["Name"].removeprefix(f"{name}.")), part))
    return lambda record: any(all(match(item) for match in predicates) for item in around.values(record))


def _filter(prop: Property | Tag, part: dict[str, Any]) -> Predicate:
    name, comparison, value = part["Name"], part.get("Operator", "Equals"), part.get("Value")
    if comparison == "Exists":
        return lambda record: bool(prop.values(record))
    if comparison == "NotExists":
        return lambda record: not prop.values(record)
    if value is None:
        raise ValidationError(f"Operator {comparison} on {name} needs a Value.")
    if prop.kind == "object":
        raise ValidationError(f"{name} is not a text, number or timestamp property.")
    test = _test(prop.kind, comparison, value, name)
    if comparison == "NotEquals":
        return lambda record: not any(test(found) for found in prop.values(record))
    return lambda record: any(test(found) for found in prop.values(record))


def _test(kind: str, comparison: str, value: str, name: str) -> Callable[[Any], bool]:
    if comparison in ("Contains", "In"):
        if kind != "text":
            raise ValidationError(f"Operator {comparison} is only supported for text properties, {name} is none.")
        if comparison == "Contains":
            return lambda found: value in found
        options = {option.strip() for option in value.split(",")}
        return lambda found: found in options
    if comparison in _ORDER and kind in ("text", "flag"):
        raise ValidationError(f"Operator {comparison} is not supported for text property {name}.")
    wanted = _typed(kind, value, name)
    if comparison in _ORDER:
        compare = _ORDER[comparison]
        return lambda found: compare(found, wanted)
    if kind == "time":
        # A filter cannot express fractions: equality is of the second.
        return lambda found: found.replace(microsecond=0) == wanted
    return lambda found: found == wanted


def _typed(kind: str, value: str, name: str) -> Any:
    try:
        if kind == "number":
            return float(value)
        if kind == "time":
            return datetime.strptime(value.removesuffix("Z"), _TIME)
        if kind == "flag":
            return {"true": True, "false": False}[value.lower()]
    except (ValueError, KeyError):
        form = "an ISO 8601 date-time YYYY-mm-dd'T'HH:MM:SS" if kind == "time" else f"a {kind}"
        raise ValidationError(f"Value {value!r} of {name} is not {form}.") from None
    return value


def visible(conditions: list[dict[str, str]]) -> Predicate:
    """A record is hidden when it has the key of a condition with another value; without the key it stays."""
    wanted = [(Tag(condition["Key"].removeprefix("Tags.")), condition.get("Value")) for condition in conditions]
    return lambda record: all(set(tag.values(record)) <= {value} for tag, value in wanted)
