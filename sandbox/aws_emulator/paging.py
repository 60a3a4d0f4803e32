"""Pages of a sorted collection, and the tokens between them.

A token names the last item given out (its sort value and its number), not an offset: what is
inserted or deleted during a walk neither repeats nor hides another item. It carries a digest of the
other parameters, because AWS refuses a token that is used with different ones.
"""

import base64
import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from .errors import ValidationError

Item = TypeVar("Item")

# Where AWS documents no default page size, moto's.
DEFAULT_LIMIT = 100


class Page(NamedTuple):
    items: list[Any]
    token: str | None
    total: int


def page(
    items: Iterable[Item],
    *,
    value: Callable[[Item], Any],
    number: Callable[[Item], int],
    descending: bool,
    request: dict[str, Any],
    limit: int = DEFAULT_LIMIT,
) -> Page:
    """One page of `items` sorted by `value` (absent values last), then by `number`, which an item keeps for life."""

    def position(item: Item) -> tuple[int, Any, int]:
        found = value(item)
        return (int((found is None) != descending), 0 if found is None else found, number(item))

    ordered = sorted(((position(item), item) for item in items), key=lambda pair: pair[0])
    if descending:
        ordered.reverse()
    limit = request.get("MaxResults") or limit
    start = _start([key for key, _ in ordered], request, descending)
    chosen = ordered[start : start + limit]
    more = start + limit < len(ordered)
    token = _encode(chosen[-1][0], request) if more else None
    return Page([item for _, item in chosen], token, len(ordered))


def _start(keys: list[tuple[int, Any, int]], request: dict[str, Any], descending: bool) -> int:
    if not request.get("NextToken"):
        return 0
    last = _decode(request["NextToken"], request)
    try:
        return len(keys) - bisect_left(keys[::-1], last) if descending else bisect_right(keys, last)
    except TypeError:
        raise ValidationError("Invalid NextToken.") from None


def _digest(request: dict[str, Any]) -> str:
    bound = {name: value for name, value in request.items() if name not in ("NextToken", "MaxResults")}
    return hashlib.sha256(json.dumps(bound, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _encode(key: tuple[int, Any, int], request: dict[str, Any]) -> str:
    rank, value, number = key
    stamp = value.isoformat() if isinstance(value, datetime) else None
    content = [_digest(request), rank, None if stamp else value, stamp, number]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _decode(token: str, request: dict[str, Any]) -> tuple[int, Any, int]:
    try:
        digest, rank, value, stamp, number = json.loads(base64.urlsafe_b64decode(token.encode()))
        last = (rank, datetime.fromisoformat(stamp) if stamp else value, number)
    except (ValueError, TypeError):
        raise ValidationError("Invalid NextToken.") from None
    if digest != _digest(request):
        raise ValidationError("Invalid NextToken: the other parameters differ from those of the first page.")
    return last
