"""Retry schedule of failed deliveries: exponential backoff with jitter. Pure functions; randomness is passed in.

Source: WIRE.md 002, "Retry and auto-deactivation": exponential with full jitter, 5 s to 1 h, for up to 14 days; the
vendor's flat "every minute" is a setting.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tidings_server.platform.clock import to_us

Uniform = Callable[[float, float], float]
"""`random.uniform` or its like: a number between its two arguments."""

MAX_DOUBLINGS = 64

MAX_RETRY_AFTER_S = 86_400.0
"""A longer `Retry-After` is taken as this: one wrong header must not use up a delivery's whole life."""

MAX_STATED_S: Final = 1e9
"""Longest `Retry-After` that is told apart when it is shown."""

_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?)[ \t]*(?:,|$)", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
"""The beginning of a time of RFC 3339; ISO 8601 has dates of weeks and others, which mean nothing here."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`first_s` to `cap_s` between two tries, for `horizon_s` from the first try on; `flat` waits `first_s` always."""

    first_s: float = 5.0
    cap_s: float = 3_600.0
    horizon_s: float = 14 * 86_400.0
    flat: bool = False


def ceiling_s(failed: int, policy: RetryPolicy) -> float:
    """The longest pause after `failed` failed tries (at least 1): doubles with each, never beyond `cap_s`."""
    if policy.flat:
        return policy.first_s
    return float(min(policy.cap_s, policy.first_s * 2 ** min(failed, MAX_DOUBLINGS)))


def pause_s(failed: int, policy: RetryPolicy, uniform: Uniform) -> float:
    """The pause after `failed` failed tries: anywhere between `first_s` and its ceiling (full jitter)."""
    longest = ceiling_s(failed, policy)
    return uniform(min(policy.first_s, longest), longest)


def next_try_us(
    *, failed: int, tries_from: int, now: int, retry_after_s: float | None, policy: RetryPolicy, uniform: Uniform
) -> int | None:
    """Instant of the next try, or None after the last one. Instants are microseconds.

    `tries_from` is the first try's instant. A receiver's `Retry-After` is a lower bound, up to a day.
    """
    pause = max(pause_s(failed, policy, uniform), pause_of(retry_after_s or 0.0))
    due = now + int(pause * 1_000_000)
    return due if due <= tries_from + int(policy.horizon_s * 1_000_000) else None


def tries_left(*, failed: int, tries_from: int, now: int, policy: RetryPolicy) -> int:
    """The number of tries that fit before the horizon if every pause is its longest: `retriesRemaining`."""
    left_s = policy.horizon_s - (now - tries_from) / 1_000_000
    tries = 0
    while failed + tries < MAX_DOUBLINGS and left_s > 0:
        left_s -= ceiling_s(max(1, failed + tries), policy)
        tries += left_s >= 0
    return tries + max(0, int(left_s // ceiling_s(MAX_DOUBLINGS, policy)))


def retry_after_s(header: str | None, *, now_us: int) -> float | None:
    """Seconds of a `Retry-After` header, at most `MAX_STATED_S`; None if it is absent or none.

    A number of seconds, parts of one too, or an HTTP date in one of its three forms (RFC 9110, 5.6.7 and 10.2.3); RFC
    3339 is understood as well. Where it is sent twice the first counts. A date without a zone is in UTC.
    """
    text = (header or "").strip()
    if seconds := _SECONDS.match(text):
        return min(float(seconds[1][:20]), MAX_STATED_S)
    instant = _instant(text)
    return None if instant is None else min(max(0.0, (to_us(instant) - now_us) / 1_000_000), MAX_STATED_S)


def pause_of(stated_s: float) -> float:
    """The pause that a receiver's `Retry-After` gives: a day at most."""
    return min(stated_s, MAX_RETRY_AFTER_S)


def _instant(text: str) -> datetime | None:
    parsers = (parsedate_to_datetime, datetime.fromisoformat) if _DATE.match(text) else (parsedate_to_datetime,)
    for parse in parsers:
        try:
            instant = parse(text)
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (ValueError, IndexError, OverflowError, TypeError):
            continue
    return None
