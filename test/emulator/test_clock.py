"""The emulator's clock."""

from itertools import pairwise

from aws_emulator import clock


def test_no_two_moments_are_the_same_millisecond() -> None:
    moments = [clock.now() for _ in range(1000)]
    assert all((later - earlier).total_seconds() >= 0.001 for earlier, later in pairwise(moments))
    assert all(moment.microsecond % 1000 == 0 for moment in moments)


def test_the_text_form_has_milliseconds() -> None:
    moment = clock.now()
    assert clock.iso(moment) == f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
