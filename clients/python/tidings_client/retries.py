"""Retry policy: gRPC's service config for single calls, Backoff for streams."""

import asyncio
import json
import random

ATTEMPTS = 5
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

# Applies to every call. Only UNAVAILABLE is retried: writes have an id or an idempotency key, so a repeat has no second
# effect. The caller decides how long to wait for a rate limit.
SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": ATTEMPTS,
                    "initialBackoff": f"{FIRST_PAUSE_S}s",
                    "maxBackoff": f"{LONGEST_PAUSE_S}s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


class Backoff:
    """Pauses between attempts that double up to LONGEST_PAUSE_S, each with full jitter."""

    def __init__(self) -> None:
        self._longest_s = FIRST_PAUSE_S

    def reset(self) -> None:
        """Start again from the first pause, after a response was received."""
        self._longest_s = FIRST_PAUSE_S

    async def pause(self) -> None:
        """Wait, and double the upper bound of the next pause."""
        await asyncio.sleep(random.uniform(0, self._longest_s))
        self._longest_s = min(self._longest_s * 2, LONGEST_PAUSE_S)
