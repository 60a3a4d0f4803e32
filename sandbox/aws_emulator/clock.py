"""Timestamps as SageMaker returns them: UTC, to the millisecond."""

import threading
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1)
_TICK = timedelta(milliseconds=1)
_guard = threading.Lock()
_latest = datetime.min


def now() -> datetime:
    """The current time, never the same twice.

    Two writes within one millisecond would otherwise be indistinguishable to a reader that orders
    or de-duplicates by time; moto keeps microseconds and loses them when it serialises.
    """
    global _latest
    moment = datetime.now(timezone.utc).replace(tzinfo=None)
    moment -= timedelta(microseconds=moment.microsecond % 1000)
    with _guard:
        _latest = max(moment, _latest + _TICK)
        return _latest


def epoch_milliseconds(moment: datetime) -> int:
    return round((moment - _EPOCH).total_seconds() * 1000)


def iso(moment: datetime) -> str:
    """The form used inside events ("Events that Amazon SageMaker AI sends to Amazon EventBridge")."""
    return moment.isoformat(timespec="milliseconds") + "Z"
